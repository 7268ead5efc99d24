"""Every page in a real browser: no axe violation, no blocked script or style, no sideways scrolling."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser

from notices.models import NoticeState
from onboarding.adding import add_domain, leave_note
from onboarding.models import Domain, Observation
from onboarding.stages import move
from onboarding.ways import note
from publicdns.answers import Answer, Finding, Outcome, Question, Reason, Record, Server, Verdict
from publicdns.delegation import Delegation, NameServer, Standing
from publicdns.mailflow import MailFlow, MailHost, Receiving, Resolves
from publicdns.picture import Picture, Subject
from publicdns.propagation import Progress, Propagation, Stance
from publicdns.wire import Way
from tenants.invitations import invite
from tenants.models import User
from tenants.roles import Role
from tests import make
from tests.e2e.walking import problems_on

pytestmark = pytest.mark.e2e
HOSTILE = "MS=ms99<img src=x onerror=alert(1)>" + "W" * 400


def hostile_picture(domain: Domain) -> None:
    """A look that saw everything at once: a record, a failure, an absence, a wrong and a hostile value."""
    question = Question(domain.name, "TXT")
    servers = [Server(f"2001:db8::{n}", 53, f"ns{n}.{'long' * 12}.example.net") for n in range(1, 4)]
    answers = (
        Answer(question, servers[0], Outcome.FOUND, records=(Record("TXT", HOSTILE, 60),), authoritative=True),
        Answer(question, servers[1], Outcome.EMPTY, authoritative=True, negative_ttl=1800),
        Answer(question, servers[2], Outcome.FAILED, Reason.SERVFAIL, detail="EDE 22 \x1b[31m"),
    )
    resolver = Answer(question, Server("1.1.1.1", 53, "1.1.1.1", True), Outcome.NXDOMAIN, negative_ttl=900)
    seen = Propagation(
        Verdict.WRONG,
        Progress.SOME_SERVERS,
        servers=(("ns1", Stance.WRONG),),
        negative_until=(timezone.now() + timedelta(minutes=9)).timestamp(),
    )
    hosts = (MailHost(10, "mx." + "w" * 60 + ".example", "Mailhost"), MailHost(20, "b.example", resolves=Resolves.NO))
    zone = Delegation(domain.name, Standing.DELEGATED, domain.name, servers=tuple(NameServer(s.name) for s in servers))
    facts: Any = {"found_at": HOSTILE, "found": HOSTILE, "name": domain.name, "host": "@", "value": domain.token}
    picture = Picture(
        Subject(domain.name, domain.token),
        timezone.now().timestamp(),
        zone,
        answers,
        (resolver,),
        propagation=seen,
        mail=MailFlow(Receiving.HOSTS, hosts, spf=("v=spf1 " + "include:x.example " * 30,), spf_known=True),
        findings=(Finding("DNS101", Verdict.WRONG, facts, "error"),),
    )
    Observation.objects.create(domain=domain, seen_at=timezone.now(), picture=picture.to_json())
    Domain.objects.filter(pk=domain.pk).update(verdict="wrong", verdict_since=timezone.now())


@pytest.fixture
def paths(transactional_db: None) -> list[str]:
    """Every page there is, each with something on it."""
    operator = make.user("operator@example.net", operator=True, name="Olga Operator")
    tenant = make.tenant("Northwind Traders International Holdings")
    make.tenant("Contoso")
    member = make.member(tenant, Role.MANAGER, email="manager@example.net")
    now = timezone.now()
    names = (
        "contoso.com",
        "xn--mnchen-3ya.de",
        "a" * 60 + ".example",
        "users.example",
        "purpose.example",
        "active.example",
    )
    domains = [add_domain(tenant, name, "MS=ms12345678", by=operator, now=now) for name in names]
    hostile_picture(domains[0])
    leave_note(domains[0], "x" * 300, by=member, now=now)
    for domain, steps in zip(
        domains[3:], (("accept",), ("accept", "users-not-now"), ("accept", "users-added", "skip-purpose")), strict=True
    ):
        for name in steps:
            move(domain, name, by=operator, now=now, version=domain.version)
    bare = add_domain(tenant, "bare.example", "", by=operator, now=now)
    Domain.objects.filter(pk=domains[1].pk).update(seen_at=now)
    removed = make.domain("removed.example", tenant, removed_at=now)
    for state in NoticeState:
        make.notice(operator, state=state, reason="451 4.7.1 " + "z" * 120, tenant=tenant)
    notice = make.notice(operator)
    note({Way.NAME_SERVERS}, now)
    shown = [*domains, bare, removed]
    return [
        "/domains/",
        "/domains/?q=nothing-fits",
        *(domain.get_absolute_url() for domain in shown),
        "/mail/",
        f"/mail/{notice.public_id}/",
        "/mail/following/",
        "/tenants/",
        f"/tenants/{tenant.public_id}/",
        "/people/",
        f"/people/{member.public_id}/",
        "/profile/",
        "/operator/health/",
        "/operator/mail/",
        "/accounts/password/change/",
        "/accounts/2fa/",
        "/no/such/page/",
    ]


@pytest.mark.sqlite
def test_every_page_is_accessible_and_holds_its_width(asgi_server: str, paths: list[str], browser: Browser) -> None:
    found = problems_on(paths, browser, asgi_server, User.objects.get(email="operator@example.net"))

    assert not found, "\n".join(found)


@pytest.mark.sqlite
def test_the_pages_before_signing_in_are_accessible_too(asgi_server: str, browser: Browser) -> None:
    person = make.user()
    welcome = invite(person, by=person, now=timezone.now(), days=7)

    found = problems_on(("/accounts/login/", welcome, "/welcome/spent/", "/accounts/signup/"), browser, asgi_server)

    assert not found, "\n".join(found)
