"""What does not stay as it is: records that come and go, values that change, mail that moves."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from demo.stories.steps import Change, Step, mending, records, servers, texts
from demo.world import Domain

LONG = 240.0  # seconds: longer than the proof of an absence takes in the demo
# Seconds: each longer than it takes to see and believe a change of a domain that waits, which is looked at ever slower.
FLIPS = (0.0, 40.0, 80.0, 125.0, 180.0, 240.0, 310.0, 390.0)
SHORT = 10.0  # seconds: as long as what is seen must last before it is believed, so that a second look differs


def flaps(domain: Domain) -> Iterator[Step]:
    """There, gone, there, gone: too short each time to be believed, until it stays."""
    for turn in range(6):
        here = turn % 2 == 0
        sentence = f"The record of {domain.name} {'comes' if here else 'goes again'}: it flaps."
        yield Step(domain.begins + turn * SHORT, sentence, texts(domain, *([domain.token] if here else [])))
    yield mending(domain, domain.begins + 8 * SHORT, f"The record of {domain.name} comes back, and stays.")


def servers_differ(domain: Domain) -> Iterator[Step]:
    """One name server gives the right value, the others an old one."""
    yield Step(domain.begins - 1, "", texts(domain, "MS=ms31415926"))
    name, address = servers(domain)[0]
    yield Step(
        domain.begins,
        f"{name} has the right value for {domain.name}, the others an old one.",
        texts(domain, domain.token, at=address),
    )
    yield mending(domain, domain.begins + 45, f"All name servers of {domain.name} get the right value.")


def mail_moves_early(domain: Domain) -> Iterator[Step]:
    """The record appears; then somebody publishes Microsoft's MX long before the planned day, and takes it back."""
    yield mending(domain, domain.begins - 40, f"The record of {domain.name} appears.")
    yield Step(
        domain.begins,
        f"Somebody points the MX of {domain.name} at Microsoft 365: mail moves early.",
        _mail(domain, True),
    )
    yield Step(domain.begins + 120, f"The MX of {domain.name} is put back.", _mail(domain, False))


def mail_flaps(domain: Domain) -> Iterator[Step]:
    """The MX goes to Microsoft 365 and comes back, each time long enough to be believed: after four mails one more
    says that it flaps, and then there is silence."""
    for turn, after in enumerate(FLIPS):
        there = turn % 2 == 0
        where = "to Microsoft 365" if there else "back to the old server"
        yield Step(domain.begins + after, f"The MX of {domain.name} flaps {where}.", _mail(domain, there))


def mail_wanders(domain: Domain) -> Iterator[Step]:
    """The MX goes to Microsoft 365 and comes back, for ever."""
    for turn in count():
        there = turn % 2 == 0
        where = "to Microsoft 365" if there else "back to the old server"
        yield Step(domain.begins + turn * LONG, f"The MX of {domain.name} moves {where}.", _mail(domain, there))


def comes_and_goes(domain: Domain) -> Iterator[Step]:
    """The record is there for minutes, and gone for minutes, for ever."""
    for turn in count():
        here = turn % 2 == 0
        sentence = f"The record of {domain.name} {'appears' if here else 'is taken away'}."
        yield Step(domain.begins + turn * LONG, sentence, texts(domain, *([domain.token] if here else [])))


def value_changes(domain: Domain) -> Iterator[Step]:
    """Right for minutes, wrong for minutes, for ever."""
    for turn in count():
        right = turn % 2 == 0
        sentence = f"The record of {domain.name} gets {'the right' if right else 'another'} value."
        yield Step(domain.begins + turn * LONG, sentence, texts(domain, domain.token if right else "MS=ms27182818"))


def _mail(domain: Domain, moved: bool) -> Change:
    microsoft = f"0 {domain.ascii.replace('-', '').replace('.', '-')}.mail.protection.outlook.com."
    return records(domain.ascii, "MX", microsoft if moved else f"10 mail.{domain.ascii}.")
