"""One login with a password that was just set, for whoever asks for it (`verify_password`).

A server may answer that it changed a password and not have done so. Only a login tells, and a refused one counts
against the account: it is sent once, by whoever set the password, and never repeated.
"""

from __future__ import annotations

from typing import Any

from pydantic import SecretStr

from ..errors import LoginRefused, NotFound, VeeamError
from ..server.session import Session
from .fields import Inputs, State, plain
from .resource import AnyResource


def require_login(resource: AnyResource, session: Session, inputs: Inputs, live: State) -> None:
    """Tries the password that was just set, where that was asked for. `live`: what the server says of the account.

    Raises LoginRefused where it does not let in. Where no answer tells, a warning says so.
    """
    password: Any = getattr(inputs, "password", None)
    name = resource.verified_login(inputs, live)
    if name is None or not isinstance(password, SecretStr):
        return
    let_in = session.lets_in(name, password)
    if let_in is None:
        session.warn(
            f"{resource.label(plain(inputs))}: its password was set, but whether it lets in is not known: the server "
            "was busy, or its answer was none of a login; it is not tried again"
        )
    if let_in is False:
        raise LoginRefused(
            "its password was set, but a login with it was refused: either the server accepted "
            "the change and did not make it, or this account may not log in to the REST API",
            "run again to set it once more; if the account may not log in there, leave verify_password out",
        )


def require_first_login(
    resource: AnyResource, session: Session, id: str, inputs: Inputs, live: State, state: State
) -> State:
    """As `require_login`, for an object that was just created: one that does not let in is taken back -> its state.

    Where it cannot be, its state does not claim the password, so that the next run sets it again.
    """
    try:
        require_login(resource, session, inputs, live)
    except LoginRefused as refused:
        try:
            resource.delete(session, id, state)
        except NotFound:
            pass
        except VeeamError as error:
            session.warn(f"{resource.label(state)} was created and stays, but {refused.cause}; {error.cause}")
            return {name: value for name, value in state.items() if name != "password"}
        refused.cause += "; it was deleted again"
        raise
    return state
