"""What the checks found, as blocks and a table, or as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import steps

if TYPE_CHECKING:
    from rich.console import Console

    from .checks import Examination, Finding

COLOURS = {"ok": "green", "warning": "yellow", "failed": "bold red", "not checked": "dim"}
COLUMNS = ("reachable", "certificate", "login", "version", "api", "manages")


def show(found: Sequence[Examination], console: Console, *, everything: bool = False) -> None:
    """A block for each connection that has a problem, then a table of all of them.

    `everything`: a block for the healthy ones too. Lines can be copied whole.
    """
    # A pipe has no width to fit into; a narrow terminal breaks lines by itself.
    console.width = max(console.width, 80) if console.is_terminal else 1000
    for one in found:
        if everything or not one.well:
            _line(console, f"{one.name}  {one.url}".rstrip(), "bold")
            for label, text, status in _notes(one):
                _line(console, f"  {label:<12} {_printable(text)}".rstrip(), COLOURS.get(status, ""))
            _line(console, "")
    _table(found, console)
    failed = [one.name for one in found if not one.ok]
    unfit = f"; not {', '.join(failed)}" if failed else ""
    _line(console, f"\n{len(found) - len(failed)} of {len(found)} can be used{unfit}")


def _table(found: Sequence[Examination], console: Console) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
    if not console.is_terminal:
        table.box, table.padding = None, (0, 2, 0, 0)
    for title in ("connection", *COLUMNS):
        table.add_column(title, overflow="fold", min_width=len(title), no_wrap=title == "version")
    for one in found:
        cells = [Text(*_cell(check, one.findings[check])) for check in COLUMNS]
        table.add_row(Text(one.name), *cells)
    with console.capture() as drawn:
        console.print(table)
    for row in drawn.get().strip("\n").splitlines():
        print(row.rstrip(), file=console.file)


def _cell(check: str, finding: Finding) -> tuple[str, str]:
    """(text, style)"""
    tells = check in ("version", "api", "manages") and finding.status == "ok"
    return (_printable(finding.text) or "-") if tells else finding.status, COLOURS[finding.status]


def _notes(one: Examination) -> Iterator[tuple[str, str, str]]:
    """(label, text, status): what is wrong and what to do, then the certificate and who logged in."""
    for check, finding in one.findings.items():
        if finding.status in ("warning", "failed"):
            yield finding.status, f"{check}: {finding.text}", finding.status
            if finding.fix:
                for number, line in enumerate(steps(finding.fix)):
                    yield "" if number else "next step", line[2:], ""
        elif finding.status == "not checked" and finding.text:
            yield finding.status, f"{check}: {finding.text}", finding.status
    for check, finding in one.findings.items():
        facts = finding.facts
        if "subject" in facts:
            names = f", for {', '.join(facts['names'])}" if facts["names"] else ""
            yield "certificate", facts["subject"] + names, ""
            yield "valid", f"{facts['valid_from']} to {facts['valid_until']}", ""
            yield "SHA-256", facts["sha256"], ""
            yield "SHA-1", facts["sha1"], ""
            yield "to pin it", facts["pin"], ""
        if check in ("certificate", "login") and finding.status == "ok" and finding.text:
            yield {"certificate": "trusted"}.get(check, check), finding.text, ""
        if "why" in facts:
            yield check, facts["why"], ""


def _printable(text: str) -> str:
    """A server that nobody trusts yet must not steer the terminal by what is in its certificate."""
    return "".join(char if char.isprintable() else "\ufffd" for char in text)


def _line(console: Console, text: str, style: str = "") -> None:
    console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)


def as_json(one: Examination) -> dict[str, Any]:
    checks = {
        name: {"status": finding.status, "text": "; ".join(filter(None, (finding.text, finding.fix))), **finding.facts}
        for name, finding in one.findings.items()
    }
    return {"name": one.name, "product": one.product, "url": one.url, "ok": one.ok, "checks": checks}
