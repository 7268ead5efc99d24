"""The token is published, but at a name where Microsoft does not look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publicdns.diagnosis.registry import Facts, rule
from publicdns.diagnosis.seen import at_wrong_name, has_found_texts, holds_token, not_there, wanted
from publicdns.probing import nonce_name, token_labels

if TYPE_CHECKING:
    from publicdns.picture import Picture

DOCUMENT = (
    "https://learn.microsoft.com/microsoft-365/admin/get-help-with-domains/"
    "create-dns-records-at-any-dns-hosting-provider"
)
TYPE_THIS = "At your DNS provider enter Type TXT, Host {host}, Value {value}, TTL 3600"


def _at(picture: Picture, name: str) -> Facts | None:
    value = at_wrong_name(picture, name)
    return None if value is None else {**wanted(picture), "found_at": name, "found": value}


@rule(
    "DNS101",
    "The domain name stands twice",
    source="https://github.com/mailgun/documentation/issues/344",
    sentence="The token is at {found_at}: your DNS provider adds the domain to the host by itself.",
    fix=TYPE_THIS + ", and delete the record at {found_at}. Enter {host} as host, not the whole name.",
    when=has_found_texts,
)
def doubled_name(picture: Picture) -> Facts | None:
    """Most providers append the zone to what is typed as host, so a full name ends up with the domain twice."""
    return _at(picture, f"{picture.name}.{picture.delegation.zone}")


@rule(
    "DNS102",
    "The token is at www",
    source=DOCUMENT,
    sentence="The token is at {found_at}; Microsoft looks at {name} itself.",
    fix=TYPE_THIS + ", and delete the record at host www.",
    when=has_found_texts,
)
def at_www(picture: Picture) -> Facts | None:
    """A record for www says nothing about the domain that is being added."""
    return _at(picture, f"www.{picture.name}")


@rule(
    "DNS103",
    "The @ was taken literally",
    source="https://www.rfc-editor.org/rfc/rfc1035#section-5.1",
    sentence="The token is at {found_at}: your DNS provider takes @ for a host name.",
    fix="At your DNS provider leave the host field empty: Type TXT, Host (empty), Value {value}, TTL 3600.",
    when=has_found_texts,
)
def at_literal_sign(picture: Picture) -> Facts | None:
    """``@`` stands for the zone in zone files; some panels take it as an ordinary label."""
    return _at(picture, f"@.{picture.name}")


@rule(
    "DNS104",
    "The token is at a subdomain",
    source="https://github.com/postalserver/postal/issues/893",
    sentence="The token is at {found_at}; Microsoft looks at {name} itself.",
    fix=TYPE_THIS + ", and delete the record at {found_at}.",
    when=has_found_texts,
)
def at_a_label(picture: Picture) -> Facts | None:
    """The host field was filled with a prefix such as ``_ms``, as other services ask for."""
    return next(filter(None, (_at(picture, f"{label}.{picture.name}") for label in ("_ms", "ms", "txt"))), None)


@rule(
    "DNS105",
    "The token was entered as host",
    source="https://github.com/postalserver/postal/issues/893",
    sentence="There is a record at {found_at}: the token stands in the host field.",
    fix=TYPE_THIS + ", and delete the record at {found_at}.",
    when=has_found_texts,
)
def token_as_host(picture: Picture) -> Facts | None:
    """Host and value were confused: the token became the name, and any record there shows it."""
    if not not_there(picture) or picture.token is None or _answers(picture, nonce_name(picture.name)):
        return None
    names = (f"{label}.{picture.name}" for label in token_labels(picture.token))
    found_at = next((name for name in names if _answers(picture, name)), None)
    return None if found_at is None else {**wanted(picture), "found_at": found_at}


@rule(
    "DNS106",
    "The token is at the parent domain",
    source="https://learn.microsoft.com/microsoft-365/admin/setup/domains-faq",
    sentence="The token is at {found_at}, but {name} is being added.",
    fix=TYPE_THIS + "; or add {found_at} to the tenant first: then {name} needs no token there.",
    when=has_found_texts,
)
def at_the_parent(picture: Picture) -> Facts | None:
    """A subdomain has a token of its own, unless its parent is verified in the same tenant."""
    zone = picture.delegation.zone
    return _at(picture, zone) if zone and zone != picture.name else None


@rule(
    "DNS107",
    "A wildcard has the token",
    source="https://www.rfc-editor.org/rfc/rfc4592",
    sentence=(
        "Every name below {above} without records of its own answers with the token, {name} itself does not: the host "
        "was entered as *."
    ),
    fix=TYPE_THIS + ", and delete the record at *.{above}.",
    when=has_found_texts,
)
def at_a_wildcard(picture: Picture) -> Facts | None:
    """A wildcard stands for names that do not exist; the domain itself exists."""
    if not not_there(picture):
        return None
    places = (picture.name, picture.delegation.zone)
    above = next((place for place in places if holds_token(picture, nonce_name(place))), None)
    return {**wanted(picture), "above": above} if above is not None else None


@rule(
    "DNS108",
    "The name lies under a wildcard",
    source="https://www.rfc-editor.org/rfc/rfc4592",
    sentence="{name} has no records of its own: a wildcard of {zone} answers for it.",
    fix="At your DNS provider enter Type TXT, Host {host}, Value {value}, TTL 3600: the name then stands for itself.",
    severity="notice",
    when=has_found_texts,
)
def under_a_wildcard(picture: Picture) -> Facts | None:
    """What a wildcard shows at a name is no proof that anybody published it there."""
    zone = picture.delegation.zone
    if not not_there(picture) or picture.name == zone:
        return None
    beside = {value for answer in picture.probed(nonce_name(zone), "TXT") for value in answer.values}
    shown = {value for answer in picture.at_servers("TXT").values() for value in answer.values}
    return {**wanted(picture), "zone": zone} if beside and beside == shown else None


def _answers(picture: Picture, name: str) -> bool:
    return any(answer.records for answer in picture.probed(name, "TXT"))
