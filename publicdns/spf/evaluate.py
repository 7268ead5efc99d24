"""check_host(): what a receiver answers for one message (RFC 7208 §4 to §6)."""

from __future__ import annotations

from dataclasses import dataclass, field

from publicdns.answers import Answer, Lookup, Outcome
from publicdns.asking import gather
from publicdns.printable import printable
from publicdns.spf.addresses import Address, Network, address_of
from publicdns.spf.cache import SharedAnswers
from publicdns.spf.ledger import ADDRESS_TYPE, HaltError, Ledger
from publicdns.spf.macros import MacroError, MacroString, fit, parse_macros
from publicdns.spf.result import Code, Limits, Result, checked_domain, question_name, why_failed
from publicdns.spf.terms import Kind, Mechanism, Modifier, SpfRecord

_LONGEST_REASON = 1000  # characters
_LONGEST_ENVELOPE = 512  # characters of a sender or HELO name that are looked at (RFC 5321 §4.5.3.1)
_QUALIFIED = {"+": Code.PASS, "-": Code.FAIL, "~": Code.SOFTFAIL, "?": Code.NEUTRAL}
_DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class _Decision:
    """What one record came to, with the terms that led there; ``exp=`` is looked for in ``record``."""

    code: Code
    path: tuple[str, ...]
    record: SpfRecord
    domain: str


async def check_host(
    ip: Address,
    domain: str,
    sender: str,
    helo: str,
    lookup: Lookup,
    *,
    now: float,
    receiver: str = "unknown",
    limits: Limits = _DEFAULT_LIMITS,
    cache: SharedAnswers | None = None,
    answer: Answer | None = None,
) -> Result:
    """What a receiver answers to mail from ``ip`` with ``sender`` (``local-part@domain``), judged by ``domain``.

    ``now`` is seconds since the epoch: the cache's clock and the ``t`` macro. ``receiver`` is the ``r`` macro.
    ``cache`` is shared between evaluations. ``answer`` is the TXT answer of ``domain`` itself, where it is at hand.
    Never raises for anything that DNS or a record can hold.
    """
    check = _Check(
        ip=ip,
        lookup=lookup,
        now=now,
        limits=limits,
        cache=cache or SharedAnswers(),
        sender=sender,
        helo=helo,
        receiver=receiver,
    )
    try:
        decision = await check.decide(domain, answer)
    except HaltError as halt:
        return check.result(halt.code, " in ".join((halt.why, *reversed(check.trail))), tuple(check.trail))
    if not decision.path:
        return check.result(decision.code, "nothing matched, and the record has no all")
    explanation = await check.explanation(decision) if decision.code is Code.FAIL else None
    return check.result(decision.code, " in ".join(reversed(decision.path)), decision.path, explanation)


@dataclass(slots=True, eq=False, kw_only=True)
class _Check(Ledger):
    """One evaluation on its way: whose message it is, and the includes it is inside of."""

    sender: str
    helo: str
    receiver: str
    trail: list[str] = field(default_factory=list)

    def result(self, code: Code, reason: str, path: tuple[str, ...] = (), explanation: str | None = None) -> Result:
        return Result(code, reason[:_LONGEST_REASON], path, explanation, self.lookups, self.voids, self.asked)

    async def decide(self, domain: str, answer: Answer | None) -> _Decision:
        name = checked_domain(domain)
        if name is None:
            shown = printable(domain, 80)
            raise HaltError(Code.NONE, f"{shown} is no domain name that mail can come from (RFC 7208 §4.3)")
        if answer is None:
            answer = await self.ask(name, "TXT", shared=True)
        record = self._record(name, answer)
        if record is None:
            what = "does not exist" if answer.outcome is Outcome.NXDOMAIN else "has no SPF record"
            raise HaltError(Code.NONE, f"{printable(name, 300)} {what}")
        return await self._evaluate(record, name)

    def _record(self, domain: str, answer: Answer) -> SpfRecord | None:
        """The one valid record in ``answer``, or None where there is none (RFC 7208 §4.4, §4.5)."""
        shown = printable(domain, 300)
        if answer.failed:
            raise HaltError(Code.TEMPERROR, f"the SPF record of {shown} could not be asked for ({why_failed(answer)})")
        records = self.cache.records(answer)
        if not records:
            return None
        if len(records) > 1:
            raise HaltError(Code.PERMERROR, f"{shown} has {len(records)} SPF records; one is allowed (RFC 7208 §4.5)")
        record = records[0]
        if record.mistakes:
            mistake = record.mistakes[0]
            raise HaltError(Code.PERMERROR, f"{printable(mistake.term, 80)} in the record of {shown}: {mistake.why}")
        return record

    async def _evaluate(self, record: SpfRecord, domain: str) -> _Decision:
        """Left to right, the first match decides (RFC 7208 §4.6.2)."""
        version, value = self.ip.version, self.ip.value
        for term in record.live:
            network = term.network
            if network is not None:
                if network.version != version or value >> network.shift != network.bits:
                    continue
            elif term.kind is Kind.INCLUDE:
                inner = await self._include(term, domain)
                if inner is None:
                    continue
                return _Decision(_QUALIFIED[term.qualifier], inner.path, record, domain)
            elif term.kind is not Kind.ALL and not await self._matches(term, domain):
                continue
            return _Decision(_QUALIFIED[term.qualifier], (*self.trail, term.text), record, domain)
        if record.onward is not None:
            return await self._redirect(record.onward, domain)
        return _Decision(Code.NEUTRAL, (), record, domain)

    async def _include(self, term: Mechanism, domain: str) -> _Decision | None:
        """What the included record came to where that is a pass; None where it does not match (RFC 7208 §5.2)."""
        assert term.target is not None
        target, record = await self._policy(term, term.target, domain)
        depth = len(self.trail)
        self.trail.append(term.text)
        decision = await self._evaluate(record, target)
        del self.trail[depth:]
        return decision if decision.code is Code.PASS else None

    async def _redirect(self, modifier: Modifier, domain: str) -> _Decision:
        """The target's result is the result, its ``exp`` included (RFC 7208 §6.1)."""
        target, record = await self._policy(modifier, modifier.value, domain)
        self.trail.append(modifier.text)
        return await self._evaluate(record, target)

    async def _policy(self, term: Mechanism | Modifier, spec: MacroString, domain: str) -> tuple[str, SpfRecord]:
        self.count(term.text)
        held = self.cache.policy(spec.name, self.now) if spec.constant else None
        if held is not None:
            return spec.name, held
        name = await self._target(spec, domain)
        if name is None or "." not in name:
            raise HaltError(Code.PERMERROR, f"{term.text} leads to no domain name")
        answer = await self.ask(name, "TXT", shared=spec.constant)
        self.count_void(answer)
        record = self._record(name, answer)
        if record is None:
            raise HaltError(
                Code.PERMERROR, f"{term.text} leads to a domain without an SPF record (RFC 7208 §5.2, §6.1)"
            )
        return name, record

    async def _matches(self, term: Mechanism, domain: str) -> bool:
        """``a``, ``mx``, ``ptr`` and ``exists``."""
        self.count(term.text)
        name = domain if term.target is None else await self._target(term.target, domain)
        if name is None:
            return False
        shared = term.target is None or term.target.constant
        if term.kind is Kind.PTR:
            return await self._matches_pointer(name)
        if term.kind is Kind.MX:
            return await self._matches_exchange(term, name, shared)
        answer = await self.ask(name, "A" if term.kind is Kind.EXISTS else ADDRESS_TYPE[self.ip.version], shared=shared)
        self.sure(answer)
        return bool(answer.records) if term.kind is Kind.EXISTS else self._among(answer, term)

    async def _matches_exchange(self, term: Mechanism, name: str, shared: bool) -> bool:
        """``mx``: the hosts in order of preference, ten at most (RFC 7208 §4.6.4, §5.4)."""
        answer = await self.ask(name, "MX", shared=shared)
        self.sure(answer)
        hosts = exchanges(answer)
        rdtype = ADDRESS_TYPE[self.ip.version]
        looked_at = hosts[: self.limits.names]
        within = looked_at[: self.granted()]
        for host_answer in await gather(*(self.ask(host, rdtype, shared=shared) for host in within)):
            self.sure(host_answer)
            if self._among(host_answer, term):
                return True
        if len(within) < len(looked_at):
            raise self.used_up()
        if len(hosts) > self.limits.names:
            why = f"{printable(name, 300)} has {len(hosts)} MX hosts; {self.limits.names} may be looked up"
            raise HaltError(Code.PERMERROR, f"{term.text}: {why} (RFC 7208 §4.6.4)")
        return False

    def _among(self, answer: Answer, term: Mechanism) -> bool:
        prefix = term.prefix4 if self.ip.version == 4 else term.prefix6
        wanted = Network.of(self.ip, prefix)
        addresses = (address_of(record.value) for record in answer.records)
        return any(address is not None and wanted.holds(address) for address in addresses)

    async def _matches_pointer(self, target: str) -> bool:
        """``ptr``: a confirmed name at or below ``target``; what cannot be asked does not match (RFC 7208 §5.5)."""
        names = await self.pointer_names(counted=True)
        near = [name for name in names if name == target or name.endswith("." + target)][: self.granted()]
        return any(await gather(*(self.is_confirmed(name) for name in near)))

    async def _validated_name(self, domain: str) -> str:
        """The ``p`` macro: the domain itself, else a name below it, else any; "unknown" without one (RFC 7208 §7.3)."""
        names = (await self.pointer_names(counted=False))[: self.granted()]
        confirmed = await gather(*(self.is_confirmed(name) for name in names))
        names = tuple(name for name, good in zip(names, confirmed, strict=True) if good)
        below = [name for name in names if name.endswith("." + domain)]
        return domain if domain in names else (*below, *names, "unknown")[0]

    async def _target(self, spec: MacroString, domain: str) -> str | None:
        """The name ``spec`` stands for here; None where it is none that could be asked for."""
        if spec.constant:
            return question_name(spec.name)
        return question_name(fit(spec.expand(await self._values(spec, domain))))

    async def _values(self, spec: MacroString, domain: str) -> dict[str, str]:
        sender, helo = _envelope(self.sender), _envelope(checked_domain(self.helo) or self.helo)
        local, _, sender_domain = sender.rpartition("@")
        return {
            "s": sender,
            "l": local,
            "o": sender_domain,
            "d": domain,
            "i": self.ip.dotted,
            "p": await self._validated_name(domain) if "p" in spec.letters else "unknown",
            "v": "in-addr" if self.ip.version == 4 else "ip6",
            "h": helo,
            "c": str(self.ip),
            "r": self.receiver,
            "t": str(int(self.now)),
        }

    async def explanation(self, decision: _Decision) -> str | None:
        """The expanded ``exp=`` text; None where anything about it is not in order (RFC 7208 §6.2)."""
        if decision.record.exp is None:
            return None
        try:
            name = await self._target(decision.record.exp.value, decision.domain)
            answer = await self.ask(name, "TXT", shared=decision.record.exp.value.constant) if name else None
            if answer is None or len(answer.records) != 1:
                return None
            text = parse_macros(answer.records[0].value, spaces=True)
            return text.expand_text(await self._values(text, decision.domain), self.limits.explanation)
        except (HaltError, MacroError):
            return None


def _envelope(text: str) -> str:
    """A sender or HELO name as macros may use it: its end, without what no octets stand for."""
    return text[-_LONGEST_ENVELOPE:].encode("utf-8", "replace").decode("utf-8")


def exchanges(answer: Answer) -> list[str]:
    """The hosts of an MX answer by preference; the null MX's root is none (RFC 7505)."""
    rows = sorted(
        (int(preference), host) for preference, _, host in (record.value.partition(" ") for record in answer.records)
    )
    return [host for _, host in rows if host != "."]
