"""What Pulumi's users call things, on whichever engine runs: its command, its stack.

The embedded engine names its own command in the environment of what it runs. The stack is known in a program, and in
a provider from the URN of the resource that it works on. Loads no pulumi: commands of the package use these words too.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from typing import Any

from ..pulumi_state import ENGINE_COMMAND


class PulumiWords:
    """Settings are in the stack's config; objects that are there already are adopted."""

    adopt = "adopt=True takes it over"
    again_adopting = "run again with adopt=True"
    renew = "give the resource a new name in the program"
    goes_on = "the next `up` goes on"
    place = "the stack's config"
    connections = "veeam:connections"
    limit = "veeam:maxDeletes"
    as_number = ": use config.require_int"
    as_switch = ": use config.require_bool"
    changed = ""

    def __init__(self) -> None:
        self.stack: Callable[[], str] = _of_the_program

    @property
    def adopt_or_rename(self) -> str:
        return (
            f"renamed? keep its entry, with the option aliases or {self.command('state rename URN NAME')}; "
            "made elsewhere? set adopt=True to take it over as it is, or choose another name"
        )

    @property
    def free_first(self) -> str:
        return (
            "if another resource of the program has it until now, as where two swap their names: give that one a name "
            f"that nobody has, {self.command('up')}, then change this one; else choose another name"
        )

    @property
    def make_ours(self) -> str:
        return f"drop adopt=True first ({self.command('up')} makes it ours)"

    @property
    def forget(self) -> str:
        return self.command("state delete URN")

    @property
    def refresh(self) -> str:
        return f"run {self.command('refresh --run-program')}"

    def use(self, name: str) -> str:
        return f"connection={name!r}"

    def set(self, name: str, key: str, value: str = "…") -> str:
        path = f"veeam:connections.{name}.{key}"
        return self.set_config(path, secret=True) if key in ("password", "token") else self.set_config(path, value)

    def remove(self, name: str, key: str) -> str:
        return self.unset_config(f"veeam:connections.{name}.{key}")

    def set_limit(self, most: int | str) -> str:
        return self.command(f"config set veeam:maxDeletes {most}")

    def set_config(self, path: str, value: str = "", *, secret: bool = False) -> str:
        """The command that sets a value of the stack's config by its path; a secret is asked for, never shown."""
        shown = value if re.fullmatch(r"[\w.:/-]*|…", value) else f"'{value}'"
        option = "--path --secret" if secret else "--path"
        return self.command(f"config set {option} '{path}' {shown}".rstrip())

    def unset_config(self, path: str) -> str:
        """The command that takes a value out of the stack's config."""
        return self.command(f"config rm --path '{path}'")

    def command(self, text: str) -> str:
        """A command of the engine that runs, for the stack that is known."""
        stack = self.stack()
        return f"`{os.environ.get(ENGINE_COMMAND, 'pulumi')} {text}{f' --stack {stack}' if stack else ''}`"


def _of_the_program() -> str:
    """The stack of the program that runs here; empty where none does."""
    settings: Any = getattr(sys.modules.get("pulumi.runtime.settings"), "SETTINGS", None)
    return str(settings.stack or "") if settings and settings.monitor else ""


words = PulumiWords()
