"""Every organisation of the truth table, in every shape that can express it, is judged as a person judged it."""

from __future__ import annotations

import pytest

from relaycheck.engine.connectors.auditing import audit
from relaycheck.engine.connectors.reading import read
from tests.relaycheck.connectors.organisations import Organisation
from tests.relaycheck.connectors.shapes import SHAPES, Shape, can_express
from tests.relaycheck.connectors.truth_table import TABLE

CASES = [(organisation, shape) for organisation in TABLE for shape in SHAPES if can_express(shape, organisation)]


@pytest.mark.parametrize(("organisation", "shape"), CASES, ids=[f"{o.name}-{s.__name__}" for o, s in CASES])
def test_organisation_is_judged_right_in_this_shape(organisation: Organisation, shape: Shape) -> None:
    judged = audit(read(shape(organisation)))

    found = {
        one.connector.identity: (one.verdict.value, frozenset(f.code for f in one.findings))
        for one in judged.connectors
    }
    assert found == organisation.truth


def test_truth_table_holds_at_least_sixty_organisations_with_names_of_their_own() -> None:
    assert len({organisation.name for organisation in TABLE}) == len(TABLE) >= 60
    assert {"2010", "2013", "2016", "2019", "SE"} <= {organisation.version for organisation in TABLE}
