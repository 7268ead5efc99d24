"""Receive protocol logs made to order: small for the tests, five hundred megabytes for the bench."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

HEADER = (
    "#Software: Microsoft Exchange Server",
    "#Version: 15.0.0.0",
    "#Log-type: SMTP Receive Protocol Log",
    "#Date: 2026-08-01T00:00:00.000Z",
    "#Fields: date-time,connector-id,session-id,sequence-number,local-endpoint,remote-endpoint,event,data,context",
)
START = datetime(2026, 8, 1, tzinfo=UTC)
_QUEUED = "250 2.6.0 <x@app> [InternalId=1, Hostname=EX01.contoso.com] Queued mail for delivery"


def session(
    number: int,
    *recipients: str,
    connector: str = "EX01\\App Relay",
    client: str = "10.0.20.21",
    when: datetime = START,
    refused: tuple[str, ...] = (),
    quits_before_data: bool = False,
) -> list[str]:
    """One whole session that sends one message to ``recipients``."""
    rows: list[tuple[str, str, str]] = [
        ("+", "", ""),
        ("*", "SMTPSubmit SMTPAcceptAnyRecipient AcceptRoutingHeaders", "Set Session Permissions"),
        (">", '"220 EX01.contoso.com Microsoft ESMTP MAIL Service ready at Sat, 1 Aug 2026 00:00:00 +0000"', ""),
        ("<", "EHLO app01", ""),
        (">", "250-EX01.contoso.com Hello [10.0.20.21]", ""),
        (">", "250 CHUNKING", ""),
        ("<", "MAIL FROM:<app@contoso.com>", ""),
        ("*", "08DF000000000001;2026-08-01T00:00:00.000Z;1", "receiving message"),
        (">", "250 2.1.0 Sender OK", ""),
    ]
    for recipient in (*recipients, *refused):
        reply = (
            "550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain"
            if recipient in refused
            else "250 2.1.5 Recipient OK"
        )
        rows += [("<", f"RCPT TO:<{recipient}>", ""), (">", reply, "")]
    if not quits_before_data:
        rows += [
            ("<", "DATA", ""),
            (">", "354 Start mail input; end with <CRLF>.<CRLF>", ""),
            (">", f'"{_QUEUED}"', ""),
        ]
    rows += [("<", "QUIT", ""), (">", "221 2.0.0 Service closing transmission channel", ""), ("-", "", "Local")]
    stamp = when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03d}Z"
    remote = f"[{client}]:50001" if ":" in client else f"{client}:50001"
    return [
        f"{stamp},{connector},{number:016X},{at},10.0.0.5:25,{remote},{event},{said},{context}"
        for at, (event, said, context) in enumerate(rows)
    ]


def log(*sessions: list[str]) -> bytes:
    """A whole file."""
    return "\r\n".join([*HEADER, *(row for rows in sessions for row in rows)]).encode() + b"\r\n"


def long_log(size: int, clients: int = 4000, connectors: int = 40) -> Iterator[bytes]:
    """About ``size`` bytes of sessions spread over ninety days, piece by piece."""
    yield "\r\n".join((*HEADER, "")).encode()
    made = number = 0
    while made < size:
        rows: list[str] = []
        for _ in range(50):
            number += 1
            client = f"10.{number % clients // 250}.7.{number % clients % 250}"
            outside = "partner@fabrikam.com" if number % 3 else "user@contoso.com"
            name = f"EX01\\Relay {number % connectors}"
            rows += session(number, outside, connector=name, client=client, when=START + timedelta(seconds=made // 70))
        piece = "\r\n".join((*rows, "")).encode()
        made += len(piece)
        yield piece
