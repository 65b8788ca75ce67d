"""objects.py: typed Python for what no roster can say, or for everything where somebody wants no roster.

Declarations stand one after the other and need no more than the import at the top, so that new ones can be added to a
file that people have edited.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from .census import Item
from .draft import declared

FILE = "objects.py"
_HEAD = '''\
"""As found on the servers by `veeam-pulumi discover`: adopted, so that nothing changes there and nothing is deleted."""

import veeam_pulumi as veeam
'''


def added(text: str, items: Iterable[tuple[Item, str]]) -> str:
    """The program with a declaration for each object, by its name, that it has none for yet."""
    text = text or _HEAD
    for item, name in items:
        if not re.search(rf"veeam\.{re.escape(item.kind)}\(\s*[\"']{re.escape(name)}[\"']", text):
            text += f"\n{_declaration(item, name)}"
    return text


def _declaration(item: Item, name: str) -> str:
    rows = [f"    {key}={_python(value)},\n" for key, value in declared(item).items()]
    return f"veeam.{item.kind}(\n    {_python(name)},\n{''.join(rows)})\n"


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
