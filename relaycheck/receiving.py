"""Uploaded files on their way from the browser to the worker: bounded, under our own names, where nothing is served."""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from relaycheck.engine.connectors.showing import visible
from relaycheck.seclusion import forget

MOST_FILES = 100
MOST_EXPORT = 64 * 1024 * 1024  # bytes of one export: what the reader takes
MOST_EXPORTS = 128 * 1024 * 1024  # bytes of all exports of one audit
MOST_LOGS = 1024 * 1024 * 1024  # bytes of all logs of one upload
MOST_WAITING = 5  # uploads of one tenant that nobody has read yet
ABANDONED = 86400  # seconds after which files that no row names are deleted


class UploadRefused(Exception):
    """The files are not taken; the message is a sentence for whoever sent them."""


@dataclass(frozen=True, slots=True)
class Received:
    """Files that lie in ``folder`` now; those that came before are named in ``uploads`` as ``repeated``."""

    folder: str
    uploads: tuple[dict[str, Any], ...]
    octets: int


def place_of(folder: str) -> Path:
    """Where the files of ``folder`` lie: a folder that the web server does not serve."""
    return Path(settings.VAR_DIR) / "audits" / folder


def receive_exports(files: Iterable[UploadedFile[Any]], pasted: str = "", known: Collection[str] = ()) -> Received:
    """Take exports, or what somebody pasted from a console; none whose digest is ``known``. Raises UploadRefused."""
    chosen = list(files)
    for one in chosen:
        if (one.size or 0) > MOST_EXPORT:
            raise UploadRefused(
                _("{} is larger than 64 MB. Export one server at a time.").format(visible(one.name or "", 80))
            )
    return _receive(chosen, pasted, MOST_EXPORTS, known)


def receive_logs(files: Iterable[UploadedFile[Any]], domains: Iterable[str], known: Collection[str] = ()) -> Received:
    """Take protocol logs, none whose digest is ``known``. Raises UploadRefused."""
    return _receive(list(files), "", MOST_LOGS, known, domains=list(domains))


def _receive(files: list[UploadedFile[Any]], pasted: str, most: int, known: Collection[str], **more: Any) -> Received:
    octets = sum(one.size or 0 for one in files) + len(pasted.encode())
    if not octets:
        raise UploadRefused(_("Choose the files, or paste what the console showed."))
    if len(files) > MOST_FILES:
        raise UploadRefused(_("At most {} files at once. Join them, or upload them in turns.").format(MOST_FILES))
    if octets > most:
        raise UploadRefused(_("Together at most {} MB at once.").format(most >> 20))
    folder = secrets.token_hex(16)
    place = place_of(folder)
    place.mkdir(parents=True, mode=0o700)
    entries = [_keep(place, number, one) for number, one in enumerate(files)]
    if pasted.strip():
        entries.append(_write(place, len(files), "pasted text", [pasted.encode()]))
    fresh = _each_once(entries, known)
    if not fresh:
        forget(place)
        raise UploadRefused(_("All of this has been uploaded before. It counts once."))
    manifest = {"files": fresh, "octets": sum(entry["octets"] for entry in fresh), **more}
    (place / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    uploads = tuple({name: value for name, value in entry.items() if name != "at"} for entry in entries)
    return Received(folder, uploads, manifest["octets"])


def _each_once(entries: list[dict[str, Any]], known: Collection[str]) -> list[dict[str, Any]]:
    """Those whose content is new; the others are marked."""
    seen, fresh = set(known), []
    for entry in entries:
        if entry["digest"] in seen:
            entry["repeated"] = True
            continue
        seen.add(entry["digest"])
        fresh.append(entry)
    return fresh


def digests_in(uploads: Iterable[dict[str, Any]]) -> set[str]:
    """What identifies the contents that were read of ``uploads``."""
    return {entry["digest"] for entry in uploads if "digest" in entry and not entry.get("repeated")}


def _keep(place: Path, number: int, one: UploadedFile[Any]) -> dict[str, Any]:
    return _write(place, number, one.name or "", one.chunks())


def _write(place: Path, number: int, name: str, chunks: Iterable[bytes]) -> dict[str, Any]:
    """One file under a number; its own name is only ever shown."""
    path, digest = place / str(number), hashlib.sha256()
    with path.open("wb") as stream:
        for chunk in chunks:
            stream.write(chunk)
            digest.update(chunk)
    told = {"name": visible(name, 100) or "file", "octets": path.stat().st_size, "digest": digest.hexdigest()}
    return {**told, "at": str(number)}


def forget_abandoned(named: Iterable[str]) -> int:
    """Delete folders older than a day that are not ``named`` by any row; how many there were."""
    root, oldest = place_of(""), time.time() - ABANDONED
    old = [place for place in root.iterdir() if place.stat().st_mtime < oldest] if root.is_dir() else []
    keep = set(named) if old else set()
    abandoned = [place for place in old if place.name not in keep]
    for place in abandoned:
        forget(place)
    return len(abandoned)
