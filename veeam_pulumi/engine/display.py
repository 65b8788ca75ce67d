"""The text of a run, worded and laid out as Pulumi's: rows, diagnostics, outputs, the summary."""

import json
import math
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any, TextIO

import yaml
from rich.console import Console

from ..pulumi_state import MASKED, UNKNOWN, Urn
from .state import Step
from .values import masked, same

_TITLES = {"preview": "Previewing update", "up": "Updating", "refresh": "Refreshing", "destroy": "Destroying"}
_ROWS = {
    "create": ("+ ", "green", "creating", "created"),
    "update": ("~ ", "yellow", "updating", "updated"),
    "delete": ("- ", "red", "deleting", "deleted"),
    "replace": ("+-", "magenta", "replacing", "replaced"),
    "create-replacement": ("++", "green", "creating replacement", "created replacement"),
    "delete-replaced": ("--", "red", "deleting original", "deleted original"),
    "discard": ("< ", "", "discarding", "discarded"),
    "read": ("> ", "", "reading", "read"),
    "refresh": ("~ ", "yellow", "refreshing", "refreshed"),
}
_COUNTED = ("create", "update", "delete", "replace")
_STYLES = {"error": "bold red", "warning": "yellow"}
_ABSENT = object()


class Display:
    """Prints a run as it goes, and keeps what happened in it."""

    def __init__(self, out: TextIO, operation: str, stack: str, *, diff: bool, silent: bool):
        self.operation = operation
        self._preview = operation == "preview"
        self._diff = diff
        self.counts = Counter[str]()
        self.errored = 0
        self.messages = list[tuple[str, str, str]]()
        self.steps = list[dict[str, Any]]()
        self._begun = time.monotonic()
        self._console = Console(file=out, quiet=silent, highlight=False, markup=False, emoji=False, soft_wrap=True)
        self.line(f"{_TITLES[operation]} ({stack}):")
        self._running = set[str]()
        self._status = self._console.status("")
        if self._console.is_terminal and not silent:
            self._status.start()

    def close(self) -> None:
        """Nothing runs any more."""
        self._status.stop()

    def line(self, text: str, style: str = "") -> None:
        self._console.print(text, style=style)

    def row(self, step: Step, state: str, since: float = 0.0) -> None:
        """A step that begins (`ing`), ends (`ed`), fails, or would be done (preview)."""
        prefix, style, begins, ends = _ROWS[step.op]
        (self._running.add if state == "ing" else self._running.discard)(kind_and_name(step.urn)[1])
        names = sorted(self._running.copy())  # rows come from several threads
        self._status.update(f"{len(names)} running: {', '.join(names[:8])}{' …' * (len(names) > 8)}" if names else "")
        if state == "failed":
            words = f"**{begins} failed**"
            style = "bold red"
        else:
            words = {"ing": f"{begins} (0s)", "ed": f"{ends} ({time.monotonic() - since:.2f}s)"}.get(state, step.op)
        if since:
            changes = [change for change in step.changes if not change[1:].startswith("__")]
            words += f" [diff: {','.join(changes)}]" if changes else ""
            words += " [retain]" if step.op.startswith("delete") and (step.old or {}).get("retainOnDelete") else ""
        self.line(f" {prefix} {' '.join(kind_and_name(step.urn))} {words}", style)
        if since and self._diff and step.new and self.operation != "refresh":
            old, new = (masked(state.get("inputs", {})) for state in (step.old or {}, step.new))
            self._block("", _children(old, new, 1, sames=False))

    def message(self, severity: str, text: str, urn: str = "") -> None:
        """A diagnostic; all of them are shown after the rows, by resource."""
        self.messages.append((urn, severity, text))

    def count(self, step: Step, ours: bool, counts: bool) -> None:
        """A step for the summary and for --json. What `--refresh` finds before the program counts for neither."""
        self.counts[step.op] += ours and counts
        old = masked(step.old)
        new = masked(step.new if counts else step.old)
        op = step.op if counts else "refresh"
        content = {"op": op, "urn": step.urn, "provider": (new or old or {}).get("provider", "")}
        content |= {"oldState": old, "newState": new, "detailedDiff": None}
        self.steps.append(content | ({"replaceReasons": step.replaces} if step.replaces else {}))

    def changes(self) -> dict[str, int]:
        return {op: self.counts[op] for op in (*_COUNTED, "same") if self.counts[op]}

    def json(self) -> str:
        """`preview --json`."""
        said = [dict(zip(("urn", "severity", "message"), message, strict=True)) for message in self.messages]
        took = int((time.monotonic() - self._begun) * 1e9)
        content = {"steps": self.steps, "duration": took, "changeSummary": self.changes()}
        return json.dumps({**content, **({"diagnostics": said} if said else {})}, indent=4)

    def finish(self, root: str, old: dict[str, Any] | None, new: dict[str, Any]) -> None:
        """Diagnostics, outputs (in a preview only what changes, or all of a new stack's), and how many of what."""
        self.line("\nDiagnostics:" if self.messages else "")
        for urn in sorted({urn or root for urn, _, _ in self.messages}):
            self.line("  {} ({}):".format(*kind_and_name(urn)))
            for severity, text in [message[1:] for message in self.messages if (message[0] or root) == urn]:
                shown = text if severity == "info" else f"{severity}: {text}"
                self.line("    " + shown.rstrip("\n").replace("\n", "\n    "), _STYLES.get(severity, ""))
            self.line("")
        sames = old is None or not self._preview
        before = masked(new if old is None else old)
        after = masked(new)
        self._block("Outputs:\n", _children(before, after, 0, sames, self._preview), "\n")
        self.line("Resources:")
        kinds = [op for op in _COUNTED if self.counts[op]]
        for op in kinds:
            prefix, style, _, done = _ROWS[op]
            self.line(f"    {prefix}{self.counts[op]} {f'to {op}' if self._preview else done}", style)
        pieces = [f"{sum(self.counts[op] for op in kinds)} changes"] if len(kinds) > 1 else []
        pieces += [f"{self.counts['same']} unchanged"] if self.counts["same"] else []
        errored = f"{self.errored} errored" if self.errored else ""
        for text in filter(None, (". ".join(pieces), errored)):
            self.line(f"    {text}")
        self.line("" if self._preview else f"\nDuration: {math.ceil(time.monotonic() - self._begun)}s")

    def _block(self, title: str, lines: Iterator[str], end: str = "") -> None:
        if text := "\n".join(lines):
            self.line(title + text + end)


def kind_and_name(urn: str) -> tuple[str, str]:
    parts = Urn.of(urn)
    return parts.type, parts.name


# Old and new values side by side, as Pulumi prints them: a sign, the name, the value, what is in it indented below.


def _children(
    old: Any, new: Any, depth: int, sames: bool = True, preview: bool = False, whole: bool = False
) -> Iterator[str]:
    """The lines for what is in two objects or lists. In a preview an unknown in place of a known value says nothing."""
    lists = isinstance(new, list)
    pairs = dict[str, tuple[Any, Any]]()
    befores, afters = (dict(enumerate(part)) if lists else part for part in (old, new))
    for key in sorted(key for key in {*befores, *afters} if not str(key).startswith("__")):
        before = befores.get(key, _ABSENT)
        after = afters.get(key, _ABSENT)
        if lists or not preview or after != UNKNOWN or _sign(before, after) != "~":
            pairs[f"[{key}]" if lists else key] = before, after
    width = 0 if lists else max(map(len, pairs), default=0)
    for title, (before, after) in pairs.items():
        if sames or _sign(before, after) != " ":
            yield from _lines(f"{title:<{width}}: ", before, after, depth + 1, preview, whole and lists)


def _sign(old: Any, new: Any) -> str:
    return "+" if old is _ABSENT else "-" if new is _ABSENT else " " if same(old, new) else "~"


def _lines(title: str, old: Any, new: Any, depth: int, preview: bool, item: bool = False) -> Iterator[str]:
    sign = _sign(old, new)
    (was, before) = _decoded(old)
    (note, after) = _decoded(new)
    if sign == "+":
        was = note
        before = type(after)()
    elif sign == "-":
        note = was
        after = type(before)()
    # items of a list that is new as a whole have the sign in the column of the list
    lead = ("    " * (depth - item))[:-2] + f"{sign} " + "    " * item
    structures = [isinstance(part, dict | list) for part in (before, after)]
    if all(structures) and (type(before), was) == (type(after), note) and (before or after):
        start, end = "[]" if isinstance(after, list) else "{}"
        yield f"{lead}{title}{note}{start}"
        yield from _children(before, after, depth, preview=preview, whole=sign in "+-")
        yield "    " * depth + end
    elif sign == "~" and any(structures):
        yield from _lines(title, old, _ABSENT, depth, preview)
        yield from _lines(title, _ABSENT, new, depth, preview)
    elif sign == "~":
        yield f"{lead}{title}{_text(before)} => {_text(after)}"
    else:
        yield f"{lead}{title}{note}{_text(before if sign == '-' else after)}"


def _decoded(value: Any) -> tuple[str, Any]:
    """Text that holds a JSON or YAML structure is shown as that structure."""
    if isinstance(value, str) and value not in (MASKED, UNKNOWN):
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
        return {MASKED: MASKED, UNKNOWN: "[unknown]"}.get(value) or json.dumps(value, ensure_ascii=False)
    return "<null>" if value is None else json.dumps(value)
