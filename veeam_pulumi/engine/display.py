"""The text of a run, worded and laid out as Pulumi's: rows, diagnostics, outputs, the summary."""

import json
import math
import os
import threading
import time
from collections import Counter
from typing import Any, TextIO

import yaml

from veeam_pulumi.engine.values import UNKNOWN, is_secret, same

_TITLES = {"preview": "Previewing update", "up": "Updating", "refresh": "Refreshing", "destroy": "Destroying"}
NOUNS = {"preview": "preview", "up": "update", "refresh": "refresh", "destroy": "destroy"}
_COUNTED = {
    "create": ("+ ", "to create", "created"),
    "update": ("~ ", "to update", "updated"),
    "delete": ("- ", "to delete", "deleted"),
    "replace": ("+-", "to replace", "replaced"),
}
_ROWS = {
    "create": ("+ ", "creating", "created"),
    "update": ("~ ", "updating", "updated"),
    "delete": ("- ", "deleting", "deleted"),
    "replace": ("+-", "replacing", "replaced"),
    "read": ("> ", "reading", "read"),
    "create-replacement": ("++", "creating replacement", "created replacement"),
    "discard": ("< ", "discarding", "discarded"),
    "same": ("  ", "keeping", "kept"),
    "delete-replaced": ("--", "deleting original", "deleted original"),
    "refresh": ("~ ", "refreshing", "refreshed"),
}
_STYLES = {
    "+ ": "green",
    "~ ": "yellow",
    "- ": "red",
    "+-": "magenta",
    "++": "green",
    "--": "red",
    "**": "bold red",
    "error": "bold red",
    "warning": "yellow",
}
_SECRET = "[secret]"
Change = tuple[str, Any, Any]
"""What became of a value (` ` nothing, `+`, `-`, `~`), the old one, the new one."""


class Display:
    """Prints a run as it goes. Plain lines, coloured on a terminal unless NO_COLOR is set."""

    def __init__(self, out: TextIO, operation: str, stack: str, *, diff: bool = False, silent: bool = False):
        self.operation, self.preview, self.diff, self._silent = operation, operation == "preview", diff, silent
        self.counts, self.errored, self.messages = Counter[str](), 0, list[tuple[str, str, str]]()
        self.steps, self.removing = list[dict[str, Any]](), False
        self._out, self._lock, self._begun, self._console = out, threading.Lock(), time.monotonic(), None
        if out.isatty() and not os.environ.get("NO_COLOR"):
            from rich.console import Console

            self._console = Console(file=out, highlight=False, soft_wrap=True)
        self.line(f"{_TITLES[operation]} ({stack}):")

    def line(self, text: str, style: str = "") -> None:
        """One line of text."""
        with self._lock:
            if self._console:
                self._console.print(text, style=style or None, markup=False)
            elif not self._silent:
                self._out.write(text + "\n")
                self._out.flush()

    def row(self, op: str, urn: str, state: str, since: float = 0.0, suffix: str = "") -> None:
        """A step that begins (`ing`), ends (`ed`), fails, or would be done (preview)."""
        prefix, begins, ends = _ROWS[op]
        took = f"{time.monotonic() - since:.2f}" if since else "0"
        words = {"ing": f"{begins} (0s)", "ed": f"{ends} ({took}s)", "failed": f"**{begins} failed**"}.get(state, op)
        kind, name = kind_and_name(urn)
        self.line(f" {prefix} {kind} {name} {words}{suffix}", _STYLES.get("**" if state == "failed" else prefix, ""))

    def message(self, severity: str, text: str, urn: str = "") -> None:
        """A diagnostic; all of them are shown after the rows, by resource."""
        with self._lock:
            self.messages.append((urn, severity, text))

    def finish(self, root: str, old: dict[str, Any] | None, new: dict[str, Any]) -> None:
        """Diagnostics, outputs (in a preview only what changes, or all of a new stack's), and how many of what."""
        self.line("" if not self.messages else "\nDiagnostics:")
        for urn in sorted({urn or root for urn, _, _ in self.messages}):
            self.line("  {} ({}):".format(*kind_and_name(urn)))
            for _, severity, text in [message for message in self.messages if (message[0] or root) == urn]:
                shown = text if severity == "info" else f"{severity}: {text}"
                self.line("    " + shown.rstrip("\n").replace("\n", "\n    "), _STYLES.get(severity, ""))
            self.line("")
        changes = _difference(masked(old or {}), masked(new), self.preview)
        if old is None:
            changes = {key: (" ", after, after) for key, (_, _, after) in changes.items()}
        if lines := _object(changes, 1, self.preview, sames=old is None or not self.preview):
            self.line("Outputs:\n" + "\n".join(lines) + "\n")
        self.line("Resources:")
        kinds = [(op, *words) for op, words in _COUNTED.items() if self.counts[op]]
        for op, prefix, future, past in kinds:
            self.line(f"    {prefix}{self.counts[op]} {future if self.preview else past}", _STYLES[prefix])
        pieces = [f"{sum(self.counts[kind[0]] for kind in kinds)} changes"] if len(kinds) > 1 else []
        pieces += [f"{self.counts['same']} unchanged"] if self.counts["same"] else []
        for text in ([". ".join(pieces)] if pieces else []) + ([f"{self.errored} errored"] if self.errored else []):
            self.line("    " + text)
        self.line("" if self.preview else f"\nDuration: {math.ceil(time.monotonic() - self._begun)}s")

    def nanoseconds(self) -> int:
        """How long the run has taken."""
        return int((time.monotonic() - self._begun) * 1e9)

    def property_changes(self, old: dict[str, Any], new: dict[str, Any]) -> None:
        """The changes of a resource's inputs under its row (--diff)."""
        if lines := _object(_difference(masked(old), masked(new), False), 2, sames=False):
            self.line("\n".join(lines))


def kind_and_name(urn: str) -> tuple[str, str]:
    """The type and the name in a URN."""
    kind, _, name = urn.partition("::")[2].partition("::")[2].partition("::")
    return kind.rpartition("$")[2], name


def masked(value: Any) -> Any:
    """The value with nothing secret in it, and without internal properties."""
    if is_secret(value):
        return _SECRET
    if isinstance(value, dict):
        return {key: masked(item) for key, item in value.items() if not key.startswith("__")}
    return [masked(item) for item in value] if isinstance(value, list) else value


def _difference(old: Any, new: Any, preview: bool) -> dict[Any, Change]:
    """The changes by key, for objects and for lists. In a preview an unknown in place of a known value says nothing."""
    lists = isinstance(old, list)
    befores, afters = (dict(enumerate(part)) if lists else part for part in (old, new))
    found: dict[Any, Change] = {}
    for key in sorted({*befores, *afters}):
        before, after = befores.get(key), afters.get(key)
        sign = "+" if key not in befores else "-" if key not in afters else " " if same(before, after) else "~"
        if lists or sign != "~" or not (preview and after == UNKNOWN):
            found[key] = (sign, before, after)
    return found


def _lead(indent: int, sign: str = " ") -> str:
    return ("    " * indent)[:-2] + f"{sign} "


def _object(changes: dict[Any, Change], indent: int, preview: bool = False, sames: bool = True) -> list[str]:
    width = max((len(str(key)) for key in changes), default=0)
    return [
        line
        for key, change in changes.items()
        if sames or change[0] != " "
        for line in _changed(f"{key:<{width}}: ", change, indent, preview)
    ]


def _changed(title: str, change: Change, indent: int, preview: bool) -> list[str]:
    sign, old, new = change
    if sign != "~":
        return _shown(title, new if sign == "+" else old, indent, sign, indent)
    (note, old), (other, new) = _decoded(old), _decoded(new)
    if type(old) is type(new) and isinstance(old, dict | list) and note == other:
        inner, lists = _difference(old, new, preview), isinstance(old, list)
        lines = (
            [line for key, item in inner.items() for line in _changed(f"[{key}]: ", item, indent + 1, preview)]
            if lists
            else _object(inner, indent + 1, preview)
        )
        return [
            f"{_lead(indent, sign)}{title}{note}{'[' if lists else '{'}",
            *lines,
            "    " * indent + ("]" if lists else "}"),
        ]
    if isinstance(old, dict | list) or isinstance(new, dict | list):
        return [*_shown(title, change[1], indent, "-", indent), *_shown(title, change[2], indent, "+", indent)]
    return [f"{_lead(indent, sign)}{title}{_text(old)} => {_text(new)}"]


def _shown(title: str, value: Any, indent: int, sign: str, inner: int) -> list[str]:
    note, value = _decoded(value)
    head = f"{_lead(indent, sign)}{title}{note}"
    if isinstance(value, dict) and value:
        width = max(map(len, value))
        lines = [
            line
            for key in sorted(value)
            for line in _shown(f"{key:<{width}}: ", value[key], inner + 1, sign, inner + 1)
        ]
        return [head + "{", *lines, "    " * inner + "}"]
    if isinstance(value, list) and value:  # items keep the sign in the column of the list itself
        lines = [
            line
            for number, item in enumerate(value)
            for line in _shown(f"    [{number}]: ", item, inner, sign, inner + 1)
        ]
        return [head + "[", *lines, "    " * inner + "]"]
    return [head + _text(value)]


def _decoded(value: Any) -> tuple[str, Any]:
    """Text that holds a JSON or YAML structure is shown as that structure."""
    if isinstance(value, str) and value not in (_SECRET, UNKNOWN):
        for note, load in (("(json) ", json.loads), ("(yaml) ", yaml.safe_load)):
            try:
                found = load(value) if value[:1] in "[{-" or ":" in value else None
            except (ValueError, yaml.YAMLError):
                continue
            if isinstance(found, dict | list):
                return note, json.loads(json.dumps(found, default=str, skipkeys=True))
    return "", value


def _text(value: Any) -> str:
    if isinstance(value, str):
        return {_SECRET: _SECRET, UNKNOWN: "[unknown]"}.get(value) or json.dumps(value, ensure_ascii=False)
    return "<null>" if value is None else json.dumps(value)
