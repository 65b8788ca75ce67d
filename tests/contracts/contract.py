"""A vendor's OpenAPI contract (Swagger 2.0 or 3.0): what it says of an answer, of a request, and what it refuses.

The slices lie beside the project; without them the tests are skipped with the reason.
"""

from __future__ import annotations

import copy
import json
import re
import uuid
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

SPECS = Path(__file__).resolve().parents[2].parent / "shared" / "specs"
_KINDS: dict[str, Any] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
}


def _fits(template: list[str], path: list[str]) -> bool:
    """Part by part; a name in braces stands for a text."""
    return len(template) == len(path) and all(
        known == part or ("{" in known and re.fullmatch(re.sub(r"{\w+}", ".+", known), part))
        for known, part in zip(template, path, strict=True)
    )


class Contract:
    """One slice. `prefix` stands before its paths on the server."""

    def __init__(self, file: str, prefix: str = "") -> None:
        path = SPECS / file
        if not path.exists():
            pytest.skip(f"no ../shared/specs/{file}: the contract is not compared")
        self.file, self.prefix = file, prefix
        self._found: dict[tuple[str, str], tuple[str, dict[str, Any]] | None] = {}
        self.spec: dict[str, Any] = json.loads(path.read_text())
        self._know_children(self.spec.get("components", {}).get("schemas", {}))
        self.operations = {
            (method.upper(), prefix + path): {
                **op,
                "parameters": [*operations.get("parameters", []), *op.get("parameters", [])],
            }
            for path, operations in self.spec["paths"].items()
            for method, op in operations.items()
            if method in ("get", "post", "put", "patch", "delete")
        }

    def _know_children(self, schemas: dict[str, Any]) -> None:
        """A parent that names its children, each of which is all of the parent and more, has no end: the children are
        written out, and the parent says by which member of a value its child is known."""
        for name, parent in list(schemas.items()):
            mapping = parent.get("discriminator", {}).get("mapping", {})
            own = f"#/components/schemas/{name}"
            children = {kind: schemas[ref.rpartition("/")[2]] for kind, ref in mapping.items()}
            if not children or not all({"$ref": own} in child.get("allOf", []) for child in children.values()):
                continue
            base = {key: value for key, value in parent.items() if key not in ("oneOf", "discriminator")}
            for child in children.values():
                parts = [base, *(part for part in child.pop("allOf") if part != {"$ref": own}), dict(child)]
                child.update(
                    type="object",
                    properties={key: one for part in parts for key, one in part.get("properties", {}).items()},
                    required=sorted({key for part in parts for key in part.get("required", [])}),
                )
            schemas[name] = {**base, "x-kind": parent["discriminator"]["propertyName"], "x-children": children}

    def _of(self, value: Any, schema: dict[str, Any]) -> dict[str, Any]:
        """The schema of a value, which is a child's where the value says so."""
        found = self._resolved(schema)
        children = found.get("x-children")
        if children and isinstance(value, dict) and isinstance(kind := value.get(found["x-kind"]), str):
            return dict(children.get(kind, found))
        return found

    def find(self, method: str, path: str) -> tuple[str, dict[str, Any]] | None:
        """The operation of a request, and its path with names in braces: fixed paths before those."""
        if (method, path) not in self._found:
            fits = [
                (template, op)
                for (known, template), op in self.operations.items()
                if known == method and _fits(template.split("/"), path.split("/"))
            ]
            self._found[method, path] = min(fits, key=lambda pair: pair[0].count("{"), default=None)
        return self._found[method, path]

    def braces(self, method: str, path: str) -> float:
        """How much of a request's path is a name in braces here; endless where the slice does not have it."""
        found = self.find(method, path)
        return float("inf") if found is None else found[0].count("{")

    # -- answers

    def answer(self, response: httpx.Response) -> list[str]:
        """What is wrong with an answer."""
        method, path = response.request.method, response.request.url.path
        found = self.find(method, path)
        if found is None:
            return [f"{method} {path} is not in {self.file}"]
        template, op = found
        declared = op["responses"].get(str(response.status_code)) or op["responses"].get("default")
        if declared is None:
            return [f"{method} {template} does not declare {response.status_code}"]
        schema = self._schema(self._resolved(declared))
        if not response.content:
            return [] if schema is None else [f"{method} {template} {response.status_code}: no body"]
        media = response.headers.get("content-type", "")
        if schema is None or "json" not in media:
            return []
        problems = self.problems(response.json(), schema, "$")
        return [f"{method} {template} {response.status_code}: {one}" for one in problems]

    # -- requests

    def request(self, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: Any) -> list[str]:
        found = self.find(method, path)
        if found is None:
            return [f"{method} {path} is not in {self.file}"]
        template, op = found
        problems = []
        declared = [self._resolved(one) for one in op.get("parameters", [])]
        for place, given in (("query", set(query)), ("header", {name.lower() for name in headers})):
            known = {
                one["name"] if place == "query" else one["name"].lower(): one for one in declared if one["in"] == place
            }
            lacking = [name for name, one in known.items() if one.get("required") and name not in given]
            problems += [f"{place} {name} is missing" for name in lacking]
            if place == "query":
                problems += [f"query {name} is not in the contract" for name in sorted(given - set(known))]
        content = self._resolved(op.get("requestBody", {})).get("content", {})
        media = str(headers.get("content-type", "")).partition(";")[0]
        if body is not None and content and media not in content:
            problems.append(f"the body is {media}, not {', '.join(content)}")
        elif body is not None and media in content:
            problems += list(self.problems(body, content[media]["schema"], "$"))
        elif body is not None and not any(one["in"] in ("body", "formData") for one in declared):
            problems.append("there is a body, and the contract has none")
        return [f"{method} {template}: {one}" for one in problems]

    # -- values

    def problems(self, value: Any, schema: dict[str, Any], where: str) -> Iterator[str]:
        schema = self._of(value, schema)
        if value is None and not schema:
            return  # anything at all
        if value is None:
            # Live servers send null for what their schema calls a string; the product files take it as absent.
            if not schema.get("nullable") and not schema.get("x-veeam-nullable") and not where.endswith(".resourceId"):
                yield f"{where} is null"
            return
        for part in map(self._resolved, schema.get("allOf", [])):
            # A form is made of its parent, and the parent names its forms: here it is no more than what they share.
            shared = {key: item for key, item in part.items() if key != "oneOf" or "discriminator" not in part}
            yield from self.problems(value, {**shared, "additionalProperties": True}, where)
        choices = schema.get("oneOf") or schema.get("anyOf") or []
        if choices and all(list(self.problems(value, one, where)) for one in choices):
            yield f"{where} fits none of {len(choices)} forms"
        kind = schema.get("type", "object" if "properties" in schema else "")
        if "allOf" in schema and "properties" not in schema:
            kind = ""  # the parts say what it is; the console's contract calls such an enumeration an object
        if kind and (not isinstance(value, _KINDS[kind]) or (isinstance(value, bool) and kind != "boolean")):
            yield f"{where} is {value!r}, not {kind}"
            return
        if "enum" in schema and value not in schema["enum"]:
            yield f"{where} is {value!r}, not one of the values"
        yield from self._text(value, schema, where)
        if isinstance(value, dict):
            yield from self._object(value, schema, where)
        if isinstance(value, list):
            for item in value:
                yield from self.problems(item, schema.get("items", {}), f"{where}[]")

    def _text(self, value: Any, schema: dict[str, Any], where: str) -> Iterator[str]:
        if not isinstance(value, str):
            return
        if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", 1 << 31):
            yield f"{where} has {len(value)} characters"
        try:
            if schema.get("format") == "uuid":
                uuid.UUID(value)
            if schema.get("format") == "date-time":
                datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", value).replace("Z", "+00:00"))
        except ValueError:
            yield f"{where} is {value!r}, not {schema['format']}"

    def _object(self, value: dict[str, Any], schema: dict[str, Any], where: str) -> Iterator[str]:
        properties = schema.get("properties", {})
        for name in schema.get("required", []):
            if name not in value and name in properties:  # some name members that they never declare
                yield f"{where}.{name} is missing"
        for name, inner in value.items():
            if name in properties:
                yield from self.problems(inner, properties[name], f"{where}.{name}")
            elif schema.get("additionalProperties") is False:
                yield f"{where}.{name} is not in the schema"

    def _schema(self, declared: dict[str, Any]) -> dict[str, Any] | None:
        content: dict[str, Any] = next(iter(declared.get("content", {}).values()), declared)
        found: dict[str, Any] | None = content.get("schema")
        return found

    def _resolved(self, node: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in node:
            found: Any = self.spec
            for part in node["$ref"].removeprefix("#/").split("/"):
                found = found[part.replace("~1", "/")]
            node = found
        return node

    # -- what a contract refuses

    def mutants(self, method: str, template: str, body: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
        """(what is wrong, body): a valid body with one thing in it that the schema of the operation refuses."""
        op = self.operations[method, template]
        content = self._resolved(op.get("requestBody", {})).get("content", {})
        declared = [self._resolved(one) for one in op.get("parameters", [])]
        schemas = [one["schema"] for one in declared if one["in"] == "body"]
        schemas += [one["schema"] for media, one in content.items() if "json" in media]
        assert not list(self.problems(body, schemas[0], "$")), f"{method} {template}: the example is not valid"
        for path, wrong in self._wrong(body, schemas[0], ()):
            mutant = copy.deepcopy(body)
            holder: Any = mutant
            for step in path[:-1]:
                holder = holder[step]
            if wrong is _ABSENT:
                del holder[path[-1]]
            else:
                holder[path[-1]] = wrong
            if list(self.problems(mutant, schemas[0], "$")):
                yield f"{'.'.join(map(str, path))}: {'absent' if wrong is _ABSENT else repr(wrong)[:40]}", mutant

    def _wrong(
        self, value: Any, schema: dict[str, Any], path: tuple[Any, ...]
    ) -> Iterator[tuple[tuple[Any, ...], Any]]:
        schema = self._of(value, schema)
        if len(schema.get("allOf", [])) == 1 and "properties" not in schema:  # how the console's names another schema
            schema = {**self._resolved(schema["allOf"][0]), **schema}
        if path:
            yield path, None
            yield (
                path,
                {"string": 7, "array": "x", "object": "x", "boolean": "x"}.get(schema.get("type", "object"), "x"),
            )
            if "enum" in schema:
                yield path, "Unheard-of"
            if "maxLength" in schema and schema["maxLength"] < 100_000:
                yield path, "x" * (schema["maxLength"] + 1)
            if schema.get("minLength"):
                yield path, ""
            if schema.get("format") == "uuid":
                yield path, "no-uuid"
        if isinstance(value, dict):
            for name in schema.get("required", []):
                if name in value:
                    yield (*path, name), _ABSENT
            if schema.get("additionalProperties") is False:
                yield (*path, "unheardOf"), 1
            for name, inner in value.items():
                if name in schema.get("properties", {}):
                    yield from self._wrong(inner, schema["properties"][name], (*path, name))
        if isinstance(value, list) and value:
            yield from self._wrong(value[0], schema.get("items", {}), (*path, 0))


_ABSENT = object()
