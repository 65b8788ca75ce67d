"""What is managed in the campaign, and what is done with it."""

from __future__ import annotations

from dataclasses import dataclass

from tests.specimens import BY_LABEL


@dataclass(frozen=True)
class Operation:
    """From one program to another: the names of arguments of a Specimen, "" for no resource.

    `by_hand`: what somebody else does in between; `blind`: the login loses its role and does not see the object until
    the run has ended. `run`: what the engine does then.
    """

    before: str
    after: str
    run: str = "up"
    by_hand: str = ""
    adopt: bool = False
    forced: bool = False
    """Replaced because the user says so."""


OPERATIONS = {
    "create": Operation("", "first"),
    "update": Operation("first", "changed"),
    "rotate": Operation("first", "rotated"),
    "replace": Operation("first", "renamed"),
    "move": Operation("first", "renamed"),
    "force": Operation("first", "first", forced=True),
    "delete": Operation("first", ""),
    "adopt": Operation("", "first", by_hand="add", adopt=True),
    "refresh": Operation("first", "first", run="refresh", by_hand="update"),
    "gone": Operation("first", "first", run="refresh", by_hand="delete"),
    "blind refresh": Operation("first", "first", run="refresh", by_hand="blind"),
    "blind delete": Operation("first", "", by_hand="blind"),
}
SUBJECTS = BY_LABEL
