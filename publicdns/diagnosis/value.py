"""Something is published at the right name, but it is not the exact value."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from publicdns.answers import Verdict
from publicdns.diagnosis.placement import DOCUMENT
from publicdns.diagnosis.registry import Facts, rule
from publicdns.diagnosis.seen import (
    STRANGE,
    has_found_texts,
    has_proof,
    holds_token,
    not_there,
    published,
    shows_alike,
    texts,
    wanted,
)
from publicdns.spf.passing import parsed
from publicdns.spf.record import is_spf
from publicdns.tokens import Likeness, likeness, looks_like_token

if TYPE_CHECKING:
    from publicdns.picture import Picture

TROUBLE = "https://learn.microsoft.com/microsoft-365/admin/get-help-with-domains/find-and-fix-issues"
CHANGE = "At your DNS provider change the TXT record at host {host} to exactly {value}"
LONG_TTL = 3600  # seconds, what Microsoft asks for
LONGEST_STRING = 255  # octets (RFC 1035 §3.3)
# The quotes between two strings inside a record of a kind that gets long, or a record's other half.
SPLIT = re.compile(r'"?[vk]=[^"]*"\s+"|(?:include:|ip[46]:|[~?-]all\b)', re.IGNORECASE)


def _resembling(picture: Picture, *kinds: Likeness) -> Facts | None:
    value = published(picture, kinds)
    return None if value is None else {**wanted(picture), "found": value}


@rule(
    "DNS111",
    "MS= is missing in front",
    source=TROUBLE,
    sentence="{found} is published at {name} without MS= in front.",
    fix=CHANGE + ": with MS= at the start.",
    when=shows_alike,
)
def without_prefix(picture: Picture) -> Facts | None:
    """Microsoft names the dropped prefix first among its causes."""
    return _resembling(picture, Likeness.NO_PREFIX)


@rule(
    "DNS112",
    "Quotation marks inside the value",
    source=TROUBLE,
    sentence="The value published at {name} holds quotation marks: {found}.",
    fix=CHANGE + ", without quotation marks; the provider adds what it needs.",
    when=shows_alike,
)
def with_quotes(picture: Picture) -> Facts | None:
    """Zone files need quotes around the text, panels add them: typed in a panel they become part of the value."""
    return _resembling(picture, Likeness.QUOTES)


@rule(
    "DNS113",
    "Spaces inside the value",
    source=TROUBLE,
    sentence="The value published at {name} holds spaces that do not belong there: “{found}”.",
    fix=CHANGE + ", without spaces.",
    when=shows_alike,
)
def with_spaces(picture: Picture) -> Facts | None:
    """A space before, after or inside makes it another value."""
    return _resembling(picture, Likeness.SPACES)


@rule(
    "DNS114",
    "Invisible characters inside the value",
    source=TROUBLE,
    sentence="The value published at {name} holds invisible characters: {found}.",
    fix=CHANGE + ". Type it by hand instead of pasting it.",
    when=shows_alike,
)
def with_invisible(picture: Picture) -> Facts | None:
    """Copying from mails and web pages brings zero-width characters along."""
    return _resembling(picture, Likeness.INVISIBLE)


@rule(
    "DNS115",
    "The value is cut off",
    source=TROUBLE,
    sentence="{found} is published at {name}: the end of the token is missing.",
    fix=CHANGE + ". Copy the whole value.",
    when=shows_alike,
)
def truncated(picture: Picture) -> Facts | None:
    """Half a token proves nothing."""
    return _resembling(picture, Likeness.TRUNCATED)


@rule(
    "DNS116",
    "Capitals differ",
    source=DOCUMENT,
    sentence="{found} is published at {name}; in a TXT value capital letters count.",
    fix=CHANGE + ", in exactly these letters.",
    when=shows_alike,
)
def in_other_capitals(picture: Picture) -> Facts | None:
    """Names ignore case, values do not (RFC 1035 §2.3.3)."""
    return _resembling(picture, Likeness.CAPITALS)


@rule(
    "DNS117",
    "v=verifydomain stands in front",
    source=DOCUMENT,
    sentence="{found} is published at {name}; Microsoft looks for the part after v=verifydomain alone.",
    fix=CHANGE + ", without v=verifydomain.",
    severity="warning",
    when=shows_alike,
)
def with_verifydomain(picture: Picture) -> Facts | None:
    """Old instructions show this form, and zones still hold it; today's wizard gives the bare value."""
    return _resembling(picture, Likeness.VERIFYDOMAIN)


@rule(
    "DNS118",
    "Another token is published",
    source="https://learn.microsoft.com/entra/fundamentals/add-custom-domain",
    sentence=(
        "{found} {found:is|are} published at {name}, but {value} is expected: another tenant's token, or one "
        "from before."
    ),
    fix=(
        "Add a second TXT record: Type TXT, Host {host}, Value {value}, TTL 3600; the other may stay. "
        "If the domain was removed and added again, compare the value with the wizard: it is a new one each time."
    ),
    when=shows_alike,
)
def another_token(picture: Picture) -> Facts | None:
    """Every tenant and every new attempt has a token of its own; several side by side are normal."""
    if not not_there(picture) or picture.token is None:
        return None
    values = {record.value for record in texts(picture)}
    if any(likeness(value, picture.token) not in STRANGE for value in values):
        return None
    others = sorted(value for value in values if looks_like_token(value))
    return {**wanted(picture), "found": others} if others else None


@rule(
    "DNS119",
    "A long TXT record is split wrongly",
    source="https://www.rfc-editor.org/rfc/rfc7208#section-3.3",
    sentence="A TXT record at {name} is part of a longer one, or holds the marks of a split: {found}.",
    fix=(
        "At your DNS provider enter the whole text as one record, without quotation marks; the provider splits what is "
        "longer than 255 characters."
    ),
    severity="warning",
)
def split_wrongly(picture: Picture) -> Facts | None:
    """Texts over 255 octets are several strings of one record: not several records, and no quotes in the text."""
    values = {record.value for record in texts(picture)}
    found = sorted([value for value in values if SPLIT.match(value) or _is_first_half(value)])
    return {"name": picture.name, "found": found} if found else None


def _is_first_half(value: str) -> bool:
    """Whether an SPF record stops where a string must, without the end it should have (RFC 7208 §4.7)."""
    if len(value) != LONGEST_STRING or not is_spf(value):
        return False
    record = parsed(value)
    return record.everything is None and record.redirect is None


@rule(
    "DNS120",
    "Published with type SPF",
    source="https://www.rfc-editor.org/rfc/rfc7208#section-3.1",
    sentence="The token is published at {name} with the record type SPF, which nobody reads any more.",
    fix="At your DNS provider enter Type TXT (not SPF), Host {host}, Value {value}, TTL 3600.",
    when=has_found_texts,
)
def as_type_spf(picture: Picture) -> Facts | None:
    """Type 99 was given up; Microsoft asks for TXT."""
    if not not_there(picture) or holds_token(picture, picture.name, "SPF") is None:
        return None
    return wanted(picture)


@rule(
    "DNS121",
    "An alias hides the TXT record",
    source="https://www.rfc-editor.org/rfc/rfc1034#section-3.6.2",
    sentence="{name} is an alias of {target}: no TXT record can be beside it.",
    fix=(
        "At your DNS provider replace the CNAME at host {host} by A and AAAA records (or ALIAS), then add the"
        " TXT record."
    ),
)
def hidden_by_alias(picture: Picture) -> Facts | None:
    """Where a CNAME is, nothing else may be: other records at the name are ignored."""
    targets = [answer.aliases[0].value for answer in picture.at_servers("TXT").values() if answer.aliases]
    if not targets or picture.token is None or picture.verdict is Verdict.PRESENT:
        return None
    return {**wanted(picture), "target": targets[0]}


@rule(
    "DNS122",
    "The wrong value stays long",
    source="https://www.rfc-editor.org/rfc/rfc1035#section-3.2.1",
    sentence="The TXT records at {name} may be kept for {ttl_seconds}: a corrected value is seen that late by some.",
    fix=(
        "At your DNS provider set the TTL of the TXT records at host {host} to 3600 or less when you correct the value."
    ),
    severity="warning",
)
def long_ttl(picture: Picture) -> Facts | None:
    """Who has seen the wrong value keeps it until its TTL ends."""
    if picture.verdict is not Verdict.WRONG:
        return None
    ttl = max((record.ttl for record in texts(picture)), default=0)
    return {**wanted(picture), "ttl_seconds": ttl} if ttl > LONG_TTL else None


@rule(
    "DNS123",
    "The MX proof is published",
    source=DOCUMENT,
    sentence="{found} is published as MX of {name}: Microsoft accepts it instead of the TXT record.",
    fix="Finish the verification in the wizard, then delete this MX record at once.",
    severity="notice",
    verdict=Verdict.PRESENT,
    when=has_proof,
)
def mx_proof(picture: Picture) -> Facts | None:
    """The fallback for providers without TXT: ``ms########.msv1.invalid`` with the same digits."""
    mx = picture.evident("MX")
    if picture.token is None or mx is None:
        return None
    proof = f"{picture.token.lower().partition('=')[2]}.msv1.invalid"
    found = next((value for value in mx.values if value.partition(" ")[2] == proof), None)
    return None if found is None else {"name": picture.name, "found": found}


@rule(
    "DNS124",
    "Characters that only look right",
    source="https://www.unicode.org/reports/tr39/",
    sentence="{found} is published at {name}: it holds characters that only look like those of the token.",
    fix=CHANGE + ". Type it by hand instead of pasting it.",
    when=shows_alike,
)
def with_lookalikes(picture: Picture) -> Facts | None:
    """A wide equals sign or a Cyrillic letter is another character, however alike it looks."""
    return _resembling(picture, Likeness.LOOKALIKE)


@rule(
    "DNS125",
    "The value is nearly the token",
    source=TROUBLE,
    sentence="{found} is published at {name}: the digits are right, what stands around them is not.",
    fix=CHANGE + ", no character more and none less.",
    when=shows_alike,
)
def nearly(picture: Picture) -> Facts | None:
    """The value is compared whole: ms dropped behind MS=, another sign for =, a mark at the end make it another one."""
    return _resembling(picture, Likeness.NEARLY)


@rule(
    "DNS126",
    "The token stands inside other text",
    source=TROUBLE,
    sentence="The token stands among other text in a TXT record at {name}: {found}. Microsoft looks for it alone.",
    fix=(
        "At your DNS provider enter a TXT record of its own: Type TXT, Host {host}, Value {value}, TTL 3600; and take "
        "the token out of the other text."
    ),
    when=shows_alike,
)
def inside_other_text(picture: Picture) -> Facts | None:
    """A whole line of a zone file in the value field, or the token appended to another service's record."""
    return _resembling(picture, Likeness.EMBEDDED)
