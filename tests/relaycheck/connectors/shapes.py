"""An organisation written down in every shape people upload. Each renderer returns the files: (name, bytes)."""

from __future__ import annotations

import csv
import io
import json
from base64 import b64encode
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from xml.sax.saxutils import escape

from tests.relaycheck.connectors.organisations import Ace, Conn, Organisation

Files = list[tuple[str, bytes]]
GROUP_BITS = {
    "AnonymousUsers": 1,
    "ExchangeUsers": 2,
    "ExchangeServers": 4,
    "ExchangeLegacyServers": 8,
    "Partners": 16,
    "Custom": 32,
}
AUTH_BITS = {
    "Tls": 1,
    "Integrated": 2,
    "BasicAuth": 4,
    "BasicAuthRequireTLS": 8,
    "ExchangeServer": 16,
    "ExternalAuthoritative": 32,
}
ROLE_BITS = {"HubTransport": 32, "FrontendTransport": 16384}
LIST_LIMIT = 4  # $FormatEnumerationLimit


def connector_fields(connector: Conn) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "Identity": connector.identity,
        "Name": connector.name,
        "Server": connector.server,
        "DistinguishedName": connector.dn,
        "Enabled": connector.enabled,
        "Bindings": list(connector.bindings),
        "RemoteIPRanges": list(connector.ranges),
        "PermissionGroups": ", ".join(connector.shown_groups) or "None",
        "AuthMechanism": ", ".join(connector.auth) or "None",
        "TransportRole": connector.role,
        "RequireTLS": connector.require_tls,
        "MaxMessageSize": connector.size,
        "ProtocolLoggingLevel": connector.logging,
    }
    if not connector.role:
        del fields["TransportRole"]  # Exchange 2010 has none
    return fields


def grant_fields(connector: Conn, ace: Ace) -> dict[str, Any]:
    return {
        "Identity": connector.identity,
        "User": ace.user,
        "Deny": ace.deny,
        "IsInherited": ace.inherited,
        "AccessRights": [ace.access],
        "ExtendedRights": list(ace.rights),
    }


def _grants(connectors: Iterable[Conn]) -> list[dict[str, Any]]:
    return [grant_fields(connector, ace) for connector in connectors for ace in connector.aces]


def _connectors(connectors: Iterable[Conn]) -> list[dict[str, Any]]:
    return [connector_fields(connector) for connector in connectors]


def _joined(fields: dict[str, Any], by: str) -> dict[str, str]:
    return {name: by.join(value) if isinstance(value, list) else str(value) for name, value in fields.items()}


# --- JSON -------------------------------------------------------------------------------------------------------------


def our_json(organisation: Organisation) -> Files:
    """What the export command writes: every value a string."""
    found = []
    for connector in organisation.connectors:
        grants = [_joined(grant_fields(connector, ace), ";") | {"UserSid": ""} for ace in connector.aces]
        found.append(_joined(connector_fields(connector), ";") | {"permissionsError": "", "permissions": grants})
    document = {"onward": "receive-connectors", "version": 1, "connectors": found}
    return [("receive-connectors.json", b"\xef\xbb\xbf" + json.dumps(document, ensure_ascii=False).encode())]


def _one_or_many(objects: list[Any]) -> Any:
    return objects[0] if len(objects) == 1 else objects


def json_integers(organisation: Organisation) -> Files:
    """ConvertTo-Json of Windows PowerShell: enumerations as integers, bindings and ranges as objects, one object
    without a list.
    """
    found = []
    for connector in organisation.connectors:
        fields = connector_fields(connector)
        fields["PermissionGroups"] = sum(GROUP_BITS[group] for group in connector.shown_groups)
        fields["AuthMechanism"] = sum(AUTH_BITS[name] for name in connector.auth)
        fields["Bindings"] = [_endpoint_object(binding) for binding in connector.bindings]
        fields["RemoteIPRanges"] = [{"Expression": part, "RangeFormat": 0, "Size": "1"} for part in connector.ranges]
        fields["ProtocolLoggingLevel"] = 1 if connector.logging == "Verbose" else 0
        if connector.role:
            fields["TransportRole"] = ROLE_BITS[connector.role]
        found.append(fields)
    grants = [fields | {"User": {"RawIdentity": fields["User"]}} for fields in _grants(organisation.connectors)]
    return [
        ("connectors.json", json.dumps(_one_or_many(found)).encode("utf-16")),
        ("permissions.json", json.dumps(_one_or_many(grants)).encode("utf-16")),
    ]


def _endpoint_object(binding: str) -> dict[str, Any]:
    address, _, port = binding.rpartition(":")
    return {"AddressFamily": 2, "Address": {"IPAddressToString": address.strip("[]")}, "Port": int(port)}


def json_names(organisation: Organisation) -> Files:
    """ConvertTo-Json in a remote session: enumerations as value/Value pairs, collections as value/Count."""
    found = []
    for connector in organisation.connectors:
        fields = connector_fields(connector)
        bits = sum(GROUP_BITS[group] for group in connector.shown_groups)
        fields["PermissionGroups"] = {"value": bits, "Value": fields["PermissionGroups"]}
        fields["AuthMechanism"] = {"Value": fields["AuthMechanism"], "value": 0}
        found.append(fields)
    document = {"value": [*found, *_grants(organisation.connectors)], "Count": len(found)}
    return [("remote.json", json.dumps(document, ensure_ascii=False).encode("utf-16-le"))]


# --- CSV --------------------------------------------------------------------------------------------------------------


def _csv(rows: Sequence[dict[str, str]], separator: str = ",", typed: bool = False) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    if typed:
        out.write("#TYPE Selected.Microsoft.Exchange.Data.Directory.SystemConfiguration.ReceiveConnector\r\n")
    writer = csv.DictWriter(out, names, delimiter=separator, quoting=csv.QUOTE_ALL, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def csv_semicolons(organisation: Organisation) -> Files:
    """Collections joined with ``;``, as the careful scripts do."""
    return [
        (
            "connectors.csv",
            _csv([_joined(one, ";") for one in _connectors(organisation.connectors)], typed=True).encode("utf-8-sig"),
        ),
        (
            "permissions.csv",
            _csv([_joined(one, ";") for one in _grants(organisation.connectors)], typed=True).encode("utf-8-sig"),
        ),
    ]


def csv_pipes_utf16(organisation: Organisation) -> Files:
    """Joined with ``|``, separated by the culture's ``;``, UTF-16, both tables in one file."""
    text = _csv([_joined(one, "|") for one in _connectors(organisation.connectors)], ";")
    text += _csv([_joined(one, "|") for one in _grants(organisation.connectors)], ";")
    return [("both.csv", text.encode("utf-16"))]


# --- CLIXML -----------------------------------------------------------------------------------------------------------


def clixml(organisation: Organisation) -> Files:
    """Export-Clixml of both, with types, references and a binary blob in each object."""
    return [
        ("connectors.xml", _clixml(_connectors(organisation.connectors), "ReceiveConnector")),
        ("permissions.xml", _clixml(_grants(organisation.connectors), "ADAcePresentationObject")),
    ]


def _clixml(objects: list[dict[str, Any]], kind: str) -> bytes:
    parts = ['<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">']
    number = 0
    for fields in objects:
        parts.append(f'<Obj RefId="{number}"><TN RefId="{number}"><T>Microsoft.Exchange.Data.{kind}</T></TN>')
        parts.append(f"<ToString>{_xml(fields['Identity'])}</ToString><Props>")
        for name, value in fields.items():
            number += 1
            parts.append(_member(name, value, number * 1000))
        blob = b64encode(b"\0\1\0\0\0\xff\xff\xff\xff" * 9).decode()
        parts.append(f'</Props><MS><BA N="SerializationData">{blob}</BA></MS></Obj>')
        number += 1
    return "".join([*parts, "</Objs>"]).encode("utf-16")


def _member(name: str, value: Any, reference: int) -> str:
    if isinstance(value, bool):
        return f'<B N="{name}">{str(value).lower()}</B>'
    if isinstance(value, list):
        items = "".join(
            f'<Obj RefId="{reference + n + 1}"><ToString>{_xml(item)}</ToString></Obj>' for n, item in enumerate(value)
        )
        return f'<Obj N="{name}" RefId="{reference}"><TNRef RefId="1" /><LST>{items}</LST></Obj>'
    if name in ("PermissionGroups", "AuthMechanism", "TransportRole"):
        return f'<Obj N="{name}" RefId="{reference}"><ToString>{_xml(value)}</ToString><I32>99</I32></Obj>'
    return f'<S N="{name}">{_xml(value)}</S>'


def _xml(text: str) -> str:
    return escape(text).replace("\n", "_x000A_")


# --- consoles ---------------------------------------------------------------------------------------------------------


def _shown(value: Any) -> str:
    """A property as fl and ft show it: braces, and four members at most."""
    if not isinstance(value, list):
        return str(value)
    return "{" + ", ".join(value[:LIST_LIMIT]) + ("..." if len(value) > LIST_LIMIT else "") + "}"


def format_list(organisation: Organisation) -> Files:
    """Both cmdlets through Format-List in one console, wrapped at 120 columns."""
    text = "[PS] C:\\Windows\\system32>Get-ReceiveConnector | fl\r\n\r\n\r\n" + _format_list(
        _connectors(organisation.connectors)
    )
    text += "[PS] C:\\Windows\\system32>Get-ReceiveConnector | Get-ADPermission | fl\r\n\r\n\r\n"
    return [("console.txt", (text + _format_list(_grants(organisation.connectors))).encode("utf-16"))]


def _format_list(objects: list[dict[str, Any]]) -> str:
    return "\r\n\r\n".join("\r\n".join(_lines(fields)) for fields in objects) + "\r\n\r\n\r\n"


def _lines(fields: dict[str, Any], width: int = 120) -> Iterable[str]:
    column = max(map(len, fields))
    for name, value in fields.items():
        words, line = _shown(value).split(" "), f"{name.ljust(column)} :"
        for word in words:
            if len(line) + 1 + len(word) > width and not line.endswith(" :"):
                yield line
                line = " " * (column + 2) + word
            else:
                line += f" {word}"
        yield line


def format_table(organisation: Organisation) -> Files:
    """Two wide tables (``ft -AutoSize`` and ``Out-String -Width 1000``), pasted with a prompt between them."""
    chosen = (
        "Name",
        "Server",
        "Enabled",
        "TransportRole",
        "Bindings",
        "RemoteIPRanges",
        "PermissionGroups",
        "AuthMechanism",
        "RequireTLS",
    )
    rows = [{name: fields.get(name, "") for name in chosen} for fields in _connectors(organisation.connectors)]
    text = f"{_format_table(rows)}\r\nPS C:\\> Get-ADPermission\r\n{_format_table(_grants(organisation.connectors))}"
    return [("tables.txt", text.encode("utf-8-sig"))]


def _format_table(rows: list[dict[str, Any]]) -> str:
    names = list(rows[0])
    cells = [[_shown(row[name]) for name in names] for row in rows]
    widths = [max(len(name), *(len(row[n]) for row in cells)) for n, name in enumerate(names)]
    lines = [names, ["-" * len(name) for name in names], *cells]
    return "\r\n" + "\r\n".join(_row(line, widths) for line in lines) + "\r\n\r\n"


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    return " ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


# --- several files ----------------------------------------------------------------------------------------------------


def file_per_server(organisation: Organisation) -> Files:
    """One export of ours per server."""
    files: Files = []
    for server in sorted({connector.server for connector in organisation.connectors}):
        mine = tuple(connector for connector in organisation.connectors if connector.server == server)
        files += [(f"{server}.json", our_json(Organisation(server, mine))[0][1])]
    return files


def mixed_shapes(organisation: Organisation) -> Files:
    """Connectors as JSON with integers, permissions as CSV."""
    return [json_integers(organisation)[0], csv_semicolons(organisation)[1]]


Shape = Callable[[Organisation], Files]
SHAPES: tuple[Shape, ...] = (
    our_json,
    json_integers,
    json_names,
    csv_semicolons,
    csv_pipes_utf16,
    clixml,
    format_list,
    format_table,
    file_per_server,
    mixed_shapes,
)


def can_express(shape: Shape, organisation: Organisation) -> bool:
    """Consoles show four members of a collection; a table without a role column cannot tell 2010 from an empty one."""
    long = any(len(part) > LIST_LIMIT for one in organisation.connectors for part in (one.ranges, one.bindings))
    return not (long and shape in (format_list, format_table))
