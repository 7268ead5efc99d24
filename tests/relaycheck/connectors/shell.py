"""As much PowerShell as our scripts use, read with tree-sitter and carried out on organisations: the other half of the
round trip.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import tree_sitter_powershell
from tree_sitter import Language, Node, Parser, Tree

from tests.relaycheck.connectors.organisations import Ace, Conn

_PARSER = Parser(Language(tree_sitter_powershell.language()))
_SIDS = {"S-1-5-7": "NT AUTHORITY\\ANONYMOUS LOGON", "S-1-1-0": "Everyone"}
Value = str | list[str] | None


def parse(script: str) -> Tree:
    return _PARSER.parse(script.encode())


def broken(script: str) -> list[str]:
    """The pieces PowerShell's grammar does not know."""
    return [
        node.text.decode() if node.text else ""
        for node in _walk(parse(script).root_node)
        if node.is_error or node.is_missing
    ]


def _walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from _walk(child)


def _text(node: Node) -> str:
    return (node.text or b"").decode()


@dataclass
class Shell:
    """Runs a script line by line against connectors."""

    connectors: dict[str, Conn] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    ran: list[str] = field(default_factory=list)

    def run(self, script: str) -> None:
        assert broken(script) == []
        for node in _walk(parse(script).root_node):
            if node.type == "assignment_expression":
                self.variables[_text(node.children[0])] = _SIDS[
                    next(
                        _text(n) for n in _walk(node) if "S-1-" in _text(n) and n.type == "verbatim_string_characters"
                    ).strip("'")
                ]
            elif node.type == "command" and _is_statement(node):
                self._command(node)

    def evaluate(self, expression: str) -> str:
        """One expression, as the value of a parameter."""
        command = next(node for node in _walk(parse(f"Out -Value {expression}").root_node) if node.type == "command")
        return str(dict(self._parameters(command))["Value"])

    def _command(self, node: Node) -> None:
        name = _text(node.children[0])
        self.ran.append(name)
        act = {
            "New-ReceiveConnector": self._new,
            "Set-ReceiveConnector": self._set,
            "Add-ADPermission": self._add,
            "Remove-ADPermission": self._remove,
        }.get(name)
        if act:
            act(dict(self._parameters(node)))

    def _parameters(self, node: Node) -> Iterator[tuple[str, Value]]:
        name = ""
        for element in node.children[1].children:
            if element.type == "command_parameter":
                if name:
                    yield name, None
                name = _text(element).removeprefix("-")
            elif element.type != "command_argument_sep":
                yield name, self._value(element)
                name = ""
        if name:
            yield name, None

    def _value(self, node: Node) -> Value:
        pieces = [self._one(child) for child in node.children if child.type != ","]
        parts = [piece.encode("utf-16", "surrogatepass").decode("utf-16") for piece in pieces]
        return parts[0] if len(parts) == 1 else parts

    def _one(self, node: Node) -> str:
        """An expression: a string, strings and characters added up, a variable, or a connector's distinguished name."""
        if node.type == "verbatim_string_characters":
            return _text(node)[1:-1].replace("''", "'")
        if node.type == "variable":
            return self.variables.get(_text(node), _text(node))
        if node.type == "cast_expression":
            return chr(int(_text(node.children[-1]), 16))
        if node.type == "additive_expression" and len(node.children) == 3:
            return self._one(node.children[0]) + self._one(node.children[2])
        if node.type == "member_access":
            found = next(n for n in _walk(node) if n.type == "command")
            return str(dict(self._parameters(found))["Identity"])
        named = [child for child in node.children if child.is_named]
        assert len(named) == 1, f"not a value: {_text(node)}"
        return self._one(named[0])

    def _new(self, given: dict[str, Value]) -> None:
        new = Conn(
            str(given["Name"]),
            str(given["Server"]),
            role=str(given.get("TransportRole") or ""),
            bindings=tuple(_many(given["Bindings"])),
            ranges=tuple(_many(given["RemoteIPRanges"])),
            groups=(),
        )
        assert new.identity not in self.connectors
        self.connectors[new.identity] = new

    def _set(self, given: dict[str, Value]) -> None:
        old = self.connectors[str(given["Identity"])]
        groups = _many(given.get("PermissionGroups", list(old.groups)))
        assert "Custom" not in groups, "Custom is no input"
        auth = tuple(name for name in _many(given["AuthMechanism"]) if name != "None")
        changed = replace(
            old,
            groups=tuple(name for name in groups if name != "None"),
            auth=auth,
            require_tls=given.get("RequireTLS") == "$true",
            size=str(given.get("MaxMessageSize") or old.size),
        )
        if "ExternalAuthoritative" in auth:
            assert set(auth) <= {"Tls", "ExternalAuthoritative"}
            assert "ExchangeServers" in changed.groups
        self.connectors[old.identity] = changed

    def _add(self, given: dict[str, Value]) -> None:
        old = self.connectors[str(given["Identity"])]
        own = tuple(Ace(str(given["User"]), (right,)) for right in _many(given["ExtendedRights"]))
        self.connectors[old.identity] = replace(old, own=old.own + own)

    def _remove(self, given: dict[str, Value]) -> None:
        old = self.connectors[str(given["Identity"])]
        gone = {(str(given["User"]), right) for right in _many(given["ExtendedRights"])}
        kept = tuple(ace for ace in old.own if not {(ace.user, right) for right in ace.rights} & gone)
        self.connectors[old.identity] = replace(old, own=kept)


def _many(value: Value) -> list[str]:
    return value if isinstance(value, list) else [str(value)]


def _is_statement(node: Node) -> bool:
    """A command of its own, not one inside parentheses or behind a pipe."""
    above: Node | None = node.parent
    while above is not None:
        if above.type in ("parenthesized_expression", "script_block"):
            return False
        above = above.parent
    return True
