"""Gates: what a preview must not propose without somebody looking at it.

They fail closed: what a preview does not know, hides, or leaves to code of others trips the gate that it might.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ..pulumi_state import MASKED, NOT_ON_A_SERVER, Urn, kind_of
from ..resource.grant import LATER, Grant, Right, compared
from .change import Change
from .preview import Preview

PLAIN = ("new-admin", "adopted-admin", "new-role", "foreign-code", "drift", "protected", "error")
COUNTED = ("create", "update", "replace", "delete")
BREAK_GLASS = "pulumi-python:dynamic/veeam:BreakGlass"
"""The type of the resource that lists the break-glass accounts of a roster, and refuses to lose one."""
HIDDEN = frozenset({MASKED, LATER})
"""What stands for names and roles that a preview does not show: two of them may be two different ones."""
PRIVILEGES: tuple[Right, ...] = ("grant", "destroy", "destroy_maybe")
"""What makes an account one to look at: changing who has access, and deleting backups."""

ROLE_RIGHTS: tuple[Right, ...] = (*PRIVILEGES, "weaken")
"""What makes a role one to look at: as of an account, and weakening protection, which comes before deleting."""
LABELS = frozenset({"name", "description", "adopt", "connection"})
"""What of a role lets its holders do no more than before."""


@dataclass(frozen=True)
class Gate:
    """`new-admin`, or `delete` with the number that is still allowed."""

    name: str
    most: int | None = None

    def __str__(self) -> str:
        return self.name if self.most is None else f"{self.name}>{self.most}"


def parse(text: str) -> list[Gate]:
    """`new-admin,delete>10` -> gates. Raises ValueError."""
    found = []
    for word in filter(None, (part.strip() for part in text.split(","))):
        name, sign, most = (part.strip() for part in word.partition(">"))
        if not (name in PLAIN and not sign) and not (name in COUNTED and re.fullmatch(r"[0-9]{1,9}", most)):
            known = ", ".join([*PLAIN, *(f"{counted}>N" for counted in COUNTED)])
            raise ValueError(f"unknown gate {word!r}; known gates: {known}")
        found.append(Gate(name, int(most) if sign else None))
    return found


Approved = Callable[[Grant], str]
"""Why an account may be privileged (`approved by Ann Lee`); empty where nobody said so."""


def nobody(_: Grant) -> str:
    """The approvals where there are none."""
    return ""


def violated(gates: Iterable[Gate], preview: Preview, approved: Approved = nobody) -> list[Gate]:
    """The gates that this preview does not pass, as they were given. Who is approved trips none for administrators."""
    counts = Counter(one.op for one in preview.changes if _counts(one))
    stronger = [one for one in preview.changes if strengthens_role(one) and not (one.after and approved(one.after))]
    privileged = [one for one in preview.changes if becomes_privileged(one) and not (one.after and approved(one.after))]
    tripped = {
        "new-admin": any(not one.adopts for one in privileged),
        "adopted-admin": any(one.adopts for one in privileged),
        "new-role": bool(stronger),
        "foreign-code": any(one.runs_foreign_code for one in preview.changes),
        "drift": any(has_drifted(one) for one in preview.changes) or blind(preview),
        "protected": any(touches_protected(one) for one in preview.changes)
        or bool(refused_protected(preview) or refusing_rosters(preview)),
        "error": preview.failed,
    }
    return [gate for gate in gates if (tripped[gate.name] if gate.most is None else counts[gate.name] > gate.most)]


def becomes_privileged(one: Change) -> bool:
    """Whether an account may delete backups or change who has access, and is not recorded with just that.

    What is not known counts as a privilege that it gets, never as one that it had. A replacement, or an object that is
    made again, has what the server decides this time; it is a new account where it may stand for somebody else.
    """
    if one.after is None or one.op in ("same", "read", "delete"):
        return False
    return bool(gained(None if one.makes_another else one.before, one.after))


def strengthens_role(one: Change) -> list[Right]:
    """What a role lets its holders do from now on, of what is looked at: because it is new, has more rights, or its
    scopes change and so what these rights are for. Whether a new scope is a smaller one, nobody can tell.

    What is not known counts as given.
    """
    after, before = one.after, one.before
    if after is None or after.principal != "role" or one.op in ("same", "read", "delete"):
        return []
    gives = [right for right in ROLE_RIGHTS if after.may(right)]
    reaches = [name for name in one.intended if name not in LABELS and (one.wanted or {}).get(name) is not False]
    if before is None or one.op == "replace" or reaches:
        return gives
    had = {right for right in ROLE_RIGHTS if any(source.certain for source in before.rights.get(right, ()))}
    return gives if {*gives} - had else []


def made_privileged_by_hand(one: Change) -> bool:
    """Whether an account has such a right on the server and is not recorded with it."""
    return one.before is not None and one.by_hand is not None and bool(gained(one.before, one.by_hand))


def gained(before: Grant | None, after: Grant) -> list[Right]:
    """The privileges of an account that it did not have before, for certain, as the same enabled account."""
    if not after.enabled:
        return []
    had: set[Right] = set()
    if (
        before is not None
        and before.enabled
        and not before.may_be_off
        and _named(before) == _named(after)
        and not HIDDEN & {*_named(after)}
    ):
        had = {right for right in PRIVILEGES if any(source.certain for source in before.rights.get(right, ()))}
        guessed = {right for right in PRIVILEGES if not any(source.certain for source in after.rights.get(right, ()))}
        named = all(source.role not in ("", *HIDDEN) for right in guessed for source in after.rights.get(right, ()))
        if named and {*before.roles} == {*after.roles} and before.unknown == after.unknown:
            had |= guessed  # nobody knows what these roles may, and they stay the same
    return [right for right in PRIVILEGES if after.may(right) and right not in had]


def _named(one: Grant) -> tuple[str, ...]:
    return compared(one.account), one.connection, one.type, compared(one.organization)


def has_drifted(one: Change) -> bool:
    """Whether the object on the server is not as recorded, or gone."""
    return bool(one.kind) and one.op != "read" and (one.gone or bool(one.drifted))


def touches_protected(one: Change) -> bool:
    """Whether a protected object is deleted, replaced, changed or left without protection."""
    changes = one.op in ("delete", "replace") or bool(one.intended) or bool(one.hidden) or not one.protects
    return one.protected and changes


def refusing_rosters(preview: Preview) -> list[str]:
    """The lists of break-glass accounts that refuse to lose or to change one: no step tells."""
    urns = (Urn.of(one.urn) for one in preview.diagnostics if one.severity == "error")
    return sorted({urn.name for urn in urns if urn.type == BREAK_GLASS})


def refused_protected(preview: Preview) -> list[str]:
    """The names of the resources that the engine refused to delete or to replace: no step tells."""
    told = {one.urn for one in preview.changes if one.op in ("delete", "replace")}
    found = set[str]()
    for one in preview.diagnostics:
        if one.severity == "error" and "protect" in one.text:
            urns = map(Urn.of, re.findall(r'resource "(urn:[^"]+)"', one.text))
            found.update(urn.name for urn in urns if urn not in told)
    return sorted(found)


def blind(preview: Preview) -> bool:
    """Whether drift cannot be told, because the preview did not look although there is something to look at."""
    return not preview.refreshed and any(one.recorded is not None and one.kind for one in preview.changes)


def _counts(one: Change) -> bool:
    """Objects on servers and whatever other providers manage; no components, nothing of ours that is on no server."""
    kind = kind_of(one.urn.type, one.wanted or one.recorded or {})
    return one.custom and not one.urn.type.startswith("pulumi:") and kind not in NOT_ON_A_SERVER
