"""What was measured, for people and for machines."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from tests.bench import hcl
from tests.bench.measure import Measure


def table(rows: Iterable[Measure], about: dict[str, Any], notes: Iterable[str]) -> Table:
    """One line an operation, one section a product and size. Fits 80 columns."""
    heads = f"Python {about['python']}, pulumi {about['versions']['pulumi']}, {about['cores']} cores, {about['date']}"
    caption = (
        "Seconds by our resources; by a provider that does nothing, on the same engine with the same arguments; by "
        f"plain httpx for the same requests, {about['concurrency']} at a time as ours. The start and end of the "
        'provider process, login and logout count. "engine": the engine alone. "terraform": users of vbr under '
        'Terraform, beside its built-in resource; "data": the list of them; "CPU": processor seconds of both. '
        '"roster": entries of a roster over all products, an account each. "who": accounts on servers of a hundred. '
        '"estate": so many accounts on 20 backup servers, found, and taken over with the proof. '
        "Only ratios within a run mean anything."
    )
    shown = Table(title=heads, caption="\n".join((caption, *notes)), caption_justify="left", box=SIMPLE_HEAD)
    shown.padding, shown.pad_edge = (0, 1, 0, 0), False
    for name in ("product", "n", "operation", "ours", "nothing", "ratio", "bare", "ratio", "requests", "each"):
        left = name in ("product", "operation")
        shown.add_column(name, justify="left" if left else "right", no_wrap=True)
    last: tuple[str, int] | None = None
    for row in rows:
        first = last != (row.product, row.objects)
        if first and last:
            shown.add_section()
        last = (row.product, row.objects)
        shown.add_row(
            row.product if first else "",
            str(row.objects) if first else "",
            row.operation,
            _shown(row.seconds.get("ours")),
            _shown(row.seconds.get("nothing")),
            _shown(row.ratio("nothing"), 1),
            _shown(row.seconds.get("bare")),
            _shown(row.ratio("bare"), 1),
            _requests(row),
            _shown(row.per_object),
        )
    return shown


def _shown(number: float | None, digits: int = 2) -> str:
    return "-" if number is None else f"{number:.{digits}f}"


def _requests(row: Measure) -> str:
    """Ours, and the other number where bare sent more or less: lists may have had another length when they were asked
    for, or somebody changed what our resources send and not what bare does."""
    if "ours" not in row.requests:
        return "-"
    ours = row.requests["ours"].total()
    if row.product == hcl.NAME or "nothing" not in row.seconds:  # no plain httpx beside it
        return str(ours)
    bare = row.requests["bare"].total() if "bare" in row.requests else 0
    return str(ours) if ours == bare else f"{ours}/{bare}"


def write(file: Path, about: dict[str, Any], notes: Iterable[str], rows: Iterable[Measure]) -> None:
    """Everything as JSON; requests by kind, with `*` for what differs from object to object."""
    found = [
        {
            "product": row.product,
            "objects": row.objects,
            "operation": row.operation,
            "seconds": {who: round(seconds, 4) for who, seconds in row.seconds.items()},
            "ours_over_nothing": row.ratio("nothing"),
            "ours_over_bare": row.ratio("bare"),
            "requests": {who: sent.total() for who, sent in row.requests.items()},
            "requests_per_object": row.per_object,
            "requests_by_kind": {who: dict(sorted(sent.items())) for who, sent in row.requests.items()},
        }
        for row in rows
    ]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({**about, "notes": list(notes), "measures": found}, indent=2) + "\n")
