"""What the resources send, against the OpenAPI slices beside the project. Without them, skipped with the reason.

Taken from the request log of the simulated servers, after lives with every argument and every hook.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.products.conftest import Servers, ServersOf
from tests.simulator.test_specs import Checked, operations
from veeam_pulumi.errors import ServerRefused, VeeamError
from veeam_pulumi.simulator import Record

# The specification has the grants as `Password` and `Refresh_token`; live servers were seen to take lower case.
KNOWN = {"$.grant_type is 'password'", "$.grant_type is 'refresh_token'"}


def problems(check: Checked, request: Record) -> Iterator[str]:
    """What is wrong with a request: its path, query, headers, and body."""
    fits = [
        (template, op)
        for (method, template), op in operations(check.spec).items()
        if method == request.method and re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), request.path)
    ]
    if not fits:
        yield f"{request.method} {request.path} is not in the specification"
        return
    template, op = min(fits, key=lambda pair: pair[0].count("{"))
    check.met.add((request.method, template, 0))
    declared = [check._resolved(one) for one in op.get("parameters", [])]
    for place, given in (("query", request.query), ("header", request.headers), ("formData", request.body)):
        known = {one["name"].lower(): one for one in declared if one["in"] == place}
        names = {name.lower() for name in given or {}} if place != "formData" or known else set()
        missing = [name for name, one in known.items() if one.get("required") and name not in names]
        yield from (f"{place} {name} is missing" for name in missing)
        if place != "header":
            yield from (f"{place} {name} is not in the specification" for name in names - known.keys())
    bodies = [one["schema"] for one in declared if one["in"] == "body"]
    content = op.get("requestBody", {}).get("content", {})
    for media, one in content.items():
        bodies.append(one["schema"])
        if not str(request.headers.get("content-type")).startswith(media):
            yield f"the body is {request.headers.get('content-type')}, not {media}"
    if bodies:
        yield from check.problems(request.body, bodies[0], "$")
    elif request.body is not None and not any(one["in"] == "formData" for one in declared):
        yield "there is a body, and the specification has none"


def assert_valid(which: str, servers: Servers) -> set[str]:
    """Every request is what the specification says -> the operations that were used, with methods."""
    check = Checked(which)
    sent = servers.sim.requests()
    wrong = {f"{one.method} {one.path}": found for one in sent if (found := set(problems(check, one)) - KNOWN)}
    assert wrong == {}
    return {f"{method} {template}" for method, template, _ in check.met}


def test_requests_of_aws_user_are_valid(servers: ServersOf) -> None:
    aws = servers("aws.User")
    id, state = aws.create(name="operator", password="Operator-5ecret", description="one")
    state = aws.update(id, state, description="two")
    state = aws.update(id, state, password="Operator-6ecret")
    for refused in ({"name": "Bad Name"}, {"password": "short"}, {"description": "x" * 256}):
        with pytest.raises(ServerRefused):
            aws.create(**{"name": "second", "password": "Operator-5ecret", **refused})
    aws.sim.advance(880)  # the token is renewed
    aws.read(id, state)
    assert len(list(aws.resource.list(aws.connections.open("aws", "aws")))) == 2
    aws.delete(id, state)
    assert aws.read(id, state) is None
    aws.connections.close()
    assert assert_valid("aws", aws) == {
        "GET /api/v1/users/isFirstLogin",
        "POST /api/v1/token",
        "GET /api/v1/users/{userId}",
        "POST /api/v1/users/validateName",
        "POST /api/v1/users/validateDescription",
        "POST /api/v1/users/validatePassword",
        "POST /api/v1/users",
        "PUT /api/v1/users/{userId}",
        "GET /api/v1/users",
        "DELETE /api/v1/users/{userId}",
        "DELETE /api/v1/token",
    }


@pytest.mark.parametrize(("revision", "build"), [("1.3-rev1", "13.0.1.180"), ("1.3-rev2", "13.1.0.411")])
def test_requests_of_vbr_user_are_valid(servers: ServersOf, revision: str, build: str) -> None:
    vbr = servers("vbr.User", {"vbr.build": build})
    id, state = vbr.create(name=r"TECH\john", roles=["Backup Operator", "Tape Operator"], is_service_account=False)
    state = vbr.update(id, state, roles=["Backup Viewer"], is_service_account=True)
    assert vbr.read(id, state) == state
    vbr.delete(id, state)
    assert vbr.read(id, state) is None
    vbr.connections.open("vbr", "vbr").version()
    vbr.connections.close()
    assert assert_valid(revision, vbr) == {
        "GET /api/v1/serverTime",
        "GET /api/v1/serverInfo",
        "POST /api/oauth2/token",
        "GET /api/v1/security/users",
        "GET /api/v1/security/roles",
        "POST /api/v1/security/users",
        "GET /api/v1/security/users/{id}",
        "PUT /api/v1/security/users/{id}/roles",
        "POST /api/v1/security/users/{id}/changeServiceAccountMode",
        "DELETE /api/v1/security/users/{id}",
        "POST /api/oauth2/logout",
    }


def test_what_is_not_in_the_specification_is_noticed(servers: ServersOf) -> None:
    """So that the tests above can fail."""
    aws = servers("aws.User")
    session: Any = aws.connections.open("aws", "aws")
    check = Checked("aws")

    def wrong(method: str, path: str, body: Any = None, **params: Any) -> list[str]:
        aws.forget()
        with contextlib.suppress(VeeamError):  # what the server thinks of it does not matter here
            session.request(method, path, body=body, params=params)
        return list(problems(check, aws.sim.requests()[-1]))

    assert wrong("GET", "/api/v1/people") == ["GET /api/v1/people is not in the specification"]
    assert wrong("GET", "/api/v1/users", Page=1) == ["query page is not in the specification"]
    assert wrong("POST", "/api/v1/users", {"name": "x", "pass": "y"}) == [
        "$.description is missing",
        "$.password is missing",
        "$.pass is not in the schema",
    ]
    assert wrong("POST", "/api/v1/users", {"name": 1, "description": "", "password": ""}) == ["$.name is 1, not string"]
