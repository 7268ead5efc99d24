"""Attempts at the validation. Tokens of earlier ones: removed and added again, or replaced, a domain has a new one, and
the old value may still be what is published. And how often the present one was refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from notices.models import SubjectKind, Transition
from onboarding.models import Domain
from publicdns.picture import Picture


@dataclass(frozen=True, slots=True)
class Attempt:
    """One token that is no longer the one Microsoft asks for, and until when it was."""

    token: str
    until: datetime
    removed: bool  # the domain was removed; otherwise the token was replaced


def earlier_attempts(domain: Domain) -> tuple[Attempt, ...]:
    """Every former token of this name in this tenant, the newest first; each token once."""
    before = Domain.objects.filter(tenant=domain.tenant, name=domain.name, removed_at__isnull=False)
    found = [Attempt(r.token, r.removed_at, True) for r in before.exclude(pk=domain.pk) if r.token and r.removed_at]
    ids = [*before.values_list("public_id", flat=True), domain.public_id]
    replaced = Transition.objects.filter(subject_kind=SubjectKind.DOMAIN, subject_id__in=ids, kind="token-entered")
    found += [Attempt(one.facts["before"], one.at, False) for one in replaced if one.facts.get("before")]
    newest = sorted(found, key=lambda attempt: attempt.until, reverse=True)
    each = {attempt.token: attempt for attempt in reversed(newest)}
    each.pop(domain.token, None)
    return tuple(sorted(each.values(), key=lambda attempt: attempt.until, reverse=True))


def recognised(domain: Domain, picture: Picture | None) -> tuple[Attempt, ...]:
    """The earlier tokens that are still published."""
    if picture is None or domain.at_stage != "validate":
        return ()
    values = {value for answer in picture.at_servers("TXT").values() for value in answer.values}
    attempts = earlier_attempts(domain) if any(value.startswith("MS=") for value in values) else ()
    return tuple(attempt for attempt in attempts if attempt.token in values)


@dataclass(frozen=True, slots=True)
class Tries:
    """How often Microsoft has been asked for the same token in vain, and when first and last."""

    count: int
    first: datetime
    last: datetime


def tries(domain: Domain) -> Tries | None:
    """The refusals that stand, of the attempt with the token the domain has now; None without any."""
    refused = Transition.objects.filter(subject_kind=SubjectKind.DOMAIN, subject_id=domain.public_id, kind="refuse")
    still = refused.filter(undone_at=None, facts__token=domain.token)
    moments = list(still.order_by("at").values_list("at", flat=True))
    return Tries(len(moments), moments[0], moments[-1]) if moments else None
