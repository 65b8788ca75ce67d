"""The text of a run, worded and laid out as Pulumi's: rows, diagnostics, outputs, the summary."""

import json
import math
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any, TextIO

from rich.console import Console

from ..pulumi_state import MASKED, UNKNOWN, Urn, is_secret
from ..redaction import visible
from .state import Step
from .values import State, masked, same, walk

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
    "same": ("  ", "", "", ""),
}
_COUNTED = ("create", "update", "delete", "replace")
_STYLES = {"error": "bold red", "warning": "yellow"}
_ABSENT = object()


_DEEPEST = 20  # structures in a text that are nested deeper are shown as text
_LONGEST = 65536  # characters of a text that is looked into


class Display:
    """Prints a run as it goes, and keeps what happened in it.

    What begins is a line at once; what came of it is a tree at the end, every resource below its parent."""

    def __init__(self, out: TextIO, operation: str, stack: str, *, preview: bool, diff: bool, silent: bool):
        self.operation = operation
        self.preview = preview
        self._diff = diff
        self.counts = Counter[str]()
        self.errored = 0
        self.messages = list[tuple[str, str, str]]()
        self.steps = list[dict[str, Any]]()
        self._rows = dict[str, dict[str, tuple[str, str, list[str]]]]()  # URN -> step -> line, style, properties
        self._parents = dict[str, str]()
        self._secrets = set[str]()
        self._begun = time.monotonic()
        self._console = Console(file=out, quiet=silent, highlight=False, markup=False, emoji=False, soft_wrap=True)
        title = f"Previewing {operation}" if preview and operation == "destroy" else _TITLES[operation]
        self.line(f"{title} ({stack}):")
        self._running = set[str]()
        self._status = self._console.status("")
        if self._console.is_terminal and not silent:
            self._status.start()

    def close(self) -> None:
        """Nothing runs any more."""
        self._status.stop()

    def line(self, text: str, style: str = "") -> None:
        """Prints lines; what a terminal would act on shows as a code."""
        self._console.print("\n".join(map(visible, text.split("\n"))), style=style)

    def learn(self, *secrets: str) -> None:
        """From now on these texts are hidden wherever they are in what is printed, and their lines too.

        Shorter ones than three characters are not: ordinary words would be blotted out, and the length given away."""
        for text in secrets:
            for part in (text, *text.splitlines()):
                if len(part.strip()) >= 3:
                    forms = {part, json.dumps(part)[1:-1], json.dumps(part, ensure_ascii=False)[1:-1], repr(part)[1:-1]}
                    self._secrets.update(forms)

    def learn_from(self, *states: State | None) -> None:
        """Learns what is secret in resources."""
        for state in states:
            self._learn_in([(state or {}).get("inputs"), (state or {}).get("outputs")], secret=False)

    def _learn_in(self, value: Any, secret: bool) -> None:
        if is_secret(value):
            self._learn_in(value.get("value"), True)
        elif isinstance(value, dict | list):
            for part in value.values() if isinstance(value, dict) else value:
                self._learn_in(part, secret)
        elif secret and isinstance(value, str):
            self.learn(value)

    def hide(self, text: str) -> str:
        for known in sorted((known for known in self._secrets if known in text), key=len, reverse=True):
            text = text.replace(known, MASKED)
        return text

    def shown(self, value: Any) -> Any:
        """A value without what is secret in it, also where the secret is in another text."""
        return walk(masked(value), lambda part: self.hide(part) if isinstance(part, str) else part)

    def row(self, step: Step, state: str, since: float = 0.0) -> None:
        """A step that begins (`ing`), ends (`ed`), fails, or would be done (preview)."""
        self.learn_from(step.old, step.new)
        prefix, style, begins, ends = _ROWS[step.op]
        kind, name = kind_and_name(step.urn)
        (self._running.add if state == "ing" else self._running.discard)(name)
        names = sorted(self._running.copy())  # rows come from several threads
        self._status.update(f"{len(names)} running: {', '.join(names[:8])}{' …' * (len(names) > 8)}" if names else "")
        if state == "ing":
            self.line(f" {prefix} {kind} {name} {begins} (0s)", style)
            return
        if state == "failed":
            words = f"**{begins} failed**"
            style = "bold red"
            self.line(f" {prefix} {kind} {name} {words}", style)
        else:
            words = f"{ends} ({time.monotonic() - since:.2f}s)" if state == "ed" else step.op
            words = "" if step.op == "same" else words
        if since:
            changed = _by_sign([*step.changes, *(["~protect"] if step.protects else [])])
            words += f" [diff: {changed}]" if changed else ""
            goes = step.op.startswith("delete") or step.op == "replace"
            words += " [retain]" if goes and (step.old or {}).get("retainOnDelete") else ""
        block = list[str]()
        if since and self._diff and step.new and self.operation != "refresh":
            old, new = (self.shown(state.get("inputs", {})) for state in (step.old or {}, step.new))
            block = list(_children(old, new, 1, sames=False))
        self._parents[step.urn] = str((step.new or step.old or {}).get("parent", ""))
        self._rows.setdefault(step.urn, {})[step.op] = (f"{prefix} \0{kind} {name} {words.lstrip()}", style, block)

    def message(self, severity: str, text: str, urn: str = "") -> None:
        """A diagnostic; all of them are shown after the rows, by resource."""
        self.messages.append((urn, severity, text))

    def count(self, step: Step, ours: bool, counts: bool) -> None:
        """A step for the summary and for --json. What `--refresh` finds before the program counts for neither."""
        self.learn_from(step.old, step.new)
        self._parents.setdefault(step.urn, str((step.new or step.old or {}).get("parent", "")))
        self.counts[step.op] += ours and counts
        op = step.op if counts else "refresh"
        provider = (step.new or step.old or {}).get("provider", "")
        content = {"op": op, "urn": step.urn, "provider": provider}
        content |= {"oldState": step.old, "newState": step.new if counts else step.old, "detailedDiff": None}
        self.steps.append(content | ({"replaceReasons": step.replaces} if step.replaces else {}))

    def changes(self) -> dict[str, int]:
        return {op: self.counts[op] for op in (*_COUNTED, "same") if self.counts[op]}

    def json(self, config: dict[str, str]) -> str:
        """`preview --json`, with the stack's configuration as it may be shown."""
        said = [{"urn": urn, "severity": severity, "message": self.hide(text)} for urn, severity, text in self.messages]
        took = int((time.monotonic() - self._begun) * 1e9)
        steps = [{key: self._told(part) for key, part in step.items()} for step in self.steps]
        content = {"steps": steps, "duration": took, "changeSummary": self.changes()}
        if config:
            content = {"config": {key: self.hide(text) for key, text in config.items()}, **content}
        return json.dumps({**content, **({"diagnostics": said} if said else {})}, indent=4)

    def _told(self, part: Any) -> Any:
        """A part of a step in JSON; names and URNs are as they are."""
        if not isinstance(part, dict):
            return part
        return {key: self.shown(value) if key in ("inputs", "outputs") else value for key, value in part.items()}

    def finish(self, root: str, old: dict[str, Any] | None, new: dict[str, Any]) -> None:
        """The tree, diagnostics, outputs (in a preview what changes, or all of a new stack's), how many of what."""
        for prefix, text, style in self._tree():
            self.line(f" {prefix}{text}", style)
        self.line("\nDiagnostics:" if self.messages else "")
        for urn in sorted({urn or root for urn, _, _ in self.messages}):
            self.line("  {} ({}):".format(*kind_and_name(urn)))
            for severity, text in [message[1:] for message in self.messages if (message[0] or root) == urn]:
                shown = self.hide(text if severity == "info" else f"{severity}: {text}")
                self.line("    " + shown.rstrip("\n").replace("\n", "\n    "), _STYLES.get(severity, ""))
            self.line("")
        sames = old is None or not self.preview
        before = self.shown(new if old is None else old)
        after = self.shown(new)
        self._block("Outputs:\n", _children(before, after, 0, sames, self.preview), "\n")
        self.line("Resources:")
        kinds = [op for op in _COUNTED if self.counts[op]]
        for op in kinds:
            prefix, style, _, done = _ROWS[op]
            self.line(f"    {prefix}{self.counts[op]} {f'to {op}' if self.preview else done}", style)
        pieces = [f"{sum(self.counts[op] for op in kinds)} changes"] if len(kinds) > 1 else []
        pieces += [f"{self.counts['same']} unchanged"] if self.counts["same"] else []
        errored = f"{self.errored} errored" if self.errored else ""
        for text in filter(None, (". ".join(pieces), errored)):
            self.line(f"    {text}")
        self.line("" if self.preview else f"\nDuration: {math.ceil(time.monotonic() - self._begun)}s")

    def _tree(self) -> Iterator[tuple[str, str, str]]:
        """(sign, line, style) of every resource that something happened to, below those that it belongs to."""
        below = dict[str, dict[str, None]]()
        for urn in list(self._rows):
            one = urn
            while one and one not in below.setdefault(self._parents.get(one, ""), {}):
                below[self._parents.get(one, "")][one] = None
                one = self._parents.get(one, "")
        stack = [(urn, "", "") for urn in reversed(below.get("", {}))]
        while stack:
            urn, lead, guide = stack.pop()
            nothing = ("   \0{} {}".format(*kind_and_name(urn)), "", list[str]())
            for text, style, block in self._rows.get(urn, {"": nothing}).values():
                prefix, _, rest = text.partition("\0")
                yield prefix, lead + guide + rest, style
                yield from (("", line, "") for line in block)
            lead += {"├─ ": "│  ", "└─ ": "   "}.get(guide, "")
            inner = list(below.get(urn, ()))
            stack += [(one, lead, "└─ " if one == inner[-1] else "├─ ") for one in reversed(inner)]

    def _block(self, title: str, lines: Iterator[str], end: str = "") -> None:
        if text := "\n".join(lines):
            self.line(title + text + end)


def _by_sign(changes: list[str]) -> str:
    """`["~b", "+a", "~c"]` -> `+a~b,c`, as Pulumi puts it: what is added, what goes, what is another value."""
    shown = sorted(change for change in changes if not change[1:].startswith("__"))
    names = ((sign, ",".join(one[1:] for one in shown if one[0] == sign)) for sign in "+-~")
    return "".join(sign + text for sign, text in names if text)


def outputs_as_text(outputs: dict[str, Any]) -> str:
    """What `pulumi stack output` prints without a name."""
    shown = {key: output_as_text(value) for key, value in outputs.items()}
    width = max(map(len, ["OUTPUT", *shown]))
    rows = [f"    {key:<{width}}  {text}" for key, text in {"OUTPUT": "VALUE", **shown}.items() if shown]
    return "\n".join([f"Current stack outputs ({len(outputs)}):", *rows])


def output_as_text(value: Any) -> str:
    """One output as a shell takes it."""
    return value if isinstance(value, str) else json.dumps(value)


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
        if lists and (before is None) != (after is None):  # nothing in place of an item is not an item
            before, after = (_ABSENT if part is None else part for part in (before, after))
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
    """Text that holds a JSON structure is shown as that structure, if it is not too long and not nested too deep.
    (Pulumi looks for YAML too; but a short text can be endless YAML, and texts come from servers.)"""
    if isinstance(value, str) and value[:1] in ("[", "{") and len(value) <= _LONGEST and value != MASKED:
        try:
            found = json.loads(value)
        except (ValueError, RecursionError):
            return "", value
        if isinstance(found, dict | list) and _depth(found) <= _DEEPEST:
            return "(json) ", found
    return "", value


def _depth(value: Any) -> int:
    """How deep a structure is nested, counted up to what is too deep."""
    level = [value]
    for depth in range(_DEEPEST + 1):
        level = [item for part in level for item in (part.values() if isinstance(part, dict) else part)]
        level = [item for item in level if isinstance(item, dict | list)]
        if not level:
            return depth + 1
    return _DEEPEST + 2


def _text(value: Any) -> str:
    if isinstance(value, str):
        return {MASKED: MASKED, UNKNOWN: "[unknown]"}.get(value) or json.dumps(value, ensure_ascii=False)
    return "<null>" if value is None else json.dumps(value)
