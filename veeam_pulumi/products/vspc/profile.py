"""Who a user of Service Provider Console is: name, title, ways to reach them.

* All may be null but the title: where nobody gave one, it reads `Unknown`.
* REST 3.6 gives a pattern for the e-mail address: a last part of two to six letters. The server decides.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ...resource.fields import Normal
from ...resource.types import Text

NAMES = {
    "first_name": "firstName",
    "last_name": "lastName",
    "title": "title",
    "email": "email",
    "address": "address",
    "phone": "phone",
}


Title = Literal["Mr", "Miss", "Mrs", "Ms", "Unknown"]


class Profile(BaseModel):
    """Who a user is."""

    model_config = ConfigDict(extra="forbid")

    first_name: Annotated[Text | None, Field(max_length=2048)] = Field(None, description="At most 2048 characters.")
    last_name: Annotated[Text | None, Field(max_length=2048)] = Field(None, description="At most 2048 characters.")
    title: Annotated[Title | None, Normal(lambda title: "" if title == "Unknown" else title)] = Field(
        None, description="`Unknown` is what a console shows where nobody gave one."
    )
    email: Annotated[Text | None, Field(max_length=2048)] = Field(
        None, description="An address; consoles from 9.0 want two to six letters after its last dot."
    )
    address: Annotated[Text | None, Field(max_length=2048)] = Field(None, description="At most 2048 characters.")
    phone: Annotated[Text | None, Field(max_length=512)] = Field(None, description="At most 512 characters.")


def said(profile: dict[str, Any]) -> dict[str, Any]:
    """What a profile says, without what says nothing."""
    return {key: value for key, value in profile.items() if value not in (None, "", "Unknown")}


def body(profile: dict[str, Any]) -> dict[str, Any]:
    """A profile as a request has it."""
    return {name: profile.get(key) for key, name in NAMES.items() if key in profile or key != "title"}


def read(row: Any) -> dict[str, Any]:
    """A profile as an answer has it -> by field name."""
    row = row if isinstance(row, dict) else {}
    return said({key: row.get(name) for key, name in NAMES.items()})


def changes(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Path -> value of what differs."""
    old, new = said(old), said(new)
    keys = [key for key in NAMES if old.get(key) != new.get(key)]
    return {f"/profile/{NAMES[key]}": new.get(key, "Unknown" if key == "title" else None) for key in keys}
