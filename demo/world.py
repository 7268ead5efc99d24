"""Who lives in the small world: tenants, people, domains, and where their zones and mail are. Values only."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import idna

SPEED = 6  # how many times faster than outside: every interval and TTL is divided by it
ROOT = "127.0.0.20"  # serves the root and every zone that is not on a host below
RESOLVERS = ("127.0.0.11", "127.0.0.12", "127.0.0.13")


@dataclass(frozen=True, slots=True)
class Tenant:
    """A Microsoft 365 tenant of the demo."""

    key: str
    name: str
    initial_domain: str


@dataclass(frozen=True, slots=True)
class Host:
    """Somebody who runs name servers: their names and addresses, in order."""

    zone: str
    addresses: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The name servers' names, without a trailing dot."""
        return tuple(f"ns{number}.{self.zone}" for number, _ in enumerate(self.addresses, start=1))


@dataclass(frozen=True, slots=True)
class Domain:
    """One domain of the demo. ``story`` names what happens to it, from ``begins`` seconds after the story's start."""

    name: str  # as people of its script write it
    tenant: str
    story: str
    begins: float = 0.0
    host: str = "northwind"
    stage: str = "validate"  # where it stands in the product when the story starts
    spf: bool = True  # False: there is no TXT record at all, so that its absence can be cached
    negative: int = 30  # seconds: the SOA's minimum
    mx_ttl: int = 30  # seconds
    has_token: bool = True  # False: nobody has entered the token yet
    earlier: str = ""  # the token of an earlier attempt: the domain was removed and added again
    services: tuple[str, ...] = ()  # chosen days after its purpose had been skipped

    @property
    def ascii(self) -> str:
        """The name as DNS knows it: lower-case A-labels, no trailing dot."""
        return idna.encode(self.name, uts46=True).decode("ascii")

    @property
    def zone(self) -> str:
        """The origin of its zone: the registered domain."""
        return ".".join(self.ascii.split(".")[-2:])

    @property
    def token(self) -> str:
        """The TXT value that Microsoft gave for it; the same in every run."""
        return f"MS=ms{zlib.crc32(self.ascii.encode()) % 10**8:08d}"

    @property
    def number(self) -> int:
        """A small number of its own, for addresses."""
        return 1 + zlib.crc32(self.ascii.encode()) % 250


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can sign in to the demo. ``role`` is a tenants.roles.Role value, or "operator"."""

    role: str
    name: str
    email: str
    tenants: tuple[str, ...] = ()
    follows: tuple[str, ...] = ()  # tenants as a whole; the manager follows what they add anyway


TENANTS = (
    Tenant("contoso", "Contoso Group", "contosogroup.onmicrosoft.com"),
    Tenant("fabrikam", "Fabrikam Health", "fabrikamhealth.onmicrosoft.com"),
    Tenant("woodgrove", "Woodgrove Bank", "woodgrovebank.onmicrosoft.com"),
    Tenant("zava", "Zava Retail", "zavaretail.onmicrosoft.com"),
)

PEOPLE = (
    Person("operator", "Olivia Wilson", "olivia@onward.example"),
    Person("manager", "Megan Bowen", "megan@onward.example", ("contoso", "fabrikam", "woodgrove", "zava")),
    Person("helpdesk", "Alex Wilber", "alex@onward.example", ("contoso", "fabrikam"), ("fabrikam",)),
    Person("viewer", "Isaiah Langer", "isaiah@onward.example", ("contoso",)),
)

HOSTS = {
    "northwind": Host("northwind-dns.example", ("127.0.0.21", "127.0.0.22")),
    "tailspin": Host("tailspin-hosting.test", ("127.0.0.23", "127.0.0.24", "127.0.0.25")),
    "alpine": Host("alpine-net.example", ("127.0.0.26", "127.0.0.27")),  # the second one is dead
    "graphic": Host("graphic-isp.test", ("127.0.0.28",)),
}
DEAD = ("127.0.0.27",)

_LONG_TTL = 360  # seconds: what an MX has until it is lowered for its cut-over; long enough to be worth waiting for
_LONG = "woodgrove-international-investment-and-pension-fund-services"
_LONGEST = (
    f"customer-correspondence-and-statements.private-and-business-banking.europe-middle-east-and-africa.{_LONG}.test"
)

# A quiet crowd, so that a third of all zones is more than the brake's least (onboarding.brake). They vanish once what
# moves early has been told: the brake holds whatever would be told meanwhile.
CROWD = (
    Domain("zava.example", "zava", "a-third-vanishes", 240, stage="active"),
    *(Domain(f"zava-shop-{n:02}.example", "zava", "rests", stage="active") for n in range(1, 30)),
)

DOMAINS = (
    Domain("contoso.example", "contoso", "appears", 4),
    Domain("contoso-retail.example", "contoso", "appears-at-once", 24),
    Domain("contoso-energy.example", "contoso", "wrong-value", 9, "tailspin"),
    Domain("contoso-foods.example", "contoso", "doubled-name", 15),
    Domain("contoso-logistics.example", "contoso", "at-www", 62, "tailspin"),
    Domain("contoso-labs.test", "contoso", "no-prefix", 34),
    Domain("contoso-suites.test", "contoso", "quoted", 54, "tailspin"),
    Domain("northwindtraders.example", "contoso", "dead-server", 19, "alpine"),
    Domain("adventure-works.example", "contoso", "one-stale-resolver", 38, spf=False, negative=120),
    Domain("cohovineyard.example", "contoso", "two-stale-resolvers", 30, spf=False, negative=90),
    Domain("cohowinery.example", "contoso", "mail-moves-early", 66),
    Domain("litwareinc.example", "contoso", "validation-fails", 108, "tailspin"),
    Domain("كونتوسو.إختبار", "contoso", "appears", 47),
    Domain("contoso-export.test", "contoso", "flaps", 70),
    Domain("contoso-press.example", "contoso", "rests", stage="active"),
    Domain("fabrikam.example", "fabrikam", "earlier-value", 42, "tailspin", earlier="MS=ms16180339"),
    Domain("fabrikam-ärzte.example", "fabrikam", "appears-at-once", 51),
    Domain("fabrikamresidences.example", "fabrikam", "servers-fail", 78, "tailspin"),
    Domain("relecloud.example", "fabrikam", "not-delegated", 76),
    Domain("humongousinsurance.example", "fabrikam", "two-tokens", 28, "tailspin"),
    Domain("lamnahealthcare.example", "fabrikam", "one-lame", 44),
    Domain("margiestravel.test", "fabrikam", "alias-at-the-top", 84),
    Domain("wideworldimporters.example", "fabrikam", "many-records", 33),
    Domain("proseware.test", "fabrikam", "slow-server", 58, "tailspin"),
    Domain("tailspintoys.example", "fabrikam", "comes-and-goes", 100),
    Domain("blueyonderairlines.example", "fabrikam", "value-changes", 160, "tailspin"),
    Domain("fourthcoffee.example", "fabrikam", "rests", stage="users"),
    Domain("graphicdesigninstitute.example", "fabrikam", "appears", 56, "graphic"),
    Domain("woodgrovebank.example", "woodgrove", "mail-wanders", 280, "tailspin", stage="purpose"),
    Domain(f"{_LONG}.example", "woodgrove", "appears", 80),
    Domain(_LONGEST, "woodgrove", "appears-at-once", 90, "tailspin"),
    Domain("בנק-וודגרוב.טעסט", "woodgrove", "appears", 95),
    Domain("ウッドグローブ.テスト", "woodgrove", "appears-at-once", 104, "tailspin"),
    Domain("thephone-company.example", "woodgrove", "comes-and-goes", 220, "tailspin"),
    Domain("trey-research.example", "woodgrove", "waits"),
    Domain("vanarsdel.test", "woodgrove", "resolver-lies", 72),
    Domain("wingtiptoys.example", "woodgrove", "rests", stage="purpose"),
    Domain("lucernepublishing.example", "woodgrove", "servers-differ", 87, "tailspin"),
    Domain("consolidatedmessenger.example", "woodgrove", "waits", has_token=False),
    Domain("alpineskihouse.example", "woodgrove", "teams", host="tailspin", stage="active", services=("teams",)),
    Domain("contoso-finance.example", "contoso", "spf-rewritten", 84, stage="active"),
    Domain("firstupconsultants.example", "contoso", "mail-flaps", 15),
    Domain("contoso-media.example", "contoso", "spf-reordered", 126, "tailspin", stage="active"),
    Domain("woodgrove-capital.example", "woodgrove", "cuts-over", 20, stage="active", mx_ttl=_LONG_TTL),
    Domain("woodgrove-insurance.example", "woodgrove", "cuts-over", 26, "tailspin", stage="active", mx_ttl=_LONG_TTL),
    Domain("woodgrove-trust.example", "woodgrove", "cuts-over", 32, stage="active", mx_ttl=_LONG_TTL),
    *CROWD,
)
