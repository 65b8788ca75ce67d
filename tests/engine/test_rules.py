"""Rules of the real engine that only a second look shows: written to its facts, held by both engines."""

import json
import re
from typing import Any

import pytest

from tests.engine.conftest import PROVIDER, Project
from tests.engine.test_steps import URN, faults, up
from veeam_pulumi.engine import EngineError

FIRST = "opts=ResourceOptions(delete_before_replace=True"


def test_an_alias_without_a_parent_means_the_one_it_has(project: Project) -> None:
    """As `Alias(name=…, parent=None)` of other languages, and specs of the SDK, spell it: `parentUrn` is empty."""
    top = 'top = pulumi.ComponentResource("small:index:Top", "top")\n'
    up(project, top + 'Thing("a", opts=ResourceOptions(parent=top))\n')
    renamed = top + 'Thing("b", name="a", opts=ResourceOptions(parent=top, aliases=[pulumi.Alias(name="a")]))\n'
    assert up(project, renamed) == []
    assert project.state()["b"]["urn"].split("::")[2] == "small:index:Top$pulumi-python:dynamic/own:Thing"
    assert up(project, renamed, expect_no_changes=True) == []


def test_a_parent_that_is_renamed_takes_its_children_along(project: Project) -> None:
    body = (
        'class Top(pulumi.ComponentResource):\n    pass\ntop = Top("small:index:Top", "{}", opts=ResourceOptions({}))\n'
    )
    body += 'Thing("a", opts=ResourceOptions(parent=top))\nThing("{}-b", name="b", opts=ResourceOptions(parent=top))\n'
    up(project, body.format("top", "", "top"))
    assert up(project, body.format("peak", 'aliases=[pulumi.Alias(name="top")]', "peak")) == []
    assert set(project.state()) == {"small-dev", "peak", "a", "peak-b"}


def test_what_is_protected_does_not_keep_others_from_being_deleted(project: Project) -> None:
    """What it needs stays with it; everything else of the later levels goes."""
    body = 'base = Thing("base")\nmiddle = Thing("middle", role=base.uid)\nother = Thing("other")\n'
    body += 'Thing("kept", role=middle.uid, opts=ResourceOptions(protect=True))\nThing("leaf", role=other.uid)\n'
    up(project, body)
    assert sorted(up(project, "", code=1)) == ["delete leaf", "delete other"]
    assert set(project.state()) == {"small-dev", "base", "middle", "kept"}
    assert f'"{URN}kept" cannot be deleted' in project.text


def test_an_old_copy_is_deleted_beside_what_is_protected(project: Project) -> None:
    body = 'a = Thing("a", key="{}")\nThing("kept", role=a.uid, opts=ResourceOptions(protect=True))\n'
    up(project, body.format(1))
    faults(project, a=["delete"])
    assert up(project, body.format(2), code=1) == ["create a", "delete a"]
    faults(project)
    assert up(project, "", code=1) == ["delete a"]
    assert set(project.state()) == {"small-dev", "a", "kept"}


def test_a_failed_delete_stops_the_levels_after_it(project: Project) -> None:
    up(project, 'a = Thing("a")\nThing("b", role=a.uid)\nc = Thing("c")\nThing("d", role=c.uid)\n')
    faults(project, b=["delete"])
    assert sorted(up(project, "", code=1)) == ["delete b", "delete d"]
    assert set(project.state()) == {"small-dev", "a", "b", "c"}


def test_what_waits_for_its_replacement_is_only_created(project: Project) -> None:
    """What was deleted with it is asked to be deleted once more, as Pulumi does it; it itself is not."""
    body = 'a = Thing("a", key="{}", ' + FIRST + '))\nThing("b", key=a.uid)\n'
    up(project, body.format(1))
    faults(project, a=["create"])
    assert up(project, body.format(2), code=1) == ["delete b", "delete a", "create a"]
    assert [project.state()[name].get("pendingReplacement") for name in "ab"] == [True, True]
    faults(project)
    assert up(project, body.format(2)) == ["delete b", "create a", "create b"]
    assert up(project, body.format(2), expect_no_changes=True) == []


@pytest.mark.parametrize("key", [1, 2])
def test_what_waits_and_need_not_go_first_any_more_is_created_without_a_cascade(project: Project, key: int) -> None:
    """Its old copy, and those of what was deleted with it, are deleted at the end."""
    body = 'a = Thing("a", key="{}", {}))\nThing("b", key=a.uid)\nThing("c", role=a.uid)\n'
    up(project, body.format(1, FIRST))
    faults(project, a=["create"])
    up(project, body.format(2, FIRST), code=1)
    faults(project)
    assert up(project, body.format(key, "opts=ResourceOptions(")) == ["create a", "create b", "delete b", "delete a"]
    entries = project.export()["deployment"]["resources"]
    assert not [one for one in entries if one.get("delete") or one.get("pendingReplacement")]


def test_dependents_that_came_later_are_not_deleted_for_what_waits(project: Project) -> None:
    body = 'a = Thing("a", key="{}", ' + FIRST + "))\n"
    up(project, body.format(1) + 'Thing("c", role=a.uid)\n')
    faults(project, a=["create"])
    assert up(project, body.format(2) + 'Thing("c", role=a.uid)\n', code=1) == ["delete a", "create a"]
    faults(project)
    assert up(project, body.format(2) + 'Thing("c", role=a.uid)\n') == ["create a"]
    assert project.state()["c"]["dependencies"] == [URN + "a"]


def test_what_waits_and_is_no_longer_wanted_is_dropped(project: Project) -> None:
    up(project, 'Thing("a", key="1", ' + FIRST + "))\n")
    faults(project, a=["create"])
    up(project, 'Thing("a", key="2", ' + FIRST + "))\n", code=1)
    assert up(project, "") == []
    assert set(project.state()) == {"small-dev"}


def test_an_item_of_a_list_that_became_nothing_is_shown_as_gone(project: Project) -> None:
    up(project, 'pulumi.export("list", ["one", "two", "three"])\n')
    project.program('pulumi.export("list", ["one", None, "three"])\n')
    assert project.up().exit_code == 0
    assert '- [1]: "two"' in project.text
    assert "<null>" not in project.text


def test_a_destroy_with_a_program_that_declares_nothing_has_the_settings_of_the_last_up(project: Project) -> None:
    (project.folder / "own.py").write_text(PROVIDER.replace('get("setting")', 'get("other:setting")'))
    project.set("other:setting", "one")
    up(project, 'Thing("a")\n')
    project.set("other:setting", "two")
    project.program("")
    (project.folder / "log.txt").unlink(missing_ok=True)
    assert project.destroy(run_program=True).exit_code == 0
    assert {line for line in project.log if line.startswith("configure")} == {"configure one"}


TREE = """
 +  pulumi:pulumi:Stack small-dev {0}
 +  ├─ small:index:Top top {0}
 +  │  ├─ small:index:In inner {0}
 +  │  │  └─ pulumi-python:dynamic/own:Thing deep {0}
 +  │  └─ pulumi-python:dynamic/own:Thing side {0}
 +  └─ pulumi-python:dynamic/own:Thing flat {0}
"""


def test_a_destroy_with_the_program_keeps_what_it_says_today(project: Project) -> None:
    body = "".join(f'Thing("{name}", opts=ResourceOptions({{}}))\n' for name in "abc")
    up(project, body.format("protect=True", "", ""))
    project.program(body.format("", "retain_on_delete=True", "protect=True"))
    assert project.destroy(run_program=True).exit_code == 1
    assert project.calls() == ["delete a"]
    assert set(project.world) == {"b", "c"}
    assert set(project.state()) == {"small-dev", "c"}
    assert project.state()["c"]["protect"] is True


def test_what_happens_is_a_tree(embedded: Project) -> None:
    body = "class Top(pulumi.ComponentResource):\n    pass\n"
    body += 'top = Top("small:index:Top", "top")\n'
    body += 'inner = Top("small:index:In", "inner", opts=ResourceOptions(parent=top))\n'
    body += 'deep = Thing("deep", opts=ResourceOptions(parent=inner))\n'
    # Registered at the same time, they would come in any order.
    body += 'side = Thing("side", opts=ResourceOptions(parent=top, depends_on=[deep]))\n'
    body += 'Thing("flat", role="slow", opts=ResourceOptions(depends_on=[side]))\n'
    embedded.program(body)
    assert embedded.preview().exit_code == 0
    assert TREE.format("create") in f"\n{embedded.text}"
    assert embedded.up().exit_code == 0
    assert TREE.format("created") in re.sub(r" \([\d.]+s\)", "", embedded.text).replace("creating\n", "\n")
    embedded.program(body.replace('"deep"', '"deep", role="new"').replace('"slow"', '"slow", key="k"'))
    assert embedded.preview().exit_code == 0
    # A component without a change has its place from its first child with one: beside `flat`, before or after it.
    for lines in (
        r"    pulumi:pulumi:Stack small-dev\n",
        r"    [├└]─ small:index:Top top\n    [│ ]  └─ small:index:In inner\n"
        r" ~  [│ ]     └─ pulumi-python:dynamic/own:Thing deep update \[diff: \+role\]\n",
        r" \+- [├└]─ pulumi-python:dynamic/own:Thing flat replace \[diff: \+key\]\n",
    ):
        assert re.search(lines, embedded.text), embedded.text


def test_a_destroy_can_be_previewed_and_refuses_what_is_protected(embedded: Project) -> None:
    up(embedded, 'Thing("a", opts=ResourceOptions(protect=True))\nThing("b")\n')
    engine = embedded.engine()
    assert engine.preview_destroy().exit_code == 1
    assert embedded.calls() == []
    assert f"veeam-pulumi engine state unprotect '{URN}a' --stack dev`" in embedded._out.getvalue()
    engine.unprotect(f"{URN}a")
    engine = embedded.engine()
    assert engine.preview_destroy().changes == {"delete": 3}
    assert "Previewing destroy (dev):" in embedded._out.getvalue()
    assert embedded.calls() == []
    assert set(embedded.state()) == {"small-dev", "a", "b"}


TOP = "class Top(pulumi.ComponentResource):\n    pass\n"


def below(project: Project) -> dict[str, str]:
    """The types of each resource and of its parents, by its name."""
    return {name: one["urn"].split("::")[2] for name, one in project.state().items() if name != "small-dev"}


def test_a_component_of_another_type_takes_everything_below_it_along(project: Project) -> None:
    body = TOP + 'top = Top("small:index:{}", "top", opts=ResourceOptions({}))\n'
    body += 'inner = Top("small:index:In", "inner", opts=ResourceOptions(parent=top))\n'
    body += 'deep = Thing("deep", opts=ResourceOptions(parent=inner))\nThing("flat", role=deep.uid)\n'
    up(project, body.format("Top", ""))
    assert up(project, body.format("Peak", 'aliases=[pulumi.Alias(type_="small:index:Top")]')) == []
    thing = "pulumi-python:dynamic/own:Thing"
    assert below(project) == {
        "top": "small:index:Peak",
        "inner": "small:index:Peak$small:index:In",
        "deep": f"small:index:Peak$small:index:In${thing}",
        "flat": thing,
    }
    assert project.state()["flat"]["dependencies"] == [project.state()["deep"]["urn"]]
    assert up(project, body.format("Peak", ""), expect_no_changes=True) == []


def test_a_child_and_its_parent_are_renamed_at_once(project: Project) -> None:
    body = TOP + 'top = Top("small:index:Top", "{}", opts=ResourceOptions({}))\n'
    body += 'a = Thing("{}", name="a", opts=ResourceOptions(parent=top{}))\n'
    body += 'Thing("{}", name="b", opts=ResourceOptions(parent=a{}))\n'
    up(project, body.format("top", "", "a", "", "b", ""))
    renamed = [f', aliases=[pulumi.Alias(name="{name}")]' for name in ("top", "a", "b")]
    assert up(project, body.format("peak", renamed[0][2:], "a2", renamed[1], "b2", renamed[2])) == []
    assert set(project.state()) == {"small-dev", "peak", "a2", "b2"}
    assert up(project, body.format("peak", "", "a2", "", "b2", ""), expect_no_changes=True) == []


def test_a_child_moves_from_one_component_to_another_that_stays_or_goes(project: Project) -> None:
    body = TOP + 'one = Top("small:index:Top", "one")\ntwo = Top("small:index:Top", "two")\n'
    body += 'Thing("a", opts=ResourceOptions(parent={}))\n'
    up(project, body.format("one"))
    assert up(project, body.format("two, aliases=[pulumi.Alias(parent=one)]")) == []
    assert project.state()["a"]["parent"] == project.state()["two"]["urn"]
    gone = body.replace('two = Top("small:index:Top", "two")\n', "")
    old = "urn:pulumi:dev::small::small:index:Top::two"
    assert up(project, gone.format(f'one, aliases=[pulumi.Alias(parent="{old}")]')) == []
    assert set(project.state()) == {"small-dev", "one", "a"}


def test_a_removed_component_stays_as_long_as_a_protected_child(project: Project) -> None:
    body = TOP + 'top = Top("small:index:Top", "top")\nThing("a", opts=ResourceOptions(parent=top))\n'
    kept = 'Thing("kept", opts=ResourceOptions(parent=top, protect={}))\n'
    up(project, body + kept.format(True))
    assert up(project, "", code=1) == ["delete a"]
    assert set(project.state()) == {"small-dev", "top", "kept"}
    assert up(project, 'top = pulumi.ComponentResource("small:index:Top", "top")\n' + kept.format(False)) == []
    assert up(project, "") == ["delete kept"]
    assert set(project.state()) == {"small-dev"}


def test_levels_after_what_is_protected_go_on_with_what_it_does_not_need(project: Project) -> None:
    """Also where its own dependents are deleted before it, and another one of its level fails to be."""
    body = 'base = Thing("base")\nkept = Thing("kept", role=base.uid, opts=ResourceOptions(protect=True))\n'
    body += 'Thing("leaf", role=kept.uid)\nlone = Thing("lone")\nThing("twig", role=lone.uid)\n'
    up(project, body)
    assert sorted(up(project, "", code=1)) == ["delete leaf", "delete lone", "delete twig"]
    assert set(project.state()) == {"small-dev", "base", "kept"}


def waits(project: Project, more: str = "") -> str:
    """A stack whose `a` was deleted for its replacement, which could not be created -> its program."""
    body = 'a = Thing("a", key="{}", ' + FIRST + "))\n" + more
    up(project, body.format(1))
    faults(project, a=["create"])
    up(project, body.format(2), code=1)
    faults(project)
    assert project.state()["a"]["pendingReplacement"] is True
    return body.format(2)


def test_what_waits_is_not_read_by_a_refresh(project: Project) -> None:
    body = waits(project)
    assert project.refresh().exit_code == 0
    assert project.calls() == []
    assert project.state()["a"]["pendingReplacement"] is True
    assert up(project, body, refresh=True) == ["create a"]
    assert up(project, body, expect_no_changes=True) == []


def test_what_waits_is_forgotten_by_a_destroy(project: Project) -> None:
    waits(project, 'Thing("b")\n')
    assert project.destroy().exit_code == 0
    assert project.calls() == ["delete b"]
    assert project.world == {}


def test_what_waits_is_left_alone_where_another_is_the_target(project: Project) -> None:
    body = waits(project, 'Thing("b", role="1")\n').replace('role="1"', 'role="2"')
    assert up(project, body, target=[URN + "b"]) == ["update b"]
    assert project.state()["a"]["pendingReplacement"] is True
    assert up(project, body) == ["create a"]


def test_what_waits_may_be_renamed(project: Project) -> None:
    body = waits(project)
    renamed = body.replace('Thing("a"', 'Thing("z", name="a"').replace(
        "True)", 'True, aliases=[pulumi.Alias(name="a")])'
    )
    assert up(project, renamed) == ["create a"]
    assert set(project.state()) == {"small-dev", "z"}
    assert up(project, renamed, expect_no_changes=True) == []


def test_an_import_file_makes_objects_the_stacks_own_without_a_call(project: Project) -> None:
    up(project, 'Thing("there")\n')
    thing, provider = "pulumi-python:dynamic/own:Thing", project.state()["there"]["inputs"]["__provider"]
    objects = {**project.world, **{name: {"name": name, "role": "1"} for name in ("a", "b")}}
    (project.folder / "world.json").write_text(json.dumps(objects))

    def row(name: str) -> dict[str, Any]:
        inputs = {"__provider": provider, "name": name, "role": "1"}
        outputs = {**inputs, "uid": f"u-{name}"}
        return {"type": thing, "name": name, "id": name, "parent": "top", "inputs": inputs, "outputs": outputs}

    project.import_file([{"type": "small:index:Top", "name": "top", "component": True}, row("a"), row("b")])
    assert project.calls() == []
    assert below(project) == {
        "there": thing,
        "top": "small:index:Top",
        "a": f"small:index:Top${thing}",
        "b": f"small:index:Top${thing}",
    }
    assert not [one for one in project.state().values() if one.get("protect")]
    body = TOP + 'Thing("there")\ntop = Top("small:index:Top", "top")\n'
    one = 'Thing("{}", role="{}", opts=ResourceOptions(parent=top))\n'
    both = body + one.format("a", 1) + one.format("b", 1)
    assert up(project, both, expect_no_changes=True) == []
    assert project.refresh(expect_no_changes=True).exit_code == 0
    project.calls()
    assert up(project, body + one.format("a", 2)) == ["update a", "delete b"]


def test_an_import_file_has_one_resource_of_a_parents_name(project: Project) -> None:
    """Names stand for URNs in it. Where two resources have one, a logical name is the other's in the stack."""
    up(project, 'Thing("there")\n')
    thing, provider = "pulumi-python:dynamic/own:Thing", project.state()["there"]["inputs"]["__provider"]
    values = {"__provider": provider, "name": "top", "role": "1"}
    row: dict[str, Any] = {"type": thing, "name": "top", "id": "top", "inputs": values, "outputs": values}
    rows = [{"type": "small:index:Top", "name": "top", "component": True}, row, {**row, "name": "a", "parent": "top"}]
    with pytest.raises((AssertionError, EngineError), match=f"resource 'a' of type '{thing}' has an ambiguous parent"):
        project.import_file(rows)
    project.import_file([rows[0], {**row, "name": "top (Thing)", "logicalName": "top"}, rows[2]])
    urns = [one["urn"].partition("small::")[2] for one in project.export()["deployment"]["resources"]]
    assert {"small:index:Top::top", f"{thing}::top", f"small:index:Top${thing}::a"} <= {*urns}


def test_a_row_names_what_is_added_what_goes_and_what_changes(project: Project) -> None:
    up(project, 'Thing("a", role="1", tags={"x": "1"})\n')
    project.program('Thing("a", role="2", name="b", secret="Canary-Row-1")\n')
    assert project.preview().exit_code == 0
    assert re.search(r"Thing a update \[diff: \+secret-tags~name,role\]\n", project.text), project.text
