"""Files of stacks: who may read them, what a crash leaves, names that lead elsewhere, and what is no state."""

import copy
import io
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.engine.conftest import Project
from veeam_pulumi.cli.engine import app
from veeam_pulumi.engine import EngineError, files
from veeam_pulumi.engine.backend import Backend

BODY = """
class Top(pulumi.ComponentResource): pass
top = Top("small:index:Top", "top", {"n": 1})
a = Thing("a", secret="hunter2", tags={"x": ["y"]}, opts=ResourceOptions(parent=top, protect=True))
Thing("b", role=a.uid, opts=ResourceOptions(depends_on=[a], ignore_changes=["tags"], additional_secret_outputs=["uid"]))
pulumi.export("pw", pulumi.Output.secret("hunter2"))
"""
JUNK = [None, 0, 1.5, True, "", "x", "urn:pulumi:dev::small::t::a", [], [None], [1], ["x"], {}, {"a": None}, {"a": [1]}]


def mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


@pytest.fixture
def made(embedded: Project) -> Project:
    embedded.program(BODY)
    assert embedded.up().exit_code == 0, embedded.text
    return embedded


def test_states_and_exports_are_for_their_owner_and_a_stack_file_keeps_its_mode(made: Project) -> None:
    assert mode(made.file) == 0o600
    config = made.folder / "Pulumi.dev.yaml"
    for wanted in (0o640, 0o600):
        config.chmod(wanted)
        made.set("note", str(wanted))
        assert mode(config) == wanted
    (made.folder / "out.json").touch(0o644)
    place = ["-s", "dev", "-C", str(made.folder)]
    words = ["export", "--show-secrets", "--file", str(made.folder / "out.json"), *place]
    assert CliRunner().invoke(app, words, env=made.variables).exit_code == 0
    assert mode(made.folder / "out.json") == 0o600


def test_what_cannot_be_written_leaves_no_draft_and_old_drafts_are_swept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "dev.json"
    files.write_atomically(file, "old")
    old, fresh = (tmp_path / f".dev.json.{digit * 32}" for digit in "0f")
    for draft in (old, fresh):
        draft.touch()
    os.utime(old, (1, 1))
    synced = list[int]()
    monkeypatch.setattr(os, "fsync", synced.append)
    files.write_atomically(file, "new")
    assert len(synced) == 2  # the file, and the folder that names it
    assert sorted(tmp_path.iterdir()) == sorted([file, fresh])

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(EngineError, match="dev.json could not be written: .*No space left"):
        files.write_atomically(file, "lost")
    assert (file.read_text(), sorted(tmp_path.iterdir())) == ("new", sorted([file, fresh]))


def test_a_linked_state_stays_a_link(made: Project) -> None:
    elsewhere = made.folder / "elsewhere.json"
    made.file.rename(elsewhere)
    made.file.symlink_to(elsewhere)
    made.program(BODY.replace('"n": 1', '"n": 2'))
    assert made.up().exit_code == 0
    assert made.file.is_symlink()
    assert '"n":2' in elsewhere.read_text()


@pytest.mark.parametrize("name", ["x/../../escaped", "..", ".", "a b", "../../../tmp/x", "ä", "a" * 101, "a\n"])
def test_a_stack_name_that_could_lead_elsewhere_is_refused_everywhere(embedded: Project, name: str) -> None:
    before = {path for path in embedded.folder.parent.rglob("*") if "home" not in path.parts}
    place = ["-C", str(embedded.folder)]
    for words in (
        *(["config", command, "a", *value, "-s", name] for command, value in (("set", ["b"]), ("get", []), ("rm", []))),
        *([command, *yes, "-s", name] for command, yes in (("preview", []), ("up", ["--yes"]), ("cancel", ["--yes"]))),
        *(["stack", command, "--", name] for command in ("init", "select")),
        ["stack", "rm", "--yes", "--", name],
        ["export", "-s", name],
    ):
        done = CliRunner().invoke(app, [*words[:-2], *place, *words[-2:]], env=embedded.variables)
        assert done.exit_code == 1, (words, done.output)
        assert done.output.count("\n") == 1, done.output
        assert "is not a stack name" in done.output
    assert {path for path in embedded.folder.parent.rglob("*") if "home" not in path.parts} == before


def test_a_reference_to_a_stack_does_not_lead_elsewhere(embedded: Project) -> None:
    embedded.program('pulumi.StackReference("organization/../dev")\n')
    assert embedded.preview().exit_code == 1
    assert "is not a project name" in embedded.text


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1", "utf-32"])
@pytest.mark.parametrize("name", ["Pulumi.yaml", "Pulumi.dev.yaml", "dev.json", "meta.yaml"])
def test_a_file_that_is_not_utf_8_is_one_line(made: Project, name: str, encoding: str) -> None:
    places = {"dev.json": made.file, "meta.yaml": made.folder / "state" / ".pulumi" / "meta.yaml"}
    file = places.get(name, made.folder / name)
    file.write_bytes((file.read_text() + "# größe").encode(encoding))
    assert made.preview().exit_code == 1
    assert made.text.count("\n") == 1
    assert f"{name} is not UTF-8 text" in made.text


def test_a_byte_order_mark_is_no_part_of_a_file(made: Project) -> None:
    for file in (made.folder / "Pulumi.yaml", made.folder / "Pulumi.dev.yaml", made.file):
        file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert made.preview(expect_no_changes=True).exit_code == 0, made.text


def mutants(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every place of a value, with something else there; `...` takes it away."""
    for junk in (..., *JUNK):
        yield path, junk
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from mutants(item, (*path, key))


def mutated(value: Any, path: tuple[Any, ...], junk: Any) -> Any:
    changed = copy.deepcopy(value)
    if not path:
        return None if junk is ... else junk
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    if junk is ...:
        del inner[path[-1]]
    else:
        inner[path[-1]] = junk
    return changed


def test_a_malformed_state_is_one_line(made: Project) -> None:
    """Every place of a state with fifteen other things there: loaded, and where that goes well planned with."""
    content = json.loads(made.file.read_text())
    backend, tried, refused = Backend(f"file://{made.folder}/state", made.folder, "small"), 0, 0
    for number, (path, junk) in enumerate(mutants(content)):
        made.file.write_text(json.dumps(mutated(content, path, junk)))
        tried += 1
        try:
            backend.load("dev", "pw")
        except EngineError as error:
            refused += 1
            assert "\n" not in str(error), (path, junk)
            continue
        if number % 20 == 0:  # no plugin is asked by it
            engine, engine._out = made.engine(), io.StringIO()
            assert engine.preview_destroy().exit_code in (0, 1), (path, junk)
    assert tried > 1500
    assert refused > 500
