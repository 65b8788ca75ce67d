"""Logging in to Veeam Backup for Microsoft 365, and finding out which version of its API is there.

* Every path begins with a version: v8 serves v8, v7 and v6. GET /vN/ServiceInstance without a login is answered with
  401 where the version is served, and with 404 where it is not.
* POST /vN/token with a form. Since v7 a login has to say `disable_antiforgery_token`, a renewal too: else a cookie
  must come with every request. `expires_in` may be a text with a number in it. A renewal replaces both tokens.
* POST /vN/token/logout since v7.
* The account is an administrator of the console: there are no roles for the REST API. One with a second factor cannot
  log in unless it is flagged as a service account.
* Errors are {message}, since v8 with an errorCode; no document says which status comes when, and 401 may be empty.
* Some lists are bare arrays; Organizations is a page since v8, and look-ups are pages, without a total since v8.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import SecretStr

from ...errors import InvalidInput, ServerRefused, UnexpectedAnswer
from ...server.answer import Answer
from ...server.attempts import ATTEMPTS
from ...server.body import Shape, fitting, words
from ...server.names import fold
from ...server.paging import all_rows
from ...server.session import Session
from ...server.settings import Connection, Warn
from ...server.token import Token

if TYPE_CHECKING:
    from ...server.transport import Transport

ORGANIZATION = {"id": str, "name": str, "officeName": str}


class M365Session(Session):
    """A session on a Backup for Microsoft 365 server."""

    product = "m365"
    default_port = 4443
    token_path = "/v8/token"
    logout_request = ("POST", "/v8/token/logout")
    manager_role = "Veeam Backup Administrator"
    one_row: ClassVar = {}
    login_hint = ": a wrong password, or an account with a second factor that is not a service account"
    not_found = "ResourceNotFound"
    managed = "restore operator roles"
    revisions = ("v8", "v7", "v6")

    _organizations: list[dict[str, Any]] | None = None

    def __init__(self, connection: Connection, transport: Transport, warn: Warn) -> None:
        super().__init__(connection, transport, warn)
        self.met: dict[str, str] = {}
        """How programs write members of roles -> `kind:id`, as far as this process looked them up."""

    def _grant(self, form: dict[str, Any], attempts: int = ATTEMPTS) -> Answer:
        without_cookie = {} if self.revision == "v6" else {"disable_antiforgery_token": "true"}
        form = {**form, **without_cookie}
        return self.transport.send("POST", self.path("token"), form=form, attempts=attempts, private=True)

    def logout(self, token: Token) -> None:
        if self.revision != "v6":
            headers: dict[str, str | SecretStr] = {**self.authorization(token)}
            path = self.path("token/logout")
            self.transport.send("POST", path, headers=headers, attempts=1, timeout=5, private=True)

    def negotiate(self) -> str:
        """The newest version that is served; it is part of every path."""
        for version in self.revisions:
            answer = self.transport.send("GET", f"/{version}/ServiceInstance", private=True)
            if answer.ok or (answer.status in (401, 403) and (self.error(answer) or not answer.body.strip())):
                return version
            if answer.status != 404 or (answer.body.strip() and not self.error(answer)):
                raise self.problem(answer)  # of a proxy: it says nothing about versions
        raise ServerRefused(
            f"the server has none of the API versions {', '.join(self.revisions)}",
            f"check that its product is m365, and that its REST service is on; {self.connection.how_to_set('url')}",
            status=404,
        )

    def path(self, rest: str) -> str:
        """A path of the API: `RbacRoles` -> `/v8/RbacRoles`."""
        return f"/{self.revision}/{rest}"

    def error(self, answer: Answer) -> tuple[str, str] | None:
        try:
            body = answer.json()
        except UnexpectedAnswer:
            return None
        said = words(body.get("message")) if isinstance(body, dict) else ""
        return (words(body.get("errorCode")), said) if said else None

    def get(self, path: str, **params: Any) -> dict[str, Any]:
        """A read -> the object of the answer; a bare array comes as its `results`."""
        answer = self.request("GET", path, params=params)
        body = self.parse(answer)
        if isinstance(body, list):
            return {"results": body}
        if not isinstance(body, dict):
            raise UnexpectedAnswer(f"{answer.what} was answered with {answer.status}, but with no JSON object")
        return body

    def array(self, path: str, shape: Shape) -> list[dict[str, Any]]:
        """A list that has no pages."""
        rows = fitting(self.get(path).get("results"), [shape], "a list")
        if not isinstance(rows, list) or not all(row.get("id") for row in rows):
            raise UnexpectedAnswer(f"the server answered without a list of objects with {'id'!r}")
        return rows

    def pages(self, path: str, shape: dict[str, Shape], **params: Any) -> Iterator[dict[str, Any]]:
        """A list of pages without a total: one that is shorter than its limit is the last."""

        def page(offset: int, limit: int) -> tuple[Any, Any]:
            body = self.get(path, offset=offset, limit=limit, **params)
            rows, most = body.get("results"), fitting(body.get("limit"), int, "limit")
            if isinstance(rows, list) and (most is None or len(rows) < most):
                return rows, offset + len(rows)
            return rows, None

        return all_rows(page, "id", shape=shape)

    def organizations(self, *, fresh: bool = False) -> list[dict[str, Any]]:
        """The organizations; read once per process unless `fresh`."""
        with self._lock:
            if self._organizations is None or fresh:
                path = self.path("Organizations")
                paged = self.revision not in ("v7", "v6")
                rows = self.pages(path, ORGANIZATION) if paged else self.array(path, ORGANIZATION)
                self._organizations = list(rows)
            return self._organizations

    def organization(self, written: str) -> dict[str, Any]:
        """The organization of a name or id. Raises InvalidInput that lists the known ones."""
        for fresh in (False, True):  # one may have been added since the list was read
            for one in self.organizations(fresh=fresh):
                if fold(written) in [fold(str(one[key])) for key in ORGANIZATION if one.get(key)]:
                    return one
        known = ", ".join(sorted(str(one.get("name")) for one in self.organizations()))
        raise InvalidInput(f"the server has no organization {written!r}", f"its organizations are: {known or 'none'}")

    def version(self) -> str:
        return str(self.get(self.path("ServiceInstance")).get("version") or "")

    def manages(self) -> bool:
        return self.may_read(self.path("RbacRoles"))
