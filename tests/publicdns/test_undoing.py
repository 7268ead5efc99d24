from __future__ import annotations

import dns.zone
import pytest

from publicdns.flow import Flow, Part, Shown
from publicdns.undoing import undo

BEFORE = Flow(
    {
        Part.MX: Shown(("10 mail.contoso.test",), 7200),
        Part.SPF: Shown(("v=spf1 mx -all",), 600),
        Part.AUTODISCOVER: Shown((), None),
        Part.NS: Shown(("ns1.old.test",), 86400),
    }
)
MOVED = Flow({Part.MX: Shown(("0 x.mail.protection.outlook.com", "10 mail.contoso.test"), 300)})


def test_a_moved_mx_is_put_back_with_its_old_ttl_and_the_new_one_taken_out() -> None:
    (found,) = undo(BEFORE, MOVED, "contoso.test")

    assert found.lines == ("contoso.test. 7200 IN MX 10 mail.contoso.test.",)
    assert found.remove == ("0 x.mail.protection.outlook.com",)


def test_what_was_not_there_is_only_taken_out() -> None:
    after = Flow({Part.AUTODISCOVER: Shown(("autodiscover.outlook.com",), 300)})

    (found,) = undo(BEFORE, after, "contoso.test")

    assert (found.name, found.lines, found.remove) == (
        "autodiscover.contoso.test",
        (),
        ("autodiscover.outlook.com",),
    )


def test_name_servers_are_put_back_at_the_registrar() -> None:
    (found,) = undo(BEFORE, Flow({Part.NS: Shown(("a.new.test",), 300)}), "contoso.test")

    assert found.at_registrar


def test_unknown_parts_are_left_alone() -> None:
    assert undo(Flow(), MOVED, "contoso.test") == undo(BEFORE, Flow(), "contoso.test") == ()


@pytest.mark.parametrize("value", ["v=spf1 -all", 'odd "quotes" and \\ bytes \x07\xff', "x" * 700])
def test_the_lines_are_a_zone_file_that_says_the_same(value: str) -> None:
    before, after = (Flow({Part.SPF: Shown((text,), 60)}) for text in (value, "other"))
    (found,) = undo(before, after, "contoso.test")
    text = f"@ 60 IN SOA ns host 1 1 1 1 1\n@ 60 IN NS ns\n{found.lines[0]}\n"

    zone = dns.zone.from_text(text, origin="contoso.test.")

    (record,) = zone.get_rdataset("@", "TXT")  # type: ignore[misc]
    assert b"".join(record.strings) == value.encode("latin-1")
