"""The typed classes: the same fields as the resources they stand for; options that cannot work are refused."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin, get_type_hints, is_typeddict

import pulumi
import pytest
from pydantic import BaseModel

import veeam_pulumi as veeam
from veeam_pulumi.products import resources
from veeam_pulumi.resource.fields import Marker, nested

KINDS = sorted(resources())


def typed_class(kind: str) -> Any:
    product, _, name = kind.partition(".")
    found = getattr(importlib.import_module(f"veeam_pulumi.dynamic.{product}"), name, None)
    assert found is not None, f"add a class {name} to veeam_pulumi/dynamic/{product}.py, and to its __all__"
    return found


def place(kind: str) -> str:
    product, _, name = kind.partition(".")
    return f"{name} in veeam_pulumi/dynamic/{product}.py"


def same_names(where: str, there: set[str], needed: set[str]) -> None:
    assert not needed - there, f"add {', '.join(sorted(needed - there))} to {where}"
    assert not there - needed, f"the resource has no {', '.join(sorted(there - needed))}: take it out of {where}"


@pytest.mark.parametrize("kind", KINDS)
def test_arguments_and_defaults_are_those_of_the_resource(kind: str) -> None:
    parameters = dict(inspect.signature(typed_class(kind).__init__).parameters)
    for name in ("self", "resource_name", "opts"):
        del parameters[name]
    fields = resources()[kind].fields
    same_names(f"the arguments of {place(kind)}", set(parameters), set(fields))
    for name, declared in fields.items():
        default = parameters[name].default
        default = [*default] if isinstance(default, tuple) else default  # no list is shared between calls
        needed = declared.required and Marker.secret not in declared.markers  # adopting needs no password
        assert default == (inspect.Parameter.empty if needed else declared.default), name
        assert parameters[name].kind is inspect.Parameter.KEYWORD_ONLY
    required = [name for name in parameters if parameters[name].default is inspect.Parameter.empty]
    assert list(parameters)[: len(required)] == required


@pytest.mark.parametrize("kind", KINDS)
def test_outputs_are_those_of_the_resource(kind: str) -> None:
    spec = resources()[kind]
    hidden = {"connection", "adopt", *spec.marked(Marker.secret), *spec.marked(Marker.local)}
    expected = ({*spec.fields} - hidden) | {*spec.outputs.model_fields, "server"}
    own = {name for name in typed_class(kind).__annotations__ if not name.startswith("_")}
    same_names(f"the outputs of {place(kind)}", own, expected)


@pytest.mark.parametrize("kind", KINDS)
def test_every_argument_is_documented(kind: str) -> None:
    text = inspect.getdoc(typed_class(kind).__init__) or ""
    missing = [name for name in resources()[kind].fields if f":param {name}: " not in text]
    assert not missing, f"{place(kind)} says nothing of {', '.join(missing)}: run python -m tests.docs.tables --write"


@pytest.mark.parametrize("kind", KINDS)
def test_types_are_chosen_once(kind: str) -> None:
    product, _, name = kind.partition(".")
    assert typed_class(kind)._resource_type_name == f"dynamic/veeam/{product}:{name}"


@pytest.mark.parametrize(
    ("options", "instead"),
    [
        ({"import_": "some-id"}, "use adopt=True"),
        ({"custom_timeouts": pulumi.CustomTimeouts(create="5m")}, "set the connection's timeout and deadline"),
        ({"replace_on_changes": ["roles"]}, "decided by the server's API"),
    ],
)
def test_options_that_cannot_work_say_what_does(options: dict[str, Any], instead: str) -> None:
    with pytest.raises(veeam.errors.InvalidInput) as caught:
        veeam.vbr.User("john", name="john", roles=["Backup Viewer"], opts=pulumi.ResourceOptions(**options))
    assert str(caught.value).startswith(f"vbr.User 'john': the option {next(iter(options))} does not work")
    assert instead in str(caught.value)


def hints_of(of: Any) -> dict[str, Any]:
    """The types of a class or function; pulumi.Input is declared with a variable that nothing resolves."""
    return get_type_hints(of, localns={"T": Any, "Output": pulumi.Output})


def typed_dict(annotation: Any) -> Any:
    """The TypedDict in a type; None where there is none."""
    if is_typeddict(annotation):
        return annotation
    return next(filter(None, map(typed_dict, get_args(annotation))), None)


def compare(where: str, typed: Any, model: type[BaseModel]) -> None:
    """A TypedDict with the part of the resource's model that it stands for, and so on below it."""
    assert typed is not None, f"{where}: give it a TypedDict with {', '.join(model.model_fields)}"
    hints = hints_of(typed)
    assert set(hints) == set(model.model_fields), where
    assert typed.__required_keys__ == {name for name, info in model.model_fields.items() if info.is_required()}, where
    for name, info in model.model_fields.items():
        assert set(values(hints[name])) == set(values(info.annotation)), f"{where}.{name}"
        if inner := nested(info.annotation):
            compare(f"{where}.{name}", typed_dict(hints[name]), inner)


@pytest.mark.parametrize("kind", KINDS)
def test_nested_arguments_are_typed_as_the_resource_declares_them(kind: str) -> None:
    hints = hints_of(typed_class(kind).__init__)
    for name, info in resources()[kind].inputs.model_fields.items():
        if name in hints and (inner := nested(info.annotation)):
            compare(f"{kind}.{name}", typed_dict(hints[name]), inner)


@pytest.mark.parametrize("kind", KINDS)
def test_arguments_with_few_values_say_which(kind: str) -> None:
    spec, hints = resources()[kind], hints_of(typed_class(kind).__init__)
    for name in spec.fields.keys() & hints.keys():
        allowed = set(values(spec.inputs.model_fields[name].annotation))
        assert set(values(hints[name])) == allowed, name


def values(annotation: Any) -> Iterator[Any]:
    """What a Literal, somewhere in a type, allows."""
    if get_origin(annotation) is Literal:
        yield from get_args(annotation)
    elif not isinstance(annotation, type):
        for part in get_args(annotation):
            yield from values(part)
