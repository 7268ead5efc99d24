"""`python -m relaycheck.secluded KIND FOLDER`: reads uploaded files with little memory, little time and nothing else.

It knows neither the settings nor the database. ``FOLDER/manifest.json`` names the files; what was understood is written
to ``FOLDER/result``, one JSON document a line; progress goes to standard output as lines of ``DONE TOTAL``, in bytes.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from relaycheck.engine.connectors.decoding import MAX_BYTES
from relaycheck.engine.connectors.joining import join
from relaycheck.engine.connectors.keeping import pack
from relaycheck.engine.connectors.log_lines import lines_of
from relaycheck.engine.connectors.protocol_log import LogReader, Usage
from relaycheck.engine.connectors.reading import read_one

MEMORY = 512 * 1024 * 1024  # bytes of address space
RESULT = 512 * 1024 * 1024  # bytes it may write
OUT_OF_MEMORY = 3
Json = dict[str, Any]


def confine(seconds: int) -> None:
    """Give up, for good, whatever reading does not need. ``seconds`` of processor time end in SIGXCPU."""
    limits = (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, RESULT),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 32),
    )
    for which, limit in limits:
        hard = resource.getrlimit(which)[1]
        most = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(which, (most, most))


def tell(done: int, total: int) -> None:
    """Progress, for whoever waits for us."""
    print(done, total, flush=True)  # noqa: T201 - the pipe to the parent


def tell_more(before: int, total: int, done: int, _: int) -> None:
    """Progress within one of several files."""
    tell(before + done, total)


def read_exports(folder: Path, manifest: Json) -> Iterator[Json]:
    """One document: the joined export. A file's bytes are let go before the next is read."""
    items, accounts, done = [], [], 0
    for entry in manifest["files"]:
        with (folder / entry["at"]).open("rb") as stream:
            reading, account = read_one(entry["name"], stream.read(MAX_BYTES + 1))
        items += reading.items
        accounts.append(account)
        done += entry["octets"]
        tell(done, manifest["octets"])
    yield pack(join(items, tuple(accounts)))


def read_logs(folder: Path, manifest: Json) -> Iterator[Json]:
    """First what the logs say as a whole, then one document for each client of each connector."""
    reader, before = LogReader(manifest["domains"] or None), 0
    for entry in manifest["files"]:
        with (folder / entry["at"]).open("rb") as stream:
            reader.feed(lines_of(stream, entry["octets"], partial(tell_more, before, manifest["octets"])))
        before += entry["octets"]
    report = reader.report()
    yield {
        "rows": report.rows,
        "unreadable": report.unreadable,
        "forgotten": report.forgotten,
        "first": report.first.isoformat() if report.first else None,
        "last": report.last.isoformat() if report.last else None,
        "servers": report.servers,
        "wrong_kind": report.wrong_kind,
    }
    yield from map(_usage, report.usages)


def _usage(one: Usage) -> Json:
    return {
        "connector": one.connector,
        "address": one.address,
        "sessions": one.sessions,
        "relay_sessions": one.relay_sessions,
        "outside": one.outside,
        "inside": one.inside,
        "undecided": one.undecided,
        "refused": one.refused,
        "first_seen": one.first_seen.isoformat() if one.first_seen else None,
        "last_seen": one.last_seen.isoformat() if one.last_seen else None,
        "domains": list(one.domains),
    }


READERS = {"exports": read_exports, "logs": read_logs}


def storable(document: Json) -> bytes:
    """One line of UTF-8 that every database takes: no NUL, no half of a surrogate pair."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":")).replace("\\u0000", "\\ufffd")
    return text.encode("utf-8", "replace") + b"\n"


def main(kind: str, folder: Path) -> int:
    """Read everything; the exit code."""
    manifest = json.loads((folder / "manifest.json").read_bytes())
    confine(manifest["seconds"])
    try:
        with (folder / "result").open("wb") as result:
            for document in READERS[kind](folder, manifest):
                result.write(storable(document))
    except MemoryError:
        return OUT_OF_MEMORY
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
