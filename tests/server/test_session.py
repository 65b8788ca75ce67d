"""One login for all threads, renewed in time; a refusal remembered; a 401 leads to one new login."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import Counter
from collections.abc import Callable
from email.utils import formatdate
from typing import Any

import httpx
import pytest

from veeam_pulumi.errors import (
    AnswerLost,
    LoginRefused,
    MfaRequired,
    NotFound,
    ServerRefused,
    ServerUnreachable,
    UnexpectedAnswer,
    VeeamError,
)
from veeam_pulumi.server.answer import Answer
from veeam_pulumi.server.session import Session
from veeam_pulumi.server.settings import Connection, Settings
from veeam_pulumi.server.transport import Transport


class DoorSession(Session):
    product = "door"
    default_port = 1234
    token_path = "/token"
    logout_request = ("POST", "/logout")
    manager_role = "Janitor"
    version_header = "x-version"
    version_probe = "/time"
    revisions = ("3.0-rev0", "2.0-rev0", "1.0-rev0")
    not_found = "NotFound"

    def error(self, answer: Answer) -> tuple[str, str] | None:
        with contextlib.suppress(UnexpectedAnswer):
            body = answer.json()
            if isinstance(body, dict) and "errorCode" in body:
                return body["errorCode"], body.get("message") or body.get("details") or ""
        return None


class Door:
    """A server with tokens; `refuse` makes it refuse logins, `life` is how long tokens live."""

    def __init__(self, **changes: Any) -> None:
        self.count: Counter[str] = Counter()
        self.valid: set[str] = set()
        self.life: float = 900
        self.refuse: httpx.Response | None = None
        self.refuse_refresh = False
        self.lose_refresh = False
        self.clock: dict[str, str] = {}
        self.supported = {"1.0-rev0", "2.0-rev0"}
        self.words = ""
        self.probe = httpx.Response(200, json={})
        self.answer: Callable[[httpx.Request], httpx.Response] = lambda request: httpx.Response(200, json={"data": []})
        self.lock = threading.Lock()
        base = {"api_version": "2.0-rev0", "username": "svc", "password": "pa55word"}
        settings = Settings(product="door", url="https://door:1234", **{**base, **changes})
        connection = Connection("door", settings)
        transport = Transport(connection, print, http=httpx.MockTransport(self._answer), pause=lambda seconds: None)
        self.session = DoorSession(connection, transport, print)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        with self.lock:
            self.count[f"{request.method} {request.url.path}"] += 1
            if request.headers.get("x-version") not in self.supported:
                text = f"Unsupported version. The following versions are supported: {', '.join(sorted(self.supported))}"
                text = self.words or text
                return httpx.Response(400, json={"errorCode": "UnexpectedContent", "message": text})
            if request.url.path == "/token":
                form = dict(httpx.QueryParams(request.content.decode()))
                self.count[form["grant_type"]] += 1
                if self.refuse:
                    return self.refuse
                if form["grant_type"] == "refresh_token" and self.refuse_refresh:
                    return httpx.Response(400, json={"errorCode": "InvalidToken", "message": "used already"})
                token = f"token-{sum(self.count.values())}"
                self.valid.add(token)
                if form["grant_type"] == "refresh_token" and self.lose_refresh:
                    raise httpx.ReadError("connection reset")
                body = {"access_token": token, "refresh_token": f"re-{token}", "expires_in": self.life, **self.clock}
                return httpx.Response(200, json=body, headers={"Date": self.clock.get(".issued", "")})
            if request.url.path == "/time":
                return self.probe
            if request.headers["authorization"].removeprefix("Bearer ") not in self.valid:
                return httpx.Response(401, json={"errorCode": "AccessDenied", "message": "Unauthorized"})
        return self.answer(request)


@pytest.fixture
def door() -> Door:
    return Door()


REFUSAL = httpx.Response(401, json={"errorCode": "AccessDenied", "message": "Authentication failed"})


def in_threads(work: Callable[[], Any], threads: int = 4, times: int = 25) -> list[Exception]:
    errors: list[Exception] = []

    def run() -> None:
        for _ in range(times):
            try:
                work()
            except Exception as error:
                errors.append(error)

    workers = [threading.Thread(target=run) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return errors


def test_one_login_for_all_threads(door: Door) -> None:
    assert in_threads(lambda: door.session.get("/users")) == []
    assert door.count["password"] == 1
    assert door.count["GET /users"] == 100


def test_a_hundred_reads_with_a_wrong_password_are_one_bad_login(door: Door) -> None:
    door.refuse = REFUSAL
    errors = in_threads(lambda: door.session.get("/users"))
    assert len(errors) == 100
    assert {type(error) for error in errors} == {LoginRefused}
    assert len({str(error) for error in errors}) == 1
    assert door.count["POST /token"] == 1


def test_a_refused_login_says_who_why_and_what_to_do(door: Door) -> None:
    door.refuse = REFUSAL
    with pytest.raises(LoginRefused) as caught:
        door.session.get("/users")
    text = str(caught.value)
    assert "refuses the login of 'svc' (401 AccessDenied)" in text
    assert "pulumi config set --path --secret 'veeam:connections.door.password'" in text


def test_a_401_leads_to_one_new_login_for_all_threads(door: Door) -> None:
    door.session.get("/users")
    door.valid.clear()
    assert in_threads(lambda: door.session.get("/users"), times=5) == []
    assert door.count["password"] == 2


def test_a_401_that_stays_is_an_error_and_no_loop(door: Door) -> None:
    door.answer = lambda request: httpx.Response(401, json={"errorCode": "AccessDenied", "message": "no"})
    with pytest.raises(ServerRefused, match="401 AccessDenied"):
        door.session.get("/users")
    assert door.count["password"] == 2
    assert door.count["GET /users"] == 2


def test_a_token_is_renewed_before_it_runs_out(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    door.session.get("/users")
    now[0] += 869
    door.session.get("/users")
    assert door.count["POST /token"] == 1
    now[0] += 2  # half a minute before the end
    door.session.get("/users")
    assert (door.count["password"], door.count["refresh_token"]) == (1, 1)


def test_a_token_whose_life_counts_from_its_last_use(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DoorSession, "sliding", True)
    clock = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    for _ in range(5):
        door.session.get("/things")
        clock[0] += 600  # less than the 900 seconds that a token lives unused
    assert door.count["password"] == 1
    clock[0] += 600
    door.session.get("/things")
    assert door.count["refresh_token"] == 1


def test_a_renewal_that_fails_falls_back_to_the_password(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    door.refuse_refresh = True
    door.session.get("/users")
    now[0] += 900
    door.session.get("/users")
    assert (door.count["password"], door.count["refresh_token"]) == (2, 1)


def test_a_renewal_whose_answer_was_lost_is_not_sent_again(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """The refresh token works once: it may be used up, and the password always works."""
    now = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    door.session.get("/users")
    door.lose_refresh = True
    now[0] += 900
    door.session.get("/users")
    assert (door.count["password"], door.count["refresh_token"]) == (2, 1)
    door.lose_refresh = False
    now[0] += 900
    door.session.get("/users")
    assert (door.count["password"], door.count["refresh_token"]) == (2, 2)


@pytest.mark.parametrize("hours", [-30, -5, 5, 30])
def test_clocks_that_differ_by_hours_cost_nothing(door: Door, monkeypatch: pytest.MonkeyPatch, hours: int) -> None:
    """Neither the server's clock nor our own counts, and our own may be set right in the middle of a run."""
    now, wall = [1000.0], time.time()
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    issued, expires = (formatdate(wall + hours * 3600 + later, usegmt=True) for later in (0, 900))
    door.clock = {".issued": issued, ".expires": expires}
    for _ in range(3):
        door.session.get("/users")
        wall += hours * 3600
        monkeypatch.setattr("time.time", lambda wall=wall: wall)
    now[0] += 860
    door.session.get("/users")
    assert door.count["POST /token"] == 1
    now[0] += 20
    door.session.get("/users")
    assert (door.count["password"], door.count["refresh_token"]) == (1, 1)


def test_a_token_revoked_again_and_again_costs_one_login_each_time(door: Door) -> None:
    """Between operations of four threads: nobody logs in for what another thread has mended already."""
    for times in range(1, 4):
        assert in_threads(lambda: door.session.write("POST", "/users", {}), times=5) == []
        assert door.count["password"] == times
        door.valid.clear()


def test_a_write_that_a_401_refused_is_sent_once_more_and_no_oftener(door: Door) -> None:
    door.session.get("/users")
    door.valid.clear()
    door.session.write("POST", "/users", {})
    assert door.count["POST /users"] == 2
    door.answer = lambda request: httpx.Response(401, json={"errorCode": "AccessDenied", "message": "no"})
    with pytest.raises(ServerRefused, match="401 AccessDenied"):
        door.session.write("POST", "/users", {})
    assert door.count["POST /users"] == 4


def test_a_server_without_expires_in_or_refresh_token(door: Door) -> None:
    door.valid.add("t")
    door.refuse = httpx.Response(200, json={"access_token": "t"})
    door.session.get("/users")
    door.session._login.renew_at = 0
    door.session.get("/users")
    assert door.count["password"] == 2


def test_an_account_with_a_second_factor(door: Door) -> None:
    door.refuse = httpx.Response(200, json={"mfa_token": "half", "mfa_enabled": True})
    for _ in range(2):
        with pytest.raises(MfaRequired, match="needs a second factor .*use an account without MFA"):
            door.session.get("/users")
    assert door.count["POST /token"] == 1


@pytest.mark.parametrize("body", [{}, [], {"access_token": ""}, {"access_token": 5}])
def test_a_login_that_gives_no_token(door: Door, body: Any) -> None:
    door.refuse = httpx.Response(200, json=body)
    with pytest.raises(LoginRefused, match="without an access token"):
        door.session.get("/users")


@pytest.mark.parametrize("token", ["a b", "a\r\nX-Injected: 1", "é", "x" * 20_000])
def test_a_token_that_could_not_stand_in_a_header(door: Door, token: str) -> None:
    door.refuse = httpx.Response(200, json={"access_token": token})
    with pytest.raises(LoginRefused, match="without an access token"):
        door.session.get("/users")


def test_a_proxys_401_at_the_login_counts_as_refused(door: Door) -> None:
    """Nobody knows whether the server behind it counted it."""
    door.refuse = httpx.Response(401, text="<html><title>Sign in to the proxy</title></html>")
    for _ in range(3):
        with pytest.raises(LoginRefused, match="401 and an HTML page, .*check that its product is door"):
            door.session.get("/users")
    assert door.count["POST /token"] == 1


def test_a_server_that_is_down_is_no_refused_login(door: Door) -> None:
    door.refuse = httpx.Response(503)
    with pytest.raises(ServerUnreachable):
        door.session.get("/users")


def test_auto_takes_the_first_revision_that_both_sides_know() -> None:
    door = Door(api_version="auto")
    assert door.session.revision == "2.0-rev0"
    assert door.count["GET /time"] == 2
    door.session.get("/users")
    assert door.count["GET /time"] == 2


def test_auto_skips_what_the_server_does_not_list() -> None:
    door = Door(api_version="auto")
    door.supported = {"1.0-rev0"}
    assert door.session.revision == "1.0-rev0"
    assert door.count["GET /time"] == 2


def test_auto_against_a_server_that_knows_none() -> None:
    door = Door(api_version="auto")
    door.supported = {"9.0-rev0"}
    with pytest.raises(ServerRefused, match=r"none of the API revisions .*9\.0-rev0.*connections\.door\.api_version"):
        door.session.get("/users")
    assert door.count["POST /token"] == 0


def test_a_revision_that_the_server_does_not_know_is_no_bad_login() -> None:
    door = Door(api_version="3.0-rev0")
    for _ in range(3):
        with pytest.raises(LoginRefused, match=r"the API revision 3\.0-rev0 .*connections\.door\.api_version' auto"):
            door.session.get("/users")
    assert door.count["POST /token"] == 1


def test_a_login_refused_for_its_revision_is_sent_in_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The probe was answered with 404, which says nothing: a proxy may filter it, and newer servers may lack it."""
    door = Door(api_version="auto")
    door.supported = {"1.0-rev0"}
    monkeypatch.setattr(DoorSession, "version_probe", "")
    assert door.session.get("/users") == {"data": []}
    assert (door.session.revision, door.count["POST /token"]) == ("1.0-rev0", 2)  # 2.0-rev0 is not in its list


@pytest.mark.parametrize("status", [404, 405, 403, 401])
def test_what_else_the_probe_is_answered_with_says_nothing_about_revisions(status: int) -> None:
    door = Door(api_version="auto")
    door.supported.add("3.0-rev0")
    door.probe = httpx.Response(status)
    assert door.session.get("/users") == {"data": []}
    assert door.session.revision == "3.0-rev0"


@pytest.mark.parametrize(
    "words",
    [
        "Unsupported RESTAPI version. The following versions are supported: v1.0-rev0, v0.9-rev1",
        "The specified API version is not supported.",
    ],
)
def test_revisions_are_read_as_older_servers_write_them(words: str) -> None:
    door = Door(api_version="auto")
    door.supported, door.words = {"1.0-rev0"}, words
    assert door.session.revision == "1.0-rev0"


def test_a_token_that_is_refused_at_once_leads_to_one_new_login_in_all(door: Door) -> None:
    door.answer = lambda request: httpx.Response(401)
    for _ in range(20):
        with pytest.raises(ServerRefused, match="was refused with 401"):
            door.session.get("/users")
    assert door.count["password"] == 2


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_without_a_body_means_what_one_with_a_body_means(door: Door, status: int) -> None:
    door.answer = lambda request: httpx.Response(status, content=b" \r\n")
    with pytest.raises(ServerRefused, match=f"was refused with {status}") as caught:
        door.session.get("/users")
    assert caught.value.status == status
    assert ("needs the role Janitor" in str(caught.value)) == (status == 403)


def test_a_message_never_proposes_what_is_set(door: Door) -> None:
    """The revision is `auto` and one request is sent at one time already."""
    careful = Door(api_version="auto", concurrency=1)
    refusals = [httpx.Response(400, json={"errorCode": "X", "message": "API version"}), httpx.Response(429)]
    for refusal in refusals:
        careful.answer = lambda request, refusal=refusal: refusal  # type: ignore[misc]
        with pytest.raises(VeeamError) as caught:
            careful.session.get("/users")
        assert "api_version" not in caught.value.fix
        assert "concurrency" not in caught.value.fix
    door.answer = lambda request: httpx.Response(429, json={"errorCode": "TooMany", "message": "slow down"})
    with pytest.raises(ServerRefused, match="concurrency' 1"):
        door.session.get("/users")


@pytest.mark.parametrize(
    ("reply", "kind", "text"),
    [
        (httpx.Response(404, json={"errorCode": "NotFound", "message": "gone"}), NotFound, '404 NotFound: "gone"'),
        (httpx.Response(404, json={"errorCode": "InvalidURI", "message": "?"}), ServerRefused, "404 InvalidURI"),
        (httpx.Response(404, text="not here"), UnexpectedAnswer, "'not here'"),
        (httpx.Response(404, json={"error": "x"}), UnexpectedAnswer, "not in the words of this product"),
        (httpx.Response(404, json=["x"]), UnexpectedAnswer, "not in the words of this product"),
        (
            httpx.Response(403, json={"errorCode": "AccessDenied", "title": "No"}),
            ServerRefused,
            "needs the role Janitor",
        ),
        (httpx.Response(400, json={"errorCode": "X", "details": "bad name"}), ServerRefused, '400 X: "bad name"'),
    ],
)
def test_what_an_error_answer_means(door: Door, reply: httpx.Response, kind: type[Exception], text: str) -> None:
    door.answer = lambda request: reply
    with pytest.raises(kind, match=text) as caught:
        door.session.get("/users")
    assert type(caught.value) is kind


def test_the_answer_of_a_write(door: Door) -> None:
    door.answer = lambda request: httpx.Response(204)
    assert door.session.write("DELETE", "/users/1") is None
    door.answer = lambda request: httpx.Response(201, json={"id": 1})
    assert door.session.write("POST", "/users", {}) == {"id": 1}
    door.answer = lambda request: httpx.Response(201, text="<html>")
    with pytest.raises(AnswerLost):
        door.session.write("POST", "/users", {})


def test_a_write_that_failed_in_the_server_says_its_words(door: Door) -> None:
    door.answer = lambda request: httpx.Response(500, json={"errorCode": "UnknownError", "message": "disk full"})
    with pytest.raises(AnswerLost, match='500 UnknownError: "disk full"'):
        door.session.write("POST", "/users", {})


def test_whether_a_list_answers_is_asked_when_it_matters(door: Door) -> None:
    """An account may lose its rights while a process runs."""
    assert door.session.serves("/users")
    door.answer = lambda request: httpx.Response(403, json={"errorCode": "AccessDenied", "message": "?"})
    assert not door.session.serves("/users")


def test_logout_at_the_end_never_raises(door: Door) -> None:
    door.session.get("/users")
    door.session.close()
    assert door.count["POST /logout"] == 1
    door.session.close()
    assert door.count["POST /logout"] == 1

    other = Door()
    other.session.get("/users")
    other.answer = lambda request: httpx.Response(503)
    other.session.close()
    assert other.count["POST /logout"] == 1


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        httpx.ProxyError("407"),
        ValueError("odd"),
        httpx.Response(500, text="<html>"),
        httpx.Response(302, headers={"Location": "https://elsewhere/"}),
    ],
    ids=lambda one: type(one).__name__,
)
def test_a_logout_that_fails_is_one_try_and_no_error(door: Door, trouble: Any) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if isinstance(trouble, Exception):
            raise trouble
        return httpx.Response(trouble.status_code, content=trouble.content, headers=trouble.headers)

    door.session.get("/users")
    door.answer = answer
    door.session.close()
    assert door.count["POST /logout"] == 1


def test_who_never_logged_in_does_not_log_out(door: Door) -> None:
    door.session.close()
    door.refuse = REFUSAL
    other = Door()
    other.refuse = REFUSAL
    with pytest.raises(LoginRefused):
        other.session.get("/users")
    other.session.close()
    assert door.count["POST /logout"] + other.count["POST /logout"] == 0


def test_warnings_name_the_server(door: Door, capsys: pytest.CaptureFixture[str]) -> None:
    door.session.warn("careful")
    assert capsys.readouterr().out == "door:1234 (connection door): careful\n"


def test_what_a_product_tells_that_has_nothing_to_add(door: Door) -> None:
    door.session.open()
    door.session.open()
    assert (door.session.version(), door.session.speaks()) == ("", "2.0-rev0")
    assert door.session.manages() == "no list is reserved for accounts that may do this"
    assert door.count == {"POST /token": 1, "password": 1}


@pytest.mark.parametrize(("status", "may"), [(200, True), (403, False)])
def test_who_may_read_the_managers_list_manages(door: Door, status: int, may: bool) -> None:
    body = {"data": [], "errorCode": "AccessDenied", "message": "Forbidden"}
    door.answer = lambda request: httpx.Response(status, json=body)
    door.session.manager_list = "/users"  # type: ignore[misc]
    assert door.session.manages() is may
    assert door.count["GET /users"] == 1
    assert door.session.serves("/users") is may


def test_a_list_that_fails_says_nothing_about_who_manages(door: Door) -> None:
    door.answer = lambda request: httpx.Response(404, json={"errorCode": "NotFound", "message": "no such path"})
    with pytest.raises(NotFound, match="no such path"):
        door.session.may_read("/users")


def test_a_login_that_is_not_there_means_another_product(door: Door) -> None:
    door.refuse = httpx.Response(404, json={"errorCode": "NotFound", "message": "Resource not found"})
    with pytest.raises(
        LoginRefused, match="check that its product is door; set url with `pulumi config set --path"
    ) as caught:
        door.session.open()
    assert "'veeam:connections.door.url'" in str(caught.value)
