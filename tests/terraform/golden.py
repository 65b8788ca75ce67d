"""The schema that users and SDKs rely on: golden.json, what breaks it, `python -m tests.terraform.golden` to write it.

Pulumi's bridge derives tokens and property names from the schema, and configurations name its attributes: what was once
there stays, with its type. The command writes down what is new; it refuses to write what would break somebody.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from veeam_pulumi.terraform.messages import message
from veeam_pulumi.terraform.provider import Provider

FILE = Path(__file__).with_name("golden.json")
_FLAGS = ("required", "optional", "computed", "sensitive", "write_only")
Schema = dict[str, Any]


def current() -> Schema:
    """Kind of thing -> type name -> attribute (`profile.email`) -> `type flags…`."""
    told = Provider().answer("GetProviderSchema", message("Empty"))
    identities = Provider().answer("GetResourceIdentitySchemas", message("Empty")).identity_schemas
    return {
        "provider": {"veeam": _attributes(told.provider.block.attributes)},
        "resource": {name: _attributes(one.block.attributes) for name, one in sorted(told.resource_schemas.items())},
        "data": {name: _attributes(one.block.attributes) for name, one in sorted(told.data_source_schemas.items())},
        "list": {name: _attributes(one.block.attributes) for name, one in sorted(told.list_resource_schemas.items())},
        "identity": {
            name: {one.name: one.type.decode() for one in schema.identity_attributes}
            for name, schema in sorted(identities.items())
        },
    }


def _attributes(attributes: Any) -> dict[str, str]:
    return dict(_flat(attributes, ""))


def _flat(attributes: Any, before: str) -> Iterator[tuple[str, str]]:
    for one in attributes:
        kind = {1: "object", 2: "list of objects", 4: "map of objects"}.get(one.nested_type.nesting, one.type.decode())
        yield f"{before}{one.name}", " ".join([kind, *(flag for flag in _FLAGS if getattr(one, flag))])
        yield from _flat(one.nested_type.attributes, f"{before}{one.name}.")


def broken(old: Schema, new: Schema) -> list[str]:
    """What of an older schema a newer one breaks."""
    found = []
    for kind, types in old.items():
        for name, attributes in types.items():
            now = new.get(kind, {}).get(name)
            if now is None:
                found.append(f"{kind} {name} is gone")
                continue
            for attribute, was in attributes.items():
                if why := _breaks(was, now.get(attribute)):
                    found.append(f"{kind} {name}: {attribute} {why}")
            for attribute in now.keys() - attributes.keys():
                outer = attribute.rpartition(".")[0]
                if "required" in now[attribute].split() and (not outer or outer in attributes):
                    found.append(f"{kind} {name}: {attribute} is new and required")
    return found


def _breaks(was: str, now: str | None) -> str:
    if now is None:
        return "is gone"
    (kind, old), (new_kind, new) = (_parted(one) for one in (was, now))
    if kind != new_kind:
        return f"was {kind}, is {new_kind}"
    if "required" in new and "required" not in old:
        return "is required now"
    if old & {"required", "optional"} and not new & {"required", "optional"}:
        return "cannot be set any more"
    if "computed" in old and "computed" not in new:
        return "is not computed any more: who left it out sees a difference"
    for flag in ("sensitive", "write_only"):
        if flag in old and flag not in new:
            return f"is not {flag} any more"
    return "is write_only now: its value leaves the state" if "write_only" in new - old else ""


def _parted(text: str) -> tuple[str, set[str]]:
    words = text.split(" ")
    flags = {word for word in words if word in _FLAGS}
    return " ".join(word for word in words if word not in _FLAGS), flags


if __name__ == "__main__":
    new = current()
    if bad := broken(json.loads(FILE.read_text(encoding="utf-8")), new) if FILE.exists() else []:
        sys.exit("this breaks configurations or SDKs that there are:\n" + "\n".join(bad))
    FILE.write_text(json.dumps(new, indent=1) + "\n", encoding="utf-8")
