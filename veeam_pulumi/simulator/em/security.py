"""/api/security: who may do what. For Portal Administrators only, and only to look at."""

from __future__ import annotations

from ..routing import Call, Reply
from ..store import Doc
from .accounts import ROLES
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


def list_accounts(server: Server, call: Call) -> Reply:
    accounts = [_account(server, call, account, "Ref") for account in server.accounts.all()]
    return server.answer(call, 200, _list(server, call, "EnterpriseAccounts", accounts))


def read_account(server: Server, call: Call) -> Reply:
    return server.answer(call, 200, _account(server, call, _account_of(server, call), "EntityRef"))


def list_account_roles(server: Server, call: Call) -> Reply:
    """Roles are not in the account's entity. Their only member here is a name; the link ends with the role's id."""
    account = _account_of(server, call)
    href = f"{server.base(call)}{_ACCOUNTS}/{account['id']}/roles/{ROLES[account['role']]}"
    role = Node(
        "EnterpriseAccountInRole",
        {"Type": "EnterpriseAccountInRole", "Href": href},
        {"Links": [link("Delete", href)], "RoleName": account["role"]},
    )
    return server.answer(call, 200, Node("EnterpriseAccountInRoleList", {}, {"EnterpriseAccountInRoles": [role]}))


def list_roles(server: Server, call: Call) -> Reply:
    roles = [_role(server, call, name, "Ref") for name in ROLES]
    return server.answer(call, 200, _list(server, call, "EnterpriseRoles", roles))


def read_role(server: Server, call: Call) -> Reply:
    for name, id_ in ROLES.items():
        if id_ == call.params["id"].lower():
            return server.answer(call, 200, _role(server, call, name, "EntityRef"))
    raise server.refusal(call, 404, f"Role with ID {call.params['id']} does not exist.")


def _list(server: Server, call: Call, tag: str, items: list[Node]) -> Node:
    return Node(tag, {}, {tag: items}) if server.wants_entity(call) else Node("EntityReferences", {}, {"Refs": items})


def _account(server: Server, call: Call, account: Doc, tag: str) -> Node:
    href, names = f"{server.base(call)}{_ACCOUNTS}/{account['id']}", {"Name": account["name"]}
    uid = f"urn:veeam:EnterpriseAccount:{account['id']}"
    if not server.wants_entity(call):
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
            "UID": f"urn:veeam:EnterpriseRole:{ROLES[name]}",
        },
        {"Links": [link("Alternate", *other, name)]},
    )


def _account_of(server: Server, call: Call) -> Doc:
    for account in server.accounts.all():
        if account["id"] == call.params["id"].lower():
            return account
    raise server.refusal(call, 404, f"Account with ID {call.params['id']} does not exist.")
