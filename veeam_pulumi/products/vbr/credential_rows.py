"""A credential as a backup server has it: what is sent, in which revision, and what comes back.

* A key is sent in base64, as in the contract's example, or as it is: no document says which of them a server takes.
* Deleting a server ends before its credential is free (seen by others), so a refusal is tried again for some seconds
  where no managed server uses it any more.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from ...errors import AnswerLost, InvalidInput, ServerRefused, VeeamError
from ...resource.fields import State
from ...resource.identity import path_part, same_id
from .session import VbrSession

if TYPE_CHECKING:
    from .credential import CredentialInputs

PATH = "/api/v1/credentials"
SERVERS = "/api/v1/backupInfrastructure/managedServers"
SINCE = "1.3-rev0"
"""Managed service accounts, and `authenticationType`."""
FREE_SECONDS = 10.0
TEXTS = {"username": "username", "type": "type", "description": "description"}
LINUX = {
    "authentication_type": "authenticationType",
    "ssh_port": "SSHPort",
    "elevate_to_root": "elevateToRoot",
    "add_to_sudoers": "addToSudoers",
    "use_su": "useSu",
}
_OUTPUTS = {"unique_id": "uniqueId", "creation_time": "creationTime"}
_KINDS = {"SSHPort": int, "elevateToRoot": bool, "addToSudoers": bool, "useSu": bool, "isDefaultAppliance": bool}
ROW: dict[str, Any] = {
    **dict.fromkeys(("id", *TEXTS.values(), *_OUTPUTS.values(), LINUX["authentication_type"]), str),
    **_KINDS,
}
"""Without the secrets that the model of 1.2 lists: they go nowhere."""
_SECRETS = {"password": "password", "passphrase": "passphrase", "root_password": "rootPassword"}
_USER = {"id": str, "name": str, "type": str, "credentialsId": str}


def path(id: str) -> str:
    return f"{PATH}/{path_part(id)}"


def _is_older(session: VbrSession) -> bool:
    session.open()
    return session.revision in session.revisions[session.revisions.index(SINCE) + 1 :]


def require_type(session: VbrSession, kind: str) -> None:
    """Raises InvalidInput before anything is sent to a server that does not have the type."""
    if kind == "ManagedService" and _is_older(session):
        raise InvalidInput(
            f"credentials of managed service accounts need 13.0 (revision {SINCE}); this connection speaks "
            f"{session.revision}",
            "update the server, or use another type",
        )


def wire(session: VbrSession, inputs: CredentialInputs, names: Collection[str] | None = None) -> dict[str, Any]:
    """What of the inputs the server shows again, as it is sent: all, or the fields of these names."""
    known = {**TEXTS, **(LINUX if inputs.type == "Linux" else {})}
    body = {key: getattr(inputs, name) for name, key in known.items() if names is None or name in names}
    if _is_older(session):
        body.pop("authenticationType", None)
    return body


def secrets(inputs: CredentialInputs) -> dict[str, Any]:
    """What of the inputs nobody may see, as it is sent with a create."""
    found = {key: getattr(inputs, name) for name, key in _SECRETS.items() if getattr(inputs, name) is not None}
    return {**found, **({"privateKey": _key(inputs.private_key, inputs)} if inputs.private_key else {})}


def changes_of_secrets(inputs: CredentialInputs) -> Iterator[tuple[frozenset[str], str, dict[str, Any]]]:
    """The requests that change secrets: what they change, what they are called, and their bodies."""
    if inputs.password is not None:
        yield frozenset({"password"}), "changepassword", {"password": inputs.password}
    if inputs.private_key is not None:
        body = {"privateKey": _key(inputs.private_key, inputs)}
        body |= {"passphrase": inputs.passphrase} if inputs.passphrase is not None else {}
        yield frozenset({"private_key", "passphrase"}), "changeprivatekey", body
    if inputs.root_password is not None:
        yield frozenset({"root_password"}), "changerootpassword", {"password": inputs.root_password}


def _key(key: SecretStr, inputs: CredentialInputs) -> SecretStr:
    if inputs.private_key_encoding == "pem":
        return key
    bare = "".join(key.get_secret_value().split())
    with contextlib.suppress(binascii.Error, ValueError):  # ValueError: not ASCII
        base64.b64decode(bare, validate=True)
        return SecretStr(bare)
    return SecretStr(base64.b64encode(key.get_secret_value().encode()).decode())


def values(row: dict[str, Any]) -> State:
    """A row by field name."""
    return {name: row.get(key) for name, key in {**TEXTS, **LINUX, **_OUTPUTS}.items()}


def complete(session: VbrSession, row: dict[str, Any]) -> State | None:
    """The values of a row that has them all; None of one that has to be read."""
    found = values(row)
    wanted = {*TEXTS, *_OUTPUTS, *(LINUX if row.get("type") == "Linux" else ())}
    wanted -= {"authentication_type"} if _is_older(session) else set()
    return None if any(found[name] is None for name in wanted) else found


def delete_when_free(session: VbrSession, id: str) -> None:
    """Deletes a credential; where it is refused as in use and no managed server uses it, again for some seconds.

    Raises the refusal, with the managed servers that use it.
    """
    waited, pause = 0.0, 0.5
    while True:
        try:
            session.write("DELETE", path(id))
            return
        except (AnswerLost, ServerRefused) as error:
            if (refused := _in_use(session, error)) is None:
                raise
            users = _users(session, id)
            if users or waited >= FREE_SECONDS or not session.transport.wait(pause):
                used = f"; managed servers that use it: {', '.join(users[:5])}{', …' if users[5:] else ''}"
                raise refused.reworded(
                    f"{refused.cause}{used if users else ''}",
                    "nothing was deleted; give the servers and jobs that use it another credential first",
                ) from None
        waited, pause = waited + pause, min(2.0, pause * 1.5)


def _in_use(session: VbrSession, error: AnswerLost | ServerRefused) -> ServerRefused | None:
    """The refusal to delete what is in use, whatever its status; None for any other error."""
    if isinstance(error, AnswerLost):
        said = session.error(error.answer) if error.answer is not None else None
        if said is None:
            return None
        error = ServerRefused(error.cause, status=error.answer.status, code=said[0], words=said[1])
    return error if "in use" in error.words.lower() else None


def _users(session: VbrSession, id: str) -> list[str]:
    """The managed servers that log in with a credential, as far as this login may see them."""
    with contextlib.suppress(VeeamError):
        found = session.rows(SERVERS, shape=_USER)
        return sorted(
            f"{row.get('name')} ({row.get('type')})" for row in found if same_id(str(row.get("credentialsId")), id)
        )
    return []
