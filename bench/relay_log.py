# ruff: noqa: E501 - log rows
"""How long a large IIS SMTP log takes and how much memory: ``python -m bench.relay_log [--gigabytes 1]``.

The log is made in ``var/`` and deleted afterwards. Prints seconds, megabytes a second and the peak of resident memory.
"""

from __future__ import annotations

import argparse
import resource
import time
from pathlib import Path

from relaycheck.engine.log_report import LogReport, read_logs

FOLDER = Path(__file__).resolve().parent.parent / "var" / "bench"
FIELDS = (
    "#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n#Date: 2026-11-01 00:00:00\n"
    "#Fields: date time c-ip cs-username s-sitename s-computername s-ip s-port cs-method cs-uri-stem cs-uri-query "
    "sc-status sc-win32-status sc-bytes cs-bytes time-taken cs-version cs-host cs(User-Agent) cs(Cookie) cs(Referer)\n"
)
REMOTE = "203.0.113.25"


def message(number: int) -> str:
    """The rows of one message: in from a device, out to Microsoft 365, one in fifty refused."""
    stamp = f"2026-11-{number // 86400 % 28 + 1:02} {number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}"
    device = f"10.{number % 7}.{number % 90}.{number % 200 + 1}"
    domain = f"customer{number % 5000}.example"
    last = (
        "550+5.7.606+Access+denied,+banned+sending+IP+[198.51.100.7]" if number % 50 == 0 else "250+2.6.0+Queued+mail"
    )
    tail = "SMTPSVC1 RELAY01 10.0.0.5 0"
    away = "SMTPSVC1 RELAY01 - 25"
    out, answer = "OutboundConnectionCommand", "OutboundConnectionResponse"
    rows = (
        f"{device} COPIER{number % 200} {tail} EHLO - +COPIER 250 0 200 15 0 SMTP - - - -",
        f"{device} COPIER{number % 200} {tail} MAIL - +FROM:<scan@contoso.com>+SIZE={number % 9_000_000} 250 0 44 40 0 SMTP - - - -",
        f"{device} COPIER{number % 200} {tail} RCPT - +TO:<user{number}@{domain}> 250 0 31 30 0 SMTP - - - -",
        f"{device} COPIER{number % 200} {tail} DATA - +<RELAY01{number}@relay01.contoso.com> 250 0 130 70123 62 SMTP - - - -",
        f"{device} COPIER{number % 200} {tail} QUIT - COPIER 240 68 68 4 0 SMTP - - - -",
        f"{REMOTE} {out} {away} EHLO - relay01.contoso.com 0 0 4 0 0 SMTP - - - -",
        f"{REMOTE} {answer} {away} - - 250-AM1.mail.protection.outlook.com+Hello+[198.51.100.7] 0 0 60 0 15 SMTP - - - -",
        f"{REMOTE} {out} {away} RCPT - TO:<user{number}@{domain}> 0 0 4 0 31 SMTP - - - -",
        f"{REMOTE} {answer} {away} - - 250+2.1.5+Recipient+OK 0 0 22 0 46 SMTP - - - -",
        f"{REMOTE} {out} {away} DATA - - 0 0 4 0 46 SMTP - - - -",
        f"{REMOTE} {answer} {away} - - 354+Start+mail+input 0 0 22 0 62 SMTP - - - -",
        f"{REMOTE} {answer} {away} - - {last} 0 0 60 0 400 SMTP - - - -",
    )
    return "".join(f"{stamp} {row}\n" for row in rows)


def make(path: Path, size: int) -> None:
    """Write a log of at least ``size`` bytes. Times go on; the texts repeat, which changes nothing for the reader."""
    block = "".join(message(number) for number in range(2_000)).encode()
    with path.open("wb") as file:
        file.write(FIELDS.encode())
        while file.tell() < size:
            file.write(block)


def main() -> None:
    """Make, read, report, delete."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=1.0)
    size = int(parser.parse_args().gigabytes * 1024**3)
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / "relay.log"
    try:
        make(path, size)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        began = time.perf_counter()
        with path.open("rb") as file:
            report = read_logs([file], _unheard)
        seconds = time.perf_counter() - began
        show(report, path.stat().st_size, seconds, before)
    finally:
        path.unlink(missing_ok=True)


def _unheard(_done: int) -> None:
    """Progress nobody listens to."""


def show(report: LogReport, size: int, seconds: float, before: int) -> None:
    """One line of figures, one of proof that the log was really read."""
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    megabytes = size / 1024**2
    print(f"{megabytes:.0f} MB in {seconds:.1f} s ({megabytes / seconds:.1f} MB/s), {report.lines} lines")
    print(f"peak memory {after / 1024:.0f} MB, of which {before / 1024:.0f} MB before reading")
    print(f"{len(report.senders)} senders, {report.delivered} delivered, {len(report.answers)} kinds of refusal")


if __name__ == "__main__":
    main()
