"""What thousands of evaluations share: the answers for includes until their TTL ends, and records already parsed."""

from __future__ import annotations

from dataclasses import dataclass, field

from publicdns.answers import Answer, Reason
from publicdns.spf.record import is_spf, parse
from publicdns.spf.terms import SpfRecord

_PLAIN = 16_384  # octets up to which an answer is read before anybody needs what it says
_OVERHEAD = 400  # octets an entry costs beside its texts, roughly
_PER_CHARACTER = 12  # octets a parsed record costs per character of its text, roughly


@dataclass(slots=True, eq=False)
class SharedAnswers:
    """A bounded cache; the oldest go first. ``now`` is seconds of one clock, the caller's.

    ``longest`` seconds bound a TTL. A failure is kept ``failed`` seconds (RFC 9520 §3.2), so that a dead provider does
    not cost every domain its own timeout; running out of a budget says nothing about the provider and is not kept.
    """

    room: int = 64_000_000  # octets, roughly, for answers; a quarter as much for parsed records
    longest: float = 3600.0
    failed: float = 5.0
    _answers: dict[tuple[str, str], tuple[float, Answer, SpfRecord | None]] = field(default_factory=dict)
    _answers_size: int = 0
    _records: dict[str, SpfRecord] = field(default_factory=dict)
    _records_size: int = 0

    def held(self, name: str, rdtype: str, now: float) -> Answer | None:
        """The answer that still holds at ``now``."""
        held = self._answers.get((name, rdtype))
        return held[1] if held is not None and held[0] > now else None

    def policy(self, name: str, now: float) -> SpfRecord | None:
        """The one valid record at ``name``, where its answer still holds; None sends the caller the long way."""
        held = self._answers.get((name, "TXT"))
        return held[2] if held is not None and held[0] > now else None

    def keep(self, answer: Answer, now: float) -> None:
        """Remember ``answer`` for as long as it may be."""
        seconds = self._lifetime(answer)
        if seconds <= 0:
            return
        key = (answer.question.name, answer.question.rdtype)
        self._forget(key)
        is_plain = answer.question.rdtype == "TXT" and _size(answer) <= _PLAIN
        records = self.records(answer) if is_plain else ()
        policy = records[0] if len(records) == 1 and not records[0].mistakes else None
        self._answers[key] = (now + seconds, answer, policy)
        self._answers_size += _size(answer)
        while self._answers_size > self.room:
            self._forget(next(iter(self._answers)))

    def records(self, answer: Answer) -> tuple[SpfRecord, ...]:
        """The SPF records among the TXT values of ``answer``, parsed; each text only once (RFC 7208 §4.5)."""
        return tuple([self._parsed(record.value) for record in answer.records if is_spf(record.value)])

    def _parsed(self, text: str) -> SpfRecord:
        record = self._records.get(text)
        if record is None:
            record = self._records[text] = parse(text)
            self._records_size += _OVERHEAD + _PER_CHARACTER * len(text)
            while self._records_size > self.room // 4:
                oldest = next(iter(self._records))
                del self._records[oldest]
                self._records_size -= _OVERHEAD + _PER_CHARACTER * len(oldest)
        return record

    def _lifetime(self, answer: Answer) -> float:
        if answer.failed:
            return 0.0 if answer.reason is Reason.BUDGET else self.failed
        ttls = [record.ttl for record in (*answer.records, *answer.aliases)]
        if not answer.records:
            ttls.append(answer.negative_ttl or 0)  # without an SOA it is not cached (RFC 2308 §5)
        return min(*ttls, self.longest) if ttls else 0.0

    def _forget(self, key: tuple[str, str]) -> None:
        held = self._answers.pop(key, None)
        if held is not None:
            self._answers_size -= _size(held[1])


def _size(answer: Answer) -> int:
    return _OVERHEAD + sum(len(record.value) + 100 for record in answer.records)
