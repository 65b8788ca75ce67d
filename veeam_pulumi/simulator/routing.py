"""One request and its answer, as a product sees them, and the table that leads from one to the other."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Generic, Protocol, TypeVar
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

S = TypeVar("S", bound="Server")


@dataclass(frozen=True)
class Reply:
    """A status and a body: text and bytes go out as they are, None is not a body, anything else is JSON."""

    status: int
    body: Any = None
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)

    def content(self) -> bytes:
        if self.body is None:
            return b""
        if isinstance(self.body, bytes):
            return self.body
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()

    def response(self) -> Response:
        return Response(
            self.content(),
            self.status,
            dict(self.headers),
            media_type=self.media_type if self.body is not None else None,
        )


class Refusal(Exception):
    """The way out of a handler with an error answer."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


@dataclass
class Call:
    """A request. Once the product has let it in, `account` is the key of its account and `session` its session's id."""

    method: str
    path: str
    params: dict[str, str]
    query: list[tuple[str, str]]
    headers: dict[str, str]
    raw: bytes
    origin: str
    account: str = ""
    revision: str = ""
    session: str = ""

    def first(self, name: str) -> str | None:
        return next((value for key, value in self.query if key == name), None)

    def whole(self, name: str, least: int, default: int) -> int | None:
        """A whole number of the query, `default` without it; None when it is none, or too small."""
        text = self.first(name)
        try:
            value = default if text is None else int(text)
        except ValueError:
            return None
        return value if value >= least else None

    def every(self, name: str) -> list[str]:
        return [value for key, value in self.query if key == name]

    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.raw.decode("utf-8", "replace"), keep_blank_values=True))

    def json(self) -> Any:
        """The body as JSON; ValueError when it is not."""
        return json.loads(self.raw)

    def bearer(self) -> str | None:
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" and token.strip() else None


@dataclass(frozen=True)
class Op(Generic[S]):
    """A row of a route table. `access` and `since` mean what the product's `admit` makes of them."""

    method: str
    path: str
    access: str
    handler: Callable[[S, Call], Reply]
    since: str = ""


class Settings(Protocol):
    def text(self, name: str) -> str: ...


class Server(Protocol):
    """`server.py` of a product: its state, who can come in, and what the middleware asks of it."""

    @property
    def settings(self) -> Settings: ...
    def expire_tokens(self, keep_refresh: bool) -> None: ...
    def is_write(self, method: str, path: str) -> bool: ...
    def admit(self, op: Op[Any], call: Call) -> None: ...
    def trouble(self, status: int, message: str, origin: str) -> Reply: ...
    def no_such_path(self, status: int, origin: str) -> Reply: ...


@cache
def routes(table: tuple[Op[Any], ...]) -> list[Route]:
    """What the applications of a product share: to compile its paths takes as long as all else of a start."""

    def endpoint(op: Op[Any]) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            call, server = await _call(request), request.app.state.server
            try:
                with request.app.state.lock:
                    return _answer(server, op, call).response()
            except Exception:
                # A mistake in the simulator must be seen, not taken for a server's 500.
                traceback.print_exc()
                failed: Reply = server.trouble(500, "the simulator itself failed; see its output", call.origin)
                return failed.response()

        return answer

    return [Route(op.path, endpoint(op), methods=[op.method]) for op in table]


def application(server: Server, routes: list[Route], lock: AbstractContextManager[Any]) -> Starlette:
    """A server of a product as an ASGI application. Handlers are plain functions that run under the lock."""

    async def not_routed(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        return server.no_such_path(status, _origin(request)).response()

    made = Starlette(routes=routes, exception_handlers={404: not_routed, 405: not_routed})
    made.state.server, made.state.lock = server, lock
    return made


def _answer(server: S, op: Op[S], call: Call) -> Reply:
    """What the product says; a refusal in the words of the knobs `refusals` and `login_errors`."""
    try:
        server.admit(op, call)
    except Refusal as refusal:
        return _worded(server, refusal.reply)
    try:
        reply = op.handler(server, call)
    except Refusal as refusal:
        reply = refusal.reply
    logs_in = op.path.endswith("/token") and call.method == "POST"
    if logs_in and reply.status in (400, 401, 403) and server.settings.text("login_errors") == "oauth":
        return Reply(400, {"error": "invalid_grant", "error_description": "The credentials are not valid."})
    return _worded(server, reply)


def _worded(server: S, reply: Reply) -> Reply:
    bare = reply.status in (401, 403) and server.settings.text("refusals") == "empty"
    return Reply(reply.status, headers=reply.headers) if bare else reply


async def _call(request: Request) -> Call:
    return Call(
        method=request.method,
        path=request.url.path,
        params={key: str(value) for key, value in request.path_params.items()},
        query=parse_qsl(request.url.query, keep_blank_values=True),
        headers={key.lower(): value for key, value in request.headers.items()},
        raw=await request.body(),
        origin=_origin(request),
    )


def _origin(request: Request) -> str:
    return f"https://{request.headers.get('host', 'localhost')}"
