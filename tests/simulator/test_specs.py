"""Routes and answers against the OpenAPI slices that lie beside the project. Without them, skipped with the reason."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.simulator.conftest import Connect, log_in
from veeam_pulumi.simulator import Simulator
from veeam_pulumi.simulator.aws.routes import TABLE as AWS_TABLE
from veeam_pulumi.simulator.vbr.routes import TABLE as VBR_TABLE

SPECS = Path(__file__).resolve().parents[2].parent / "shared" / "specs"
FILES = {
    "aws": "backup-for-aws-1.0-rev0.json",
    "1.3-rev1": "vbr-1.3-rev1.json",
    "1.3-rev2": "vbr-1.3-rev2.json",
    "1.3-rev1 credentials": "vbr-1.3-rev1-credentials-managed-servers.json",
    "1.3-rev2 credentials": "vbr-1.3-rev2-credentials.json",
    "1.3-rev1 managed servers": "vbr-1.3-rev1-credentials-managed-servers.json",
    "1.3-rev2 managed servers": "vbr-1.3-rev2-managed-servers.json",
}
# Answers that the appliance gives although its specification does not declare them.
UNDECLARED = {
    ("aws", "POST", "/api/v1/users", 400),
    ("aws", "PUT", "/api/v1/users/{userId}", 400),
    ("aws", "DELETE", "/api/v1/users/{userId}", 400),
    ("aws", "GET", "/api/v1/users", 400),
}


def load(which: str) -> dict[str, Any]:
    path = SPECS / FILES[which]
    if not path.exists():
        pytest.skip(f"no OpenAPI slice {FILES[which]}: the simulator is not compared with the specification")
    spec: dict[str, Any] = json.loads(path.read_text())
    return spec


def operations(spec: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(method.upper(), path): op for path, ops in spec["paths"].items() for method, op in ops.items()}


def test_aws_has_the_routes_of_the_slice_and_two_more_of_the_specification() -> None:
    routes = {(op.method, op.path) for op in AWS_TABLE}
    more = {("GET", "/api/v1/problems/{kind}"), ("GET", "/api/v1/system/version")}
    assert routes - set(operations(load("aws"))) == more
    assert set(operations(load("aws"))) <= routes


@pytest.mark.parametrize("revision", ["1.3-rev1", "1.3-rev2"])
def test_vbr_has_the_routes_of_the_slices(revision: str) -> None:
    later = {"users"} | ({"1.3-rev2"} if revision == "1.3-rev1" else set())
    routes = {(op.method, op.path) for op in VBR_TABLE if op.since not in later and op.access != "page"}
    beyond = {("GET", f"/api/v1/authorization/events{id}") for id in ("", "/{id}")}  # in other slices
    beyond |= {("GET", "/api/v1/security/restoreOptions")} if revision == "1.3-rev2" else set()
    credentials = {
        one for one in operations(load(f"{revision} credentials")) if one[1].startswith("/api/v1/credentials")
    }
    assert len(credentials) == 8
    managed = {one for one in routes if "managedServers" in one[1] or "/sessions" in one[1]}
    managed |= {("POST", "/api/v1/connectionCertificate")}
    assert routes - beyond - managed == set(operations(load(revision))) | credentials
    declared = set(operations(load(f"{revision} managed servers")))
    unknown = {("GET", "/api/v1/sessions")} | (
        {("GET", "/api/v1/sessions/{id}/logs")} if revision == "1.3-rev1" else set()
    )
    assert managed - declared == unknown  # which the slice leaves out


@pytest.mark.parametrize(("which", "table"), [("aws", AWS_TABLE), ("1.3-rev1", VBR_TABLE)])
def test_what_needs_a_token(which: str, table: Any) -> None:
    declared = operations(load(which))
    free = {key for key, op in declared.items() if op.get("security") == []}
    assert {(op.method, op.path) for op in table if (op.method, op.path) in declared and op.access == "open"} == free


class Checked:
    """An httpx hook that holds every answer against the slice; what it meets is noted."""

    def __init__(self, which: str) -> None:
        self.which, self.spec = which, load(which)
        self.met: set[tuple[str, str, int]] = set()

    def __call__(self, response: httpx.Response) -> None:
        response.read()
        path = response.request.url.path
        fits = [
            (template, op)
            for (method, template), op in operations(self.spec).items()
            if method == response.request.method and re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), path)
        ]
        template, op = min(fits, key=lambda pair: pair[0].count("{"))
        status = response.status_code
        if (self.which, response.request.method, template, status) in UNDECLARED:
            declared = op["responses"]["401"]
        else:
            assert str(status) in op["responses"], f"{response.request.method} {template} does not declare {status}"
            declared = op["responses"][str(status)]
        self.met.add((response.request.method, template, status))
        declared = self._resolved(declared)
        schema = declared.get("schema") or declared.get("content", {}).get("application/json", {}).get("schema")
        if schema is None or schema.get("type") == "file" or not response.content:
            assert schema is None or schema.get("type") == "file" or template.endswith("logout")
            return
        problems = list(self.problems(response.json(), schema, "$"))
        assert not problems, f"{response.request.method} {template} {status}: {problems}"

    def _resolved(self, node: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in node:
            found: Any = self.spec
            for part in node["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            node = found
        return node

    def problems(self, value: Any, schema: dict[str, Any], where: str) -> Iterator[str]:
        schema = self._resolved(schema)
        kinds: dict[str, Any] = {"string": str, "integer": int, "boolean": bool, "array": list, "object": dict}
        kind = kinds.get(schema.get("type", "object" if "properties" in schema else ""), object)
        if value is None and where.endswith(".resourceId"):
            return  # live servers send null where the schema says string
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            yield f"{where} is {value!r}, not {schema.get('type')}"
            return
        if "enum" in schema and value not in schema["enum"]:
            yield f"{where} is {value!r}"
        if schema.get("format") == "uuid":
            uuid.UUID(value)
        if schema.get("format") == "date-time":
            datetime.fromisoformat(value.replace("Z", "+00:00"))
        if isinstance(value, dict):
            yield from (f"{where}.{key} is missing" for key in schema.get("required", []) if key not in value)
            for key, inner in value.items():
                if key in schema.get("properties", {}):
                    yield from self.problems(inner, schema["properties"][key], f"{where}.{key}")
                elif schema.get("properties") and key != "data":
                    yield f"{where}.{key} is not in the schema"
        if isinstance(value, list):
            if len(value) < schema.get("minItems", 0):
                yield f"{where} is too short"
            for item in value:
                yield from self.problems(item, schema["items"], f"{where}[]")


def test_answers_of_aws_are_those_of_the_slice(sim: Simulator, connect: Connect) -> None:
    check = Checked("aws")
    client = connect("aws", event_hooks={"response": [check]})
    assert client.get("/api/v1/users").status_code == 401
    assert log_in(client, "aws", "Admin", "wrong").status_code == 401
    log_in(client, "aws", "Admin", sim.password("aws"))
    spec = {"name": "someone", "description": "", "password": "Some-Word-9"}
    client.post("/api/v1/users", json=spec)
    client.post("/api/v1/users", json=spec)
    client.put("/api/v1/users/someone", json={"description": "new"})
    client.put("/api/v1/users/someone", json={"password": "short"})
    client.get("/api/v1/users", params={"Limit": -5})
    for path in ("/api/v1/users", "/api/v1/users/someone", "/api/v1/users/nobody", "/api/v1/users/isFirstLogin"):
        client.get(path)
    for what, value in (("Name", "X"), ("Description", ""), ("Password", "x")):
        client.post(f"/api/v1/users/validate{what}", json={what.lower(): value})
    client.post("/api/v1/users/someone/enableMfa", json={})
    client.post("/api/v1/users/someone/disableMfa")
    client.post("/api/v1/users/checkInstanceId", json={"instanceId": "i-0"})
    client.post("/api/v1/users/createDefaultUser", json={})
    client.post("/api/v1/users/export")
    client.post("/api/v1/token/authorizationCode")
    client.delete("/api/v1/users/someone")
    client.delete("/api/v1/users/someone")
    client.delete("/api/v1/users/Admin")
    sim.drift("aws", "update", "Admin", {"role": "Portal Operator"})
    assert client.get("/api/v1/users").status_code == 403
    client.delete("/api/v1/token")
    untouched = set(operations(check.spec)) - {(method, path) for method, path, _ in check.met}
    assert untouched == {("POST", "/api/v1/users/{userId}/acceptMfa")}


@pytest.mark.parametrize(("revision", "build"), [("1.3-rev1", "13.0.1.180"), ("1.3-rev2", "13.1.0.411")])
def test_answers_of_vbr_are_those_of_the_slices(sim: Simulator, connect: Connect, revision: str, build: str) -> None:
    sim.set(**{"vbr.build": build})
    check = Checked(revision)
    client = connect("vbr", revision, event_hooks={"response": [check]})
    users, roles = "/api/v1/security/users", "/api/v1/security/roles"
    assert client.get(users).status_code == 401
    assert log_in(client, "vbr", "LAB\\nobody", "wrong").status_code == 401
    log_in(client, "vbr", sim.username("vbr"), sim.password("vbr"))
    for path in ("/api/v1/serverTime", "/api/v1/serverCertificate", "/api/v1/serverInfo", users, roles):
        assert client.get(path).status_code == 200
    role = client.get(roles).json()["data"][0]
    spec = {"name": "LAB\\someone", "type": "InternalUser", "roles": [role], "isServiceAccount": False}
    user = f"{users}/{client.post(users, json=spec).json()['id']}"
    assert client.post(users, json=spec).status_code == 400
    for path in (
        user,
        f"{user}/roles",
        f"{roles}/{role['id']}",
        f"{roles}/{role['id']}/permissions",
        "/api/v1/security/settings",
    ):
        assert client.get(path).status_code == 200
    assert client.get(f"{users}/{uuid.uuid4()}").status_code == 404
    assert client.put(f"{user}/roles", json={"roles": [role]}).status_code == 200
    assert client.put(f"{user}/roles", json={"roles": []}).status_code == 400
    assert client.post(f"{user}/changeServiceAccountMode", json={"isServiceAccountEnable": True}).status_code == 200
    assert client.post(f"{user}/resetMFA").status_code == 204
    assert client.put("/api/v1/security/settings", json={"mfaEnabled": False}).status_code == 200
    assert client.delete(user).status_code == 204
    if revision == "1.3-rev2":
        custom = client.post(roles, json={"name": "Desk", "manageBackups": True, "manageRestores": True}).json()
        path = f"{roles}/{custom['id']}"
        assert client.put(path, json=custom).status_code == 200
        assert client.get(f"{path}/details").status_code == 200
        assert client.post(f"{path}/clone").status_code == 201
        assert client.delete(path).status_code == 204
    sim.drift("vbr", "update", sim.username("vbr"), {"roles": ["Backup Viewer"]})
    assert client.get(users).status_code == 403
    assert client.post("/api/oauth2/logout").status_code == 200
    assert set(operations(check.spec)) == {(method, path) for method, path, _ in check.met}
