"""Logging in to Veeam Service Provider Console, and what its answers look like (REST v3).

* POST /api/v3/token with a form; a wrong password is HTTP 400 with an OAuth error, not 401. So is the login of an
  account with MFA configured, and of a company's user where the company has no REST access. A refresh gives a new pair.
* An API key stands where the access token does and needs no login. There is no logout of one session: revoking tokens
  ends every session of the account, so none is revoked.
* `X-Client-Version` says which API version the client knows (3.6.1 here); servers answer newer and older ones too.
* Answers are `{meta, data, errors}`. The HTTP status decides about success: a document shows 200 with `errors`.
* Errors of 500 and more come as HTTP 520, and so do errors with codes of their own: `errors[].code` decides.
* Any call may be answered with 202 and `Location: …/asyncActions/{id}`. The result is an envelope or bare, kept for
  five minutes (an hour where it failed), and seen by whoever started it only.
* A write with the same `X-Request-id` within five minutes is one write.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from pydantic import SecretStr

from ... import redaction
from ...errors import (
    AnswerLost,
    LoginRefused,
    NotFound,
    ServerRefused,
    ServerUnreachable,
    SettingsError,
    UnexpectedAnswer,
    VeeamError,
)
from ...server.answer import Answer
from ...server.attempts import ATTEMPTS
from ...server.body import fitting
from ...server.body import words as body_words
from ...server.deadline import request_id
from ...server.events import Event
from ...server.paging import all_rows
from ...server.session import Session
from ...server.token import Token
from . import activity, profile
from .settings import VspcSettings

API = "/api/v3"
ROW = {
    "instanceUid": str, "organizationUid": str, "userName": str, "role": str, "status": str, "mfaPolicyStatus": str,
    "mfaPolicyConfigurationStatus": str, "profile": dict.fromkeys(profile.NAMES.values(), str),
}  # fmt: skip
"""A user."""
NOT_FOUND = (404, 1100)  # 1100: the user does not exist
OLDEST, FIRST_READ_ONLY = 8, 9
"""The oldest major version that is known as it is now (8.1: API 3.5.1); the first that has read-only tokens (3.6)."""
UNSETTLED = (*range(500, 600), 1051)  # internal errors, the console is not reached, it took too long
WRITERS = frozenset({
    "PortalAdministrator", "SiteAdministrator", "PortalOperator", "CompanyOwner", "CompanyAdministrator",
    "CompanyTenant", "CompanyLocationAdministrator", "ResellerOwner", "ResellerAdministrator", "ResellerOperator",
})  # fmt: skip
"""The roles that may write users, each where it has a say."""
SEE_ALL = frozenset({
    "PortalAdministrator", "ResellerOwner", "ResellerAdministrator", "CompanyOwner", "CompanyAdministrator",
})  # fmt: skip
"""The roles that see every user of the organizations that they see; others have companies, sites or locations."""
_ACTION = re.compile(r"/asyncActions/([0-9a-f-]{36})", re.IGNORECASE)


class VspcSession(Session):
    """A session on a Service Provider Console."""

    product = "vspc"
    default_port = 1280
    token_path = f"{API}/token"
    manager_role = "Portal Administrator or, in its own company, Company Administrator"
    login_hint = (
        ": a wrong password, an account with MFA configured (which needs an API key), or a user of a company without "
        "REST access, which all get the same answer"
    )
    manager_list = f"{API}/users"
    settings_model = VspcSettings
    settings: VspcSettings
    version_header = "X-Client-Version"
    same_request_seconds = 240.0  # of the five minutes, because the first one may have been under way for a while
    revisions = ("3.6.1",)

    _key_sent = False
    _version = ""
    _me: dict[str, Any] | None = None

    def login(self) -> Token:
        if self.settings.token is None:
            try:
                return super().login()
            except SettingsError as error:
                error.fix += "; or set token to an API key"
                raise
        if self._key_sent:  # this is the login after a 401
            raise LoginRefused("the server refuses the API key", self.connection.how_to_set("token"))
        self._key_sent = True
        redaction.learn(self.settings.token.get_secret_value())
        return Token(self.settings.token, None, math.inf)

    def open(self) -> None:
        super().open()
        if self.settings.token is not None:  # a key is not tried before the first request
            self.me()

    def ask_login(self, user: str, password: SecretStr, *, attempts: int = ATTEMPTS) -> Answer:
        only = {"readOnly": "true"} if self.settings.read_only else {}
        return self._grant({"grant_type": "password", "username": user, "password": password, **only}, attempts)

    def without_mfa(self) -> str:
        return f"use an API key: {self.connection.how_to_set('token')}"

    def parse(self, answer: Answer) -> Any:
        """The envelope of an answer; a bare result gets one."""
        body = answer.json()
        return body if isinstance(body, dict) and {"data", "errors", "error"} & body.keys() else {"data": body}

    def repetition(self, method: str, path: str, body: Any) -> dict[str, str]:
        return {"X-Request-id": request_id(method, path, json.dumps(redaction.reveal(body)))}

    def is_final(self, answer: Answer) -> bool:
        error = _error(answer)
        return error.get("code") not in (None, *UNSETTLED) and str(error.get("type")).lower() != "retryablelogical"

    def error(self, answer: Answer) -> tuple[str, str] | None:
        found = _error(answer)
        return (body_words(found["code"]), body_words(found.get("message"))) if found else None

    def problem(self, answer: Answer) -> VeeamError:
        error = _error(answer)
        if not error:
            return super().problem(answer)  # says that these are not the product's words
        code, words = body_words(error["code"]), body_words(error.get("message"))
        named = next(filter(None, (body_words(error.get(key)) for key in ("propertyName", "parameterName"))), "")
        about = f" ({named})" if named else ""
        cause = f'{answer.what} was refused with {answer.status}, error {code}{about}: "{words}"'
        if error["code"] in NOT_FOUND:
            return NotFound(cause, status=answer.status, code=code, words=words)
        fix = ""
        if 403 in (answer.status, error["code"]):
            fix = f"{self.account()} needs the role {self.manager_role}, and more than read-only access"
        elif answer.status == 429:
            wait = body_words(error.get("retryAfter"))
            asked = f"the server asks to wait {wait} s; " if wait else ""
            fix = f"{asked}run again later{self._fewer('; or ')}"
        elif named.lower().endswith("email"):
            fix = "give an address like name@example.com, whose last part has two to six letters"
        return ServerRefused(cause, fix, status=answer.status, code=code, words=words)

    def gave(self, answer: Answer) -> Any:
        # The console answers a deletion with 200 and a body, also where there is nothing to say. An empty 200 is a
        # gateway's, and may stand for a refusal.
        if answer.method == "DELETE" and answer.status == 200 and not answer.body.strip():
            raise AnswerLost(f"{answer.what} was answered with {answer.status}, but with no JSON object")
        return super().gave(answer)

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: Any = None,
        repeat: bool | None = None,
    ) -> Answer:
        answer = super().request(method, path, params=params, body=body, repeat=repeat)
        if answer.status != 202:
            return answer
        try:
            final = self._finished(answer)
        except (NotFound, ServerUnreachable, UnexpectedAnswer) as error:
            lost = UnexpectedAnswer if method == "GET" else AnswerLost
            raise lost(f"{answer.what} went on in the background and got lost: {error.cause}") from None
        if isinstance(final, VeeamError):
            raise final
        return final

    def _finished(self, answer: Answer) -> Answer | VeeamError:
        """What a call that was answered with 202 came to. The Location's host is the server's own idea."""
        found = _ACTION.search(answer.headers.get("location", ""))
        if not found:
            raise UnexpectedAnswer(f"{answer.what} was answered with 202, but without a Location to ask at")
        action, seconds = f"{API}/asyncActions/{found.group(1)}", 0.25
        while (status := self._status(action)) == "running":
            if not self.transport.wait(seconds):
                raise ServerUnreachable("it did not finish within the connection's deadline")
            seconds = min(5.0, seconds * 1.5)
        if status not in ("succeed", "failed", "canceled"):
            raise UnexpectedAnswer(f"the action says neither how it ended nor that it is running, but {status!r}")
        if status == "canceled":
            return ServerRefused(f"{answer.what} was cancelled on the server", "run again", status=202, code="1050")
        try:
            result = super().request("GET", f"{action}/result")
        except ServerRefused as error:
            if status == "failed":  # a failure's result may come with the failure's own status
                return error
            raise
        if status == "failed":
            return self.problem(replace(answer, status=520, body=result.body))
        return replace(answer, status=200, body=result.body)

    def _status(self, action: str) -> str:
        found = self.parse(super().request("GET", action)).get("data")
        return body_words(found.get("status")).lower() if isinstance(found, dict) else ""

    def me(self, *, fresh: bool = False) -> dict[str, Any]:
        """The user that this session is of; asked once unless `fresh`."""
        with self._lock:
            if self._me is None or fresh:
                found = fitting(self.get(f"{API}/users/me").get("data"), ROW, "a user")
                if not found or not found.get("instanceUid"):
                    raise UnexpectedAnswer(f"GET {API}/users/me was answered without a user")
                self._me = found
            return self._me

    def sees_a_part(self, see_all: frozenset[str] = SEE_ALL, of: str = "users") -> str:
        """Why this login may not see what is there; "" where its role sees all of it. Asked now."""
        role = body_words(self.me(fresh=True).get("role")) or "Unknown"
        return "" if role in see_all else f"the login's role {role} does not see all {of}"

    def blind_spot(self, organization: str) -> str:
        """Why this login may not see a user of an organization who is there; "" where it would.

        Asked now: 404 and 1100 also mean "you may not see it".
        """
        if why := self.sees_a_part():
            return why
        try:
            self.get(f"{API}/organizations/{quote(organization, safe='')}")
        except NotFound:
            return f"this login does not see the organization {organization} either"
        return ""

    def version(self) -> str:
        """The console's version, such as 9.2.0.32907; asked once."""
        with self._lock:
            if not self._version:
                about = self.get(f"{API}/about").get("data")
                self._version = body_words(about.get("serverVersion")) if isinstance(about, dict) else ""
            return self._version

    def major(self) -> int:
        """The first number of the console's version; 9 where it says none."""
        found = re.match(r"\d+", self.version())
        return int(found[0]) if found else 9

    def speaks(self) -> str:
        if self.major() < OLDEST:
            self.warn(f"the console is older than {OLDEST}.1, the oldest version that this package is made for")
        if self.major() < FIRST_READ_ONLY and self.settings.read_only:
            self.warn(f"read_only has no effect on consoles before {FIRST_READ_ONLY}.0")
        return self.revision

    def who(self) -> str:
        return super().who() if self.settings.token is None else f"with an API key of {self.me().get('userName')}"

    def account(self) -> str:
        return super().account() if self.settings.token is None else "the API key"

    @property
    def reads_only(self) -> bool:
        return self.settings.read_only

    def manages(self) -> bool | str:
        if self.me().get("role") not in WRITERS:
            return False
        if self.settings.token is None:
            return True
        keys = [row for row in self._logins() if row.get("identityProviderName") == "AK"]
        kinds = {bool(row.get("isReadAccessOnly")) for row in keys if row.get("status") == "enabled"}
        if kinds == {True}:
            reading = "; or, if reading is all that it is for, " + self.connection.how_to_set("read_only", "true")
            raise SettingsError(
                f"connection {self.connection.name}: its API key is for reading only",
                "make one that is not" + ("" if self.settings.read_only else reading),
            )
        told = kinds == {False}
        return told or "the account has API keys for reading only and others, and no read tells which of them this is"

    def _logins(self) -> list[dict[str, Any]]:
        found = self.get(f"{API}/users/{self.me().get('instanceUid')}/logins").get("data")
        return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []

    def servers_below(self) -> Iterator[str]:
        for row in self.rows(f"{API}/infrastructure/backupServers", shape={"instanceUid": str, "name": str}):
            yield str(row.get("name") or row["instanceUid"])

    def access_events(self, since: datetime) -> Iterator[Event]:
        return activity.read(self.get, since)

    def rows(
        self, path: str, *, key: str = "instanceUid", shape: dict[str, Any] = ROW, **params: Any
    ) -> Iterator[dict[str, Any]]:
        """All rows of a list, of users where nothing else is said; a page when it is needed."""

        def page(offset: int, limit: int) -> tuple[Any, Any]:
            body = self.get(path, **params, offset=offset, limit=limit)
            meta = fitting(body.get("meta"), {"pagingInfo": {}}, "meta") or {}
            return body.get("data"), (meta.get("pagingInfo") or {}).get("total")

        return all_rows(page, key, shape=shape)


def _error(answer: Answer) -> dict[str, Any]:
    """The first error of an answer, `{code, message, type, …}`; empty where it has none in the product's own form.

    The token endpoint has a form of its own: `{error, error_description}`.
    """
    try:
        body = answer.json()
    except UnexpectedAnswer:
        return {}
    if not isinstance(body, dict):
        return {}
    if body_words(body.get("error")):
        return {"code": body["error"], "message": body.get("error_description") or ""}
    errors, framework = body.get("errors"), body.get("error")
    # `error` is an object where the web framework refuses the client's version, before the console sees the request.
    first = errors[0] if isinstance(errors, list) and errors else framework
    return first if isinstance(first, dict) and body_words(first.get("code")) else {}
