"""The state file, the backend and the lock."""

import hashlib
import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.engine.conftest import Project
from veeam_pulumi.engine import EngineError
from veeam_pulumi.engine.backend import Backend
from veeam_pulumi.engine.secrets import Crypter
from veeam_pulumi.engine.state import Deployment, check_integrity
from veeam_pulumi.engine.values import ignoring, parse_path

STACK = {"urn": "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev", "custom": False, "type": "pulumi:pulumi:Stack"}


def entry(name: str, **more: Any) -> dict[str, Any]:
    return {
        "urn": f"urn:pulumi:dev::p::t::{name}",
        "custom": True,
        "id": name,
        "type": "t",
        "parent": STACK["urn"],
        **more,
    }


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    backend, crypter = Backend(f"file://{tmp_path}", tmp_path, "p"), Crypter("pw")
    resources = [
        STACK,
        entry(
            "a",
            outputs={
                "x": {
                    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
                    "value": {"deep": [1, "two"]},
                }
            },
        ),
    ]
    backend.writer("dev", crypter)(resources, [{"resource": entry("b"), "type": "creating"}])
    text = backend.file("dev").read_text()
    assert '"two"' not in text
    assert json.loads(text)["version"] == 3
    assert backend.load("dev", "pw") == (resources, [{"resource": entry("b"), "type": "creating"}])
    with pytest.raises(EngineError, match="incorrect passphrase"):
        backend.load("dev", "other")


def test_only_file_backends(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="s3://bucket.*use `pulumi`"):
        Backend("s3://bucket", tmp_path, "p")


def test_the_lock_names_its_holder_and_goes_away(tmp_path: Path) -> None:
    backend = Backend(f"file://{tmp_path}", tmp_path, "p")
    with (
        backend.lock("dev"),
        pytest.raises(EngineError, match=r"locked by 1 lock\(s\).*(\n.*)*pid"),
        backend.lock("dev"),
    ):
        pass
    assert not list(tmp_path.rglob("locks/**/*.json"))


@pytest.mark.parametrize(
    ("resources", "rule"),
    [
        ([entry("a")], "does not come before it"),
        ([STACK, STACK], "twice"),
        ([STACK, {**entry("a"), "id": ""}], "do not agree"),
        ([STACK, {**entry("a"), "provider": "urn::id"}], "provider does not come before it"),
        ([STACK, entry("a", viewOf="x")], "viewOf"),
        ([{**entry("p"), "parent": None, "type": "pulumi:providers:aws"}], "'aws'"),
    ],
)
def test_integrity(resources: list[dict[str, Any]], rule: str) -> None:
    with pytest.raises(EngineError, match=rule):
        check_integrity(resources)


@pytest.mark.parametrize("version", [1, 4, None])
def test_other_versions_are_refused(embedded: Project, version: int | None) -> None:
    embedded.file.write_text(json.dumps({"version": version, "checkpoint": {}}))
    result = embedded.preview()
    assert (result.exit_code, "version" in (result.error or "")) == (1, True)


BODY = 'a = Thing("a", secret="hunter2")\nThing("b", role=a.uid)\npulumi.export("uid", a.uid)\n'


def exported(project: Project, show_secrets: bool) -> dict[str, Any]:
    if project.kind == "embedded":
        return project.engine().export(show_secrets)
    given = ["--show-secrets"] if show_secrets else []
    return dict(json.loads(project._cli("stack", "export", *given, "--stack", project.stack).stdout))


@pytest.mark.parametrize("show_secrets", [False, True])
def test_what_was_exported_can_be_imported(project: Project, show_secrets: bool) -> None:
    project.program(BODY)
    assert project.up().exit_code == 0
    before, content = project.state(), exported(project, show_secrets)
    assert ("hunter2" in json.dumps(content)) is show_secrets
    project.program("")
    assert project.up().exit_code == 0
    assert set(project.state()) == {"small-dev"}
    project.import_(content)
    assert "hunter2" not in project.file.read_text()
    assert project.state() == before
    (project.folder / "world.json").write_text(json.dumps({n: before[n]["inputs"] for n in ("a", "b")}))
    project.program(BODY)
    assert project.up(expect_no_changes=True).exit_code == 0


def test_a_deployment_has_what_pulumi_writes(project: Project) -> None:
    project.program(BODY)
    assert project.up().exit_code == 0
    content = json.loads(project.file.read_text())
    assert (content["version"], content["checkpoint"]["stack"]) == (3, "organization/small/dev")
    latest = content["checkpoint"]["latest"]
    version = latest["manifest"]["version"]
    assert latest["manifest"]["magic"] == hashlib.sha256(version.encode()).hexdigest()
    assert latest["secrets_providers"]["type"] == "passphrase"
    assert latest["secrets_providers"]["state"]["salt"].startswith("v1:")
    assert "pending_operations" not in latest
    entries = {one["urn"].rpartition("::")[2]: one for one in latest["resources"]}
    assert [one["urn"] for one in latest["resources"]][:2] == [entries["small-dev"]["urn"], entries["default"]["urn"]]
    b = entries["b"]
    assert b["type"] == "pulumi-python:dynamic/own:Thing"
    assert (b["custom"], b["id"], b["parent"]) == (True, "b", entries["small-dev"]["urn"])
    assert b["provider"] == f"{entries['default']['urn']}::{entries['default']['id']}"
    assert b["dependencies"] == [entries["a"]["urn"]]
    assert {key: urns for key, urns in b["propertyDependencies"].items() if urns} == {"role": [entries["a"]["urn"]]}
    assert b["inputs"]["__provider"] == b["outputs"]["__provider"]
    assert b["created"] == b["modified"]  # one time for both
    assert b["created"].endswith("Z")
    assert "ciphertext" in entries["a"]["inputs"]["secret"]
    project.program(BODY.replace('"hunter2"', '"hunter3"'))
    assert project.up().exit_code == 0
    assert project.state()["a"]["created"] == entries["a"]["created"] < project.state()["a"]["modified"]
    assert project.state()["b"]["modified"] == b["modified"]


def test_a_foreign_lock_is_respected(project: Project) -> None:
    project.program('Thing("a")\n')
    lock = project.folder / "state/.pulumi/locks/organization/small/dev/5d4b9c1e-0000-4000-8000-000000000000.json"
    lock.parent.mkdir(parents=True, exist_ok=True)
    who = {"pid": 7, "username": "jo", "hostname": "there", "timestamp": "2026-01-01T00:00:00Z"}
    lock.write_text(json.dumps(who))
    for operation in (project.up, project.refresh, project.destroy):
        assert operation().exit_code == 1
        assert "the stack is currently locked by 1 lock(s)" in project.text
        assert "jo@there (pid 7)" in project.text
    assert project.preview().exit_code == 0
    assert project.export()["version"] == 3
    lock.unlink()
    assert project.up().exit_code == 0
    assert list(lock.parent.glob("*")) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 2}, "version 2"),
        ({"deployment": None}, "version 3"),
        ({"deployment": {"manifest": {"version": "x", "magic": "y"}}}, "magic cookie mismatch"),
        ({"deployment": {"resources": [entry("a")]}}, "does not come before it"),
        ({"deployment": {"resources": [STACK]}}, "is not of the stack 'dev' of small"),
        ({"deployment": {"secrets_providers": {"type": "cloud"}}}, "secrets provider 'cloud'"),
    ],
)
def test_what_is_not_a_sound_state_is_not_imported(embedded: Project, change: dict[str, Any], message: str) -> None:
    before = embedded.file.read_text()
    with pytest.raises(EngineError, match=message):
        embedded.engine().import_({"version": 3, "deployment": {}, **change})
    assert embedded.file.read_text() == before


def test_an_import_says_which_operations_it_forgets(embedded: Project) -> None:
    urn = "urn:pulumi:dev::small::t::a"
    pending = [{"type": "creating", "resource": {"urn": urn, "custom": True, "type": "t"}}]
    content = {"version": 3, "deployment": {"pending_operations": pending}}
    assert embedded.engine().import_(content) == [f"creating {urn}"]
    assert "pending_operations" not in embedded.export()["deployment"]


def test_a_missing_stack(embedded: Project) -> None:
    embedded.stack = "nope"
    result = embedded.up()
    assert result.exit_code == 6
    assert "no stack named 'nope' found" in (result.error or "")


def test_a_stack_with_resources_is_not_removed(embedded: Project) -> None:
    embedded.program('Thing("a")\n')
    embedded.up()
    with pytest.raises(EngineError, match="still has resources"):
        embedded.engine().remove()
    embedded.engine().remove(force=True)
    assert embedded.engine().stacks() == []


def test_a_rename_reaches_what_is_not_touched() -> None:
    b = entry("b", dependencies=["old"], propertyDependencies={"x": ["old"]})
    deployment = Deployment([STACK, b], [], None)
    deployment.rename("old", "new")
    assert deployment.resources()[1] == entry("b", dependencies=["new"], propertyDependencies={"x": ["new"]})


def test_results_are_saved_together_and_soon(tmp_path: Path) -> None:
    backend = Backend(f"file://{tmp_path}", tmp_path, "p")
    write, written = backend.writer("dev", Crypter("pw")), list[float]()

    def counted(resources: list[dict[str, Any]], pending: list[dict[str, Any]]) -> None:
        write(resources, pending)
        written.append(time.monotonic())

    def names() -> tuple[list[str], list[str]]:
        resources, pending = backend.load("dev", "pw")
        return [one["id"] for one in resources if one["custom"]], [one["resource"]["id"] for one in pending]

    deployment = Deployment([], [], counted)
    deployment.change(STACK)
    ended = 0.0
    for name in ("a", "b"):
        with deployment.operation("creating", entry(name)):
            found, pending = names()
            assert pending[-1] == name  # on disk before it starts, and with it all that ended before
            assert found == {"a": [], "b": ["a"]}[name]
            deployment.change(entry(name))
        ended = time.monotonic()
    for name in ("c", "d", "e"):
        deployment.change(entry(name))
    assert len(written) == 2
    assert names() == (["a"], ["b"])  # killed now, the state names what is in doubt
    while len(written) == 2 and time.monotonic() < ended + 5:
        time.sleep(0.01)
    assert written[-1] - ended < 0.3
    assert names() == (["a", "b", "c", "d", "e"], [])
    deployment.save()
    time.sleep(0.3)
    assert len(written) == 3  # nothing has changed since


@pytest.mark.parametrize(
    ("path", "old", "new", "result"),
    [
        ("a", {"a": 1}, {"a": 2, "b": 3}, {"a": 1, "b": 3}),
        ("a", {}, {"a": 2}, {}),
        ("a", {"a": 1}, {}, {"a": 1}),
        ("a.b", {"a": {"b": 1, "c": 1}}, {"a": {"b": 2, "c": 2}}, {"a": {"b": 1, "c": 2}}),
        ("a[0]", {"a": [1, 2]}, {"a": [3, 4]}, {"a": [1, 4]}),
        ("a[*].b", {"a": [{"b": 1}]}, {"a": [{"b": 2, "c": 3}]}, {"a": [{"b": 1, "c": 3}]}),
        ("*", {"a": 1}, {"b": 2}, {"a": 1}),
    ],
)
def test_ignored_changes(path: str, old: dict[str, Any], new: dict[str, Any], result: dict[str, Any]) -> None:
    assert ignoring([path], old, new) == result


def test_paths() -> None:
    assert parse_path('a.b[0]["c d"].*') == ["a", "b", 0, "c d", "*"]
