"""Writing what changed for good, and the notices that follow from it, in the caller's transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings

from notices import rendering
from notices.models import Notice, Transition
from notices.subscribing import followers
from tenants.models import Tenant, User

# Kinds that followers are mailed, the rest is history: by what they are about, with the kind that says it flaps.
FAMILIES = {
    "flapping": frozenset({"token-seen", "token-gone", "token-changed"}),
    "guard-flapping": frozenset({"guard-alarm", "guard-clear"}),
    "relay-flapping": frozenset({"relay-alarm", "relay-silent", "relay-well"}),
}
STEADY = frozenset({"delisted", "relay-logging"})  # happen once, or once a week
TOLD = frozenset(FAMILIES).union(STEADY, *FAMILIES.values())
FLAPS = 4  # transitions of one subject within a day, above which one last notice says so and silence follows
FLAP_WINDOW = timedelta(days=1)


def write(transitions: Iterable[Transition]) -> list[Transition]:
    """Save ``transitions`` that are not there yet, and a notice for each follower of those that are told.

    Call it inside the transaction that makes the change. Returns the ones that were new. Raises IntegrityError when
    another worker
    wrote the same one meanwhile: the whole transaction then goes back, and the next look finds it told.
    """
    wanted = list(transitions)
    if not wanted:
        return []
    ids = {t.subject_id for t in wanted}
    known = set(Transition.objects.filter(subject_id__in=ids).values_list("subject_kind", "subject_id", "kind", "once"))
    new = Transition.objects.bulk_create(
        [t for t in wanted if (t.subject_kind, t.subject_id, t.kind, t.once) not in known]
    )
    _tell(_without_flapping([t for t in new if t.kind in TOLD]))
    return new


def _without_flapping(told: list[Transition]) -> list[Transition]:
    """Silence subjects that change to and fro: the one that crosses the line becomes the last notice until a quiet
    day."""
    kept = []
    for transition in told:
        earlier = Transition.objects.filter(
            subject_kind=transition.subject_kind,
            subject_id=transition.subject_id,
            kind__in=_family(transition)[1],
            at__gt=transition.at - FLAP_WINDOW,
            at__lt=transition.at,
        ).count()
        if earlier < FLAPS or transition.kind in STEADY:
            kept.append(transition)
        elif not _was_said(transition):
            kept.append(_flapping(transition, earlier + 1))
    return kept


def _family(transition: Transition) -> tuple[str, frozenset[str]]:
    """The kind that says it flaps, and the kinds that count for it."""
    for flapping, kinds in FAMILIES.items():
        if transition.kind in kinds:
            return flapping, kinds
    return "flapping", TOLD


def _was_said(transition: Transition) -> bool:
    return Transition.objects.filter(
        subject_id=transition.subject_id, kind=_family(transition)[0], at__gt=transition.at - FLAP_WINDOW
    ).exists()


def _flapping(last: Transition, count: int) -> Transition:
    return Transition.objects.create(
        tenant=last.tenant,
        subject_kind=last.subject_kind,
        subject_id=last.subject_id,
        subject_name=last.subject_name,
        kind=_family(last)[0],
        once=f"{last.once}",
        at=last.at,
        facts={**last.facts, "count": count},
    )


def _tell(transitions: list[Transition]) -> None:
    by_tenant: dict[Tenant, list[Transition]] = defaultdict(list)
    for transition in transitions:
        if transition.tenant is not None:
            by_tenant[transition.tenant].append(transition)
    notices = []
    for tenant, ours in by_tenant.items():
        people = followers(tenant, {t.subject_id for t in ours})
        notices += [_notice(t, person) for t in ours for person in people[t.subject_id]]
    Notice.objects.bulk_create(notices)


def _notice(transition: Transition, recipient: User) -> Notice:
    return Notice(
        transition=transition,
        recipient=recipient,
        tenant=transition.tenant,
        address=recipient.email,
        subject=rendering.subject_of(transition),
        message_id=rendering.new_message_id(),
        created_at=transition.at,
        due_at=transition.at + timedelta(seconds=settings.MAIL_SETTLE_SECONDS),
    )


def tell_operators(kind: str, once: str, facts: dict[str, object], now: datetime) -> bool:
    """One notice to every operator about the installation itself. False when ``once`` was already told."""
    transition, created = Transition.objects.get_or_create(
        subject_kind="installation",
        subject_id="",
        kind=kind,
        once=once,
        defaults={"subject_name": "Onward", "at": now, "facts": facts},
    )
    if created:
        operators = User.objects.filter(is_operator=True, is_active=True)
        Notice.objects.bulk_create([_notice(transition, person) for person in operators])
    return created
