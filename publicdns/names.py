"""Typed text to a canonical ASCII name, or a reason in words. IDNA 2008 with UTS 46 mapping (RFC 5891, UTS #46)."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import idna
from publicsuffixlist import PublicSuffixList

from publicdns.printable import legible

LONGEST_NAME = 253  # RFC 1035 §2.3.4, without the root's dot
LONGEST_LABEL = 63
LONGEST_TEXT = 1024  # nobody types more; what is longer is refused unread
DOTS = re.compile("[.\u3002\uff0e\uff61]")  # UTS #46 §4: what counts as a full stop
_EDGES = "\u200b\ufeff\u200e\u200f\u202a\u202c"  # what copying from web pages and spreadsheets leaves at the ends
_URL = re.compile(r"^(?:[a-zA-Z][a-zA-Z0-9+.-]*:)?//")
_JOINERS = "\u200c\u200d"  # allowed by IDNA in a few scripts (RFC 5892 appendix A)
# Never in public DNS: RFC 6761, 6762, 7686, 8375, 9476, ICANN's .internal, and what inner networks often use.
# ``test`` and ``example`` are left to laboratories.
_INNER = frozenset(
    {
        "local",
        "localhost",
        "localdomain",
        "invalid",
        "internal",
        "onion",
        "alt",
        "arpa",
        "lan",
        "home",
        "corp",
        "intranet",
    }
)
# What every tenant is born with, by cloud: worldwide and GCC, GCC High and DoD, 21Vianet, and the closed German one
# (https://learn.microsoft.com/microsoft-365/admin/setup/add-domain; DKIM names stand in them: expectations/aliases.py).
INITIAL_DOMAINS = ("onmicrosoft.com", "onmicrosoft.us", "partner.onmschina.cn", "onmicrosoft.de")
_SUFFIXES = PublicSuffixList()

# code: what is wrong and how to mend it
_SENTENCES = {
    "bad-character": "The part {part} holds a character domain names may not. Use letters, digits and hyphens.",
    "bad-punycode": "The part {part} is not a valid international name. Type the name in its own letters.",
    "control": "The name holds the control character {part}. Type the name instead of pasting it.",
    "direction": "The part {part} mixes writing directions in a way domain names may not. Type it again.",
    "emoji": "The part {part} holds a symbol or emoji; domain names may not. Use the spelling your registrar shows.",
    "empty": "There is no domain name here. Enter one, such as contoso.com.",
    "empty-label": "There are two dots in a row, or one at the start. Remove the extra dot.",
    "hyphen": "The part {part} starts or ends with a hyphen. Remove the hyphen.",
    "invisible": "The name holds the invisible character {part}. Type the name instead of pasting it.",
    "ip-address": "{part} is an IP address, or ends like one. Enter the domain name, such as contoso.com.",
    "label-too-long": "The part {part} is longer than the 63 characters DNS allows. Look for a missing dot.",
    "not-public": "Names under .{part} are not in public DNS. Enter the domain name registered on the internet.",
    "onmicrosoft": "{part} belongs to Microsoft and comes with the tenant. Enter the domain you want to add to it.",
    "public-suffix": "{part} is shared by many owners. Enter the name in front of it too, such as contoso.{part}.",
    "several": "Enter one domain name without spaces or commas; a list goes through the import.",
    "single-label": "{part} has no dot. Enter the whole name, such as {part}.com.",
    "too-long": "This is longer than the 253 characters a domain name may have. Enter the name alone.",
    "wildcard": "A name with * stands for many names. Enter the domain itself, such as contoso.com.",
}


@dataclass(frozen=True, slots=True)
class Repair:
    """One thing that was changed in what was typed: a stable code and a sentence."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Name:
    """A name as DNS is asked for it, and what had to be done to get there."""

    ascii: str  # lower case, no trailing dot
    repaired: tuple[Repair, ...] = ()
    offered: str | None = None  # the registrable domain, where it is another one than ``ascii``

    @property
    def unicode(self) -> str:
        """The name as its owner writes it."""
        return unicode_name(self.ascii)


class InvalidName(ValueError):
    """Text that is no domain name. ``code`` is stable, ``sentence`` says what is wrong and how to mend it."""

    def __init__(self, code: str, part: str = "") -> None:
        self.code = code
        self.sentence = _SENTENCES[code].format(part=legible(part, 60))
        super().__init__(self.sentence)


def canonical(text: str) -> Name:
    """The name meant by ``text``: capitals, dots, URL, e-mail address, ``www.`` and Unicode are understood.

    Raises InvalidName with a code and one sentence for everything else.
    """
    if len(text) > LONGEST_TEXT:
        raise InvalidName("too-long")
    repairs: list[Repair] = []
    host = _host(_stripped(text, repairs), repairs)
    _refuse_odd_characters(host)
    labels = DOTS.split(_without_trailing_dot(host, repairs))
    _refuse_address(host)
    ascii_name = ".".join(_ascii_label(label) for label in labels)
    if ascii_name.lower() != host.lower() and not host.isascii():
        repairs.append(Repair("idn", f"In DNS this name is {ascii_name}."))
    elif ascii_name != host:
        _note_capitals(host, repairs)
    ascii_name = _without_www(ascii_name, repairs)
    _refuse_unusable(ascii_name)
    return Name(ascii_name, tuple(repairs), _offer(ascii_name))


def unicode_name(ascii_name: str) -> str:
    """``ascii_name`` in its owner's script where that is valid IDNA, unchanged otherwise. For display only."""
    return ".".join(_unicode_label(label) for label in ascii_name.split("."))


@lru_cache(maxsize=2048)  # one look asks for the same few names again and again
def registrable(ascii_name: str) -> str | None:
    """The domain somebody registered to get ``ascii_name``, after the public suffix list; None for a suffix itself."""
    suffix = _listed_suffix(ascii_name)
    if suffix is None or not ascii_name.endswith("." + suffix):
        return None
    return f"{ascii_name[: -len(suffix) - 1].rpartition('.')[2]}.{suffix}"


def public_suffix(ascii_name: str) -> str:
    """The longest public suffix of ``ascii_name``; its last label when the list does not know it."""
    return _listed_suffix(ascii_name) or ascii_name.rsplit(".", 1)[-1]


@lru_cache(maxsize=2048)
def _listed_suffix(ascii_name: str) -> str | None:
    found: str | None = _SUFFIXES.publicsuffix(ascii_name)
    return found


def _stripped(text: str, repairs: list[Repair]) -> str:
    stripped = text.strip().strip(_EDGES).strip()
    if not stripped:
        raise InvalidName("empty")
    if stripped != text:
        repairs.append(Repair("spaces", "Spaces around the name were removed."))
    return stripped


def _host(text: str, repairs: list[Repair]) -> str:
    """The host in a URL, an e-mail address or a path; ``text`` itself otherwise."""
    rest = _URL.sub("", text)
    is_url = rest != text
    if text.lower().startswith("mailto:"):
        rest = text[len("mailto:") :]
    host, *path = re.split(r"[/?#\\]", rest, maxsplit=1)
    address = "@" in host
    host = host.rsplit("@", 1)[-1].removesuffix(">")
    named, port = re.fullmatch(r"(.*?)(:\d{1,5})?", host, re.DOTALL).groups()  # type: ignore[union-attr]
    if address and not is_url:
        repairs.append(Repair("email", "The part after the @ of the e-mail address was taken."))
    elif is_url or path or (port and named):
        repairs.append(Repair("url", "The host name of the web address was taken."))
    if not named:
        raise InvalidName("empty")
    return str(host if _is_address(host.strip("[]")) else named)


def _refuse_odd_characters(host: str) -> None:
    if re.search(r"[\s,;]", host):
        raise InvalidName("several")
    for char in host:
        category = unicodedata.category(char)
        if category == "Cc":
            raise InvalidName("control", char)
        if category in {"Cf", "Zl", "Zp"} and char not in _JOINERS:
            raise InvalidName("invisible", char)


def _refuse_address(host: str) -> None:
    if _is_address(host.strip("[]")):
        raise InvalidName("ip-address", host)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _without_trailing_dot(host: str, repairs: list[Repair]) -> str:
    if not DOTS.fullmatch(host[-1]):
        return host
    repairs.append(Repair("trailing-dot", "The dot at the end was removed."))
    return host[:-1]


def _note_capitals(host: str, repairs: list[Repair]) -> None:
    if host != host.lower():
        repairs.append(Repair("capitals", "Capital letters were made small; DNS does not tell them apart."))


def _ascii_label(label: str) -> str:
    if not label:
        raise InvalidName("empty-label")
    bare = label.lstrip("_")
    underscores = label[: len(label) - len(bare)]
    if not bare:
        raise InvalidName("bad-character", label)
    if len(label) > LONGEST_LABEL and label.isascii():
        raise _label_too_long(label)
    try:
        encoded = idna.encode(bare, uts46=True, std3_rules=True).decode("ascii")
    except idna.IDNAError as error:
        raise _refused(label, error)
    if len(underscores + encoded) > LONGEST_LABEL:
        raise _label_too_long(label)
    return underscores + encoded.lower()


def _label_too_long(label: str) -> InvalidName:
    return InvalidName("label-too-long", label)


def _refused(label: str, error: idna.IDNAError) -> InvalidName:
    """Why IDNA does not take ``label``, in words for whoever typed it."""
    if "too long" in str(error):
        return _label_too_long(label)
    if isinstance(error, idna.IDNABidiError):
        return InvalidName("direction", label)
    joiners = [char for char in label if char in _JOINERS]
    if joiners:
        return InvalidName("invisible", joiners[0])
    if "*" in label:
        return InvalidName("wildcard")
    if label.startswith("-") or label.endswith("-"):
        return InvalidName("hyphen", label)
    if any(unicodedata.category(char) == "So" for char in label):
        return InvalidName("emoji", label)
    if label.lower().startswith("xn--"):
        return InvalidName("bad-punycode", label)
    return InvalidName("bad-character", label)


def _without_www(ascii_name: str, repairs: list[Repair]) -> str:
    bare = ascii_name.removeprefix("www.")
    if bare == ascii_name or registrable(bare) is None:
        return ascii_name
    repairs.append(Repair("www", "The www. in front was removed; it is a host of the domain."))
    return bare


def _refuse_unusable(ascii_name: str) -> None:
    if len(ascii_name) > LONGEST_NAME:
        raise InvalidName("too-long")
    labels = ascii_name.split(".")
    if len(labels) == 1 and labels[0] not in _INNER and not _SUFFIXES.publicsuffix(ascii_name, accept_unknown=False):
        raise InvalidName("single-label", ascii_name)
    if labels[-1].isdigit():
        raise InvalidName("ip-address", ascii_name)
    if labels[-1] in _INNER:
        raise InvalidName("not-public", labels[-1])
    if f".{ascii_name}".endswith(tuple(f".{initial}" for initial in INITIAL_DOMAINS)):
        raise InvalidName("onmicrosoft", ascii_name)
    if registrable(ascii_name) is None:
        raise InvalidName("public-suffix", ascii_name)


def _offer(ascii_name: str) -> str | None:
    owner = registrable(ascii_name)
    return owner if owner != ascii_name else None


def _unicode_label(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return idna.decode(label)
    except idna.IDNAError:
        return label
