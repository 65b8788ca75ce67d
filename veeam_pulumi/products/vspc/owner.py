"""The owner of a company: the one user who is made with it (REST 3.6 on), and goes with it.

* No answer holds the password. That /ownerCredentials/password of a company can be patched follows from the contract
  alone; where it is error 1001, the owner is patched as the user that they are.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from ...errors import ServerRefused
from ...resource.fields import Normal, State, computed, secret, write_only
from ...resource.grant import Grant, rights_of, text, unreadable
from ...resource.identity import path_part
from ...resource.types import Name, Secret
from ...server.names import fold
from .names import USERS
from .patch import patch
from .rights import ROLES
from .session import API, VspcSession

ROLE = "CompanyOwner"
NOT_PATCHED = "1001"


def _ends_without_dot(name: str) -> str:
    if name.endswith("."):
        raise ValueError("must not end with a dot")
    return name


class OwnerCredentials(BaseModel):
    """What the owner of a company logs in with."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    user_name: Annotated[
        Name,
        Field(max_length=128, pattern=r"^[a-zA-Z0-9!#$%&()\-.^_{}~'` ]+$"),
        AfterValidator(_ends_without_dot),
        Normal(fold),
    ] = Field(description="The name, 1 to 128 characters. It never changes; case does not matter.")
    password: Annotated[Secret | None, Field(max_length=128), secret, write_only, computed] = Field(
        None, description="The password, 1 to 128 characters; a new company needs it."
    )


def users(session: VspcSession, company: str) -> list[State]:
    return list(session.rows(f"{API}/organizations/{path_part(company)}/users"))


def set_password(session: VspcSession, path: str, company: str, password: SecretStr) -> None:
    """`path`: of the company."""
    try:
        patch(session, path, {"/ownerCredentials/password": password})
    except ServerRefused as error:
        owner = [row for row in users(session, company) if row.get("role") == ROLE] if error.code == NOT_PATCHED else []
        if not owner:
            raise
        patch(session, f"{USERS}/{path_part(str(owner[0]['instanceUid']))}", {"/credentials/password": password})


def grant(values: State) -> Grant:
    """What an owner may do: within the company, and as far as its claims go."""
    said = values.get("owner_credentials")
    rights, unknown = rights_of((ROLE,), ROLES, str.lower)
    return Grant(
        text(said.get("user_name") if isinstance(said, dict) else said),
        text(values.get("connection") or "vspc"),
        principal="company",
        roles=(ROLE,),
        rights=rights,
        unknown=unknown,
        enabled=values.get("status") != "Disabled",
        may_be_off=unreadable(values.get("status"), "Active", "Disabled"),
    )
