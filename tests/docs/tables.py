"""What fields mean, wherever it is read: made from the models by `python -m tests.docs.tables --write`.

* docs/terraform.md: the table of every resource, and that of the data sources.
* docs/connections.md: the table of settings.
* The page of every resource: its tables of arguments and outputs.
* veeam_pulumi/dynamic: the docstrings of the typed classes, of their arguments and outputs, and of nested arguments.

A test compares. Without `--write` the files that are out of date are named.
"""

from __future__ import annotations

import ast
import dataclasses
import re
import sys
import textwrap
import types
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from tests.docs.pages import FOLDER, ROOT
from veeam_pulumi.products import file_of, resources, sessions
from veeam_pulumi.resource import descriptions
from veeam_pulumi.resource.fields import InputField, Marker, nested
from veeam_pulumi.resource.resource import Resource
from veeam_pulumi.server.settings import Settings, Tls
from veeam_pulumi.terraform.provider import Provider
from veeam_pulumi.terraform.schema import Attribute
from veeam_pulumi.terraform.values import outside

AnyResource = Resource[Any, Any]
TERRAFORM = FOLDER / "terraform.md"
CONNECTIONS = FOLDER / "connections.md"
WIDTH = 120


def page_name(kind: str) -> str:
    """`em.BackupServer` -> em-backup-server.md"""
    return f"{kind.partition('.')[0]}-{file_of(kind).replace('_', '-')}.md"


def files() -> dict[Path, str]:
    """Every file that has such text, as it should be."""
    found = {TERRAFORM: TERRAFORM.read_text(encoding="utf-8")}
    for managed in Provider().managed.values():
        found[TERRAFORM] = with_table(found[TERRAFORM], managed.type_name, terraform_rows(managed.attributes))
    found[TERRAFORM] = with_table(found[TERRAFORM], "Data sources", source_rows())
    found[CONNECTIONS] = with_table(CONNECTIONS.read_text(encoding="utf-8"), "Settings", setting_rows())
    for kind, resource in resources().items():
        if (path := FOLDER / page_name(kind)).exists():  # another test misses it
            text = with_table(path.read_text(encoding="utf-8"), "Arguments", argument_rows(resource))
            found[path] = with_table(text, "Outputs", output_rows(resource))
    for product in sessions():
        if (path := ROOT / "veeam_pulumi" / "dynamic" / f"{product}.py").exists():
            found[path] = with_docstrings(path.read_text(encoding="utf-8"), product)
    return found


# ---- tables


def with_table(page: str, title: str, rows: Iterable[str]) -> str:
    """A page with these rows in the first table below a heading; unchanged where there is none."""
    pattern = rf"(?m)(^#+ {re.escape(title)}\n(?:(?![#|])[^\n]*\n)*)(?:^\|[^\n]*\n)+"
    return re.sub(pattern, lambda found: found[1] + "".join(f"{row}\n" for row in rows), page, count=1)


def row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


def terraform_rows(attributes: Mapping[str, Attribute]) -> Iterator[str]:
    yield from ("| attribute | type | given | meaning |", "|---|---|---|---|")
    for name, one in outside(dict(flat(attributes.values()))).items():
        yield row(f"`{name}`", terraform_type(one), given(one), one.description)


def source_rows() -> Iterator[str]:
    yield from ("| data source | list | attributes of an item |", "|---|---|---|")
    for name, source in Provider().sources.items():
        items = ", ".join(f"`{one.name}`" for one in source.items.nested)
        yield row(f"`{name}`", f"`{source.items.name}`", items)


def setting_rows() -> Iterator[str]:
    yield from ("| setting | default | meaning |", "|---|---|---|")
    for name, (info, meaning) in settings().items():
        default = "required" if info.is_required() else shown(info.default).replace('"', "")
        yield row(f"`{name}`", default, meaning)


def settings() -> dict[str, tuple[FieldInfo, str]]:
    """Every setting of a connection and what it means: what all products have, what only some have, trust."""
    about = descriptions.of_model(Settings)
    found = {name: (info, about[name]) for name, info in Settings.model_fields.items() if name != "tls"}
    for product, session in sessions().items():
        own = session.settings_model.model_fields
        about |= descriptions.of_model(session.settings_model)
        found |= {
            name: (own[name], f"Only for `{product}`. {about[name]}")
            for name in own
            if name not in Settings.model_fields
        }
    return found | {f"tls.{name}": (info, about[f"tls.{name}"]) for name, info in Tls.model_fields.items()}


def flat(
    attributes: Iterable[Attribute], before: str = "", told: list[tuple[str, tuple[Attribute, ...]]] | None = None
) -> Iterator[tuple[str, Attribute]]:
    """Path -> attribute; what an object has is told once, and where there is another such object, where."""
    told = [] if told is None else told
    for one in attributes:
        path = f"{before}{one.name}"
        if where := next((where for where, parts in told if parts == one.nested), ""):
            yield path, dataclasses.replace(one, description=_as_in(one.description, where))
            continue
        yield path, one
        if one.nested:
            told.append((path, one.nested))
            yield from flat(one.nested, f"{path}.", told)


def _as_in(description: str, path: str) -> str:
    return f"{description} Same fields as `{path}`."


def terraform_type(one: Attribute) -> str:
    if one.nested:
        return "object"
    return _spelled(one.type)


def _spelled(type_: Any) -> str:
    """`set of strings`, `map of lists of strings`"""
    if isinstance(type_, str):
        return type_
    outer, inner = type_
    word, of, rest = _spelled(inner).partition(" of ")
    return f"{outer} of {word}s{of}{rest}"


def given(one: Attribute) -> str:
    """Who gives it, and what becomes of it."""
    if one.read_only:
        return "read-only, sensitive" if one.sensitive else "read-only"
    words = "required" if one.required else "optional"
    if one.default is not None:
        words = "`" + (f'"{one.default}"' if one.type == "string" else str(one.default).lower()) + "`"
    elif one.computed:
        words = "computed"
    return f"{words}, {'write-only' if one.write_only else 'sensitive'}" if one.sensitive else words


def argument_rows(resource: AnyResource) -> Iterator[str]:
    yield from ("| argument | type | default | meaning | a change |", "|---|---|---|---|---|")
    about = descriptions.of_model(resource.inputs)
    for name, (annotation, default, change, told) in arguments(resource).items():
        meaning = _as_in(about[name], told) if told else about[name]
        yield row(f"`{name}`", f"`{python_type(annotation)}`", default, meaning, change)


def arguments(resource: AnyResource) -> dict[str, tuple[Any, str, str, str]]:
    """Name -> type, default, what a change does, and where the same object was told already, if it was.

    Fields of an object are `object.field`; what all have comes last.
    """
    found: dict[str, tuple[Any, str, str, str]] = {}
    seen: dict[type[BaseModel], str] = {}

    def add(fields: Mapping[str, InputField], model: type[BaseModel], before: str, change: str) -> None:
        for name in sorted(fields, key=lambda name: not before and name in ("connection", "adopt")):
            annotation, does = model.model_fields[name].annotation, change_of(fields[name], change)
            inner = nested(annotation)
            told = seen.get(inner, "") if inner is not None else ""
            found[before + name] = annotation, default_of(fields[name], inside=bool(before)), does, told
            if inner is not None and not told:
                seen[inner] = before + name
                add(fields[name].parts, inner, f"{before}{name}.", does.partition(",")[0])

    add(resource.fields, resource.inputs, "", "")
    return found


def output_rows(resource: AnyResource) -> Iterator[str]:
    yield from ("| output | type | what it is |", "|---|---|---|")
    about = descriptions.of_fields(resource)
    for name, info in resource.outputs.model_fields.items():
        yield row(f"`{name}`", f"`{python_type(info.annotation)}`", about[name])
    yield row("`server`", "`str`", about["server"])


def default_of(declared: InputField, *, inside: bool) -> str:
    if declared.required:
        return "required"
    return "computed" if Marker.computed in declared.markers and not inside else shown(declared.default)


def shown(default: Any) -> str:
    """A default as the tables write it."""
    if default is None or isinstance(default, BaseModel) or default == ():
        return "none"
    return f'`"{default}"`' if isinstance(default, str) else f"`{default}`"


def change_of(declared: InputField, whole: str = "") -> str:
    """`whole`: what a change of the object does that it is a part of."""
    words = [whole or ("replaces" if Marker.replace in declared.markers else "in place")]
    said = {Marker.write_only: "write-only", Marker.secret: "secret"}
    return ", ".join(words + [text for marker, text in said.items() if marker in declared.markers])


def python_type(annotation: Any) -> str:
    """A type as a program means it: `str` for secrets and for one of several texts, `dict` for an object."""
    if get_origin(annotation) is Annotated:
        return python_type(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return python_type(next(one for one in get_args(annotation) if one is not type(None)))
    if get_origin(annotation) in (list, dict):
        return f"{get_origin(annotation).__name__}[{', '.join(map(python_type, get_args(annotation)))}]"
    if get_origin(annotation) is Literal or annotation is SecretStr:
        return "str"
    if annotation is Any:
        return "Any"
    return "dict" if issubclass(annotation, BaseModel) else str(annotation.__name__)


# ---- docstrings


def with_docstrings(source: str, product: str) -> str:
    """The source of a product's typed classes with the texts of the models."""
    kinds = {kind.partition(".")[2]: one for kind, one in resources().items() if one.product == product}
    models = {model.__name__: model for one in kinds.values() for model in _models(one.inputs)}
    lines = source.splitlines()
    classes = [node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)]
    for node in reversed(classes):
        if (resource := kinds.get(node.name)) is not None:
            about = descriptions.of_fields(resource)
            _write_init(lines, node, resource)
            _write_attributes(lines, node, about)
            _write(lines, node.body[0], descriptions.of_resource(resource), 4)
        elif (model := models.get(node.name.strip("_").removesuffix("Needs"))) is not None:
            _write_attributes(lines, node, descriptions.of_model(model))
    return "\n".join(lines) + "\n"


def parameter_texts(resource: AnyResource) -> dict[str, str]:
    """What is said of each argument: a password may be left out where the object is adopted."""
    about = descriptions.with_replacing(resource)
    needed = {name for name, one in resource.fields.items() if one.required and Marker.secret in one.markers}
    return {name: f"Required unless `adopt`. {about[name]}" if name in needed else about[name] for name in about}


def _models(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for info in model.model_fields.values():
        if (inner := nested(info.annotation)) is not None:
            yield inner
            yield from _models(inner)


def _write_init(lines: list[str], node: ast.ClassDef, resource: AnyResource) -> None:
    (init,) = [one for one in node.body if isinstance(one, ast.FunctionDef) and one.name == "__init__"]
    about = parameter_texts(resource)
    told = [f":param {one.arg}: {about[one.arg]}" for one in init.args.kwonlyargs if one.arg in about]
    text = "\n".join(line for one in told for line in _wrapped(one, WIDTH - 8, "    "))
    mark = "r" if "\\" in text else ""
    _put(lines, init.body[0], [f'{mark}"""', *text.splitlines(), '"""'], 8)


def _write_attributes(lines: list[str], node: ast.ClassDef, about: Mapping[str, str]) -> None:
    """The text below each attribute; one of a field without a description stays as it is."""
    for one, following in reversed(list(zip(node.body, [*node.body[1:], None], strict=True))):
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name) and about.get(one.target.id):
            if isinstance(following, ast.Expr):
                _write(lines, following, about[one.target.id], 4)
            else:
                lines[one.end_lineno : one.end_lineno] = _indented(_docstring(about[one.target.id], 4), 4)


def _write(lines: list[str], node: ast.stmt, text: str, indent: int) -> None:
    if text:
        _put(lines, node, _docstring(text, indent), indent)


def _docstring(text: str, indent: int) -> list[str]:
    mark = "r" if "\\" in text else ""
    if "\n" in text:
        return [*f'{mark}"""{text}'.splitlines(), '"""']
    return list(_wrapped(f'{mark}"""{text}"""', WIDTH - indent, ""))


def _wrapped(text: str, width: int, more: str) -> list[str]:
    return textwrap.wrap(text, width, subsequent_indent=more, break_long_words=False, break_on_hyphens=False)


def _indented(text: list[str], indent: int) -> list[str]:
    return [f"{' ' * indent}{line}".rstrip() for line in text]


def _put(lines: list[str], node: ast.stmt, text: list[str], indent: int) -> None:
    assert node.end_lineno is not None
    lines[node.lineno - 1 : node.end_lineno] = _indented(text, indent)


if __name__ == "__main__":
    stale = {path: text for path, text in files().items() if path.read_text(encoding="utf-8") != text}
    for path, text in stale.items():
        if sys.argv[1:] == ["--write"]:
            path.write_text(text, encoding="utf-8")
        print(path.relative_to(ROOT))
