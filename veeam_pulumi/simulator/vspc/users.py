"""Users: list, create, read, change, delete. A name and an organization stay; deletes answer 200."""

from __future__ import annotations

from typing import Any

from ..exchange import Call, Reply
from ..store import Doc
from . import answers, backup_resources, bodies, knobs, rules
from .room import Console


def list_all(room: Console, call: Call) -> Reply:
    return answers.listing(room, call, [room.wire(user, call.revision) for user in visible(room, call)])


def of_organization(room: Console, call: Call) -> Reply:
    home = call.params["uid"].lower()
    if home not in room.reach(call):
        room.fail(404, f"Organization '{home}' does not exist.")
    rows = [user for user in room.users.all() if user["organizationUid"] == home]
    return answers.listing(room, call, [room.wire(user, call.revision) for user in rows])


def create(room: Console, call: Call) -> Reply:
    """`profile` must be there and may be empty. No status and no locations on input: both are separate requests."""
    checks = {
        "organizationUid": rules.uid,
        "role": _role_check(room),
        "mfaPolicyStatus": rules.choice("Disabled", "Enabled", "Unknown", empty="Disabled"),
        "profile": rules.anything,
        "credentials": rules.anything,
        "backupResource": rules.anything,
    }
    spec = bodies.members(room, bodies.read(room, call), checks)
    bodies.require(room, spec, "organizationUid", "role", "profile", "credentials")
    profile = bodies.members(room, spec["profile"], rules.PROFILE, "profile")
    login = {"userName": rules.text(256, 1, nullable=False), "password": rules.password}
    credentials = bodies.members(room, spec["credentials"], login, "credentials")
    bodies.require(room, credentials, "userName", where="credentials.")
    home = room.reach(call).get(spec["organizationUid"])
    if home is None:
        code = room.settings.number("unknown_organization")
        room.fail(code, f"Organization '{spec['organizationUid']}' does not exist.")
    _check_role(room, call, spec["role"], home)
    _check_free(room, credentials["userName"], home)
    held = spec.get("backupResource")
    if held is not None:
        held = backup_resources.from_spec(room, call, held, spec["role"], home)
    user = room.add(
        home["instanceUid"],
        credentials["userName"],
        spec["role"],
        credentials.get("password"),
        mfaPolicyStatus="Enabled" if spec.get("mfaPolicyStatus") == "Enabled" else "Disabled",
        profile={**rules.EMPTY_PROFILE, **profile},
        backupResource=held,
    )
    if room.settings.text("create_reply") == "none":
        return answers.none()
    return answers.data(room, call, room.wire(user, call.revision))


def read(room: Console, call: Call) -> Reply:
    return answers.data(room, call, room.wire(user_of(room, call), call.revision))


def me(room: Console, call: Call) -> Reply:
    return answers.data(room, call, room.wire(room.caller(call), call.revision))


def update(room: Console, call: Call) -> Reply:
    """Everything but the user name and what belongs to the server. assumed: changed passwords end no session."""
    user = user_of(room, call)
    fields = {
        "status": rules.choice("Enabled", "Disabled"),
        "role": _role_check(room),
        "mfaPolicyStatus": rules.MFA_POLICY,
        "credentials.password": rules.password,
        **{f"profile.{name}": check for name, check in rules.PROFILE.items()},
    }
    changed = bodies.patched(room, call, user, fields)
    if changed["role"] != user["role"]:
        _check_role(room, call, changed["role"], room.reach(call)[user["organizationUid"]])
    if changed["status"] == "Disabled" != user["status"]:
        _check_unused(room, user)
        for login in room.logins_of(user["instanceUid"]):
            room.end_sessions(login)
    room.save(changed)
    return answers.data(room, call, room.wire(changed, call.revision))


def delete(room: Console, call: Call) -> Reply:
    """Oneself may be deleted. An owner goes with the company; assumed: with which code that is refused."""
    user = user_of(room, call)
    if user["role"] in ("CompanyOwner", "ResellerOwner"):
        room.fail(1000, f"User '{user['userName']}' is the owner of an organization and cannot be deleted.")
    _check_unused(room, user)
    room.forget(user)
    return answers.empty(room)


def visible(room: Console, call: Call) -> list[Doc]:
    reach = room.reach(call)
    return [user for user in room.users.all() if user["organizationUid"] in reach]


def user_of(room: Console, call: Call) -> Doc:
    given = call.params["userUid"]
    try:
        user = room.users.get(rules.uid(given))
    except ValueError as error:
        room.fail(400, f"The parameter 'userUid' {error}.", parameterName="userUid")  # assumed
    if user is None or user["organizationUid"] not in room.reach(call):
        room.fail(room.settings.number("unknown_user"), f"User '{given}' does not exist.")
    return user


def _role_check(room: Console) -> rules.Check:
    """CompanyTenant came with REST 3.6."""
    old = not knobs.at_least(room.settings.release.rest, "3.6")
    return rules.choice(*(role for role in rules.ROLES if not (old and role == "CompanyTenant")))


def _check_role(room: Console, call: Call, role: str, home: dict[str, Any]) -> None:
    if role in rules.MANAGED_ROLES:
        if room.settings.text("portal_roles") == "refused":
            # assumed: status and text. An example of the documents gives PortalOperator this way.
            room.fail(400, f"The role {role} cannot be assigned with this operation.", propertyName="role")
    elif not role.startswith(home["type"]):
        kind = str(home["type"]).lower()
        room.fail(400, f"The role {role} cannot be assigned in a {kind} organization.", propertyName="role")  # assumed
    if room.caller(call)["role"] == "CompanyTenant" and role != "CompanySubtenant":
        room.fail(403, "A company tenant may manage subtenants only.")


def _check_free(room: Console, name: str, home: dict[str, Any]) -> None:
    everywhere = room.settings.text("unique") == "server"
    for user in room.users.all():
        same_place = everywhere or user["organizationUid"] == home["instanceUid"]
        if same_place and user["userName"].lower() == name.lower():
            room.fail(room.settings.number("duplicate"), f"User '{name}' already exists.")


def _check_unused(room: Console, user: Doc) -> None:
    """A subtenant whom an agent's job uses can be neither disabled nor deleted; assumed: 409."""
    if user["inUse"]:
        room.fail(409, f"User '{user['userName']}' is used by a backup job.")
