"""The how-to for adding a domain, sentence by sentence (design section 1, A1 to A8): each has a test that names it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from notices.models import Notice
from onboarding.adding import add_domain, remove_domain
from onboarding.attempts import recognised
from onboarding.models import Domain, Observation
from onboarding.stages import MoveRefused, move
from publicdns.answers import Answer, Outcome, Question, Record, Server, Verdict
from publicdns.delegation import Delegation, NameServer, Standing
from publicdns.expectations.clouds import derived
from publicdns.expectations.consequences import consequences
from publicdns.mailflow import mail_flow
from publicdns.picture import Picture, Subject
from publicdns.propagation import Progress, Propagation, judge
from tenants.models import User
from tests import make
from tests.onboarding.world import public_dns

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
TOKEN = "MS=ms12345678"
NOWHERE = mail_flow("contoso.com", None, None, {})
NS = Server("192.0.2.1", 53, "ns1.example.net")


def answered(rdtype: str, *values: str, name: str = "contoso.com") -> Answer:
    records = tuple(Record(rdtype, value, 3600) for value in values)
    outcome = Outcome.FOUND if values else Outcome.EMPTY
    return Answer(Question(name, rdtype), NS, outcome, records=records, authoritative=True, negative_ttl=900)


def see(domain: Domain, *answers: Answer) -> Picture:
    """Store a look in which the domain's only name server gave these answers."""
    given = {answer.question.rdtype: answer for answer in answers}
    zone = Delegation(domain.name, Standing.DELEGATED, domain.name, servers=(NameServer(NS.name, (NS.address,)),))
    flow = mail_flow(domain.name, given.get("MX"), given.get("TXT"), {})
    seen = Propagation(Verdict.MISSING, Progress.NOWHERE)
    subject = Subject(domain.name, domain.token or None)
    picture = Picture(subject, NOON.timestamp(), zone, answers, propagation=seen, mail=flow)
    Observation.objects.update_or_create(domain=domain, defaults={"seen_at": NOON, "picture": picture.to_json()})
    Domain.objects.filter(pk=domain.pk).update(verdict_since=NOON)
    return picture


def on_premises(domain: Domain) -> Picture:
    """Mail on the domain's own server, its SPF, and an old autodiscover record."""
    return see(
        domain,
        answered("MX", "10 mail.contoso.com"),
        answered("TXT", "v=spf1 mx ip4:192.0.2.0/24 -all", TOKEN),
        answered("CNAME", "mail.contoso.com", name="autodiscover.contoso.com"),
    )


def at(stage: str, **fields: object) -> tuple[Domain, User]:
    """A domain at ``stage``, and a manager of its tenant."""
    domain = make.domain("contoso.com", make.tenant("Contoso"), token=TOKEN, stage=stage, accepted_at=NOON, **fields)
    return domain, make.member(domain.tenant)


def page(domain: Domain, person: User) -> str:
    return make.signed_in(person).get(domain.get_absolute_url()).content.decode()


def test_a1_ownership_is_proven_by_a_txt_record_that_is_readable_in_public_dns() -> None:
    there = judge(TOKEN, {"ns1": answered("TXT", TOKEN)}, [])
    not_there = judge(TOKEN, {"ns1": answered("TXT")}, [])

    assert (there.progress, not_there.verdict) == (Progress.ALL_SERVERS, Verdict.MISSING)


def test_a1_seen_in_public_dns_and_accepted_by_microsoft_are_two_facts() -> None:
    domain, grace = at("validate", seen_at=NOON)

    html = page(domain, grace)

    assert "Being seen in DNS is not yet being verified by Microsoft." in html
    assert Domain.objects.get().stage == "validate"


def test_a1_where_no_txt_record_can_be_entered_an_mx_of_the_last_preference_proves_it_too() -> None:
    domain, grace = at("validate")

    proof = page(domain, grace).split('id="proof-mx"')[1].split("</details>")[0]

    assert "ms12345678.msv1.invalid" in proof
    assert "32767" in proof
    assert "give this one the highest number of all" in proof


def test_a2_after_validation_the_record_may_be_deleted_and_the_page_says_so() -> None:
    domain, grace = at("users")

    assert "The TXT record may be deleted now" in page(domain, grace)


def test_a2_nobody_is_told_when_the_record_goes_after_the_validation(settings: pytest.FixtureRequest) -> None:
    with public_dns(settings) as world:
        world.delegate("contoso.test")
        domain = make.domain(
            "contoso.test", stage="active", created_at=world.clock(), settled="present", seen_at=world.clock()
        )
        for _ in range(5):
            domain = world.look_again_after(domain, 600)

    assert domain.verdict == "missing"
    assert not Notice.objects.exists()


def test_a2_removed_and_added_again_the_old_value_is_recognised_as_that_of_the_earlier_attempt() -> None:
    old, grace = at("validate")
    remove_domain(old, by=grace, now=NOON)
    new = add_domain(old.tenant, "contoso.com", "MS=ms87654321", by=grace, now=NOON + timedelta(hours=1))
    picture = see(new, answered("TXT", TOKEN))

    html = page(new, grace)

    assert [attempt.token for attempt in recognised(new, picture)] == [TOKEN]
    assert "is the value of an earlier attempt" in html
    assert new.epoch == 2


@pytest.mark.parametrize("choice", ["users-not-now", "users-later", "users-added"])
def test_a3_users_are_added_now_or_later_or_not_at_all_and_each_is_one_click(choice: str) -> None:
    domain, grace = at("users")

    move(domain, choice, by=grace, now=NOON, version=domain.version, note="the service desk")

    assert (domain.stage, domain.users_note) == ("purpose", "the service desk")


def test_a3_not_now_is_the_usual_answer_with_directory_synchronisation_and_offered_first() -> None:
    domain, grace = at("users")

    html = page(domain, grace)

    assert "With directory synchronisation the usual answer is" in html
    assert 'class="button primary" id="move-users-not-now"' in html


def test_a4_with_services_chosen_the_records_are_judged_exactly_as_microsoft_prints_them() -> None:
    domain, grace = at("active", purpose_choice="services", purpose_services=["exchange"])
    see(domain, answered("MX", "10 contoso-com.mail.protection.outlook.com"), answered("TXT", TOKEN))

    html = page(domain, grace)

    assert "Exactly as printed" in html
    assert "0 contoso-com.mail.protection.outlook.com" in html
    assert "a hint only" in html


def test_a5_the_mx_and_spf_records_are_marked_as_the_ones_that_move_mail() -> None:
    domain, grace = at("purpose")
    on_premises(domain)

    html = page(domain, grace)

    assert [one.key for one in derived("contoso.com") if one.moves_mail] == ["mx", "spf", "autodiscover"]
    assert "moves incoming mail" in html
    assert "changes who may send" in html


def test_a5_who_receives_mail_today_and_what_would_break_is_said_before_the_choice() -> None:
    domain, grace = at("purpose")
    on_premises(domain)

    html = page(domain, grace)

    assert html.index('id="consequences"') < html.index('id="move-skip-purpose"')
    assert "own server" in html
    assert "mail that comes from mx and ip4:192.0.2.0/24 would fail" in html


def test_a5_a_domain_that_the_registry_does_not_know_has_nobody_who_receives_which_is_known() -> None:
    domain, grace = at("purpose")
    picture = replace(on_premises(domain), delegation=Delegation(domain.name, Standing.UNREGISTERED), mail=NOWHERE)
    Observation.objects.update(picture=picture.to_json())

    html = page(domain, grace)

    assert html.count("Nobody: the registry names no name server") == 2
    assert "Nobody could be asked" not in html


def test_a5_choosing_exchange_while_mail_lives_elsewhere_asks_twice() -> None:
    domain, grace = at("purpose")
    on_premises(domain)

    with pytest.raises(MoveRefused, match="answer again"):
        move(domain, "choose-services", by=grace, now=NOON, version=domain.version, services=["exchange"])
    move(domain, "choose-services", by=grace, now=NOON, version=domain.version, services=["exchange"], understood=True)

    assert domain.stage == "active"


def test_a6_skipping_makes_the_domain_active_with_nothing_ticked() -> None:
    domain, grace = at("purpose")

    move(domain, "skip-purpose", by=grace, now=NOON, version=domain.version)

    assert (domain.stage, domain.purpose_choice, domain.purpose_services) == ("active", "skipped", [])


def test_a6_no_dns_is_asked_for_and_no_mail_moves() -> None:
    domain, grace = at("active", purpose_choice="skipped")
    picture = on_premises(domain)

    html = page(domain, grace)

    assert "Nobody has asked for these records: what is missing is as it should be." in html
    assert consequences(picture.mail, "mail.contoso.com", derived("contoso.com")).elsewhere is True


def test_a6_the_page_says_in_five_sentences_what_skipping_does_and_does_not_do() -> None:
    domain, grace = at("purpose")

    html = page(domain, grace)
    sentences = html[html.index('id="skipping"') :].split("</ol>")[0]

    assert sentences.count("<li>") == 5
    assert "no mail moves" in sentences
    assert "The services work all the same" in sentences
    assert sentences.count('href="https://') == 2  # where Microsoft says so, and whose clicks these are


def test_a7_once_active_it_can_be_the_sign_on_domain_and_that_is_ticked_off_with_name_and_date() -> None:
    domain, grace = at("active", purpose_choice="skipped")
    client = make.signed_in(grace)

    client.post(f"/domains/{domain.public_id}/milestone/", {"item": "sign-on"})
    html = client.get(domain.get_absolute_url()).content.decode()

    assert "Cloud users can sign in with it now" in html
    assert 'id="item-sign-on" class="done"' in html
    assert str(grace) in html


def test_a8_after_a_short_while_it_is_an_accepted_domain_of_a_type_that_is_recorded() -> None:
    domain, grace = at("active", purpose_choice="skipped")
    client = make.signed_in(grace)

    client.post(f"/domains/{domain.public_id}/milestone/", {"item": "accepted-domain", "note": "Internal relay"})
    html = client.get(domain.get_absolute_url()).content.decode()

    assert "addresses can be added" in html
    assert domain.milestones.get().note == "Internal relay"
