"""Read Microsoft Graph's JSON: verificationDnsRecords and serviceConfigurationRecords, as returned or pasted.

learn.microsoft.com/graph/api/domain-list-serviceconfigurationrecords. DKIM, DMARC and addresses are not in it.
"""

from __future__ import annotations

from typing import Any

from publicdns.expectations.clouds import PAGES
from publicdns.expectations.reading import Parsed, PasteError, Skipped, whole_name
from publicdns.expectations.records import TTL, Expected, expected_record

SOURCE = PAGES + "graph/api/domain-list-serviceconfigurationrecords"
MOST_RECORDS = 200
LONGEST_VALUE = 2000
_TYPES = {"mx": "MX", "txt": "TXT", "cname": "CNAME", "srv": "SRV"}


def parse(value: object, domain: str) -> Parsed:
    """The records for ``domain`` in ``value`` (a response, a list, a record). Raises PasteError when there is none."""
    records: dict[str, Expected] = {}
    skipped: list[Skipped] = []
    for item in _items(value)[:MOST_RECORDS]:
        found, why = _record(item, domain)
        if found is not None:
            records[found.key] = found
        else:
            skipped.append(Skipped(_word(item, "label")[:80] or _word(item, "id")[:80], why))
    if not records:
        why = skipped[0].why if skipped else "there is no list of records in it"
        raise PasteError("none", f"No record of this domain is in this JSON: {why}.")
    return Parsed(tuple(records.values()), tuple(skipped[:20]), graph=True)


def _items(value: object) -> list[dict[str, Any]]:
    """The records in a response, in several pasted as one list, or one alone."""
    if isinstance(value, dict):
        inner = value.get("value")
        if not isinstance(inner, list):
            return [value] if "recordType" in value else []
        value = inner
    if not isinstance(value, list):
        return []
    return [inner for item in value[:MOST_RECORDS] for inner in _one(item)]


def _one(item: object) -> list[dict[str, Any]]:
    if not isinstance(item, dict):
        return []
    nested = item.get("value")
    if isinstance(nested, list):
        return [inner for inner in nested if isinstance(inner, dict)]
    return [item]


def _record(item: dict[str, Any], domain: str) -> tuple[Expected | None, str]:
    if "domainDnsUnavailableRecord" in _word(item, "@odata.type"):
        return None, f"Microsoft could not make it: {_word(item, 'description')[:200]}"
    rdtype = _TYPES.get(_word(item, "recordType").lower(), "")
    if not rdtype:
        return None, "its type is not known"
    name = whole_name(_label(item, rdtype), domain)
    if name is None:
        return None, f"it belongs to another name than {domain}"
    value = _VALUES[rdtype](item)
    if not value or len(value) > LONGEST_VALUE or not value.isprintable():
        return None, "its value cannot be read"
    ttl = item.get("ttl")
    return (
        expected_record(
            domain,
            rdtype,
            name,
            value,
            SOURCE,
            ttl if isinstance(ttl, int) and 0 < ttl < 2**31 else TTL,
            optional=item.get("isOptional") is True,
        ),
        "",
    )


def _label(item: dict[str, Any], rdtype: str) -> str:
    """The whole name; service and protocol are fields of their own in SRV records."""
    label = _word(item, "label")
    service, protocol = _word(item, "service"), _word(item, "protocol")
    if rdtype != "SRV" or label.startswith("_") or not (service and protocol):
        return label
    return f"_{service.lstrip('_')}._{protocol.lstrip('_')}.{label}"


def _word(item: dict[str, Any], key: str) -> str:
    value = item.get(key)
    return value if isinstance(value, str) else ""


def _host(item: dict[str, Any], key: str) -> str:
    return _word(item, key).strip().rstrip(".").lower()


def _number(item: dict[str, Any], key: str) -> str:
    value = item.get(key)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 65536 else ""


def _mail(item: dict[str, Any]) -> str:
    preference, host = _number(item, "preference"), _host(item, "mailExchange")
    return f"{preference} {host}" if preference and host else ""


def _service(item: dict[str, Any]) -> str:
    numbers = [_number(item, key) for key in ("priority", "weight", "port")]
    target = _host(item, "nameTarget")
    return f"{' '.join(numbers)} {target}" if all(numbers) and target else ""


_VALUES = {
    "MX": _mail,
    "TXT": lambda item: _word(item, "text"),
    "CNAME": lambda item: _host(item, "canonicalName"),
    "SRV": _service,
}
