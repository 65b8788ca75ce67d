"""What `check` accepts, compare knows: after create and read, the same inputs ask for nothing.

Values are drawn around those of the specimens: other spellings, numbers as floats and as text, blanks, characters that
nobody sees. A server may refuse what check lets through; what it takes must not come back as a change.
"""

from __future__ import annotations

import contextlib
import os
import unicodedata
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.products.conftest import Servers, ServersOf
from tests.specimens import ALL, Specimen, share
from veeam_pulumi.errors import VeeamError
from veeam_pulumi.resource import lifecycle
from veeam_pulumi.resource.fields import Marker, places, put

EXAMPLES = int(os.environ.get("FUZZ", "0"))
PASSWORD = "Canary-Accept-5!x"
_CHARACTERS = st.characters(exclude_categories=["Cs"])
"""Those of `st.text()`, which tries to encode each of a million codes to find them: seconds in a fresh clone."""
TEXT, END = st.text(_CHARACTERS, max_size=12), st.text(_CHARACTERS, max_size=3)


def around(value: Any) -> st.SearchStrategy[Any]:
    """Values that somebody may write in place of this one."""
    if isinstance(value, bool):
        return st.sampled_from([value, not value, str(value).lower(), int(value)])
    if isinstance(value, int):
        return st.sampled_from([value, float(value), value + 0.5, str(value), value + 1])
    if isinstance(value, str):
        forms = [
            value,
            value.upper(),
            value.lower(),
            value.title(),
            f" {value}",
            f"{value}\n",
            f"{value}\u200b",
            value * 2,
        ]
        forms += [f"{{{value}}}", value.replace("-", ""), f"urn:uuid:{value}", f"{value}.", f"https://{value}"]
        forms += [unicodedata.normalize("NFD", f"{value}é"), f"{value}ß"]
        return st.one_of(st.sampled_from(forms), TEXT, st.builds(lambda end: f"{value}{end}", END))
    if isinstance(value, list):
        return st.lists(st.one_of(*map(around, value)), max_size=3) if value else st.just(value)
    if isinstance(value, dict):
        others = [st.builds(lambda new, at: {**value, at: new}, around(one), st.just(at)) for at, one in value.items()]
        fewer = [{key: one for key, one in value.items() if key != left} for left in value]
        return st.one_of(st.sampled_from([value, *fewer]), *others)
    return st.just(value)


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.label)
def test_what_check_accepts_reads_back_as_no_change(servers: ServersOf, one: Specimen) -> None:
    found = servers(one.kind, one.knobs)
    accepted, examples = [], EXAMPLES or share(60, one.kind, least=20)

    @settings(
        max_examples=examples, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(st.data())
    def holds(data: st.DataObject) -> None:
        name = data.draw(st.sampled_from([*one.first, *one.changes]))
        value = data.draw(around(one.first.get(name, one.changes.get(name))))
        if accepted_as(found, {**one.inputs(password=PASSWORD), **one.needs.get(name, {}), name: value}):
            accepted.append(name)

    holds()
    assert len(accepted) >= examples // 10, "hardly anything was accepted: what was tried?"


def accepted_as(found: Servers, given: dict[str, Any]) -> bool:
    """Whether check and the server take the inputs; then they must read back as no change."""
    resource = found.resource
    inputs, problems = resource.check(given)
    if problems:
        return False
    try:
        id, state = lifecycle.create(resource, found.connections, inputs)
    except VeeamError:
        return False
    try:
        assert resource.diff(state, inputs).changed == ()
        live = lifecycle.read(resource, found.connections, id, state)
        assert live is not None
        assert resource.diff(live, inputs).changed == ()
        assert live == state
    finally:
        with contextlib.suppress(VeeamError):
            lifecycle.delete(resource, found.connections, id, state)
    return True


@pytest.mark.parametrize("one", [one for one in ALL if one.secret], ids=lambda one: one.label)
def test_an_imported_object_is_changed_without_its_password(servers: ServersOf, one: Specimen) -> None:
    found = servers(one.kind, one.knobs)
    resource = found.resource
    id, state = found.create(**one.inputs(password=PASSWORD))
    imported, wanted = state, {**one.first, **one.changed}
    for place in places(resource.fields, Marker.write_only):
        imported, wanted = put(imported, place, None), put(wanted, place, None)
    inputs, problems = resource.check(wanted, creating=False)
    assert not problems
    found.forget()
    live = lifecycle.update(resource, found.connections, id, imported, inputs)
    assert not resource.diff(live, inputs).changed
    assert found.writes() and PASSWORD not in str(found.sim.requests(found.product))
    with pytest.raises(VeeamError, match=f"{one.secret.rpartition('.')[2]}: is required|needs a password"):
        lifecycle.create(resource, found.connections, {**inputs, one.name: one.renamed.get(one.name, "other")})
