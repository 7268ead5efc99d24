"""What is kept of an export is enough for everything that is ever asked of it."""

from __future__ import annotations

import json

import pytest

from relaycheck.engine.connectors.as_json import audit_json
from relaycheck.engine.connectors.auditing import audit
from relaycheck.engine.connectors.carrying import Target, closing_script, recreate_script, to_relay_sources
from relaycheck.engine.connectors.comparing import compare
from relaycheck.engine.connectors.keeping import NotKept, pack, unpack
from relaycheck.engine.connectors.model import Export
from relaycheck.engine.connectors.reading import read
from tests.relaycheck.connectors.organisations import Organisation
from tests.relaycheck.connectors.shapes import SHAPES, can_express, our_json
from tests.relaycheck.connectors.truth_table import TABLE


def kept(export: Export) -> Export:
    return unpack(json.loads(json.dumps(pack(export))))


@pytest.mark.parametrize("organisation", TABLE, ids=str)
def test_a_kept_export_gives_the_same_audit_scripts_and_sources(organisation: Organisation) -> None:
    for shape in (shape for shape in SHAPES if can_express(shape, organisation)):
        before = read(shape(organisation))
        was, now = audit(before), audit(kept(before))

        assert audit_json(now) == audit_json(was)
        assert recreate_script(now.connectors, Target("N")) == recreate_script(was.connectors, Target("N"))
        assert closing_script(now.connectors) == closing_script(was.connectors)
        assert to_relay_sources(now.connectors) == to_relay_sources(was.connectors)
        assert compare(kept(before), before) == compare(before, kept(before))


def test_entries_that_nothing_looks_at_are_left_behind() -> None:
    export = read(our_json(TABLE[0]))

    rows = [grant for grants in export.grants.values() for grant in grants]
    left = [grant for grants in kept(export).grants.values() for grant in grants]

    assert 0 < len(left) < len(rows)


@pytest.mark.parametrize("document", [{}, {"format": "other", "version": 1}, {"format": "onward.connectors.kept"}])
def test_what_was_not_kept_by_us_is_refused(document: dict[str, object]) -> None:
    with pytest.raises(NotKept):
        unpack(document)
