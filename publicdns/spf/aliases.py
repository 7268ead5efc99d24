"""A Lookup that goes on where an answer stops at an alias."""

from __future__ import annotations

from dataclasses import replace

from publicdns.answers import Answer, Lookup, Outcome

LONGEST = 8  # aliases that are followed from one answer


async def ask_through(lookup: Lookup, name: str, rdtype: str) -> Answer:
    """What ``lookup`` answers; where that is an alias and nothing else, what the alias leads to.

    Resolvers follow aliases themselves (RFC 1034 §4.3.2); small forwarders and authoritative servers may not.
    """
    first = answer = await lookup(name, rdtype)
    seen = {name}
    while answer.outcome is Outcome.EMPTY and answer.aliases and len(seen) <= LONGEST:
        onward = answer.aliases[-1].value
        if onward in seen:
            break
        seen.add(onward)
        answer = await lookup(onward, rdtype)
    return answer if answer is first else replace(answer, question=first.question)
