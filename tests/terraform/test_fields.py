"""What Terraform is told of a resource is what its Pulumi class says: the same fields, required and secret alike."""

from __future__ import annotations

import importlib
import inspect
from typing import Any

import pytest

from veeam_pulumi.products import resources
from veeam_pulumi.resource.fields import Marker
from veeam_pulumi.terraform.provider import Provider
from veeam_pulumi.terraform.schema import type_name
from veeam_pulumi.terraform.values import RESERVED, inside

KINDS = sorted(resources())
PULUMI_ONLY = {"adopt", "opts", "self", "resource_name"}


def told(kind: str) -> dict[str, Any]:
    """The attributes as Terraform gets them, by the names that they have in Pulumi."""
    answer = Provider().answer("GetProviderSchema", None)
    found: dict[str, Any] = inside({one.name: one for one in answer.resource_schemas[type_name(kind)].block.attributes})
    return found


def pulumi_class(kind: str) -> Any:
    product, _, name = kind.partition(".")
    return getattr(importlib.import_module(f"veeam_pulumi.dynamic.{product}"), name)


def parameters(kind: str) -> dict[str, inspect.Parameter]:
    found = inspect.signature(pulumi_class(kind).__init__).parameters
    return {name: one for name, one in found.items() if name not in PULUMI_ONLY}


@pytest.mark.parametrize("kind", KINDS)
def test_the_fields_are_those_of_the_pulumi_class(kind: str) -> None:
    attributes = told(kind)
    secrets = resources()[kind].marked(Marker.secret)
    both = {f"{name}{more}" for name in secrets for more in ("_wo", "_wo_version")}
    outputs = {name for name in pulumi_class(kind).__annotations__ if not name.startswith("_")}
    assert {*attributes} - both == {"id", *parameters(kind), *outputs}
    settable = {name for name, one in attributes.items() if one.required or one.optional}
    assert settable - both == {*parameters(kind)}


@pytest.mark.parametrize("kind", KINDS)
def test_required_are_those_without_a_default(kind: str) -> None:
    attributes = told(kind)
    secrets = resources()[kind].marked(Marker.secret)
    needed = {name for name, one in parameters(kind).items() if one.default is inspect.Parameter.empty}
    # A secret has two forms, of which one is enough: each is optional, and the plan wants one of them.
    # What no server shows nobody can say of an imported object, so the plan of a create asks for that too.
    unseen = set(resources()[kind].marked(Marker.write_only))
    assert {name for name, one in attributes.items() if one.required} == needed - {*secrets} - unseen
    for name in secrets:
        assert (f"{name}_wo_version" in attributes) == (name in needed or name == "password")


@pytest.mark.parametrize("kind", KINDS)
def test_secrets_are_sensitive_and_can_be_write_only(kind: str) -> None:
    attributes = told(kind)
    secrets = set(resources()[kind].marked(Marker.secret))
    written = {f"{name}_wo" for name in secrets}
    assert {name for name, one in attributes.items() if one.write_only} == written
    shown_once = set(resources()[kind].secret_outputs)
    assert {name for name, one in attributes.items() if one.sensitive} == secrets | written | shown_once


@pytest.mark.parametrize("kind", KINDS)
def test_every_attribute_of_a_resource_is_described_in_words_of_the_class(kind: str) -> None:
    texts = inspect.getdoc(pulumi_class(kind).__init__) or ""
    plain = " ".join(texts.split())
    for name in parameters(kind):
        text = told(kind)[name].description
        assert text.split(".")[0].split(" Either this")[0] in plain, name
    assert [name for name, one in told(kind).items() if not one.description] == []


def test_the_id_is_a_computed_string_that_nobody_sets() -> None:
    for kind in KINDS:
        one = told(kind)["id"]
        assert (one.type, one.computed, one.optional, one.required) == (b'"string"', True, False, False)


def test_the_one_other_name_is_of_an_argument_that_terraform_keeps_for_itself() -> None:
    assert RESERVED == {"connection": "connection_name"}
