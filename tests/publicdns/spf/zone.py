"""A Lookup out of a dictionary: ``{"contoso.test TXT": "v=spf1 -all"}``; a Reason instead of values is a failure."""

from __future__ import annotations

from publicdns.answers import Answer, Outcome, Question, Reason, Record, Server

Values = str | list[str] | Reason
SERVER = Server("192.0.2.53", recursive=True)


class Zone:
    """Answers at once, and remembers what it was asked."""

    def __init__(self, records: dict[str, Values], ttl: int = 60) -> None:
        self.records = records
        self.ttl = ttl
        self.asked: list[str] = []

    async def __call__(self, name: str, rdtype: str, server: Server | None = None) -> Answer:
        self.asked.append(f"{name} {rdtype}")
        question = Question(name, rdtype)
        values = self.records.get(f"{name} {rdtype}")
        if isinstance(values, Reason):
            return Answer(question, SERVER, Outcome.FAILED, values)
        if values is None:
            known = any(key.startswith(f"{name} ") for key in self.records)
            return Answer(question, SERVER, Outcome.EMPTY if known else Outcome.NXDOMAIN, negative_ttl=self.ttl)
        listed = [values] if isinstance(values, str) else values
        records = tuple(Record(rdtype, value, self.ttl) for value in listed)
        return Answer(question, SERVER, Outcome.FOUND, records=records)
