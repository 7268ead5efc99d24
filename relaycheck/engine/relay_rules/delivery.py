"""How the server itself delivers, and how large a message may be (B3, B4, B8)."""

from __future__ import annotations

from collections.abc import Iterator

from publicdns.answers import Finding
from relaycheck.engine import sources
from relaycheck.engine.iis import VirtualServer
from relaycheck.engine.policy import Profile
from relaycheck.engine.reach import parsed
from relaycheck.engine.relay_rules.told import Told
from relaycheck.engine.route_action import RouteAction, flag_names
from relaycheck.engine.rule import Rule, Severity, book

SIZE_TOO_SMALL = Rule(
    "RS301",
    "B3",
    Severity.WARNING,
    "Messages may have {limit} bytes, the policy says {declared}.",
    "Messages > Limit message size to {kib} KB.",
    sources.MAX_MESSAGE_SIZE,
)
SESSION_CAP = Rule(
    "RS302",
    "B3",
    Severity.WARNING,
    "A session may carry {session} bytes, less than one message of {message}.",
    "Messages > Limit session size: at least twice the message size.",
    sources.MAX_MESSAGE_SIZE,
)
ODD_PORT = Rule(
    "RS401",
    "B4",
    Severity.ERROR,
    "Mail leaves to port {port}; this profile needs {wanted}.",
    "Delivery > Outbound connections > TCP port {wanted}, and open it on the firewall.",
    sources.DEVICES,
)
SMART_HOST_FOR_ALL = Rule(
    "RS402",
    "B4",
    Severity.WARNING,
    "The server sends everything to {smart_host}, though the policy sends external mail by its own MX.",
    "Delivery > Advanced: leave Smart host empty, or declare the profile that uses one.",
    sources.SMART_HOST,
)
SMART_HOST_IGNORED = Rule(
    "RS403",
    "B4",
    Severity.WARNING,
    "The smart host {smart_host} is set and never used: its type is 0.",
    "Delivery > Advanced: enter it again and save, or empty it.",
    sources.SMART_HOST_TYPE,
)
SMART_HOST_ADDRESS = Rule(
    "RS404",
    "B5",
    Severity.WARNING,
    "{where} goes to the fixed address {smart_host}.",
    "Use the name of the endpoint: its addresses change. An address would need brackets besides.",
    sources.DEVICES,
)
SUBMISSION_WITHOUT_SIGN_IN = Rule(
    "RS405",
    "B4",
    Severity.ERROR,
    "{where} goes to {smart_host}, which takes nothing without sign-in and port 587.",
    "Use the tenant's own endpoint (its MX) with port 25, or declare the submission profile.",
    sources.DEVICES,
)
TLS_FOR_ALL = Rule(
    "RS406",
    "B8",
    Severity.ERROR,
    "TLS is demanded for all outgoing mail: it stops wherever the other side offers none.",
    "Delivery > Outbound Security: untick TLS encryption; tick it on the hosted domains.",
    sources.METABASE_AND_SMTP,
)
NO_SMART_HOST = Rule(
    "RS407",
    "B4",
    Severity.ERROR,
    "This profile sends everything by {wanted}, and the server's smart host is {smart_host}.",
    "Delivery > Advanced > Smart host: {wanted}.",
    sources.IIS_RELAY,
)
SHORT_NAME = Rule(
    "RS408",
    "B4",
    Severity.WARNING,
    "The server greets as {name}, which is no full name.",
    "Delivery > Advanced > Fully-qualified domain name: {wanted}.",
    sources.SMTP,
)
NO_TLS_FOR_ALL = Rule(
    "RS409",
    "B8",
    Severity.WARNING,
    "Mail to Microsoft 365 leaves without TLS.",
    "Delivery > Outbound Security > TLS encryption.",
    sources.IIS_RELAY,
)
RULES = book(
    SIZE_TOO_SMALL,
    SESSION_CAP,
    ODD_PORT,
    SMART_HOST_FOR_ALL,
    SMART_HOST_IGNORED,
    SMART_HOST_ADDRESS,
    SUBMISSION_WITHOUT_SIGN_IN,
    TLS_FOR_ALL,
    NO_SMART_HOST,
    SHORT_NAME,
    NO_TLS_FOR_ALL,
)
SUBMISSION_HOSTS = ("smtp.office365.com", "smtp-mail.outlook.com")


def sizes(server: VirtualServer, told: Told) -> Iterator[Finding]:
    """Message and session limits. An inherited schema default is no statement, and nothing is said about it."""
    message, session = server.number_of("MaxMessageSize"), server.number_of("MaxSessionSize")
    if not server.setting("MaxMessageSize").known or message is None:
        return
    policy = told.policy
    if policy and 0 < message < policy.size_bytes:
        yield SIZE_TOO_SMALL.found(limit=message, declared=policy.size_bytes, kib=policy.size_kib)
    if server.setting("MaxSessionSize").known and session and session < message:
        yield SESSION_CAP.found(session=session, message=message)


def port(server: VirtualServer, told: Told) -> Iterator[Finding]:
    """Port 25, or 587 where the relay signs in."""
    wanted = 587 if told.policy and told.policy.profile is Profile.SUBMISSION else 25
    used = server.number_of("RemoteSmtpPort")
    if used is not None and used != wanted:
        yield ODD_PORT.found(port=used, wanted=wanted)


def smart_host(server: VirtualServer, told: Told) -> Iterator[Finding]:
    """The server's own smart host, by profile."""
    name = server.text("SmartHost")
    if name and server.number_of("SmartHostType") == 0:
        yield SMART_HOST_IGNORED.found(smart_host=name)
    yield from smart_host_name("All mail", name, told)
    if told.policy is None:
        return
    if told.policy.profile is Profile.DIRECT_SEND:
        if name and server.number_of("SmartHostType") != 0:
            yield SMART_HOST_FOR_ALL.found(smart_host=name)
    elif name.lower().strip("[]") != told.policy.next_hop.smart_host:
        yield NO_SMART_HOST.found(smart_host=name or "empty", wanted=told.policy.next_hop.smart_host)


def smart_host_name(where: str, name: str, told: Told) -> Iterator[Finding]:
    """What is wrong with the name of a smart host by itself."""
    bare = name.lower().strip("[]")
    if parsed(bare) is not None:
        yield SMART_HOST_ADDRESS.found(where=where, smart_host=name)
    submits = told.policy is not None and told.policy.profile is Profile.SUBMISSION
    if bare in SUBMISSION_HOSTS and not submits:
        yield SUBMISSION_WITHOUT_SIGN_IN.found(where=where, smart_host=name)


def tls_for_all(server: VirtualServer, told: Told) -> Iterator[Finding]:
    """TLS on the server itself: wrong where mail goes to the whole world, right where it goes to Microsoft 365 only."""
    action = server.number_of("RouteAction") or 0
    demanded = bool(server.flag("AlwaysUseSsl")) or bool(action & RouteAction.TLS)
    by_smart_host = bool(server.text("SmartHost")) and server.number_of("SmartHostType") != 0
    if demanded and not by_smart_host:
        yield TLS_FOR_ALL.found(
            always_use_ssl=server.text("AlwaysUseSsl"), route_action=flag_names(RouteAction(action))
        )
    if not demanded and by_smart_host and told.policy and told.policy.profile is not Profile.DIRECT_SEND:
        yield NO_TLS_FOR_ALL.found(smart_host=server.text("SmartHost"))


def greeting_name(server: VirtualServer, told: Told) -> Iterator[Finding]:
    """The name in HELO is a full one (RFC 5321 §4.1.1.1)."""
    name = server.text("FullyQualifiedDomainName")
    wanted = told.policy.fqdn if told.policy else "the relay's full name"
    if name and "." not in name.strip("."):
        yield SHORT_NAME.found(name=name, wanted=wanted)


JUDGES = (sizes, port, smart_host, tls_for_all, greeting_name)
