"""What an evaluation is given and what it gives (RFC 7208 §2.4, §2.6, §4.1, §4.6.4)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import idna

from publicdns.answers import Answer, Reason
from publicdns.spf.macros import LONGEST_NAME

POSTMASTER = "postmaster"  # RFC 7208 §4.3
_LONGEST_LABEL = 63
_REASONS = {Reason.BUDGET: "the time or the questions granted were used up", Reason.TIMEOUT: "no answer in time"}


class Code(StrEnum):
    """The seven results (RFC 7208 §2.6)."""

    NONE = "none"
    NEUTRAL = "neutral"
    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    SOFTFAIL = "softfail"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


@dataclass(frozen=True, slots=True)
class Limits:
    """The processing limits. The first three are RFC 7208 §4.6.4's; ``questions`` bounds hostile zones (§11.1)."""

    terms: int = 10  # mechanisms and modifiers that ask
    voids: int = 2  # questions that find nothing
    names: int = 10  # hosts of one mx, names of one ptr
    questions: int = 60  # really asked, the cache's answers not counted; what goes beyond is a temperror
    explanation: int = 1000  # characters of an explanation that are kept


@dataclass(frozen=True, slots=True)
class Result:
    """What a receiver makes of one message."""

    code: Code
    reason: str  # one line for people; foreign bytes in it are made printable
    path: tuple[
        str, ...
    ] = ()  # the terms that led there, outermost first: ("include:spf.example.net", "ip4:203.0.113.0/24")
    explanation: str | None = None  # the expanded ``exp=`` text of a fail
    lookups: int = 0  # terms that asked, of ten
    void_lookups: int = 0  # of two
    questions: int = 0  # DNS questions this evaluation needed, shared answers not counted


def why_failed(answer: Answer) -> str:
    """Why an answer is no evidence, in a few words."""
    return _REASONS.get(answer.reason, str(answer.reason))


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom an evaluation is about: the domain that is judged, and ``sender`` as ``local-part@domain``."""

    domain: str
    sender: str


def identity(sender: str, helo: str) -> Identity:
    """The identity of an envelope: the HELO name stands in for a null sender, postmaster for a missing local-part.

    An internationalized domain is judged, and expanded in macros, with A-labels (RFC 8616 §4).
    """
    sender = sender.strip().removeprefix("<").removesuffix(">")
    local, _, domain = sender.rpartition("@") if sender else ("", "", helo)
    domain = checked_domain(domain) or domain
    return Identity(domain, f"{local or POSTMASTER}@{domain}")


@lru_cache(maxsize=16_384)
def question_name(text: str) -> str | None:
    """``text`` as the canonical name of a question; None where no such name can exist (RFC 7208 §4.3)."""
    name = text.removesuffix(".").lower()
    if not name.isascii() or len(name) > LONGEST_NAME:
        return None
    labels = name.split(".")
    if "" in labels or max(map(len, labels)) > _LONGEST_LABEL:
        return None
    return name.replace("\\", "\\\\") if "\\" in name else name


def checked_domain(text: str) -> str | None:
    """The domain :func:`check_host` is asked about, with A-labels; None where it is malformed or has one label only."""
    if not text.isascii():
        try:
            text = ".".join(map(_a_label, text.removesuffix(".").split(".")))
        except idna.IDNAError:
            return None
    name = question_name(text)
    return name if name and "." in name and not name.startswith("[") else None


def _a_label(label: str) -> str:
    """One label in ASCII; those that are so already may be what IDNA does not know, such as ``_spf``."""
    return label if label.isascii() else idna.encode(label, uts46=True).decode("ascii")
