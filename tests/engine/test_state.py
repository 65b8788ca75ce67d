"""The state file, the backend and the lock."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.engine.conftest import Project
from veeam_pulumi.engine import EngineError
from veeam_pulumi.engine.secrets import Crypter
from veeam_pulumi.engine.state import Backend, Deployment, check_integrity
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
