"""The control plane: what the Python methods do, over plain HTTP on 127.0.0.1, for other languages and for shells."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .simulated_servers import SimulatedServers

_Body = dict[str, Any]
_Handler = Callable[[SimulatedServers, dict[str, str], _Body], Any]


def _about(sim: SimulatedServers, query: dict[str, str], body: _Body) -> Any:
    return {
        "products": {name: sim.url(name) for name in sim.products},
        "ca_file": str(sim.ca_file),
        "paths": [f"{method} {path}" for method, path, _ in TABLE],
    }


def _reset(sim: SimulatedServers, query: dict[str, str], body: _Body) -> Any:
    sim.reset()


def _objects(sim: SimulatedServers, query: dict[str, str], body: _Body) -> Any:
    wanted = [query["product"]] if "product" in query else sim.products
    return {name: sim.objects(name) for name in wanted}


def _drift(sim: SimulatedServers, query: dict[str, str], body: _Body) -> Any:
    sim.drift(_need(body, "product"), _need(body, "action"), _need(body, "name"), body.get("values"))


def _knobs(sim: SimulatedServers, query: dict[str, str], body: _Body) -> Any:
    return sim.knobs()


def _turn(sim: SimulatedServers, query: dict[str, str], body: _Body) -> Any:
    sim.set(**body)
    return sim.knobs()


def _advance(sim: SimulatedServers, query: dict[str, str], body: _Body) -> Any:
    sim.advance(float(body.get("advance", 0)))


def _faults(sim: SimulatedServers, query: dict[str, str], body: _Body) -> Any:
    return [fault.as_dict() for fault in sim.faults()]


def _add_fault(sim: SimulatedServers, query: dict[str, str], body: _Body) -> Any:
    """Settings of the kind are beside the rest: {"product": "vbr", "kind": "status", "status": 503}."""
    rest = {key: value for key, value in body.items() if key not in ("product", "kind")}
    return sim.fault(_need(body, "product"), _need(body, "kind"), **rest).as_dict()


def _clear_faults(sim: SimulatedServers, query: dict[str, str], body: _Body) -> Any:
    sim.clear_faults()


def _requests(sim: SimulatedServers, query: dict[str, str], body: _Body) -> Any:
    writes = query.get("writes_only", "").lower() in ("1", "true", "yes")
    return [record.as_dict() for record in sim.requests(query.get("product"), query.get("method"), writes)]


def _clear_requests(sim: SimulatedServers, query: dict[str, str], body: _Body) -> Any:
    sim.clear_requests()


def _traffic(sim: SimulatedServers, query: dict[str, str], body: _Body) -> Any:
    shown = ("connections", "handshakes", "bytes")
    return {name: {key: getattr(sim.traffic(name), key) for key in shown} for name in sim.products}


TABLE: tuple[tuple[str, str, _Handler], ...] = (
    ("GET", "/", _about),
    ("POST", "/reset", _reset),
    ("GET", "/objects", _objects),
    ("POST", "/drift", _drift),
    ("GET", "/knobs", _knobs),
    ("PATCH", "/knobs", _turn),
    ("POST", "/clock", _advance),
    ("GET", "/faults", _faults),
    ("POST", "/faults", _add_fault),
    ("DELETE", "/faults", _clear_faults),
    ("GET", "/requests", _requests),
    ("DELETE", "/requests", _clear_requests),
    ("GET", "/traffic", _traffic),
)


def application(sim: SimulatedServers) -> Starlette:
    def endpoint(handler: _Handler) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            raw = await request.body()
            try:
                body = json.loads(raw) if raw else {}
                if not isinstance(body, dict):
                    raise ValueError("the body must be a JSON object")
                result = handler(sim, dict(request.query_params), body)
            except (ValueError, TypeError) as error:
                return JSONResponse({"error": str(error)}, 400)
            return Response(status_code=204) if result is None else JSONResponse(result)

        return answer

    return Starlette(routes=[Route(path, endpoint(handler), methods=[method]) for method, path, handler in TABLE])


def _need(body: _Body, key: str) -> str:
    if not isinstance(body.get(key), str):
        raise ValueError(f"the body needs {key}, a text")
    return str(body[key])
