"""/api/security: who may do what. For Portal Administrators only, and only to look at."""

from __future__ import annotations

from ..exchange import Call, Reply
from ..store import Doc
from .accounts import ROLES
from .formats import Node
from .room import Manager
from .views import link

_ACCOUNTS, _ROLES = "/api/security/accounts", "/api/security/roles"


def settings(room: Manager, call: Call) -> Reply:
    base = room.base(call)
    links = [
        link("Down", base + _ACCOUNTS, "EnterpriseAccountReferenceList"),
        link("Down", base + _ROLES, "EnterpriseRoleReferenceList"),
        link("Create", base + _ACCOUNTS, "EnterpriseAccount"),
        link("Start", f"{base}{_ACCOUNTS}?action=rebuildScope"),
    ]
    attributes = {"Type": "EnterpriseSecuritySettings", "Href": f"{base}/api/security"}
    return room.answer(call, 200, Node("EnterpriseSecuritySettings", attributes, {"Links": links}))


def list_accounts(room: Manager, call: Call) -> Reply:
    accounts = [_account(room, call, account, "Ref") for account in room.accounts.all()]
    return room.answer(call, 200, _list(room, call, "EnterpriseAccounts", accounts))


def read_account(room: Manager, call: Call) -> Reply:
    return room.answer(call, 200, _account(room, call, _account_of(room, call), "EntityRef"))


def list_account_roles(room: Manager, call: Call) -> Reply:
    """Roles are not in the account's entity. Their only member here is a name; the link ends with the role's id."""
    account = _account_of(room, call)
    href = f"{room.base(call)}{_ACCOUNTS}/{account['id']}/roles/{ROLES[account['role']]}"
    role = Node(
        "EnterpriseAccountInRole",
        {"Type": "EnterpriseAccountInRole", "Href": href},
        {"Links": [link("Delete", href)], "RoleName": account["role"]},
    )
    return room.answer(call, 200, Node("EnterpriseAccountInRoleList", {}, {"EnterpriseAccountInRoles": [role]}))


def list_roles(room: Manager, call: Call) -> Reply:
    roles = [_role(room, call, name, "Ref") for name in ROLES]
    return room.answer(call, 200, _list(room, call, "EnterpriseRoles", roles))


def read_role(room: Manager, call: Call) -> Reply:
    for name, id_ in ROLES.items():
        if id_ == call.params["id"].lower():
            return room.answer(call, 200, _role(room, call, name, "EntityRef"))
    raise room.refusal(call, 404, f"Role with ID {call.params['id']} does not exist.")


def _list(room: Manager, call: Call, tag: str, items: list[Node]) -> Node:
    return Node(tag, {}, {tag: items}) if room.wants_entity(call) else Node("EntityReferences", {}, {"Refs": items})


def _account(room: Manager, call: Call, account: Doc, tag: str) -> Node:
    href, names = f"{room.base(call)}{_ACCOUNTS}/{account['id']}", {"Name": account["name"]}
    uid = f"urn:veeam:EnterpriseAccount:{account['id']}"
    if not room.wants_entity(call):
        alternate = link("Alternate", f"{href}?format=Entity", "EnterpriseAccount", account["name"])
        attributes = {"Type": "EnterpriseAccountReference", "Href": href, **names, "UID": uid}
        return Node(tag, attributes, {"Links": [alternate]})
    links = [link("Delete", href), link("Down", f"{href}/roles", "EnterpriseAccountInRoleList")]
    restores = Node("FlrSettings", {}, {"FlrInplaceOnly": False, "FlrExtentionRestrictions": ""})
    return Node(
        "EnterpriseAccount",
        {"Type": "EnterpriseAccount", "Href": f"{href}?format=Entity", **names, "UID": uid},
        {
            "Links": links,
            "AccountType": "User",
            "AllowRestoreAllVms": True,
            "FlrSettings": restores,
            "SqlSettings": Node("SqlSettings", {}, {"DenyInPlaceRestore": False}),
        },
    )


def _role(room: Manager, call: Call, name: str, tag: str) -> Node:
    href = f"{room.base(call)}{_ROLES}/{ROLES[name]}"
    full = room.wants_entity(call)
    other = (href, "EnterpriseRoleReference") if full else (f"{href}?format=Entity", "EnterpriseRole")
    return Node(
        "EnterpriseRole" if full else tag,
        {
            "Type": "EnterpriseRole" if full else "EnterpriseRoleReference",
            "Href": f"{href}?format=Entity" if full else href,
            "Name": name,
            "UID": f"urn:veeam:EnterpriseRole:{ROLES[name]}",
        },
        {"Links": [link("Alternate", *other, name)]},
    )


def _account_of(room: Manager, call: Call) -> Doc:
    for account in room.accounts.all():
        if account["id"] == call.params["id"].lower():
            return account
    raise room.refusal(call, 404, f"Account with ID {call.params['id']} does not exist.")
