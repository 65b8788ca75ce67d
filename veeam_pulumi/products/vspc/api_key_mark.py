"""The mark that the description of an API key has while it is made, by which a lost one is known again."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable
from typing import Any

from ...errors import AnswerLost, ServerUnreachable, VeeamError
from ...resource.fields import Row
from ...server.token import is_token
from .session import VspcSession

_MARK = re.compile(r" \([0-9a-f]{12}\)")


def new() -> str:
    return f"({secrets.token_hex(6)})"


def create(
    session: VspcSession, path: str, params: dict[str, Any], mark: str, left: Callable[[], Iterable[Row]]
) -> dict[str, Any]:
    """The row of a new key, with the key. A key that was made, but not shown, is revoked; `left` lists all keys.

    Raises ServerUnreachable where nobody was told a key.
    """
    for _ in range(2):
        try:
            body = session.gave(session.request("POST", path, params=params))
            row = body.get("data") if isinstance(body, dict) else None
            if isinstance(row, dict) and type(row.get("id")) is int and is_token(row.get("parameters")):
                return row
            lost = AnswerLost("the server accepted the API key, but did not show it")
        except AnswerLost as error:
            lost = error
    try:
        ids = [str(one["id"]) for one in left() if mark in str(one.get("description"))]
        for id in ids:
            session.write("DELETE", f"{path.removesuffix('/apikey')}/{id}")
        what = "the key that was made is revoked" if ids else "no key of this request is to be seen (yet)"
    except VeeamError as error:
        what = f"whether a key was made, and is revoked, cannot be seen ({error.cause})"
    # Not as a lost answer: there is nothing to be taken over, a key without its secret is of no use.
    raise ServerUnreachable(f"{lost.cause}; {what}", f"run again; a key with {mark} in its description is of no use")


def warn_of_left(session: VspcSession, known: Iterable[tuple[str, Row]], description: str) -> None:
    """Names keys that look as if an earlier create had lost them. Another run may be making them at this moment."""
    for id, row in known:
        text = str(row.get("description"))
        if text.startswith(description) and _MARK.fullmatch(text[len(description) :]):
            session.warn(
                f"the API key {id} ({text!r}) is there, as a create leaves it whose answer got lost: then nobody has "
                "its secret; revoke it in the portal, unless another program has it"
            )
