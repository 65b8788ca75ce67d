"""What a program may say: resource options, configuration, outputs, other stacks; on each engine that is here."""

import json
import re
from typing import Any

import pytest

from tests.engine.conftest import Project
from veeam_pulumi.engine import EngineError

SECRET = "4dabf18193072939515e22adb298388d"


def opts(**options: str) -> str:
    return "opts=ResourceOptions(" + ", ".join(f"{name}={value}" for name, value in options.items()) + ")"


def up(project: Project, body: str, **flags: Any) -> list[str]:
    """An `up` that must succeed; the calls it made."""
    project.program(body)
    assert project.up(**flags).exit_code == 0, project.text
    return project.calls()


def test_what_is_depended_on_is_there_first_and_goes_last(project: Project) -> None:
    calls = up(project, f'a = Thing("a", role="slow")\nThing("b", {opts(depends_on="[a]")})\n')
    assert calls == ["create a", "create b"]
    assert project.state()["b"]["dependencies"] == [project.state()["a"]["urn"]]
    project.program("")
    assert project.up().exit_code == 0
    assert project.calls("delete", "deleted") == ["delete b", "deleted b", "delete a", "deleted a"]


COMPONENT = f"""
class Team(pulumi.ComponentResource):
    def __init__(self, name, role, opts=None):
        super().__init__("small:index:Team", name, {{"role": role}}, opts)
        self.lead = Thing(name + "-lead", role=role, {opts(parent="self")})
        self.uid = self.lead.uid
        self.register_outputs({{"uid": self.uid, "pw": pulumi.Output.secret("hunter2")}})
"""


def test_components_hold_their_children_and_outputs(project: Project) -> None:
    body = COMPONENT + f'team = Team("ops", "one")\nThing("after", {opts(depends_on="[team]")})\n'
    body += 'pulumi.export("uid", team.uid)\n'
    assert up(project, body) == ["create ops-lead", "create after"]
    state = project.state()
    assert state["ops-lead"]["parent"] == state["ops"]["urn"]
    assert state["ops-lead"]["urn"].split("::")[2] == "small:index:Team$pulumi-python:dynamic/own:Thing"
    assert state["ops"]["outputs"]["uid"] == "u-ops-lead"
    assert SECRET in state["ops"]["outputs"]["pw"]
    assert "hunter2" not in project.file.read_text()
    assert state["ops-lead"]["urn"] in state["after"]["dependencies"]
    assert up(project, body, expect_no_changes=True) == []
    assert up(project, body.replace('"one"', '"two"')) == ["update ops-lead"]
    assert project.destroy().exit_code == 0
    assert project.calls() == ["delete after", "delete ops-lead"]
    assert project.state() == {}


def test_what_is_protected_is_neither_removed_nor_replaced(project: Project) -> None:
    protected = opts(protect="True")
    up(project, f'Thing("a", key="1", {protected})\n')
    for body in ("", f'Thing("a", key="2", {protected})\n'):
        project.program(body)
        assert project.up().exit_code == 1
        assert "protect" in project.text
        assert project.calls() == []
    assert project.destroy().exit_code == 1
    assert set(project.world) == {"a"}
    project.program('Thing("a", key="1")\n')
    assert project.preview(expect_no_changes=True).exit_code == 0
    assert re.search(r"Thing a +\[diff: ~protect\]\n", project.text)
    assert up(project, 'Thing("a", key="1")\n') == []  # unprotecting is a step without a call
    assert re.search(r"Thing a +\[diff: ~protect\]\n", project.text)
    assert up(project, "") == ["delete a"]


def test_ignored_changes(project: Project) -> None:
    body = 'Thing("a", role="{}", tags={{"x": "{}", "y": "{}"}}, ' + opts(ignore_changes='["role", "tags.x"]') + ")\n"
    up(project, body.format("1", "1", "1"))
    assert up(project, body.format("2", "2", "1"), expect_no_changes=True) == []
    assert up(project, body.format("2", "2", "2")) == ["update a"]
    assert project.world["a"]["role"] == "1"
    assert project.world["a"]["tags"] == {"x": "1", "y": "2"}


@pytest.mark.parametrize(
    ("option", "calls"),
    [
        ({}, ["create a", "delete a"]),
        ({"delete_before_replace": "True"}, ["delete a", "create a"]),
        ({"delete_before_replace": "False"}, ["create a", "delete a"]),
        ({"retain_on_delete": "True"}, ["create a"]),
    ],
)
def test_replacing(project: Project, option: dict[str, str], calls: list[str]) -> None:
    body = f'Thing("a", key="1", {opts(**option)})\n'
    up(project, body)
    assert up(project, body.replace('"1"', '"2"')) == calls
    assert up(project, body.replace('"1"', '"2"'), expect_no_changes=True) == []


def test_replace_on_changes_adds_nothing_to_what_the_provider_says(project: Project) -> None:
    body = f'Thing("a", role="1", {opts(replace_on_changes="[chr(42)]")})\n'
    up(project, body)
    assert up(project, body.replace('"1"', '"2"')) == ["update a"]
    assert project.kind == "pulumi" or "warning: replace_on_changes has no effect" in project.text


def test_what_is_retained_is_forgotten_and_left(project: Project) -> None:
    up(project, f'Thing("a", {opts(retain_on_delete="True")})\n')
    assert up(project, "") == []
    assert set(project.world) == {"a"}
    assert set(project.state()) == {"small-dev"}


def test_a_preview_says_that_what_is_replaced_is_left(project: Project) -> None:
    body = f'Thing("a", key="1", {opts(retain_on_delete="True")})\n'
    up(project, body)
    project.program(body.replace('"1"', '"2"'))
    assert project.preview().exit_code == 0
    assert re.search(r"\+- .*Thing a replace.*\[retain\]", project.text)


def test_what_goes_with_another_is_not_deleted_itself(project: Project) -> None:
    body = f'a = Thing("a")\nThing("b", {opts(deleted_with="a")})\n'
    up(project, body)
    assert project.state()["b"]["deletedWith"] == project.state()["a"]["urn"]
    assert up(project, "") == ["delete a"]
    up(project, body)
    assert up(project, 'a = Thing("a")\n') == ["delete b"]  # the other one stays


def test_additional_secret_outputs(project: Project) -> None:
    body = f'a = Thing("a", {opts(additional_secret_outputs=repr(["uid"]))})\npulumi.export("uid", a.uid)\n'
    up(project, body)
    assert "u-a" not in project.file.read_text()
    state = project.state()
    assert json.loads(state["a"]["outputs"]["uid"]["plaintext"]) == "u-a"
    assert SECRET in state["small-dev"]["outputs"]["uid"]
    assert "u-a" not in project.text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('Thing("a")', 'Thing("b", name="a", opts=ResourceOptions(aliases=[pulumi.Alias(name="a")]))'),
        (
            'Thing("a")',
            'class Other(Thing, module="own", name="Other"): pass\n'
            'Other("a", opts=ResourceOptions(aliases=[pulumi.Alias(type_="pulumi-python:dynamic/own:Thing")]))',
        ),
        (
            'Thing("a")',
            'top = pulumi.ComponentResource("small:index:Top", "top")\n'
            'Thing("a", opts=ResourceOptions(parent=top, aliases=[pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)]))',
        ),
        (
            'Thing("a")',
            'Thing("b", name="a", opts=ResourceOptions('
            'aliases=["urn:pulumi:dev::small::pulumi-python:dynamic/own:Thing::a"]))',
        ),
    ],
)
def test_aliases(project: Project, before: str, after: str) -> None:
    """A new name, type or parent; what depends on it hears of no change."""
    dependent = 'Thing("after", role=first.uid)\n'
    up(project, f"first = {before}\n{dependent}")
    *lines, last = after.splitlines()
    body = "\n".join([*lines, f"first = {last}", dependent])
    assert up(project, body) == []
    state = project.state()
    assert state["after"]["dependencies"] == [state["b" if 'Thing("b"' in after else "a"]["urn"]]
    assert up(project, body, expect_no_changes=True) == []
    assert up(project, "") == ["delete after", "delete a"]


def test_reading_what_somebody_else_manages(project: Project) -> None:
    (project.folder / "world.json").write_text(json.dumps({"theirs": {"name": "theirs", "role": "r"}}))
    body = 'found = Thing("found", name="theirs", opts=ResourceOptions(id="theirs"))\npulumi.export("uid", found.uid)\n'
    assert up(project, body) == ["read theirs"]
    assert project.state()["found"]["external"] is True
    project.program(body)
    assert project.preview(expect_no_changes=True).exit_code == 0
    assert project.calls() == ["read theirs"]
    assert project.state()["small-dev"]["outputs"] == {"uid": "u-theirs"}
    assert project.destroy().exit_code == 0
    assert project.calls() == []
    assert set(project.world) == {"theirs"}


def test_stacks_of_one_project_know_each_other(project: Project) -> None:
    up(project, 'a = Thing("a")\npulumi.export("uid", a.uid)\npulumi.export("pw", pulumi.Output.secret("hunter2"))\n')
    project.stack = "prod"
    project.init()
    body = 'dev = pulumi.StackReference("organization/small/dev")\n'
    body += 'Thing("b", role=dev.require_output("uid"), secret=dev.require_output("pw"))\n'
    assert up(project, body) == ["create b"]
    assert project.world["b"]["role"] == "u-a"
    assert project.world["b"]["secret"] == "hunter2"
    assert "hunter2" not in project.file.read_text()
    assert SECRET in project.state()["b"]["inputs"]["secret"]
    assert set(project.state()) == {"small-prod", "organization/small/dev", "b"}
    assert up(project, body, expect_no_changes=True) == []
    project.program('pulumi.StackReference("organization/small/nope")\n')
    assert project.up().exit_code == 1
    assert 'unknown stack "organization/small/nope"' in project.text
    project.program(body)
    assert project.destroy().exit_code == 0
    project.stack = "dev"
    assert set(project.state()) == {"small-dev", "a"}


def test_nested_secrets_and_unknowns(project: Project) -> None:
    body = (
        'pw = pulumi.Output.secret("hunter2")\n'
        'a = Thing("a", tags={"deep": [{"pw": pw}, "plain"], "on": True, "n": 5})\n'
        'b = Thing("b", tags={"uid": a.uid, "more": [{"uid": a.uid}]})\n'
        'pulumi.export("nested", {"pw": pw, "uid": b.tags["more"][0]["uid"], "list": [1, None, 2.5]})\n'
    )
    project.program(body)
    assert project.preview().exit_code == 0
    assert project.calls() == []
    assert up(project, body) == ["create a", "create b"]
    assert "hunter2" not in project.text
    assert "hunter2" not in project.file.read_text()
    assert project.world["a"]["tags"] == {"deep": [{"pw": "hunter2"}, "plain"], "on": True, "n": 5}
    assert project.world["b"]["tags"] == {"uid": "u-a", "more": [{"uid": "u-a"}]}
    assert project.up(expect_no_changes=True).outputs["nested"] == {
        "pw": "hunter2",
        "uid": "u-a",
        "list": [1, None, 2.5],
    }


def test_what_the_program_logs_is_shown(project: Project) -> None:
    project.program(
        'pulumi.log.info("said once")\npulumi.log.warn("careful")\npulumi.log.debug("hush")\nprint("out")\n'
    )
    assert project.up().exit_code == 0
    assert "said once" in project.text
    assert "warning: careful" in project.text
    assert "out" in project.text
    assert "hush" not in project.text


WRITTEN = {
    "yes": "yes", "Off": "Off", "y": "y", "TRUE": "true", "nuLL": "nuLL", "Null": "", "~": "", "=": "=",
    "1:30": "1:30", "10:00:00": "10:00:00", "010": "8", "-010": "-8", "0o17": "15", "0o8": "0o8", "08": "8",
    "0x1F": "31", "-0x10": "-16", "0b11": "3", "0b12": "0b12", "1_000": "1000", "1__0": "10", "1_0.5": "10.5",
    "+5": "5", "-0": "0", "1.0": "1", "5.": "5", ".5": "0.5", "+.5": "0.5", "1.10": "1.1", "1e3": "1000",
    "12e03": "12000", "1e20": "100000000000000000000", "0.1e-10": "1e-11", "1.5e300": "1.5e+300",
    "9007199254740993": "9007199254740993", "18446744073709551615": "18446744073709551615",
    "-9223372036854775809": "-9223372036854776000", "12345678901234567890123": "1.2345678901234568e+22",
    "2027-01-31": "2027-01-31 00:00:00 +0000 UTC", "2027-02-31": "2027-02-31",
    "2027-1-3 1:2:3": "2027-01-03 01:02:03 +0000 UTC", "2027-01-31 10:00": "2027-01-31 10:00",
    "2027-01-31T10:00:00.120+02:00": "2027-01-31 10:00:00.12 +0200 +0200",
    "2027-01-31T10:00:00-05:30": "2027-01-31 10:00:00 -0530 -0530",
    "2027-01-31T10:00:00Z": "2027-01-31 10:00:00 +0000 UTC", "2027-01-31 10:00:00Z": "2027-01-31 10:00:00Z",
    "[yes, 010, 1.0, ~, 2027-01-31]": '["yes",8,1,null,"2027-01-31 00:00:00 +0000 UTC"]',
    "{on: no, 1: 6, true: 7, 010: 9, 1.10: 10, 2027-01-31: 11}":
        '{"1":6,"1.1":10,"2027-01-31 00:00:00 +0000 UTC":11,"8":9,"on":"no","true":7}',
}  # fmt: skip
"""What a program gets of what a stack's file says, as CLI 3.260 reads it."""


def test_configuration_is_read_as_go_reads_yaml(project: Project) -> None:
    file = project.folder / f"Pulumi.{project.stack}.yaml"
    lines = "".join(f"  small:k{number}: {text}\n" for number, text in enumerate(WRITTEN))
    file.write_text(f"{file.read_text() if file.exists() else ''}config:\n{lines}")
    project.program(
        f'config = pulumi.Config()\npulumi.export("seen", [config.get(f"k{{n}}") for n in range({len(WRITTEN)})])\n'
    )
    assert project.up().exit_code == 0, project.text
    (stack,) = [one for one in project.export()["deployment"]["resources"] if one["type"] == "pulumi:pulumi:Stack"]
    seen = ["" if one is None else one for one in stack["outputs"]["seen"]]
    assert dict(zip(WRITTEN, seen, strict=True)) == WRITTEN


@pytest.mark.parametrize("text", [".inf", "-.INF", ".nan", "1e400"])
def test_a_number_that_json_does_not_have_is_an_error_of_the_file(embedded: Project, text: str) -> None:
    (embedded.folder / f"Pulumi.{embedded.stack}.yaml").write_text(f"config: {{small:limit: {text}}}\n")
    with pytest.raises(EngineError, match=r"could not load .*: JSON has no such number .*line 1"):
        embedded.engine().config()


def test_configuration_of_every_type(project: Project) -> None:
    (project.folder / "Pulumi.yaml").write_text(
        "name: small\nruntime: python\nconfig:\n"
        "  region: {type: string, default: eu}\n  count: {type: integer, default: 7}\n  other:note: {value: hi}\n"
    )
    project.set("on", "true")
    project.set("ratio", "2.5")
    project.set("pw", "hunter2", secret=True)
    project.set("team.name", "ops", path=True)
    project.set("team.people[0].n", "3", path=True)
    project.set("team.people[0].ok", "false", path=True)
    project.set("conn.vbr.password", "hunter3", secret=True, path=True)
    project.set("conn.vbr.url", "https://vbr", path=True)
    project.program(
        'config = pulumi.Config()\nconn = config.require_secret_object("conn")\n'
        'Thing("a", secret=config.require_secret("pw"), tags=conn)\n'
        'pulumi.export("all", [config.get("region"), config.require_int("count"), config.get_bool("on"),\n'
        '    config.get_float("ratio"), config.get_object("team"), config.get("nope"),\n'
        '    pulumi.Config("other").get("note")])\n'
    )
    result = project.up()
    assert result.exit_code == 0, project.text
    team = {"name": "ops", "people": [{"n": 3, "ok": False}]}
    assert result.outputs["all"] == ["eu", 7, True, 2.5, team, None, "hi"]
    assert project.world["a"]["secret"] == "hunter2"
    assert project.world["a"]["tags"] == {"vbr": {"password": "hunter3", "url": "https://vbr"}}
    for text in (project.text, project.file.read_text(), (project.folder / "Pulumi.dev.yaml").read_text()):
        assert "hunter" not in text


def test_a_passphrase_from_a_file_and_a_wrong_one(project: Project) -> None:
    project.set("pw", "hunter2", secret=True)
    project.program('Thing("a", secret=pulumi.Config().require_secret("pw"))\n')
    (project.folder / "phrase").write_text(project.environ.pop("PULUMI_CONFIG_PASSPHRASE") + "\n")
    project.environ["PULUMI_CONFIG_PASSPHRASE_FILE"] = str(project.folder / "phrase")
    assert project.up().exit_code == 0, project.text
    assert project.world["a"]["secret"] == "hunter2"
    project.calls()
    (project.folder / "phrase").write_text("wrong")
    for operation in (project.up, project.preview, project.destroy):
        assert operation().exit_code != 0
        assert "incorrect passphrase" in project.text
    del project.environ["PULUMI_CONFIG_PASSPHRASE_FILE"]
    assert project.up().exit_code != 0
    assert "PULUMI_CONFIG_PASSPHRASE_FILE" in project.text
    assert project.calls() == []
    assert set(project.world) == {"a"}


def test_a_missing_required_value_stops_before_anything_is_done(project: Project) -> None:
    project.program('Thing("a", role=pulumi.Config().require("region"))\n')
    assert project.up().exit_code == 1
    assert "region" in project.text
    assert project.calls() == []


def test_main_in_a_folder_of_its_own(project: Project) -> None:
    (project.folder / "Pulumi.yaml").write_text("name: small\nruntime: python\nmain: app\n")
    (project.folder / "app").mkdir()
    for name in ("own.py", "__main__.py"):
        (project.folder / name).rename(project.folder / "app" / name)
    (project.folder / "app" / "__main__.py").write_text(
        "import os, pulumi\nfrom own import Thing\na = Thing('a')\n"
        "pulumi.export('where', [os.path.basename(os.getcwd()), pulumi.runtime.get_root_directory()])\n"
    )
    result = project.up()
    assert result.exit_code == 0, project.text
    assert result.outputs["where"] == ["app", str(project.folder)]
    assert (project.folder / "app" / "world.json").exists()
