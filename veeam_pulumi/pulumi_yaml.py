"""YAML as the Pulumi CLI reads it, whose reader is Go's yaml.v3: what a program gets of `yes`, `1:30` or a date.

Seen on CLI 3.260: `yes` and `on` are texts, only `true` and `false` are truth values; `1:30` is a text; `010` and
`0o10` are 8; a date is its time in UTC as Go writes one; a number is the shortest that says it; keys are texts.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from decimal import Decimal
from math import isfinite
from typing import Any

import yaml

from . import limited_yaml

_FIRST, _END = -(1 << 63), 1 << 64
"""Outside of these Go has no whole number."""
_EXPONENT = Decimal("1e21")
"""From here on Go's JSON writes a number with an exponent."""
_DATE = r"\d{4}-\d\d?-\d\d?"
_TIME = r"\d\d?:\d\d?:\d\d?(?:\.\d{1,9})?"
_MOMENT = re.compile(rf"({_DATE})(?:\s+({_TIME})|[Tt]({_TIME})(Z|[-+]\d\d:\d\d))?", re.ASCII)


def load(text: str) -> Any:
    """The data of Pulumi.yaml or Pulumi.<stack>.yaml. Raises yaml.YAMLError, as `limited_yaml.load` does."""
    return limited_yaml.load(text, _Loader)


class _Loader(limited_yaml.Loader):
    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own; filled below

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        self.flatten_mapping(node)
        node.value = [(self._as_text(key), value) for key, value in node.value]
        return super().construct_mapping(node, deep)

    def _as_text(self, key: yaml.Node) -> yaml.Node:
        if not isinstance(key, yaml.ScalarNode) or key.tag.endswith(":str"):
            return key
        value = self.construct_object(key)
        text = value if isinstance(value, str) else json.dumps(value)
        return yaml.ScalarNode("tag:yaml.org,2002:str", text, key.start_mark, key.end_mark)

    def number(self, node: yaml.ScalarNode) -> int | float:
        text = str(node.value).replace("_", "")
        based = re.fullmatch(r"([-+]?)0([bxo]?)([0-9a-fA-F]+)", text)
        try:
            found = int(based[1] + based[3], {"b": 2, "x": 16}.get(based[2], 8)) if based else int(text)
            if _FIRST <= found < _END:
                return found
        except ValueError:  # a fraction, or 08
            pass
        value = float(re.sub(r"\.(?=[A-Za-z])", "", text))  # .inf and .nan
        if not isfinite(value):
            raise yaml.MarkedYAMLError(problem="JSON has no such number", problem_mark=node.start_mark)
        shortest = Decimal(repr(value))
        return int(shortest) if abs(shortest) < _EXPONENT and value.is_integer() else value

    def moment(self, node: yaml.ScalarNode) -> str:
        text = str(node.value)
        date, time, other, zone = _MOMENT.fullmatch(text).groups(default="")  # type: ignore[union-attr]
        whole, _, rest = (time or other or "0:0:0").partition(".")
        try:
            found = datetime.strptime(f"{date} {whole}", "%Y-%m-%d %H:%M:%S")
        except ValueError:  # 2027-02-31
            return text
        rest = f".{rest.rstrip('0')}" if rest.rstrip("0") else ""
        offset = zone.replace(":", "")
        return f"{found:%Y-%m-%d %H:%M:%S}{rest} {f'{offset} {offset}' if offset.strip('+-0Z') else '+0000 UTC'}"


for _tag, _form, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", [*"tTfF"]),
    ("timestamp", _MOMENT.pattern, [*"0123456789"]),
    ("int", r"[-+]?(?:0b[01_]+|0o[0-7_]+|0x[0-9a-fA-F_]+)", [*"+-0"]),
    ("float", r"[-+]?(?:\._*[0-9][0-9_]*|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?", [*"+-.0123456789"]),
    ("float", r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)", [*"+-."]),
    ("merge", r"<<", ["<"]),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_form})\Z", re.ASCII), _first)
for _tag in ("int", "float"):
    _Loader.add_constructor(f"tag:yaml.org,2002:{_tag}", _Loader.number)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _Loader.moment)
