"""One question and everything a network and a server can do to it."""

from __future__ import annotations

import pytest

from demo.nameserver import Fault, Served, Zones
from publicdns.answers import Outcome, Reason, Server
from publicdns.asking import Budget
from publicdns.wire import Wire
from tests.publicdns.wire.conftest import Answering, MakeWire, ask
from tests.publicdns.wire.messages import TEXTS, message

REFUSING = Server("127.0.0.1", 1)  # nobody listens there


def test_a_record_is_found(wire: Wire, here: Server) -> None:
    answer = ask(wire, "contoso.test", "TXT", here)

    assert (answer.outcome, answer.values) == (Outcome.FOUND, ("MS=ms12345678", "v=spf1 -all"))
    assert (answer.authoritative, answer.ttl, answer.server) == (True, 60, here)
    assert answer.seconds > 0


def test_a_name_may_be_in_any_case_in_the_question(wire: Wire, here: Server) -> None:
    assert ask(wire, "CONTOSO.test.", "TXT", here).outcome is Outcome.FOUND


@pytest.mark.parametrize("fault", [Fault.JUNK, Fault.WRONG_ID, Fault.WRONG_QUESTION, Fault.WRONG_SOURCE])
def test_what_does_not_belong_to_the_question_is_ignored(fault: Fault, wire: Wire, zones: Zones, here: Server) -> None:
    zones.fault(None, None, fault)

    assert ask(wire, "contoso.test", "TXT", here).reason in (Reason.TIMEOUT, Reason.NONE)
    assert wire.ignored > 0


def test_the_true_answer_is_waited_for_behind_forged_ones(wire: Wire, answering: Answering) -> None:
    def respond(query: bytes, _transport: str) -> tuple[bytes, ...]:
        truth = query[:2] + message(answer=TEXTS[:1])[2:]
        other_id = bytes((query[0] ^ 1, query[1])) + truth[2:]
        no_question = query[:2] + b"\x84\0\0\0\0\0\0\0\0\0"
        a_query = query[:2] + b"\0" + truth[3:]
        other_name = truth.replace(b"\x07contoso", b"\x07fabrika")
        return other_id, no_question, a_query, other_name, b"", b"x", truth

    served = answering(respond)

    assert ask(wire, "contoso.test", "TXT", Server("127.0.0.1", served.port)).values == ("v=spf1 -all",)
    assert wire.ignored == 6


def test_an_echo_in_other_case_is_the_same_question(wire: Wire, answering: Answering) -> None:
    served = answering(lambda query, _: (query[:2] + message("CONTOSO.Test", answer=TEXTS[:1])[2:],))

    assert ask(wire, "contoso.test", "TXT", Server("127.0.0.1", served.port)).outcome is Outcome.FOUND


def test_a_truncated_answer_is_fetched_over_tcp(wire: Wire, here: Server, served: Served) -> None:
    answer = ask(wire, "big.contoso.test", "TXT", here)

    assert len(answer.records) == 20
    assert [entry.transport for entry in served.log] == ["udp", "tcp"]


@pytest.mark.parametrize("fault", [Fault.NO_TCP, Fault.SILENT_TCP, Fault.BROKEN_TCP])
def test_truncated_and_no_tcp_is_told(fault: Fault, wire: Wire, zones: Zones, here: Server) -> None:
    zones.fault("big.contoso.test", None, fault)

    assert ask(wire, "big.contoso.test", "TXT", here).reason is Reason.TRUNCATED


def test_a_server_that_does_not_know_edns_is_asked_without(
    wire: Wire, zones: Zones, here: Server, served: Served
) -> None:
    zones.fault(None, None, Fault.FORMERR_EDNS)

    assert ask(wire, "contoso.test", "TXT", here).outcome is Outcome.FOUND
    assert len(served.log) == 2


def test_the_last_try_of_a_silent_server_goes_without_edns(wire: Wire, answering: Answering) -> None:
    def respond(query: bytes, _transport: str) -> tuple[bytes, ...]:
        return () if query[11] else (query[:2] + message(answer=TEXTS[:1], edns=False)[2:],)

    served = answering(respond)

    assert ask(wire, "contoso.test", "TXT", Server("127.0.0.1", served.port)).outcome is Outcome.FOUND


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault.SERVFAIL, Reason.SERVFAIL),
        (Fault.REFUSED, Reason.REFUSED),
        (Fault.LAME, Reason.LAME),
        (Fault.NXDOMAIN_WITH_ANSWER, Reason.MALFORMED),
        (Fault.WRONG_OWNER, Reason.MALFORMED),
        (Fault.DROP, Reason.TIMEOUT),
    ],
)
def test_failures_keep_their_reason(fault: Fault, reason: Reason, wire: Wire, zones: Zones, here: Server) -> None:
    zones.fault(None, None, fault)

    answer = ask(wire, "contoso.test", "TXT", here)

    assert (answer.outcome, answer.reason, answer.fingerprint) == (Outcome.FAILED, reason, b"")


def test_a_lost_question_is_asked_again(wire: Wire, zones: Zones, here: Server) -> None:
    zones.fault(None, None, Fault.DROP, times=1)

    assert ask(wire, "contoso.test", "TXT", here).outcome is Outcome.FOUND
    assert wire.servers["127.0.0.1", here.port].timeouts == 1


def test_a_late_answer_to_an_earlier_try_is_ignored_not_mistaken(wire: Wire, zones: Zones, here: Server) -> None:
    zones.fault(None, None, Fault.SLOW, times=1, seconds=0.2)

    assert ask(wire, "contoso.test", "TXT", here).outcome is Outcome.FOUND


def test_an_equal_fingerprint_comes_back_unparsed(wire: Wire, here: Server) -> None:
    first = ask(wire, "contoso.test", "TXT", here)

    again = ask(wire, "contoso.test", "TXT", here, known=first.fingerprint)

    assert (again.unchanged, again.outcome, again.records, again.fingerprint) == (
        True,
        Outcome.FOUND,
        (),
        first.fingerprint,
    )


def test_a_changed_answer_is_parsed(wire: Wire, here: Server, zones: Zones) -> None:
    first = ask(wire, "contoso.test", "TXT", here)
    zones.put("contoso.test", 60, "TXT", '"MS=ms99999999"')

    again = ask(wire, "contoso.test", "TXT", here, known=first.fingerprint)

    assert (again.unchanged, again.values) == (False, ("MS=ms99999999",))


@pytest.mark.parametrize(
    ("name", "outcome"), [("ns1.contoso.test", Outcome.EMPTY), ("no.contoso.test", Outcome.NXDOMAIN)]
)
def test_known_absence_is_unchanged_too(name: str, outcome: Outcome, wire: Wire, here: Server) -> None:
    first = ask(wire, name, "TXT", here)

    again = ask(wire, name, "TXT", here, known=first.fingerprint)

    assert (first.outcome, first.negative_ttl, again.outcome, again.unchanged) == (outcome, 30, outcome, True)


def test_recursion_is_asked_of_resolvers_only(wire: Wire, answering: Answering) -> None:
    flags = []
    served = answering(lambda query, _: (flags.append(query[2:4]) or query[:2] + message(answer=TEXTS[:1])[2:],))

    ask(wire, "contoso.test", "TXT", Server("127.0.0.1", served.port))
    ask(wire, "contoso.test", "TXT", Server("127.0.0.1", served.port, recursive=True))
    ask(wire, "contoso.test", "TXT", Server("127.0.0.1", served.port, recursive=True), checking_disabled=True)

    assert flags == [b"\0\0", b"\1\0", b"\1\x10"]


def test_the_next_resolver_is_asked_when_one_fails(make_wire: MakeWire, zones: Zones, served: Served) -> None:
    zones.fault(None, None, Fault.SERVFAIL, at="127.0.0.1")
    first, second = (Server(address, served.port, recursive=True) for address in served.addresses)

    answers = [ask(make_wire(*order), "contoso.test", "TXT") for order in ((first, second), (second, first))]

    assert [answer.server for answer in answers] == [second, second]


def test_when_every_resolver_fails_the_telling_reason_wins_over_silence(
    make_wire: MakeWire, zones: Zones, served: Served
) -> None:
    zones.fault(None, None, Fault.REFUSED, at="127.0.0.1")
    zones.fault(None, None, Fault.DROP, at="127.0.0.2")

    wire = make_wire(*(Server(address, served.port, recursive=True) for address in served.addresses))

    assert ask(wire, "contoso.test", "TXT").reason is Reason.REFUSED


def test_no_resolver_is_a_reason(wire: Wire) -> None:
    assert ask(wire, "contoso.test", "TXT").reason is Reason.NO_SERVER


@pytest.mark.parametrize(
    "address", ["10.0.0.1", "169.254.169.254", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "fe80::1", "224.0.0.251"]
)
def test_special_addresses_are_not_asked(address: str, wire: Wire) -> None:
    answer = ask(wire, "contoso.test", "TXT", Server(address))

    assert answer.reason is Reason.FORBIDDEN
    assert wire.servers[address, 53].asked == 0


def test_loopback_is_special_unless_it_is_listed(make_wire: MakeWire, here: Server) -> None:
    assert ask(make_wire(allowed_networks=()), "contoso.test", "TXT", here).reason is Reason.FORBIDDEN


def test_what_is_no_address_is_no_server(wire: Wire) -> None:
    assert ask(wire, "contoso.test", "TXT", Server("ns1.contoso.test")).reason is Reason.NO_SERVER


@pytest.mark.parametrize("name", ["a" * 64 + ".test", "a..test", ".".join(["a" * 60] * 5), "bücher.test"])
def test_names_that_cannot_be_asked_fail_with_a_reason(name: str, wire: Wire, here: Server) -> None:
    answer = ask(wire, name, "TXT", here)

    assert answer.reason is Reason.MALFORMED
    assert answer.detail.startswith("cannot be asked")


def test_a_name_with_an_escaped_octet_can_be_asked(wire: Wire, here: Server) -> None:
    assert ask(wire, "a\\.b\\000.contoso.test", "TXT", here).outcome is Outcome.NXDOMAIN


def test_ipv6_servers_are_asked(make_wire: MakeWire, zones: Zones, ipv6_port: int) -> None:
    assert ask(make_wire(), "contoso.test", "TXT", Server("0:0::1", ipv6_port)).outcome is Outcome.FOUND


def test_a_budget_of_questions_runs_out(wire: Wire, here: Server) -> None:
    budget = Budget(questions=1)

    answers = [ask(wire, "contoso.test", "TXT", here, budget=budget) for _ in range(2)]

    assert [answer.reason for answer in answers] == [Reason.NONE, Reason.BUDGET]
    assert budget.asked == 1


def test_a_deadline_ends_the_wait(make_wire: MakeWire, zones: Zones, here: Server) -> None:
    zones.fault(None, None, Fault.DROP)
    wire = make_wire(timeout=30.0)
    budget = Budget(deadline=wire.options.monotonic() + 0.1)

    answer = ask(wire, "contoso.test", "TXT", here, budget=budget)

    assert answer.reason is Reason.BUDGET
    assert answer.seconds < 5


def test_a_silent_port_and_a_silent_server_look_alike(wire: Wire) -> None:
    assert ask(wire, "contoso.test", "TXT", REFUSING).reason is Reason.TIMEOUT
