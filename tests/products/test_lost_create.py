"""A create whose answer gets lost, of every kind that is looked for in its list: it is one object, and it is ours."""

from __future__ import annotations

import pytest

from tests.products.conftest import ServersOf
from tests.specimens import ALL, Specimen
from veeam_pulumi.products import resources
from veeam_pulumi.resource.resource import Resource

PASSWORD = "Canary-Lost-5!x"
LISTED = {one.kind: one for one in ALL if type(resources()[one.kind]).find is Resource.find}


@pytest.mark.parametrize("one", LISTED.values(), ids=LISTED)
def test_a_create_whose_answer_was_lost_makes_one_object(servers: ServersOf, one: Specimen) -> None:
    found = servers(one.kind, one.knobs)
    id, state = found.create(**one.inputs(password=PASSWORD))
    made = one.names(found.sim)
    path = next(path for method, path, _ in found.writes() if method == "POST")
    found.delete(id, state)
    found.connect()
    found.sim.fault(found.product, "reset_after", method="POST", path=path)
    id, state = found.create(**one.inputs(password=PASSWORD))
    assert "reset_after" in [request.fault for request in found.sim.requests(found.product)]
    assert sorted(one.names(found.sim)) == sorted(made)
    assert found.read(id, state) == state
