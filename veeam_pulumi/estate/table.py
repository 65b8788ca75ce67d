"""The answer on a terminal, and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..redaction import visible
from ..resource.grant import WORDS
from .document import COLUMNS

if TYPE_CHECKING:
    from rich.console import Console

    from .attribution import Log
    from .history import Difference

SEVERITIES = {"high": "bold red", "medium": "yellow", "low": "dim"}
STANDINGS = {"unmanaged": "bold red", "own login": "cyan", "built in": "cyan", "break-glass": "cyan"}
_WIDEST = 70
HEADS = {
    "delete-backups": "can delete backups",
    "weaken": "can weaken the protection of backups",
    "grant-access": "can grant access",
    "read-secrets": "can reach secrets",
    "restore": "can restore",
    "anything": "have an account",
}


def show(document: Mapping[str, Any], console: Console) -> None:
    """What could not be read first, then the accounts by person, findings, and a line for each server."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    wide = not console.is_terminal
    console.width = 1000 if wide else max(console.width, 60)
    for server in document["servers"]:
        if server["problem"]:
            _line(console, f"incomplete: {server['connection']} could not be read: {server['problem']}", "bold red")
    grants = document["grants"]
    people = len({grant["person"] for grant in grants if not grant["group"]})
    groups = sum(grant["group"] for grant in grants)
    counted = f"{people} {'person' if people == 1 else 'people'} with {len(grants)} account{'s' * (len(grants) != 1)}"
    also = f" ({groups} of them group{'s' * (groups != 1)})" if groups else ""
    _line(console, f"{counted}{also} {HEADS[document['question']]}", "bold")
    columns = ["person", "account", "server", "role", "why", "MFA", "service", "until", "approved by", "status"]
    if not wide and console.width < 130:
        columns = ["person", "account", "server", "role", "status"]
    table = Table(box=None if wide else SIMPLE_HEAD, padding=(0, 2, 0, 0), show_edge=False)
    for title in columns:
        table.add_column(title, overflow="fold")
    last = None
    for grant in grants:
        cells = dict(_cells(grant, first=grant["person"] != last))
        last = grant["person"]
        table.add_row(*[Text(*cells[title]) for title in columns])
    with console.capture() as drawn:
        console.print(table)
    for row in drawn.get().strip("\n").splitlines():
        print(row.rstrip(), file=console.file)
    if document["objects"]:
        _line(console, "\nObjects that give rights, or are reached with them", "bold")
    for one in document["objects"]:
        _line(console, f"  {_object(one)}", STANDINGS.get(one["standing"], ""))
    if document["findings"]:
        _line(console, "\nFindings", "bold")
    for one in document["findings"]:
        where = f" on {one['connection']}" if one["connection"] and one["connection"] != one["about"] else ""
        _line(
            console,
            f"  {one['severity']:<6} {one['rule']}  {visible(one['about'])}{where}: {visible(one['message'])}",
            SEVERITIES[one["severity"]],
        )
    _line(console, "")
    for server in document["servers"]:
        _line(console, _server(server), "red" if server["problem"] else "dim")


def _object(one: Mapping[str, Any]) -> str:
    rights = ", ".join(WORDS[right] for right in one["can"]) or "no rights of its own"
    rights = one["unknown"] or rights
    return f"{one['principal']} {visible(one['name'])} on {one['connection']}: {visible(rights)}; {one['standing']}"


def _server(server: Mapping[str, Any]) -> str:
    rows = ", ".join(f"{number} {kind}" for kind, number in server["rows"].items()) or "nothing read"
    about = " ".join(filter(None, (server["product"], server["version"])))
    state = "incomplete" if server["problem"] else "complete"
    return f"{server['connection']}  {visible(server['server'])}  {visible(about)}  {rows}, {state}  {server['at']}"


def _cells(grant: Mapping[str, Any], *, first: bool) -> Iterator[tuple[str, tuple[str, str]]]:
    """(column, (text, style))"""
    name = grant["name"] if grant["name"] == grant["person"] else f"{grant['name']} ({grant['person']})"
    unknown = "bold red" if grant["unknown"] else ""
    notes = [
        "members are decided in the directory" if grant["group"] else "",
        "disabled" if not grant["enabled"] else "",
        f"not as declared: {', '.join(grant['drift'])}" if grant["drift"] else "",
        f"a guess: {grant['guess']}" if grant["guess"] else "",
    ]
    yield "person", (visible(name) if first else "", "bold")
    yield "account", (visible(grant["account"]), "")
    yield "server", (grant["connection"], "")
    yield "role", (visible(", ".join(grant["roles"])) or "-", unknown)
    yield "why", (visible(_shortened(grant["why"]) if grant["can"] else "no right of these"), unknown)
    yield "MFA", ({True: "yes", False: "no", None: "?"}[grant["mfa"]], "bold red" if grant["mfa"] is False else "")
    yield "service", ({True: "yes", False: "", None: "?"}[grant["service_account"]], "")
    yield "until", (grant["until"], "")
    yield "approved by", (visible(grant["approved_by"]), "")
    status = "; ".join(filter(None, (grant["standing"], *notes)))
    yield "status", (visible(status), STANDINGS.get(grant["standing"], ""))


def _shortened(why: str) -> str:
    """The first operation that gives a right; the CSV, JSON and the page have all of them."""
    first, *more = why.split("; ")
    first = first if len(first) <= _WIDEST else f"{first[: _WIDEST - 1]}…"
    return f"{first} (and {len(more)} more)" if more and not why.endswith("counts as able") else first


def show_changes(changes: Sequence[Difference], logs: Sequence[Log], console: Console) -> None:
    """What was gained, lost and changed since a snapshot, by whom, and where that is not known."""
    _line(console, f"\n{len(changes)} change{'s' * (len(changes) != 1)} since the snapshot", "bold")
    for one in changes:
        grant = one.grant
        what = "; ".join(f"{name}: {_brief(before)} -> {_brief(after)}" for name, before, after in one.fields)
        rights = ", ".join(WORDS.get(right, right) for right in grant["can"]) or "no rights"
        by = f"; {one.how}" if one.how else ""
        by += f", by {visible(one.by)} at {one.at}" if one.by else ""
        text = f"  {one.change:<8} {visible(_called(grant))} on {grant['connection']}: {visible(what) or rights}{by}"
        _line(console, text, {"gained": "green", "lost": "red", "changed": "yellow"}[one.change])

    for log in logs:
        _line(console, f"  {log.connection}: {visible(log.says)}", "bold red" if log.problem else "dim")


def _called(grant: Mapping[str, Any]) -> str:
    return str(grant["account"]) if "account" in grant else f"{grant['principal']} {grant['name']}"


def _brief(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return "unknown" if value is None else str(value)


def as_csv(document: Mapping[str, Any]) -> str:
    """One line a grant, the columns of COLUMNS; lists are joined by `; `, yes and no are true and false.

    A text that a spreadsheet would take for a formula gets a `'` in front.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for grant in document["grants"]:
        writer.writerow([_csv_text(grant[column]) for column in COLUMNS])
    return out.getvalue()


def _csv_text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    text = "; ".join(value) if isinstance(value, list) else "" if value is None else str(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _line(console: Console, text: str, style: str = "") -> None:
    console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)
