"""What can be done about a record with too many lookups: each way with what it saves."""

from __future__ import annotations

from publicdns.spf.addresses import Network
from publicdns.spf.record import parse_term
from publicdns.spf.senders import MICROSOFT, sender_of_include
from publicdns.spf.terms import Kind, Mechanism
from publicdns.spf.walk import Node, Trouble

_FEW = 6  # ranges a person can still look after by hand


def alternatives(root: Node) -> tuple[str, ...]:
    """Sentences, the one that saves most and hurts least first."""
    nested = _repeated(root)
    offers = [offer for node in root.children if (offer := _offer(node, nested))]
    offers.sort(key=lambda offer: offer[0])
    costly = max((node for node in root.children if _can_move(node)), key=lambda node: node.lookups, default=None)
    sentences = [sentence for _, sentence in offers]
    if costly is not None:
        sentences.append(_move(root, costly))
    return tuple(sentences)


def _offer(node: Node, nested: frozenset[str]) -> tuple[int, str] | None:
    """A rank (smaller is better) and a sentence for one term."""
    term = parse_term(node.term)
    saved = f"saves {node.lookups}"
    if node.trouble is Trouble.MISSING:
        return 0, f"Remove {node.term}: {node.detail or 'it leads nowhere'} ({saved})."
    if node.name in nested:
        return 1, f"Remove {node.term}: another include brings the same senders ({saved})."
    if not isinstance(term, Mechanism) or term.qualifier != "+" or node.trouble is not Trouble.NONE:
        return None
    if term.kind is Kind.PTR:
        return 2, f"Remove {node.term}: it is slow and should not be used (RFC 7208 §5.5; {saved})."
    if term.kind in (Kind.A, Kind.MX) and 0 < len(node.addresses) <= _FEW:
        ranges = " ".join(_listed(term, node.addresses))
        return 3, f"Write {ranges} in place of {node.term}, as long as these addresses stay ({saved})."
    networks = node.networks
    if term.kind is Kind.INCLUDE and _lists_only(node) and len(networks) <= _FEW and not _is_microsoft(node.name):
        ranges = " ".join(dict.fromkeys(text for text, _ in networks))
        return 4, f"Write {ranges} in place of {node.term}; somebody must then follow the sender's changes ({saved})."
    return None


def _lists_only(node: Node) -> bool:
    """Whether a record is a plain list of addresses that may send, so that it can be written out."""
    record = node.record
    if record is None or record.onward is not None or not node.networks:
        return False
    end = record.everything
    listed = record.live[:-1] if end is not None else record.live
    return all(term.network is not None and term.qualifier == "+" for term in listed) and (
        end is None or end.qualifier != "+"
    )


def _listed(term: Mechanism, addresses: tuple[str, ...]) -> list[str]:
    networks = [Network.parse(address) for address in dict.fromkeys(addresses)]
    prefixes = {4: term.prefix4, 6: term.prefix6}
    return [
        term.qualifier.replace("+", "") + Network.of(network.first, prefixes[network.version]).term
        for network in networks
    ]


def _repeated(root: Node) -> frozenset[str]:
    """The names of top-level includes that lie inside another one as well."""
    letting = [node for node in root.unhindered() if node.record is not None]
    direct = {id(child) for child in root.children}
    deeper = {node.name for node in letting if id(node) not in direct}
    return frozenset(deeper & {node.name for node in letting if id(node) in direct})


def _can_move(node: Node) -> bool:
    return node.record is not None and not node.is_redirect and not _is_microsoft(node.name)


def _is_microsoft(name: str) -> bool:
    return name in MICROSOFT.values()


def _move(root: Node, node: Node) -> str:
    sender = sender_of_include(node.name)
    who = sender.provider if sender is not None else node.name
    domain = f"news.{root.name}"
    return f"Let {who} send as a subdomain such as {domain}: it has ten lookups of its own (saves {node.lookups})."
