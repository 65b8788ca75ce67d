r"""One object, two entries: a resource that is renamed, adopted under its new name, or swapped with another."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.test_lives import AWS, SECURITY, Stack, stack
from veeam_pulumi.simulator import Simulator

__all__ = ["stack"]

ALICE = 'veeam.vbr.User("{}", name=r"TECH\\alice", roles=["Veeam Backup Viewer"]{})\n'
URN = "urn:pulumi:dev::small::pulumi-python:dynamic/veeam/vbr:User::"


def names(one: Stack) -> list[str]:
    return sorted(user["name"] for user in one.sim.objects("vbr")["users"] if user["name"].startswith("TECH"))


def test_a_renamed_resource_that_is_adopted_keeps_its_account(stack: Any) -> None:
    one: Stack = stack(SECURITY)
    one.up(ALICE.format("first", ""))
    there = one.sim.lookup("vbr", r"TECH\alice")
    one.run("up", ALICE.format("second", ""), expect=1)
    for word in ("aliases", "state rename URN NAME", "adopt=True"):
        assert word in one.project.said
    assert one.project.said.index("state rename") < one.project.said.index("set adopt=True")

    one.up(ALICE.format("second", ", adopt=True"))
    assert one.writes() == []
    assert r"second has it now, and only its old entry leaves the state" in one.project.said
    assert one.sim.lookup("vbr", r"TECH\alice") == there
    one.up(ALICE.format("second", ", adopt=True"), expect_no_changes=True)

    # Ours again; and who leaves goes, whatever a refresh has read before.
    one.up(ALICE.format("second", ""))
    one.up("", refresh=True)
    assert names(one) == []


def test_a_renamed_resource_keeps_its_account_where_the_run_goes_on_after_an_error(stack: Any) -> None:
    one: Stack = stack(SECURITY)
    one.up(ALICE.format("first", ""))
    one.run("up", ALICE.format("second", ""), expect=1, continue_on_error=True)
    assert one.writes() == []
    text = " ".join(one.project.text.split())
    assert f"it was not deleted: {URN}second is to have it, and could not be created or adopted" in text
    assert set(one.project.state()) == {"small-dev", "first"}
    one.up(ALICE.format("second", ", adopt=True"), continue_on_error=True)
    assert (one.writes(), set(one.project.state())) == ([], {"small-dev", "second"})


def test_a_run_that_was_cut_off_between_adopting_and_deleting(stack: Any) -> None:
    one: Stack = stack(SECURITY)
    one.up(ALICE.format("first", ""))
    both = ALICE.format("first", "") + ALICE.format("second", ", adopt=True")
    one.up(both)  # as such a run leaves the state: both entries, one object
    one.up(ALICE.format("second", ", adopt=True"), refresh=True)
    assert names(one) == [r"TECH\alice"]
    assert set(one.project.state()) == {"small-dev", "second"}


def test_a_renamed_entry_keeps_its_account_without_a_request(stack: Any) -> None:
    one: Stack = stack(SECURITY)
    one.up(ALICE.format("first", ""))
    assert one.project.edit("rename", f"{URN}first", "second") == ""
    one.up(ALICE.format("second", ""), expect_no_changes=True)
    alias = ', opts=ResourceOptions(aliases=[pulumi.Alias(name="second")])'
    one.up(ALICE.format("third", alias))
    assert one.writes() == []
    assert set(one.project.state()) == {"small-dev", "third"}


def test_two_that_swap_their_names_say_which_step_comes_first(stack: Any) -> None:
    one: Stack = stack(AWS)

    def program(first: str, second: str) -> str:
        entries = {"one": first, "two": second}
        return "".join(
            f'veeam.aws.User("{key}", name="{name}", password="Canary-1-qzx7Kf")\n' for key, name in entries.items()
        )

    one.up(program("ann", "bob"), parallel=1)
    before = one.sim.objects("aws")
    one.run("up", program("bob", "ann"), expect=1, parallel=1)
    assert "so what it was to take the place of was not deleted" in one.project.said
    assert "as where two swap their names: give that one a name that nobody has" in one.project.said
    assert one.sim.objects("aws") == before

    # As it says. Which of two comes first in a run is for the engine to choose, so each step is a run of its own.
    for step in (("ann", "between"), ("bob", "between"), ("bob", "ann")):
        one.up(program(*step), parallel=1)
    one.up(program("bob", "ann"), expect_no_changes=True)
    assert {user["name"] for user in one.sim.objects("aws")["users"]} >= {"ann", "bob"}


def test_a_user_of_the_same_name_on_another_appliance_is_somebody_else(stack: Any) -> None:
    one: Stack = stack(AWS)
    one.up(AWS.program(AWS.first))
    state, home = one.state(), one.sim.url("aws").removeprefix("https://")
    one.project.environ["VEEAM_AWS_URL"] = one.sim.url("aws").replace("127.0.0.1", "localhost")
    for operation in ("refresh", "destroy"):
        one.run(operation, expect=1)
        assert f"state says that the object is on {home}" in one.project.said
        assert "moved_from[0]" in one.project.said
        assert one.writes() == []
    assert one.state() == state
    one.project.environ["VEEAM_AWS_MOVED_FROM"] = home
    one.run("refresh")
    assert one.state()["server"] != home
    one.run("destroy")
    assert one.sim.lookup("aws", AWS.name) is None


def beside(one: Stack, url: str, **more: str) -> None:
    """A second connection to an appliance, `later`."""
    settings = {"URL": url, "PRODUCT": "aws", "USERNAME": one.sim.username("aws"), **more}
    settings |= {"PASSWORD": one.sim.password("aws"), "TLS_CA_FILE": str(one.sim.ca_file)}
    one.project.environ |= {f"VEEAM_LATER_{key}": value for key, value in settings.items()}


@pytest.mark.parametrize("goes_on", [False, True])
def test_a_renamed_resource_on_another_connection_to_the_same_appliance_keeps_its_account(
    stack: Any, goes_on: bool
) -> None:
    """Both in one step: its name in the program, and the connection, which has the appliance at its new address."""
    one: Stack = stack(AWS)
    one.up(AWS.program(AWS.first))
    there, home = one.sim.lookup("aws", AWS.name), one.sim.url("aws").removeprefix("https://")
    beside(one, one.sim.url("aws").replace("127.0.0.1", "localhost"), MOVED_FROM=home)
    later = f'veeam.aws.User("later", name="{AWS.name}", connection="later", adopt=True)\n'
    one.run("up", later.replace(", adopt=True", ', password="Canary-1-qzx7Kf"'), expect=1, continue_on_error=goes_on)
    assert "it exists already" in one.project.said
    assert (one.writes(), set(one.project.state()) - {"small-dev"}) == ([], {"user"})
    one.up(later)
    assert "later has it now, and only its old entry leaves the state" in one.project.said
    assert (one.writes(), one.sim.lookup("aws", AWS.name)) == ([], there)
    assert set(one.project.state()) - {"small-dev"} == {"later"}
    one.up(later, expect_no_changes=True)

    # Where only the address of one entry changes, it is the same object too, in one step or in two.
    assert one.project.edit("rename", URN.replace("vbr", "aws") + "later", "user") == ""
    one.up(f'veeam.aws.User("user", name="{AWS.name}", adopt=True)\n', expect=1)
    assert "moved_from[0]" in one.project.said
    one.project.environ["VEEAM_AWS_MOVED_FROM"] = home.replace("127.0.0.1", "localhost")
    one.up(f'veeam.aws.User("user", name="{AWS.name}", adopt=True)\n')
    assert (one.writes(), one.sim.lookup("aws", AWS.name)) == ([], there)


def test_a_renamed_resource_on_another_appliance_is_made_there_and_leaves_the_first(stack: Any) -> None:
    """Objects do not move between servers: the new name is a new user, and the old entry's user goes with it."""
    one: Stack = stack(AWS)
    one.up(AWS.program(AWS.first))
    with Simulator(products=("aws",)) as other:
        beside(one, other.url("aws"), PASSWORD=other.password("aws"))
        one.project.environ["VEEAM_LATER_TLS_CA_FILE"] = str(other.ca_file)
        one.up(f'veeam.aws.User("later", name="{AWS.name}", password="Canary-1-qzx7Kf", connection="later")\n')
        assert one.sim.lookup("aws", AWS.name) is None
        assert other.lookup("aws", AWS.name)
        one.run("destroy")
        assert other.lookup("aws", AWS.name) is None


def test_an_entry_moves_to_a_stack_that_is_renamed_without_a_request(stack: Any) -> None:
    one: Stack = stack(SECURITY)
    if one.project.kind == "embedded":
        pytest.skip("only the CLI moves entries, and renames stacks")
    both = ALICE.format("first", "") + ALICE.format("second", "").replace("alice", "bob")
    one.up(both)
    one.project._cli("stack", "init", "new")
    settings = (one.project.folder / "Pulumi.dev.yaml").read_text().partition('"config"')
    file = one.project.folder / "Pulumi.new.yaml"
    file.write_text(file.read_text() + "".join(settings[1:]))
    stacks = ("--source", "organization/small/dev", "--dest", "organization/small/new")
    one.project._cli("state", "move", *stacks, "--yes", f"{URN}second")
    one.run("preview", ALICE.format("first", ""), expect_no_changes=True)
    one.project._cli("stack", "rename", "other", "--stack", "new")
    one.project.stack = "other"
    theirs = ALICE.format("second", "").replace("alice", "bob")
    one.run("preview", theirs, expect_no_changes=True, refresh=True)
    assert one.writes() == []
    one.up(theirs.replace("Viewer", "Operator"))
    assert one.writes() == ["PUT"]
    one.run("destroy")
    assert names(one) == [r"TECH\alice"]
