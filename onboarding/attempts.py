"""Tokens of earlier attempts: removed and added again, or replaced, a domain has a new one, and the old value may still
be what is published."""

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
