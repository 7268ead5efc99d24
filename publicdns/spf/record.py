"""An SPF record's text to its terms, each fully parsed; nothing is asked (RFC 7208 §4.5, §4.6, §12)."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache

from publicdns.spf.addresses import Address, Network
from publicdns.spf.macros import MacroError, parse_domain_spec, parse_macros
from publicdns.spf.mistakes import suggestion
from publicdns.spf.terms import Kind, Mechanism, Mistake, Modifier, SpfRecord, Term

VERSION = "v=spf1"
_TERM = re.compile(r"([+\-?~]?)([A-Za-z][A-Za-z0-9\-_.]*)([:/=]?)(.*)", re.DOTALL)
_CIDR = re.compile(r"(?:/([0-9]+))?(?://([0-9]+))?\Z")
_PREFIX = re.compile(r"0|[1-9][0-9]{0,2}")
_KINDS = {kind.value: kind for kind in Kind}
_REMEMBERED = 255  # characters: terms up to this length are parsed once for all records that share them


class _WrongTermError(ValueError):
    """This text is no term; the message says why."""


def is_spf(text: str) -> bool:
    """Whether a TXT value is an SPF record: ``v=spf1`` and then a space or nothing (RFC 7208 §4.5)."""
    return text[:6].lower() == VERSION and (len(text) == 6 or text[6] == " ")


def parse(text: str) -> SpfRecord:
    """The terms of ``text``, which :func:`is_spf`. Never raises: what is wrong is in ``mistakes``."""
    terms: list[Term] = []
    mistakes: list[Mistake] = []
    for word in text[len(VERSION) :].split(" "):
        if word:
            term = _shared_term(word) if len(word) <= _REMEMBERED else _term(word)
            (mistakes if isinstance(term, Mistake) else terms).append(term)  # type: ignore[arg-type]
    return _assembled(text, tuple(terms), mistakes)


def _assembled(text: str, terms: tuple[Term, ...], mistakes: list[Mistake]) -> SpfRecord:
    mechanisms = [term for term in terms if isinstance(term, Mechanism)]
    end = next((at + 1 for at, term in enumerate(mechanisms) if term.kind is Kind.ALL), len(mechanisms))
    named: dict[str, Modifier] = {}
    for term in terms:
        if isinstance(term, Modifier) and term.name in ("redirect", "exp"):
            if term.name in named:
                mistakes.append(Mistake(term.text, f"{term.name}= may appear only once"))
            named.setdefault(term.name, term)
    return SpfRecord(
        text,
        terms,
        tuple(mistakes),
        live=tuple(mechanisms[:end]),
        dead=tuple(mechanisms[end:]),
        redirect=named.get("redirect"),
        exp=named.get("exp"),
    )


def parse_term(word: str) -> Term | Mistake:
    """One term. Never raises."""
    return _shared_term(word) if len(word) <= _REMEMBERED else _term(word)


def _term(word: str) -> Term | Mistake:
    try:
        return _read(word)
    except (_WrongTermError, MacroError) as error:
        meant = suggestion(word)
        return Mistake(word, str(error), meant if all(map(_is_term, meant.split(" "))) else "")


def _read(word: str) -> Term:
    """One term. Raises _WrongTermError or MacroError."""
    found = _TERM.fullmatch(word)
    if found is None:
        raise _WrongTermError("it does not start with the name of a mechanism or modifier")
    qualifier, name, separator, rest = found.groups()
    if separator == "=":
        return _modifier(word, qualifier, name.lower(), rest)
    return _mechanism(word, qualifier or "+", name.lower(), separator, rest)


def _is_term(word: str) -> bool:
    """Whether a receiver can read ``word``; a version in the middle of a record is left to whoever reads the advice."""
    try:
        _read(word)
    except (_WrongTermError, MacroError):
        return word == VERSION
    return True


_shared_term = lru_cache(maxsize=16_384)(_term)


def _modifier(word: str, qualifier: str, name: str, rest: str) -> Modifier:
    if qualifier:
        raise _WrongTermError(f"a modifier has no {qualifier} in front")
    if name in ("redirect", "exp"):
        return Modifier(word, name, parse_domain_spec(rest))
    return Modifier(word, name, parse_macros(rest, ignored=True))


def _mechanism(word: str, qualifier: str, name: str, separator: str, rest: str) -> Mechanism:
    kind = _KINDS.get(name)
    if kind is None:
        raise _WrongTermError("there is no such mechanism")
    if kind is Kind.ALL:
        if separator:
            raise _WrongTermError("all stands alone")
        return Mechanism(word, kind, qualifier)
    if kind is Kind.IP4 or kind is Kind.IP6:
        if separator != ":":
            raise _WrongTermError(f"an address must follow {kind}:")
        return Mechanism(word, kind, qualifier, network=_network(kind, rest))
    if kind is Kind.A or kind is Kind.MX:
        return _with_prefixes(word, kind, qualifier, separator, rest)
    if not separator and kind is Kind.PTR:
        return Mechanism(word, kind, qualifier)
    if separator != ":":
        raise _WrongTermError(f"a domain must follow {kind}:")
    return Mechanism(word, kind, qualifier, parse_domain_spec(rest))


def _with_prefixes(word: str, kind: Kind, qualifier: str, separator: str, rest: str) -> Mechanism:
    """``a`` and ``mx``: an optional domain, then optional prefix lengths (RFC 7208 §5.3, §5.4, §12)."""
    rest = separator + rest
    cidr = _CIDR.search(rest)
    assert cidr is not None  # it matches the empty end
    spec = rest[: cidr.start()]
    if spec and not spec.startswith(":"):
        raise _WrongTermError(f"{spec[:80]!r} is neither a domain after a colon nor a prefix length")
    four, six = cidr.groups()
    return Mechanism(
        word,
        kind,
        qualifier,
        parse_domain_spec(spec[1:]) if spec else None,
        prefix4=_prefix(four, 32),
        prefix6=_prefix(six, 128),
    )


def _prefix(digits: str | None, most: int) -> int:
    if digits is None:
        return most
    if not _PREFIX.fullmatch(digits) or int(digits) > most:
        raise _WrongTermError(f"/{digits[:20]} is no prefix length between 0 and {most}")
    return int(digits)


def _network(kind: Kind, text: str) -> Network:
    host, slash, digits = text.partition("/")
    most = 32 if kind is Kind.IP4 else 128
    prefix = _prefix(digits if slash else None, most)
    try:
        if kind is Kind.IP4:
            return Network.of(Address(4, int(ipaddress.IPv4Address(host))), prefix)
        if "%" in host:
            raise _WrongTermError("an address in SPF names no interface")
        return Network.of(Address(6, int(ipaddress.IPv6Address(host))), prefix)
    except ipaddress.AddressValueError:
        raise _WrongTermError(f"{host[:80]!r} is no IPv{kind[-1]} address")
