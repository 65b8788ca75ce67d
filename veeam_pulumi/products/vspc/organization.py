"""Who a company is: its organization, which carries the name too.

* Read and patched at /organizations/{uid}; a company shows it with `expand=Organization`, else null.
* Country and region read back under three names (numbers, names, codes), of which a console fills in the others.
* `legalName` and `domain` came with REST 3.7 (console 9.3).
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from ...resource.fields import State, computed, input_fields
from ...resource.identity import path_part
from ...resource.types import Number, Text
from . import members
from .session import API

_AT_MOST_128 = "At most 128 characters."
Line = Annotated[Text | None, Field(max_length=128)]
Code = Annotated[Text | None, Field(max_length=32)]


class Organization(BaseModel):
    """Who a company is. What is left out is empty; the country, the region and the alias are the console's to fill."""

    model_config = ConfigDict(extra="forbid")

    alias: Annotated[Text | None, Field(max_length=32), computed] = Field(
        None, description=r"Stands before user names at a login, `alias\name`: at most 32 characters."
    )
    email: Line = Field(None, description="An address, with two to six letters after its last dot.")
    phone: Line = Field(None, description=_AT_MOST_128)
    tax_id: Annotated[Text | None, Field(max_length=100)] = Field(None, description="At most 100 characters.")
    website: Line = Field(None, description=_AT_MOST_128)
    street: Line = Field(None, description=_AT_MOST_128)
    city: Line = Field(None, description=_AT_MOST_128)
    zip_code: Line = Field(None, description=_AT_MOST_128)
    country: Annotated[Number | None, Field(ge=1), computed] = Field(None, description="The console's number of it.")
    state: Annotated[Number | None, Field(ge=1, le=51), computed] = Field(None, description="Of the USA, by number.")
    country_name: Annotated[Text | None, computed] = Field(None, description="The country in words.")
    region_name: Annotated[Text | None, computed] = Field(None, description="The region in words.")
    location_admin0_code: Annotated[Code, computed] = Field(None, description="The code of the country: `br`.")
    location_admin1_code: Annotated[Code, computed] = Field(None, description="The code of the region: `br-rs`.")
    location_admin2_code: Annotated[Code, computed] = Field(None, description="The code below the region.")
    notes: Annotated[Text | None, Field(max_length=512)] = Field(None, description="At most 512 characters.")
    company_id: Line = Field(None, description="What your own books call the company.")
    veeam_tenant_id: Line = Field(None, description="The tenant's id at Veeam.")
    legal_name: Line = Field(None, description="From console 9.3 on.")
    domain: Line = Field(None, description="From console 9.3 on.")


ROW = {"instanceUid": str, "name": str, **members.shape(Organization)}
_FIELDS = input_fields(Organization)


def path(id: str) -> str:
    return f"{API}/organizations/{path_part(id)}"


def changes(old: State, new: State) -> dict[str, Any]:
    """Path -> value of what differs; what is left out becomes null."""
    differing = [name for name, declared in _FIELDS.items() if not declared.satisfied(old, new)]
    return {f"/{members.camel(name)}": new.get(name) for name in differing}
