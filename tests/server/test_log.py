"""What leaves the process: nothing secret, by no way out; and what a run says about its requests."""

from __future__ import annotations

import base64
import json
import logging
import pickle
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretBytes, SecretStr, ValidationError

from tests.resource.sample import BadgeInputs
from tests.server.test_session import Door
from tests.server.test_transport import OK, RESET, Server
from veeam_pulumi import redaction
from veeam_pulumi.errors import AnswerLost, ServerRefused, SettingsError, UnexpectedAnswer, VeeamError
from veeam_pulumi.products import resources, sessions
from veeam_pulumi.server import log
from veeam_pulumi.server.answer import Answer
from veeam_pulumi.server.connections import Connections
from veeam_pulumi.server.session import Session
from veeam_pulumi.server.settings import Connection
from veeam_pulumi.server.token import Token
from veeam_pulumi.server.transport import _Request

PASSWORD, KEY = "Canary-Core-Pw/1&ß", "Canary-Core-Key-2"
PROXY_PASSWORD, ACCESS, REFRESH = "Canary-Core-Pr%40xy-3", "Canary-Core-Access-4", "Canary-Core-Refresh-5"
SECRETS = (PASSWORD, KEY, PROXY_PASSWORD, "Canary-Core-Pr@xy-3", ACCESS, REFRESH)
PROXY = f"http://agent:{PROXY_PASSWORD}@proxy:8080"

Logged = Callable[..., list[str]]


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Logged]:
    """logged(work, "debug", "json") -> the lines that the work wrote to the log"""

    def run(work: Callable[[], Any], level: str = "info", form: str = "") -> list[str]:
        monkeypatch.setenv("VEEAM_LOG", level)
        monkeypatch.setenv("VEEAM_LOG_FORMAT", form)
        log.configure()
        capsys.readouterr()
        work()
        return capsys.readouterr().err.splitlines()

    yield run
    monkeypatch.delenv("VEEAM_LOG", raising=False)
    log.configure()


def connection(**changes: Any) -> Connection:
    base = {"url": "https://vbr01:9419", "username": "svc", "password": PASSWORD, "proxy": PROXY}
    model = sessions()[str(changes.get("product", "vbr"))].settings_model
    return Connection("vbr", model(**{"product": "vbr", **base, **changes}))


def session(product: str, **changes: Any) -> Session:
    return sessions()[product](connection(product=product, **changes), Server().transport, print)


def connections(environ: dict[str, str] | None = None, **changes: Any) -> Connections:
    base = {"product": "vspc", "url": "https://vspc01", "username": "svc", "password": PASSWORD, "proxy": PROXY}
    config = {"vspc": {**base, **changes}}
    return Connections(json.dumps(config), sessions=sessions(), warn=print, environ=environ or {})


def logged_in() -> Door:
    door = Door(password=PASSWORD)
    door.answer = lambda request: httpx.Response(200, json={"echo": PASSWORD})
    door.session.get("/users")
    door.session._login.keep(Token(SecretStr(ACCESS), SecretStr(REFRESH), 900))
    return door


def shown(thing: Any, depth: int = 3) -> str:
    """Everything that a traceback with variables, a debugger or a `print` would show of an object."""
    text = f"{thing!r} {thing!s} {thing}"
    if depth and hasattr(thing, "__dict__") and not isinstance(thing, (SecretStr, SecretBytes)):
        for name, value in vars(thing).items():
            text += f" {name}={value!r}" + shown(value, depth - 1)
    return text


HOLDERS: dict[str, Callable[[], Any]] = {
    "settings with an API key": lambda: connection(product="vspc", password=None, token=KEY),
    "connections of a stack": connections,
    "connections of the environment": lambda: connections(
        {
            "VEEAM_VSPC_TOKEN": KEY,
            "VEEAM_VSPC_PROXY": PROXY,
            "VEEAM_OTHER_URL": "https://a",
            "VEEAM_OTHER_PASSWORD": KEY,
        }
    ),
    "a connection": lambda: connections().get("vspc"),
    "its settings": lambda: connections().get("vspc").settings,
    "a session that is logged in": lambda: logged_in().session,
    "its transport": lambda: logged_in().session.transport,
    "a session of em": lambda: sessions()["em"](connection(product="em"), Server().transport, print),
    "a session with an API key": lambda: sessions()["vspc"](
        connection(product="vspc", token=KEY), Server().transport, print
    ),
    "a token": lambda: Token(SecretStr(ACCESS), SecretStr(REFRESH), 900),
    "a request": lambda: _Request(
        "POST",
        "/x",
        {"Authorization": SecretStr(f"Bearer {ACCESS}")},
        repeat=False,
        timeout=1,
        body={"credentials": [{"password": SecretStr(PASSWORD)}]},
        form={"refresh_token": SecretStr(REFRESH)},
    ),
    "a request of XML": lambda: _Request("PUT", "/x", {}, False, 1, body=SecretBytes(PASSWORD.encode())),
    "inputs": lambda: BadgeInputs(name="a b", password=PASSWORD, rooms=[]),
}


@pytest.mark.parametrize("holder", HOLDERS.values(), ids=HOLDERS)
def test_what_holds_a_secret_does_not_show_it(holder: Callable[[], Any]) -> None:
    text = shown(holder())
    assert [secret for secret in SECRETS if secret in text or repr(secret)[1:-1] in text] == []


def test_an_answer_shows_neither_headers_nor_body() -> None:
    answer = Answer("POST", "/token", 200, {"x-restsvcsessionid": ACCESS}, REFRESH.encode())
    assert repr(answer) == "Answer(method='POST', path='/token', status=200)"


@pytest.mark.parametrize("kind", sorted(resources()))
def test_the_arguments_of_every_resource_keep_their_secrets(kind: str) -> None:
    resource = resources()[kind]
    secrets = {name: SecretStr(PASSWORD) for name, one in resource.fields.items() if "secret" in str(one.markers)}
    inputs = resource.inputs.model_construct(**secrets)
    assert PASSWORD not in shown(inputs)
    with pytest.raises(ValidationError) as caught:
        resource.inputs.model_validate({"pasword": PASSWORD})
    assert PASSWORD not in shown(caught.value)


@pytest.mark.parametrize("held", [connection(), Token(SecretStr(ACCESS), None, 9)], ids=["settings", "token"])
def test_what_holds_a_secret_is_not_pickled_into_state(held: Any) -> None:
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(held)


@pytest.mark.parametrize(
    "url",
    [
        "https://svc:Canary-Core-Url-6@vbr01:9419",
        "https://svc:Canary-Core/Url-6@vbr01:9419",
        "https://svc:Canary-Core-Url-6",
        "https://svc:[Canary-Core-Url-6@vbr01",
        "https://svc:Canary Core-Url-6@vbr01",
        "http://svc:Canary-Core-Url-6@vbr01",
    ],
)
def test_a_password_in_a_url_is_not_echoed(url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        connections(url=url).get("vspc")
    assert "Canary" not in chain(caught.value)
    assert "its url " in str(caught.value)


def test_the_password_of_a_proxy_is_hidden_as_written_and_as_sent() -> None:
    assert connections().get("vspc").settings.proxy is not None
    sent = base64.b64encode(b"agent:Canary-Core-Pr@xy-3").decode()
    assert (
        redaction.hide(f"{PROXY} Canary-Core-Pr@xy-3 {sent}")
        == f"{PROXY.split(':Can', maxsplit=1)[0]}:[secret]@proxy:8080 [secret] [secret]"
    )


def test_the_password_of_a_proxy_of_the_environment_is_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://agent:Canary-Core-Env-7@proxy:8080")
    broken = httpx.ProxyError("http://agent:Canary-Core-Env-7@proxy:8080 says 407")
    with pytest.raises(VeeamError) as caught:
        Server(*[broken] * 4).get()
    assert "through the proxy (ProxyError: http://agent:[secret]@proxy:8080 says 407)" in str(caught.value)


def test_the_proxy_gets_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}
    monkeypatch.setattr(httpx, "Client", lambda **options: given.update(options))
    connections(token=KEY, password=None).open("vspc", "vspc")
    assert given["proxy"].auth == ("agent", "Canary-Core-Pr@xy-3")


def chain(error: BaseException | None) -> str:
    """An error as every kind of report shows it, with all that it came from."""
    text = ""
    while error is not None:
        text += f"{error!r} {error} {error.args!r} {vars(error)!r}"
        text += "".join(traceback.TracebackException.from_exception(error, capture_locals=False).format())
        error = error.__cause__ or error.__context__
    return text


def test_a_broken_password_file_shows_no_byte_of_itself(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"Canary-Core-File-8\xff")
    with pytest.raises(SettingsError, match=r"its password_file cannot be read \(it is not UTF-8 text\)") as caught:
        connection(password=None, password_file=str(tmp_path / "secret")).secret()
    assert "Canary" not in chain(caught.value)
    assert "xff" not in chain(caught.value)


ECHO = f'you sent "{PASSWORD}", {ACCESS}'


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (httpx.Response(400, json={"errorCode": ECHO, "message": ECHO}), ServerRefused),
        (httpx.Response(503, json={"errorCode": "Busy", "message": ECHO}), AnswerLost),
        (httpx.Response(500, text=f"<html><title>{ECHO}</title>"), AnswerLost),
        (httpx.Response(400, content=f"{ECHO} \xff".encode("latin-1")), UnexpectedAnswer),
        (httpx.Response(302, headers={"location": f"https://a/?t={ACCESS}"}), UnexpectedAnswer),
        (httpx.ReadError(ECHO), AnswerLost),
        (httpx.RemoteProtocolError(ECHO), AnswerLost),
    ],
    ids=str,
)
def test_what_a_server_echoes_is_in_no_error_and_in_nothing_that_it_came_from(
    reply: httpx.Response | Exception, kind: type[VeeamError]
) -> None:
    door = logged_in()
    door.session._login.token = None

    def answer(request: httpx.Request) -> httpx.Response:
        if isinstance(reply, Exception):
            raise reply
        return reply

    door.answer = answer
    with pytest.raises(kind) as caught:
        door.session.write("POST", "/users", {"password": SecretStr(PASSWORD), "token": SecretStr(ACCESS)})
    raised: BaseException = caught.value
    text = f"{raised!r} {raised} {vars(raised)!r}"
    assert [secret for secret in SECRETS if secret in text] == []
    # What httpx raised is suppressed, so that no report follows it.
    assert raised.__suppress_context__ or raised.__context__ is None


def test_a_secret_that_is_learned_later_is_hidden_in_an_earlier_error() -> None:
    error = ServerRefused("the token Canary-Core-Later-9 is not known", status=401)
    redaction.learn("Canary-Core-Later-9")
    assert str(error) == "the token [secret] is not known"


def test_any_handler_sees_hidden_records_only(caplog: pytest.LogCaptureFixture) -> None:
    redaction.learn(KEY)
    with caplog.at_level(logging.DEBUG, "veeam_pulumi"):
        try:
            raise ValueError(KEY)
        except ValueError:
            log.logger.exception("failed with %s", KEY)
        log.event(logging.INFO, f"a {KEY}", what=KEY, count=1, nothing=None)
    assert "failed with [secret]" in caplog.text
    assert "ValueError: [secret]" in caplog.text
    assert vars(caplog.records[1])["veeam"] == {"what": "[secret]", "count": 1}
    assert KEY not in caplog.text + repr([vars(one) for one in caplog.records])


def test_the_loggers_of_the_http_library_show_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    redaction.learn(KEY)
    with caplog.at_level(logging.DEBUG):
        Server(OK).get("/x", params={"key": KEY})
    assert "HTTP Request: GET https://vbr01:9419/x?key=[secret]" in caplog.text
    assert not logging.getLogger("httpcore.http11").isEnabledFor(logging.DEBUG)  # which shows headers


def test_info_sums_every_connection_up_at_its_end(logged: Logged) -> None:
    door = Door()
    replies: list[Any] = [httpx.ReadError("reset"), httpx.Response(200, json={}), httpx.Response(200, json={})]

    def answer(request: httpx.Request) -> httpx.Response:
        reply = replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        assert isinstance(reply, httpx.Response)
        return reply

    def work() -> None:
        door.answer = answer
        door.session.get("/users")
        door.session.get("/roles")
        door.session.close()

    *_, last = logged(work)
    # a login, /users twice, /roles, a logout
    assert " INFO summary server=door:1234 connection=door requests=5 retries=1 logins=1 seconds=" in last


def test_the_summary_as_json(logged: Logged) -> None:
    door = Door()
    *_, last = logged(door.session.close, form="json")
    found = json.loads(last)
    assert found.pop("time")
    assert found == {
        "level": "info", "message": "summary", "server": "door:1234", "connection": "door",
        "requests": 0, "retries": 0, "logins": 0, "seconds": 0.0,
    }  # fmt: skip


def test_a_refused_login_counts_as_one(logged: Logged) -> None:
    door = Door()
    door.refuse = httpx.Response(401, json={"errorCode": "AccessDenied", "message": "no"})

    def work() -> None:
        for _ in range(3):
            with pytest.raises(VeeamError):
                door.session.get("/users")
        door.session.close()

    assert "requests=1 retries=0 logins=1" in logged(work)[-1]


def test_all_connections_are_summed_up_when_they_close(logged: Logged) -> None:
    known = connections(token=KEY, password=None, proxy=None)
    known.open("vspc", "vspc")
    lines = logged(known.close)
    assert ["summary server=vspc01:1280 connection=vspc" in line for line in lines] == [True]
    assert logged(known.close) == []


def test_debug_says_more_than_info(logged: Logged) -> None:
    def work() -> None:
        door = Door()
        door.session.get("/users", skip=200, filter=KEY)
        door.session.close()

    redaction.learn(KEY)
    info, debug = logged(work), logged(work, "debug")
    assert [line.split(" ", 2)[2].partition(" seconds")[0] for line in info] == [
        "INFO POST https://door:1234/token status=200",
        "INFO GET https://door:1234/users status=200",
        "INFO POST https://door:1234/logout status=200",
        "INFO summary server=door:1234 connection=door requests=3 retries=0 logins=1",
    ]
    assert not any("query=" in line or "received=" in line for line in info)
    assert any(" DEBUG logging in connection=door" in line for line in debug)
    assert any("GET https://door:1234/users" in line and "query=skip=200&filter=[secret]" in line for line in debug)
    assert all("received=" in line for line in debug if "https://" in line)


def test_debug_says_what_is_waited_for(logged: Logged) -> None:
    lines = logged(lambda: Server(RESET, OK).get(), "debug")
    assert [" waiting " in line for line in lines] == [False, True, False]


def test_a_request_has_the_id_by_which_the_console_knows_it(logged: Logged) -> None:
    def work() -> None:
        server = Server(OK, OK)
        server.post(headers={"X-Request-id": "b7b0-1"})
        server.get()

    first, second = logged(work)
    assert first.endswith("request_id=b7b0-1")
    assert "request_id" not in second
    assert json.loads(logged(work, form="json")[0])["request_id"] == "b7b0-1"


def test_no_body_and_no_token_at_any_level(logged: Logged) -> None:
    def work() -> None:
        door = Door(password=PASSWORD)
        door.answer = lambda request: httpx.Response(200, json={"secret-of-the-answer": 1})
        door.session.write("POST", "/users", {"name-of-a-body": "x", "password": SecretStr("Canary-Core-Body-10")})
        door.session.close()

    text = "".join(logged(work, "debug") + logged(work, "debug", "json"))
    found = [one for one in (PASSWORD, "token-", "secret-of", "name-of", "Canary-Core-Body-10") if one in text]
    assert found == []


def test_what_a_server_refuses_while_it_is_asked_what_it_speaks_is_no_warning(logged: Logged) -> None:
    def ask() -> None:
        for status in (200, 400, 404, 500):
            log.request("GET", "https://vbr01/serverTime", detail={}, status=status)

    def probe() -> None:
        with log.probing():
            ask()

    assert [line.split()[2] for line in logged(probe, "debug")] == ["INFO", "INFO", "INFO", "WARNING"]
    assert [line.split()[2] for line in logged(ask, "debug")] == ["INFO", "WARNING", "WARNING", "WARNING"]
