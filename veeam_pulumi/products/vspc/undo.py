"""What was created and then could not be made what it should be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...errors import AnswerLost, VeeamError
from .session import VspcSession


def take_back(session: VspcSession, error: VeeamError, delete: Callable[[], Any], *, stays: str, why: str) -> None:
    """Deletes it and raises the error with `why`; where that fails too, warns that it `stays`: the next run goes on.

    Nor is it deleted where an answer was lost: a late DELETE would leave the id of a deleted object in the state.
    """
    try:
        if isinstance(error, AnswerLost):
            raise error
        delete()
    except VeeamError:
        session.warn(f"{stays}: {error.cause}")
        return
    error.cause = f"{error.cause}; {why}"
    raise error
