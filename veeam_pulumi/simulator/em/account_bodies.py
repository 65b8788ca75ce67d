"""Bodies of /api/security: nested, as JSON with keys in any case, or as XML in the order of the schema."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

from ..routing import Call
from . import bodies
from .directory import ROLES, TYPES
from .formats import NAMESPACE
from .server import Server

_ORDER = [
    *("AccountType", "AccountName", "Roles", "AllowRestoreAllVms", "HierarchyScopeObjects"),
    *("FlrSettings", "SqlSettings"),
]
_ROLE = "urn:veeam:EnterpriseRole:"


def new_account(server: Server, call: Call) -> tuple[str, dict[str, Any]]:
    """(name, values) of an EnterpriseAccountCreateSpec."""
    spec = _read(server, call, "EnterpriseAccountCreateSpec")
    name, kind = spec.get("accountname"), spec.get("accounttype")
    if not isinstance(name, str) or not name.strip():
        raise server.refusal(call, 400, "The field 'AccountName' is required.")
    if kind not in TYPES:
        raise server.refusal(call, 400, f"The field 'AccountType' must be one of {', '.join(TYPES)}.")
    roles = [_role_of(server, call, item) for item in _items(spec.get("roles"), "enterpriserole")]
    if not roles:
        raise server.refusal(call, 400, "The field 'Roles' is required.")
    restore_all = _flag(server, call, spec, "allowrestoreallvms", needed=True)
    scopes = [_scope(server, call, item) for item in _items(spec.get("hierarchyscopeobjects"), "hierarchyscopeitem")]
    if not restore_all and not scopes:
        raise server.refusal(call, 400, "The field 'HierarchyScopeObjects' is required.")  # assumed: status and text
    files, sql = spec.get("flrsettings") or {}, spec.get("sqlsettings") or {}
    return name, {
        "type": kind,
        "roles": list(dict.fromkeys(roles)),
        "allowRestoreAllVms": restore_all,
        "scopes": scopes,
        "flrInPlaceOnly": _flag(server, call, files, "flrinplaceonly", needed=bool(files)),
        "flrExtensions": str(files.get("flrextentionrestrictions") or ""),  # the misspelling is the product's
        "sqlDenyInPlace": _flag(server, call, sql, "denyinplacerestore", needed=bool(sql)),
    }


def role(server: Server, call: Call) -> str:
    """The name of the role in an EnterpriseAccountInRoleCreateSpec."""
    return _role_of(server, call, _read(server, call, "EnterpriseAccountInRoleCreateSpec"))


def scopes(server: Server, call: Call) -> list[dict[str, Any]]:
    found = [
        _scope(server, call, item)
        for item in _items(_read(server, call, "HierarchyScopeCreateSpec"), "hierarchyscopeitem")
    ]
    if not found:
        raise server.refusal(call, 400, "The field 'HierarchyScopeItems' is required.")
    return found


def _read(server: Server, call: Call, root: str) -> dict[str, Any]:
    """Keys in lower case; what is a list in JSON is one or several elements in XML."""
    if bodies.is_json(server, call):
        found = _lower(bodies.json_object(server, call))
    else:
        tree = bodies.xml_root(server, call, root)
        tags = [_tag(child) for child in tree]
        if root == "EnterpriseAccountCreateSpec" and tags != [name for name in _ORDER if name in tags]:
            raise server.refusal(call, 400, f"Invalid order of elements, or an unknown one: {', '.join(tags)}.")
        found = _of_xml(tree)
    return found if isinstance(found, dict) else {}


def _lower(value: Any) -> Any:
    if isinstance(value, dict):
        return {key.lower(): _lower(inner) for key, inner in value.items()}
    return [_lower(item) for item in value] if isinstance(value, list) else value


def _of_xml(element: ElementTree.Element) -> Any:
    if not len(element):
        return element.text or ""
    found: dict[str, Any] = {}
    for child in element:
        found.setdefault(_tag(child).lower(), []).append(_of_xml(child))
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def _tag(element: ElementTree.Element) -> str:
    return element.tag.removeprefix(f"{{{NAMESPACE}}}")


def _items(holder: Any, name: str) -> list[Any]:
    """The list below a wrapper: `EnterpriseRoles` in JSON, `EnterpriseRole` once or more in XML."""
    value = holder.get(f"{name}s", holder.get(name)) if isinstance(holder, dict) else None
    return value if isinstance(value, list) else [value] if isinstance(value, dict) else []


def _role_of(server: Server, call: Call, item: Any) -> str:
    given = str(item.get("enterpriseroleuid") or "") if isinstance(item, dict) else ""
    wanted = given.replace(" ", "").removeprefix(_ROLE).lower()
    name = next((name for name, id_ in ROLES.items() if id_ == wanted), None)
    if name is None:
        raise server.refusal(call, 400, f"Role with UID '{given}' does not exist.")  # assumed: status and text
    return name


def _scope(server: Server, call: Call, item: Any) -> dict[str, Any]:
    reference = item.get("hierarchyobjref") if isinstance(item, dict) else None
    if not isinstance(reference, str) or not reference:
        raise server.refusal(call, 400, "The field 'HierarchyObjRef' is required.")
    return {"reference": reference, "name": str(item.get("objectname") or reference.rpartition(":")[2])}


def _flag(server: Server, call: Call, holder: Any, name: str, needed: bool) -> bool:
    """true or false; the pages quote them in JSON, so texts are taken too."""
    value = holder.get(name) if isinstance(holder, dict) else None
    if value is None and not needed:
        return False
    if str(value).lower() not in ("true", "false"):
        raise server.refusal(call, 400, f"The field '{name}' must be true or false.")
    return str(value).lower() == "true"
