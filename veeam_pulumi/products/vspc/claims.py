"""What the users of a company may do with jobs: its claims, at /permissions/{uid}?entityType=Company (REST 3.6 on).

* Which there are depends on the version, so that the server decides. Its example adds one claim by a patch; how one is
  taken away is in no example, so the whole array is replaced.
* Company owners may not ask for them: then nothing is known of them, and nothing is compared.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ...errors import NotFound, ServerRefused
from ...resource.identity import path_part
from ...resource.types import Name
from ...server.body import fitting
from .patch import patch
from .session import API, VspcSession

Claim = Annotated[Name, Field(max_length=64, pattern="^[A-Za-z0-9]+$")]
_OF = {"entityType": "Company"}


def read(session: VspcSession, company: str) -> list[str] | None:
    """The claims of a company; None where this login may not see them, or the console is too old."""
    if session.major() <= 8:
        return None
    try:
        data = session.get(_path(company), **_OF).get("data")
    except ServerRefused as error:
        if error.status == 403 or isinstance(error, NotFound):
            return None
        raise
    found = fitting(data, {"claims": [str]}, "permissions") or {}
    return list(found.get("claims") or [])


def write(session: VspcSession, company: str, claims: list[str]) -> None:
    patch(session, _path(company), {"/claims": claims}, **_OF)


def _path(company: str) -> str:
    return f"{API}/permissions/{path_part(company)}"
