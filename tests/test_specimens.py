"""Every kind of resource has a specimen, and a specimen is true: each change of it shows, arrives, and is the last."""

from __future__ import annotations

import pytest

from tests.chaos.subjects import OPERATIONS
from tests.products.conftest import Servers, ServersOf, servers  # noqa: F401 - a fixture
from tests.specimens import ALL, BY_LABEL, Specimen, share, specimen
from veeam_pulumi.products import resources
from veeam_pulumi.resource.fields import Marker

PASSWORD = "Canary-Specimen-1qz"
FORMS = pytest.mark.parametrize("one", ALL, ids=list(BY_LABEL))
CHANGES = [(one, name) for one in ALL for name in one.changes]


def test_every_kind_has_a_specimen() -> None:
    missing, more = set(resources()) - {one.kind for one in ALL}, {one.kind for one in ALL} - set(resources())
    assert not missing, f"tests/specimens.py: add a Specimen of {', '.join(sorted(missing))} to ALL"
    assert not more, f"tests/specimens.py: there is no kind {', '.join(sorted(more))}; the resource says `kind = …`"
    assert len(BY_LABEL) == len(ALL), "two specimens have the same kind and form"


def test_a_kind_without_one_says_what_to_add_where() -> None:
    with pytest.raises(AssertionError, match="vbr.Nothing has no specimen: add one to ALL in tests/specimens.py"):
        specimen("vbr.Nothing")


@pytest.mark.parametrize("kind", sorted(resources()))
def test_it_knows_every_field(kind: str) -> None:
    resource, forms = resources()[kind], [one for one in ALL if one.kind == kind]
    assert forms, f"tests/specimens.py: add a Specimen of {kind} to ALL"
    unchanged = (
        set(resource.fields)
        - {place[0] for place in resource.secrets}
        - {"connection", "adopt"}
        - {name for one in forms for name in one.changes}
    )
    assert not unchanged, f"{kind} in tests/specimens.py: add to `changes` another value of {sorted(unchanged)}"
    for one in forms:
        unknown = {name for part in (one.first, one.changed, one.renamed, one.changes) for name in part}
        assert unknown <= set(resource.fields), one.label
        passwords = {".".join(place) for place in resource.secrets if place[-1] == "password"}
        assert {one.secret} - {""} == passwords, f"{one.label}: `secret` names the argument that is one"
        assert set(one.operations) <= set(OPERATIONS), one.label
        assert ("rotate" in one.operations) <= bool(one.secret), one.label
        assert one.name in resource.marked(Marker.identity), one.label
        moved = resource.diff(one.inputs(), one.inputs("renamed"))
        assert moved.changed, f"{one.label}: `renamed` changes nothing"
        assert bool(moved.replaces) == ("DELETE" in one.rename), one.label


@pytest.mark.parametrize("kind", sorted(resources()))
def test_what_is_guarded_is_attacked(kind: str) -> None:
    """By the stateful lives: of each kind that locks nobody out there is something that must stay."""
    guards = {"protect", "protect_update"} & {*vars(type(resources()[kind]))}
    attacked = any(one.guarded or one.use for one in ALL if one.kind == kind)
    assert bool(guards) == attacked, f"{kind}: `guarded` or `use` of a specimen says what must stay"


@pytest.mark.parametrize("kind", sorted(resources()))
def test_no_marker_is_lost_to_a_field_of_its_name(kind: str) -> None:
    """Of a field `secret: Annotated[…, secret] = None` the marker would be None: the class's own name comes first."""
    for model in (resources()[kind].inputs, resources()[kind].outputs):
        assert [name for name, info in model.model_fields.items() if None in info.metadata] == []


@FORMS
def test_by_hand(one: Specimen, servers: ServersOf) -> None:  # noqa: F811
    on: Servers = servers(one.kind, one.knobs)
    before = one.held(on.sim)
    one.add(on.sim, PASSWORD)
    assert one.key in one.names(on.sim)
    ((id, row),) = [(id, row) for id, row in one.held(on.sim).items() if id not in before]
    if one.drift:
        one.alter(on.sim)
        assert one.held(on.sim)[id] != row
    one.remove(on.sim)
    assert one.held(on.sim) == before


@pytest.mark.parametrize(("one", "name"), CHANGES, ids=[f"{one.label}: {name}" for one, name in CHANGES])
def test_a_change_of_each_field_arrives_and_is_the_last(one: Specimen, name: str, servers: ServersOf) -> None:  # noqa: F811
    """In place, or as another object where the field says so."""
    on: Servers = servers(one.kind, one.knobs)
    needs = one.needs.get(name, {})
    id, state = on.create(**one.inputs(password=PASSWORD, **needs))
    wanted = {**one.inputs(password=PASSWORD, **needs), **one.along.get(name, {}), name: one.changes[name]}
    checked, problems = on.resource.check(wanted)
    assert not problems
    change = on.resource.diff(state, checked)
    assert name in change.changed, f"the value of {name} in `changes` is no other than before"
    if change.replaces:
        on.delete(id, state)
        id, state = on.create(**wanted)
    else:
        before, state = state, on.update(id, state, **checked)
        decided = {*on.resource.outputs.model_fields, *on.resource.marked(Marker.computed)} - {*checked}
        for other in (other for other in decided if state.get(other) != before.get(other)):
            followed = {*on.resource.follows.get(other, ()), on.resource.derived.get(other)}
            assert followed & {*change.changed}, f"{other} changed with {name}: add that to `follows` of {one.kind}"
    live = on.read(id, state)
    assert live is not None
    assert one.of_state(live) == one.of_row(one.held(on.sim)[id])
    assert on.resource.diff(live, checked).changed == ()


def test_the_forms_of_a_kind_share_its_examples() -> None:
    forms = sum(one.kind == "vbr.ManagedServer" for one in ALL)
    assert share(70, "vbr.ManagedServer", least=2, whole=False) == 70 // forms
    assert share(6, "vbr.ManagedServer", least=2, whole=False) == 2
    assert share(6, "vbr.ManagedServer", least=2, whole=True) == 6
    assert share(6, "vbr.Role", least=2, whole=False) == 6
