"""Rules that let Windows principals into the Administrator Portal: /users/serviceProvider/localUserRule.

The only way to a portal role. Enumerations are in lower case here, and for portal administrators alone in all versions.
"""

from __future__ import annotations

import re
import uuid
from typing import Any

from ..routing import Call, Reply
from ..store import Doc
from . import activity, answers, bodies, rules
from .server import Server

ROLES = ("portalAdministrator", "siteAdministrator", "operator", "readonlyOperator", "unknown")
# What a rule of a role may name (documented in the guide); assumed: 400 for anything else.
_SCOPES = {
    "portalAdministrator": "all",
    "siteAdministrator": "cloudConnect",
    "operator": "company",
    "readonlyOperator": "company",
}
_SID = re.compile(r"S-1(-\d{1,10}){1,15}", re.I)


def list_all(server: Server, call: Call) -> Reply:
    return answers.listing(server, call, server.rules.all())


def read(server: Server, call: Call) -> Reply:
    return answers.data(server, call, rule_of(server, call))


def create(server: Server, call: Call) -> Reply:
    """`roleType` may be left out, and is portalAdministrator then (the schema's default)."""
    checks: dict[str, rules.Check] = {
        "sid": sid,
        "type": rules.choice("winNTUser", "winNTGroup"),
        **_changeable(server),
    }
    spec = bodies.members(server, bodies.read(server, call), {**checks, "contextType": _CONTEXT})
    bodies.require(server, spec, "sid", "name", "scope", "contextType", "type", "mfaPolicyStatus")
    role = spec.get("roleType") or "portalAdministrator"
    _check_scope(server, role, spec["scope"])
    if any(rule["sid"].lower() == spec["sid"].lower() for rule in server.rules.all()):
        server.fail(server.settings.number("duplicate_rule"), f"A rule for '{spec['sid']}' already exists.")
    rule = add(server, {**spec, "roleType": role})
    _log(server, call, rule, "Created")
    return answers.data(server, call, rule)


def update(server: Server, call: Call) -> Reply:
    """assumed: the SID, the type and the context cannot change."""
    rule = rule_of(server, call)
    changed = bodies.patched(server, call, rule, _changeable(server))
    _check_scope(server, changed["roleType"], changed["scope"])
    server.rules.put(rule["instanceUid"], changed)
    _log(server, call, changed, "Modified")
    return answers.data(server, call, changed)


def delete(server: Server, call: Call) -> Reply:
    rule = rule_of(server, call)
    server.rules.remove(rule["instanceUid"])
    _log(server, call, rule, "Removed")
    return answers.empty(server)


def discover(server: Server, call: Call) -> Reply:
    """Looks principals up in a domain, with a password in the query. assumed: every name is found, once."""
    for name in ("domain", "type", "userName", "password"):
        if not call.first(name):
            server.fail(400, f"The parameter '{name}' is required.", parameterName=name)
    name = f"{call.first('domain')}\\{(call.first('filterName') or 'someone').strip('*')}"
    found = {"sid": invented_sid(name), "name": name, "displayName": name, "description": None}
    return answers.data(server, call, [{**found, "type": call.first("type"), "contextType": "domain"}])


def add(server: Server, values: dict[str, Any]) -> Doc:
    rule: Doc = {
        "instanceUid": str(uuid.uuid4()),
        "description": None,
        "enabled": True,
        "roleType": "portalAdministrator",
        "contextType": "domain",
        "scope": [{"type": "all", "objectUid": None}],
        "type": "winNTUser",
        "mfaPolicyStatus": "disabled",
        "hasAccessToProvider": None,
        **values,
    }
    server.rules.put(rule["instanceUid"], rule)
    return rule


def find(server: Server, name: str) -> Doc | None:
    """By name, SID or UID."""
    wanted = name.lower()
    return next(
        (
            rule
            for rule in server.rules.all()
            if wanted in (rule["name"].lower(), rule["sid"].lower(), rule["instanceUid"])
        ),
        None,
    )


def invented_sid(name: str) -> str:
    """The same for a name at all times."""
    return f"S-1-5-21-1000-2000-3000-{uuid.uuid5(uuid.NAMESPACE_DNS, name.lower()).int % 1_000_000}"


def rule_of(server: Server, call: Call) -> Doc:
    given = call.params["uid"]
    try:
        rule = server.rules.get(rules.uid(given))
    except ValueError as error:
        server.fail(400, f"The parameter 'winPrincipalId' {error}.", parameterName="winPrincipalId")
    if rule is None:
        server.fail(server.settings.number("unknown_user"), f"Rule '{given}' does not exist.")
    return rule


def _log(server: Server, call: Call, rule: Doc, done: str) -> None:
    activity.record(server, call.account, f"UserRecord{done}", f"Rule for {rule['name']} was {done.lower()}.")


def sid(value: Any) -> str:
    if not isinstance(value, str) or not _SID.fullmatch(value):
        raise ValueError("must be a SID")
    return value


_CONTEXT = rules.choice("machine", "domain", "applicationDirectory")


def _changeable(server: Server) -> dict[str, rules.Check]:
    return {
        "name": rules.text(2048, 1, nullable=False),
        "description": rules.text(2048),
        "enabled": rules.flag,
        "roleType": rules.choice(*ROLES),
        "scope": lambda value: _scope(server, value),
        "mfaPolicyStatus": rules.choice("disabled", "enabled"),
        "hasAccessToProvider": rules.nullable(rules.flag),
    }


def _scope(server: Server, value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not value or not all(isinstance(item, dict) for item in value):
        raise ValueError("must be an array of objects, and not empty")
    kind, target = rules.choice("all", "cloudConnect", "company"), rules.nullable(rules.uid)
    found = [{"type": kind(item.get("type")), "objectUid": target(item.get("objectUid"))} for item in value]
    for item in found:
        if item["type"] == "company" and item["objectUid"] and server.organizations.get(item["objectUid"]) is None:
            raise ValueError(f"names a company that does not exist: {item['objectUid']}")
        if (item["type"] == "all") != (item["objectUid"] is None):
            raise ValueError("needs an objectUid for everything but all")
    return found


def _check_scope(server: Server, role: str, scope: list[dict[str, Any]]) -> None:
    allowed = _SCOPES.get(role)
    if allowed and any(item["type"] not in ("all", allowed) for item in scope):
        server.fail(400, f"The scope does not fit the role {role}.", propertyName="scope")
