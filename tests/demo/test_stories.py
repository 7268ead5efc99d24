from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, pairwise

import dns.rcode
import pytest

from demo.nameserver import Fault, Served, Zones, serve
from demo.play import AUTHORITATIVE
from demo.player import Player, steps
from demo.resolver import Resolvers, serve_resolvers
from demo.stories import STORIES, Scenery
from demo.world import DOMAINS, HOSTS, RESOLVERS, ROOT, Domain
from tests.demo.worlds import ask, values

BY_STORY = {domain.story: domain for domain in DOMAINS}


class Stage:
    """A world in which a test says how late it is."""

    def __init__(self) -> None:
        self.now = 0.0
        self.player: Player
        self.names: Served
        self.resolvers: Resolvers

    def at(self, seconds: float) -> None:
        """Let everything happen up to ``seconds`` after the start."""
        self.now = seconds
        self.player.advance(seconds)

    def seen(self, domain: Domain, rdtype: str = "TXT") -> list[list[str]]:
        """Per name server of the domain, what it has; SPF left out."""
        addresses = HOSTS[domain.host].addresses
        return [without_spf(values(ask(self.names, domain.ascii, rdtype, address))) for address in addresses]

    def resolved(self, domain: Domain) -> list[list[str]]:
        """Per resolver, what it says about the TXT records; SPF left out."""
        return [without_spf(values(ask(self.resolvers, domain.ascii, "TXT", at, timeout=3))) for at in RESOLVERS]


def without_spf(found: list[str]) -> list[str]:
    return [value for value in found if "v=spf1" not in value]


@pytest.fixture(scope="module")
def opened() -> Iterator[Stage]:
    stage, zones = Stage(), Zones()
    with (
        serve(zones, AUTHORITATIVE) as stage.names,
        serve_resolvers(zones, RESOLVERS, servers=AUTHORITATIVE, clock=lambda: stage.now) as stage.resolvers,
    ):
        stage.player = Player(Scenery(zones, stage.resolvers))
        yield stage


@pytest.fixture
def stage(opened: Stage) -> Stage:
    opened.now = 0.0
    opened.player.rewind()
    return opened


def right(domain: Domain) -> list[str]:
    return [f'"{domain.token}"']


def test_the_first_visible_change_comes_within_fifteen_seconds() -> None:
    first = next(step for step in steps(DOMAINS) if step.sentence)

    assert first.at <= 10  # and the next look is five seconds away


def test_there_is_always_something_next() -> None:
    moments = [step.at for step in islice((step for step in steps(DOMAINS) if step.sentence), 300)]

    assert moments[-1] > 3600
    assert max(later - earlier for earlier, later in pairwise(moments)) <= 60


@pytest.mark.parametrize("name", sorted(STORIES))
def test_the_moments_of_a_story_never_go_back(name: str) -> None:
    moments = [step.at for step in islice(STORIES[name](BY_STORY[name]), 50)]

    assert moments == sorted(moments)
    assert all(moment >= 0 for moment in moments)


def test_sentences_name_their_domain_and_end_in_a_full_stop() -> None:
    for domain in DOMAINS:
        for step in islice(STORIES[domain.story](domain), 20):
            assert not step.sentence or (domain.name in step.sentence and step.sentence.endswith("."))


def test_a_record_appears_on_one_server_and_then_the_other(stage: Stage) -> None:
    domain = DOMAINS[0]
    seen = []
    for moment in (domain.begins - 1, domain.begins, domain.begins + 8):
        stage.at(moment)
        seen.append(stage.seen(domain))

    assert seen == [[[], []], [right(domain), []], [right(domain), right(domain)]]


def test_a_resolver_that_was_asked_too_early_stays_stale_until_the_negative_ttl_ends(stage: Stage) -> None:
    domain = BY_STORY["two-stale-resolvers"]
    stage.at(domain.begins - 1)
    stage.at(domain.begins)
    early = stage.resolved(domain)
    stage.at(domain.begins + domain.negative)

    assert early == [right(domain), [], []]
    assert stage.resolved(domain) == [right(domain)] * 3


def test_a_lying_resolver_stands_alone(stage: Stage) -> None:
    domain = BY_STORY["resolver-lies"]
    stage.at(domain.begins)

    assert stage.resolved(domain) == [right(domain), ['"MS=ms00000000"'], right(domain)]


@pytest.mark.parametrize("name", ["wrong-value", "no-prefix", "quoted"])
def test_a_wrong_value_is_put_right_a_minute_later(stage: Stage, name: str) -> None:
    domain = BY_STORY[name]
    stage.at(domain.begins)
    wrong = stage.seen(domain)
    stage.at(domain.begins + 60)

    assert all(found and found != right(domain) for found in wrong)
    assert all(found == right(domain) for found in stage.seen(domain))


@pytest.mark.parametrize(("name", "prefix"), [("doubled-name", "{0}.{0}"), ("at-www", "www.{0}")])
def test_a_misplaced_record_is_moved_a_minute_later(stage: Stage, name: str, prefix: str) -> None:
    domain = BY_STORY[name]
    address = HOSTS[domain.host].addresses[0]
    misplaced = prefix.format(domain.ascii)
    stage.at(domain.begins)
    before = values(ask(stage.names, misplaced, "TXT", address)), stage.seen(domain)[0]
    stage.at(domain.begins + 60)

    assert before == (right(domain), [])
    assert (values(ask(stage.names, misplaced, "TXT", address)), stage.seen(domain)[0]) == ([], right(domain))


def test_an_alias_at_the_top_hides_the_record(stage: Stage) -> None:
    domain = BY_STORY["alias-at-the-top"]
    stage.at(0)
    hidden = stage.seen(domain)[0]
    stage.at(domain.begins)

    assert hidden == ["northwindtraders.example."]
    assert stage.seen(domain)[0] == right(domain)


def test_failing_servers_recover(stage: Stage) -> None:
    domain = BY_STORY["servers-fail"]
    address = HOSTS[domain.host].addresses[0]
    stage.at(domain.begins - 1)
    failing = ask(stage.names, domain.ascii, "TXT", address).rcode()
    stage.at(domain.begins)

    assert failing == dns.rcode.SERVFAIL
    assert all(found == right(domain) for found in stage.seen(domain))


def test_failed_validation_is_the_resolvers_trouble_only(stage: Stage) -> None:
    domain = BY_STORY["validation-fails"]
    stage.at(domain.begins - 1)
    early = stage.seen(domain)[0], ask(stage.resolvers, domain.ascii, "TXT").rcode()
    stage.at(domain.begins)

    assert early == (right(domain), dns.rcode.SERVFAIL)
    assert stage.resolved(domain) == [right(domain)] * 3


def test_a_lame_server_learns_its_zone(stage: Stage) -> None:
    domain = BY_STORY["one-lame"]
    stage.at(domain.begins)
    lame = stage.seen(domain)
    stage.at(domain.begins + 45)

    assert (lame, stage.seen(domain)) == ([right(domain), []], [right(domain)] * 2)


def test_a_domain_that_is_not_delegated_is_unknown_to_the_registry(stage: Stage) -> None:
    domain = BY_STORY["not-delegated"]
    stage.at(domain.begins - 1)
    early = ask(stage.names, domain.ascii, "NS", ROOT).rcode()
    stage.at(domain.begins)

    assert early == dns.rcode.NXDOMAIN
    assert ask(stage.names, domain.ascii, "NS", ROOT).authority[0].name.to_text() == f"{domain.ascii}."


def test_many_records_need_tcp(stage: Stage) -> None:
    domain = BY_STORY["many-records"]
    stage.at(domain.begins)

    whole = ask(stage.names, domain.ascii, "TXT", HOSTS[domain.host].addresses[0], tcp=True)

    assert stage.seen(domain)[0] == []
    assert right(domain)[0] in values(whole)


def test_mail_moves_early_and_comes_back(stage: Stage) -> None:
    domain = BY_STORY["mail-moves-early"]
    seen = []
    for moment in (domain.begins - 1, domain.begins, domain.begins + 120):
        stage.at(moment)
        seen.append(stage.seen(domain, "MX")[0])

    old = [f"10 mail.{domain.ascii}."]
    assert seen == [old, ["0 cohowinery-example.mail.protection.outlook.com."], old]


def test_servers_differ_for_a_while(stage: Stage) -> None:
    domain = BY_STORY["servers-differ"]
    stage.at(domain.begins)
    mixed = stage.seen(domain)
    stage.at(domain.begins + 45)

    assert mixed == [right(domain), ['"MS=ms31415926"'], ['"MS=ms31415926"']]
    assert stage.seen(domain) == [right(domain)] * 3


def test_some_domains_never_stop_changing(stage: Stage) -> None:
    stage.at(3600)

    assert stage.player.upcoming() is not None


def test_playing_again_begins_with_the_first_sentence_and_the_old_zones(stage: Stage) -> None:
    first = next(step.sentence for step in steps(DOMAINS) if step.sentence)
    stage.at(500)
    stage.player.scenery.zones.fault(None, None, Fault.REFUSED)
    stage.player.rewind()

    upcoming = stage.player.upcoming()
    assert upcoming
    assert upcoming.sentence == first
    assert stage.seen(DOMAINS[0]) == [[], []]


def test_what_is_next_is_the_next_step_with_a_sentence(stage: Stage) -> None:
    stage.at(40)

    upcoming, last = stage.player.upcoming(), stage.player.last
    assert upcoming
    assert last
    assert (last.at, upcoming.at) == (38, 42)
