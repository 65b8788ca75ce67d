"""Whole small programs, on each engine that is here."""

import io
import json
import os
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.engine.conftest import Project


def test_a_life(project: Project) -> None:
    project.program(
        'a = Thing("a", role="r", secret="hunter2")\nb = Thing("b", role=a.uid)\n'
        'pulumi.export("uid", b.uid)\npulumi.export("pw", a.secret if hasattr(a, "secret") else None)\n'
    )
    assert project.preview().exit_code == 0
    assert project.world == {}
    first = project.up()
    assert first.exit_code == 0, project.text
    assert first.outputs["uid"] == "u-b"
    assert project.world["b"]["role"] == "u-a"
    assert "hunter2" not in project.file.read_text()
    assert "hunter2" not in project.text
    assert project.up(expect_no_changes=True).exit_code == 0
    assert project.destroy().exit_code == 0
    assert project.world == {}
    assert [line for line in project.log if line.startswith("delete ")] == ["delete b", "delete a"]


def test_replacement_and_drift(project: Project) -> None:
    project.program('Thing("a", key="1", opts=ResourceOptions(delete_before_replace=True))\n')
    assert project.up().exit_code == 0
    project.program('Thing("a", key="2", opts=ResourceOptions(delete_before_replace=True))\n')
    assert project.up().exit_code == 0
    assert [line for line in project.log if line.split()[0] in ("create", "delete")] == [
        "create a",
        "delete a",
        "create a",
    ]
    (project.folder / "world.json").write_text(json.dumps({"a": {"name": "a", "key": "2", "role": "tampered"}}))
    assert project.preview(refresh=True, expect_no_changes=True).exit_code == 7
    assert project.refresh().exit_code == 0
    assert project.up().exit_code == 0
    assert "role" not in project.world["a"]


def test_a_failure_keeps_what_was_done(project: Project) -> None:
    project.program('a = Thing("a")\nThing("b", role=a.uid.apply(lambda _: "fail"))\n')
    result = project.up()
    assert result.exit_code == 1
    assert "Wrong: no room" in project.text
    assert "ask for more" in project.text
    names = [entry["urn"].rpartition("::")[2] for entry in project.export()["deployment"]["resources"]]
    assert sorted(names) == ["a", "default", "small-dev"]


def test_errors_are_shown_without_the_frames_of_the_sdk(embedded: Project) -> None:
    embedded.program('Thing("b", role="fail")\n')
    result = embedded.up()
    assert result.error == "Wrong: no room\nask for more"
    assert "Traceback" not in embedded.text


def test_several_runs_in_one_process(embedded: Project) -> None:
    (embedded.folder / "resources.py").write_text(
        'from own import Thing\na = Thing("a", role="1")\nb = Thing("b", role=a.uid)\n'
    )
    embedded.program("import resources\n")
    before = set(sys.modules), list(sys.path), Path.cwd(), list(sys.argv), dict(os.environ)
    assert embedded.preview().changes == {"create": 3}
    assert embedded.up().changes == {"create": 3}
    assert embedded.up().changes == {"same": 3}
    assert embedded.refresh().changes == {"same": 3}
    (embedded.folder / "resources.py").write_text(
        'from own import Thing\na = Thing("a", role="2")\nb = Thing("b", role=a.uid)\n'
    )
    assert embedded.up().changes == {"update": 1, "same": 2}
    assert not {"resources", "own"} & (set(sys.modules) - before[0])
    assert not any(str(embedded.folder) in str(getattr(module, "__file__", "")) for module in sys.modules.values())
    assert (list(sys.path), Path.cwd(), list(sys.argv), dict(os.environ)) == before[1:]


def test_a_package_that_a_program_shares_with_a_library_keeps_the_library_s_part(embedded: Project) -> None:
    """`google` is a namespace: protobuf is in it, and whatever a project puts there."""
    (embedded.folder / "google").mkdir()
    (embedded.folder / "google" / "ours.py").write_text('role = "1"\n')
    embedded.program('import google.ours\nThing("a", role=google.ours.role)\n')
    library = sys.modules["google.protobuf"]
    assert embedded.up().changes == {"create": 2}
    (embedded.folder / "google" / "ours.py").write_text('role = "twice"\n')
    assert embedded.up().changes == {"update": 1, "same": 1}
    assert "google.ours" not in sys.modules
    assert sys.modules["google.protobuf"] is library


def test_pending_operations_are_on_disk_before_they_start(embedded: Project) -> None:
    embedded.program('Thing("a", role="pending")\n')
    assert embedded.up().exit_code == 0
    state = json.loads(next(line for line in embedded.log if line.startswith("state "))[len("state ") :])
    pending = state["checkpoint"]["latest"]["pending_operations"]
    assert [(entry["type"], entry["resource"]["urn"].rpartition("::")[2]) for entry in pending] == [("creating", "a")]
    assert "pending_operations" not in embedded.export()["deployment"]


@pytest.mark.parametrize(
    ("body", "feature"),
    [
        ('Thing("a", opts=ResourceOptions(import_="x"))', "import_"),
        ('class R(pulumi.CustomResource): pass\nR("aws:s3/bucket:Bucket", "b")', "aws:s3/bucket:Bucket"),
        ('Thing("a", role=pulumi.StringAsset("x"))', "an asset"),
        ('pulumi.runtime.invoke("a:b:c", {})', "Invoke"),
        ('pulumi.ProviderResource("aws", "p", {})', "pulumi:providers:aws"),
        ('pulumi.ComponentResource("a:b:C", "c", {}, None, True)', "remote component"),
        ('pulumi.runtime.call("a:b:c", {}, Thing("a"))', "Call"),
        ("pulumi.runtime.register_stack_transform(lambda args: None)", "'transforms'"),
        ('Thing("a", opts=ResourceOptions(transforms=[lambda args: None]))', "'transforms'"),
        (
            'hook = pulumi.ResourceHook("h", lambda args: None)\n'
            'Thing("a", opts=ResourceOptions(hooks=pulumi.ResourceHookBinding(before_create=[hook])))',
            "'resource hooks'",
        ),
        ('Thing("a", opts=ResourceOptions(replacement_trigger="x"))', "replacementTrigger"),
        ('Thing("a", opts=ResourceOptions(version="1.2.3"))', "option version"),
        ('pulumi.require_pulumi_version(">=3")', "require_pulumi_version"),
    ],
)
def test_refusals_name_the_feature(embedded: Project, body: str, feature: str) -> None:
    embedded.program(body + "\n")
    result = embedded.up()
    assert result.exit_code == 1
    assert feature in (result.error or "")
    assert "use `pulumi`" in (result.error or "")
    assert "\n" not in (result.error or "")


def test_a_secret_is_not_printed_with_a_check_failure(embedded: Project) -> None:
    embedded.program('Thing("a", secret="weak")\n')
    result = embedded.preview()
    assert (
        result.error
        == "pulumi-python:dynamic/own:Thing resource 'a': property secret value [secret] has a problem: is too [secret]"
    )  # the reason has the same word
    assert "weak" not in embedded.text


def test_json_preview(embedded: Project) -> None:
    embedded.program('print("noise")\nThing("a", role="r", secret="hunter2")\n')
    embedded.preview(json=True)
    shown = json.loads(embedded.text)
    assert shown["changeSummary"] == {"create": 2}
    assert [step["op"] for step in shown["steps"]] == ["create", "create"]
    assert shown["steps"][1]["newState"]["inputs"]["secret"] == "[secret]"
    assert shown["steps"][1]["provider"].startswith("urn:pulumi:dev::small::pulumi:providers:pulumi-python::default::")
    assert "hunter2" not in embedded.text
    embedded.program('Thing("a", key="1")\n')
    embedded.up()
    embedded.program('Thing("a", key="2", role="r")\n')
    embedded.preview(json=True)
    shown = json.loads(embedded.text)
    assert shown["changeSummary"] == {"replace": 1, "same": 1}
    replaced = [step for step in shown["steps"] if step["op"] == "replace"]
    assert [(step["replaceReasons"], step["detailedDiff"]) for step in replaced] == [(["key"], None)]
    assert (replaced[0]["oldState"]["inputs"]["key"], replaced[0]["newState"]["inputs"]["key"]) == ("1", "2")


def test_many_resources(embedded: Project) -> None:
    embedded.program('for i in range(300):\n    Thing(f"t{i}")\n')
    assert embedded.up().changes == {"create": 301}


def test_a_plugin_that_misses_a_signal_is_asked_again(embedded: Project) -> None:
    (embedded.folder / "sitecustomize.py").write_text(
        "import signal\n"
        "def missed(*_): signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "signal.signal(signal.SIGINT, missed)\n"
    )
    embedded.environ["PYTHONPATH"] = os.pathsep.join([str(embedded.folder), os.environ.get("PYTHONPATH", "")])
    embedded.program('Thing("a")\n')
    begun = time.monotonic()
    assert embedded.up().exit_code == 0
    assert time.monotonic() - begun < 9


def test_what_runs_is_shown_on_a_terminal(embedded: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    embedded.program('Thing("a", role="slow")\n')
    engine = embedded.engine()
    engine._out = Terminal()
    assert engine.up().exit_code == 0
    assert "1 running: a" in engine._out.getvalue()
    assert embedded.up().exit_code == 0
    assert "running" not in embedded.text  # elsewhere: plain lines


def test_an_output_that_prints_by_itself(embedded: Project) -> None:
    class Printing(io.StringIO):
        def write(self, text: str) -> int:
            print("seen", end="\n" if "created" in text else "")
            return super().write(text)

    embedded.program('a = Thing("a")\nThing("b", role=a.uid)\n')
    engine = embedded.engine()
    engine._out = Printing()
    done = threading.Thread(target=engine.up, daemon=True)
    done.start()
    done.join(timeout=30)
    assert not done.is_alive()
    assert set(embedded.world) == {"a", "b"}


def test_the_configuration_that_providers_see(embedded: Project) -> None:
    embedded.program('Thing("a")\n')
    (embedded.folder / "Pulumi.dev.yaml").write_text(
        (embedded.folder / "Pulumi.dev.yaml").read_text() + "config: {setting: one}\n"
    )
    assert embedded.up().exit_code == 0
    file = embedded.folder / "Pulumi.dev.yaml"
    file.write_text(file.read_text().replace("one", "two"))
    assert embedded.refresh().exit_code == 0
    assert embedded.refresh(run_program=True).exit_code == 0
    assert [line for line in embedded.log if line.startswith("configure")] == [
        "configure one",
        "configure one",
        "configure two",
    ]
