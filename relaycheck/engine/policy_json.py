"""A policy as JSON, to be judged by where there is no database: docs/relay.md says what is in it."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from typing import Any

from relaycheck.engine.policy import Hosted, InvalidPolicy, Kind, Profile, RelayPolicy, Source

FORMAT = "onward-relay/1"
MOST_BYTES = 1 << 20
TYPES: dict[str, type] = {"str": str, "bool": bool, "int": int}


def policy_json(policy: RelayPolicy) -> dict[str, Any]:
    """Everything that is declared."""
    return {"format": FORMAT, "what": "policy", **asdict(policy)}


def read_policy(raw: bytes) -> RelayPolicy:
    """What :func:`policy_json` gave, or somebody wrote by hand: what is left out is as usual. Raises InvalidPolicy."""
    if len(raw) > MOST_BYTES:
        raise InvalidPolicy("file", f"A policy has at most {MOST_BYTES >> 20} MB.")
    try:
        read = json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise InvalidPolicy("file", "This is no JSON.") from None
    if not isinstance(read, dict) or read.get("what") != "policy" or read.get("format") != FORMAT:
        raise InvalidPolicy("file", f'A policy is an object with "format": "{FORMAT}" and "what": "policy".')
    return _policy({name: value for name, value in read.items() if name not in ("format", "what")})


def _policy(given: dict[str, Any]) -> RelayPolicy:
    known = {one.name: str(one.type) for one in fields(RelayPolicy)}
    if strange := sorted(given.keys() - known.keys()):
        raise InvalidPolicy("file", f"A policy has no {strange[0][:60]!r}.")
    given = {"sources": [], "hosted": [], **given}
    for name, value in given.items():
        if known[name] in TYPES and type(value) is not TYPES[known[name]]:
            raise InvalidPolicy(name, f"{name} is not written right.")
    try:
        given["sources"] = tuple(Source(**one) for one in given["sources"])
        given["hosted"] = tuple(Hosted(**one) for one in given["hosted"])
        given["tlds"] = tuple(_text(one) for one in given.get("tlds", ()))
        given["kind"] = Kind(given.get("kind", Kind.IIS))
        given["profile"] = Profile(given.get("profile", Profile.DIRECT_SEND))
        return RelayPolicy(**given)
    except InvalidPolicy:
        raise
    except (TypeError, ValueError, AttributeError) as error:
        raise InvalidPolicy("file", f"This policy cannot be read: {str(error)[:200]}.") from None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("an ending is no text")
    return value
