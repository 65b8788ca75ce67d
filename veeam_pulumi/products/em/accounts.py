"""Looking at the accounts of an Enterprise Manager: all of them, one of an id, its roles; writing in either format.

* The list is shown as references in every sample; whether `?format=Entity` is honoured there is not said, so names and
  ids are taken from whatever comes.
* Lists have a name of their own in each answer and version: the first list whose members have a link is the one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ... import vocabulary
from ...errors import (
    AlreadyExists,
    AnswerLost,
    InvalidInput,
    NotFound,
    ServerRefused,
    ServerUnreachable,
    UnexpectedAnswer,
)
from ...resource.fields import State
from ...resource.identity import path_part, same_id
from ...server.body import fitting
from ..account_names import alike
from . import wire
from .session import EmSession

ACCOUNTS, ROLES = "/api/security/accounts", "/api/security/roles"
LATE = (0.5, 1.0, 2.0, 4.0, 8.0, 8.0)
"""Seconds between looks for what the server accepted, or may have accepted, and does not show yet."""
_REFERENCE = {"href": str, "uid": str, "name": str, "rolename": str}
_ROW = {**_REFERENCE, "accounttype": str, "flrsettings": {"flrextentionrestrictions": str}, "sqlsettings": {}}
ORDER = {
    "EnterpriseAccountCreateSpec": (
        "AccountType", "AccountName", "Roles", "AllowRestoreAllVms", "HierarchyScopeObjects", "FlrSettings",
        "SqlSettings",
    ),
    "EnterpriseAccountInRoleCreateSpec": ("EnterpriseRoleUid",),
    "HierarchyScopeCreateSpec": ("HierarchyScopeItems",),
}  # fmt: skip
"""The elements of a request in XML, in the order of the schema."""


def names(session: EmSession) -> dict[str, str]:
    """Id -> name of every account, as the server writes it. A complete list or an error."""
    rows = _members(session.get(ACCOUNTS), "accounts")
    if not all(row.get("uid") and row.get("name") for row in rows):
        raise UnexpectedAnswer("the server answered with an account that has no name or no id")
    return {_id(str(row["uid"])): str(row["name"]) for row in rows}


def alike_to(session: EmSession, name: str) -> str | None:
    """The id of an account whose name looks like that one, which may come back as `DOMAIN\\x` or `x@domain.tld`."""
    return next((id for id, known in names(session).items() if alike(known, name)), None)


def refuse_lookalike(session: EmSession, name: str) -> None:
    """Raises AlreadyExists where an account is there under another form of its name."""
    for id, known in names(session).items():
        if alike(known, name):
            raise AlreadyExists(
                f"not under this name, but the server has {known!r} (id {id}), which seems to be the same account",
                f"write its name as {known!r}: in that form {vocabulary.head.adopt}",
                id=id,
            )


def one(session: EmSession, id: str) -> dict[str, Any]:
    """The account of an id. Raises NotFound when a complete list does not have it, whatever else is said of the id."""
    refused: Exception | None = None
    try:
        row = session.get(_path(id), format="Entity")
        if row.get("uid") and same_id(_id(str(row["uid"])), id) and row.get("accounttype"):
            fitting(row, _ROW, "an account")
            return row
    except ServerRefused as error:
        if error.status not in (400, 404, 500):
            raise
        refused = error
    except UnexpectedAnswer as error:  # a 404, or a 200, without a word; the list says what there is
        refused = error
    if any(same_id(known, id) for known in names(session)):
        raise refused or UnexpectedAnswer(f"the server was asked for {id!r} and answered with another object")
    raise NotFound(f"the list of accounts has no {id}", status=404, words="not in the list of accounts")


def with_roles(session: EmSession, row: dict[str, Any]) -> dict[str, Any]:
    """An account and the names of its roles."""
    return {**row, "roles": roles_of(session, _id(str(row["uid"])))}


def roles_of(session: EmSession, id: str) -> list[str]:
    """The names of an account's roles, in alphabetical order."""
    rows = _members(session.get(f"{_path(id)}/roles"), "roles of an account")
    return sorted(str(row.get("rolename") or row.get("name")) for row in rows)


def uids(session: EmSession, wanted: Sequence[str]) -> list[str]:
    """Names of roles -> their UIDs (`urn:veeam:EnterpriseRole:…`). Raises InvalidInput for one that there is not."""
    rows = _members(session.get(ROLES), "roles")
    known = {str(row.get("name")): str(row.get("uid")).replace(" ", "") for row in rows}
    if missing := [name for name in wanted if name not in known]:
        raise InvalidInput(f"this server has no role {missing[0]!r}", f"its roles are {', '.join(sorted(known))}")
    return [known[name] for name in wanted]


def replace_roles(session: EmSession, id: str, roles: Sequence[str]) -> None:
    """Gives what is missing before it takes what is too much: the last role cannot be taken."""
    path = f"{_path(id)}/roles"
    wanted = uids(session, roles)
    held = {one.rpartition(":")[2] for one in uids(session, roles_of(session, id))}
    asked = {uid.rpartition(":")[2] for uid in wanted}
    for uid in dict.fromkeys(wanted):
        if uid.rpartition(":")[2] not in held:
            write(session, "POST", path, "EnterpriseAccountInRoleCreateSpec", {"EnterpriseRoleUid": uid})
    for gone in sorted(held - asked):
        session.write("DELETE", f"{path}/{gone}")


def replace_scopes(session: EmSession, id: str, spec: dict[str, Any]) -> None:
    """Takes every restore scope of an account away, then gives it these: if that breaks off, it may restore less."""
    path = f"{_path(id)}/scopes"
    for row in _members(session.get(path), "restore scopes"):
        session.write("DELETE", f"{path}/{path_part(str(row['href']).rpartition('/')[2])}")
    if spec["HierarchyScopeItems"]:
        write(session, "POST", path, "HierarchyScopeCreateSpec", spec)


def delete(session: EmSession, id: str) -> None:
    """Deletes an account. Raises NotFound where a complete list does not have it."""
    try:
        session.write("DELETE", _path(id))
    except (ServerRefused, UnexpectedAnswer):
        one(session, id)
        raise


def write(session: EmSession, method: str, path: str, root: str, spec: dict[str, Any]) -> None:
    """A request with a body in the connection's format; what is answered does not matter, if it is an answer."""
    body = wire.xml(root, spec, ORDER[root]) if session.settings.format == "xml" else spec
    session.write(method, path, body)


def flag(row: Mapping[str, Any], name: str) -> bool:
    """true or false, as JSON or as text; absent is false. Raises UnexpectedAnswer for anything else."""
    said = str(row.get(name) or False).lower()
    if said not in ("true", "false"):
        raise UnexpectedAnswer(f"the server answered with something else than true or false as {name}")
    return said == "true"


def looks(session: EmSession) -> Iterator[None]:
    """A turn for each look at a server that may be late."""
    yield
    for pause in LATE:
        if not session.transport.wait(pause):
            return
        yield


def turn(session: EmSession, id: str, *, to: bool) -> None:
    """Lets an account restore every machine, or not. The request turns it over: it is sent once at most."""

    def turned() -> bool:
        return flag(one(session, id), "allowrestoreallvms") == to

    if turned():
        return
    try:
        session.write("POST", _path(id))
    except AnswerLost as error:
        if not any(turned() for _ in looks(session)):
            raise ServerUnreachable(
                f"{error.cause}; allow_restore_all_vms is still {not to}, but the server may be busy with it yet, and "
                "two switches would be none: it is not sent again",
                "run again in a while",
            ) from None
    else:
        if not turned():
            raise InvalidInput(
                f"the server accepted the switch, but allow_restore_all_vms is still {not to}",
                "look whether somebody else changes it, then run again",
            )


def values(row: Mapping[str, Any]) -> State:
    """An account with its roles, by field name."""
    files, sql = row.get("flrsettings") or {}, row.get("sqlsettings") or {}
    return {
        "name": row["name"],
        "roles": row["roles"],
        "type": row.get("accounttype"),
        "allow_restore_all_vms": flag(row, "allowrestoreallvms"),
        "flr_in_place_only": flag(files, "flrinplaceonly"),
        "flr_extensions": files.get("flrextentionrestrictions") or "",
        "sql_deny_in_place": flag(sql, "denyinplacerestore"),
        "resolved_name": row["name"],
        "uid": str(row["uid"]).replace(" ", ""),
    }


def scopes(references: list[str]) -> dict[str, Any]:
    """Restore scopes as a request has them."""
    items = [{"HierarchyObjRef": one, "ObjectName": one.rpartition(":")[2]} for one in references]
    return {"HierarchyScopeItems": items}


def _members(body: Any, what: str) -> list[dict[str, Any]]:
    """The objects of a list, whatever its name is; an empty one may be null."""
    members = body.items() if isinstance(body, dict) else ()
    lists = [value for name, value in members if isinstance(value, list) and name != "links"]
    found = next((one for one in lists if any(isinstance(row, dict) and row.get("href") for row in one)), [])
    if not found and not isinstance(body, dict):
        raise UnexpectedAnswer(f"the server answered without a list of {what}")
    fitting(found, [_REFERENCE], f"a list of {what}")
    return found


def _id(uid: str) -> str:
    """The GUID of a UID; 12 was seen with a blank inside."""
    return uid.rpartition(":")[2].strip()


def _path(id: str) -> str:
    return f"{ACCOUNTS}/{path_part(id)}"
