"""When there is no record to paste, and why: mistakes, too many lookups, additions that lead nowhere."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from publicdns.printable import printable
from publicdns.spf.alternatives import alternatives
from publicdns.spf.result import Limits
from publicdns.spf.terms import SpfRecord
from publicdns.spf.walk import Node, Trouble

MOST_RECORDS = 10  # at one name that are merged; more are somebody's joke
_SHOWN_MISTAKES = 10
_LIMITS = Limits()
_SPOILED = {
    Trouble.SEVERAL: "it has more than one SPF record",
    Trouble.MISTAKES: "its record is not valid",
    Trouble.LOOP: "it leads back to where it came from",
    Trouble.TOO_MANY_HOSTS: "it has more than ten hosts",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why there is no record to paste, and what can be done instead."""

    code: str
    sentence: str
    alternatives: tuple[str, ...] = ()


def refused(records: Sequence[SpfRecord]) -> Refusal | None:
    """Why ``records``, all that are published, cannot be merged at all."""
    mistakes = [mistake for record in records for mistake in record.mistakes]
    if mistakes:
        repaired = tuple(
            f"Write {mistake.instead} in place of {printable(mistake.term, 80)}."
            for mistake in mistakes[:_SHOWN_MISTAKES]
            if mistake.instead
        )
        where = printable(mistakes[0].term, 80)
        sentence = f"The published record has a mistake at {where}: {mistakes[0].why}. Correct it first."
        return Refusal("mistakes", sentence, repaired or ("Remove the term, or ask whoever added it what was meant.",))
    if len(records) > MOST_RECORDS:
        sentence = f"There are {len(records)} SPF records at one name."
        return Refusal("several", sentence, ("Find out which one is meant, and delete the others first.",))
    onward = [record.onward for record in records if record.onward is not None]
    if onward and len(records) > 1:
        sentence = f"There are {len(records)} records, and {onward[0].text} hands over to another domain."
        return Refusal("redirect", sentence, (f"Put include:{onward[0].value.text} in place of {onward[0].text}.",))
    return None


def over(after: Node, limits: Limits) -> Refusal | None:
    """Why the merged record, with what lies beneath it, is past ``limits``."""
    if after.lookups > limits.terms:
        sentence = f"The record would need {after.lookups} lookups; {limits.terms} are allowed (RFC 7208 §4.6.4)."
        return Refusal("too-many-lookups", sentence, alternatives(after))
    if after.voids > limits.voids:
        sentence = f"{after.voids} lookups would find nothing; {limits.voids} are allowed (RFC 7208 §4.6.4)."
        return Refusal("too-many-voids", sentence, alternatives(after))
    return None


def may_fail(tree: Node) -> bool:
    """Whether a message that nothing matches may end in an error before it comes to the end of the record."""
    return tree.one_sided + tree.voids > _LIMITS.voids or any(node.ends_in_an_error for node in tree.everyone())


def leads_nowhere(added: Collection[str], after: Node) -> Refusal | None:
    """An include to be added that is no record would spoil the whole (RFC 7208 §5.2)."""
    for node in after.children:
        if node.term not in added or not node.is_policy:
            continue
        bad = next((each for each in node.everyone() if each.ends_in_an_error), None)
        if bad is not None:
            where = "" if bad is node else f"{bad.term} in it: "
            sentence = f"{node.term} cannot be added: {where}{bad.detail or _SPOILED.get(bad.trouble, '')}."
            return Refusal("leads-nowhere", sentence, ("Look at the name again: the sender's documentation has it.",))
    return None
