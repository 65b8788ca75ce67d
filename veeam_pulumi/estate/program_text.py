"""objects.py: typed Python for what no roster can say, or for everything where somebody wants no roster.

As long as nobody has edited the file, which the digest in its first line tells, it is written anew: then what is
renamed or skipped in estate.yaml shows here. Declarations come one after the other and need no more than the import at
the top, so that new ones can be added to a file that people have edited.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from ..products import resources
from ..resource.fields import Marker
from . import sections
from .census import Item
from .draft import declared

FILE = "objects.py"
_MARK = "# Written by `veeam-pulumi discover`, anew until somebody edits it (digest {}).\n"
_HEAD = '''\
"""As found on the servers by `veeam-pulumi discover`: adopted, so that nothing changes there and nothing is deleted."""

import veeam_pulumi as veeam
'''


def is_unedited(text: str) -> bool:
    """Whether a file is as it was written."""
    return sections.is_unedited(text, _MARK)


def whole(items: Iterable[tuple[Item, str]]) -> str:
    """A program that declares these objects, by their names."""
    text = added("", items)
    return _MARK.format(sections.digest(text)) + text


def names(text: str, item: Item) -> list[str]:
    """What the object is called where the program declares it, as this file writes declarations."""
    fields = resources()[item.kind].fields
    own = [
        _row(name, value)
        for name, value in declared(item).items()
        if name == "connection" or Marker.identity in fields[name].markers
    ]
    there = re.findall(rf"^veeam\.{re.escape(item.kind)}\(\n    [\"'](.+?)[\"'],\n(.*?)^\)", text, re.M | re.S)
    return [name for name, body in there if all(row in body for row in own)]


def added(text: str, items: Iterable[tuple[Item, str]]) -> str:
    """The program with a declaration for each object, by its name, that it has none for yet."""
    text = text or _HEAD
    for item, name in items:
        if not re.search(rf"veeam\.{re.escape(item.kind)}\(\s*[\"']{re.escape(name)}[\"']", text):
            text += f"\n{_declaration(item, name)}"
    return text


def _declaration(item: Item, name: str) -> str:
    rows = [_row(key, value) for key, value in declared(item).items()]
    return f"veeam.{item.kind}(\n    {_python(name)},\n{''.join(rows)})\n"


def _row(key: str, value: Any) -> str:
    return f"    {key}={_python(value)},\n"


def _python(value: Any) -> str:
    """A value as Python writes it, texts with double quotes."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_python(key)}: {_python(item)}' for key, item in value.items())}}}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_python, value))}]"
    if not isinstance(value, str):
        return repr(value)
    shown = repr(value)
    return shown if '"' in value or shown.startswith('"') else f'"{shown[1:-1]}"'
