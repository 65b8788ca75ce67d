"""What users of a head call things: the commands and options that the next step of an error names.

`server`, `resource` and `products` know no engine. What runs them says once, with `speak`, what its users call things;
until then messages are in words of nobody in particular.
"""

from __future__ import annotations

from typing import Protocol


class Vocabulary(Protocol):
    """The words of one head. Each is a part of a sentence; commands are in backticks."""

    @property
    def adopt(self) -> str:
        """How an object that is there is taken over: "… takes it over"."""

    @property
    def adopt_or_rename(self) -> str:
        """What to do where a new object's name is taken."""

    @property
    def again_adopting(self) -> str:
        """How to run again so that what is there is taken over."""

    @property
    def make_ours(self) -> str:
        """How an adopted object becomes one that was created here."""

    @property
    def free_first(self) -> str:
        """What to do where the name that an object is to get is another object's."""

    @property
    def forget(self) -> str:
        """The command that takes an object out of the state and leaves it on its server."""

    @property
    def renew(self) -> str:
        """How an object is made on another server than the one that has it."""

    @property
    def goes_on(self) -> str:
        """What completes an object that is not complete yet."""

    @property
    def refresh(self) -> str:
        """How to read everything again, with the settings of today."""

    @property
    def place(self) -> str:
        """Where settings stand."""

    @property
    def connections(self) -> str:
        """The name of the map of connections there."""

    @property
    def limit(self) -> str:
        """The name of the limit of deletions there."""

    @property
    def as_number(self) -> str:
        """How a number is had from settings where text came, behind "must be a number"; empty where there is no such
        mistake."""

    @property
    def as_switch(self) -> str:
        """The same for True and False."""

    @property
    def changed(self) -> str:
        """What to know where a setting may have been changed already, and this process got those of the last run;
        `{variable}` is the environment variable that sets it too. Empty where settings are always today's."""

    def use(self, name: str) -> str:
        """The argument by which a resource is on connection `name`."""

    def set(self, name: str, key: str, value: str = "…") -> str:
        """How `key` of connection `name` is set."""

    def remove(self, name: str, key: str) -> str:
        """How `key` of connection `name` is taken away."""

    def set_limit(self, most: int | str) -> str:
        """How the limit of deletions is set."""


class _Nobodys:
    """The words where no head runs: the package as a library."""

    adopt = "adopting takes it over"
    adopt_or_rename = (
        "renamed? keep its entry in the state; made elsewhere? adopt it to take it over as it is, or choose another "
        + "name"
    )
    free_first = "if another object that is managed here has it until now, give that one a name that nobody has first"
    again_adopting = "run again and adopt it"
    make_ours = "make it ours first (adopt no longer)"
    forget = "removing it from the state"
    renew = "forget the old one and create it"
    goes_on = "the next update goes on"
    refresh = "read it again"
    place = "the settings"
    connections = "the map of connections"
    limit = "the limit of deletions"
    as_number = as_switch = ""
    changed = ""

    def use(self, name: str) -> str:
        return f"connection={name!r}"

    def set(self, name: str, key: str, value: str = "…") -> str:
        return f"`{key}: {value}` in the settings of connection {name}"

    def remove(self, name: str, key: str) -> str:
        return f"deleting {key} from the settings of connection {name}"

    def set_limit(self, most: int | str) -> str:
        return f"a limit of {most} deletions"


head: Vocabulary = _Nobodys()


def speak(words: Vocabulary) -> None:
    """From here on messages name what this head's users have."""
    global head  # noqa: PLW0603 - a process has one head
    head = words
