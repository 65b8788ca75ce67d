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
    adopted: bool = False
    """What it begins with is somebody else's, and adopted with the password that it is to have."""
    forced: bool = False
    """Replaced because the user says so."""
    entry: str = ""
    """A second entry of the program. `renamed`: in the place of the first, without an alias. `second`: beside the
    first, for the same object. `twin`: beside it, by another address of what is managed; where the specimen says so,
    `renamed` is one."""
    address: str = ""
    """The server has another address, and the connection says `moved_from`. `new`: the connection's from then on.
    `other`: that of a second connection; the last entry of the program is on that one then."""

    @property
    def stays(self) -> bool:
        """Whether what is there when it begins must never be deleted."""
        return bool(self.after) and self.after != "renamed" and not self.forced and self.by_hand != "delete"


OPERATIONS = {
    "create": Operation("", "first"),
    "update": Operation("first", "changed"),
    "rotate": Operation("first", "rotated"),
    "replace": Operation("first", "renamed"),
    "move": Operation("first", "renamed"),
    "force": Operation("first", "first", forced=True),
    "delete": Operation("first", ""),
    "adopt": Operation("", "first", by_hand="add", adopt=True),
    "own": Operation("first", "first", adopted=True),
    "refresh": Operation("first", "first", run="refresh", by_hand="update"),
    "gone": Operation("first", "first", run="refresh", by_hand="delete"),
    "blind refresh": Operation("first", "first", run="refresh", by_hand="blind"),
    "blind delete": Operation("first", "", by_hand="blind"),
    "renamed entry": Operation("first", "first", entry="renamed"),
    "renamed and adopted entry": Operation("first", "first", entry="renamed", adopt=True),
    "second entry": Operation("first", "first", entry="second"),
    "second address": Operation("first", "first", entry="second", address="other"),
    "twin": Operation("first", "first", entry="twin"),
    "new address": Operation("first", "changed", address="new"),
    "new address then delete": Operation("first", "", address="new"),
    "other connection": Operation("first", "changed", address="other"),
    "renamed and moved entry": Operation("first", "first", entry="renamed", adopt=True, address="other"),
}
SUBJECTS = BY_LABEL
