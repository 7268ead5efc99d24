"""The mistakes people make with the record, and how they are put right."""

from __future__ import annotations

from collections.abc import Iterator

from demo.planting import quoted
from demo.stories.steps import Step, both, mending, records, texts
from demo.world import Domain

REPAIR = 60.0  # seconds until somebody notices


def wrong_value(domain: Domain) -> Iterator[Step]:
    """The token of another tenant, or of an earlier attempt."""
    yield Step(domain.begins, f"{domain.name} gets a record with the wrong value.", texts(domain, "MS=ms55208010"))
    yield mending(domain, domain.begins + REPAIR, f"The wrong value at {domain.name} is corrected.")


def earlier_value(domain: Domain) -> Iterator[Step]:
    """Removed at Microsoft and added again: the value of the earlier attempt is still there, and proves nothing."""
    yield Step(0, "", texts(domain, domain.earlier))
    yield mending(domain, domain.begins, f"{domain.name} gets the new value in place of the earlier attempt's.")


def no_prefix(domain: Domain) -> Iterator[Step]:
    """The value lacks its ``MS=``."""
    bare = domain.token.removeprefix("MS=")
    yield Step(domain.begins, f"{domain.name} gets the value without its MS= in front.", texts(domain, bare))
    yield mending(domain, domain.begins + REPAIR, f"The value at {domain.name} gets its MS= back.")


def quoted_value(domain: Domain) -> Iterator[Step]:
    """The provider adds quotes itself, and somebody typed them too."""
    yield Step(
        domain.begins, f"{domain.name} gets the value with quotation marks in it.", texts(domain, f'"{domain.token}"')
    )
    yield mending(domain, domain.begins + REPAIR, f"The quotation marks at {domain.name} are taken out.")


def doubled_name(domain: Domain) -> Iterator[Step]:
    """The whole name was typed as host, and the provider appended the zone."""
    yield from _misplaced(domain, f"{domain.ascii}.{domain.zone}", f"{domain.name}.{domain.name}")


def at_www(domain: Domain) -> Iterator[Step]:
    """The record was put on www; the alias there had to go for it."""
    host = f"www.{domain.ascii}"
    yield Step(domain.begins - 1, "", records(host, "CNAME"))
    yield from _misplaced(domain, host, f"www.{domain.name}")


def _misplaced(domain: Domain, host: str, shown: str) -> Iterator[Step]:
    sentence = f"The record of {domain.name} appears in the wrong place: at {shown}."
    yield Step(domain.begins, sentence, records(host, "TXT", quoted(domain.token)))
    right = both(records(host, "TXT"), texts(domain, domain.token))
    yield Step(domain.begins + REPAIR, f"The record of {domain.name} is moved to the right place.", right)


def alias_at_the_top(domain: Domain) -> Iterator[Step]:
    """A CNAME at the domain itself hides every other record there (RFC 1034 §3.6.2)."""
    yield Step(0, "", records(domain.ascii, "CNAME", "northwindtraders.example."))
    right = both(records(domain.ascii, "CNAME"), texts(domain, domain.token))
    yield Step(domain.begins, f"The alias that hides every record of {domain.name} is taken away.", right)
