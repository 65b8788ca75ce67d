"""Gates: what a preview must not propose without somebody looking at it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from ..access.grants import BREAK_GLASS
from ..pulumi_state import MASKED, UNKNOWN, Urn
from .change import Change
from .proposal import OWN, Proposal

PLAIN = ("new-admin", "drift", "protected", "error")
COUNTED = ("create", "update", "replace", "delete")


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
        if not (name in PLAIN and not sign) and not (name in COUNTED and re.fullmatch(r"\d{1,9}", most)):
            known = ", ".join([*PLAIN, *(f"{counted}>N" for counted in COUNTED)])
            raise ValueError(f"{word!r} is no gate; gates are {known}")
        found.append(Gate(name, int(most) if sign else None))
    return found


def violated(gates: Iterable[Gate], proposal: Proposal) -> list[Gate]:
    """The gates that this preview does not pass, as they were given."""
    counts = Counter(one.op for one in proposal.changes if _counts(one))
    tripped = {
        "new-admin": any(becomes_administrator(one) for one in proposal.changes),
        "drift": any(has_drifted(one) for one in proposal.changes) or blind(proposal),
        "protected": any(touches_protected(one) for one in proposal.changes)
        or bool(refused_protected(proposal) or refusing_rosters(proposal)),
        "error": proposal.failed,
    }
    return [gate for gate in gates if (tripped[gate.name] if gate.most is None else counts[gate.name] > gate.most)]


def becomes_administrator(one: Change) -> bool:
    """Whether somebody gets administration who is not recorded with it. Roles that nobody knows yet count as such."""
    before, after = one.before, one.after
    if after is None or not after.enabled or one.op in ("same", "read", "delete"):
        return False
    had = before is not None and before.enabled and before.account.casefold() == after.account.casefold()
    had = had and before is not None and before.administrator
    return not had and (after.administrator or roles_unknown(one))


def made_administrator_by_hand(one: Change) -> bool:
    """Whether somebody has administration on the server who is not recorded with it."""
    before, now = one.before, one.by_hand
    had = before is not None and before.administrator and before.enabled
    return before is not None and now is not None and now.administrator and now.enabled and not had


def roles_unknown(one: Change) -> bool:
    """Whether what the account may do is known only after `up`, or kept secret."""
    return one.after is not None and bool({MASKED, UNKNOWN} & set(one.after.roles))


def has_drifted(one: Change) -> bool:
    """Whether the object on the server is not as recorded, or gone."""
    return bool(one.kind) and one.op != "read" and (one.gone or bool(one.drifted))


def touches_protected(one: Change) -> bool:
    """Whether a protected object is deleted, replaced, changed or left without protection."""
    return one.protected and (one.op in ("delete", "replace") or bool(one.intended) or not one.protects)


def refusing_rosters(proposal: Proposal) -> list[str]:
    """The lists of break-glass accounts that refuse to lose or to change one: no step tells."""
    urns = (Urn.of(one.urn) for one in proposal.diagnostics if one.severity == "error")
    return sorted({urn.name for urn in urns if urn.type == BREAK_GLASS})


def refused_protected(proposal: Proposal) -> list[str]:
    """The names of the resources that the engine refused to delete or to replace: no step tells."""
    told = {one.urn for one in proposal.changes if one.op in ("delete", "replace")}
    found = set[str]()
    for one in proposal.diagnostics:
        if one.severity == "error" and "protect" in one.text:
            urns = map(Urn.of, re.findall(r'resource "(urn:[^"]+)"', one.text))
            found.update(urn.name for urn in urns if urn not in told)
    return sorted(found)


def blind(proposal: Proposal) -> bool:
    """Whether drift cannot be told, because the preview did not look although there is something to look at."""
    return not proposal.refreshed and any(one.recorded is not None and one.kind for one in proposal.changes)


def _counts(one: Change) -> bool:
    """Objects on servers and whatever other providers manage; no components, nothing of ours that is on no server."""
    return one.custom and not one.urn.type.startswith(("pulumi:", OWN))
