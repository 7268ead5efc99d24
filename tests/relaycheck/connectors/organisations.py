"""Organisations built by hand: connectors, their access-control entries as Exchange writes them, and what is true of
them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

EVERYTHING = ("::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "0.0.0.0-255.255.255.255")
APP = ("10.0.20.21", "10.0.20.22")
SUBMIT = "ms-Exch-SMTP-Submit"
RELAY = "ms-Exch-SMTP-Accept-Any-Recipient"
SENDER = "ms-Exch-SMTP-Accept-Any-Sender"
AUTHORITATIVE = "ms-Exch-SMTP-Accept-Authoritative-Domain-Sender"
ROUTING = "ms-Exch-Accept-Headers-Routing"
ANTISPAM = "ms-Exch-Bypass-Anti-Spam"
EXCHANGE_SID = "S-1-9-1419165041-1139599005-3936102811-1022490595-"
ALL_AUTH = ("Tls", "Integrated", "BasicAuth", "BasicAuthRequireTLS", "ExchangeServer")

# (anonymous, everyone, authenticated users) as servers of these languages print them
LANGUAGES = {
    "en": ("NT AUTHORITY\\ANONYMOUS LOGON", "Everyone", "NT AUTHORITY\\Authenticated Users"),
    "de": ("NT-AUTORITÄT\\ANONYMOUS-ANMELDUNG", "Jeder", "NT-AUTORITÄT\\Authentifizierte Benutzer"),
    "fr": ("AUTORITE NT\\OUVERTURE DE SESSION ANONYME", "Tout le monde", "AUTORITE NT\\Utilisateurs authentifiés"),
    "es": ("NT AUTHORITY\\INICIO DE SESIÓN ANÓNIMO", "Todos", "NT AUTHORITY\\Usuarios autentificados"),
    "it": ("NT AUTHORITY\\ACCESSO ANONIMO", "Everyone", "NT AUTHORITY\\Authenticated Users"),
    "pt": ("AUTORIDADE NT\\LOGON ANÔNIMO", "Todos", "AUTORIDADE NT\\Usuários autenticados"),
    "nl": ("NT AUTHORITY\\ANONIEME AANMELDING", "Iedereen", "NT AUTHORITY\\Geverifieerde gebruikers"),
    "sv": ("NT INSTANS\\ANONYM INLOGGNING", "Alla", "NT INSTANS\\Autentiserade användare"),
    "pl": ("ZARZĄDZANIE NT\\LOGOWANIE ANONIMOWE", "Wszyscy", "ZARZĄDZANIE NT\\Użytkownicy uwierzytelnieni"),
    "hu": ("NT AUTHORITY\\NÉVTELEN BEJELENTKEZÉS", "Mindenki", "NT AUTHORITY\\Hitelesített felhasználók"),
    "ru": ("NT AUTHORITY\\АНОНИМНЫЙ ВХОД", "Все", "NT AUTHORITY\\Прошедшие проверку"),
    "sid": ("S-1-5-7", "S-1-1-0", "S-1-5-11"),
}


@dataclass(frozen=True)
class Ace:
    user: str
    rights: tuple[str, ...] = ()
    deny: bool = False
    inherited: bool = False
    access: str = "ExtendedRight"


@dataclass(frozen=True)
class Conn:
    name: str
    server: str = "EX01"
    enabled: bool = True
    role: str = "FrontendTransport"
    bindings: tuple[str, ...] = ("[::]:25", "0.0.0.0:25")
    ranges: tuple[str, ...] = EVERYTHING
    groups: tuple[str, ...] = ("AnonymousUsers",)
    auth: tuple[str, ...] = ("Tls",)
    require_tls: bool = False
    size: str = "36 MB (37,748,736 bytes)"
    logging: str = "Verbose"
    own: tuple[Ace, ...] = ()  # beside what the groups give
    language: str = "en"

    @property
    def identity(self) -> str:
        return f"{self.server}\\{self.name}"

    @property
    def dn(self) -> str:
        name = self.name.replace("\\", "\\\\").replace('"', '\\"').replace(";", "\\;")
        return (
            f"CN={name},CN=SMTP Receive Connectors,CN=Protocols,CN={self.server},CN=Servers,"
            "CN=Exchange Administrative Group (FYDIBOHF23SPDLT),CN=Administrative Groups,CN=Contoso,"
            "CN=Microsoft Exchange,CN=Services,CN=Configuration,DC=contoso,DC=com"
        )

    @property
    def shown_groups(self) -> tuple[str, ...]:
        """Explicit entries beside the groups' show up as Custom."""
        own = any(not ace.inherited for ace in self.own)
        return (*self.groups, "Custom") if own else self.groups

    @property
    def aces(self) -> tuple[Ace, ...]:
        return (*self.own, *group_aces(self.groups, self.language), *FROM_ABOVE)


FROM_ABOVE = (
    Ace("CONTOSO\\Organization Management", access="GenericAll", inherited=True),
    Ace("CONTOSO\\Domain Admins", access="GenericAll", inherited=True),
    Ace("NT AUTHORITY\\SYSTEM", access="GenericAll", inherited=True),
    Ace("CONTOSO\\Exchange Trusted Subsystem", access="GenericAll", inherited=True),
    Ace("CONTOSO\\Delegated Setup", access="ReadProperty", inherited=True),
)


def group_aces(groups: tuple[str, ...], language: str = "en") -> tuple[Ace, ...]:
    """One row per right, as Get-ADPermission writes them."""
    anonymous, _, users = LANGUAGES[language]
    rows: list[Ace] = []
    if "AnonymousUsers" in groups:
        rows += [Ace(anonymous, (right,)) for right in (SUBMIT, SENDER, AUTHORITATIVE, ROUTING)]
    if "ExchangeUsers" in groups:
        rows += [Ace(users, (right,)) for right in (SUBMIT, RELAY, ANTISPAM, ROUTING)]
    if "ExchangeServers" in groups:
        servers = (
            "CONTOSO\\Exchange Servers",
            "MS Exchange\\Hub Transport Servers",
            "MS Exchange\\Edge Transport Servers",
        )
        for who in (*servers, "MS Exchange\\Externally Secured Servers"):
            rows += [Ace(who, (right,)) for right in (SUBMIT, RELAY, SENDER, ANTISPAM)]
    if "ExchangeLegacyServers" in groups:
        rows += [Ace("CONTOSO\\ExchangeLegacyInterop", (right,)) for right in (SUBMIT, RELAY)]
        rows += [Ace("CONTOSO\\ExchangeLegacyInterop", ("ms-Exch-Accept-Headers-Forest",), deny=True)]
    if "Partners" in groups:
        rows += [Ace("MS Exchange\\Partner Servers", (right,)) for right in (SUBMIT, ROUTING)]
    return tuple(rows)


def anonymous(*rights: str, language: str = "en", deny: bool = False, inherited: bool = False) -> tuple[Ace, ...]:
    return tuple(Ace(LANGUAGES[language][0], (right,), deny, inherited) for right in rights)


def account(name: str, *rights: str, deny: bool = False, inherited: bool = False) -> tuple[Ace, ...]:
    return tuple(Ace(name, (right,), deny, inherited) for right in rights)


@dataclass(frozen=True)
class Organisation:
    """``truth`` maps a connector's identity to its verdict and the codes of the findings that must be spoken, no
    others.
    """

    name: str
    connectors: tuple[Conn, ...]
    truth: dict[str, tuple[str, frozenset[str]]] = field(default_factory=dict)
    version: str = "2019"

    def __str__(self) -> str:
        return self.name


def app_relay(**changes: object) -> Conn:
    """A frontend connector with the anonymous relay right for two application servers."""
    relay = Conn("App Relay", ranges=APP, bindings=("0.0.0.0:25",), own=anonymous(RELAY))
    return replace(relay, **changes)  # type: ignore[arg-type]


def default_connectors(server: str = "EX01", language: str = "en") -> tuple[Conn, ...]:
    """The five connectors Exchange 2013 and later make by themselves."""
    servers = ("ExchangeServers", "ExchangeLegacyServers")
    front: dict[str, Any] = {"server": server, "language": language}
    return (
        Conn(
            f"Default {server}",
            role="HubTransport",
            bindings=("[::]:2525", "0.0.0.0:2525"),
            auth=ALL_AUTH,
            groups=("ExchangeUsers", *servers),
            **front,
        ),
        Conn(
            f"Client Proxy {server}",
            role="HubTransport",
            bindings=("[::]:465", "0.0.0.0:465"),
            auth=ALL_AUTH,
            groups=("ExchangeUsers", "ExchangeServers"),
            **front,
        ),
        Conn(f"Default Frontend {server}", auth=ALL_AUTH, groups=("AnonymousUsers", *servers), **front),
        Conn(
            f"Outbound Proxy Frontend {server}",
            bindings=("[::]:717", "0.0.0.0:717"),
            auth=ALL_AUTH,
            groups=("AnonymousUsers", "ExchangeServers"),
            **front,
        ),
        Conn(
            f"Client Frontend {server}",
            bindings=("[::]:587", "0.0.0.0:587"),
            auth=ALL_AUTH[:4],
            groups=("ExchangeUsers",),
            **front,
        ),
    )
