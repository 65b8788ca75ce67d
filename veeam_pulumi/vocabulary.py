"""What users of a head call things: the commands and options that the next step of an error names.

A process serves one head. Pulumi's words are there from the start; another head calls `speak` before anything else.
"""

from __future__ import annotations

import re


class Words:
    """Pulumi's."""

    adopt = "adopt=True takes it over"
    again_adopting = "run again with adopt=True"
    forget = "`pulumi state delete URN`"
    goes_on = "the next `up` goes on"
    refresh = "run `pulumi refresh --run-program`"
    place = "the stack's config"
    limit = "veeam:maxDeletes"
    changed = ""
    """What to know where a setting may have been changed already, and this process got those of the last run;
    `{variable}` is the environment variable that sets it too. Nothing where settings are always today's."""

    def set(self, name: str, key: str, value: str = "…") -> str:
        """How `key` of connection `name` is set."""
        if key in ("password", "token"):
            return f"`pulumi config set --path --secret 'veeam:connections.{name}.{key}'`"
        shown = value if re.fullmatch(r"[\w.:/-]+|…", value) else f"'{value}'"
        return f"`pulumi config set --path 'veeam:connections.{name}.{key}' {shown}`"

    def remove(self, name: str, key: str) -> str:
        """How `key` of connection `name` is taken away."""
        return f"`pulumi config rm --path 'veeam:connections.{name}.{key}'`"

    def set_limit(self, most: int | str) -> str:
        """How the limit of deletions is set."""
        return f"`pulumi config set veeam:maxDeletes {most}`"


head = Words()


def speak(words: Words) -> None:
    """From here on messages name what this head's users have."""
    global head  # noqa: PLW0603 - a process has one head
    head = words
