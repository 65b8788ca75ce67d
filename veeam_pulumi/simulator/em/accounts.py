"""/api/security: accounts, their roles and restore scopes. For Portal Administrators only; there is no PUT anywhere."""

from __future__ import annotations

import uuid
from typing import Any

from ..routing import Call, Refusal, Reply
from ..store import Doc
from . import account_bodies
from .directory import ROLES
from .formats import Node
from .server import Server
from .views import link

_ACCOUNTS, _ROLES = "/api/security/accounts", "/api/security/roles"


def settings(server: Server, call: Call) -> Reply:
    base = server.base(call)
    links = [
        link("Down", base + _ACCOUNTS, "EnterpriseAccountReferenceList"),
        link("Down", base + _ROLES, "EnterpriseRoleReferenceList"),
        link("Create", base + _ACCOUNTS, "EnterpriseAccount"),
        link("Start", f"{base}{_ACCOUNTS}?action=rebuildScope"),
    ]
    attributes = {"Type": "EnterpriseSecuritySettings", "Href": f"{base}/api/security"}
    return server.answer(call, 200, Node("EnterpriseSecuritySettings", attributes, {"Links": links}))


# -- accounts


def list_all(server: Server, call: Call) -> Reply:
    found = server.directory.look()
    if server.wants_entity(call) and server.settings.text("collection_entity") == "honoured":
        body = Node("EnterpriseAccounts", {}, {"EnterpriseAccounts": [_entity(server, call, one) for one in found]})
    else:
        body = Node("EntityReferences", {}, {"Refs": [_reference(server, call, one, "Ref") for one in found]})
    return server.answer(call, 200, body)


def read(server: Server, call: Call) -> Reply:
    account = _account_of(server, call)
    shown = _entity(server, call, account) if server.wants_entity(call) else _reference(server, call, account)
    return server.answer(call, 200, shown)


def create(server: Server, call: Call) -> Reply:
    """201 and nothing: neither an id nor a Location. `?action=rebuildScope` is a task instead."""
    action = (call.first("action") or "").lower()
    if action == "rebuildscope":
        task = server.start(call, "StartRebuildScope", lambda: None, None)
        return server.answer(call, 201, server.task_node(call, task))
    if action not in ("", "create"):
        raise server.refusal(call, 400, f"The action '{action}' is not supported.")
    name, values = account_bodies.new_account(server, call)
    if name.lower() in server.settings.refused_accounts:
        raise server.refusal(call, 400, f"Cannot find user account {name}")
    how = server.settings.text("duplicate_account")
    if server.directory.find(name) and how != "second":
        raise server.refusal(call, int(how), f"Account {name} already exists.")  # assumed: status and text
    _check_license(server, call, values["allowRestoreAllVms"])
    values["scopes"] = [{"id": str(uuid.uuid4()), **scope} for scope in values["scopes"]]
    server.directory.add(name, values, late=True)
    return Reply(201)


def delete(server: Server, call: Call) -> Reply:
    """assumed: one's own account, and the last Portal Administrator's, can be deleted too."""
    account = _account_of(server, call)
    server.directory.forget(account["id"])
    server.logons.end_account(account["name"].lower())
    return Reply(204)


def toggle(server: Server, call: Call) -> Reply:
    """A POST without a body turns AllowRestoreAllVms over: sent twice, it has done nothing."""
    account = _account_of(server, call)
    _check_license(server, call, not account["allowRestoreAllVms"])
    server.directory.put({**account, "allowRestoreAllVms": not account["allowRestoreAllVms"]})
    return Reply(204)


# -- the roles of an account


def list_account_roles(server: Server, call: Call) -> Reply:
    """Roles are not in the account's entity. Their only member here is a name; the link ends with the role's id."""
    account = _account_of(server, call)
    items = [_in_role(server, call, account, name) for name in account["roles"]]
    name = (
        "EnterpriseAccountInRoleList" if server.settings.text("in_role_name") == "root" else "EnterpriseAccountInRoles"
    )
    return server.answer(call, 200, Node("EnterpriseAccountInRoleList", {}, {name: items}))


def read_account_role(server: Server, call: Call) -> Reply:
    account = _account_of(server, call)
    return server.answer(call, 200, _in_role(server, call, account, _held_role(server, call, account)))


def add_role(server: Server, call: Call) -> Reply:
    account = _account_of(server, call)
    name = account_bodies.role(server, call)
    if name in account["roles"]:
        raise server.refusal(call, 400, f"The account has the role {name} already.")  # assumed: status and text
    server.directory.put({**account, "roles": [*account["roles"], name]})
    return Reply(201)


def take_role(server: Server, call: Call) -> Reply:
    account = _account_of(server, call)
    name = _held_role(server, call, account)
    if len(account["roles"]) == 1:  # documented; the status is not
        raise server.refusal(call, server.settings.number("last_role"), "The last role cannot be removed.")
    server.directory.put({**account, "roles": [one for one in account["roles"] if one != name]})
    return Reply(204)


# -- restore scopes


def list_scopes(server: Server, call: Call) -> Reply:
    account = _account_of(server, call)
    items = [_scope(server, call, account, scope) for scope in account["scopes"]]
    return server.answer(
        call, 200, Node("EnterpriseAccountHierarchyScopes", {}, {"EnterpriseAccountHierarchyScopes": items})
    )


def read_scope(server: Server, call: Call) -> Reply:
    account = _account_of(server, call)
    return server.answer(call, 200, _scope(server, call, account, _held_scope(server, call, account)))


def add_scopes(server: Server, call: Call) -> Reply:
    """202 in the prose, 201 in the example."""
    account = _account_of(server, call)
    new = [{"id": str(uuid.uuid4()), **scope} for scope in account_bodies.scopes(server, call)]
    server.directory.put({**account, "scopes": [*account["scopes"], *new]})
    return Reply(server.settings.number("scopes_reply"))


def take_scope(server: Server, call: Call) -> Reply:
    account = _account_of(server, call)
    gone = _held_scope(server, call, account)
    server.directory.put({**account, "scopes": [one for one in account["scopes"] if one["id"] != gone["id"]]})
    return Reply(204)


# -- roles


def list_roles(server: Server, call: Call) -> Reply:
    roles = [_role(server, call, name, "Ref") for name in ROLES]
    entities = server.wants_entity(call)
    body = Node(
        "EnterpriseRoles" if entities else "EntityReferences", {}, {"EnterpriseRoles" if entities else "Refs": roles}
    )
    return server.answer(call, 200, body)


def read_role(server: Server, call: Call) -> Reply:
    for name, id_ in ROLES.items():
        if id_ == call.params["id"].lower():
            return server.answer(call, 200, _role(server, call, name, "EntityRef"))
    raise server.refusal(call, 404, f"Role with ID {call.params['id']} does not exist.")


# -- what answers show


def _uid(server: Server, kind: str, id_: str) -> str:
    """12 was seen with a blank inside."""
    return f"urn:veeam:{kind}:{' ' if server.settings.on('uid_spaces') else ''}{id_}"


def _reference(server: Server, call: Call, account: Doc, tag: str = "EntityRef") -> Node:
    href = f"{server.base(call)}{_ACCOUNTS}/{account['id']}"
    uid = _uid(server, "EnterpriseAccount", account["id"])
    alternate = link("Alternate", f"{href}?format=Entity", "EnterpriseAccount", account["name"])
    attributes = {"Type": "EnterpriseAccountReference", "Href": href, "Name": account["name"], "UID": uid}
    return Node(tag, attributes, {"Links": [alternate]})


def _entity(server: Server, call: Call, account: Doc) -> Node:
    href = f"{server.base(call)}{_ACCOUNTS}/{account['id']}"
    links = [
        link("Alternate", href, "EnterpriseAccountReference", account["name"]),
        link("Down", f"{href}/roles", "EnterpriseAccountInRoleList"),
        link("Create", f"{href}/roles", "EnterpriseAccountInRole"),
        link("Down", f"{href}/scopes", "EnterpriseAccountHierarchyScopeList"),
        link("Create", f"{href}/scopes", "EnterpriseAccountHierarchyScope"),
        link("Delete", href),
        link("ToggleRestoreScopesEnabled", href),
    ]
    files = {
        "FlrInplaceOnly": account["flrInPlaceOnly"],
        "FlrExtentionRestrictions": account["flrExtensions"],
    }
    uid = _uid(server, "EnterpriseAccount", account["id"])
    return Node(
        "EnterpriseAccount",
        {"Type": "EnterpriseAccount", "Href": f"{href}?format=Entity", "Name": account["name"], "UID": uid},
        {
            "Links": links,
            "AccountType": account["type"],
            "AllowRestoreAllVms": account["allowRestoreAllVms"],
            "FlrSettings": Node("FlrSettings", {}, files),
            "SqlSettings": Node("SqlSettings", {}, {"DenyInPlaceRestore": account["sqlDenyInPlace"]}),
        },
    )


def _in_role(server: Server, call: Call, account: Doc, name: str) -> Node:
    href = f"{server.base(call)}{_ACCOUNTS}/{account['id']}/roles/{ROLES[name]}"
    attributes = {"Type": "EnterpriseAccountInRole", "Href": href}
    return Node("EnterpriseAccountInRole", attributes, {"Links": [link("Delete", href)], "RoleName": name})


def _scope(server: Server, call: Call, account: Doc, scope: dict[str, Any]) -> Node:
    """The reference that was sent does not come back: a name, a kind, and the root's name."""
    href = f"{server.base(call)}{_ACCOUNTS}/{account['id']}/scopes/{scope['id']}"
    shown = {
        "Links": [link("Delete", href)],
        "Name": scope["name"],
        "HierarchyRootName": "vcenter01.lab.local",
        "Platform": "VMware",
        "HierarchyObjectType": "Vm",
        "State": "Processed",
    }
    return Node("EnterpriseAccountHierarchyScope", {"Type": "EnterpriseAccountHierarchyScope", "Href": href}, shown)


def _role(server: Server, call: Call, name: str, tag: str) -> Node:
    href = f"{server.base(call)}{_ROLES}/{ROLES[name]}"
    full = server.wants_entity(call)
    other = (href, "EnterpriseRoleReference") if full else (f"{href}?format=Entity", "EnterpriseRole")
    return Node(
        "EnterpriseRole" if full else tag,
        {
            "Type": "EnterpriseRole" if full else "EnterpriseRoleReference",
            "Href": f"{href}?format=Entity" if full else href,
            "Name": name,
            "UID": _uid(server, "EnterpriseRole", ROLES[name]),
        },
        {"Links": [link("Alternate", *other, name)]},
    )


# -- which one is meant


def _account_of(server: Server, call: Call) -> Doc:
    account = server.directory.get(call.params["id"])
    if account is not None:
        return account
    how = server.settings.text("unknown_account")
    if how == "empty":
        raise Refusal(Reply(200))
    raise server.refusal(call, int(how), f"Account with ID {call.params['id']} does not exist.")


def _held_role(server: Server, call: Call, account: Doc) -> str:
    name = next((name for name, id_ in ROLES.items() if id_ == call.params["role"].lower()), "")
    if name not in account["roles"]:
        raise server.refusal(call, 404, f"Role with ID {call.params['role']} does not exist.")
    return name


def _held_scope(server: Server, call: Call, account: Doc) -> dict[str, Any]:
    for scope in account["scopes"]:
        if scope["id"] == call.params["scope"].lower():
            return dict(scope)
    raise server.refusal(call, 404, f"Scope with ID {call.params['scope']} does not exist.")


def _check_license(server: Server, call: Call, restore_all: bool) -> None:
    if not restore_all and server.settings.text("edition") != "plus":
        # Documented that a custom scope needs Enterprise Plus; assumed: status and text.
        raise server.refusal(call, 403, "The license does not allow restore scopes.")
