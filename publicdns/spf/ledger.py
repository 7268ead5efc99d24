"""What one evaluation may still ask, and what it has found nothing with (RFC 7208 §4.6.4)."""

from __future__ import annotations

from dataclasses import dataclass, field

from publicdns.answers import Answer, Lookup
from publicdns.printable import printable
from publicdns.spf.addresses import Address, address_of
from publicdns.spf.aliases import ask_through
from publicdns.spf.cache import SharedAnswers
from publicdns.spf.result import Code, Limits, why_failed

ADDRESS_TYPE = {4: "A", 6: "AAAA"}


class HaltError(Exception):
    """The evaluation ends here, whatever includes it (RFC 7208 §4.6.2)."""

    def __init__(self, code: Code, why: str) -> None:
        super().__init__(why)
        self.code = code
        self.why = why


@dataclass(slots=True, eq=False, kw_only=True)
class Ledger:
    """The questions of one evaluation. ``now`` is seconds of the cache's clock; ``lookups`` are terms that asked."""

    ip: Address
    lookup: Lookup
    now: float
    limits: Limits
    cache: SharedAnswers
    lookups: int = 0
    voids: int = 0
    asked: int = 0
    _pointers: tuple[str, ...] | None = None
    _confirmed: dict[str, bool] = field(default_factory=dict)

    def count(self, text: str) -> None:
        """One more term that asks; ``text`` is the term."""
        if self.lookups >= self.limits.terms:
            why = f"{text} would be lookup {self.lookups + 1}; {self.limits.terms} are allowed (RFC 7208 §4.6.4)"
            raise HaltError(Code.PERMERROR, why)
        self.lookups += 1

    def count_void(self, answer: Answer) -> None:
        """Count ``answer`` where it finds nothing."""
        if answer.failed or answer.records:
            return
        self.voids += 1
        if self.voids > self.limits.voids:
            what = f"{printable(answer.question.name, 80)} is lookup {self.voids} that finds nothing"
            raise HaltError(Code.PERMERROR, f"{what}; {self.limits.voids} are allowed (RFC 7208 §4.6.4)")

    def sure(self, answer: Answer) -> None:
        """Go on only with an answer that is evidence (RFC 7208 §5), and count it where it finds nothing."""
        if answer.failed:
            asked = f"{answer.question.rdtype} of {printable(answer.question.name, 80)}"
            raise HaltError(Code.TEMPERROR, f"{asked} could not be asked for ({why_failed(answer)})")
        self.count_void(answer)

    def granted(self) -> int:
        """How many questions may still be asked."""
        return max(0, self.limits.questions - self.asked)

    def used_up(self) -> HaltError:
        """The end of an evaluation that asks too much: nobody knows what it would have come to."""
        return HaltError(Code.TEMPERROR, f"the {self.limits.questions} questions granted for this are used up")

    async def ask(self, name: str, rdtype: str, *, shared: bool) -> Answer:
        """The answer, from the cache where it holds; ``shared`` ones are remembered for other evaluations."""
        held = self.cache.held(name, rdtype, self.now)
        if held is not None:
            return held
        if not self.granted():
            raise self.used_up()
        self.asked += 1
        answer = await ask_through(self.lookup, name, rdtype)
        if shared:
            self.cache.keep(answer, self.now)
        return answer

    async def pointer_names(self, *, counted: bool) -> tuple[str, ...]:
        """The first ten names the client's address points to."""
        if self._pointers is None:
            answer = await self.ask(self.ip.reverse, "PTR", shared=False)
            self._pointers = tuple(record.value for record in answer.records)[: self.limits.names]
            if counted:
                self.count_void(answer)
        return self._pointers

    async def is_confirmed(self, name: str) -> bool:
        """Whether ``name`` leads back to the client. Never void: it is the client's name, not the domain's."""
        if name not in self._confirmed:
            answer = await self.ask(name, ADDRESS_TYPE[self.ip.version], shared=False)
            self._confirmed[name] = self.ip in [address_of(record.value) for record in answer.records]
        return self._confirmed[name]
