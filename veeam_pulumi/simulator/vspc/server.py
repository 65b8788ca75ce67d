"""The console's state, who can come in with what, and whose users they see."""

from __future__ import annotations

import datetime
import hashlib
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

from ..credentials import Tokens
from ..product import Environment
from ..routing import Call, Op, Refusal, Reply
from ..store import Doc
from . import errors, knobs, rules, seeds, views

_NOT_A_WRITE = re.compile(r"/api/v3/(token|users/[^/]+/tokens|asyncActions/[^/]+/result)/?", re.I)

_ADMITTED = {
    "any": rules.ROLES,
    "read": rules.READERS,
    "manage": rules.MANAGERS,
    "portal": ("PortalAdministrator",),
    "companies": rules.PROVIDERS,
    "company": rules.OPERATORS,
    "organization": (*rules.OPERATORS, "CompanyOwner", "CompanyAdministrator"),
}


@dataclass
class Action:
    """Work that was accepted with 202, at `since`.

    `left`: how often it still says running; `until`: when it is forgotten.
    """

    id: str
    name: str
    call: Call
    work: Work
    left: int
    since: float
    status: str = "running"
    reply: Reply | None = None
    until: float = float("inf")


Work = Callable[["Server", Call], Reply]


class Server:
    """A Service Provider Console: organizations, their users and logins, sessions, actions under way."""

    def __init__(self, environment: Environment) -> None:
        self.users = environment.store.shelf("vspc.users")
        self.logins = environment.store.shelf("vspc.logins")
        self.organizations = environment.store.shelf("vspc.organizations")
        self.locations = environment.store.shelf("vspc.locations")
        self.tenants = environment.store.shelf("vspc.tenants")
        self.counters = environment.store.shelf("vspc.counters")
        self.rules = environment.store.shelf("vspc.rules")
        self.activity = environment.store.shelf("vspc.activity")
        self.agents = environment.store.shelf("vspc.agents")
        self.tokens = Tokens(environment.clock)
        self.clock = environment.clock
        self.settings = knobs.Settings(environment.knobs)
        # Requests may hold passwords, so what is kept of them stays out of the state file.
        self.actions: dict[str, Action] = {}
        self.replies: dict[tuple[str, str], tuple[float, Reply]] = {}

    def clear(self) -> None:
        people = (self.users, self.logins, self.rules, self.activity)
        for shelf in (*people, self.organizations, self.locations, self.tenants, self.counters, self.agents):
            shelf.clear()
        self.tokens.clear()
        self.actions.clear()
        self.replies.clear()

    # -- users and their logins

    def add(self, organization: str, name: str, role: str, password: str | None, uid: str = "", **more: Any) -> Doc:
        """`password` is a hash. There is no status on input: a user is created Enabled."""
        user: Doc = {
            "instanceUid": uid or str(uuid.uuid4()),
            "organizationUid": organization,
            "userName": name,
            "status": "Enabled",
            "mfaPolicyStatus": "Disabled",
            "mfaPolicyConfigurationStatus": "NotConfigured",
            "role": role,
            "profile": dict(rules.EMPTY_PROFILE),
            "credentials": {"password": password},
            "backupResource": None,
            "locations": [],
            "inUse": False,
            **more,
        }
        self.save(user)
        self.add_login(user, "WIN" if "\\" in name else "VSPC", None)
        return user

    def save(self, user: Doc) -> None:
        self.users.put(user["instanceUid"], user)

    def forget(self, user: Doc) -> None:
        for login in self.logins_of(user["instanceUid"]):
            self.end_sessions(login)
            self.logins.remove(str(login["id"]))
        self.users.remove(user["instanceUid"])

    def named(self, name: str) -> list[Doc]:
        r"""Users of this name in any organization; `alias\name` asks for those of one."""
        alias, _, plain = name.lower().rpartition("\\")
        homes = {one["instanceUid"] for one in self.organizations.all() if one["alias"] == alias}
        return [
            user
            for user in self.users.all()
            if user["userName"].lower() == name.lower()
            or (user["organizationUid"] in homes and user["userName"].lower() == plain)
        ]

    def add_login(
        self, user: Doc, provider: str, description: str | None, key: str = "", read_only: bool = False, **more: Any
    ) -> Doc:
        """One way in: the user's name (WIN, VSPC), or an API key (AK), of which a digest is kept."""
        number = 1 + (self.counters.get("logins") or {"last": 0})["last"]
        self.counters.put("logins", {"last": number})
        login = {
            "id": number,
            "userUid": user["instanceUid"],
            "identityProviderName": provider,
            "description": description,
            "isReadAccessOnly": read_only,
            "scopes": ["integration", "rest", "ui"],
            "identifierInProvider": f"key-{number}" if key else user["userName"],
            "creationDate": self.now().isoformat(),
            "status": "enabled",
            "digest": _digest(key) if key else None,
            **more,
        }
        self.logins.put(str(number), login)
        return login

    def logins_of(self, uid: str) -> list[Doc]:
        return [login for login in self.logins.all() if login["userUid"] == uid]

    def end_sessions(self, login: Doc) -> None:
        for reach in ("full", "readonly"):
            self.tokens.end_account(f"{login['userUid']} {login['id']} {reach}")

    def now(self) -> datetime.datetime:
        return datetime.datetime.fromtimestamp(self.clock.now(), datetime.timezone.utc)

    def wire(self, user: Doc, revision: str = "") -> dict[str, Any]:
        inherited = self.settings.on("inherit_mfa") and user["organizationUid"] != seeds.PROVIDER
        return views.user(user, revision or self.settings.release.rest, inherited)

    # -- who can come in

    def admit(self, op: Op[Any], call: Call) -> None:
        """`open` needs nothing, `any` a token or key, `read` a role that sees users, `manage` one that changes them.

        `portal`: a portal administrator's; `companies`, `company`, `organization`: one that makes, or changes, those.
        """
        client = call.headers.get("x-client-version", "")
        if not client and self.settings.text("client_version") == "required":
            raise Refusal(errors.unsupported_version(call.origin + call.path))
        agreed = self.settings.agreed(client)
        if agreed is None:
            # assumed: 400 for a client that is too old, or whose version nobody knows.
            self.fail(400, f"Version '{client}' is not supported.", parameterName="X-Client-Version")
        call.revision = agreed
        if op.access == "open":
            return
        bare = call.headers.get("authorization", "").strip()  # a key without the word Bearer is taken (seen)
        call.account, read_only = self._recognize(call.bearer() or bare)
        user = self.users.get(call.account)
        if user is None or user["status"] != "Enabled":
            self.fail(401)
        if not self.may_use_rest(user):
            self.fail(403, "REST API access is disabled for the organization.")
        if read_only and call.method != "GET":
            self.fail(self.settings.number("read_only_write"), "The token allows read access only.")
        if user["role"] not in _ADMITTED[op.access]:
            self.fail(403, f"The role {user['role']} does not allow this.")

    def _recognize(self, bearer: str) -> tuple[str, bool]:
        """(user, read-only?) behind an access token or an API key, which never expires."""
        state, account = self.tokens.check(bearer)
        if state == "valid":
            uid, _, reach = account.split(" ")
            return uid, reach == "readonly"
        key = next((login for login in self.logins.all() if login["digest"] == _digest(bearer)), None)
        if key is None:
            return "", False
        if key["status"] != "enabled":
            return "", False
        if self.settings.on("maintenance"):
            self.fail(403, "The portal is in maintenance mode.")  # assumed: as logins; sessions that exist go on
        if "rest" not in key["scopes"]:
            self.fail(403, "The key has no access to the REST API.")  # assumed
        return str(key["userUid"]), bool(key["isReadAccessOnly"])

    def may_use_rest(self, user: Doc) -> bool:
        home = self.organizations.get(user["organizationUid"])
        if home is None or user["organizationUid"] == seeds.PROVIDER:
            return home is not None
        return home.get("status") != "Disabled" and self.has_rest_access(home)

    def has_rest_access(self, home: Doc) -> bool:
        """Of a company that somebody made, what was said of it; of the others, what the knob says."""
        said = home.get("isRestAccessEnabled")
        return self.settings.on("rest_access") if said is None else bool(said)

    def shut_out(self, home: Doc) -> None:
        """Ends the sessions of an organization's users."""
        for user in self.users.all():
            if user["organizationUid"] == home["instanceUid"]:
                for login in self.logins_of(user["instanceUid"]):
                    self.end_sessions(login)

    def caller(self, call: Call) -> Doc:
        user = self.users.get(call.account)
        if user is None:
            self.fail(401)  # gone between an action's start and its work
        return user

    def _unseen(self, call: Call) -> tuple[str, ...]:
        """The names of users whom this caller does not see, although it sees their organization."""
        return () if self.caller(call)["role"] in rules.SEE_ALL else self.settings.names("unseen")

    def reach(self, call: Call) -> dict[str, Doc]:
        """The organizations that the caller sees: the provider all, a reseller its companies, a company itself."""
        own = self.caller(call)["organizationUid"]
        return {
            one["instanceUid"]: one
            for one in self.organizations.all()
            if own in (seeds.PROVIDER, one["instanceUid"], one["resellerUid"])
        }

    def visible_users(self, call: Call) -> list[Doc]:
        reach, unseen = self.reach(call), self._unseen(call)
        found = (user for user in self.users.all() if user["organizationUid"] in reach)
        return [user for user in found if user["userName"] not in unseen]

    def user_of(self, call: Call) -> Doc:
        """The user whom the path names."""
        given = call.params["userUid"]
        try:
            user = self.users.get(rules.uid(given))
        except ValueError as error:
            self.fail(400, f"The parameter 'userUid' {error}.", parameterName="userUid")  # assumed
        if user is None or user["organizationUid"] not in self.reach(call) or user["userName"] in self._unseen(call):
            self.fail(self.settings.number("unknown_user"), f"User '{given}' does not exist.")
        return user

    def fail(self, code: int, message: str = "", **more: Any) -> NoReturn:
        """Server errors go out as 520; for codes from 1000 on the documents name no status, so that a knob does."""
        status = code if code < 500 else 520 if code < 1000 else self.settings.number("custom_status")
        raise Refusal(errors.error(status, code, message, **more))

    def trouble(self, status: int, message: str, origin: str) -> Reply:
        return errors.by_status(status, message)

    def no_such_path(self, status: int, origin: str) -> Reply:
        """A path that the API lacks is the portal's own page, as of every address in it (seen)."""
        if status == 404 and self.settings.text("unknown_path") == "page":
            return Reply(200, errors.PAGE, "text/html")
        return self.trouble(status, "", origin)

    def is_write(self, method: str, path: str) -> bool:
        return method not in ("GET", "HEAD", "OPTIONS") and not _NOT_A_WRITE.fullmatch(path)

    def expire_tokens(self, keep_refresh: bool) -> None:
        self.tokens.expire_all(keep_refresh)

    def one(self, name: str) -> Doc | None:
        """By UID or by name; of several of one name the first."""
        return self.users.get(name.lower()) or next(iter(self.named(name)), None)


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
