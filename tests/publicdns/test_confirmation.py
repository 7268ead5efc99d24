from __future__ import annotations

from publicdns.answers import Verdict
from publicdns.confirmation import Confirmation, Patience, Pending, confirm

PRESENT, MISSING, WRONG, UNKNOWN = Verdict.PRESENT, Verdict.MISSING, Verdict.WRONG, Verdict.UNKNOWN


def looks(*seen: tuple[float, Verdict], **more: object) -> Confirmation:
    """What is believed after these looks, each at its moment."""
    pending: Pending | None = None
    for now, verdict in seen:
        result = confirm(pending, verdict, now, **more)  # type: ignore[arg-type]
        pending = result.pending
    return result


def test_a_value_seen_once_is_looked_at_again_after_a_minute() -> None:
    result = looks((0, PRESENT))

    assert (result.settled, result.look_again_in) == (None, 60)


def test_a_value_seen_twice_a_minute_apart_is_believed() -> None:
    assert looks((0, PRESENT), (60, PRESENT)).settled is PRESENT


def test_a_second_look_too_soon_settles_nothing() -> None:
    result = looks((0, PRESENT), (20, PRESENT))

    assert (result.settled, result.look_again_in) == (None, 40)


def test_an_absence_needs_three_looks_over_fifteen_minutes() -> None:
    assert looks((0, MISSING), (300, MISSING)).look_again_in == 600
    assert looks((0, MISSING), (300, MISSING), (900, MISSING)).settled is MISSING
    assert looks((0, MISSING), (900, MISSING)).settled is None
    assert looks((0, MISSING), (10, MISSING), (20, MISSING)).settled is None


def test_not_being_able_to_ask_neither_moves_nor_forgets() -> None:
    result = looks((0, PRESENT), (60, UNKNOWN), (120, PRESENT))

    assert result.settled is PRESENT
    assert looks((0, PRESENT), (60, UNKNOWN)).settled is None


def test_too_few_servers_settle_nothing() -> None:
    first = confirm(None, MISSING, 0.0)

    assert confirm(first.pending, MISSING, 900.0, proven=False).pending == first.pending


def test_another_verdict_starts_again() -> None:
    assert looks((0, PRESENT), (30, MISSING), (60, PRESENT)).settled is None


def test_a_mixed_picture_ends_what_was_on_its_way() -> None:
    first = confirm(None, PRESENT, 0.0)

    assert confirm(first.pending, MISSING, 30.0, proven=False, mixed=True).pending is None


def test_a_mixed_picture_leaves_alone_what_is_believed() -> None:
    believed = looks((0, PRESENT), (60, PRESENT)).pending

    assert confirm(believed, MISSING, 90.0, proven=False, mixed=True).pending == believed


def test_another_wrong_value_is_another_story() -> None:
    first = confirm(None, WRONG, 0.0, shown="MS=ms1")

    assert confirm(first.pending, WRONG, 60.0, shown="MS=ms2").settled is None
    assert confirm(first.pending, WRONG, 60.0, shown="MS=ms1").settled is WRONG


def test_what_is_believed_stays_believed_without_another_look() -> None:
    result = looks((0, PRESENT), (60, PRESENT), (600, PRESENT))

    assert (result.settled, result.look_again_in) == (PRESENT, None)


def test_every_interval_can_be_set() -> None:
    patience = Patience(again=2, gone_steps=(1, 2))

    assert looks((0, PRESENT), (2, PRESENT), patience=patience).settled is PRESENT
    assert looks((0, MISSING), (1, MISSING), (3, MISSING), patience=patience).settled is MISSING
