"""The shell around the resources, in process: what is stored in state, and what each answer of Pulumi's form holds."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dill
import pytest
from pulumi.dynamic import ConfigureRequest
from pulumi.dynamic.config import Config
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.output import Unknown

from tests import specimens
from tests.conftest import StartSimulator
from veeam_pulumi.dynamic import load, process, provider
from veeam_pulumi.dynamic.break_glass import BreakGlassProvider
from veeam_pulumi.dynamic.certificate import CertificateProvider
from veeam_pulumi.dynamic.password import PasswordProvider
from veeam_pulumi.dynamic.provider import Provider
from veeam_pulumi.errors import InvalidInput, LoginRefused
from veeam_pulumi.products import resources
from veeam_pulumi.simulator import Simulator

# The strings that releases have left in the state of stacks, as the specimens have them.
GOLDEN = {one.kind: one.golden for one in specimens.ALL}
SERVERLESS = {
    "BreakGlass": "gASVMgAAAAAAAACMFHZlZWFtX3B1bHVtaS5keW5hbWljlIwEbG9hZJSTlIwKQnJlYWtHbGFzc5SFlFKULg==",
    "Password": "gASVMAAAAAAAAACMFHZlZWFtX3B1bHVtaS5keW5hbWljlIwEbG9hZJSTlIwIUGFzc3dvcmSUhZRSlC4=",
}
CERTIFICATE = "gASVPQAAAAAAAACMFHZlZWFtX3B1bHVtaS5keW5hbWljlIwEbG9hZJSTlIwVdmJyLlNlcnZlckNlcnRpZmljYXRllIWUUpQu"
JOHN: dict[str, Any] = {"name": r"TECH\john", "roles": ["Veeam Backup Operator"]}


@pytest.mark.parametrize("kind", [kind for kind, golden in GOLDEN.items() if golden])
def test_the_string_of_every_release_still_loads(kind: str) -> None:
    found = dill.loads(base64.b64decode(GOLDEN[kind]))
    assert type(found) is Provider
    assert found.resource is resources()[kind]


@pytest.mark.parametrize("kind", sorted(resources()))
def test_what_is_stored_in_state_is_a_short_reference_that_is_always_the_same(kind: str) -> None:
    stored, golden = serialize_provider(load(kind)), specimens.specimen(kind).golden
    assert golden, f"the specimen of {kind} in tests/specimens.py lacks its string: add golden={stored!r}, for good"
    assert stored == golden
    assert len(base64.b64decode(golden)) < 70
    assert Provider.serialize_as_secret_always is False


@pytest.mark.parametrize("found", [PasswordProvider, BreakGlassProvider])
def test_the_strings_without_a_server_are_among_them(found: Any) -> None:
    kind = found.__name__.removesuffix("Provider")
    assert serialize_provider(load(kind)) == SERVERLESS[kind]
    assert type(dill.loads(base64.b64decode(SERVERLESS[kind]))) is found
    assert found.serialize_as_secret_always is False


def test_the_string_of_a_certificate_is_one_of_them() -> None:
    assert serialize_provider(load("vbr.ServerCertificate")) == CERTIFICATE
    assert type(dill.loads(base64.b64decode(CERTIFICATE))) is CertificateProvider
    assert CertificateProvider.serialize_as_secret_always is False


def in_a_fresh_process(code: str, seed: str = "0") -> str:
    head = "from pulumi.dynamic.dynamic import serialize_provider; from veeam_pulumi.dynamic import load; "
    env = {"PYTHONHASHSEED": seed}
    return subprocess.run(
        [sys.executable, "-c", head + code], capture_output=True, text=True, env=env, check=True
    ).stdout.strip()


def test_the_string_is_the_same_in_every_process() -> None:
    code = "print(serialize_provider(load('aws.User')))"
    assert {in_a_fresh_process(code, "1"), in_a_fresh_process(code, "2")} == {GOLDEN["aws.User"]}


def test_eleven_hundred_resources_in_one_program() -> None:
    """A provider whose attributes are pickled makes the SDK recurse too deep after 980 in one program."""
    code = "print(len({serialize_provider(load('vbr.User')) for _ in range(1100)}))"
    assert in_a_fresh_process(code) == "1"


@pytest.fixture
def sim(simulator: StartSimulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    """A configured plugin process, as it were: this one."""
    sim = simulator()
    monkeypatch.setattr(provider, "_connections", None)
    monkeypatch.setattr(provider, "_config", None)
    monkeypatch.setattr("sys.argv", ["plugin"])
    monkeypatch.chdir(tmp_path)
    load("vbr.User").configure(
        ConfigureRequest(Config({"veeam:connections": json.dumps(sim.connections()), "conf:x": "1"}, "conf"))
    )
    yield sim
    provider.connections().close()


def test_the_life_of_a_user_in_pulumis_words(sim: Simulator) -> None:
    vbr = load("vbr.User")
    checked = vbr.check({}, {**JOHN, "__provider": "x"})
    assert checked.failures == []
    made = vbr.create({**checked.inputs, "__provider": "x"})
    assert made.outs is not None
    assert made.outs.items() >= checked.inputs.items()
    assert "__provider" not in made.outs

    seen = vbr.read(made.id, made.outs)
    assert (seen.id, seen.outs, seen.inputs) == (made.id, made.outs, checked.inputs)
    found = vbr.diff(made.id, {**made.outs, "__provider": "old"}, {**checked.inputs, "__provider": "new"})
    assert (found.changes, found.replaces, found.delete_before_replace) == (False, [], True)

    wanted = {**checked.inputs, "roles": ["Backup Viewer"]}
    assert vbr.diff(made.id, made.outs, wanted).changes is True
    updated = vbr.update(made.id, made.outs, wanted)
    assert updated.outs is not None
    assert updated.outs["roles"] == ["Backup Viewer"]

    vbr.delete(made.id, updated.outs)
    gone = vbr.read(made.id, updated.outs)
    assert (gone.id, gone.outs) == (None, {})


def test_unknowns_stay_unknown_through_check_and_diff(sim: Simulator) -> None:
    vbr, unknown = load("vbr.User"), Unknown()  # type: ignore[no-untyped-call]
    checked = vbr.check({}, {"name": unknown, "roles": ["Backup Viewer", unknown]})
    assert checked.failures == []
    assert checked.inputs["name"] is unknown
    assert checked.inputs["roles"][1] is unknown
    old = {**JOHN, "connection": "vbr", "nested": {"x": 1}}
    found = vbr.diff("1", old, {**old, "name": unknown, "nested": {"x": unknown}})
    assert (found.changes, found.replaces) == (True, [])


def test_problems_name_their_property(sim: Simulator) -> None:
    checked = load("vbr.User").check({}, {**JOHN, "type": "Robot", "connection": "BAD NAME"})
    assert {failure.property for failure in checked.failures} == {"type", "connection"}
    assert "must be one of 'InternalUser', 'InternalGroup'" in checked.failures[1].reason + checked.failures[0].reason


def test_replacing_an_adopted_object_is_an_error_of_the_preview(sim: Simulator) -> None:
    old = {**JOHN, "connection": "vbr", "adopt": True, "adopted": True, "type": "InternalUser"}
    with pytest.raises(
        InvalidInput, match=r"^vbr.User 'TECH\\john': a change of type replaces .*drop adopt=True first"
    ):
        load("vbr.User").diff("1", old, {**old, "type": "InternalGroup"})


def test_a_password_is_demanded_of_what_is_created_not_of_what_is_imported() -> None:
    aws, inputs = load("aws.User"), {"name": "operator", "description": "", "connection": "aws", "adopt": False}
    assert [one.reason for one in aws.check({}, inputs).failures if not one.property] == ["password: is required"]
    # `pulumi import --file` checks the inputs of the file against themselves.
    assert [one.reason for one in aws.check(inputs, inputs).failures if not one.property] == []


def test_settings_without_any_config(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(provider, "_connections", None)
    monkeypatch.chdir(tmp_path)
    load("aws.User").configure(ConfigureRequest(Config({}, "conf")))
    checked = load("aws.User").check({}, {"name": "a", "password": "b"})
    assert "there is no connection 'aws' (known: none)" in checked.failures[0].reason


@pytest.mark.parametrize("argv", [["plugin"], ["plugin", "127.0.0.1:1"], ["plugin", "no address"]])
def test_warnings_without_an_engine_go_to_stderr(
    argv: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", argv)
    process.warn("careful")
    assert capsys.readouterr().err == "warning: careful\n"


def test_a_wrong_password_is_said_once_and_for_all(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEEAM_VBR_PASSWORD", "wrong-one")
    for _ in range(3):
        with pytest.raises(LoginRefused) as caught:
            load("vbr.User").create({**JOHN, "connection": "vbr"})
        assert "wrong-one" not in str(caught.value)
    assert len(sim.requests("vbr", method="POST")) == 1
