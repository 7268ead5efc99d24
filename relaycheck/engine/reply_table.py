# ruff: noqa: E501 - one row of the table per line
"""What Microsoft 365 and other servers answer, as rows. The first row that fits wins: narrow ones stand before wide ones."""

from __future__ import annotations

from relaycheck.engine import sources as s
from relaycheck.engine.reply_row import Actor, Class, Row

DAY, TWO_DAYS = (24, 36), (24, 48)
OUTLOOK_FORM = f"{s.OUTLOOK_POSTMASTER}troubleshooting.aspx"

BANNED: tuple[Row, ...] = (
    Row("5.7", 606, 649, "", Class.BLOCKED, "Microsoft 365 has banned the address this mail came from.", Actor.RELAY,
        "Ask for it to be taken off the list: one address per visit, then follow the link in the mail.", s.DELIST_PORTAL, DAY, s.DELIST, True),
    Row("5.7", 511, 511, "", Class.BLOCKED, "Microsoft 365 has banned the sender and wants to look into it.", Actor.RELAY,
        "Forward the whole bounce by mail. The portal does not work for this code.", "delist@microsoft.com", (48, 48), s.DELIST, True),
    Row("5.7", 1, 1, r"blocked using blocklist 1", Class.BLOCKED, "The address is on a Microsoft blocklist.", Actor.RELAY,
        "Forward the whole bounce by mail.", "delist@microsoft.com", TWO_DAYS, s.NDR_571, True),
    Row("5.7", 1, 1, r"spamhaus", Class.BLOCKED, "The address is on a Spamhaus list, which Microsoft 365 uses but does not run.", Actor.RELAY,
        "Look the address up at Spamhaus and ask there.", "https://check.spamhaus.org/", TWO_DAYS, s.NDR_571, True),
    Row("5.7", 1, 1, r"weren.t sent|S3150|S3140|S3115", Class.BLOCKED, "Outlook.com (the consumer service) has blocked the network.",
        Actor.RELAY, "Use the Outlook.com sender form. The Microsoft 365 portal does not know this list.", OUTLOOK_FORM, TWO_DAYS, s.DELIST, True),
    Row("", 0, 0, r"\b(S3150|S3140|S3115)\b", Class.BLOCKED, "Outlook.com (the consumer service) has blocked the network.",
        Actor.RELAY, "Use the Outlook.com sender form. The Microsoft 365 portal does not know this list.", OUTLOOK_FORM, TWO_DAYS, s.DELIST, True),
)  # fmt: skip

THROTTLED: tuple[Row, ...] = (
    Row("4.7", 650, 650, r"rate limited|S775", Class.THROTTLED, "Outlook.com limits this address for its reputation.", Actor.RELAY,
        "Send less, more evenly, and watch the reputation page.", s.OUTLOOK_POSTMASTER, (24, 168), s.NDR),
    Row("4.7", 500, 500, r"server busy", Class.THROTTLED, "Microsoft 365 is busy or slows this sender down.", Actor.NOBODY,
        "The relay tries again by itself.", "", (0, 24), s.NDR),
    Row("4.7", 500, 699, "", Class.THROTTLED, "Microsoft 365 slows this address down after a change in volume.", Actor.RELAY,
        "Wait a few days, or create an inbound connector for the address: that lifts the throttling.", s.NDR_4475, (24, 96), s.NDR_4475),
    Row("4.7", 850, 899, "", Class.THROTTLED, "Microsoft 365 restricts this address for the moment.", Actor.NOBODY,
        "Wait; look for a device that sends too much.", "", (24, 96), s.NDR),
    Row("5.2", 121, 122, "", Class.THROTTLED, "The mailbox receives more per hour than it may.", Actor.SENDER,
        "Find the application that storms and slow it down.", "", (1, 24), s.NDR),
    Row("4.5", 3, 3, "", Class.LIMIT, "Too many recipients at once.", Actor.SENDER, "Send to at most 200 recipients per domain at a time.",
        "", None, s.NDR),
)  # fmt: skip

IDENTITY: tuple[Row, ...] = (
    Row("5.7", 501, 503, "", Class.REPUTATION, "The sending account or address is banned for spam.", Actor.MICROSOFT,
        "Open a support case.", "", None, s.NDR),
    Row("5.7", 506, 506, "", Class.CONFIGURATION, "The relay greets with a name that belongs to the receiving server.", Actor.RELAY,
        "Set the relay's full name (FQDN) to its own name.", "", None, s.NDR),
    Row("5.7", 507, 507, "", Class.RECIPIENT, "The recipient's organization blocks this sender.", Actor.RECIPIENT,
        "Ask the recipient to allow it.", "", None, s.NDR),
    Row("5.7", 513, 513, "", Class.RECIPIENT, "The address is on the recipient's own block list.", Actor.RECIPIENT,
        "Ask the recipient to allow it. Microsoft cannot.", "", None, s.NDR),
    Row("5.7", 509, 509, "", Class.AUTHENTICATION, "The sending domain's DMARC policy refuses this mail.", Actor.RELAY,
        "Add the relay's public address to the SPF record of the sending domain.", "", None, s.NDR),
    Row("5.7", 515, 515, "", Class.AUTHENTICATION, "Outlook.com wants SPF, DKIM and DMARC from those who send much.", Actor.TENANT,
        "Publish all three for the sending domain; a relay without DKIM needs a service that signs.", "", None, s.NDR),
    Row("5.7", 23, 23, "", Class.AUTHENTICATION, "The sending domain's SPF record does not allow the relay's address.", Actor.RELAY,
        "Add the relay's public address to the SPF record of the sending domain.", "", None, s.NDR),
    Row("5.7", 512, 512, "", Class.CONTENT, "The message has no valid From line.", Actor.SENDER,
        "Set a full mail address as sender in the device.", "", None, s.NDR),
    Row("5.7", 25, 25, "", Class.AUTHENTICATION, "The IPv6 address has no name (PTR).", Actor.RELAY,
        "Use IPv4 towards Microsoft 365, or publish a PTR record.", "", None, s.NDR),
    Row("4.7", 26, 26, "", Class.AUTHENTICATION, "Mail over IPv6 must pass SPF or DKIM.", Actor.RELAY,
        "Use IPv4 towards Microsoft 365, or add the IPv6 address to SPF.", "", None, s.NDR),
    Row("5.7", 508, 508, "", Class.LIMIT, "This IPv6 network sends too much.", Actor.RELAY, "Use IPv4 towards Microsoft 365.", "", None, s.NDR),
    Row("5.7", 510, 510, "", Class.CONFIGURATION, "The receiving domain does not take mail over IPv6.", Actor.RELAY,
        "Use IPv4 towards Microsoft 365.", "", None, s.NDR),
)  # fmt: skip

ROUTING: tuple[Row, ...] = (
    Row("5.7", 64, 64, "", Class.CONNECTOR, "No inbound connector matches the relay's address or certificate, and the recipient is not in the tenant.",
        Actor.TENANT, "Correct the address on the inbound connector; compare it with the address Microsoft 365 greets.", s.NDR_5764, None, s.NDR_5764),
    Row("5.7", 68, 68, "", Class.CONNECTOR, "The tenant refuses direct send: anonymous mail from its own domains (RejectDirectSend).", Actor.TENANT,
        "Create an inbound connector for the relay's public address. SPF does not help here.", "", None, s.REJECT_DIRECT_SEND),
    Row("5.7", 57, 57, "", Class.CONFIGURATION, "The relay used the submission endpoint without signing in.", Actor.RELAY,
        "Use the tenant's own endpoint (its MX) as smart host, or sign in.", "", None, s.DEVICES),
    Row("5.4", 1, 1, r"recipient address rejected", Class.RECIPIENT, "There is no such recipient in the tenant, or the domain is not ready there.",
        Actor.SENDER, "Correct the address; for a new domain wait until it is active.", "", None, s.NDR),
    Row("5.4", 1, 1, r"relay access denied", Class.CONFIGURATION, "The endpoint does not know this domain.", Actor.RELAY,
        "Correct the smart host of the remote domain: it belongs to another tenant.", "", None, s.NDR),
    Row("4.4", 62, 62, "", Class.CONFIGURATION, "The mail went to the wrong region of Microsoft 365.", Actor.RELAY,
        "Use the name of the endpoint, never a fixed address.", "", None, s.NDR),
    Row("5.7", 708, 708, "", Class.REPUTATION, "Microsoft 365 takes no mail from this network.", Actor.MICROSOFT,
        "Open a support case. The delisting portal does not help.", "", None, s.NDR_57700),
    Row("5.7", 700, 750, "", Class.REPUTATION, "The tenant or its network may not send: limits, reputation or unregistered domains.",
        Actor.MICROSOFT, "Open a support case. The delisting portal does not help.", "", None, s.NDR_57700),
    Row("4.4", 7, 7, "", Class.THROTTLED, "The message waited until it expired.", Actor.RELAY, "Find the refusal before it: it says why.", "", None, s.NDR),
    Row("5.4", 300, 300, "", Class.THROTTLED, "The message waited until it expired.", Actor.RELAY, "Find the refusal before it: it says why.",
        "", None, s.NDR),
    Row("", 0, 0, r"need fully-qualified hostname", Class.CONFIGURATION, "The relay greets with a short name.", Actor.RELAY,
        "Set the relay's full name (FQDN) in Delivery > Advanced.", "", None, s.SMTP),
    Row("5.3", 4, 4, "", Class.LIMIT, "The message is larger than the receiving server takes.", Actor.SENDER,
        "Send less at a time, or raise the limit on the server that refused.", "", None, s.SMTP),
)  # fmt: skip

RELAYING: tuple[Row, ...] = (
    Row("5.7", 54, 54, "", Class.RELAYING, "The server does not relay to this domain for this client.", Actor.RELAY,
        "Right for strangers. For a device that should send: add its address to the list.", "", None, s.SMTP),
    Row("", 0, 0, r"unable to relay|relay access denied|relaying denied|not permitted to relay|allowed rcpthosts", Class.RELAYING,
        "The server does not relay to this domain for this client.", Actor.RELAY,
        "Right for strangers. For a device that should send: add its address to the list.", "", None, s.SMTP),
    Row("5.7", 1, 1, r"does not have permissions to send as this sender", Class.AUTHENTICATION,
        "Anonymous clients may not use this sender address.", Actor.RELAY, "Allow the sender on the receive connector, or sign in.", "", None, s.SMTP),
    Row("", 0, 0, r"must issue a STARTTLS", Class.CONFIGURATION, "The server wants TLS before anything else.", Actor.SENDER,
        "Turn TLS on in the device.", "", None, s.SMTP),
)  # fmt: skip

RFC_3463 = "https://www.rfc-editor.org/rfc/rfc3463"
# The subject of an enhanced code (RFC 3463 §3) says something where no row above knows more.
SUBJECTS: tuple[tuple[int, Class, Actor, str], ...] = (
    (1, Class.RECIPIENT, Actor.SENDER, "Something about the address: unknown, moved or badly written."),
    (2, Class.RECIPIENT, Actor.RECIPIENT, "Something about the mailbox: full, disabled or too small for the message."),
    (3, Class.CONFIGURATION, Actor.RECIPIENT, "Something about the receiving mail system."),
    (4, Class.CONFIGURATION, Actor.RELAY, "Something about the network or the route."),
    (5, Class.CONFIGURATION, Actor.RELAY, "Something about the SMTP conversation itself."),
    (6, Class.CONTENT, Actor.SENDER, "Something about the content of the message."),
    (7, Class.AUTHENTICATION, Actor.RELAY, "Refused by a rule of the receiving server."),
)
READ_ON = "Read the words behind the code: the server's own text is all there is."
BY_SUBJECT: tuple[Row, ...] = tuple(
    Row(f"{first}.{subject}", 0, 999, "", kind, meaning, actor, READ_ON, "", None, RFC_3463)
    for subject, kind, actor, meaning in SUBJECTS
    for first in (4, 5)
)
LATER = "Not now: the sender tries again by itself."
BY_CODE: tuple[Row, ...] = (
    Row("", 0, 0, r"^\W*4\d\d\b", Class.THROTTLED, LATER, Actor.NOBODY, READ_ON, "", None, s.SMTP),
    Row("", 0, 0, r"^\W*5\d\d\b", Class.CONFIGURATION, "Refused for good.", Actor.RELAY, READ_ON, "", None, s.SMTP),
)

TABLE: tuple[Row, ...] = (*BANNED, *THROTTLED, *IDENTITY, *ROUTING, *RELAYING, *BY_SUBJECT, *BY_CODE)
