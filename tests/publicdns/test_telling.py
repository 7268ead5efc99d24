from __future__ import annotations

import json
import re
from dataclasses import fields, replace
from pathlib import Path

import pytest

from publicdns.answers import Answer, Reason, Record, Server, Verdict
from publicdns.delegation import Delegation, NameServer
from publicdns.mailflow import MailFlow, MailHost
from publicdns.picture import Picture, Subject
from publicdns.propagation import Progress, Propagation, Stance
from publicdns.sentences import duration, headline
from publicdns.telling import as_json, lines
from tests.publicdns.world import TOKEN, Host, World

APEX = ("contoso.com", "TXT")
LOOK_PAGE = (Path(__file__).parents[2] / "docs" / "look.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("world", "words"),
    [
        (World(records={APEX: [TOKEN]}), "Seen everywhere: at 2 name servers and in public."),
        (World(), "Waiting: none of the 2 name servers has the record yet."),
        (
            World(hosts={"ns1.dns.example": Host("192.0.2.1")}),
            "Waiting: the name server has no such record yet.",
        ),
        (World(records={APEX: ["MS=ms87654321"]}), "Wrong: another value is published than the one expected."),
        (
            World(hosts={"a.example": Host("192.0.2.1", {APEX: [TOKEN]}), "b.example": Host("192.0.2.2")}),
            "Not yet: 1 of 2 name servers has the record.",
        ),
        (
            World(records={APEX: [TOKEN]}, stale={APEX: []}),
            "Nearly: all name servers have the record, 3 of 3 public resolvers not yet.",
        ),
        (
            World(records={APEX: [TOKEN]}, resolvers_fail=dict.fromkeys(("1.1.1.1", "8.8.8.8"), Reason.TIMEOUT)),
            "Not certain yet: the name servers have the record, too few public resolvers could be asked.",
        ),
        (World(registered=False), "Not there: the domain has no name servers that could have the record."),
        (
            World(resolvers_fail=dict.fromkeys(("", "1.1.1.1", "8.8.8.8", "9.9.9.9"), Reason.TIMEOUT)),
            "Not known: nobody could be asked.",
        ),
    ],
)
def test_the_headline_says_how_far_it_is(world: World, words: str) -> None:
    assert headline(world.look()) == words


def seen(verdict: Verdict, progress: Progress, servers: str, resolvers: str = "", **more: object) -> Propagation:
    """What these vantages, by their stances, amount to."""
    return Propagation(
        verdict,
        progress,
        servers=tuple((f"ns{n}", Stance(word)) for n, word in enumerate(servers.split())),
        resolvers=tuple((f"r{n}", Stance(word)) for n, word in enumerate(resolvers.split())),
        **more,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("propagation", "words"),
    [
        (
            seen(Verdict.PRESENT, Progress.EVERYWHERE, "present present unknown", "present present present"),
            "Seen: at the 2 of 3 name servers that answer, and in public.",
        ),
        (
            seen(Verdict.PRESENT, Progress.EVERYWHERE, "present unknown", "present present present"),
            "Seen: at the 1 of 2 name servers that answers, and in public.",
        ),
        (
            seen(Verdict.PRESENT, Progress.EVERYWHERE, "alias alias", "present present present"),
            "Seen: the name is an alias, and public resolvers find the record where it leads.",
        ),
        (
            seen(Verdict.PRESENT, Progress.EVERYWHERE, "unknown unknown", "present present", weaker=True),
            "Seen: public resolvers have the record.",
        ),
        (
            seen(Verdict.MISSING, Progress.NOWHERE, "unknown unknown", "missing missing missing", weaker=True),
            "Waiting: public resolvers do not have the record, and no name server could be asked.",
        ),
        (
            seen(Verdict.MISSING, Progress.NOWHERE, "missing unknown"),
            "Waiting: 1 of 2 name servers answered, and it does not have the record yet.",
        ),
        (
            seen(Verdict.MISSING, Progress.NOWHERE, "missing missing left-out"),
            "Waiting: 2 of 3 name servers answered, and none of them has the record yet.",
        ),
        (
            seen(Verdict.MISSING, Progress.NOWHERE, "alias alias", "missing missing missing"),
            "Waiting: the name is an alias, and public resolvers do not find the record where it leads.",
        ),
        (
            seen(Verdict.MISSING, Progress.SOME_SERVERS, "present missing unknown"),
            "Not yet: 1 of 3 name servers has the record, 1 could not be asked.",
        ),
        (
            seen(Verdict.MISSING, Progress.ALL_SERVERS, "present present", "present unknown missing"),
            "Nearly: all name servers have the record, 1 of 3 public resolvers not yet, 1 could not be asked.",
        ),
        (
            seen(Verdict.MISSING, Progress.ALL_SERVERS, "present present unknown", "present missing missing"),
            "Nearly: all name servers that answer have the record, 2 of 3 public resolvers not yet.",
        ),
        (
            seen(Verdict.UNKNOWN, Progress.ALL_SERVERS, "alias alias", "unknown unknown", reason="resolvers"),
            "Not certain yet: the name is an alias, and too few public resolvers could be asked where it leads.",
        ),
        (
            seen(Verdict.UNKNOWN, Progress.UNCLEAR, "unknown unknown", "present missing unknown", reason="timeout"),
            "Not known: no name server could be asked, and too few public resolvers say the same.",
        ),
    ],
)
def test_the_headline_tells_who_could_not_be_asked_from_who_does_not_have_it(
    propagation: Propagation, words: str
) -> None:
    assert headline(replace(World().look(), propagation=propagation)) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "0 s"),
        (0, "0 s"),
        (119, "119 s"),
        (120, "2 min"),
        (3600, "60 min"),
        (7200, "2 h"),
        (12000, "3 h 20 min"),
        (200000, "2 days"),
    ],
)
def test_durations_are_said_as_people_say_them(seconds: int, words: str) -> None:
    assert duration(seconds) == words


def test_hostile_values_reach_the_terminal_harmless() -> None:
    picture = World(
        records={APEX: ["\x1b[2Jevil\x07\n<script>"], ("contoso.com", "MX"): ["0 a\\027[2j.example"]}
    ).look()

    assert all(line.isprintable() for line in lines(picture))


def test_colour_is_only_used_when_asked_for() -> None:
    picture = World().look()

    assert "\x1b" not in "".join(lines(picture))
    assert "\x1b[33m" in "".join(lines(picture, colour=True))


def test_findings_come_with_what_to_do() -> None:
    shown = "\n".join(lines(World(records={("contoso.com.contoso.com", "TXT"): [TOKEN]}).look()))

    assert "ERROR DNS101" in shown
    assert "Host @, Value MS=ms12345678" in shown


def test_the_json_has_sentences_beside_the_facts() -> None:
    told = json.loads(json.dumps(as_json(World(records={APEX: ["ms12345678"]}).look())))

    assert (told["version"], told["name"], told["verdict"]) == (1, "contoso.com", "wrong")
    assert told["findings"][0]["code"] == "DNS111"
    assert told["findings"][0]["fix"].startswith("At your DNS provider change the TXT record at host @")


@pytest.mark.parametrize(
    "kind", [Picture, Subject, Delegation, NameServer, Answer, Server, Record, Propagation, MailFlow, MailHost]
)
def test_every_key_of_the_json_is_documented(kind: type) -> None:
    section = LOOK_PAGE.split(f"### {kind.__name__}\n", 1)[1].split("\n#", 1)[0]
    documented = set(re.findall(r"^- `(\w+)`", section, re.MULTILINE))

    assert {field.name for field in fields(kind)} == documented
