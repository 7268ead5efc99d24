"""How many of the records that a domain's services need nobody has published: the board shows it of active domains."""

from __future__ import annotations

from onboarding.expecting import expectations
from onboarding.models import Domain, Expectation, Publication
from onboarding.publishing import answers_of
from onboarding.stage import PurposeChoice, Stage
from publicdns.answers import Verdict
from publicdns.expectations.clouds import cloud_of
from publicdns.expectations.judging import Answers, judge


def recount(domain: Domain) -> bool:
    """Keep how many are missing by the newest answers. Whether that is news."""
    n = _missing(domain) if _is_used(domain) else 0
    domain.lacking = n
    return bool(Domain.objects.filter(pk=domain.pk).exclude(lacking=n).update(lacking=n))


def recounted(pk: int) -> set[str]:
    """Count for the domain ``pk`` anew, if it is still there. Returns the topics to ring."""
    domain = Domain.objects.select_related("tenant").filter(pk=pk).first()
    return {f"tenant-{domain.tenant.public_id}"} if domain is not None and recount(domain) else set()


def _is_used(domain: Domain) -> bool:
    return domain.at_stage is Stage.ACTIVE and domain.purpose_choice == PurposeChoice.SERVICES


def _missing(domain: Domain) -> int:
    answers = answers_of(Publication.objects.filter(domain=domain).first())
    return sum(_is_missing(row, answers, domain) for row in expectations(domain) if _is_needed(row, domain))


def _is_needed(row: Expectation, domain: Domain) -> bool:
    """Whether somebody should have published it by now: what moves mail comes with the cut-over that is planned."""
    later = row.record.moves_mail and domain.window_start is not None
    chosen = row.service in domain.purpose_services
    return chosen and not (row.muted_reason or row.optional or row.absent or later)


def _is_missing(row: Expectation, answers: Answers, domain: Domain) -> bool:
    """Proven: what nobody could be asked is not missing."""
    return judge(row.record, answers, domain.name, cloud_of(domain.tenant.cloud)).works is Verdict.MISSING
