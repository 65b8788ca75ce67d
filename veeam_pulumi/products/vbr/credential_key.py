"""Which credential on a server is meant: by user name, type and description, which several may have."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ...errors import InvalidInput
from ...resource.fields import Row
from .credential_rows import TEXTS, values

if TYPE_CHECKING:
    from .credential import CredentialInputs, VbrCredential


def differences(resource: VbrCredential, row: Row, inputs: CredentialInputs, names: Iterable[str]) -> list[str]:
    """What of these fields the server has otherwise, in words."""
    had, said = values(row), inputs.model_dump(include={*names})
    return [
        f"{name} is declared as {value!r}, the server has {had[name]!r}"
        for name, value in said.items()
        if not resource.same(name, had, said)
    ]


def adopted(resource: VbrCredential, known: Iterable[tuple[str, Row]], inputs: CredentialInputs) -> str | None:
    """The id of the one to take over: by its user name, and by what is said besides where several have that.

    Raises InvalidInput where it is not as it is declared, or where nobody can tell which one is meant.
    """
    named = [(id, row) for id, row in known if not differences(resource, row, inputs, ["username"])]
    said = inputs.model_fields_set & {*TEXTS}
    fits = [(id, row) for id, row in named if not differences(resource, row, inputs, said)]
    if len(fits) == 1 or not named:
        return fits[0][0] if fits else None
    if len(named) == 1:
        wrong = "; ".join(differences(resource, named[0][1], inputs, said))
        raise InvalidInput(
            f"it is on the server (id {named[0][0]}), but not as it is declared: {wrong}",
            "declare what the server has, or leave it out; for another one of this user name, do not adopt",
        )
    shown = "; ".join(f"{id} ({row.get('type')}, {row.get('description')!r})" for id, row in fits or named)
    raise InvalidInput(
        f"the server has {len(fits or named)} credentials that this may mean: {shown}",
        "say the type and the description of the right one; where those are the same, change one of the descriptions "
        "in the console",
    )
