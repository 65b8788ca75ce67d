"""Pulumi.yaml and Pulumi.<stack>.yaml."""

import json
from pathlib import Path

import pytest
import yaml

from tests.engine.conftest import Project as Small
from veeam_pulumi.engine import EngineError
from veeam_pulumi.engine.config import Config, Project


def load(folder: Path, project: str, stack: str = "config: {}\n") -> Config:
    (folder / "Pulumi.yaml").write_text("name: p\nruntime: python\n" + project)
    (folder / "Pulumi.dev.yaml").write_text(stack)
    return Config(Project.load(folder), "dev", "pw")


def test_every_value_is_text(tmp_path: Path) -> None:
    config = load(tmp_path, "", "config: {a: true, 'x:b': 4, c: {z: [1, 'ü'], b: 1.5}, d: text}\n")
    assert config.values() == ({"p:a": "true", "x:b": "4", "p:c": '{"b":1.5,"z":[1,"ü"]}', "p:d": "text"}, [])


def test_secrets_at_any_depth(embedded: Small) -> None:
    config = embedded.engine().config()
    config.set("veeam:connections.vbr.password", "pw1", secret=True, path=True)
    config.set("veeam:connections.vbr.hosts[0]", "h", path=True)
    assert config.values() == ({"veeam:connections": '{"vbr":{"hosts":["h"],"password":"pw1"}}'}, ["veeam:connections"])
    assert "pw1" not in config.file.read_text()


def test_a_path_leads_into_a_structure(embedded: Small) -> None:
    config = embedded.engine().config()
    for path, value in {"m.on": "true", "m.n": "5", "m.zip": "05", 'm["a b"][0]': "x", "plain": "true"}.items():
        config.set(path, value, path=True)
    config.set("m.pw", "hunter2", secret=True, path=True)
    read = embedded.engine().config()
    assert json.loads(str(read.get("m"))) == {"on": True, "n": 5, "zip": "05", "a b": ["x"], "pw": "hunter2"}
    assert [read.get(path, True) for path in ("m.on", "m.n", 'm["a b"][0]', "m.pw", "m.nope", "m.on.x", "nope")] == [
        *("true", "5", "x", "hunter2"),
        *(None, None, None),
    ]
    assert read.get("m.on") is None
    with pytest.raises(EngineError, match="does not lead into a structure"):
        read.set("m.pw.deeper", "x", path=True)


def test_a_salt_is_made_and_kept(tmp_path: Path) -> None:
    config = load(tmp_path, "")
    assert config.values() == ({}, [])
    assert (tmp_path / "Pulumi.dev.yaml").read_text() == "config: {}\n"  # nothing to hide: no salt, nothing written
    salt = config.crypter.salt
    assert yaml.safe_load((tmp_path / "Pulumi.dev.yaml").read_text())["encryptionsalt"] == salt
    with pytest.raises(EngineError, match="incorrect passphrase"):
        Config(Project.load(tmp_path), "dev", "other")


def test_stack_config_dir(tmp_path: Path) -> None:
    load(tmp_path, "stackConfigDir: stacks/one\n").write()
    assert (tmp_path / "stacks" / "one" / "Pulumi.dev.yaml").exists()


def test_the_project_schema(tmp_path: Path) -> None:
    schema = "config: {n: {type: integer, default: 7}, v: {value: x}, 'o:k': {value: [1]}, b: {type: boolean}}\n"
    assert load(tmp_path, schema, "config: {b: false}\n").values()[0] == {
        "p:b": "false",
        "p:n": "7",
        "p:v": "x",
        "o:k": "[1]",
    }


@pytest.mark.parametrize(
    ("schema", "stack", "message"),
    [
        ("config: {n: {type: string}}\n", "config: {}\n", "Stack 'dev' is missing configuration value 'n'"),
        (
            "config: {n: {type: integer}}\n",
            "config: {n: x}\n",
            "Stack 'dev' with configuration key 'n' must be of type 'integer'",
        ),
        ("config: {n: {type: string, secret: true, default: d}}\n", "config: {}\n", "must be encrypted as it's secret"),
        ("config: {'o:n': {type: string}}\n", "config: {}\n", "should not define a type"),
    ],
)
def test_schema_errors(tmp_path: Path, schema: str, stack: str, message: str) -> None:
    with pytest.raises(EngineError, match=message):
        load(tmp_path, schema, stack).values()


@pytest.mark.parametrize(
    ("project", "stack", "message"),
    [
        ("", "environment: [x]\n", "environment"),
        ("", "secretsprovider: awskms://x\n", "awskms"),
        ("runtime: nodejs\n", "", "nodejs"),
        ("", "- a\n", "mapping"),
        ("", "a: [\n", "could not load"),
    ],
)
def test_refusals(tmp_path: Path, project: str, stack: str, message: str) -> None:
    with pytest.raises(EngineError, match=message):
        load(tmp_path, project, stack)


def test_a_wrong_passphrase_stops_before_anything_runs(embedded: Small) -> None:
    embedded.program('Thing("a")\n')
    embedded.environ["PULUMI_CONFIG_PASSPHRASE"] = "wrong"
    result = embedded.up()
    assert (result.exit_code, result.error) == (1, result.error)
    assert str(result.error).startswith("incorrect passphrase")
    assert embedded.log == []
