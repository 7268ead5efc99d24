"""Is there one record, and can receivers recognise it?"""

from __future__ import annotations

import re

from publicdns.answers import Verdict
from publicdns.spf.result import why_failed
from publicdns.spf.rules import Case, Facts, rule

_QUOTES = re.compile('["“”„«»‘’]')
_SENDER_ID = re.compile(r"spf2\.0(?:/|$|\s)", re.IGNORECASE)
_NEARLY = re.compile(r"[\s\"'“”„\\]*v\s*=\s*spf", re.IGNORECASE)
_LONGEST_ROW = 450  # RFC 7208 §3.4


@rule(
    "spf-unknown",
    "The record could not be asked for",
    "RFC 7208 §4.4",
    verdict=Verdict.UNKNOWN,
    severity="warning",
    sentence="The SPF record of {domain} could not be asked for ({reason}). This says nothing about the record.",
    fix="Look again later; nothing needs to be changed because of this.",
)
def unknown(case: Case) -> Facts | None:
    return {"reason": why_failed(case.answer)} if case.answer.failed else None


@rule(
    "spf-missing",
    "No SPF record",
    "RFC 7208 §4.5",
    verdict=Verdict.MISSING,
    sentence="{domain} has no SPF record.",
    fix="Publish one as a TXT record at {domain} itself (host @).",
)
def missing(case: Case) -> Facts | None:
    return None if case.answer.failed or case.records else {}


@rule(
    "spf-several",
    "More than one SPF record",
    "RFC 7208 §4.5",
    sentence="{domain} has {count} SPF records, and receivers then use none of them: {records}.",
    fix="Merge them into one TXT record and delete the others.",
)
def several(case: Case) -> Facts | None:
    if len(case.records) < 2:
        return None
    return {"count": len(case.records), "records": [record.text for record in case.records]}


@rule(
    "spf-quotes",
    "Quotation marks are part of the record",
    "RFC 1035 §5.1",
    sentence="The published value has quotation marks inside it: {values}. Receivers read them as part of the text.",
    fix="Enter the value without quotation marks; the provider adds its own.",
)
def quotes(case: Case) -> Facts | None:
    values = [value for value in case.values if _NEARLY.match(_as_text(value)) and _QUOTES.search(_as_text(value))]
    return {"values": values} if values else None


@rule(
    "spf-nearly",
    "A record that only looks like SPF",
    "RFC 7208 §4.5",
    sentence="Receivers do not recognise {values} as SPF: it must begin with exactly v=spf1 and a space.",
    fix="Write v=spf1, then one space, then the terms; nothing before it.",
)
def nearly(case: Case) -> Facts | None:
    spf = {record.text for record in case.records}
    values = [value for value in case.values if value not in spf and _looks_like_spf(value)]
    values = [value for value in values if not _QUOTES.search(_as_text(value))]
    return {"values": values} if values else None


@rule(
    "spf-type-99",
    "The retired record type SPF",
    "RFC 7208 §3.1",
    severity="notice",
    sentence="{domain} also has a record of the retired type SPF (99): {values}. Receivers ignore it.",
    fix="Delete the records of type SPF; only TXT counts.",
)
def type_99(case: Case) -> Facts | None:
    if case.type99 is None or not case.type99.records:
        return None
    return {"values": list(case.type99.values)}


@rule(
    "spf-sender-id",
    "A leftover of Sender ID",
    "RFC 7208 appendix C, RFC 4406",
    severity="notice",
    sentence="{domain} still publishes Sender ID: {values}. Nobody evaluates it any more.",
    fix="Delete it. It is no SPF record and does not count as a second one.",
)
def sender_id(case: Case) -> Facts | None:
    values = [value for value in case.values if _SENDER_ID.match(value)]
    return {"values": values} if values else None


@rule(
    "spf-long",
    "A long record",
    "RFC 7208 §3.3, §3.4",
    severity="notice",
    sentence="The record has {octets} octets. Above {roomy} it may not fit a UDP answer beside the other "
    "TXT records of {domain}.",
    fix="Remove terms that are not needed, or move some behind an include of your own.",
)
def long(case: Case) -> Facts | None:
    octets = max((len(record.text) for record in case.records), default=0)
    return {"octets": octets, "roomy": _LONGEST_ROW} if octets > _LONGEST_ROW else None


def _as_text(value: str) -> str:
    return value.encode("latin-1", "replace").decode("utf-8", "replace")


def _looks_like_spf(value: str) -> bool:
    return bool(_NEARLY.match(_as_text(value)) or value[:5].lower() in ("spf1 ", "v=sfp", "v=psf"))
