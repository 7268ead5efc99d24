"""Finding domains by what somebody types: the beginning of any label of a name, or of a token."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connections, transaction
from django.db.models import Exists, OuterRef, Q

from onboarding.models import Domain, Note, Word
from onboarding.models.domain import DomainQuerySet
from publicdns.names import unicode_name
from tenants.models import Tenant

FEW = 20_000  # words found: up to here they are listed, beyond the order of names finds domains sooner
LONGEST = 253
AFTER = b"\xff"  # no UTF-8 has it: whatever begins with a text sorts before the text and this


def words(name: str, token: str) -> set[bytes]:
    """What ``name`` and ``token`` are found by, in lower case: "mail.contoso.com", "contoso.com", "com"."""
    found = set()
    for form in {name, unicode_name(name)}:
        labels = form.lower().split(".")
        found |= {".".join(labels[place:]) for place in range(len(labels))}
    if token:
        found |= {token.lower(), token.lower().removeprefix("ms="), token.lower().removeprefix("ms=ms")}
    return {text.encode()[:260] for text in found if text}


@transaction.atomic
def index(domains: Iterable[Domain]) -> None:
    """Let ``domains`` be found by what they are called now."""
    wanted = list(domains)
    Word.objects.filter(domain__in=[domain.pk for domain in wanted]).delete()
    Word.objects.bulk_create(
        [
            Word(domain_id=domain.pk, tenant_id=domain.tenant_id, text=text)
            for domain in wanted
            for text in words(domain.name, domain.token)
        ],
        batch_size=2000,
    )


def mend(using: str, **_: Any) -> None:
    """Index the domains that have no words yet, a thousand at a time."""
    if not {"onboarding_domain", "onboarding_word"} <= set(connections[using].introspection.table_names()):
        return
    bare = Domain.objects.using(using).filter(~Exists(Word.objects.filter(domain=OuterRef("pk"))))
    while page := list(bare.only("pk", "name", "token", "tenant")[:1000]):
        index(page)


def matching(
    domains: DomainQuerySet, text: str, tenants: list[Tenant], *, named: bool = True, notes: bool = False
) -> DomainQuerySet:
    """Those of ``domains`` that ``text`` finds: by name and token; unless told otherwise by a part of their tenant's
    name, too; when asked for, by a part of a note."""
    typed = text.strip().rstrip(".").lower().encode()[:LONGEST]
    begun = Word.objects.filter(text__gte=typed, text__lt=typed + AFTER, tenant__in=[tenant.pk for tenant in tenants])
    few = begun[: FEW + 1].count() <= FEW
    condition = Q(pk__in=begun.values("domain")) if few else Q(Exists(begun.filter(domain=OuterRef("pk"))))
    if named and (theirs := [tenant.pk for tenant in tenants if text.lower() in tenant.name.lower()]):
        condition |= Q(tenant__in=theirs)
    if notes:
        condition |= Q(Exists(Note.objects.filter(domain=OuterRef("pk"), text__icontains=text)))
    return domains.filter(condition)
