"""Exchange's enumerations as integers or names, in ConvertTo-Json's and everybody else's spelling."""

from __future__ import annotations

# Values 1-16 and 16384 as Export-Clixml of Exchange 2019 writes them; 16/32 of the groups and 32 of the mechanisms by
# position.
GROUPS = {
    1: "AnonymousUsers",
    2: "ExchangeUsers",
    4: "ExchangeServers",
    8: "ExchangeLegacyServers",
    16: "Partners",
    32: "Custom",
}
MECHANISMS = {
    1: "Tls",
    2: "Integrated",
    4: "BasicAuth",
    8: "BasicAuthRequireTLS",
    16: "ExchangeServer",
    32: "ExternalAuthoritative",
}
ROLES = {32: "HubTransport", 16384: "FrontendTransport"}
_TRUE = frozenset({"true", "1", "-1", "wahr", "vrai", "verdadero", "vero", "verdadeiro", "waar", "$true", "yes"})
_FALSE = frozenset({"false", "0", "falsch", "faux", "falso", "onwaar", "$false", "no"})


def flags(words: tuple[str, ...], names: dict[int, str]) -> frozenset[str] | None:
    """A set of flags from names or one integer; ``None`` and 0 are the empty set. None when a word is unknown."""
    found: set[str] = set()
    by_name = {name.casefold(): name for name in names.values()}
    for word in words:
        if word.isdecimal() and len(word) < 10:
            number = int(word)
            if number & ~sum(names):
                return None
            found.update(name for bit, name in names.items() if number & bit)
        elif word.casefold() in by_name:
            found.add(by_name[word.casefold()])
        elif word.casefold() != "none":
            return None
    return frozenset(found)


def one(word: str, names: dict[int, str]) -> str | None:
    """One value of an enumeration, or None when it is none of ``names``."""
    found = flags((word,), names)
    return next(iter(found)) if found and len(found) == 1 else None


def truth(word: str) -> bool | None:
    """True or False in any language a spreadsheet may have rewritten it in; None for anything else."""
    folded = word.strip().casefold()
    return True if folded in _TRUE else False if folded in _FALSE else None
