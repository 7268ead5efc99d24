"""Probes as rows: asked for once, one per host, rested, stopped, judged, told."""

from __future__ import annotations

import socket
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from notices.models import Transition
from publicdns.answers import Answer, Outcome, Question, Reason, Record, Server
from publicdns.asking import drive
from relaycheck.engine.reach import Reach
from relaycheck.models import Probe, ProbeKind, ProbeState, Relay
from relaycheck.relay_known import known_of
from relaycheck.relay_probes import ProbeRefused, ask_probe, stop_probe
from relaycheck.relay_probing import LEASE, REST, Circumstances, claim_probe, run_probe, work_off
from relaycheck.session import Limits
from tenants.roles import Role
from tests.relaycheck import rows
from tests.relaycheck.loopback import lines, say, server, smtp

pytestmark = pytest.mark.django_db
TRANSCRIPT = """# target relay01.contoso.com 10.0.0.5 25
# local 10.0.0.9
S: 220 relay01.contoso.com ESMTP
C: EHLO [10.0.0.9]
S: 250 relay01.contoso.com
# attempt external
C: MAIL FROM:<relay-probe@example.com>
S: 250 2.1.0 Ok
C: RCPT TO:<relay-probe@example.net>
S: {answer}
"""
CLOSED = {"RCPT": "550 5.7.1 Unable to relay"}


def dns(**records: list[str] | None) -> Any:
    """A way to ask in which every name has the values given for its type; a type that is None cannot be asked."""

    def lookup(name: str, rdtype: str, server: Server | None = None, **_: Any) -> Any:
        values = records.get(rdtype, [])
        where = server or Server("192.0.2.53", 53, "resolver", recursive=True)
        question = Question(name, rdtype)
        if values is None:
            return answered(Answer(question, where, Outcome.FAILED, Reason.TIMEOUT))
        outcome = Outcome.FOUND if values else Outcome.EMPTY
        return answered(Answer(question, where, outcome, records=tuple(Record(rdtype, v, 60) for v in values)))

    async def answered(answer: Answer) -> Answer:
        return answer

    return lambda work, networks: drive(work(lookup))


def around(port: int = 25, **changes: Any) -> Circumstances:
    """A worker that may ring loopback at ``port`` and does not wait between forms."""
    reach = Reach.of(["127.0.0.0/8"], [port])
    fields: dict[str, Any] = {"reach": reach, "outward": reach, "outward_port": port, "pause": lambda seconds: None}
    return Circumstances(**{"clock": timezone.now, "ask": dns(A=["127.0.0.1"]), **fields, **changes})


def ask(relay: Relay, kind: ProbeKind = ProbeKind.PLAIN, listed: bool | None = False) -> Probe:
    return ask_probe(relay, kind, listed=listed, by=relay.created_by, now=timezone.now())


def on_loopback(port: int, **changes: Any) -> Relay:
    return rows.relay(internal_address="127.0.0.1", port=port, **changes)


def test_a_closed_relay_is_said_to_be_closed_and_history_keeps_it() -> None:
    with server(smtp(CLOSED)) as (port, _):
        relay = on_loopback(port)
        one = ask(relay)

        work_off(around(port))

    one.refresh_from_db()
    assert (one.state, one.report["relaying"]) == (ProbeState.DONE, "closed")
    assert "Unable to relay" in one.transcript
    assert Transition.objects.get(kind="relay-probed").facts["relaying"] == "closed"
    assert "Refused for this source" in rows.page(relay)


def test_an_open_relay_turns_the_page_red() -> None:
    with server(smtp({})) as (port, _):
        relay = on_loopback(port)
        ask(relay)
        work_off(around(port))

    assert "Open relay" in rows.page(relay)


def test_whoever_says_nothing_about_the_source_is_told_may_be() -> None:
    with server(smtp({})) as (port, _):
        relay = on_loopback(port)
        ask(relay, listed=None)
        work_off(around(port))

    body = rows.page(relay)
    assert "May be open" in body
    assert "Open relay" not in body


def test_nothing_is_rung_outside_the_operator_s_networks() -> None:
    with server(smtp({})) as (port, connections):
        relay = on_loopback(port)
        one = ask(relay)

        work_off(around(port, reach=Reach.of([], [port])))

    one.refresh_from_db()
    assert connections == [0]
    assert one.report["relaying"] == "not-tried"
    assert "Nothing was sent" in rows.page(relay)


def test_pressing_twice_asks_once() -> None:
    relay = rows.relay()

    assert ask(relay) == ask(relay)


def test_a_removed_relay_is_not_probed() -> None:
    relay = rows.relay()
    relay.removed_at = timezone.now()

    with pytest.raises(ProbeRefused):
        ask(relay)


def test_one_host_is_rung_by_one_probe_at_a_time_whoever_asks() -> None:
    first, second, elsewhere = rows.relay(), rows.relay(), rows.relay(internal_address="10.0.0.6")
    ours, theirs, other = ask(first), ask(second), ask(elsewhere)

    taken = [claim_probe(timezone.now()) for _ in range(3)]

    assert taken == [ours, other, None]
    theirs.refresh_from_db()
    assert theirs.state == ProbeState.QUEUED


def test_a_host_rests_between_two_probes() -> None:
    relay = rows.relay()
    now = timezone.now()
    rows.ended(relay, ended_at=now)
    one = ask(relay)

    assert claim_probe(now + REST / 2) is None
    assert claim_probe(now + REST * 2) == one


def test_a_pasted_transcript_rang_nobody_so_nobody_rests() -> None:
    relay = rows.relay()
    rows.ended(relay, ended_at=timezone.now(), pasted=True)
    one = ask(relay)

    assert claim_probe(timezone.now()) == one


def test_what_a_lost_worker_left_is_taken_over_and_its_late_result_dropped() -> None:
    with server(smtp(CLOSED)) as (port, _):
        relay = on_loopback(port)
        ask(relay)
        lost = claim_probe(timezone.now())
        assert lost is not None
        later = timezone.now() + LEASE * 2
        taken = claim_probe(later)
        assert taken is not None
        assert taken.lease_token != lost.lease_token

        run_probe(lost, around(port))
        taken.refresh_from_db()
        assert taken.state == ProbeState.RUNNING
        run_probe(taken, around(port))

    taken.refresh_from_db()
    assert taken.state == ProbeState.DONE
    assert Transition.objects.filter(kind="relay-probed").count() == 1


def test_a_probe_that_keeps_losing_its_worker_is_put_aside() -> None:
    one = ask(rows.relay())
    now = timezone.now()
    for round_ in range(4):
        claim_probe(now + LEASE * 2 * round_)

    claim_probe(now + LEASE * 20)

    one.refresh_from_db()
    assert one.state == ProbeState.STOPPED
    assert "lost" in one.report["sentence"]


def test_sixteen_forms_tell_how_far_they_are() -> None:
    with server(smtp(CLOSED)) as (port, connections):
        one = ask(on_loopback(port), ProbeKind.FORMS)

        work_off(around(port))

    one.refresh_from_db()
    assert (one.done, one.of) == (16, 16)
    assert connections == [17]
    assert one.report["relaying"] == "closed"


def test_a_running_probe_ends_when_somebody_wants_it_to() -> None:
    stopped: list[float] = []
    with server(smtp(CLOSED)) as (port, connections):
        one = ask(on_loopback(port), ProbeKind.FORMS)

        def press(seconds: float) -> None:
            stopped.append(seconds)
            stop_probe(Probe.objects.get(pk=one.pk), timezone.now())

        work_off(around(port, pause=press, hear_every=0))

    one.refresh_from_db()
    assert one.state == ProbeState.STOPPED
    assert connections[0] < 17
    assert "It was stopped." in rows.page(one.relay)


def test_sixteen_forms_that_were_stopped_halfway_prove_nothing() -> None:
    with server(smtp(CLOSED)) as (port, _):
        one = ask(on_loopback(port), ProbeKind.FORMS)
        pauses = iter(range(20))

        def press_later(seconds: float) -> None:
            if next(pauses) == 5:
                stop_probe(Probe.objects.get(pk=one.pk), timezone.now())

        work_off(around(port, pause=press_later, hear_every=0))

    one.refresh_from_db()
    assert one.report["relaying"] == "inconclusive"
    assert "Inconclusive: neither accepted nor refused for good. It was stopped." in rows.page(one.relay)


def test_a_probe_that_was_never_sent_hides_no_proof_and_blames_nobody() -> None:
    with server(smtp(CLOSED)) as (port, _):
        relay = on_loopback(port)
        proof = ask(relay)
        work_off(around(port))
        ask(relay)
        work_off(around(port, reach=Reach(), clock=lambda: timezone.now() + REST * 2))

    body = rows.page(relay)
    assert "Nothing was sent: this installation may not ring there." in body
    assert "RP120" not in body
    assert known_of(relay).probes == {"plain": proof}


def test_a_waiting_probe_is_taken_out_of_the_row() -> None:
    one = ask(rows.relay())

    stop_probe(one, timezone.now())

    assert claim_probe(timezone.now()) is None
    assert "Stopping" not in rows.page(one.relay)
    ask(one.relay)
    assert claim_probe(timezone.now()) is not None  # it rang nobody, so nobody rests


def test_a_tarpit_is_left_when_the_time_is_over() -> None:
    def slow(connection: socket.socket) -> None:
        say(connection, "220 relay.test ESMTP")
        for _line in lines(connection):
            connection.sendall(b"250-")

    with server(slow) as (port, _):
        one = ask(on_loopback(port))

        work_off(around(port, limits=Limits(total=0.6, reply=0.3)))

    one.refresh_from_db()
    assert one.state == ProbeState.DONE
    assert one.report["relaying"] == "not-tried"


def test_outward_a_refusal_is_explained_and_speaks_for_the_relay_only_by_the_operator_s_word() -> None:
    refusal = {"RCPT": "550 5.7.606 Access denied, banned sending IP [203.0.113.5]"}
    with server(smtp(refusal)) as (port, _):
        silent, speaking = rows.relay(), rows.relay(same_exit=True, fqdn="relay02.contoso.com")
        ask(silent, ProbeKind.OUTWARD)
        work_off(around(port))
        ask(speaking, ProbeKind.OUTWARD)
        Probe.objects.update(ended_at=timezone.now() - timedelta(minutes=1))
        work_off(around(port))

    assert "does not speak for the relay" in rows.page(silent)
    assert "RP117" not in rows.page(silent)
    assert "RP117" in rows.page(speaking)


def test_names_spf_and_the_internal_record_are_asked_and_judged() -> None:
    relay = rows.relay(nat_address="203.0.113.5")
    ask(relay, ProbeKind.NAMES)

    work_off(around(ask=dns(TXT=["v=spf1 ip4:10.5.3.2 -all"])))

    body = rows.page(relay)
    assert "RS901" in body
    assert "RS903" in body
    assert "RS1403" in body
    setup = rows.member_client(relay).get(f"{relay.get_absolute_url()}setup/").content.decode()
    assert "v=spf1 ip4:10.5.3.2 ip4:203.0.113.5 -all" in setup


def test_spf_that_could_not_be_asked_is_unknown_and_no_record_is_invented() -> None:
    relay = rows.relay()
    ask(relay, ProbeKind.NAMES)

    work_off(around(ask=dns(TXT=None)))

    body = rows.page(relay)
    assert "RS902" in body
    assert "RS901" not in body
    setup = rows.member_client(relay).get(f"{relay.get_absolute_url()}setup/").content.decode()
    assert "v=spf1 ip4:203.0.113.5" not in setup


@pytest.mark.parametrize(("values", "code"), [([], "RS1401"), (["10.0.0.9"], "RS1402"), (None, "RS1403")])
def test_the_internal_record_is_asked_at_the_relay_s_own_resolver(
    values: list[str] | None, code: str, settings: Any
) -> None:
    settings.RELAY_ALLOWED_NETWORKS = ["10.0.0.0/24"]
    relay = rows.relay(resolver="10.0.0.1")
    ask(relay, ProbeKind.NAMES)

    work_off(around(ask=dns(A=values, TXT=["v=spf1 ip4:203.0.113.5 -all"])))

    assert code in rows.page(relay)


def test_a_resolver_outside_the_allowed_networks_is_not_asked(settings: Any) -> None:
    settings.RELAY_ALLOWED_NETWORKS = ["192.168.0.0/24"]
    relay = rows.relay(resolver="10.0.0.1")
    ask(relay, ProbeKind.NAMES)

    work_off(around(ask=dns(A=["10.0.0.9"], TXT=[])))

    assert "RS1403" in rows.page(relay)
    assert "RS1402" not in rows.page(relay)


def test_the_right_internal_record_leaves_nothing_to_say(settings: Any) -> None:
    settings.RELAY_ALLOWED_NETWORKS = ["10.0.0.0/24"]
    relay = rows.relay(resolver="10.0.0.1:53")
    ask(relay, ProbeKind.NAMES)

    work_off(around(ask=dns(A=["10.0.0.5"], TXT=["v=spf1 ip4:203.0.113.5 -all"])))

    assert "RS14" not in rows.page(relay)


@pytest.mark.parametrize(
    ("answer", "listed", "words"),
    [
        ("554 5.7.1 Relay access denied", "no", "Refused for this source"),
        ("250 2.1.5 Ok", "no", "Open relay"),
        ("250 2.1.5 Ok", "yes", "Relays for this source"),
        ("454 4.7.1 Relay access denied", "no", "Inconclusive"),
    ],
)
def test_a_pasted_transcript_is_judged_like_our_own(answer: str, listed: str, words: str) -> None:
    relay = rows.relay()
    client = rows.member_client(relay)

    client.post(
        f"{relay.get_absolute_url()}probes/paste/", {"text": TRANSCRIPT.format(answer=answer), "listed": listed}
    )

    assert words in client.get(relay.get_absolute_url()).content.decode()
    assert "pasted" in client.get(relay.get_absolute_url()).content.decode()


def test_text_in_which_no_server_speaks_is_refused() -> None:
    relay = rows.relay()

    answer = rows.member_client(relay).post(f"{relay.get_absolute_url()}probes/paste/", {"text": "hello"})

    assert answer.status_code == 422
    assert "No server speaks" in answer.content.decode()


def test_the_whole_conversation_is_shown_escaped() -> None:
    relay = rows.relay()
    hostile = TRANSCRIPT.format(answer="554 <script>alert(1)</script>\x1b[31m")
    client = rows.member_client(relay)
    client.post(f"{relay.get_absolute_url()}probes/paste/", {"text": hostile})

    body = client.get(f"{relay.get_absolute_url()}probes/{relay.probes.get().public_id}/").content.decode()

    assert "<script>alert" not in body
    assert "\x1b" not in body
    assert "&lt;script&gt;" in body


def test_a_viewer_cannot_ask_for_a_probe() -> None:
    relay = rows.relay()

    answer = rows.member_client(relay, Role.VIEWER).post(f"{relay.get_absolute_url()}probes/", {"kind": "plain"})

    assert answer.status_code == 404
    assert not relay.probes.exists()


def test_without_allowed_networks_the_page_says_how() -> None:
    assert "RELAY_ALLOWED_NETWORKS" in rows.page(rows.relay())


def test_only_the_newest_probes_are_kept() -> None:
    relay = rows.relay()
    for _ in range(52):
        rows.ended(relay, ended_at=timezone.now())
    client = rows.member_client(relay)

    client.post(f"{relay.get_absolute_url()}probes/paste/", {"text": TRANSCRIPT.format(answer="554 no")})

    assert relay.probes.count() == 50
