"""The ledger as people read it, what they follow, and the operator's page about mail."""

from __future__ import annotations

import pytest

from notices.models import Notice, NoticeState, Sending
from notices.presenting import LOOKS
from notices.sending import pause
from notices.subscribing import follow, standing
from tenants.roles import Role
from tests import make
from tests.make import signed_in

pytestmark = pytest.mark.django_db


def test_every_state_has_its_own_word_and_icon() -> None:
    assert set(LOOKS) == set(NoticeState)
    assert len({look.icon for look in LOOKS.values()}) == len(LOOKS)


def test_one_sees_one_s_own_mail_and_the_operator_all_of_it() -> None:
    mine, other = make.user(), make.user()
    make.notice(mine, subject="about mine")
    make.notice(other, subject="about other")

    own = signed_in(mine).get("/mail/").content
    all_of_it = signed_in(make.user(operator=True)).get("/mail/").content

    assert b"about mine" in own
    assert b"about other" not in own
    assert b"about other" in all_of_it


def test_the_ledger_is_filtered_by_state_and_says_why_something_waits() -> None:
    person = make.user()
    make.notice(person, subject="about contoso", reason="451 4.7.1 Greylisted")
    make.notice(person, subject="about fabrikam", state=NoticeState.SENT)

    html = signed_in(person).get("/mail/?state=waiting").content

    assert b"451 4.7.1 Greylisted" in html
    assert b"fabrikam" not in html


def test_a_fragment_is_the_ledger_alone() -> None:
    response = signed_in(make.user()).get("/mail/", headers={"HX-Request": "true"})

    assert response.content.strip().startswith(b'<section id="ledger"')


def test_a_mail_that_gave_up_is_sent_again_by_hand() -> None:
    notice = make.notice(state=NoticeState.GAVE_UP)

    signed_in(make.user(operator=True)).post(f"/mail/{notice.public_id}/again/")

    assert Notice.objects.get().state == NoticeState.WAITING


def test_the_admin_who_wants_one_mail_follows_the_tenant_and_stops_again() -> None:
    tenant = make.tenant()
    viewer = make.member(tenant, Role.VIEWER)
    client = signed_in(viewer)

    client.post(f"/mail/following/{tenant.public_id}/")
    followed = standing(viewer, tenant, "any")
    client.post(f"/mail/following/{tenant.public_id}/", {"stop": "1"})

    assert followed == "tenant"
    assert standing(viewer, tenant, "any") == "none"


def test_what_one_follows_no_longer_names_what_one_may_no_longer_see() -> None:
    domain = make.domain("secret.example")
    make.transition(domain, "added")
    person = make.user()
    follow(person, domain.tenant, domain.public_id)

    assert b"secret.example" not in signed_in(person).get("/mail/following/").content


def test_paused_sending_is_confirmed_or_discarded_by_the_operator() -> None:
    make.notice()
    pause("A copy of the database was put back.")
    client = signed_in(make.user(operator=True))
    shown = client.get("/operator/mail/").content

    client.post("/operator/mail/resume/", {"discard": "1"})

    assert b"A copy of the database was put back." in shown
    assert not Sending.current().paused
    assert Notice.objects.get().state == NoticeState.DISCARDED


def test_a_test_mail_shows_what_stands_in_its_way() -> None:
    response = signed_in(make.user(operator=True)).post("/operator/mail/test/")

    assert b"No mail server is set" in response.content
    assert b"The server did not take it." in response.content
