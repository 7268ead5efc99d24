"""What one name server shows, for judging one expected record."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from publicdns.answers import Answer, Verdict
from publicdns.expectations.clouds import CLOUDS, Cloud
from publicdns.expectations.judgement import Judgement
from publicdns.printable import joined, printable


@dataclass(frozen=True, slots=True)
class Sight:
    """One name server's answer, and what else it said about the same name. No answer here has failed."""

    domain: str
    cloud: Cloud
    answer: Answer
    address: Answer | None = None
    service: Answer | None = None

    @property
    def values(self) -> tuple[str, ...]:
        """What is published."""
        return self.answer.values

    def judged(self, printed: Verdict | None, works: Verdict, code: str, **facts: str) -> Judgement:
        """A judgement about what is published here."""
        return Judgement(printed, works, code, facts, self.values)

    def good(self, code: str = "exact", **facts: str) -> Judgement:
        """As printed, and it works."""
        return self.judged(Verdict.PRESENT, Verdict.PRESENT, code, **facts)

    def tolerable(self, code: str, **facts: str) -> Judgement:
        """Not as printed, but it works."""
        return self.judged(Verdict.WRONG, Verdict.PRESENT, code, **facts)

    def unclear(self, code: str, **facts: str) -> Judgement:
        """Not as printed; DNS does not tell whether it works."""
        return self.judged(Verdict.WRONG, Verdict.UNKNOWN, code, **facts)

    def bad(self, code: str, **facts: str) -> Judgement:
        """Neither as printed nor working."""
        return self.judged(Verdict.WRONG, Verdict.WRONG, code, **facts)

    def missing(self, code: str = "missing", **facts: str) -> Judgement:
        """Proven not to be there."""
        return self.judged(Verdict.MISSING, Verdict.MISSING, code, **facts)

    def foreign(self, field: str, value: str) -> bool:
        """Whether ``value`` is what another cloud has for ``field`` of CloudValues."""
        own = _all(getattr(CLOUDS[self.cloud], field))
        return value not in own and any(value in _all(getattr(values, field)) for values in CLOUDS.values())


def _all(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return tuple(filter(None, (value,) if isinstance(value, str) else value))


def listed(values: Iterable[str]) -> str:
    """Foreign values for a sentence: bounded, visible."""
    return joined([printable(value, 120) for value in values], most=3)
