"""A login on one server, shared by all threads of the process.

One login per process, see `login`; a refused one is remembered, so that three hundred users and a wrong password are
one bad login and no lock-out. Logout at the end, best effort.

The status of an answer decides, its body explains. Every answer to a login without a token is a refused login, whatever
its body, but for three: 429 is waited for, 5xx and unreadable ones are tried a second time, and a 400 about the API
revision leads to the next revision. No part of such an answer is ever shown: a token may stand anywhere in it.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

from pydantic import SecretStr

from .. import redaction
from ..errors import (
    AnswerLost,
    LoginRefused,
    MfaRequired,
    NotFound,
    ServerRefused,
    ServerUnreachable,
    UnexpectedAnswer,
    VeeamError,
)
from . import log, revision
from .answer import Answer
from .attempts import ATTEMPTS, backoff
from .delete_limit import DeleteLimit
from .events import Event
from .list_cache import ListCache, Rows
from .login import Login
from .revision import Revision
from .settings import Connection, Settings, Warn
from .token import Token

if TYPE_CHECKING:
    from .transport import Transport

_LOGIN_CODES = frozenset({
    "AccessDenied", "Unauthorized", "Forbidden", "NotFound", "BadRequest", "UnexpectedContent", "InvalidToken",
    "invalid_grant", "invalid_client", "invalid_request", "unauthorized_client", "access_denied",
})  # fmt: skip
"""What may be said of a refused login's body: words of our own, because a token may stand anywhere in it."""


class Session:
    """The connection to one server, logged in on first use. A product declares where and how."""

    product: ClassVar[str]
    default_port: ClassVar[int]
    token_path: ClassVar[str] = ""
    logout_request: ClassVar[tuple[str, str]] = ("", "")
    """Method and path; empty where a logout would end other sessions too."""
    settings_model: ClassVar[type[Settings]] = Settings
    """The settings of a connection to this product; one that has its own says `settings: ItsModel` too."""
    sliding: ClassVar[bool] = False
    """Whether a token's life counts from its last use."""
    manager_role: ClassVar[str]
    """The role that may do what this package does, for messages."""
    login_hint: ClassVar[str] = ""
    """What else a refused login may mean."""
    one_row: ClassVar[dict[str, Any]] = {"limit": 1}
    """The parameters that ask a list for as little as possible."""
    version_header: ClassVar[str] = ""
    """The header that names the API revision, for products that have one."""
    revisions: ClassVar[tuple[str, ...]] = ()
    """What `api_version: auto` tries, the preferred one first."""
    version_probe: ClassVar[str] = ""
    """A path that answers without a login, so that finding the revision costs no login; empty: nothing to find."""
    managed: ClassVar[str] = "users"
    """What is managed on this product: users, or servers."""
    same_request_seconds: ClassVar[float] = 0.0
    """How long the server takes a write that is repeated with the headers of `repetition` for the same request."""
    manager_list: ClassVar[str] = ""
    """A list that only an account with the `manager_role` may read, see `manages`."""
    not_found: ClassVar[str] = ""
    """The code of the product's own "there is no such object", which comes with 404."""

    def __init__(self, connection: Connection, transport: Transport, warn: Warn) -> None:
        self.connection, self.settings, self.transport = connection, connection.settings, transport
        self.server = urlsplit(self.settings.url).netloc
        self._warn = warn
        self._lock = threading.RLock()
        self._login = Login(self.login, self.renew, self._lock, connection.name)
        self._revision = Revision(connection, self.revisions)
        self._leaving: frozenset[str] = frozenset()
        self._shared: dict[str, ListCache] = {}
        self.delete_limit = DeleteLimit(connection.most_deletes)

    def is_home(self, server: str | None) -> bool:
        """Whether what state says is there is on this server. None: state does not say."""
        return server in (None, self.server, *self.settings.moved_from)

    # What a product may do in its own way.

    def login(self) -> Token:
        """Logs in -> Token. Raises LoginRefused where the server gives none, ServerUnreachable where it is not well."""
        user, password = self.connection.user(), self.connection.secret()
        while True:
            answer = self._ask(user, password)
            if answer.ok:
                try:
                    return self.token(answer)
                except MfaRequired as error:
                    error.fix = self.without_mfa()
                    raise
                except UnexpectedAnswer:
                    raise self._refused(answer, user) from None
            if answer.status == 429:
                raise self.transport.rest(
                    f"{answer.what} was answered with 429: too many requests at one time",
                    "run again later" + self._fewer("; or "),
                )
            if not self.refuses_revision(answer):
                raise self._refused(answer, user)
            if not self._revision.rejected(answer):
                raise self._revision.none_left(f"{answer.what} was refused with 400, because of the API revision")

    def ask_login(self, user: str, password: SecretStr, *, attempts: int = ATTEMPTS) -> Answer:
        """Sends the login."""
        return self._grant({"grant_type": "password", "username": user, "password": password}, attempts)

    def _ask(self, user: str, password: SecretStr) -> Answer:
        """The answer to a login. It is sent twice at most where it is answered badly: the server may count it."""
        while True:
            self.transport.tally.logins += 1  # under the session's lock
            log.event(logging.DEBUG, "logging in", connection=self.connection.name)
            try:
                return self.ask_login(user, password)
            except AnswerLost as lost:
                cause = lost.cause
                self._login.unanswered(cause)
                if not self.transport.wait(backoff(1)):
                    raise ServerUnreachable(cause, "run again when the server is well") from None

    def _refused(self, answer: Answer, user: str) -> LoginRefused:
        """The error of an answer without a token. What the body says is at most one of the codes that we know."""
        code = (self.error(answer) or ("", ""))[0]
        shown = f"{answer.status} {code}" if code in _LOGIN_CODES else str(answer.status)
        form = answer.form()
        where = f"check that its product is {self.product}; {self.connection.how_to_set('url')}"
        if answer.status in (400, 401, 403) and form != "an HTML page":
            return LoginRefused(
                f"the server refuses the login of '{user}' ({shown}){self.login_hint}",
                f"check the account, or {self.connection.how_to_set('password')}",
            )
        if answer.ok:
            return LoginRefused(
                f"{answer.what} was answered with {shown} and {form}, but without an access token", where
            )
        return LoginRefused(
            f"the login of '{user}' was answered with {shown} and {form}, so it counts as refused", where
        )

    def token(self, answer: Answer) -> Token:
        """What a login or a renewal gave."""
        return Token.parse(answer)

    def without_mfa(self) -> str:
        """What to do where the account needs a second factor."""
        return f"use an account without MFA: {self.connection.how_to_set('username', 'NAME')}"

    def renew(self, token: Token) -> Token:
        """Exchanges the refresh token for a new pair."""
        answer = self._grant({"grant_type": "refresh_token", "refresh_token": token.refresh})
        if not answer.ok:
            raise UnexpectedAnswer(f"{answer.what} was refused with {answer.status}")
        return self.token(answer)

    def _grant(self, form: dict[str, Any], attempts: int = ATTEMPTS) -> Answer:
        return self.transport.send(
            "POST", self.token_path, headers=self.headers(), form=form, attempts=attempts, private=True
        )

    def logout(self, token: Token) -> None:
        """Ends the session on the server: one try, a few seconds."""
        method, path = self.logout_request
        if not path:
            return
        headers: dict[str, str | SecretStr] = {**self.headers(), **self.authorization(token)}
        self.transport.send(method, path, headers=headers, attempts=1, timeout=5, private=True)

    def error(self, answer: Answer) -> tuple[str, str] | None:
        """Code and words of the product's own error body; None for any other. A product says what its look like."""
        raise NotImplementedError

    def problem(self, answer: Answer) -> VeeamError:
        """What an answer that is not a success means: NotFound, ServerRefused, or UnexpectedAnswer for foreign text."""
        said = self.error(answer)
        if said is not None:
            return self.refused(answer, *said)
        if answer.status in (401, 403) and not answer.body.strip():  # means what it means with a body
            return self.refused(answer)
        try:
            self.parse(answer)
        except UnexpectedAnswer as error:
            return error
        return answer.foreign()

    def refused(self, answer: Answer, code: str = "", words: str = "") -> ServerRefused:
        """The error of an answer in which the product refuses something."""
        cause = f"{answer.what} was refused with {' '.join(filter(None, (str(answer.status), code)))}"
        cause += f': "{words}"' if words else ""
        if self.not_found and (answer.status, code) == (404, self.not_found):
            return NotFound(cause, status=404, code=code, words=words)
        fix = ""
        if answer.status == 403:
            fix = f"{self.account()} needs the role {self.manager_role}"
        elif answer.status == 429:
            fix = "run again later" + self._fewer("; or ")
        elif self.refuses_revision(answer) and self.settings.api_version != "auto":
            fix = self.connection.how_to_set("api_version", "auto")
        return ServerRefused(cause, fix, status=answer.status, code=code, words=words)

    def _fewer(self, before: str) -> str:
        """How fewer requests are sent at one time, if more than one is."""
        return before + self.connection.how_to_set("concurrency", "1") if self.settings.concurrency > 1 else ""

    def parse(self, answer: Answer) -> Any:
        """The body of an answer as data. Raises UnexpectedAnswer for what is not the product's."""
        return answer.json()

    @property
    def media(self) -> str:
        """The media type of what is sent and asked for."""
        return "application/json"

    def is_final(self, answer: Answer) -> bool:
        """Whether an answer of 500 and more is the product's final word, so that nothing is repeated or looked up."""
        return False

    def repetition(self, method: str, path: str, body: Any) -> dict[str, str]:
        """The headers by which the server knows a repeated write."""
        return {}

    def refuses_revision(self, answer: Answer) -> bool:
        """Whether the server does not know the API revision it was asked in."""
        return revision.refuses(answer)

    # What it tells about itself, by reads alone. A product that has nothing to add leaves these as they are.

    def version(self) -> str:
        """The product's version or build as the server says it; "" where it does not say. Raises what `get` raises."""
        return ""

    def speaks(self) -> str:
        """The API revision and dialect in use, for people: `1.3-rev1, dialect security`; "" where there is no choice.

        May ask the server; raises where no dialect fits.
        """
        return self.revision

    def manages(self) -> bool | str:
        """Whether this login may manage what this package manages here (`managed`); where no read tells, why not.

        Raises where it is not the role that is missing.
        """
        return (
            self.may_read(self.manager_list)
            if self.manager_list
            else "no list is reserved for accounts that may do this"
        )

    def who(self) -> str:
        """As whom it is logged in, for people."""
        return f"as {self.settings.username}"

    def account(self) -> str:
        """Whose rights a login has, for people."""
        return f"the account {self.settings.username!r}"

    @property
    def reads_only(self) -> bool:
        """Whether the settings ask for a login that cannot change anything."""
        return False

    def access_events(self, since: datetime) -> Iterable[Event] | None:
        """Who changed users, roles and keys since a time, all of it or an error; None where no API tells."""
        return None

    def servers_below(self) -> Iterable[str]:
        """The servers of other products that this one logs in to, where no kind of resource lists them."""
        return ()

    # What every product gets.

    def may_read(self, path: str) -> bool:
        """Whether the login may read a list: it answers, or refuses with 403. Anything else is raised."""
        try:
            self.get(path, **self.one_row)
        except ServerRefused as error:
            if error.status != 403:
                raise
            return False
        return True

    def open(self) -> None:
        """Logs in now, not with the first request. Raises what `login` raises."""
        self._login.current()

    @property
    def may_log_in(self) -> bool:
        """Whether a login is still tried in this process."""
        return self._login.may_succeed

    def lets_in(self, user: str, password: SecretStr) -> bool | None:
        """Whether a login of another account is let in; None where no answer tells. It is logged out at once.

        One request, whatever the answer: a refused login counts against that account.
        """
        self.transport.tally.logins += 1
        log.event(logging.DEBUG, "trying the login of an account", connection=self.connection.name)
        try:
            answer = self.ask_login(user, password, attempts=1)
            token = self.token(answer) if answer.ok else None
        except MfaRequired:  # which is asked for after the password
            return True
        except VeeamError:
            return None
        if token is None:
            return False if answer.status in (400, 401, 403) and not self.refuses_revision(answer) else None
        with contextlib.suppress(VeeamError):
            self.logout(token)
        return True

    def login_headers(self) -> dict[str, SecretStr]:
        """The headers that prove the login; logs in where it has to."""
        return self.authorization(self._login.current())

    @property
    def where(self) -> str:
        return f"{self.server} (connection {self.connection.name})"

    def warn(self, message: str) -> None:
        """Tells the user something that is not an error; goes wherever the head sends warnings."""
        self._warn(redaction.line(f"{self.where}: {message}", 3000))

    def get(self, path: str, **params: Any) -> dict[str, Any]:
        """A read -> the object of the answer."""
        answer = self.request("GET", path, params=params)
        body = self.parse(answer)
        if not isinstance(body, dict):
            raise UnexpectedAnswer(f"{answer.what} was answered with {answer.status}, but with no JSON object")
        return body

    def write(self, method: str, path: str, body: Any = None, *, repeat: bool = False) -> Any:
        """A write -> the data of the answer, None where it has none. `body` may hold SecretStr, or be SecretBytes.

        `repeat`: it changes nothing, so that it may be sent twice (a POST that only asks).
        A success whose answer cannot be read is AnswerLost: the write was handled, what it gave must be looked up.
        """
        return self.gave(self.request(method, path, body=body, repeat=repeat))

    def gave(self, answer: Answer) -> Any:
        """The data of a successful write's answer, None where it has none. Raises AnswerLost for what is none."""
        if not answer.body.strip():
            return None
        try:
            return self.parse(answer)
        except UnexpectedAnswer as error:
            raise AnswerLost(error.cause, error.fix) from None

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: Any = None,
        repeat: bool | None = None,
    ) -> Answer:
        """One request with login -> an answer of the 200s. Everything else is raised, see `problem`."""
        token = self._login.current()
        sent = {"params": params, "body": body, "repeat": repeat}
        answer = self._send(method, path, token, sent)
        # Refused before it was handled: safe to repeat, even a write.
        if answer.status == 401 and (fresh := self._login.again(token)) is not None:
            answer = self._send(method, path, fresh, sent)
        if answer.status != 401:
            self._login.accepted(sliding=self.sliding)
        if answer.ok:
            return answer
        raise self.problem(answer)

    def _send(self, method: str, path: str, token: Token, sent: dict[str, Any]) -> Answer:
        headers: dict[str, str | SecretStr] = {**self.headers(), **self.authorization(token)}
        if method != "GET":
            headers |= self.repetition(method, path, sent["body"])
        try:
            return self.transport.send(method, path, headers=headers, media=self.media, is_final=self.is_final, **sent)
        except AnswerLost as lost:
            if lost.answer is not None:  # the server's own words say more than a status
                lost.cause = self.problem(lost.answer).cause
            raise

    def authorization(self, token: Token) -> dict[str, SecretStr]:
        return {"Authorization": SecretStr(f"Bearer {token.access.get_secret_value()}")}

    def headers(self) -> dict[str, str]:
        """The headers of every request: the API revision, where the product has one."""
        return {self.version_header: self.revision} if self.version_header else {}

    @property
    def revision(self) -> str:
        """The API revision in use; asks the server once where the settings say `auto`."""
        with self._lock:
            if not self._revision.chosen and self.revisions:
                with log.probing():
                    self._revision.chosen = self.negotiate()
                chosen = self._revision.chosen
                log.event(logging.INFO, "API revision", connection=self.connection.name, revision=chosen)
            return self._revision.chosen

    def negotiate(self) -> str:
        """The first revision that the server does not refuse. Any other answer, a 404 too, says nothing about it."""
        if not self.version_probe:
            return self.revisions[0]
        while True:
            headers = {self.version_header: self._revision.candidates[0]}
            answer = self.transport.send("GET", self.version_probe, headers=headers, private=True)
            if not self.refuses_revision(answer):
                return self._revision.candidates[0]
            if not self._revision.rejected(answer):
                none = self._revision.none_left(f"it says {redaction.quoted(answer.text())}")
                raise ServerRefused(none.cause, none.fix, status=400)  # no login was sent

    def shared(self, kind: str, rows: Rows) -> ListCache:
        """The one list of a kind of object that all threads of this process look at."""
        with self._lock:
            return self._shared.setdefault(kind, ListCache(rows))

    def may_leave(self, id: str, holders: Callable[[], set[str]]) -> bool:
        """Whether somebody of the `holders` of a role stays when this account loses it.

        Who can leave counts as gone from then on: two threads that let go of the last two see one another.
        """
        with self._lock:
            if {one.lower() for one in holders()} - self._leaving == {id.lower()}:
                return False
            self._leaving |= {id.lower()}
            return True

    def serves(self, collection: str) -> bool:
        """Whether a collection answers 200 now, under this revision: rights may get lost while a process runs."""
        try:
            self.get(collection, **self.one_row)
        except (ServerRefused, UnexpectedAnswer):
            return False
        return True

    def close(self) -> None:
        """Logs out, best effort: never raises, never waits long. Then the log gets its summary of the connection."""
        if token := self._login.end():
            try:
                self.logout(token)
            except Exception as error:
                log.event(logging.INFO, f"logout failed: {error}", connection=self.connection.name)
        self.transport.close()
        tally = {**vars(self.transport.tally), "seconds": round(self.transport.tally.seconds, 3)}
        log.event(logging.INFO, "summary", server=self.server, connection=self.connection.name, **tally)
