"""Before and after, and what it means: each row one pair that somebody has seen, or will."""

from __future__ import annotations

from dataclasses import replace

import pytest

from publicdns.flow import Flow, Part, Shown
from publicdns.movement import State, movement

NAME = "contoso.test"
OWN, OWN2 = "10 mail.contoso.test", "20 backup.contoso.test"
MS = "0 contoso-test.mail.protection.outlook.com"
MS_NEW = "0 contoso-test.o-v1.mx.microsoft"
GOOGLE, GOOGLE2 = "1 aspmx.l.google.com", "5 alt1.aspmx.l.google.com"
MIMECAST, MIMECAST2 = "10 eu-smtp-inbound-1.mimecast.com", "10 eu-smtp-inbound-2.mimecast.com"
PROOFPOINT = "10 mx0a-0001.pphosted.com"
SPF_OLD = "v=spf1 mx ip4:192.0.2.0/24 -all"
SPF_MS = "v=spf1 include:spf.protection.outlook.com -all"
SPF_BOTH = "v=spf1 mx ip4:192.0.2.0/24 include:spf.protection.outlook.com -all"
AUTO_OLD, AUTO_MS = "mail.contoso.test", "autodiscover.outlook.com"
NS, NS_SAME, NS_OTHER = ("ns1.old-dns.test", "ns2.old-dns.test"), ("ns3.old-dns.test",), ("a.new-dns.test",)


def proof(preference: int) -> str:
    return f"{preference} ms12345678.msv1.invalid"


def flow(mx: object = OWN, spf: object = SPF_OLD, auto: object = AUTO_OLD, ns: object = NS) -> Flow:
    """What each part shows: one value, several, () for proven absent, None for unknown."""
    given = {Part.MX: mx, Part.SPF: spf, Part.AUTODISCOVER: auto, Part.NS: ns}
    known = {part: (value,) if isinstance(value, str) else value for part, value in given.items() if value is not None}
    return Flow({part: Shown(tuple(sorted(values)), 3600) for part, values in known.items()})  # type: ignore[call-overload]


A = flow()
MOVED, PARTLY, BROKEN, PREPARED, HARMLESS, GATEWAY = (
    State.MOVED,
    State.PARTLY,
    State.BROKEN,
    State.PREPARED,
    State.HARMLESS,
    State.GATEWAY,
)

PAIRS: dict[str, tuple[Flow, Flow, str, State, bool]] = {
    # moved
    "MX replaced by Microsoft's": (A, flow(MS), "mx-moved", MOVED, True),
    "MX replaced by Microsoft's new form": (A, flow(MS_NEW), "mx-moved", MOVED, True),
    "Microsoft first, old one kept behind": (A, flow((MS, OWN)), "mx-moved", MOVED, True),
    "from Google to Microsoft": (flow(GOOGLE), flow(MS), "mx-moved", MOVED, True),
    "from a gateway to Microsoft": (flow(MIMECAST), flow(MS), "mx-moved", MOVED, True),
    "no MX before, Microsoft now": (flow(()), flow(MS), "mx-moved", MOVED, True),
    "null MX before, Microsoft now": (flow("0 ."), flow(MS), "mx-moved", MOVED, True),
    "MX and SPF both as the wizard prints": (A, flow(MS, SPF_MS), "mx-moved", MOVED, True),
    "capitals in the host": (A, flow("0 Contoso-Test.Mail.Protection.Outlook.Com"), "mx-moved", MOVED, True),
    "GCC High": (A, flow("0 contoso.mail.protection.office365.us"), "mx-moved", MOVED, True),
    "to another provider": (A, flow(GOOGLE), "mx-elsewhere", MOVED, True),
    "to a host nobody knows": (A, flow("10 mx.stranger.example"), "mx-elsewhere", MOVED, True),
    "back out of Microsoft": (flow(MS), A, "mx-elsewhere", MOVED, True),
    "from one stranger to another": (flow("10 a.one.example"), flow("10 b.two.example"), "mx-elsewhere", MOVED, True),
    "a name that only looks like Microsoft's": (
        A,
        flow("0 mail.protection.outlook.com.evil.example"),
        "mx-elsewhere",
        MOVED,
        True,
    ),
    # partly
    "Microsoft and the old one at equal preference": (
        A,
        flow(("10 mail.contoso.test", MS.replace("0 ", "10 ", 1))),
        "mx-split",
        PARTLY,
        True,
    ),
    "Microsoft behind the old one": (A, flow((OWN, MS.replace("0 ", "20 ", 1))), "mx-fallback", PARTLY, True),
    "Microsoft behind a gateway": (
        flow(MIMECAST),
        flow((MIMECAST, MS.replace("0 ", "50 ", 1))),
        "mx-fallback",
        PARTLY,
        True,
    ),
    "a stranger behind the old one": (A, flow((OWN, "20 mx.stranger.example")), "mx-new-fallback", PARTLY, True),
    "autodiscover alone": (A, flow(auto=AUTO_MS), "autodiscover-moved", PARTLY, True),
    "autodiscover appears at Microsoft": (flow(auto=()), flow(auto=AUTO_MS), "autodiscover-moved", PARTLY, True),
    "autodiscover to a stranger": (A, flow(auto="cloud.stranger.example"), "autodiscover-elsewhere", PARTLY, True),
    "one of two old senders dropped": (
        A,
        flow(spf="v=spf1 mx include:spf.protection.outlook.com -all"),
        "spf-sender-removed",
        PARTLY,
        True,
    ),
    # broken
    "MX gone": (A, flow(()), "mx-gone", BROKEN, True),
    "null MX": (A, flow("0 ."), "mx-null", BROKEN, True),
    "the proof MX comes first": (A, flow((proof(0), OWN)), "mx-proof-first", BROKEN, True),
    "the proof MX alone": (A, flow(proof(10)), "mx-proof-first", BROKEN, True),
    "Microsoft's MX has no address": (
        A,
        replace(flow(MS), dead_hosts=frozenset({MS.split()[1]})),
        "mx-unresolvable",
        BROKEN,
        True,
    ),
    "SPF names Microsoft only": (A, flow(spf=SPF_MS), "spf-only-microsoft", BROKEN, True),
    "SPF hands all over to Microsoft": (
        A,
        flow(spf="v=spf1 redirect=spf.protection.outlook.com"),
        "spf-only-microsoft",
        BROKEN,
        True,
    ),
    "no SPF before, Microsoft only now": (flow(spf=()), flow(spf=SPF_MS), "spf-only-microsoft", BROKEN, True),
    "the only old sender dropped, another came": (
        flow(spf="v=spf1 mx -all"),
        flow(spf="v=spf1 ip4:198.51.100.1 -all"),
        "spf-sender-removed",
        BROKEN,
        True,
    ),
    "two SPF records": (A, flow(spf=(SPF_OLD, SPF_MS)), "spf-two", BROKEN, True),
    "SPF that cannot be read": (A, flow(spf="v=spf1 mx ipv4:192.0.2.1 -all"), "spf-broken", BROKEN, True),
    "SPF gone": (A, flow(spf=()), "spf-gone", BROKEN, True),
    "autodiscover gone": (A, flow(auto=()), "autodiscover-gone", BROKEN, True),
    "all gone with the zone": (A, flow((), (), (), ()), "mx-gone", BROKEN, True),
    "the delegation is empty": (A, flow(ns=()), "ns-gone", BROKEN, True),
    # gateway: nobody can tell
    "a gateway was put in front": (A, flow(MIMECAST), "mx-to-gateway", GATEWAY, True),
    "from one gateway to another": (flow(MIMECAST), flow(PROOFPOINT), "mx-to-gateway", GATEWAY, True),
    "a gateway as before": (flow(MIMECAST), flow(MIMECAST), "mx-gateway", GATEWAY, False),
    "another gateway as before": (flow(PROOFPOINT), flow(PROOFPOINT), "mx-gateway", GATEWAY, False),
    # prepared
    "Microsoft added beside the old senders": (A, flow(spf=SPF_BOTH), "spf-prepared", PREPARED, False),
    "Microsoft added, softly": (
        A,
        flow(spf=SPF_BOTH.replace("-all", "~all")),
        "spf-prepared",
        PREPARED,
        False,
    ),
    "no SPF before, both now": (flow(spf=()), flow(spf=SPF_BOTH), "spf-prepared", PREPARED, False),
    "autodiscover follows a move that is the baseline": (
        flow(MS, SPF_BOTH),
        flow(MS, SPF_BOTH, AUTO_MS),
        "autodiscover-followed",
        PREPARED,
        False,
    ),
    # harmless
    "backup removed": (flow((OWN, OWN2)), A, "mx-fallback-removed", HARMLESS, False),
    "own backup added": (A, flow((OWN, OWN2)), "mx-same-provider", HARMLESS, False),
    "own host renamed": (A, flow("10 mx1.contoso.test"), "mx-same-provider", HARMLESS, False),
    "preferences renumbered": (
        flow((OWN, OWN2)),
        flow(("1 mail.contoso.test", "2 backup.contoso.test")),
        "mx-reordered",
        HARMLESS,
        False,
    ),
    "Google's hosts changed": (flow((GOOGLE, GOOGLE2)), flow("1 smtp.google.com"), "mx-same-provider", HARMLESS, False),
    "from Microsoft's old form to the new": (flow(MS), flow(MS_NEW), "mx-same-provider", HARMLESS, False),
    "the proof MX comes last": (A, flow((OWN, proof(32767))), "mx-proof", HARMLESS, False),
    "a gateway's second host": (flow(MIMECAST), flow((MIMECAST, MIMECAST2)), "mx-same-provider", HARMLESS, False),
    "SPF in another order": (A, flow(spf="v=spf1 ip4:192.0.2.0/24 mx -all"), "spf-rewritten", HARMLESS, False),
    "SPF in capitals and with spaces": (
        A,
        flow(spf="V=spf1  MX IP4:192.0.2.0/24  -ALL"),
        "spf-rewritten",
        HARMLESS,
        False,
    ),
    "SPF range written with host bits": (
        A,
        flow(spf="v=spf1 mx ip4:192.0.2.7/24 -all"),
        "spf-rewritten",
        HARMLESS,
        False,
    ),
    "SPF with an explicit plus": (A, flow(spf="v=spf1 +mx +ip4:192.0.2.0/24 -all"), "spf-rewritten", HARMLESS, False),
    "SPF softened": (A, flow(spf="v=spf1 mx ip4:192.0.2.0/24 ~all"), "spf-ending", HARMLESS, False),
    "a newsletter service added": (
        A,
        flow(spf="v=spf1 mx ip4:192.0.2.0/24 include:servers.mcsv.net -all"),
        "spf-sender-added",
        HARMLESS,
        False,
    ),
    "Microsoft taken out of a prepared record": (flow(spf=SPF_BOTH), A, "spf-sender-dropped", HARMLESS, False),
    "another server of the same DNS provider": (A, flow(ns=NS_SAME), "ns-same-provider", HARMLESS, False),
    "another DNS provider": (A, flow(ns=NS_OTHER), "ns-changed", HARMLESS, False),
    "autodiscover appears on premises": (flow(auto=()), A, "autodiscover-new", HARMLESS, False),
}


@pytest.mark.parametrize("name", PAIRS)
def test_each_pair_is_judged_as_the_table_says(name: str) -> None:
    before, after, code, state, alarm = PAIRS[name]

    found = movement(before, after, NAME)

    worst = next(shift for shift in found if shift.code == code)
    assert (worst.state, worst.alarm) == (state, alarm)
    assert any(shift.alarm for shift in found) is alarm


@pytest.mark.parametrize("name", PAIRS)
def test_what_leads_is_the_gravest(name: str) -> None:
    before, after, code, _, alarm = PAIRS[name]

    found = movement(before, after, NAME)

    assert not alarm or found[0].alarm
    assert code in [shift.code for shift in found]


def test_the_table_has_at_least_sixty_pairs_and_every_state() -> None:
    assert len(PAIRS) >= 60
    assert {state for *_, state, _ in PAIRS.values()} == set(State)


@pytest.mark.parametrize("part", ["mx", "spf", "auto", "ns"])
def test_what_is_unknown_on_either_side_is_no_change(part: str) -> None:
    unknown = flow(**{part: None})

    assert movement(A, unknown, NAME) == movement(unknown, A, NAME) == ()


def test_nothing_changed_is_nothing() -> None:
    assert movement(A, flow(), NAME) == ()


def test_mail_at_microsoft_without_its_spf_is_a_second_alarm() -> None:
    codes = {shift.code: shift.alarm for shift in movement(A, flow(MS), NAME)}

    assert codes == {"mx-moved": True, "spf-lacks-microsoft": True}


@pytest.mark.parametrize("spf", ["v=spf1 include:_spf.contoso.test -all", "v=spf1 redirect=_spf.contoso.test"])
def test_an_spf_record_that_hands_over_to_another_is_no_alarm(spf: str) -> None:
    codes = {shift.code for shift in movement(flow(spf=spf), flow(MS, spf), NAME)}

    assert codes == {"mx-moved"}


def test_a_move_of_mx_and_autodiscover_together_is_told_as_the_move() -> None:
    found = movement(A, flow(MS, SPF_BOTH, AUTO_MS), NAME)

    assert [shift.code for shift in found if shift.alarm] == ["mx-moved"]


def test_old_senders_may_go_once_mail_has_moved() -> None:
    at_microsoft = flow(MS, SPF_BOTH)

    assert not [shift for shift in movement(at_microsoft, flow(MS, SPF_MS), NAME) if shift.alarm]
