"""What ``docs/spf.md`` and the data file promise."""

from __future__ import annotations

from pathlib import Path

from publicdns.spf.addresses import Network
from publicdns.spf.judging import SUBJECTS
from publicdns.spf.rules import rules
from publicdns.spf.senders import MICROSOFT, sender_of_include, sender_of_network, senders

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "spf.md"


def test_the_document_lists_every_rule_as_the_registry_has_it() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    rows = [f"| `{rule.code}` | {rule.title} | {rule.severity} | {rule.source} |" for rule in rules()]

    assert SUBJECTS
    assert [row for row in rows if row not in text] == []
    assert text.count("| `spf-") == len(rows)


def test_every_sender_has_a_source_or_is_marked_unverified() -> None:
    for sender in senders():
        assert sender.source.startswith("https://") or not sender.verified


def test_no_include_belongs_to_two_senders() -> None:
    includes = [name for sender in senders() for name in sender.include]

    assert len(includes) == len(set(includes))


def test_microsofts_own_includes_are_known_by_name() -> None:
    for name in MICROSOFT.values():
        sender = sender_of_include(name)
        assert sender is not None
        assert sender.provider.startswith("Microsoft 365")


def test_names_below_an_include_belong_to_its_sender() -> None:
    sender = sender_of_include("u123.wl.sendgrid.net")

    assert sender is not None
    assert sender.provider == "SendGrid"
    assert sender_of_include("notsendgrid.net") is None


def test_an_address_is_named_only_inside_a_range() -> None:
    inside, outside = sender_of_network(Network.parse("40.107.3.0/24")), sender_of_network(Network.parse("40.0.0.0/8"))

    assert inside is not None
    assert inside.provider == "Microsoft 365"
    assert outside is None
