"""For every rule worlds in which it must stay silent, and worlds in which it must speak."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from publicdns.answers import Answer, Outcome, Question, Reason, Server
from publicdns.picture import Picture, Subject
from tests.publicdns.world import NOW, TOKEN, Host, World

NAME = "contoso.com"
TXT, MX = (NAME, "TXT"), (NAME, "MX")
OURS = "0 mail.contoso.com"
CLOUD = "0 contoso-com.mail.protection.outlook.com"
PROOF = "ms12345678.msv1.invalid"
NS1, NS2 = "ns1.dns.example", "ns2.dns.example"
BOTH = "v=spf1 mx include:spf.protection.outlook.com -all"
ONLY_CLOUD = "v=spf1 include:spf.protection.outlook.com -all"
NEXT = "10 contoso-com.mail.protection.outlook.com"
NESTED = "v=spf1 include:_spf.contoso.com -all"
FLAT = "v=spf1 ip4:40.92.0.0/15 ip4:40.107.0.0/16 ip4:52.100.0.0/15 ip4:52.102.0.0/15 ip4:104.47.0.0/17 -all"
BEHIND = "v=spf1 mx -all include:spf.protection.outlook.com"
REFUSED = "v=spf1 mx -include:spf.protection.outlook.com -all"
LONG = "v=spf1 " + "include:a.example " * 14
WIDE = TOKEN.replace("=", "＝").encode().decode("latin-1")
Case = Callable[[], Picture]


def zone(
    *texts: str, mx: Sequence[str] = (), extra: dict[tuple[str, str], list[str]] | None = None, **more: object
) -> World:
    """contoso.com with these TXT values, these MX values and whatever else."""
    records = {TXT: list(texts), MX: list(mx), **(extra or {})}
    return World(records={key: values for key, values in records.items() if values}, **more)  # type: ignore[arg-type]


def case(*texts: str, **more: object) -> Case:
    """One look at such a zone."""
    return lambda: zone(*texts, **more).look()  # type: ignore[arg-type]


def at(name: str, *values: str, rdtype: str = "TXT", **more: object) -> Case:
    """A look at a zone that has these values at another name."""
    return case(extra={(name, rdtype): list(values)}, **more)


def mail(*values: str, spf: str = "", moved: bool = False, **more: object) -> Case:
    """A look at mail records, without a token."""
    texts = [spf] if spf else []
    return lambda: zone(*texts, mx=values, **more).look(token=None, mail_moved=moved)  # type: ignore[arg-type]


def nested(mx: str, own: str = NESTED, /, *, dmarc: str = "", **records: str) -> Case:
    """A look at an SPF record that hands over to others inside the zone: ``records`` by the label without its _."""
    extra = {(f"_{label}.contoso.com", "TXT"): [text] for label, text in records.items()}
    return mail(mx, spf=own, extra=extra | ({("_dmarc.contoso.com", "TXT"): [dmarc]} if dmarc else {}))


def failing(reason: Reason, *names: str, have: bool = True) -> Case:
    """A look while these name servers fail."""

    def looked() -> Picture:
        world = zone(*([TOKEN] if have else []))
        for name in names:
            world.hosts[name].fails = reason
        return world.look()

    return looked


def refused(detail: str, *resolvers: str, name: str = NAME, **more: object) -> Case:
    """A look at a zone with the token while these resolvers say SERVFAIL to whatever is asked about ``name``."""
    refusing = {(resolver, name): detail for resolver in resolvers}
    return lambda: zone(mx=["10 mail.bogus.example"], refused=refusing, **more).look()  # type: ignore[arg-type]


def lagging(seconds: float, *texts: str, at: str = "") -> Case:
    """A look so long after all name servers agreed, while resolvers (one of them) show ``texts`` instead."""
    world = zone(TOKEN, stale={TXT: list(texts)}, stale_at=(at,) if at else EVERYBODY)
    return lambda: world.look_at(Subject(NAME, TOKEN, agreed_at=NOW - seconds))


def remembering(seconds: float, kept: int) -> Case:
    """The same while resolvers remember the absence by an SOA record with this larger minimum."""

    class Old(World):
        def _resolved(self, question: Question, server: Server) -> Answer:
            answer = super()._resolved(question, server)
            return replace(answer, negative_ttl=kept) if answer.outcome is Outcome.EMPTY else answer

    world = Old(records={TXT: [TOKEN]}, stale={TXT: []})
    return lambda: world.look_at(Subject(NAME, TOKEN, agreed_at=NOW - seconds))


def hostless(*, proven: bool) -> Case:
    """A look at a name server whose host name resolvers deny."""

    class Hostless(World):
        def _resolved(self, question: Question, server: Server) -> Answer:
            answer = super()._resolved(question, server)
            if question.name != "gone.example" or proven:
                return answer
            return replace(answer, negative_ttl=None)

    return Hostless(records={TXT: [TOKEN]}, parent_ns=[NS1, NS2, "gone.example"]).look


def denied(resolvers: int, *, proven: bool = True) -> Case:
    """A look while the registry is silent and so many resolvers, and the one asked first, deny the domain."""

    class Denied(World):
        def _recursive(self, question: Question, server: Server) -> Answer:
            denying = ("", *EVERYBODY[:resolvers])
            if question.name == NAME and server.address in denying:
                return Answer(question, server, Outcome.NXDOMAIN, negative_ttl=900 if proven else None)
            return super()._recursive(question, server)

    return Denied(records={TXT: [TOKEN]}, parent_fails=Reason.TIMEOUT).look


def mixed(first: Reason, second: Reason, *remembered: str) -> Case:
    """A look while the two name servers fail, each for its own reason; resolvers remember these TXT values."""
    hosts = {NS1: Host("192.0.2.1", fails=first), NS2: Host("192.0.2.2", fails=second)}
    return lambda: World(hosts=hosts, stale={TXT: list(remembered)} if remembered else {}).look()


def unproven(*names: str) -> Case:
    """A look at a name server whose "no" comes without the zone's SOA record."""
    return lambda: World(without_soa=names).look()


def deaf_for(reason: Reason, *types: str) -> Case:
    """A look at a name server that fails for these types of question alone."""
    second = Host("192.0.2.2", fails=reason, fails_for=frozenset((NAME, rdtype) for rdtype in types))
    return hosts(Host("192.0.2.1"), second)


def hosts(first: Host, second: Host, **more: object) -> Case:
    """A look at two name servers that differ."""
    return lambda: World(hosts={"ns1.dns.example": first, "ns2.dns.example": second}, **more).look()  # type: ignore[arg-type]


def subdomain(*, parent: Sequence[str] = (), wildcard: str = "", own: str = "") -> Case:
    """A look at shop.contoso.com in the zone contoso.com."""
    records = {TXT: list(parent), ("*.contoso.com", "TXT"): [wildcard], ("shop.contoso.com", "TXT"): [own]}
    kept = {key: values for key, values in records.items() if any(values)}
    return lambda: World(records=kept).look(name="shop.contoso.com")


def wild(*shop: str) -> Case:
    """A look at shop.contoso.com, which exists beside a wildcard of the zone that has the token."""

    class Wild(World):
        def _authoritative(self, question: Question, server: Server, host: Host) -> Answer:
            if question.name.endswith("shop.contoso.com") and not shop:
                outcome = Outcome.EMPTY if question.name == "shop.contoso.com" else Outcome.NXDOMAIN
                return Answer(question, server, outcome, authoritative=True, negative_ttl=900)
            if question.name == "shop.contoso.com.contoso.com":
                question = Question("anything.contoso.com", question.rdtype)
            return super()._authoritative(question, server, host)

    own: dict[tuple[str, str], list[str]] = {("shop.contoso.com", "TXT"): list(shop)} if shop else {}
    return lambda: Wild(records={("*.contoso.com", "TXT"): [TOKEN], **own}).look(name="shop.contoso.com")


def glue(address: str) -> Case:
    """A look at a name server inside the zone whose address at the registry is ``address``."""

    def looked() -> Picture:
        world = World(hosts={"ns1.contoso.com": Host("192.0.2.1"), "ns2.dns.example": Host("192.0.2.2")})
        world.glue = {"ns1.contoso.com": address}
        return world.look()

    return looked


def glue_alone() -> Case:
    """A look at a name server inside the zone that has an address at the registry and none in the zone."""

    def looked() -> Picture:
        world = World(hosts={"ns1.contoso.com": Host("192.0.2.1"), "ns2.dns.example": Host("192.0.2.2")})
        world.glue, world.unresolved = {"ns1.contoso.com": "192.0.2.1"}, ("ns1.contoso.com",)
        return world.look()

    return looked


GOOD = case(TOKEN, mx=[OURS], addresses={("mail.contoso.com", "A"): ["192.0.2.9"]})
NOTHING = case()
OTHER = "MS=ms87654321"
ALL_FAIL = (NS1, NS2)
EVERYBODY = ("1.1.1.1", "8.8.8.8", "9.9.9.9")

SILENT: dict[str, list[Case]] = {
    "DNS101": [NOTHING, wild(), at("contoso.com.contoso.com", "v=spf1 -all"), at("*.contoso.com.contoso.com", TOKEN)],
    "DNS102": [
        NOTHING,
        at("www.contoso.com", OTHER),
        at("*.contoso.com", TOKEN),
        hosts(
            Host("192.0.2.1", {TXT: [TOKEN], ("www.contoso.com", "CNAME"): ["contoso.com"]}),
            Host("192.0.2.2", {("www.contoso.com", "CNAME"): ["contoso.com"]}),
        ),
    ],
    "DNS103": [NOTHING, at("www.contoso.com", TOKEN)],
    "DNS104": [NOTHING, at("_ms.contoso.com", "unrelated")],
    "DNS105": [NOTHING, at("*.contoso.com", "v=spf1 -all")],
    "DNS106": [NOTHING, subdomain(own=TOKEN, parent=[TOKEN]), subdomain(parent=[OTHER])],
    "DNS107": [
        NOTHING,
        subdomain(),
        subdomain(parent=[TOKEN]),
        at("*.contoso.com", "v=spf1 -all"),
        case(TOKEN, extra={("*.contoso.com", "TXT"): [TOKEN]}),
    ],
    "DNS108": [NOTHING, subdomain(own=OTHER), subdomain(own=TOKEN, wildcard="x")],
    "DNS111": [NOTHING, case("ms87654321"), case(TOKEN, "ms12345678"), case("87654321"), case("MS=12345678")],
    "DNS112": [NOTHING, case(f'"{OTHER}"'), case(TOKEN, f'"{TOKEN}"')],
    "DNS113": [NOTHING, case("MS= ms87654321")],
    "DNS114": [NOTHING, case(f"{OTHER}\u200b".encode().decode("latin-1"))],
    "DNS115": [NOTHING, case("MS=ms87"), case("MS")],
    "DNS116": [NOTHING, case("ms=MS87654321")],
    "DNS117": [NOTHING, case(f"v=verifydomain {OTHER}")],
    "DNS118": [NOTHING, case(TOKEN, OTHER), case(f'"{TOKEN}"', OTHER), case("v=spf1 -all"), case("MS=12345678")],
    "DNS119": [
        NOTHING,
        case('v=spf1 exp=a"b -all'),
        case("x" * 400),
        case("all-in-one", "ip4 of ours"),
        case('{"a": "b" "c"}'),
        case("x" * 255),
        case(LONG[:249] + "  -all", "clude:b.example -all"),
        case(LONG[:241] + " redirect=a.eu", "clude:b.example -all"),
        case(LONG[:254]),
    ],
    "DNS120": [NOTHING, at(NAME, OTHER, rdtype="SPF"), case(TOKEN, extra={(NAME, "SPF"): [TOKEN]})],
    "DNS121": [NOTHING, at("www.contoso.com", "contoso.com", rdtype="CNAME")],
    "DNS122": [NOTHING, case(OTHER, ttls={TXT: 3600}), case(TOKEN, ttls={TXT: 86400})],
    "DNS123": [NOTHING, case(mx=["32767 ms87654321.msv1.invalid"])],
    "DNS124": [NOTHING, case(OTHER.replace("=", "＝")), case(TOKEN, WIDE), case(f"{TOKEN}\xa0")],
    "DNS125": [NOTHING, case("MS=87654321"), case(f"{OTHER};"), case(TOKEN, "MS=12345678"), case("ms12345678")],
    "DNS126": [NOTHING, case(f"contoso.com {OTHER}"), case(TOKEN, f"contoso.com {TOKEN}"), case(f'"{TOKEN}"')],
    "DNS201": [
        NOTHING,
        case(parent_ns=[]),
        case(parent_fails=Reason.TIMEOUT),
        denied(1),
        denied(2),
        denied(3, proven=False),
    ],
    "DNS202": [NOTHING, case(registered=False)],
    "DNS203": [GOOD, case(parent_fails=Reason.TIMEOUT)],
    "DNS204": [GOOD, hosts(Host("192.0.2.1"), Host("192.0.2.2", serial=2, fails=Reason.TIMEOUT))],
    "DNS205": [GOOD, failing(Reason.TIMEOUT, NS2)],
    "DNS206": [GOOD, failing(Reason.TIMEOUT, NS2), glue_alone(), hostless(proven=False)],
    "DNS207": [GOOD, glue("192.0.2.1")],
    "DNS208": [GOOD],
    "DNS209": [GOOD, failing(Reason.SERVFAIL, *ALL_FAIL), case(registered=False)],
    "DNS210": [
        GOOD,
        NOTHING,
        hosts(Host("192.0.2.1", {TXT: [TOKEN]}), Host("192.0.2.2")),
        hosts(Host("192.0.2.1", {TXT: [TOKEN]}), Host("192.0.2.2"), parent_fails=Reason.TIMEOUT),
    ],
    "DNS211": [GOOD],
    "DNS212": [GOOD, case(registered=False)],
    "DNS213": [GOOD, glue("192.0.2.1"), case(TOKEN, parent_ns=[NS1, NS2, "gone.example"])],
    "DNS221": [GOOD, failing(Reason.TIMEOUT, *ALL_FAIL), failing(Reason.NO_FAMILY, NS2)],
    "DNS222": [GOOD, failing(Reason.SERVFAIL, *ALL_FAIL), at(NAME, "x.example", rdtype="CNAME")],
    "DNS223": [GOOD, failing(Reason.SERVFAIL, *ALL_FAIL), failing(Reason.TIMEOUT, NS2)],
    "DNS224": [
        GOOD,
        failing(Reason.SERVFAIL, NS2),
        failing(Reason.TIMEOUT, *ALL_FAIL),
        mixed(Reason.SERVFAIL, Reason.NO_FAMILY),
    ],
    "DNS225": [
        GOOD,
        failing(Reason.TIMEOUT, NS2),
        failing(Reason.SERVFAIL, *ALL_FAIL),
        failing(Reason.TRUNCATED, *ALL_FAIL),
        mixed(Reason.TIMEOUT, Reason.TIMEOUT, TOKEN),
        mixed(Reason.BUDGET, Reason.BUDGET),
        mixed(Reason.BLOCKED, Reason.BLOCKED),
        mixed(Reason.SERVFAIL, Reason.FORBIDDEN),
    ],
    "DNS226": [
        GOOD,
        NOTHING,
        failing(Reason.TIMEOUT, NS2),
        hosts(Host("192.0.2.1"), Host("192.0.2.2", {TXT: [TOKEN]}), parent_ns=[NS1]),
    ],
    "DNS227": [GOOD, failing(Reason.TIMEOUT, NS2)],
    "DNS228": [GOOD, failing(Reason.TIMEOUT, NS2)],
    "DNS229": [GOOD, failing(Reason.BLOCKED, NS2), mixed(Reason.TIMEOUT, Reason.TIMEOUT, TOKEN)],
    "DNS230": [GOOD, failing(Reason.NO_FAMILY, NS2), mixed(Reason.BLOCKED, Reason.BLOCKED, TOKEN)],
    "DNS231": [GOOD, failing(Reason.TIMEOUT, *ALL_FAIL)],
    "DNS232": [GOOD, NOTHING, failing(Reason.LAME, *ALL_FAIL)],
    "DNS233": [
        GOOD,
        failing(Reason.SERVFAIL, NS2),
        at(NAME, "x.example", rdtype="CNAME"),
        deaf_for(Reason.SERVFAIL, "TXT"),
        deaf_for(Reason.BUDGET, "MX"),
    ],
    "DNS301": [
        GOOD,
        case(TOKEN, resolvers_fail=dict.fromkeys(("1.1.1.1", "8.8.8.8"), Reason.TIMEOUT)),
        refused("SERVFAIL: EDE 22 No Reachable Authority", "9.9.9.9"),
        refused("SERVFAIL: EDE 22 EDE 9", *EVERYBODY),
        refused("SERVFAIL", "9.9.9.9"),
        refused("SERVFAIL", *EVERYBODY, signed=False),
        refused("SERVFAIL", *EVERYBODY, hiccups=3),
    ],
    "DNS302": [
        GOOD,
        NOTHING,
        case(TOKEN, stale={TXT: ["old"]}),
        at(NAME, "x.example", rdtype="CNAME"),
        lagging(900),
        remembering(90_000, 80_000),
    ],
    "DNS303": [GOOD, NOTHING, case(TOKEN, stale={TXT: []})],
    "DNS304": [
        GOOD,
        NOTHING,
        case(TOKEN, resolvers_fail={"1.1.1.1": Reason.TIMEOUT}),
        case(TOKEN, bogus=True),
        case(resolvers_fail=dict.fromkeys(("", "1.1.1.1", "8.8.8.8", "9.9.9.9"), Reason.TIMEOUT)),
    ],
    "DNS305": [GOOD, failing(Reason.TIMEOUT, NS2)],
    "DNS306": [
        GOOD,
        NOTHING,
        lagging(899),
        lagging(5000, "old"),
        lagging(5000, at="nowhere"),
        remembering(5000, 80_000),
    ],
    "MAIL401": [NOTHING, mail(OURS), mail(CLOUD, moved=True), mail(CLOUD, "0 mail.contoso.com"), mail(f"0 {PROOF}")],
    "MAIL402": [NOTHING, mail(OURS), mail(CLOUD, "10 mail.contoso.com"), mail(f"0 {PROOF}", NEXT)],
    "MAIL403": [NOTHING, mail(CLOUD), mail("0 a-com.mail.protection.outlook.com", CLOUD), mail(CLOUD, f"0 {PROOF}")],
    "MAIL404": [NOTHING, mail(OURS, f"32767 {PROOF}"), mail(OURS)],
    "MAIL405": [NOTHING, mail(f"0 {PROOF}", "10 mail.contoso.com"), mail(OURS, f"0 {PROOF}"), mail(OURS)],
    "MAIL406": [NOTHING, mail(OURS)],
    "MAIL407": [mail(OURS), mail("0 ."), failing(Reason.TIMEOUT, *ALL_FAIL), unproven(NS1, NS2)],
    "MAIL408": [mail(OURS), mail(CLOUD)],
    "MAIL409": [
        mail("10 mx1.example.org", "10 mx2.example.org"),
        mail("1 aspmx.l.google.com", "5 mxa.mailgun.org"),
        mail(OURS, "0 ."),
    ],
    "MAIL410": [
        mail(CLOUD, addresses={(CLOUD[2:], "A"): ["192.0.2.9"]}),
        mail(CLOUD, resolvers_fail={"": Reason.TIMEOUT}),
    ],
    "MAIL411": [
        mail(OURS, addresses={("mail.contoso.com", "A"): ["192.0.2.9"]}),
        mail(OURS, without_soa=ALL_FAIL),
        mail(f"0 {PROOF}"),
        mail("0 ."),
    ],
    "MAIL412": [mail(OURS)],
    "MAIL413": [mail(OURS, addresses={("mail.contoso.com", "A"): ["192.0.2.9"]})],
    "MAIL414": [mail(OURS, "10 mx.example.org"), mail("0 ."), mail("0 .", "10 .")],
    "MAIL421": [
        mail(OURS, spf=BOTH),
        mail(CLOUD, spf=ONLY_CLOUD),
        mail("10 eu-smtp-inbound-1.mimecast.com", spf=ONLY_CLOUD),
        mail(OURS, spf="v=spf1 include:spf.protection.outlook.com +all"),
        mail(OURS, spf="v=spf1 include:spf.protection.outlook.com redirect=spf.fabrikam.com"),
        mail(OURS, spf="v=spf1 ip4:192.0.2.9 include:spf.protection.outlook.com -all"),
        nested(OURS, spf=ONLY_CLOUD),
        mail(f"0 {PROOF}", spf=ONLY_CLOUD),
        mail(f"0 {PROOF}", NEXT, spf=ONLY_CLOUD),
    ],
    "MAIL422": [
        mail(OURS, spf=ONLY_CLOUD),
        mail(OURS, spf="v=spf1 mx -all"),
        mail(CLOUD, spf=BOTH),
        mail(OURS, spf=BEHIND),
        mail(OURS, spf=REFUSED),
        mail(OURS, spf=f"{ONLY_CLOUD} exp=why.contoso.com"),
    ],
    "MAIL423": [
        mail(CLOUD, spf=BOTH),
        mail(OURS, spf="v=spf1 mx -all"),
        failing(Reason.TIMEOUT, *ALL_FAIL),
        mail(CLOUD, without_soa=ALL_FAIL),
        nested(CLOUD, spf=ONLY_CLOUD),
        nested(CLOUD, "v=spf1 redirect=_spf.contoso.com", spf=BOTH),
        nested(CLOUD, spf="v=spf1 include:_b.contoso.com -all", b="v=spf1 redirect=_c.contoso.com", c=ONLY_CLOUD),
        nested(CLOUD, "v=spf1 include:spf.fabrikam.com -all"),
        nested(CLOUD, "v=spf1 redirect=spf.fabrikam.com"),
        nested(CLOUD, spf="v=spf1 include:spf.fabrikam.com -all"),
        nested(CLOUD, "v=spf1 include:%{d}.spf.fabrikam.com -all"),
        mail(CLOUD, spf=FLAT),
        mail(CLOUD, spf="v=spf1 ip4:40.92.0.0/15 -all"),
        mail(CLOUD, spf="v=spf1 mx +all"),
        mail(f"0 {PROOF}", spf="v=spf1 mx -all"),
    ],
    "MAIL424": [
        mail(OURS),
        mail(CLOUD, extra={("autodiscover.contoso.com", "CNAME"): ["autodiscover.outlook.com"]}),
        mail(OURS, extra={("autodiscover.contoso.com", "CNAME"): ["mail.contoso.com"]}),
    ],
    "MAIL425": [mail(OURS, spf=BOTH)],
    "MAIL426": [
        mail(OURS, spf=BOTH, extra={("_dmarc.contoso.com", "TXT"): ["v=DMARC1; p=reject"]}),
        mail(OURS, extra={("_dmarc.contoso.com", "TXT"): ["v=DMARC1; p=none; sp=reject"]}),
        nested(OURS, "v=spf1 mx include:_spf.contoso.com -all", dmarc="v=DMARC1; p=reject", spf=ONLY_CLOUD),
        nested(CLOUD, dmarc="v=DMARC1; p=reject", spf=ONLY_CLOUD),
        nested(OURS, "v=spf1 mx include:spf.fabrikam.com -all", dmarc="v=DMARC1; p=reject"),
    ],
    "MAIL427": [mail(OURS)],
    "MAIL428": [
        mail(OURS, spf="v=spf1 include:spf.fabrikam.com -all"),
        mail(CLOUD, spf="v=spf1 mx include:spf.fabrikam.com include:spf.protection.outlook.com -all"),
        mail(CLOUD, spf="v=spf1 mx include:_spf.google.com -all"),
        mail(CLOUD, spf="v=spf1 mx -all include:spf.fabrikam.com"),
        nested(CLOUD, spf=ONLY_CLOUD),
        nested(CLOUD, spf="v=spf1 mx -all"),
        nested(CLOUD),
    ],
}

SPEAKS: dict[str, list[Case]] = {
    "DNS101": [at("contoso.com.contoso.com", TOKEN)],
    "DNS102": [at("www.contoso.com", TOKEN), at("www.contoso.com", "ms12345678")],
    "DNS103": [at("@.contoso.com", TOKEN)],
    "DNS104": [at("_ms.contoso.com", TOKEN), at("txt.contoso.com", TOKEN)],
    "DNS105": [at("ms12345678.contoso.com", "anything"), at("ms=ms12345678.contoso.com", "@")],
    "DNS106": [subdomain(parent=[TOKEN])],
    "DNS107": [at("*.contoso.com", TOKEN), wild(), wild("v=spf1 -all")],
    "DNS108": [subdomain(wildcard=OTHER)],
    "DNS111": [case("ms12345678"), case("S=ms12345678"), case("12345678")],
    "DNS112": [case(f'"{TOKEN}"'), case(f"“{TOKEN}”".encode().decode("latin-1")), case(f"\x93{TOKEN}\x94")],
    "DNS113": [case(f"{TOKEN} "), case("MS = ms12345678"), case(f"{TOKEN}\xa0")],
    "DNS114": [case(f"{TOKEN}\u200b".encode().decode("latin-1"))],
    "DNS115": [case("MS=ms1234567"), case("MS=")],
    "DNS116": [case("MS=MS12345678")],
    "DNS117": [case(f"v=verifydomain {TOKEN}")],
    "DNS118": [case(OTHER), case(OTHER, "MS=55208010"), case(f"v=verifydomain {OTHER}")],
    "DNS119": [
        case('v=spf1 include:a.example" "include:b.example -all'),
        case("v=spf1 include:a.example", "include:b.example -all"),
        case(LONG[:255], "clude:b.example -all"),
        case('v=DKIM1; p=AAA" "BBB'),
    ],
    "DNS120": [at(NAME, TOKEN, rdtype="SPF")],
    "DNS121": [at(NAME, "shops.example.net", rdtype="CNAME")],
    "DNS122": [case(OTHER, ttls={TXT: 86400})],
    "DNS123": [case(mx=[f"32767 {PROOF}"])],
    "DNS124": [case(WIDE)],
    "DNS125": [case("MS=12345678"), case(f"{TOKEN};")],
    "DNS126": [case(f"contoso.com. 3600 IN TXT {TOKEN}"), case(f"v=spf1 mx {TOKEN} -all")],
    "DNS201": [case(registered=False), denied(3)],
    "DNS202": [case(parent_ns=[])],
    "DNS203": [case(TOKEN, parent_ns=[NS1]), case(TOKEN, child_ns=[NS1])],
    "DNS204": [hosts(Host("192.0.2.1", serial=1), Host("192.0.2.2", serial=2))],
    "DNS205": [failing(Reason.FORBIDDEN, NS2)],
    "DNS206": [
        case(TOKEN, parent_ns=[NS1, NS2, "gone.example"]),
        case(TOKEN, parent_ns=[NS1, NS2], child_ns=[NS1, NS2, "dc1.corp.example"]),
        hostless(proven=True),
    ],
    "DNS207": [glue("192.0.2.77")],
    "DNS208": [case(parent_ns=["ns1.sedoparking.com"], child_ns=[])],
    "DNS209": [NOTHING],
    "DNS210": [hosts(Host("192.0.2.1"), Host("192.0.2.2", {TXT: [TOKEN]}), parent_ns=[NS1])],
    "DNS211": [lambda: World(hosts={NS1: Host("192.0.2.1")}).look()],
    "DNS212": [case(resolvers_fail={"": Reason.TIMEOUT})],
    "DNS213": [glue_alone()],
    "DNS221": [failing(Reason.TIMEOUT, NS2), failing(Reason.UNREACHABLE, NS1)],
    "DNS222": [
        hosts(Host("192.0.2.1"), Host("192.0.2.2", above=1)),
        failing(Reason.LAME, NS2),
        hosts(Host("192.0.2.1"), Host("192.0.2.2", authoritative=False)),
        failing(Reason.LAME, *ALL_FAIL),
        mixed(Reason.LAME, Reason.LAME, TOKEN),
    ],
    "DNS223": [failing(Reason.SERVFAIL, NS2), failing(Reason.REFUSED, NS1)],
    "DNS224": [failing(Reason.SERVFAIL, *ALL_FAIL), mixed(Reason.SERVFAIL, Reason.FORBIDDEN)],
    "DNS225": [
        failing(Reason.TIMEOUT, *ALL_FAIL),
        failing(Reason.LAME, *ALL_FAIL),
        mixed(Reason.SERVFAIL, Reason.NO_FAMILY),
        mixed(Reason.SERVFAIL, Reason.TRUNCATED),
        mixed(Reason.MALFORMED, Reason.TIMEOUT, TOKEN),
        mixed(Reason.LAME, Reason.LAME, TOKEN),
        hosts(Host("192.0.2.1", authoritative=False), Host("192.0.2.2", authoritative=False)),
    ],
    "DNS226": [
        hosts(Host("192.0.2.1", {TXT: [TOKEN]}), Host("192.0.2.2")),
        hosts(Host("192.0.2.1", {TXT: [TOKEN]}), Host("192.0.2.2", {(NAME, "CNAME"): ["old.example"]})),
    ],
    "DNS227": [failing(Reason.TRUNCATED, NS2)],
    "DNS228": [failing(Reason.MALFORMED, NS2), failing(Reason.MALFORMED, *ALL_FAIL)],
    "DNS229": [mixed(Reason.BLOCKED, Reason.BLOCKED, TOKEN), mixed(Reason.BLOCKED, Reason.TIMEOUT)],
    "DNS230": [mixed(Reason.NO_FAMILY, Reason.NO_FAMILY, TOKEN), mixed(Reason.NO_FAMILY, Reason.SERVFAIL)],
    "DNS231": [failing(Reason.BUDGET, *ALL_FAIL), failing(Reason.BUDGET, NS1)],
    "DNS232": [unproven(NS1, NS2), unproven(NS1)],
    "DNS233": [deaf_for(Reason.SERVFAIL, "MX"), deaf_for(Reason.TIMEOUT, "NS", "SOA")],
    "DNS301": [
        case(TOKEN, bogus=True),
        case(bogus=True),
        refused("SERVFAIL: EDE 9 DNSKEY Missing", "9.9.9.9"),
        refused("SERVFAIL", *EVERYBODY),
        refused("SERVFAIL", "1.1.1.1", "9.9.9.9", resolvers_fail={"8.8.8.8": Reason.TIMEOUT}),
    ],
    "DNS302": [case(TOKEN, stale={TXT: []}), lagging(899.5), remembering(5000, 80_000)],
    "DNS303": [case(TOKEN, stale={TXT: ["old"]})],
    "DNS304": [
        case(TOKEN, resolvers_fail=dict.fromkeys(("1.1.1.1", "8.8.8.8"), Reason.TIMEOUT)),
        case(TOKEN, hosts={NS1: Host("192.0.2.1")}, resolvers_fail={"1.1.1.1": Reason.TIMEOUT}),
    ],
    "DNS305": [mixed(Reason.TIMEOUT, Reason.TIMEOUT, TOKEN)],
    "DNS306": [lagging(900), lagging(5000), lagging(5000, at="9.9.9.9"), remembering(90_000, 80_000)],
    "MAIL401": [
        mail(CLOUD),
        mail("10 contoso-com.o-v1.mx.microsoft", "20 mail.contoso.com"),
        mail(f"0 {PROOF}", NEXT),
        mail(f"0 {PROOF}", CLOUD),
    ],
    "MAIL402": [mail(OURS, NEXT), mail(f"0 {PROOF}", "5 mail.contoso.com", NEXT)],
    "MAIL403": [mail(CLOUD, "0 mail.contoso.com"), mail(f"0 {PROOF}", "10 mail.contoso.com", NEXT)],
    "MAIL404": [
        mail(f"0 {PROOF}", "10 mail.contoso.com"),
        mail(f"0 {PROOF}", NEXT),
        mail(f"0 {PROOF}", CLOUD),
        mail(f"0 {PROOF}"),
    ],
    "MAIL405": [mail(OURS, f"32767 {PROOF}")],
    "MAIL406": [mail("0 .")],
    "MAIL407": [NOTHING],
    "MAIL408": [mail("10 eu-smtp-inbound-1.mimecast.com")],
    "MAIL409": [mail("10 aspmx.l.google.com", "10 mail.contoso.com")],
    "MAIL410": [mail(CLOUD)],
    "MAIL411": [mail(OURS)],
    "MAIL412": [mail("10 192.0.2.25")],
    "MAIL413": [
        mail(OURS, aliases={"mail.contoso.com": "mx.host.example"}, addresses={("mail.contoso.com", "A"): ["x"]})
    ],
    "MAIL414": [mail("0 .", "10 mail.contoso.com"), mail(OURS, "10 ."), mail("0 .", f"10 {PROOF}")],
    "MAIL421": [
        mail(OURS, spf=ONLY_CLOUD),
        mail(OURS, spf=f"{ONLY_CLOUD} exp=why.contoso.com"),
        mail(OURS, spf=f"{ONLY_CLOUD} include:spf.fabrikam.com"),
        mail(OURS, spf="v=spf1 redirect=spf.protection.outlook.com"),
        mail(OURS, spf=FLAT),
        mail(f"0 {PROOF}", "10 mail.contoso.com", spf=ONLY_CLOUD),
    ],
    "MAIL422": [mail(OURS, spf=BOTH), nested(OURS, BOTH, dmarc="v=DMARC1; p=reject")],
    "MAIL423": [
        mail(CLOUD, spf="v=spf1 mx -all"),
        mail(CLOUD),
        mail(CLOUD, spf=BEHIND),
        mail(CLOUD, spf=REFUSED),
        mail(CLOUD, spf="v=spf1 mx include:_spf.google.com -all"),
        mail(f"0 {PROOF}", NEXT, spf="v=spf1 mx -all"),
        nested(CLOUD, spf="v=spf1 mx -all"),
        nested(CLOUD, spf="v=spf1 include:_spf.contoso.com -all"),
        nested(CLOUD),
    ],
    "MAIL424": [mail(OURS, extra={("autodiscover.contoso.com", "CNAME"): ["autodiscover.outlook.com"]})],
    "MAIL425": [mail(OURS, spf=BOTH, extra={TXT: [BOTH, "v=spf1 -all"]})],
    "MAIL426": [mail(OURS, spf="v=spf1 mx -all", extra={("_dmarc.contoso.com", "TXT"): ["v=DMARC1; p=reject"]})],
    "MAIL427": [mail(OURS, extra={("selector1._domainkey.contoso.com", "CNAME"): ["selector1-contoso-com.x.example"]})],
    "MAIL428": [
        mail(CLOUD, spf="v=spf1 include:spf.fabrikam.com -all"),
        mail(CLOUD, spf="v=spf1 exists:spf.fabrikam.com -all"),
        mail(CLOUD, spf="v=spf1 ip4:40.92.0.0/15 ptr:outlook.com -all"),
        nested(CLOUD, spf="v=spf1 redirect=spf.fabrikam.com"),
        nested(OURS, "v=spf1 mx include:spf.fabrikam.com -all", dmarc="v=DMARC1; p=reject"),
    ],
}
