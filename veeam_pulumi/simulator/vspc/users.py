"""Users: list, create, read, change, delete. A name and an organization stay; deletes answer 200."""

from __future__ import annotations

from typing import Any

from ..routing import Call, Reply
from ..store import Doc
from . import activity, answers, backup_resources, bodies, knobs, rules
from .server import Server


def list_all(server: Server, call: Call) -> Reply:
    return answers.listing(server, call, [server.wire(user, call.revision) for user in server.visible_users(call)])


def of_organization(server: Server, call: Call) -> Reply:
    home = call.params["uid"].lower()
    if home not in server.reach(call):
        server.fail(404, f"Organization '{home}' does not exist.")
    rows = [user for user in server.visible_users(call) if user["organizationUid"] == home]
    return answers.listing(server, call, [server.wire(user, call.revision) for user in rows])


def create(server: Server, call: Call) -> Reply:
    """`profile` must be there and may be empty. No status and no locations on input: both are separate requests."""
    checks = {
        "organizationUid": rules.uid,
        "role": _role_check(server),
        "mfaPolicyStatus": rules.choice("Disabled", "Enabled", "Unknown", empty="Disabled"),
        "profile": rules.anything,
        "credentials": rules.anything,
        "backupResource": rules.anything,
    }
    spec = bodies.members(server, bodies.read(server, call), checks)
    bodies.require(server, spec, "organizationUid", "role", "profile", "credentials")
    profile = bodies.members(server, spec["profile"], rules.PROFILE, "profile")
    login = {"userName": rules.text(256, 1, nullable=False), "password": rules.password}
    credentials = bodies.members(server, spec["credentials"], login, "credentials")
    bodies.require(server, credentials, "userName", where="credentials.")
    if "password" not in credentials:  # null is taken, absence is not
        server.fail(400, "The property 'credentials.password' is required.", propertyName="credentials.password")
    home = server.reach(call).get(spec["organizationUid"])
    if home is None:
        code = server.settings.number("unknown_organization")
        server.fail(code, f"Organization '{spec['organizationUid']}' does not exist.")
    _check_role(server, call, spec["role"], home)
    _check_free(server, credentials["userName"], home)
    held = spec.get("backupResource")
    if held is not None:
        held = backup_resources.from_spec(server, call, held, spec["role"], home)
    user = server.add(
        home["instanceUid"],
        credentials["userName"],
        spec["role"],
        credentials.get("password"),
        mfaPolicyStatus="Enabled" if spec.get("mfaPolicyStatus") == "Enabled" else "Disabled",
        profile={**rules.EMPTY_PROFILE, **profile},
        backupResource=held,
    )
    activity.of_user(server, call.account, user, "Created")
    if server.settings.text("create_reply") == "none":
        return answers.none()
    return answers.data(server, call, server.wire(user, call.revision))


def read(server: Server, call: Call) -> Reply:
    return answers.data(server, call, server.wire(server.user_of(call), call.revision))


def me(server: Server, call: Call) -> Reply:
    return answers.data(server, call, server.wire(server.caller(call), call.revision))


def update(server: Server, call: Call) -> Reply:
    """Everything but the user name and what belongs to the server. assumed: changed passwords end no session."""
    user = server.user_of(call)
    fields = {
        "status": rules.choice("Enabled", "Disabled"),
        "role": _role_check(server),
        "mfaPolicyStatus": rules.MFA_POLICY,
        "credentials.password": rules.password,
        **{f"profile.{name}": check for name, check in rules.PROFILE.items()},
    }
    changed = bodies.patched(server, call, user, fields)
    if changed["role"] != user["role"]:
        _check_role(server, call, changed["role"], server.reach(call)[user["organizationUid"]])
    if changed["status"] == "Disabled" != user["status"]:
        _check_unused(server, user)
        for login in server.logins_of(user["instanceUid"]):
            server.end_sessions(login)
    if server.settings.text("rotation") == "ignored":
        changed["credentials"] = user["credentials"]
    server.save(changed)
    activity.of_user(server, call.account, changed, "Modified")
    return answers.data(server, call, server.wire(changed, call.revision))


def delete(server: Server, call: Call) -> Reply:
    """Oneself may be deleted. An owner goes with the company; assumed: with which code that is refused."""
    user = server.user_of(call)
    if user["role"] in ("CompanyOwner", "ResellerOwner"):
        server.fail(1000, f"User '{user['userName']}' is the owner of an organization and cannot be deleted.")
    _check_unused(server, user)
    server.forget(user)
    activity.of_user(server, call.account, user, "Removed")
    return answers.empty(server)


def _role_check(server: Server) -> rules.Check:
    """CompanyTenant came with REST 3.6."""
    old = not knobs.at_least(server.settings.release.rest, "3.6")
    return rules.choice(*(role for role in rules.ROLES if not (old and role == "CompanyTenant")))


def _check_role(server: Server, call: Call, role: str, home: dict[str, Any]) -> None:
    if role in rules.MANAGED_ROLES:
        if server.settings.text("portal_roles") == "refused":
            # assumed: status and text. An example of the documents gives PortalOperator this way.
            server.fail(400, f"The role {role} cannot be assigned with this operation.", propertyName="role")
    elif not role.startswith(home["type"]):
        kind = str(home["type"]).lower()
        server.fail(
            400, f"The role {role} cannot be assigned in a {kind} organization.", propertyName="role"
        )  # assumed
    if server.caller(call)["role"] == "CompanyTenant" and role != "CompanySubtenant":
        server.fail(403, "A company tenant may manage subtenants only.")


def _check_free(server: Server, name: str, home: dict[str, Any]) -> None:
    everywhere = server.settings.text("unique") == "server"
    for user in server.users.all():
        same_place = everywhere or user["organizationUid"] == home["instanceUid"]
        if same_place and user["userName"].lower() == name.lower():
            server.fail(server.settings.number("duplicate"), f"User '{name}' already exists.")


def _check_unused(server: Server, user: Doc) -> None:
    """A subtenant whom an agent's job uses can be neither disabled nor deleted; assumed: 409."""
    if user["inUse"]:
        server.fail(409, f"User '{user['userName']}' is used by a backup job.")
