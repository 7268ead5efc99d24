"""One picture for people at a terminal, and for programs: lines of text, and JSON (docs/look.md)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from publicdns.answers import Answer, Finding, Outcome, Verdict
from publicdns.mailflow import MailFlow, MailHost, Receiving
from publicdns.names import Repair, unicode_name
from publicdns.picture import Picture
from publicdns.printable import joined, printable
from publicdns.sentences import duration, fix, headline, sentence, title

COLOURS = {"error": 31, "warning": 33, "notice": 36, "present": 32, "wrong": 31, "missing": 33, "unknown": 35, "dim": 2}
SHOWN_VALUES = 6


def as_json(picture: Picture, repaired: Sequence[Repair] = ()) -> dict[str, Any]:
    """The stored form of ``picture`` with the verdict, its sentence, and each finding's sentence and fix beside it;
    ``repaired`` is what was changed in what was typed.
    """
    told = [{"code": repair.code, "sentence": repair.sentence} for repair in repaired]
    return {
        **picture.to_json(),
        "name": picture.name,
        "verdict": picture.verdict.value,
        "sentence": headline(picture),
        "findings": [_finding_as_json(finding) for finding in picture.findings],
        **({"repaired": told} if told else {}),
    }


def lines(picture: Picture, *, colour: bool = False) -> Iterator[str]:
    """The whole picture: verdict first, then what to do, then the evidence."""
    paint = _paint if colour else _plain
    shown = unicode_name(picture.name)
    yield f"{picture.name}" + (f" ({shown})" if shown != picture.name else "")
    yield paint(picture.verdict.value, f"  {picture.verdict.value.upper()}  {headline(picture)}")
    yield from _waiting(picture)
    for finding in picture.findings:
        yield ""
        yield paint(finding.severity, f"{finding.severity.upper()} {finding.code}: {title(finding)}")
        yield f"  {sentence(finding)}"
        yield f"  → {fix(finding)}"
    yield from _delegation(picture)
    yield from _answers("Name servers", picture.authoritative, paint)
    yield from _answers("Public resolvers", picture.resolvers, paint)
    yield from _mail(picture.mail)


def _waiting(picture: Picture) -> Iterator[str]:
    until = picture.propagation.negative_until if picture.propagation is not None else None
    if picture.verdict is Verdict.MISSING and until is not None and until > picture.looked_at:
        moment = datetime.fromtimestamp(until, UTC).strftime("%H:%M:%S UTC")
        yield f"  Whoever asked too early has forgotten by {moment}, in {duration(until - picture.looked_at)}."


def _delegation(picture: Picture) -> Iterator[str]:
    delegation = picture.delegation
    yield ""
    yield f"Zone {delegation.zone or 'unknown'} ({delegation.standing.value})"
    for server in delegation.servers:
        sides = joined([side for side, is_in in (("registry", server.in_parent), ("zone", server.in_child)) if is_in])
        yield f"  {printable(server.name, 253)}  {' '.join(server.addresses) or 'no address'}  (named by {sides})"


def _answers(heading: str, answers: tuple[Answer, ...], paint: Any) -> Iterator[str]:
    if not answers:
        return
    yield ""
    yield heading
    for answer in answers:
        server = f"{answer.server.name or answer.server.address}"
        asked = f"{answer.question.name} {answer.question.rdtype}"
        yield f"  {printable(server, 80):32} {printable(asked, 100)}: {_said(answer, paint)}"


def _said(answer: Answer, paint: Any) -> str:
    if answer.failed:
        detail = f" ({printable(answer.detail, 120)})" if answer.detail else ""
        return str(paint("unknown", f"could not ask: {answer.reason.value}{detail}"))
    marks = "" if answer.authoritative or answer.server.recursive else " [no AA]"
    if answer.outcome is not Outcome.FOUND:
        return f"{'no such name' if answer.outcome is Outcome.NXDOMAIN else 'no such record'}{marks}"
    values = [printable(value, 160) for value in answer.values]
    return f"{' | '.join(values[:SHOWN_VALUES])}{_more(values)} (TTL {answer.ttl}){marks}"


def _more(values: list[str]) -> str:
    return f" and {len(values) - SHOWN_VALUES} more" if len(values) > SHOWN_VALUES else ""


def _mail(mail: MailFlow | None) -> Iterator[str]:
    if mail is None:
        return
    words = {
        Receiving.NULL: "takes no mail (null MX)",
        Receiving.NONE: "no MX record",
        Receiving.UNKNOWN: "could not ask",
        Receiving.HOSTS: joined([printable(name, 80) for name in mail.providers]) if mail.hosts else "",
    }
    yield ""
    yield f"Mail goes to: {words[mail.receiving]}"
    for host in mail.hosts:
        yield f"  {host.preference:5} {printable(host.host, 253)}{_about(host)}"
    if mail.senders:
        yield f"SPF lets send: {joined([printable(name, 80) for name in mail.senders], most=12)}"


def _about(host: MailHost) -> str:
    known = f"{host.provider}{'' if host.verified or host.kind == 'own' else ', unverified'}" if host.provider else ""
    parts = [known, f"alias of {printable(host.alias, 253)}" if host.alias else ""]
    said = ", ".join(part for part in parts if part)
    return f"  ({said})" if said else ""


def _finding_as_json(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": finding.severity,
        "verdict": finding.verdict.value,
        "title": title(finding),
        "sentence": sentence(finding),
        "fix": fix(finding),
        "facts": finding.facts,
    }


def _paint(kind: str, text: str) -> str:
    return f"\x1b[{COLOURS[kind]}m{text}\x1b[0m"


def _plain(_: str, text: str) -> str:
    return text
