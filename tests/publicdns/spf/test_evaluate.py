"""What the conformance table does not say: reasons, paths, sharing. Results themselves are in test_conformance.py."""

from __future__ import annotations

from publicdns.answers import Answer, Outcome, Question, Reason, Record, Server
from publicdns.asking import drive
from publicdns.spf.addresses import Address
from publicdns.spf.cache import SharedAnswers
from publicdns.spf.evaluate import check_host
from publicdns.spf.result import Code, Limits, Result
from tests.publicdns.spf.zone import SERVER, Zone

IP = Address.parse("203.0.113.9")


def evaluated(
    zone: Zone, domain: str = "contoso.test", *, now: float = 0.0, cache: SharedAnswers | None = None
) -> Result:
    return drive(check_host(IP, domain, f"user@{domain}", "mail.test", zone, now=now, cache=cache))


def test_the_path_names_the_term_that_decided_and_where_it_is() -> None:
    zone = Zone(
        {
            "contoso.test TXT": "v=spf1 include:spf.example.net -all",
            "spf.example.net TXT": "v=spf1 redirect=ranges.example.net",
            "ranges.example.net TXT": "v=spf1 ip4:203.0.113.0/24",
        }
    )

    result = evaluated(zone)

    assert result.reason == "ip4:203.0.113.0/24 in redirect=ranges.example.net in include:spf.example.net"
    assert result.path == ("include:spf.example.net", "redirect=ranges.example.net", "ip4:203.0.113.0/24")


def test_a_match_after_an_include_is_not_said_to_be_inside_it() -> None:
    zone = Zone(
        {
            "contoso.test TXT": "v=spf1 include:spf.example.net ip4:203.0.113.9 -all",
            "spf.example.net TXT": "v=spf1 redirect=ranges.example.net",
            "ranges.example.net TXT": "v=spf1 ?all",
        }
    )

    assert evaluated(zone).path == ("ip4:203.0.113.9",)


def test_an_error_says_where_it_happened() -> None:
    zone = Zone(
        {"contoso.test TXT": "v=spf1 include:i.test -all", "i.test TXT": "v=spf1 a:h.test", "h.test A": Reason.TIMEOUT}
    )

    result = evaluated(zone)

    assert result.code is Code.TEMPERROR
    assert result.reason == "A of h.test could not be asked for (no answer in time) in include:i.test"


def test_a_timeout_is_never_a_verdict_about_the_record() -> None:
    for reason in Reason:
        if reason is not Reason.NONE:
            assert evaluated(Zone({"contoso.test TXT": reason})).code is Code.TEMPERROR


def test_a_hostile_term_is_printable_in_the_reason() -> None:
    result = evaluated(Zone({"contoso.test TXT": "v=spf1 \x1b[31mred\u0085"}))

    assert result.code is Code.PERMERROR
    assert result.reason.isprintable()


def test_includes_are_shared_between_domains_until_their_ttl_ends() -> None:
    zone = Zone(
        {
            "one.test TXT": "v=spf1 include:shared.test -all",
            "two.test TXT": "v=spf1 include:shared.test -all",
            "shared.test TXT": "v=spf1 ip4:203.0.113.0/24",
        },
        ttl=60,
    )
    cache = SharedAnswers()

    for now, domain in ((0.0, "one.test"), (59.0, "two.test"), (61.0, "one.test")):
        assert evaluated(zone, domain, now=now, cache=cache).code is Code.PASS

    assert zone.asked == ["one.test TXT", "shared.test TXT", "two.test TXT", "one.test TXT", "shared.test TXT"]


def test_many_mails_of_one_domain_ask_for_its_record_once_in_its_ttl() -> None:
    zone, cache = Zone({"contoso.test TXT": "v=spf1 -all"}, ttl=60), SharedAnswers()

    for now in (0.0, 30.0, 59.0, 61.0):
        assert evaluated(zone, now=now, cache=cache).code is Code.FAIL

    assert zone.asked == ["contoso.test TXT"] * 2


def test_an_answer_at_hand_is_not_asked_for_again() -> None:
    zone = Zone({})
    answer = Answer(Question("contoso.test", "TXT"), SERVER, Outcome.FOUND, records=(Record("TXT", "v=spf1 +all", 60),))

    result = drive(check_host(IP, "contoso.test", "u@contoso.test", "h.test", zone, now=0.0, answer=answer))

    assert (result.code, result.questions, zone.asked) == (Code.PASS, 0, [])


def test_names_made_of_macros_do_not_fill_the_shared_cache() -> None:
    zone = Zone({"contoso.test TXT": "v=spf1 exists:%{i}.list.test -all", "203.0.113.9.list.test A": "127.0.0.2"})
    cache = SharedAnswers()

    evaluated(zone, cache=cache)

    assert cache.held("203.0.113.9.list.test", "A", 1.0) is None


def test_the_questions_of_one_evaluation_are_bounded() -> None:
    hosts = {f"m{n}.test MX": [f"{h} h{n}-{h}.test" for h in range(10)] for n in range(10)}
    addresses: dict[str, str | list[str] | Reason] = {
        f"h{n}-{h}.test A": "198.51.100.1" for n in range(10) for h in range(10)
    }
    record = "v=spf1 " + " ".join(f"mx:m{n}.test" for n in range(10)) + " -all"
    zone = Zone({"contoso.test TXT": record, **hosts, **addresses})

    result = evaluated(zone)

    assert result.code is Code.TEMPERROR
    assert "60 questions" in result.reason
    assert len(zone.asked) <= 60


def test_the_limit_of_questions_is_the_callers() -> None:
    zone = Zone({"contoso.test TXT": "v=spf1 a:x.test -all", "x.test A": "203.0.113.9"})
    limits = Limits(questions=1)

    result = drive(check_host(IP, "contoso.test", "u@contoso.test", "h.test", zone, now=0.0, limits=limits))

    assert result.code is Code.TEMPERROR


def test_an_answer_that_stops_at_an_alias_is_followed() -> None:
    class Forwarder(Zone):
        async def __call__(self, name: str, rdtype: str, server: Server | None = None) -> Answer:
            if name == "alias.test":
                alias = Record("CNAME", "target.test", 60, owner=name)
                return Answer(Question(name, rdtype), SERVER, Outcome.EMPTY, aliases=(alias,))
            return await super().__call__(name, rdtype, server)

    zone = Forwarder({"contoso.test TXT": "v=spf1 a:alias.test -all", "target.test A": "203.0.113.9"})

    assert evaluated(zone).code is Code.PASS
