"""The provider inside Pulumi's own plugin process, over gRPC: what an engine sends and what it gets back."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.output import Unknown
from pulumi.runtime.proto import provider_pb2

from tests.conftest import StartSimulator
from tests.dynamic.plugin import Plugin, struct
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
    assert (failures, inputs) == ([], OPERATOR)  # what it leaves out is in no state: absent means default
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


def test_an_error_is_a_few_lines_without_a_traceback(aws: Plugin, sim: Simulator) -> None:
    sim.drift("aws", "add", "operator", {"password": "Somebody-1"})
    with pytest.raises(grpc.RpcError) as caught:
        aws.create({**OPERATOR, "connection": "aws", "adopt": False})
    first, *_, last = lines = caught.value.details().splitlines()
    assert first.startswith("aws.User 'operator' on 127.0.0.1:")
    assert last.endswith("set adopt=True to take it over as it is, or choose another name")
    assert len(lines) <= 5
    assert all(len(line) <= 100 for line in lines)


def test_an_error_of_a_resource_without_a_server_has_no_traceback_either(tmp_path: Path) -> None:
    before = {"roster": "roster.yaml", "accounts": ["ann@vbr"], "protected": {"ann@vbr": {"name": "ann"}}}
    with Plugin(tmp_path, {}, serialize_provider(load("BreakGlass"))) as glass, pytest.raises(grpc.RpcError) as caught:
        glass.diff("break-glass", before, {**before, "accounts": []})
    text = caught.value.details()
    assert text.startswith("roster.yaml: ann@vbr would be deleted, but is a break-glass account")
    assert "Traceback" not in text


def test_an_error_that_is_not_ours_keeps_its_traceback(aws: Plugin) -> None:
    broken = provider_pb2.CreateRequest(properties=struct({"__provider": "bm90IGEgcGlja2xl"}))
    with pytest.raises(grpc.RpcError, match=r"Traceback \(most recent call last\)[\s\S]*UnpicklingError"):
        aws.stub.Create(broken)


HOSTED = """
import veeam_pulumi
raise {}
"""


@pytest.mark.parametrize("host", ["pulumi-language-python-exec", "elsewhere.py"])
def test_a_program_that_the_cli_interrupts_prints_no_traceback(host: str, tmp_path: Path) -> None:
    """As it does for each resource that fails. Any other error is shown, and Ctrl-C in other programs is as it was."""
    program = tmp_path / host
    for error, shown in (("KeyboardInterrupt", host == "elsewhere.py"), ("ValueError('of the program')", True)):
        program.write_text(HOSTED.format(error))
        done = subprocess.run([sys.executable, program], capture_output=True, text=True, check=False)
        assert done.returncode
        assert (error.partition("(")[0] in done.stderr) is shown, done.stderr
        assert bool(done.stderr) is shown


def test_what_a_server_refuses_to_all_is_said_once_and_counted(sim: Simulator, tmp_path: Path) -> None:
    with plugin_for(sim, tmp_path, "aws.User", password="Wrong-Passw0rd") as aws:
        said = []
        for number in range(40):
            with pytest.raises(grpc.RpcError) as caught:
                aws.create({**OPERATOR, "name": f"user{number}", "connection": "aws", "adopt": False})
            said.append(caught.value.details())
    server = sim.url("aws").removeprefix("https://")
    assert said[0].startswith(f"aws.User 'user0' on {server} (connection aws):\n  the server refuses the login")
    assert said[1:] == [
        f"aws.User 'user{n}': the same error as aws.User 'user0' ({n + 1} so far)" for n in range(1, 40)
    ]


def test_run_program_is_advised_only_where_the_program_does_not_run(sim: Simulator, tmp_path: Path) -> None:
    advice = "already changed? run with --run-program, or set VEEAM_AWS_PASSWORD"
    with plugin_for(sim, tmp_path, "aws.User", password="Wrong-Passw0rd") as aws:
        with pytest.raises(grpc.RpcError) as caught:  # a refresh: no check comes before
            aws.read("operator", {**OPERATOR, "connection": "aws", "server": "x:1"}, OPERATOR)
        assert advice in " ".join(caught.value.details().split())
    with plugin_for(sim, tmp_path, "aws.User", password="Wrong-Passw0rd") as aws:
        aws.check({}, OPERATOR)
        with pytest.raises(grpc.RpcError) as caught:
            aws.create({**OPERATOR, "connection": "aws", "adopt": False})
        assert "the server refuses the login" in caught.value.details()
        assert advice not in " ".join(caught.value.details().split())


def test_a_plugin_whose_engine_is_gone_logs_out_and_ends(sim: Simulator, tmp_path: Path) -> None:
    with plugin_for(sim, tmp_path, "vbr.User") as vbr:
        vbr.create({"name": r"TECH\john", "roles": ["Veeam Backup Operator"], "connection": "vbr", "adopt": False})
        assert vbr.lose_engine(10) == 1
    assert [one.path for one in sim.requests("vbr")][-1] == "/api/oauth2/logout"


def test_refreshed_inputs_are_those_that_the_program_gave(sim: Simulator, tmp_path: Path) -> None:
    """What the server chose is no input: it would show as removed by the program in the next preview."""
    inputs = {"dns_name_or_ip_address": "172.17.53.48", "username": "a", "password": "Secret-1", "connection": "em"}
    with plugin_for(sim, tmp_path, "em.BackupServer") as em:
        given, _ = em.check({}, inputs)
        id, outputs = em.create(given)
        assert outputs["vbr_certificate_thumbprint"]
        sim.drift("em", "update", "172.17.53.48", {"description": "by hand"})
        _, live, refreshed = em.read(id, outputs, given)
        assert refreshed == {**given, "description": "by hand"}
        assert live["vbr_certificate_thumbprint"] == outputs["vbr_certificate_thumbprint"]


def test_warnings_go_to_the_engine(aws: Plugin, sim: Simulator) -> None:
    sim.drift("aws", "add", "operator", {"password": "Somebody-1"})
    _, outputs = aws.create({"name": "operator", "connection": "aws", "adopt": True})
    aws.delete("operator", outputs)
    assert sim.lookup("aws", "operator")
    (warning,) = aws.warnings
    assert warning.startswith("aws.User 'operator' was adopted, not created here")
    assert aws.warned == ["urn:pulumi:dev::conf::pulumi-python:dynamic::operator"]


def test_a_preview_warns_that_somebody_s_own_password_stops_working(aws: Plugin, sim: Simulator) -> None:
    sim.drift("aws", "add", "operator", {"password": "Somebody-1"})
    adopted = {"name": "operator", "connection": "aws", "adopt": True}
    _, outputs = aws.create(adopted)
    aws.diff("operator", outputs, {**adopted, "description": "ours"})
    assert aws.warnings == []
    aws.diff("operator", outputs, {"name": "operator", "connection": "aws", "adopt": False, "password": "Program-1"})
    (warning,) = aws.warnings
    assert warning.startswith("aws.User 'operator' was adopted and gets a password of the program's: ")
    assert warning.endswith("the one that its owner knows stops working")
    assert sim.can_login("aws", "operator", "Somebody-1")  # nothing was sent


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
                    errors.append(error.details())

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
    logouts = [one.status for one in sim.requests("aws", method="DELETE")]
    assert logouts == [204, 204]  # the new user's, who told its role, and the plugin's own


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


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("veeam:rotatoin", "did you mean veeam:rotation? take veeam:rotatoin out of the stack's config"),
        ("veeam:maxdeletes", "did you mean veeam:maxDeletes?"),
        ("veeam:xyzzy", "settings are connections, defaults, maxDeletes, environment"),
    ],
)
def test_an_unknown_setting_is_an_error_that_names_the_nearest(
    sim: Simulator, tmp_path: Path, key: str, hint: str
) -> None:
    config = {"veeam:connections": json.dumps(sim.connections()), "other:rotatoin": "1", key: "1"}
    with Plugin(tmp_path, config, serialize_provider(load("aws.User"))) as aws:
        ((about, reason),) = aws.check({}, OPERATOR)[1]
    assert about == ""
    assert reason.startswith(f"unknown setting {key}\n")
    assert hint in " ".join(reason.split())
