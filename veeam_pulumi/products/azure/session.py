"""Logging in to Veeam Backup for Microsoft Azure, and finding out which version of its API is there.

* POST /api/oauth2/token with a form; grants are written `Password` and `Refresh_token` (contract of 8.1). DELETE on the
  same path logs out. Neither has a version in its path.
* Every other path has one: 8.1 serves v8.1, v8, v7, v6, and older products older ones. GET /api/VERSION/users without a
  login is answered with 401 where the version is served, and with 404 where it is not.
* An account with MFA gets 200 with `mfa_token` and no access token.
* Access tokens live an hour, refresh tokens 14 days; a renewal replaces both.
* Errors are application/problem+json with other members for every status, and no code. A web server's own 404 has the
  same form, so a 404 alone proves nothing.
* 403 with `licenseAgreementAcceptanceRequired` until somebody accepted the license agreement in the web interface.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

from ...errors import ServerRefused, UnexpectedAnswer
from ...server.answer import Answer
from ...server.attempts import ATTEMPTS
from ...server.body import words
from ...server.session import Session


class AzureSession(Session):
    """A session on a Backup for Azure appliance."""

    product = "azure"
    default_port = 443
    token_path = "/api/oauth2/token"
    logout_request = ("DELETE", "/api/oauth2/token")
    manager_role = "PortalAdmin"
    one_row: ClassVar = {"Offset": 0, "Limit": 1}
    not_found = "NotFound"
    revisions = ("v8.1", "v8", "v7", "v6")

    def _grant(self, form: dict[str, Any], attempts: int = ATTEMPTS) -> Answer:
        return super()._grant({**form, "grant_type": form["grant_type"].capitalize()}, attempts)

    def negotiate(self) -> str:
        """The newest version that is served; it is part of every path."""
        for version in self.revisions:
            answer = self.transport.send("GET", f"/api/{version}/users", params=self.one_row, private=True)
            if answer.status in (401, 403) and (self.error(answer) or not answer.body.strip()):
                return version
            if answer.status != 404:
                raise self.problem(answer) if not answer.ok else answer.foreign()
            if answer.body.strip() and self.error(answer) is None:  # of a proxy: it says nothing about versions
                raise self.problem(answer)
        raise ServerRefused(
            f"the server has users in none of the API versions {', '.join(self.revisions)}",
            f"check that its product is azure; {self.connection.how_to_set('url')}",
            status=404,
        )

    def path(self, rest: str) -> str:
        """A path of the API: `users` -> `/api/v8.1/users`."""
        return f"/api/{self.revision}/{rest}"

    def error(self, answer: Answer) -> tuple[str, str] | None:
        try:
            body = answer.json()
        except UnexpectedAnswer:
            return None
        title = words(body.get("title")) if isinstance(body, dict) else ""
        if not title or body.get("status") != answer.status:
            return None
        if body.get("licenseAgreementAcceptanceRequired") is True:
            return "LicenseAgreement", "the license agreement is not accepted yet"
        said = [words(body.get("detail")), *_fields(body.get("errors"))]
        return re.sub(r"\W", "", title), "; ".join(filter(None, said))

    def refused(self, answer: Answer, code: str = "", words: str = "") -> ServerRefused:
        found = super().refused(answer, code, words)
        if code == "LicenseAgreement":
            found.fix = "accept the license agreement in the web interface of the appliance first"
        return found

    def version(self) -> str:
        return str(self.get(self.path("system/about")).get("serverVersion") or "")

    def manages(self) -> bool:
        return self.may_read(self.path("users"))


def _fields(errors: Any) -> list[str]:
    """What is wrong with which property: `{"name": ["…"]}` -> `name: …`."""
    found = errors.items() if isinstance(errors, dict) else ()
    return [f"{name}: {words(one)}" for name, texts in found for one in (texts if isinstance(texts, list) else [texts])]
