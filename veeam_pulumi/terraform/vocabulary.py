"""What Terraform's users call things."""

from __future__ import annotations

import json
import re


class TerraformWords:
    """Settings are in the provider block; objects that are there already are imported."""

    adopt = "`import` takes it over"
    adopt_or_rename = (
        "renamed in the configuration? a `moved` block keeps it; made elsewhere? `import` takes it over as it is; or "
        "choose another name"
    )
    again_adopting = "run again: `import` takes it over"
    make_ours = "import it first"
    free_first = (
        "if another resource of the configuration has it until now, as where two swap their names: give that one a "
        "name that nobody has, `terraform apply`, then change this one; else choose another name"
    )
    forget = "`terraform state rm ADDRESS`"
    renew = "`terraform apply -replace=ADDRESS`"
    goes_on = "the next `apply` goes on"
    refresh = "run `terraform apply -refresh-only`"
    place = "the provider block"
    connections = "connections"
    limit = "max_deletes"
    as_number = as_switch = ""
    changed = "or set {variable}"

    def use(self, name: str) -> str:
        return f'`connection_name = "{name}"`'

    def set(self, name: str, key: str, value: str = "…") -> str:
        if key in ("password", "token"):
            return f"`{key} = var.{name.replace('-', '_')}_{key}` in connections.{name} of the provider block"
        *outer, last = key.split(".")
        where = ".".join(["connections", name, *outer])
        shown = value if re.fullmatch(r"\d+|true|false|…", value) else json.dumps(value)
        if item := re.fullmatch(r"(\w+)\[\d+\]", last):
            last, shown = item[1], f"[{shown}]"
        return f"`{last} = {shown}` in {where} of the provider block"

    def remove(self, name: str, key: str) -> str:
        return f"deleting {key} from connections.{name} of the provider block"

    def set_limit(self, most: int | str) -> str:
        return f'`max_deletes = "{most}"` in the provider block'
