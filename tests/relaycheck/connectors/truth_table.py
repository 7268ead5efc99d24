"""The truth table: what is so in each organisation, decided by a person before any code ran."""

from __future__ import annotations

from tests.relaycheck.connectors.organisations import (
    ALL_AUTH,
    ANTISPAM,
    APP,
    EVERYTHING,
    LANGUAGES,
    RELAY,
    ROUTING,
    SENDER,
    SUBMIT,
    Ace,
    Conn,
    Organisation,
    account,
    anonymous,
    app_relay,
    default_connectors,
)


def _alone(name: str, connector: Conn, verdict: str, *codes: str, version: str = "2019") -> Organisation:
    return Organisation(name, (connector,), {connector.identity: (verdict, frozenset(codes))}, version)


def _quiet(connectors: tuple[Conn, ...]) -> dict[str, tuple[str, frozenset[str]]]:
    return {connector.identity: ("missing", frozenset()) for connector in connectors}


EXTERNAL = ("Tls", "ExternalAuthoritative")
SERVERS = ("ExchangeServers",)
SVC = "CONTOSO\\svc-scan"
GONE = "S-1-5-21-1004336348-1177238915-682003330-51234"
_shadow = (
    app_relay(ranges=("10.0.20.0/24",)),
    Conn("Quarantine", ranges=("10.0.20.22",), bindings=("0.0.0.0:25",), groups=("AnonymousUsers",)),
)

TABLE: tuple[Organisation, ...] = (
    # --- what Exchange sets up by itself is no finding, in any version ------------------------------------------------
    Organisation("defaults-2013", default_connectors(), _quiet(default_connectors()), "2013"),
    Organisation("defaults-2016", default_connectors("EX16"), _quiet(default_connectors("EX16")), "2016"),
    Organisation("defaults-2019-german", default_connectors("EX19", "de"), _quiet(default_connectors("EX19", "de"))),
    Organisation(
        "defaults-se-french", default_connectors("EXSE", "fr"), _quiet(default_connectors("EXSE", "fr")), "SE"
    ),
    _alone(
        "default-2010",
        Conn(
            "Default CAS01",
            server="CAS01",
            role="",
            auth=ALL_AUTH,
            groups=("ExchangeUsers", "ExchangeServers", "ExchangeLegacyServers"),
        ),
        "missing",
        version="2010",
    ),
    _alone("internet-2010", Conn("Internet", server="CAS01", role=""), "missing", version="2010"),
    _alone("partners-only", Conn("Partner", groups=("Partners",), ranges=("192.0.2.25",)), "missing"),
    _alone("nobody-at-all", Conn("Nobody", groups=(), ranges=APP, own=()), "missing"),
    # --- anonymous relay: the range decides how grave it is -----------------------------------------------------------
    _alone("open-relay", app_relay(ranges=EVERYTHING), "present", "RC101"),
    _alone("open-relay-four-only", app_relay(ranges=("0.0.0.0-255.255.255.255",)), "present", "RC101"),
    _alone(
        "open-relay-six-only", app_relay(ranges=("::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",)), "present", "RC101"
    ),
    _alone("open-relay-in-halves", app_relay(ranges=("0.0.0.0/1", "128.0.0.0/1")), "present", "RC101"),
    _alone(
        "open-relay-2010", app_relay(server="CAS01", role="", ranges=EVERYTHING), "present", "RC101", version="2010"
    ),
    _alone(
        "opened-default-frontend",
        Conn(
            "Default Frontend EX01",
            auth=ALL_AUTH,
            groups=("AnonymousUsers", "ExchangeServers", "ExchangeLegacyServers"),
            own=anonymous(RELAY),
        ),
        "present",
        "RC101",
    ),
    _alone("ten-slash-eight", app_relay(ranges=("10.0.0.0/8",)), "present", "RC102"),
    _alone("private-slash-sixteen", app_relay(ranges=("192.168.0.0-192.168.255.255",)), "present", "RC102"),
    _alone("public-slash-24", app_relay(ranges=("198.51.100.0/24",)), "present", "RC102"),
    _alone("private-slash-24", app_relay(ranges=("192.168.1.1/24",)), "present", "RC103"),
    _alone("application-list", app_relay(), "present", "RC103"),
    _alone("application-list-2010", app_relay(server="CAS01", role=""), "present", "RC103", version="2010"),
    _alone(
        "application-list-six", app_relay(ranges=("fd00::20", "fd00::21"), bindings=("[::]:25",)), "present", "RC103"
    ),
    _alone("range-with-mask", app_relay(ranges=("10.1.2.0(255.255.255.0)",)), "present", "RC103"),
    _alone("twelve-addresses", app_relay(ranges=tuple(f"10.0.30.{n}" for n in range(1, 13))), "present", "RC103"),
    _alone("one-address", app_relay(ranges=("10.0.20.5",)), "present", "RC103", "RC109"),
    _alone("port-587-only", app_relay(bindings=("10.0.0.5:587",)), "present", "RC103"),
    _alone("relay-with-sender-rights", app_relay(own=anonymous(RELAY, SENDER, ANTISPAM)), "present", "RC103"),
    # --- the same in every language, and by SID -----------------------------------------------------------------------
    *(
        _alone(
            f"application-list-{language}",
            app_relay(language=language, own=anonymous(RELAY, language=language)),
            "present",
            "RC103",
        )
        for language in LANGUAGES
        if language != "en"
    ),
    # --- the right alone is not enough --------------------------------------------------------------------------------
    _alone("disabled", app_relay(enabled=False), "missing", "RC203"),
    _alone("disabled-open", app_relay(enabled=False, ranges=EVERYTHING), "missing", "RC203"),
    _alone("right-without-submit", app_relay(groups=("ExchangeUsers",), auth=ALL_AUTH), "missing", "RC202"),
    _alone("submit-of-its-own", app_relay(groups=(), own=anonymous(RELAY, SUBMIT)), "present", "RC103"),
    _alone("submit-denied", app_relay(own=anonymous(RELAY) + anonymous(SUBMIT, deny=True)), "missing", "RC202"),
    _alone("right-denied", app_relay(own=anonymous(RELAY) + anonymous(RELAY, deny=True)), "missing", "RC201"),
    _alone("only-a-denial", app_relay(own=anonymous(RELAY, deny=True)), "missing", "RC201"),
    _alone(
        "denied-through-everyone",
        app_relay(own=anonymous(RELAY) + account("Everyone", RELAY, deny=True)),
        "missing",
        "RC201",
    ),
    _alone(
        "denied-by-full-control",
        app_relay(own=(*anonymous(RELAY), Ace(LANGUAGES["en"][0], (), True, False, "GenericAll"))),
        "missing",
        "RC201",
    ),
    _alone(
        "inherited-denial-loses",
        app_relay(own=anonymous(RELAY) + anonymous(RELAY, deny=True, inherited=True)),
        "present",
        "RC103",
    ),
    _alone(
        "inherited-grant-loses-to-denial",
        app_relay(own=anonymous(RELAY, inherited=True) + anonymous(RELAY, deny=True)),
        "missing",
        "RC201",
    ),
    _alone(
        "inherited-denial-beats-inherited-grant",
        app_relay(own=anonymous(RELAY, inherited=True) + anonymous(RELAY, deny=True, inherited=True)),
        "missing",
        "RC201",
    ),
    _alone("sender-right-is-no-relay", app_relay(own=anonymous(SENDER, ROUTING)), "missing"),
    # --- where the right comes from -----------------------------------------------------------------------------------
    _alone("inherited-relay", app_relay(own=anonymous(RELAY, inherited=True)), "present", "RC103", "RC107"),
    _alone(
        "inherited-open-relay",
        Conn("Default Frontend EX01", own=anonymous(RELAY, inherited=True)),
        "present",
        "RC101",
        "RC107",
    ),
    _alone(
        "anonymous-full-control", app_relay(own=(Ace(LANGUAGES["en"][0], (), access="GenericAll"),)), "present", "RC103"
    ),
    _alone("all-extended-rights", app_relay(own=(Ace(LANGUAGES["en"][0]),)), "present", "RC103"),
    _alone(
        "administrators-are-no-finding",
        Conn("Plain", own=(Ace("CONTOSO\\Domain Admins", access="GenericAll"),)),
        "missing",
    ),
    # --- Everyone, named accounts, accounts that are gone -------------------------------------------------------------
    _alone("everyone", app_relay(own=account("Everyone", RELAY)), "present", "RC103", "RC105"),
    _alone("everyone-german", app_relay(language="de", own=account("Jeder", RELAY)), "present", "RC103", "RC105"),
    _alone(
        "everyone-open",
        app_relay(ranges=EVERYTHING, own=account("Everyone", RELAY, SUBMIT), groups=()),
        "present",
        "RC101",
        "RC105",
    ),
    _alone(
        "named-account",
        app_relay(groups=("ExchangeUsers",), auth=ALL_AUTH, own=account(SVC, RELAY)),
        "present",
        "RC106",
    ),
    _alone(
        "named-account-own-submit",
        app_relay(groups=(), auth=("Tls", "BasicAuth", "BasicAuthRequireTLS"), own=account(SVC, RELAY, SUBMIT)),
        "present",
        "RC106",
    ),
    _alone(
        "named-account-in-clear",
        app_relay(groups=("ExchangeUsers",), auth=("Tls", "BasicAuth"), own=account(SVC, RELAY)),
        "present",
        "RC106",
        "RC110",
    ),
    _alone(
        "named-account-required-tls",
        app_relay(groups=("ExchangeUsers",), auth=("Tls", "BasicAuth"), require_tls=True, own=account(SVC, RELAY)),
        "present",
        "RC106",
    ),
    _alone(
        "named-account-cannot-log-on", app_relay(groups=("ExchangeUsers",), own=account(SVC, RELAY)), "missing", "RC204"
    ),
    _alone(
        "named-account-without-submit",
        app_relay(groups=("AnonymousUsers",), auth=ALL_AUTH, own=account(SVC, RELAY)),
        "missing",
        "RC202",
    ),
    _alone(
        "account-called-anonymous",
        app_relay(groups=("ExchangeUsers",), auth=ALL_AUTH, own=account("CONTOSO\\anonymous-mailer", RELAY)),
        "present",
        "RC106",
    ),
    _alone(
        "computer-account",
        app_relay(groups=("ExchangeUsers",), auth=("Tls", "Integrated"), own=account("CONTOSO\\APP01$", RELAY)),
        "present",
        "RC106",
    ),
    _alone(
        "deleted-account",
        app_relay(groups=("ExchangeUsers",), auth=ALL_AUTH, own=account(GONE, RELAY)),
        "present",
        "RC106",
        "RC112",
    ),
    _alone(
        "users-denied",
        app_relay(
            groups=("ExchangeUsers",),
            auth=ALL_AUTH,
            own=account(SVC, RELAY) + account("NT AUTHORITY\\Authenticated Users", RELAY, deny=True),
        ),
        "missing",
        "RC201",
    ),
    # --- ExternalAuthoritative: relay that *anon* never shows ---------------------------------------------------------
    _alone("externally-secured", app_relay(groups=SERVERS, auth=EXTERNAL, own=()), "present", "RC104"),
    _alone(
        "externally-secured-open",
        app_relay(groups=SERVERS, auth=EXTERNAL, own=(), ranges=EVERYTHING),
        "present",
        "RC104",
    ),
    _alone(
        "externally-secured-one",
        app_relay(groups=SERVERS, auth=("ExternalAuthoritative",), own=(), ranges=("10.0.0.9",)),
        "present",
        "RC104",
        "RC109",
    ),
    _alone(
        "externally-secured-no-group", app_relay(groups=("AnonymousUsers",), auth=EXTERNAL, own=()), "missing", "RC205"
    ),
    _alone(
        "externally-secured-disabled",
        app_relay(groups=SERVERS, auth=EXTERNAL, own=(), enabled=False),
        "missing",
        "RC203",
    ),
    _alone(
        "externally-secured-denied",
        app_relay(
            groups=SERVERS, auth=EXTERNAL, own=account("MS Exchange\\Externally Secured Servers", RELAY, deny=True)
        ),
        "missing",
        "RC201",
    ),
    _alone(
        "both-methods",
        app_relay(groups=("AnonymousUsers", *SERVERS), auth=EXTERNAL),
        "present",
        "RC103",
        "RC104",
        "RC108",
    ),
    _alone("servers-without-external", app_relay(groups=SERVERS, auth=("Tls", "ExchangeServer"), own=()), "missing"),
    # --- several connectors, several servers --------------------------------------------------------------------------
    Organisation(
        "relay-beside-defaults",
        (*default_connectors(), app_relay()),
        _quiet(default_connectors()) | {"EX01\\App Relay": ("present", frozenset({"RC103"}))},
    ),
    Organisation(
        "two-servers",
        (app_relay(), app_relay(server="EX02", enabled=False)),
        {"EX01\\App Relay": ("present", frozenset({"RC103"})), "EX02\\App Relay": ("missing", frozenset({"RC203"}))},
    ),
    Organisation(
        "more-specific-neighbour",
        _shadow,
        {"EX01\\App Relay": ("present", frozenset({"RC103"})), "EX01\\Quarantine": ("missing", frozenset())},
    ),
    Organisation(
        "overlap-without-containment",
        (
            app_relay(name="A", ranges=("10.0.0.1-10.0.0.20",)),
            Conn("B", ranges=("10.0.0.10-10.0.0.30",), bindings=("0.0.0.0:25",)),
        ),
        {"EX01\\A": ("present", frozenset({"RC103", "RC401"})), "EX01\\B": ("missing", frozenset())},
    ),
    Organisation(
        "back-end-on-25",
        (app_relay(role="HubTransport"), Conn("Default Frontend EX01", auth=ALL_AUTH)),
        {
            "EX01\\App Relay": ("present", frozenset({"RC103", "RC111"})),
            "EX01\\Default Frontend EX01": ("missing", frozenset()),
        },
    ),
    Organisation(
        "same-name-on-three-servers",
        tuple(app_relay(server=f"EX0{n}") for n in (1, 2, 3)),
        {f"EX0{n}\\App Relay": ("present", frozenset({"RC103"})) for n in (1, 2, 3)},
    ),
    _alone("umlauts-in-the-name", app_relay(name="Drucker & Scänner (Köln)"), "present", "RC103"),
    _alone("backslash-in-the-name", app_relay(name="Relay \\ Apps"), "present", "RC103"),
    _alone("quote-in-the-name", app_relay(name='Joe\'s "Relay"; Remove-Mailbox'), "present", "RC103"),
)
