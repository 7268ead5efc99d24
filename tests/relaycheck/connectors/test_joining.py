"""Exports that were uploaded one after the other: the same as all at once, and the newer word counts."""

from __future__ import annotations

import itertools
import json

import pytest

from publicdns.answers import Verdict
from relaycheck.engine.connectors.audit import Audit
from relaycheck.engine.connectors.auditing import audit
from relaycheck.engine.connectors.joining import merge
from relaycheck.engine.connectors.keeping import pack, unpack
from relaycheck.engine.connectors.model import Export
from relaycheck.engine.connectors.reading import read
from tests.relaycheck.connectors.organisations import RELAY, Organisation, anonymous, app_relay
from tests.relaycheck.connectors.shapes import SHAPES, Files, can_express, our_json
from tests.relaycheck.connectors.test_reading import DEFAULT_FRONTEND
from tests.relaycheck.connectors.truth_table import TABLE


def kept(files: Files) -> Export:
    """One upload, as it comes out of the database."""
    return unpack(json.loads(json.dumps(pack(read(files)))))


def told(judged: Audit) -> list[tuple[str, Verdict, list[str]]]:
    """Every connector with its verdict and its findings, in an order that files do not decide."""
    rows = [(one.connector.identity, one.verdict, sorted(f.code for f in one.findings)) for one in judged.connectors]
    return sorted(rows) + [("", found.verdict, [found.code]) for found in judged.findings]


@pytest.mark.parametrize("organisation", TABLE, ids=str)
def test_files_uploaded_one_by_one_in_any_order_say_the_same_as_all_at_once(organisation: Organisation) -> None:
    for shape in SHAPES:
        if not can_express(shape, organisation):
            continue
        files = shape(organisation)
        at_once = told(audit(read(files)))
        for order in itertools.islice(itertools.permutations(files), 6):
            joined = Export()
            for file in order:
                joined = merge(joined, kept([file]))
            assert told(audit(joined)) == at_once, (shape.__name__, [name for name, _ in order])


def test_what_a_newer_export_says_of_a_connector_counts() -> None:
    opened, closed = (our_json(Organisation("x", (app_relay(own=own),))) for own in (anonymous(RELAY), ()))

    assert audit(kept(opened)).verdict is Verdict.PRESENT
    assert audit(merge(kept(opened), kept(closed))).verdict is Verdict.MISSING
    assert audit(merge(kept(closed), kept(opened))).verdict is Verdict.PRESENT


def test_ranges_that_were_cut_off_are_filled_in_by_a_whole_export() -> None:
    cut = DEFAULT_FRONTEND.replace("0.0.0.0-255.255.255.255}", "10.0.0.0/8...}")
    table, whole = kept([("a.txt", cut.encode())]), kept([("b.txt", DEFAULT_FRONTEND.encode())])

    for joined in (merge(table, whole), merge(whole, table)):
        (connector,) = joined.connectors
        assert connector.cut("RemoteIPRanges") is None
        assert connector.ranges == whole.connectors[0].ranges
