"""Around every server: notes every request, lets faults happen, and passes the rest to the product."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import wire
from .faults import AFTERWARDS, Fault, Faults
from .request_log import Record, RequestLog
from .routing import Reply, Server

_Answer = tuple[int, list[tuple[bytes, bytes]], bytes]


@dataclass
class FaultMiddleware:
    """An ASGI application around a product's own. `begin` lets a fault begin that does so after an answer."""

    product: str
    server: Server
    app: ASGIApp
    request_log: RequestLog
    faults: Faults
    traffic: wire.Traffic
    begin: Callable[[Fault], None]
    under_way: set[asyncio.Task[None]] = field(default_factory=set)
    """What the product still works on, although its client was answered."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _read(receive)
        if body is None:
            return
        headers = [(name.decode().lower(), value.decode("latin-1")) for name, value in scope["headers"]]
        path = (scope.get("raw_path") or scope["path"].encode()).decode()
        target = f"{path}?{scope['query_string'].decode()}"
        record = self.request_log.open(self.product, scope["method"], target, headers, body, self.server.is_write)
        fault = await self._first(self.faults.matching(self.product, scope["method"], path), scope, body, record)
        if isinstance(fault, tuple):
            await self._send(fault, record, send)
        elif fault is None or fault.kind == "expire_token":
            await self._send(await self._handle(scope, body, record), record, send)
        else:
            await self._fail(fault, scope, body, record, receive, send, f"https://{dict(headers).get('host', '')}")

    async def _first(self, struck: list[Fault], scope: Scope, body: bytes, record: Record) -> Fault | _Answer | None:
        """Delays add up and go first; of the others, the one that was planned first happens."""
        early: _Answer | None = None
        for delay in (fault for fault in struck if fault.kind == "delay"):
            record.fault = delay.kind
            if delay.settings.get("handled") and early is None:
                early = await self._handle(scope, body, record)
            await asyncio.sleep(delay.settings["seconds"])
        fault = next((fault for fault in struck if fault.kind != "delay"), None)
        if fault is None or early is not None:
            return early
        record.fault = fault.kind
        if fault.kind == "expire_token":
            self.server.expire_tokens(bool(fault.settings.get("keep_refresh", False)))
        return fault

    async def _fail(
        self, fault: Fault, scope: Scope, body: bytes, record: Record, receive: Receive, send: Send, origin: str
    ) -> None:
        client = (scope["client"][0], scope["client"][1])
        does_it = {"reset_after", "half_body", "empty", *AFTERWARDS}
        answer: _Answer | None = None
        if fault.settings.get("handled", fault.kind in does_it):
            answer = await self._handle(scope, body, record)
        if fault.kind in ("reset_before", "reset_after"):
            wire.reset(self.traffic, client)
            await _gone(receive)
        elif fault.kind == "half_body" and answer is not None:
            await self._send_half(answer, record, client, receive, send)
        elif fault.kind in AFTERWARDS and answer is not None:
            self.begin(fault)
            # The connection ends with this answer: the next request needs a new one.
            await self._send((answer[0], [*answer[1], (b"connection", b"close")], answer[2]), record, send)
        else:
            if seconds := fault.settings.get("late"):
                task = asyncio.create_task(self._later(float(seconds), scope, body, record))
                self.under_way.add(task)
                task.add_done_callback(self.under_way.discard)
            await self._send(_answer(_reply(fault, self.server, origin)), record, send)

    async def _later(self, seconds: float, scope: Scope, body: bytes, record: Record) -> None:
        await asyncio.sleep(seconds)
        await self._handle(scope, body, record)

    async def _handle(self, scope: Scope, body: bytes, record: Record) -> _Answer:
        status, headers, parts = 500, [], []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def collect(message: Message) -> None:
            nonlocal status, headers
            if message["type"] == "http.response.start":
                status, headers = message["status"], list(message["headers"])
            else:
                parts.append(message.get("body", b""))

        await self.app(scope, receive, collect)
        record.handled = status
        return status, headers, b"".join(parts)

    async def _send(self, answer: _Answer, record: Record, send: Send) -> None:
        record.status = answer[0]
        await send({"type": "http.response.start", "status": answer[0], "headers": answer[1]})
        await send({"type": "http.response.body", "body": answer[2]})

    async def _send_half(
        self, answer: _Answer, record: Record, client: tuple[str, int], receive: Receive, send: Send
    ) -> None:
        if answer[2]:  # of an answer without a body (204) nothing goes out at all
            record.status = answer[0]
            await send({"type": "http.response.start", "status": answer[0], "headers": answer[1]})
            await send({"type": "http.response.body", "body": answer[2][: len(answer[2]) // 2], "more_body": True})
        wire.hang_up(self.traffic, client)
        await _gone(receive)


def _reply(fault: Fault, server: Server, origin: str) -> Reply:
    settings = fault.settings
    if fault.kind == "empty":
        return Reply(settings.get("status", 200))
    if fault.kind == "html":
        status = settings.get("status", 502)
        page = f"<html><head><title>{status}</title></head><body><h1>{status}</h1><hr>proxy</body></html>\n"
        return Reply(status, page, "text/html")
    status, headers = settings["status"], {str(name): str(value) for name, value in settings.get("headers", {}).items()}
    standard = server.trouble(status, "simulated fault", origin)
    body: Any = settings.get("body", standard.body)
    if "retry_after" in settings:
        if settings.get("retry_header", True):
            headers.setdefault("Retry-After", str(settings["retry_after"]))
        if isinstance(body, dict):
            body = _with_retry(body, settings["retry_after"])
    return Reply(status, body, "text/plain" if isinstance(body, str) else standard.media_type, headers)


def _with_retry(body: dict[str, Any], seconds: float) -> dict[str, Any]:
    """In the error itself where a product answers with a list of them."""
    if isinstance(body.get("errors"), list) and body["errors"]:
        first, *others = body["errors"]
        return {**body, "errors": [{**first, "retryAfter": seconds}, *others]}
    return {**body, "retryAfter": seconds}


def _answer(reply: Reply) -> _Answer:
    response = reply.response()
    return response.status_code, list(response.raw_headers), bytes(response.body)


async def _read(receive: Receive) -> bytes | None:
    parts = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


async def _gone(receive: Receive) -> None:
    """Wait until the server has noticed that the connection is gone; it would try to answer on it otherwise."""
    while (await receive())["type"] != "http.disconnect":
        pass
