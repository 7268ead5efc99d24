from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import pytest

from demo.nameserver import Fault, LoopbackError, Served, Zones, serve
from tests.demo.worlds import BIG, CONTOSO, ask, values


@pytest.fixture
def zones() -> Zones:
    zones = Zones()
    zones.load("contoso.test", CONTOSO)
    return zones


@pytest.fixture
def served(zones: Zones) -> Iterator[Served]:
    with serve(zones, ("127.0.0.2", "127.0.0.3")) as served:
        yield served


def has_aa(reply: dns.message.Message) -> bool:
    return bool(reply.flags & dns.flags.AA)


def authority_types(reply: dns.message.Message) -> list[str]:
    return [dns.rdatatype.to_text(rrset.rdtype) for rrset in reply.authority]


def test_an_existing_record_is_told_with_authority(served: Served) -> None:
    reply = ask(served, "contoso.test", "MX")

    assert has_aa(reply)
    assert values(reply) == ["10 mail.contoso.test."]


def test_several_strings_of_one_txt_stay_apart(served: Served) -> None:
    assert values(ask(served, "two.contoso.test", "TXT")) == ['"MS=" "ms12345678"']


@pytest.mark.parametrize(
    ("name", "rcode"),
    [
        ("contoso.test", dns.rcode.NOERROR),
        ("empty.contoso.test", dns.rcode.NOERROR),  # nothing there, but something below
        ("wild.contoso.test", dns.rcode.NOERROR),
        ("nothing.contoso.test", dns.rcode.NXDOMAIN),
        ("a.mail.contoso.test", dns.rcode.NXDOMAIN),
    ],
)
def test_absence_carries_authority_and_the_negative_ttl(served: Served, name: str, rcode: dns.rcode.Rcode) -> None:
    reply = ask(served, name, "AAAA")

    assert (reply.rcode(), has_aa(reply), reply.answer) == (rcode, True, [])
    assert (authority_types(reply), reply.authority[0].ttl) == (["SOA"], 30)


def test_a_wildcard_answers_for_names_that_do_not_exist(served: Served) -> None:
    reply = ask(served, "x.y.wild.contoso.test", "TXT")

    assert reply.answer[0].name.to_text() == "x.y.wild.contoso.test."
    assert values(reply) == ['"anything"']


def test_a_wildcard_without_the_type_is_no_nxdomain(served: Served) -> None:
    assert ask(served, "x.wild.contoso.test", "MX").rcode() == dns.rcode.NOERROR


def test_an_alias_is_followed_inside_the_zone(served: Served) -> None:
    assert values(ask(served, "alias.contoso.test", "A")) == ["192.0.2.1", "mail.contoso.test."]


def test_an_alias_out_of_the_zone_ends_there(served: Served) -> None:
    reply = ask(served, "outside.contoso.test", "A")

    assert (values(reply), reply.rcode()) == (["www.fabrikam.test."], dns.rcode.NOERROR)


def test_aliases_in_a_circle_end(served: Served) -> None:
    assert values(ask(served, "circle.contoso.test", "A")) == ["circle.contoso.test.", "circle2.contoso.test."]


def test_below_a_delegation_comes_a_referral_with_glue(served: Served) -> None:
    reply = ask(served, "www.sub.contoso.test", "A")

    assert (has_aa(reply), reply.answer, authority_types(reply)) == (False, [], ["NS"])
    assert [rrset.to_text() for rrset in reply.additional] == ["ns.sub.contoso.test. 60 IN A 127.0.0.4"]


def test_ds_of_a_delegation_is_answered_by_the_parent(served: Served) -> None:
    reply = ask(served, "sub.contoso.test", "DS")

    assert (has_aa(reply), authority_types(reply)) == (True, ["SOA"])


def test_a_name_outside_is_refused(served: Served) -> None:
    assert ask(served, "fabrikam.test", "A").rcode() == dns.rcode.REFUSED


def test_an_answer_too_large_for_udp_is_truncated_and_whole_over_tcp(zones: Zones, served: Served) -> None:
    zones.put("contoso.test", 60, "TXT", BIG)

    short = ask(served, "contoso.test", "TXT")
    whole = ask(served, "contoso.test", "TXT", tcp=True)

    assert (bool(short.flags & dns.flags.TC), short.answer) == (True, [])
    assert values(whole) == [BIG]


def test_without_edns_512_bytes_are_the_limit(zones: Zones, served: Served) -> None:
    zones.put("contoso.test", 60, "TXT", f'"{"x" * 250}" "{"y" * 250}"')

    assert ask(served, "contoso.test", "TXT", payload=None).flags & dns.flags.TC
    assert not ask(served, "contoso.test", "TXT", payload=1232).flags & dns.flags.TC


def test_the_case_of_the_question_comes_back(served: Served) -> None:
    reply = ask(served, "CoNtOsO.tEsT", "MX")

    assert reply.question[0].name.to_text() == "CoNtOsO.tEsT."
    assert [value.lower() for value in values(reply)] == ["10 mail.contoso.test."]


def test_a_record_can_be_on_one_server_first_and_everywhere_later(zones: Zones, served: Served) -> None:
    zones.put("contoso.test", 60, "TXT", '"MS=ms1"', at="127.0.0.2")
    first = [values(ask(served, "contoso.test", "TXT", address)) for address in served.addresses]
    zones.put("contoso.test", 60, "TXT", '"MS=ms1"')
    later = [values(ask(served, "contoso.test", "TXT", address)) for address in served.addresses]

    assert (first, later) == ([['"MS=ms1"'], []], [['"MS=ms1"'], ['"MS=ms1"']])


def test_what_holds_everywhere_ends_a_difference(zones: Zones, served: Served) -> None:
    zones.remove("contoso.test", "MX", at="127.0.0.3")
    zones.put("contoso.test", 60, "MX", "5 new.contoso.test.")

    assert values(ask(served, "contoso.test", "MX", "127.0.0.3")) == ["5 new.contoso.test."]


def test_each_change_raises_the_serial(zones: Zones, served: Served) -> None:
    before = ask(served, "contoso.test", "SOA").answer[0][0].serial
    zones.put("new.contoso.test", 60, "A", "192.0.2.9")

    assert ask(served, "contoso.test", "SOA").answer[0][0].serial == before + 1


def test_a_removed_name_is_nxdomain_again(zones: Zones, served: Served) -> None:
    zones.remove("deep.empty.contoso.test", "TXT")

    assert ask(served, "empty.contoso.test", "TXT").rcode() == dns.rcode.NXDOMAIN


def test_a_zone_of_one_server_is_not_at_the_other(zones: Zones, served: Served) -> None:
    zones.load("fabrikam.test", CONTOSO, at="127.0.0.3")

    rcodes = [ask(served, "fabrikam.test", "MX", address).rcode() for address in served.addresses]

    assert rcodes == [dns.rcode.REFUSED, dns.rcode.NOERROR]


def test_a_dropped_zone_is_refused_where_it_was_dropped(zones: Zones, served: Served) -> None:
    zones.drop_zone("contoso.test", at="127.0.0.2")

    rcodes = [ask(served, "contoso.test", "MX", address).rcode() for address in served.addresses]

    assert rcodes == [dns.rcode.REFUSED, dns.rcode.NOERROR]


def test_a_name_without_a_zone_cannot_be_put(zones: Zones) -> None:
    with pytest.raises(KeyError):
        zones.put("fabrikam.test", 60, "A", "192.0.2.1")


@pytest.mark.parametrize(
    ("fault", "rcode"),
    [
        (Fault.SERVFAIL, dns.rcode.SERVFAIL),
        (Fault.REFUSED, dns.rcode.REFUSED),
        (Fault.NXDOMAIN, dns.rcode.NXDOMAIN),
        (Fault.NXDOMAIN_WITH_ANSWER, dns.rcode.NXDOMAIN),
        (Fault.LAME, dns.rcode.NOERROR),
        (Fault.EMPTY, dns.rcode.NOERROR),
        (Fault.NO_AA, dns.rcode.NOERROR),
        (Fault.FORMERR_EDNS, dns.rcode.FORMERR),
    ],
)
def test_a_fault_shows_as_its_response_code(zones: Zones, served: Served, fault: Fault, rcode: dns.rcode.Rcode) -> None:
    zones.fault("contoso.test", "MX", fault)

    assert ask(served, "contoso.test", "MX").rcode() == rcode


def test_a_fault_stays_with_its_server_name_and_type(zones: Zones, served: Served) -> None:
    zones.fault("contoso.test", "MX", Fault.SERVFAIL, at="127.0.0.3")

    places = [
        ("contoso.test", "MX", "127.0.0.2"),
        ("contoso.test", "NS", "127.0.0.3"),
        ("mail.contoso.test", "A", "127.0.0.3"),
    ]

    assert {ask(served, *place).rcode() for place in places} == {dns.rcode.NOERROR}
    assert ask(served, "contoso.test", "MX", "127.0.0.3").rcode() == dns.rcode.SERVFAIL


def test_a_fault_can_be_ended_and_can_end_by_itself(zones: Zones, served: Served) -> None:
    zones.fault(None, None, Fault.REFUSED)
    zones.fault(None, None, None)
    zones.fault("contoso.test", None, Fault.SERVFAIL, times=1)

    rcodes = [ask(served, "contoso.test", "MX").rcode() for _ in range(2)]

    assert rcodes == [dns.rcode.SERVFAIL, dns.rcode.NOERROR]


def test_a_lame_server_points_upwards_without_authority(zones: Zones, served: Served) -> None:
    zones.fault(None, None, Fault.LAME)

    reply = ask(served, "contoso.test", "MX")

    assert (has_aa(reply), reply.answer, authority_types(reply)) == (False, [], ["NS"])
    assert reply.authority[0].name.to_text() == "."


def test_an_answer_without_aa_is_otherwise_right(zones: Zones, served: Served) -> None:
    zones.fault(None, None, Fault.NO_AA)

    reply = ask(served, "contoso.test", "MX")

    assert (has_aa(reply), values(reply)) == (False, ["10 mail.contoso.test."])


def test_absence_can_lack_its_soa(zones: Zones, served: Served) -> None:
    zones.fault(None, None, Fault.NO_SOA)

    assert ask(served, "nothing.contoso.test", "MX").authority == []


def test_edns_is_only_a_fault_to_those_who_use_it(zones: Zones, served: Served) -> None:
    zones.fault(None, None, Fault.FORMERR_EDNS)

    assert values(ask(served, "contoso.test", "MX", payload=None)) == ["10 mail.contoso.test."]


def test_a_dropped_question_gets_no_answer(zones: Zones, served: Served) -> None:
    zones.fault(None, None, Fault.DROP, at="127.0.0.3")

    with pytest.raises(dns.exception.Timeout):
        ask(served, "contoso.test", "MX", "127.0.0.3", timeout=0.1)


def test_a_slow_server_answers_rightly_in_the_end(zones: Zones, served: Served) -> None:
    zones.fault(None, None, Fault.SLOW, seconds=0.15)

    with pytest.raises(dns.exception.Timeout):
        ask(served, "contoso.test", "MX", timeout=0.05)
    assert values(ask(served, "contoso.test", "MX", timeout=2)) == ["10 mail.contoso.test."]


def test_forced_truncation_leaves_tcp_alone(zones: Zones, served: Served) -> None:
    zones.fault(None, None, Fault.TRUNCATE)

    assert ask(served, "contoso.test", "MX").flags & dns.flags.TC
    assert values(ask(served, "contoso.test", "MX", tcp=True)) == ["10 mail.contoso.test."]


@pytest.mark.parametrize("fault", [Fault.NO_TCP, Fault.BROKEN_TCP])
def test_a_closed_tcp_connection_leaves_udp_alone(zones: Zones, served: Served, fault: Fault) -> None:
    zones.fault(None, None, fault)

    with pytest.raises(EOFError):
        ask(served, "contoso.test", "MX", tcp=True)
    assert values(ask(served, "contoso.test", "MX")) == ["10 mail.contoso.test."]


def test_a_silent_tcp_connection_times_out(zones: Zones, served: Served) -> None:
    zones.fault(None, None, Fault.SILENT_TCP)

    with pytest.raises(dns.exception.Timeout):
        ask(served, "contoso.test", "MX", tcp=True, timeout=0.1)


@pytest.mark.parametrize("fault", [Fault.JUNK, Fault.WRONG_ID, Fault.WRONG_QUESTION, Fault.WRONG_SOURCE])
def test_a_forgery_is_seen_by_a_strict_asker_and_the_truth_follows(zones: Zones, served: Served, fault: Fault) -> None:
    zones.fault(None, None, fault, followed=True)
    query = dns.message.make_query("contoso.test", "MX")

    with pytest.raises(dns.exception.DNSException):
        ask(served, "contoso.test", "MX")
    patient = dns.query.udp(
        query, served.address, port=served.port, timeout=1, ignore_unexpected=True, ignore_errors=True
    )

    assert values(patient) == ["10 mail.contoso.test."]


def test_a_forged_owner_is_nothing_the_asker_wanted(zones: Zones, served: Served) -> None:
    zones.fault(None, None, Fault.WRONG_OWNER)

    assert ask(served, "contoso.test", "TXT").answer[0].name.to_text() == "unrelated.invalid."


def test_a_share_of_the_questions_is_hit(served: Served, zones: Zones) -> None:
    zones.fault(None, None, Fault.SERVFAIL, share=0.3)

    failed = sum(ask(served, "contoso.test", "MX").rcode() == dns.rcode.SERVFAIL for _ in range(100))

    assert 10 < failed < 60


def test_what_was_asked_is_written_down(served: Served) -> None:
    ask(served, "Contoso.TEST", "MX")
    ask(served, "contoso.test", "TXT", "127.0.0.3", tcp=True)

    assert [entry[1:] for entry in served.log] == [
        ("127.0.0.2", "contoso.test", "MX", "udp"),
        ("127.0.0.3", "contoso.test", "TXT", "tcp"),
    ]
    assert (served.asked("contoso.test"), served.asked(rdtype="MX"), served.asked(address="127.0.0.3")) == (2, 1, 1)


def test_bytes_that_are_no_question_are_ignored(served: Served) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for junk in (
            b"",
            b"\x00",
            b"\xff" * 40,
            dns.message.make_response(dns.message.make_query("a.", "A")).to_wire(),
        ):
            sock.sendto(junk, (served.address, served.port))

    assert values(ask(served, "contoso.test", "MX")) == ["10 mail.contoso.test."]
    assert served.asked() == 1


def test_several_questions_fit_on_one_tcp_connection(served: Served) -> None:
    with socket.create_connection((served.address, served.port), timeout=1) as sock:
        for name in ("contoso.test", "mail.contoso.test"):
            query = dns.message.make_query(name, "A")
            dns.query.send_tcp(sock, query)
            reply, _ = dns.query.receive_tcp(sock)
            assert reply.id == query.id


def test_zones_can_change_from_another_thread_while_answers_are_given(zones: Zones, served: Served) -> None:
    def change() -> None:
        for number in range(300):
            zones.put("contoso.test", 60, "TXT", f'"{number}"')

    writer = threading.Thread(target=change)
    writer.start()
    rcodes = {ask(served, "contoso.test", "TXT").rcode() for _ in range(100)}
    writer.join()

    assert rcodes == {dns.rcode.NOERROR}
    assert values(ask(served, "contoso.test", "TXT")) == ['"299"']


def test_an_address_this_machine_does_not_have_is_named_with_the_remedy() -> None:
    with pytest.raises(LoopbackError, match=r"ifconfig lo0 alias 192\.0\.2\.1 up"), serve(Zones(), ("192.0.2.1",)):
        pass


def test_a_taken_port_is_named(served: Served) -> None:
    with pytest.raises(LoopbackError, match=str(served.port)), serve(Zones(), (served.address,), served.port):
        pass


def test_the_port_is_free_again_afterwards(zones: Zones) -> None:
    with serve(zones) as first:
        port = first.port
    with serve(zones, port=port) as second:
        assert values(ask(second, "contoso.test", "MX")) == ["10 mail.contoso.test."]
