"""What the page of purpose shows: what would happen to mail, expected beside published, and records to enter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as lazy

from onboarding.expecting import expectations
from onboarding.models import Domain, Expectation, Publication
from onboarding.presenting import Look
from onboarding.publishing import answers_of
from onboarding.stage import Origin, PurposeChoice, Stage
from publicdns.answers import Answer, Verdict
from publicdns.expectations import hosts, renderings
from publicdns.expectations.clouds import cloud_of
from publicdns.expectations.consequences import Consequences, consequences
from publicdns.expectations.hosts import Entry, Form
from publicdns.expectations.judgement import Judgement
from publicdns.expectations.judging import judge
from publicdns.expectations.records import Effect, Expected, Service
from publicdns.picture import Picture
from publicdns.printable import printable

PRINTED = {
    Verdict.PRESENT: Look("present", lazy("As printed"), "check", "good"),
    Verdict.WRONG: Look("wrong", lazy("Differs"), "alert", "warn"),
    Verdict.MISSING: Look("missing", lazy("Not published"), "ring", "dim"),
    Verdict.UNKNOWN: Look("unknown", lazy("Not known"), "question", "dim"),
    None: Look("none", lazy("None printed"), "ring", "dim"),
}
WORKS = {
    Verdict.PRESENT: Look("present", lazy("Works"), "check", "good"),
    Verdict.WRONG: Look("wrong", lazy("Does not work"), "cross", "bad"),
    Verdict.MISSING: Look("missing", lazy("Not there"), "ring", "dim"),
    Verdict.UNKNOWN: Look("unknown", lazy("Not known"), "question", "dim"),
}
# Not Microsoft's, and nobody has asked for Microsoft's: that is how it should be.
NOT_IN_USE = Look("not-in-use", lazy("Not Microsoft's"), "ring", "dim")
ELSEWHERE = frozenset(
    {"mx-elsewhere", "mx-gateway", "mx-null", "spf-lacking", "spf-nested", "alias-elsewhere", "address-instead"}
)
MUTED = Look("muted", lazy("Not judged"), "bell-off", "dim")
EFFECTS = {
    Effect.RECEIVES: lazy("moves incoming mail"),
    Effect.SENDS: lazy("changes who may send"),
    Effect.CLIENTS: lazy("moves Outlook"),
}
ORIGINS = {
    Origin.DERIVED: lazy("derived"),
    Origin.PASTED: lazy("pasted"),
    Origin.GRAPH: lazy("from Graph"),
}
GROUPS = {
    Service.EXCHANGE: lazy("Exchange"),
    Service.TEAMS: lazy("Teams"),
    Service.INTUNE: lazy("Intune and device management"),
    Service.OTHER: lazy("Other"),
}
SHOWN_VALUES = 6


@dataclass(frozen=True, slots=True)
class RecordRow:
    """One expected record beside what is published."""

    expectation: Expectation
    record: Expected
    judgement: Judgement | None
    printed: Look
    works: Look
    published: tuple[str, ...]
    effect: str
    origin: str
    entry: Entry
    value: str  # safe to show

    @property
    def key(self) -> str:
        """An id of the row."""
        return "".join(char if char.isalnum() else "-" for char in self.record.key)


@dataclass(frozen=True, slots=True)
class Group:
    """The records of one service."""

    label: str
    chosen: bool
    rows: tuple[RecordRow, ...]


@dataclass(frozen=True, slots=True)
class Purpose:
    """Everything about purpose that the page shows."""

    consequences: Consequences
    groups: tuple[Group, ...]
    form: Form
    zone_file: str
    powershell: str
    looked_at: datetime | None
    nowhere: bool  # the registry names no name server for the domain
    waits: bool  # the first look at the records has yet to come
    asked: bool  # Microsoft was told of services: what is missing is missing


def purpose_of(domain: Domain, picture: Picture | None) -> Purpose:
    """For a domain that Microsoft has accepted; ``picture`` is the newest look."""
    publication = Publication.objects.filter(domain=domain).first()
    answers = _answers(publication, picture)
    rows = expectations(domain)
    servers = tuple(server.name for server in picture.delegation.servers) if picture else ()
    form = hosts.form_of(servers)
    shown = [_row(row, answers, domain, form) for row in rows]
    wanted = [row.record for row in shown if not row.expectation.muted_reason]
    autodiscover = next(iter(_values(answers, f"autodiscover.{domain.name}", "CNAME")), "")
    flow = picture.mail if picture else None
    return Purpose(
        consequences(flow, autodiscover, wanted, cloud_of(domain.tenant.cloud)),
        _groups(shown, domain),
        form,
        "\n".join(renderings.zone_lines(wanted)),
        "\n".join(renderings.powershell(wanted, domain.name)),
        publication.looked_at if publication else None,
        picture is not None and picture.delegation.is_nowhere,
        publication is None or publication.looked_at is None,
        domain.purpose_choice == PurposeChoice.SERVICES,
    )


def shows_purpose(domain: Domain) -> bool:
    """Whether purpose is a question yet: once Microsoft has accepted the domain."""
    return domain.at_stage in (Stage.PURPOSE, Stage.ACTIVE) and domain.removed_at is None


def _answers(publication: Publication | None, picture: Picture | None) -> Mapping[tuple[str, str], Sequence[Answer]]:
    """What was asked for these records, and the ordinary look's answers where those are newer or the only ones."""
    found = dict(answers_of(publication))
    if picture is None:
        return found
    known_at = publication.looked_at.timestamp() if publication and publication.looked_at else 0.0
    fresh: dict[tuple[str, str], tuple[Answer, ...]] = {}
    for answer in picture.authoritative:
        key = answer.question.name, answer.question.rdtype
        fresh[key] = (*fresh.get(key, ()), answer)
    for key, given in fresh.items():
        if picture.looked_at > known_at or key not in found:
            found[key] = given
    return found


def _values(answers: Mapping[tuple[str, str], Sequence[Answer]], name: str, rdtype: str) -> tuple[str, ...]:
    given = [answer for answer in answers.get((name, rdtype), ()) if not answer.failed]
    return given[0].values if given else ()


def _row(
    row: Expectation, answers: Mapping[tuple[str, str], Sequence[Answer]], domain: Domain, form: Form
) -> RecordRow:
    record = row.record
    muted = bool(row.muted_reason)
    judged = None if muted else judge(record, answers, domain.name, cloud_of(domain.tenant.cloud))
    printed, works = _looks(judged, asked=_asked(record, domain))
    return RecordRow(
        row,
        record,
        judged,
        printed,
        works,
        tuple(printable(value, 200) for value in _relevant(record, judged))[:SHOWN_VALUES],
        str(EFFECTS.get(record.effect, "")),
        str(ORIGINS[Origin(row.origin)]),
        hosts.entry(record, domain.name, form),
        printable(record.value, 300),
    )


def _asked(record: Expected, domain: Domain) -> bool:
    """Whether Microsoft was told of the service the record is for."""
    chosen = set(domain.purpose_services) | {Service.OTHER}
    return domain.purpose_choice == PurposeChoice.SERVICES and record.service in chosen


def _looks(judged: Judgement | None, *, asked: bool) -> tuple[Look, Look]:
    if judged is None:
        return MUTED, MUTED
    if not asked and judged.code in ELSEWHERE:
        return NOT_IN_USE, NOT_IN_USE
    return PRINTED[judged.printed], WORKS[judged.works]


def _relevant(record: Expected, judged: Judgement | None) -> tuple[str, ...]:
    """Of the published values those that have to do with it: a name's TXT records are many things."""
    values = judged.published if judged else ()
    if record.rdtype != "TXT":
        return values
    start = {"spf": "v=spf1", "dmarc": "v=dmarc1"}.get(record.key, record.value[:8].lower())
    return tuple(value for value in values if value.lower().startswith(start))


def _groups(rows: Sequence[RecordRow], domain: Domain) -> tuple[Group, ...]:
    chosen = set(domain.purpose_services)
    groups = []
    for service, label in GROUPS.items():
        ours = tuple(row for row in rows if row.record.service is service)
        if ours:
            groups.append(Group(str(label), not chosen or service.value in chosen or service is Service.OTHER, ours))
    return tuple(groups)
