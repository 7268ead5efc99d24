"""The :class:`~publicdns.answers.Lookup` of coroutines that a wire runs."""

from __future__ import annotations

from publicdns.answers import Question, Server
from publicdns.asking import Ask, Budget
from publicdns.frozen import frozen


@frozen
class WireLookup:
    """Makes questions; the wire that runs the awaiting coroutine asks them."""

    budget: Budget | None = None

    def __call__(
        self,
        name: str,
        rdtype: str,
        server: Server | None = None,
        *,
        known: bytes = b"",
        checking_disabled: bool = False,
    ) -> Ask:
        """An awaitable Answer. ``known`` is the last answer's fingerprint: an equal answer comes back unparsed, as
        ``unchanged``.
        """
        return Ask(Question(name, rdtype, checking_disabled), server, self.budget, known)
