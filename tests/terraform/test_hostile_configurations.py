"""Values that a schema allows and nobody means: an answer says what is wrong with them, and is no crash."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from veeam_pulumi.products import PRODUCTS, resources
from veeam_pulumi.resource.fields import UNKNOWN
from veeam_pulumi.terraform.data import Sources
from veeam_pulumi.terraform.managed import Managed, ResourceTypes
from veeam_pulumi.terraform.messages import Message, message
from veeam_pulumi.terraform.provider import Provider
from veeam_pulumi.terraform.schema import Attribute, type_name
from veeam_pulumi.terraform.values import decode, encode, outside

TYPES = sorted(type_name(kind) for kind in resources())
ID = "00000000-0000-0000-0000-000000000001"
SIMPLE: dict[str, list[Any]] = {
    "string": [UNKNOWN, "", " ", "x", "\0", "e\u0301\u202e", "\U0010ffff", "a" * 70_000],
    "number": [UNKNOWN, 0, -1, 0.5, 2**63, 1e308, float("inf")],
    "bool": [UNKNOWN, True, False],
}
EDITED: list[Any] = [None, [], 1, "x", {"id": None}, {"id": 5}, {"id": "x", "nonsense": [1]}]


def values(one: Attribute) -> Iterator[Any]:
    """Of the attribute's type, null aside."""
    if not one.nested:
        yield from of_type(one.type)
        return
    inner = dict.fromkeys((part.name for part in one.nested), None)
    several = one.nesting != 1
    for each in [inner, dict.fromkeys(inner, UNKNOWN), *({**inner, p.name: v} for p in one.nested for v in values(p))]:
        yield [each] if several else each
    yield from (UNKNOWN, [], [UNKNOWN]) if several else (UNKNOWN,)


def of_type(wanted: Any) -> list[Any]:
    if isinstance(wanted, str):
        return SIMPLE[wanted]
    shape, inner = wanted
    if shape == "map":
        return [UNKNOWN, {}, {"": None}, *({"k": one} for one in of_type(inner))]
    return [UNKNOWN, [], [None], *([one] for one in of_type(inner))]


@pytest.fixture(scope="module")
def provider() -> Provider:
    """Configured for servers that nobody asks."""
    made = Provider()
    one = {"url": "https://127.0.0.1:1", "username": "u", "password": "Canary-Passw0rd-hostile"}
    given = {"connections": {product: {**one, "product": product} for product in PRODUCTS}}
    config = encode({**given, "max_deletes": None, "protect_imported": None})
    assert made.answer("ConfigureProvider", message("ConfigureProviderRequest", config=config)).diagnostics == []
    return made


def said(provider: Provider, method: str, **request: Any) -> list[str]:
    """The errors of a call, none of them a defect."""
    answer: Message = provider.answer(method, message(f"{method}Request", **request))
    errors = [f"{one.summary}: {one.detail}" for one in answer.diagnostics]
    assert [one for one in errors if "unexpected" in one] == [], (method, request)
    return errors


def configurations(managed: Managed) -> Iterator[dict[str, Any]]:
    known = managed.attributes.values()
    null = dict.fromkeys(managed.attributes, None)
    yield null
    yield {one.name: None if one.read_only else UNKNOWN for one in known}
    for one in known:
        if not one.read_only:
            yield from ({**null, one.name: value} for value in values(one))


@pytest.mark.parametrize("name", TYPES)
def test_every_argument_takes_every_value_of_its_type(provider: Provider, name: str) -> None:
    managed = provider.managed[name]
    prior = {**dict.fromkeys(managed.attributes, None), "id": ID, "server": "127.0.0.1:1"}
    prior["connection"] = managed.resource.product
    for given in configurations(managed):
        config, old = encode(outside(given)), encode(outside(prior))
        wrong = said(provider, "ValidateResourceConfig", type_name=name, config=config)
        for before in (encode(None), old):
            request = {"type_name": name, "config": config, "proposed_new_state": config, "prior_state": before}
            refused = said(provider, "PlanResourceChange", **request)
            assert refused or not wrong, given
        state = encode(outside({**prior, **{key: value for key, value in given.items() if value is not None}}))
        said(provider, "GenerateResourceConfig", type_name=name, state=state)


@pytest.mark.parametrize("name", TYPES)
def test_a_state_that_was_edited_by_hand(provider: Provider, name: str) -> None:
    every = provider.managed[name].attributes
    files = [b"", b"{", b"\xff", *(json.dumps(one).encode() for one in EDITED)]
    files += [json.dumps(dict.fromkeys(every, value)).encode() for value in (5, "x", [None], {"a": 1}, None)]
    for file in files:
        raw = message("RawState", json=file)
        said(provider, "UpgradeResourceState", type_name=name, version=1, raw_state=raw)
        said(provider, "UpgradeResourceIdentity", type_name=name, raw_identity=raw)
        said(provider, "MoveResourceState", source_type_name=name, target_type_name=name, source_state=raw)


def test_what_cannot_be_read_is_said_with_what_to_do(provider: Provider) -> None:
    raw = message("RawState", json=b'{"id": "x", "roles": 5}')
    for given in (message("RawState", json=b"[]"), raw):
        (error,) = said(provider, "UpgradeResourceState", type_name="veeam_vbr_user", version=1, raw_state=given)
        assert error.startswith("the state of this veeam_vbr_user cannot be read: ")
        assert "`terraform state rm ADDRESS`" in error


def test_a_state_of_an_older_version_keeps_its_values(provider: Provider) -> None:
    raw = message("RawState", json=json.dumps({"id": ID, "name": "a", "roles": ["b"], "gone": 1}).encode())
    asked = message("UpgradeResourceStateRequest", type_name="veeam_vbr_user", version=0, raw_state=raw)
    state = decode(provider.answer("UpgradeResourceState", asked).upgraded_state)
    assert (state["id"], state["name"], state["roles"]) == (ID, "a", ["b"])
    assert set(state) == {*outside(dict.fromkeys(provider.managed["veeam_vbr_user"].attributes))}


@pytest.mark.parametrize("name", TYPES)
def test_an_import_of_what_is_no_id(provider: Provider, name: str) -> None:
    for id in ("", "/", "vbr/", "/x", "nope/x", "\0", "a/b/c", "x" * 5000):
        said(provider, "ImportResourceState", type_name=name, id=id)
    parts: list[Any] = [
        {"id": "x", "connection_name": "nope"},
        {"id": "", "connection_name": "vbr"},
        {"id": None},
        None,
    ]
    for one in parts:
        identity = message("Identity", identity_data=encode(one))
        said(provider, "ImportResourceState", type_name=name, identity=identity)


@pytest.mark.parametrize("name", ["", "veeam", "veeam_vbr", "veeam_vbr_", "veeam_nope_user", "other_vbr_user"])
def test_no_such_type(name: str) -> None:
    assert name not in ResourceTypes()
    assert name not in Sources()
