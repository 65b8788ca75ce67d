"""A page with status 200 in place of an answer: a proxy's, which has not passed the request on. Nothing was done."""

from __future__ import annotations

import pytest

from tests.products.conftest import ServersOf
from tests.specimens import BY_LABEL, PASSWORD, Specimen
from veeam_pulumi.errors import VeeamError

each = pytest.mark.parametrize("one", [pytest.param(one, id=label) for label, one in BY_LABEL.items()])


@each
def test_one_in_place_of_the_answer_to_a_delete_is_no_deletion(servers: ServersOf, one: Specimen) -> None:
    on = servers(one.kind, one.knobs)
    id, state = on.create(**one.inputs(password=PASSWORD))
    assert id in one.held(on.sim)
    on.sim.fault(one.product, "html", method="DELETE", status=200, times=0)
    with pytest.raises(VeeamError):
        on.delete(id, state)
    assert id in one.held(on.sim)
    on.sim.clear_faults()
    on.sim.fault(one.product, "html", method="DELETE", status=200, times=1)
    on.delete(id, state)
    assert id not in one.held(on.sim)


@each
def test_one_in_place_of_the_answer_to_a_change_is_no_change(servers: ServersOf, one: Specimen) -> None:
    on = servers(one.kind, one.knobs)
    first, state = on.create(**one.inputs(password=PASSWORD))
    on.forget()
    on.update(first, state, **one.changed)
    places = [(method, path.replace(first, "*")) for method, path, _ in on.writes()]
    assert places
    on.delete(first, on.read(first, state) or state)
    for method, path in dict.fromkeys(places):
        id, state = on.create(**one.inputs(password=PASSWORD))
        on.sim.fault(one.product, "html", method=method, path=path, status=200, times=1)
        try:
            state = on.update(id, state, **one.changed)
        except VeeamError:  # one that is never sent twice: the next run does it
            state = on.update(id, state, **one.changed)
        found = on.read(id, state)
        assert found is not None
        assert on.changed(found, **one.changed) == set(), (method, path)
        on.sim.clear_faults()
        on.delete(id, found)
