"""estate.tf: a resource and an `import` block for each object, whose plan imports and changes nothing.

`import` blocks are of Terraform 1.5 and OpenTofu 1.5; list blocks, for `terraform query`, of Terraform 1.14. A block
needs no other one, so that new ones can be added to a file that people have edited.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from ..products import file_of, resources
from ..resource.fields import Marker
from .census import Census, Item
from .draft import declared

FILE, QUERY = "estate.tf", "estate.tfquery.hcl"
_HEAD = """\
# As found on the servers by `veeam-pulumi discover`: `terraform plan` imports all of it, and changes nothing.
# Terraform deletes on its server what is destroyed, also what was imported. prevent_destroy makes that an error as long
# as the block is here; protect_imported = true in the provider block keeps it also once the block is gone.
"""
_LIFECYCLE = "\n  lifecycle {\n    prevent_destroy = true\n  }\n"


def type_name(kind: str) -> str:
    """`em.BackupServer` -> `veeam_em_backup_server`."""
    return f"veeam_{kind.partition('.')[0]}_{file_of(kind)}"


def added(text: str, items: Iterable[tuple[Item, str]]) -> str:
    """The configuration with the blocks of each object, by its name, that it has none for yet."""
    text = text or _HEAD
    for item, name in items:
        if not is_declared(text, item, label(name)):
            text += f"\n{_blocks(item, label(name))}"
    return text


def names(text: str, item: Item) -> list[str]:
    """What the object is called where the configuration imports it, as this file writes blocks."""
    to = rf"import \{{\n  to = {type_name(item.kind)}\.(\S+)\n  id = {re.escape(_hcl(_id(item)))}\n\}}"
    return re.findall(to, text)


def is_declared(text: str, item: Item, label: str) -> bool:
    """Whether the configuration has a block of that label, whatever it imports."""
    return f'resource "{type_name(item.kind)}" "{label}"' in text


def label(name: str) -> str:
    return re.sub(r"^(?=[0-9-])", "_", re.sub(r"[^A-Za-z0-9_-]", "_", name))


def _id(item: Item) -> str:
    return item.id if item.connection == item.product else f"{item.connection}/{item.id}"


def missing(item: Item) -> list[str]:
    """The arguments that a block needs and this server does not say."""
    unseen = {Marker.secret, Marker.write_only}
    fields, said = resources()[item.kind].fields, declared(item)
    return [name for name, one in fields.items() if one.required and name not in said and not one.markers & unseen]


def _blocks(item: Item, label: str) -> str:
    said = {name: value for name, value in declared(item).items() if name not in ("adopt", "connection")}
    if item.connection != item.product:
        said["connection_name"] = item.connection
    width = max(map(len, said), default=0)
    rows = "".join(f"  {name:<{width}} = {_hcl(value)}\n" for name, value in said.items())
    return (
        f"import {{\n  to = {type_name(item.kind)}.{label}\n  id = {_hcl(_id(item))}\n}}\n\n"
        f'resource "{type_name(item.kind)}" "{label}" {{\n{rows}{_LIFECYCLE}}}\n'
    )


def lists(census: Census) -> str:
    """A list block for each kind and connection, for `terraform query`."""
    text = "# `terraform query` lists what is there now; -generate-config-out=FILE writes blocks for it.\n"
    for server in census.servers:
        for kind in server.rows:
            label = re.sub(r"[^A-Za-z0-9_]", "_", server.connection)
            text += f'\nlist "{type_name(kind)}" "{label}" {{\n  provider = veeam\n  limit    = 10000\n'
            text += f"  config {{\n    connection_name = {_hcl(server.connection)}\n  }}\n}}\n"
    return text


def _hcl(value: Any) -> str:
    """A value as HCL writes it; nothing in a text is a template."""
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{key} = {_hcl(item)}' for key, item in value.items())} }}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_hcl, value))}]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")
    return json.dumps(value)
