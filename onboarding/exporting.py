"""The board's list as lines of a table. An export that is imported again changes nothing."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import OuterRef, Subquery

from onboarding.blocking import ACTORS, ACTS, Blocked
from onboarding.blocking import LABELS as BLOCKS
from onboarding.models import Domain, Note
from onboarding.models.domain import DomainQuerySet
from onboarding.presenting import shown
from tenants.sheets import Line

HEADINGS = (
    "Domain",
    "In its own script",
    "TXT value",
    "Tenant",
    "Group",
    "Cut-over",
    "Assigned to",
    "Stage",
    "Blocked by",
    "Who must act",
    "What is seen",
    "Added (UTC)",
    "Seen (UTC)",
    "Accepted (UTC)",
    "Last looked (UTC)",
    "Newest note",
)


def domain_lines(domains: DomainQuerySet) -> Iterator[Line]:
    """A line for each of ``domains``, read a page at a time in short queries of their own: a long one would keep the
    write-ahead log from being emptied."""
    note = Note.objects.filter(domain=OuterRef("pk")).order_by("-created_at").values("text")[:1]
    wanted = domains.select_related("tenant", "group", "assignee", "schedule").defer("memory", "marks")
    wanted = wanted.annotate(newest_note=Subquery(note))
    for page in pages(wanted):
        for domain in page:
            yield _line(domain)


def pages(domains: DomainQuerySet, size: int = 1000) -> Iterator[list[Domain]]:
    """``domains`` page by page, in the order of their ids."""
    last = 0
    while page := list(domains.order_by("pk").filter(pk__gt=last)[:size]):
        last = page[-1].pk
        yield page


def _line(domain: Domain) -> Line:
    said = shown(domain)
    actor = ACTS[Blocked(domain.blocked_by)]
    return (
        domain.name,
        domain.unicode_name,
        domain.token,
        domain.tenant.name,
        domain.group.name if domain.group else "",
        domain.window_start,
        str(domain.assignee or ""),
        domain.get_stage_display(),
        BLOCKS[Blocked(domain.blocked_by)],
        ACTORS[actor] if actor else "",
        f"{said.look.label}: {said.sentence}",
        domain.created_at,
        domain.seen_at,
        domain.accepted_at,
        domain.schedule.looked_at,
        domain.newest_note,  # type: ignore[attr-defined]  # annotated above
    )
