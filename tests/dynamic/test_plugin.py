"""The provider inside Pulumi's own plugin process, over gRPC: what an engine sends and what it gets back."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.output import Unknown

from tests.conftest import StartSimulator
from tests.dynamic.plugin import Plugin
from veeam_pulumi.dynamic import load
from veeam_pulumi.simulator import Simulator

OPERATOR = {"name": "operator", "password": "Administrator1", "description": "Dept-02"}


@pytest.fixture
def sim(simulator: StartSimulator) -> Simulator:
    return simulator()


def plugin_for(sim: Simulator, folder: Path, kind: str, **settings: Any) -> Plugin:
    (folder / "Pulumi.yaml").write_text("name: conf\nruntime: python\n")
    config = sim.connections()
    for one in config.values():
        one.update(settings)
    return Plugin(folder, {"veeam:connections": json.dumps(config)}, serialize_provider(load(kind)))


@pytest.fixture
def aws(sim: Simulator, tmp_path: Path) -> Iterator[Plugin]:
    with plugin_for(sim, tmp_path, "aws.User") as plugin:
        yield plugin
    assert plugin.stderr == ""


def test_the_whole_life_of_a_user(aws: Plugin, sim: Simulator) -> None:
    inputs, failures = aws.check({}, OPERATOR)
    assert (failures, inputs) == ([], {**OPERATOR, "connection": "aws", "adopt": False})
    assert aws.create(inputs)[0] == "operator"
    outputs = aws.read("operator", inputs, {})[1]
    assert outputs.items() >= inputs.items()
    assert aws.diff("operator", outputs, inputs) == ("DIFF_NONE", [], True)

    changed = {**inputs, "description": "Dept-03"}
    assert aws.diff("operator", outputs, changed) == ("DIFF_SOME", [], True)
    assert aws.diff("operator", outputs, {**inputs, "name": "other"}) == ("DIFF_SOME", ["name"], True)
    outputs = aws.update("operator", outputs, changed)
    assert outputs["description"] == "Dept-03"

    sim.drift("aws", "update", "operator", {"description": "by hand"})
    id, live, live_inputs = aws.read("operator", outputs, changed)
    assert (id, live["description"], live_inputs["description"]) == ("operator", "by hand", "by hand")
    assert set(live_inputs) == set(inputs)
    assert aws.diff("operator", live, changed)[0] == "DIFF_SOME"

    aws.delete("operator", outputs)
    assert aws.read("operator", outputs, changed) == ("", {}, {})


def test_a_preview_sends_nothing_and_keeps_unknowns(aws: Plugin, sim: Simulator) -> None:
    inputs, failures = aws.check({}, {**OPERATOR, "name": Unknown()})  # type: ignore[no-untyped-call]
    assert failures == []
    assert isinstance(inputs["name"], Unknown)
    old = {**OPERATOR, "connection": "aws", "adopt": False}
    assert aws.diff("operator", old, inputs) == ("DIFF_SOME", [], True)
    assert sim.traffic("aws").connections == 0


def test_mistakes_are_check_failures_that_show_no_secret(aws: Plugin) -> None:
    _, failures = aws.check({}, {**OPERATOR, "password": "", "connection": "nope", "description": 5.0})
    text = dict(failures)
    assert set(text) == {"", "connection", "description"}
    assert "there is no connection 'nope'" in text["connection"]
    _, failures = aws.check({}, {**OPERATOR, "connection": "vbr"})
    assert "connection vbr is of product vbr" in failures[0][1]


def test_an_error_ends_in_one_line(aws: Plugin, sim: Simulator) -> None:
    sim.drift("aws", "add", "operator", {"password": "Somebody-1"})
    with pytest.raises(grpc.RpcError) as caught:
        aws.create({**OPERATOR, "connection": "aws", "adopt": False})
    *_, last = caught.value.details().strip().splitlines()
    assert last.startswith("veeam_pulumi.errors.AlreadyExists: aws.User 'operator' on 127.0.0.1:")
    assert "Administrator1" not in caught.value.details()


def test_warnings_go_to_the_engine(aws: Plugin, sim: Simulator) -> None:
    sim.drift("aws", "add", "operator", {"password": "Somebody-1"})
    _, outputs = aws.create({**OPERATOR, "connection": "aws", "adopt": True})
    aws.delete("operator", outputs)
    assert sim.lookup("aws", "operator")
    (warning,) = aws.warnings
    assert warning.startswith("aws.User 'operator' was adopted, not created here")


def test_a_first_look_at_nothing_is_an_error(aws: Plugin) -> None:
    assert aws.read("Admin", {}, {"connection": "aws"})[1]["is_default"] is True
    with pytest.raises(grpc.RpcError, match="there is no object with id 'nope'"):
        aws.read("nope", {}, {"connection": "aws"})


def test_a_wrong_password_is_one_login_from_all_threads_and_logout_is_not_tried(sim: Simulator, tmp_path: Path) -> None:
    state = {**OPERATOR, "connection": "aws", "adopt": False, "server": "x:1", "schema": 1}
    errors: list[str] = []
    with plugin_for(sim, tmp_path, "aws.User", password="wrong-one") as plugin:

        def read() -> None:
            for _ in range(25):
                try:
                    plugin.read("operator", state, {})
                except grpc.RpcError as error:
                    errors.append(error.details().strip().splitlines()[-1])

        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(errors) == 100
    assert len(set(errors)) == 1
    assert "refuses the login of 'Admin'" in errors[0]
    assert [(one.path, one.status) for one in sim.requests("aws", method="POST")] == [("/api/v1/token", 401)]


def test_the_plugin_logs_out_when_it_ends(sim: Simulator, tmp_path: Path) -> None:
    with plugin_for(sim, tmp_path, "aws.User") as plugin:
        plugin.create({**OPERATOR, "connection": "aws", "adopt": False})
    assert [one.status for one in sim.requests("aws", method="DELETE")] == [204]


def test_four_operations_at_a_time_share_one_login(sim: Simulator, tmp_path: Path) -> None:
    with plugin_for(sim, tmp_path, "vbr.User") as plugin:

        def create(number: int) -> None:
            plugin.create({"name": rf"TECH\user{number}", "roles": ["Backup Viewer"], "connection": "vbr"})

        threads = [threading.Thread(target=create, args=(number,)) for number in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(sim.objects("vbr")["users"]) == 14
    assert len([one for one in sim.requests("vbr") if one.path == "/api/oauth2/token"]) == 1


def test_relative_files_count_from_the_folder_of_pulumi_yaml(sim: Simulator, tmp_path: Path) -> None:
    inner = tmp_path / "program"
    inner.mkdir()
    (tmp_path / "ca.pem").write_bytes(sim.ca_file.read_bytes())
    (tmp_path / "secret.txt").write_text(sim.password("aws"))
    config = {**sim.connections()["aws"], "tls": {"ca_file": "ca.pem"}, "password_file": "secret.txt"}
    del config["password"]
    (tmp_path / "Pulumi.yaml").write_text("name: conf\nruntime: python\n")
    text = json.dumps({"aws": config})
    with Plugin(inner, {"veeam:connections": text}, serialize_provider(load("aws.User"))) as plugin:
        assert plugin.create({**OPERATOR, "connection": "aws", "adopt": False})[0] == "operator"
