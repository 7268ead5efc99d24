"""Every address with every role: an address without a row here fails, and no answer holds another tenant's words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse
from django.utils import timezone

from notices.subscribing import follow
from onboarding.adding import add_domain, leave_note
from onboarding.cutover import Window, plan
from onboarding.models import Batch, CutOver, Domain, SavedView
from relaycheck.models import Audit, Relay
from tenants.invitations import invite
from tenants.models import Tenant, User
from tenants.roles import Role
from tests import make
from tests.relaycheck import rows
from tests.relaycheck.auditing import kept_audit

pytestmark = pytest.mark.django_db

ROLES = ("anonymous", "stranger", "viewer", "helpdesk", "manager", "operator")
OURS, THEIRS = "kestrelword", "canaryword"


@dataclass
class World:
    """Two tenants that must not see each other; everything of ours is asked for, nothing of theirs may show."""

    tenant: Tenant
    domain: Domain
    people: dict[str, User]
    paths: dict[str, str] = field(default_factory=dict)

    @cached_property
    def cutover(self) -> CutOver:
        """A plan for our domain."""
        now = timezone.now()
        window = Window(now + timedelta(days=2), now + timedelta(days=3), "Europe/Berlin")
        return plan(self.tenant, f"Plan {OURS}", [self.domain], window, by=self.people["manager"], now=now)

    def batch(self, own: User) -> Batch:
        """Something that ``own`` would do to many."""
        return Batch.objects.create(
            user=own, kind="group", state="ready", created_at=make.NOW, options={"group": ""}, source=OURS
        )

    @property
    def audit(self) -> Audit:
        """Our audit of connectors."""
        return Audit.objects.get(tenant=self.tenant)

    def arguments(self, name: str) -> list[str]:
        """What the address called ``name`` needs."""
        if name in CUTOVER_PAGES:
            return [self.cutover.public_id]
        own = self.people["viewer"]
        notice = make.notice(own, subject=OURS, tenant=self.tenant, state="gave-up")
        known: dict[str, list[str]] = {
            "domain-move": [self.domain.public_id, "accept"],
            "follow-tenant": [self.tenant.public_id],
            "tenant": [self.tenant.public_id],
            "welcome": [invite(own, by=own, now=timezone.now(), days=7).strip("/").split("/")[1]],
            "notice": [notice.public_id],
            "notice-again": [notice.public_id],
            "export": ["csv"],
            "log-export": ["csv"],
            "domain-history": [self.domain.public_id, "csv"],
            "view-remove": [SavedView.objects.get_or_create(user=own, name=OURS)[0].public_id],
            **{name: [self.batch(own).public_id] for name in ("batch", "batch-confirm", "batch-undo", "batch-refused")},
            "person-role-remove": [own.public_id, self.tenant.public_id],
            "audit-export": [self.audit.public_id, "audit.json"],
            "audit-log-remove": [self.audit.public_id, self.audit.logs.get().public_id],
            "account_confirm_email": ["key"],
            "account_reset_password_from_key": ["1", "key"],
        }
        if (name.startswith("domain-") and name not in ("domain-add", "domain-propose")) or name == "domain":
            return known.get(name, [self.domain.public_id])
        if (name.startswith("relay-") and name not in RELAYS_WITHOUT_ONE) or name == "relay":
            return rows.arguments(name, Relay.objects.get(tenant=self.tenant))
        if (name.startswith("audit-") and name != "audit-add") or name == "audit":
            return known.get(name, [self.audit.public_id])
        if (name.startswith("person-") and name != "person-add") or name == "person":
            return known.get(name, [own.public_id])
        return known.get(name, [])


def build() -> World:
    """Our tenant with a person of each role, and theirs with a stranger."""
    ours, theirs = make.tenant(f"Tenant {OURS}"), make.tenant(f"Tenant {THEIRS}")
    people = {role.value: make.member(ours, role, email=f"{role.value}@{OURS}.example") for role in Role}
    people["stranger"] = make.member(theirs, Role.MANAGER, email=f"stranger@{THEIRS}.example")
    people["operator"] = make.user("operator@example.org", operator=True)
    for tenant, word, person in ((ours, OURS, people["manager"]), (theirs, THEIRS, people["stranger"])):
        domain = add_domain(tenant, f"{word}.example", "MS=ms12345678", by=person, now=make.NOW)
        leave_note(domain, f"a note about {word}", by=person, now=make.NOW)
        make.notice(person, subject=f"about {word}", tenant=tenant)
        follow(person, tenant)
        kept_audit(tenant, f"Audit {word}")
        rows.with_everything(tenant, person, f"relay.{word}.example")
    return World(ours, Domain.objects.get(name=f"{OURS}.example"), people)


CUTOVER_PAGES = (
    "cutover",
    "cutover-window",
    "cutover-mailboxes",
    "cutover-close",
    "cutover-wall",
    "cutover-sheet",
    "cutover-ics",
)
RELAYS_WITHOUT_ONE = ("relay-add", "relay-explain", "relay-report")
Payload = dict[str, Any]


@dataclass(frozen=True)
class Row:
    """What each of ROLES is answered, for GET and for POST, and what the POST sends."""

    get: str
    post: str
    sends: Callable[[World], Payload] = lambda world: {}

    def expected(self, method: str) -> dict[str, int]:
        """By role; one number means the same for all."""
        codes = (self.get if method == "GET" else self.post).split()
        return dict(zip(ROLES, map(int, codes * len(ROLES) if len(codes) == 1 else codes), strict=False))


SHUT = "405"  # a page that is only read, or only posted to
OPERATOR = "302 404 404 404 404 200"
OPERATOR_ACTS = "302 404 404 404 404 302"
SIGNED_IN = "302 200 200 200 200 200"
OUR_DOMAIN = "302 404 200 200 200 200"
LOOKERS = "302 404 404 302 302 302"
EDITORS = "302 404 404 404 302 302"
OWN_PAGE = "302 404 200 404 404 404"  # the viewer's own
OWN_ACT = "302 404 302 404 404 404"
FOLLOWERS = "302 404 302 302 302 302"


def version(world: World) -> Payload:
    return {"version": world.domain.version}


def relay_of(world: World) -> str:
    """A relay of our tenant, to carry sources to."""
    relay = Relay.objects.create(
        tenant=world.tenant,
        fqdn="carried.example",
        internal_address="10.0.0.25",
        kind="iis",
        profile="direct-send",
        created_at=make.NOW,
    )
    return relay.public_id


ROWS = {
    "alive": Row("200", SHUT),
    "ready": Row("503", SHUT),
    "live": Row("401 200 200 200 200 200", SHUT),
    "health": Row(OPERATOR, SHUT),
    "home": Row("302", "302"),
    "domains": Row(SIGNED_IN, SHUT),
    "domain-add": Row(
        SHUT,
        "302 422 422 422 302 302",
        lambda world: {"name": "new.example", "token": "", "tenant": world.tenant.public_id},
    ),
    "domain-propose": Row(SIGNED_IN, SHUT),
    "find": Row("302", SHUT),
    "progress": Row(SIGNED_IN, SHUT),
    "export": Row(SIGNED_IN, SHUT),
    "import": Row(
        SIGNED_IN,
        "302 422 422 422 302 302",
        lambda world: {"text": "new.example", "tenant": world.tenant.public_id},
    ),
    "batch-preview": Row(
        SHUT, "302", lambda world: {"act": "look", "which": "chosen", "chosen": world.domain.public_id}
    ),
    "batch": Row(OWN_PAGE, SHUT),
    "batch-confirm": Row(SHUT, OWN_ACT),
    "batch-undo": Row(SHUT, OWN_ACT),
    "batch-refused": Row(OWN_PAGE, SHUT),
    "view-save": Row(SHUT, "302", lambda world: {"name": "mine", "query": "stage=active"}),
    "view-remove": Row(SHUT, OWN_ACT),
    "log": Row(SIGNED_IN, SHUT),
    "log-export": Row(SIGNED_IN, SHUT),
    "domain-history": Row(OUR_DOMAIN, SHUT),
    "domain-letter": Row(OUR_DOMAIN, SHUT),
    "domain": Row(OUR_DOMAIN, SHUT),
    "domain-look": Row(SHUT, LOOKERS),
    "domain-token": Row(SHUT, EDITORS, lambda world: {"token": "MS=ms87654321", **version(world)}),
    "domain-note": Row(SHUT, LOOKERS, lambda world: {"text": "hello"}),
    "domain-follow": Row(SHUT, FOLLOWERS, lambda world: {"choice": "mute"}),
    "domain-remove": Row(SHUT, EDITORS),
    "domain-restore": Row(SHUT, EDITORS),
    "domain-expected": Row(SHUT, EDITORS, lambda world: {"text": "v=spf1 include:spf.protection.outlook.com -all"}),
    "domain-mute": Row(SHUT, EDITORS, lambda world: {"key": "mx", "reason": "a gateway"}),
    "domain-records": Row(OUR_DOMAIN, SHUT),
    "domain-milestone": Row(SHUT, EDITORS, lambda world: {"item": "sign-on"}),
    "domain-move": Row(SHUT, EDITORS, version),
    "domain-undo": Row(SHUT, EDITORS, version),
    "relays": Row(SIGNED_IN, SHUT),
    "relay-add": Row("302 200 404 404 200 200", "302 422 404 404 422 200"),
    "relay-explain": Row(SIGNED_IN, SHUT),
    "relay-report": Row(SHUT, "401"),
    "relay": Row(OUR_DOMAIN, SHUT),
    "relay-edit": Row("302 404 404 404 200 200", "302 404 404 404 422 422"),
    "relay-remove": Row(SHUT, EDITORS),
    "relay-restore": Row(SHUT, EDITORS),
    "relay-follow": Row(SHUT, FOLLOWERS, lambda world: {"choice": "mute"}),
    "relay-setup": Row(OUR_DOMAIN, SHUT),
    "relay-probe-ask": Row(SHUT, LOOKERS, lambda world: {"kind": "plain"}),
    "relay-paste": Row(SHUT, "302 404 404 422 422 422"),
    "relay-probe": Row(OUR_DOMAIN, SHUT),
    "relay-probe-stop": Row(SHUT, LOOKERS),
    "relay-upload": Row(SHUT, EDITORS, lambda world: {"text": "myhostname = relay.example.net"}),
    "relay-configuration": Row(OUR_DOMAIN, SHUT),
    "relay-log-upload": Row(SHUT, "302 404 404 404 422 422"),
    "relay-log": Row(OUR_DOMAIN, SHUT),
    "relay-log-stop": Row(SHUT, EDITORS),
    "relay-delisting": Row(SHUT, LOOKERS, lambda world: {"line": rows.LINE}),
    "relay-delisting-drop": Row(SHUT, LOOKERS),
    "relay-watch": Row(SHUT, "302 404 404 404 200 200"),
    "relay-watch-end": Row(SHUT, EDITORS),
    "relay-watch-limits": Row(SHUT, "302 404 404 404 422 422"),
    "relay-export": Row(OUR_DOMAIN, SHUT),
    "audits": Row(SIGNED_IN, SHUT),
    "audit-add": Row(
        SIGNED_IN, "302 422 422 422 302 302", lambda world: {"pasted": "hello", "tenant": world.tenant.public_id}
    ),
    "audit": Row(OUR_DOMAIN, SHUT),
    "audit-files": Row(SHUT, "302 404 404 404 422 422"),
    "audit-connectors": Row(OUR_DOMAIN, SHUT),
    "audit-scripts": Row(OUR_DOMAIN, SHUT),
    "audit-relay": Row(SHUT, "302 404 404 404 302 302", lambda world: {"relay": relay_of(world)}),
    "audit-compare": Row(OUR_DOMAIN, SHUT),
    "audit-logs": Row(OUR_DOMAIN, "302 404 404 404 422 422"),
    "audit-log-remove": Row(SHUT, EDITORS),
    "audit-export": Row(OUR_DOMAIN, SHUT),
    "audit-remove": Row(SHUT, EDITORS),
    "domain-baseline": Row(SHUT, EDITORS, lambda world: {"reason": "meant", **version(world)}),
    "brake": Row(OPERATOR, SHUT),
    "brake-let-go": Row(SHUT, OPERATOR_ACTS),
    "cutovers": Row(SIGNED_IN, SHUT),
    "cutover-add": Row(
        SHUT,
        "302 422 422 422 302 302",
        lambda world: {
            "name": "Weekend",
            "tenant": world.tenant.public_id,
            "domains": make.domain("plain.example", world.tenant).name,
            "starts": f"{timezone.now() + timedelta(days=5):%Y-%m-%dT%H:%M}",
            "ends": f"{timezone.now() + timedelta(days=6):%Y-%m-%dT%H:%M}",
            "zone": "Europe/Berlin",
        },
    ),
    "cutover": Row(OUR_DOMAIN, SHUT),
    "cutover-window": Row(
        SHUT,
        EDITORS,
        lambda world: {
            "version": world.cutover.version,
            "starts": f"{timezone.now() + timedelta(days=5):%Y-%m-%dT%H:%M}",
            "ends": f"{timezone.now() + timedelta(days=6):%Y-%m-%dT%H:%M}",
            "zone": "UTC",
        },
    ),
    "cutover-mailboxes": Row(SHUT, EDITORS, lambda world: {"domain": world.domain.public_id, "done": "1"}),
    "cutover-close": Row(SHUT, EDITORS, lambda world: {"version": world.cutover.version}),
    "cutover-wall": Row(OUR_DOMAIN, SHUT),
    "cutover-sheet": Row(OUR_DOMAIN, SHUT),
    "cutover-ics": Row(OUR_DOMAIN, SHUT),
    "ledger": Row(SIGNED_IN, SHUT),
    "following": Row(SIGNED_IN, SHUT),
    "follow-tenant": Row(SHUT, FOLLOWERS),
    "notice": Row("302 404 200 404 404 200", SHUT),
    "notice-again": Row(SHUT, OPERATOR_ACTS),
    "operator-mail": Row(OPERATOR, SHUT),
    "operator-mail-test": Row(SHUT, OPERATOR),
    "operator-mail-resume": Row(SHUT, OPERATOR_ACTS),
    "operator-mail-discard": Row(SHUT, OPERATOR_ACTS),
    "welcome": Row("200", "302", lambda world: {"name": "", "password": make.PASSWORD, "again": make.PASSWORD}),
    "profile": Row(SIGNED_IN, "302", lambda world: {"name": "New Name", "time_zone": "Europe/Berlin"}),
    "tenants": Row(SIGNED_IN, SHUT),
    "tenant-add": Row(SHUT, OPERATOR_ACTS, lambda world: {"name": "New", "cloud": "worldwide"}),
    "tenant": Row(OPERATOR, OPERATOR_ACTS, lambda world: {"name": "Renamed", "cloud": "dod"}),
    "people": Row(OPERATOR, SHUT),
    "person-add": Row(SHUT, OPERATOR, lambda world: {"name": "New", "email": "new@example.org", "role": "viewer"}),
    "person": Row(OPERATOR, SHUT),
    "person-link": Row(SHUT, OPERATOR),
    "person-role": Row(SHUT, OPERATOR_ACTS, lambda world: {"tenant": world.tenant.public_id, "role": "manager"}),
    "person-role-remove": Row(SHUT, OPERATOR_ACTS),
    "person-change": Row(SHUT, OPERATOR_ACTS, lambda world: {"active": "on"}),
}


def addresses(resolver: URLResolver) -> Iterator[str | None]:
    """The names of all addresses."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern)
        else:
            yield pattern.name


OURS_TO_JUDGE = sorted(
    {name for name in addresses(get_resolver()) if name and not name.startswith(("account_", "mfa_"))}
)
LIBRARY = sorted({name for name in addresses(get_resolver()) if name and name.startswith(("account_", "mfa_"))})


@pytest.fixture(scope="module")
def built(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Built once: the transaction of each test is within this one, which is undone at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield build()
        transaction.set_rollback(True)


@pytest.fixture
def world(built: World) -> World:
    return deepcopy(built)


def test_every_address_has_a_row() -> None:
    assert sorted(ROWS) == OURS_TO_JUDGE


def client_of(world: World, role: str) -> Client:
    return Client(REMOTE_ADDR="127.0.0.1") if role == "anonymous" else make.signed_in(world.people[role])


def body(response: Any) -> str:
    """What came back, unless it is a stream that never ends."""
    if not response.streaming:
        return str(response.content.decode())
    return "" if response.is_async else b"".join(response.streaming_content).decode()


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", [name for name in OURS_TO_JUDGE if name != "live"])
def test_each_role_is_answered_as_the_table_says(world: World, name: str, role: str) -> None:
    row = ROWS[name]
    client, path = client_of(world, role), reverse(name, args=world.arguments(name))

    read = client.get(path)
    acted = client.post(path, row.sends(world))

    assert (read.status_code, acted.status_code) == (row.expected("GET")[role], row.expected("POST")[role])
    hidden = {"operator": [], "stranger": [OURS]}.get(role, [THEIRS])
    if name == "welcome":
        hidden = []  # whoever holds the secret link is shown whom it is for
    shown = body(read) + body(acted)
    assert not [word for word in hidden if word in shown.replace(path, "")]


@pytest.mark.parametrize("role", ["anonymous", "stranger", "viewer"])
@pytest.mark.parametrize("name", LIBRARY)
def test_the_library_s_pages_show_nobody_s_words(world: World, name: str, role: str) -> None:
    client, path = client_of(world, role), reverse(name, args=world.arguments(name))

    response = client.get(path, follow=True)

    assert response.status_code in (200, 404, 405)
    assert (OURS if role == "stranger" else THEIRS) not in body(response)


@pytest.mark.parametrize("name", ["domains", "domain", "ledger"])
def test_a_fragment_asked_for_without_a_session_sends_the_page_to_sign_in(world: World, name: str) -> None:
    path = reverse(name, args=world.arguments(name))

    response = Client().get(path, headers={"HX-Request": "true", "HX-Current-URL": f"http://testserver{path}"})

    assert response.status_code == 401
    assert response["HX-Redirect"] == f"/accounts/login/?next={path}"
