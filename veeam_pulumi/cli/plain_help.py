"""`--help` as people read it: names of arguments and values, without the types of Python that typer shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import typer
from typer.core import TyperCommand

Function = TypeVar("Function", bound=Callable[..., Any])


class Command(TyperCommand):
    """A command whose help says `NAME`, not `NAME <list[str]>`. Options say their own `metavar`."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        found: dict[str, list[tuple[str, str]]] = {"Arguments": [], "Options": []}
        for one in self.get_params(ctx):
            if (record := one.get_help_record(ctx)) is None:
                continue
            if one.param_type_name == "argument":
                found["Arguments"].append((str(getattr(one, "metavar", None) or one.name), record[1]))
            else:
                found["Options"].append(record)
        for title, rows in found.items():
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)


class Commands(typer.Typer):
    """A group of such commands."""

    def command(self, name: str | None = None, **given: Any) -> Callable[[Function], Function]:
        return super().command(name, **{"cls": Command, **given})
