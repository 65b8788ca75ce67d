r"""The life of each resource, as a program on an engine, with the servers' own state asserted at every step.

Preview, create, nothing to do, update, replace, drift, gone, adopt, own, get, destroy: for every specimen, so for
vbr.User in both dialects. Everything secret is a unique string that must show up nowhere.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import StartSimulator
from tests.engine.conftest import Project
from tests.specimens import ALL, Specimen
from veeam_pulumi.engine import Result
from veeam_pulumi.products import resources
from veeam_pulumi.pulumi_state import SIGNATURE
from veeam_pulumi.simulator import Simulator

PASSWORDS = ["Canary-1-qzx7Kf", "Canary-2-wvb3Lm", "Canary-3-pgh9Tn"]
HEAD = "import pulumi\nimport veeam_pulumi as veeam\nfrom pulumi import ResourceOptions\n"


@dataclass(frozen=True)
class Life:
    """A resource in its states, as programs write it; `name` is the account or address, `key` its argument."""

    product: str
    resource: str
    name: str
    other_name: str
    first: str
    changed: str
    other: str
    """As changed, and what else differs with the other name."""
    drift: dict[str, Any]
    found: dict[str, Any]
    """What the server holds under the name when the program adopts it."""
    adopt: str
    kept: str
    """What a program has to say besides to name the object, and no more."""
    knobs: dict[str, str] = field(default_factory=dict)
    key: str = "name"
    id: str = "id"
    """Where the server's row has the id."""
    create: tuple[str, ...] = ("POST",)
    update: str = "PUT"
    rotate: str = "PUT"
    more_updates: tuple[str, ...] = ()
    renamed: tuple[str, ...] = ("DELETE", "POST")
    """What another name sends: names are unique, so the old one goes first."""
    account: str = ""
    """Who logs in with the password, where the product keeps one."""

    def __str__(self) -> str:
        return self.resource

    def program(self, arguments: str, name: str | None = None) -> str:
        key = f"{self.key}={(name or self.name)!r}"
        return f'user = {self.resource}("user", {key}, {arguments})\npulumi.export("id", user.id)\n'


def _written(arguments: dict[str, Any]) -> str:
    """Arguments as a program writes them."""
    return ", ".join(f"{name}={value!r}" for name, value in arguments.items())


def _life(one: Specimen) -> Life:
    """A specimen as programs write it."""

    def said(which: str, password: str, **more: Any) -> str:
        arguments = one.inputs(which, password, **more)
        del arguments[one.name]
        return _written(arguments)

    secret = {"password": PASSWORDS[2]} if one.secret else {}
    former = {"current_password": PASSWORDS[2]} if "current_password" in resources()[one.kind].fields else {}
    return Life(
        product=one.product,
        resource=f"veeam.{one.kind}",
        name=one.key,
        other_name=one.other_key,
        first=said("first", PASSWORDS[0]),
        changed=said("changed", PASSWORDS[0]),
        other=said("changed", PASSWORDS[0], **one.renamed),
        drift=one.drift,
        found={**one.found, **secret, **one.of_name(one.key)[1]},
        adopt=", ".join(filter(None, [said(one.owned, PASSWORDS[1]), _written(former)])),
        kept=_written({name: value for name, value in one.adopting().items() if name != one.name}),
        knobs=one.knobs,
        key=one.name,
        id=one.id,
        create=one.create,
        update=one.update,
        rotate=one.rotate or one.update,
        more_updates=one.more_updates,
        renamed=one.rename,
        account=one.account,
    )


LIVED = {one.label: _life(one) for one in ALL if one.form not in ("async", "disabled") and not one.alike}
AWS, SECURITY = LIVED["aws.User"], LIVED["vbr.User security"]
FIRST_OF_PRODUCT = {life.product: life for life in reversed(LIVED.values())}


@dataclass
class Stack:
    """A stack of one project on an engine, its program, and the servers that it manages."""

    project: Project
    sim: Simulator
    seen: list[str] = field(default_factory=list)

    def run(self, operation: str, body: str | None = None, expect: int = 0, **flags: Any) -> Result:
        """One operation, from a clean request log; its text is kept for the canary."""
        if body is not None:
            (self.project.folder / "__main__.py").write_text(HEAD + body)
        self.sim.clear_requests()
        result: Result = getattr(self.project, operation)(**flags)
        self.seen.append(self.project.text)
        assert result.exit_code == expect, self.project.text
        assert "pulumi/dynamic/__main__.py" not in self.project.text  # as in a traceback of the plugin process
        assert "KeyboardInterrupt" not in self.project.text  # as the CLI ends the program of a run that failed
        return result

    def up(self, body: str, **flags: Any) -> Result:
        return self.run("up", body, **flags)

    def writes(self) -> list[str]:
        return [one.method for one in self.sim.requests(writes_only=True)]

    def state(self) -> dict[str, Any]:
        """The outputs of the resource in the exported state; empty when it is not in it."""
        deployment = self.project.export()["deployment"]
        found = [one for one in deployment.get("resources", []) if one["urn"].endswith("::user")]
        return dict(found[0]["outputs"]) if found else {}


@pytest.fixture(params=["embedded", "pulumi"])
def stack(request: pytest.FixtureRequest, tmp_path: Path, simulator: StartSimulator) -> Iterator[Any]:
    """stack(life) -> Stack, on each engine that is here; afterwards no canary may be anywhere."""
    if request.param == "pulumi" and shutil.which("pulumi") is None:
        pytest.skip("there is no `pulumi` on PATH")
    made: list[Stack] = []

    def start(life: Life) -> Stack:
        sim = simulator(life.knobs, products=(life.product,))
        connections = sim.connections()
        environ = {"PULUMI_CONFIG_PASSPHRASE": "pw", "PULUMI_RUN_PROGRAM": "true", "VEEAM_LOG": "debug"}
        for name, one in connections.items():
            environ[f"VEEAM_{name.upper()}_PASSWORD"] = one.pop("password")
        (tmp_path / "Pulumi.yaml").write_text("name: small\nruntime: python\n")
        project = Project(tmp_path, request.param, environ=environ)
        project.init()
        file = tmp_path / "Pulumi.dev.yaml"
        head = file.read_text() if file.exists() else ""
        file.write_text(head + json.dumps({"config": {"veeam:connections": connections}})[1:-1] + "\n")
        made.append(Stack(project, sim))
        return made[-1]

    yield start
    for one in made:
        assert_no_canary(one, tmp_path)


def assert_no_canary(stack: Stack, folder: Path) -> None:
    """Promise 1: no secret in what was printed, in state, in files of the project, in the servers' logs."""
    secrets = [*PASSWORDS, stack.sim.password(stack.sim.products[0])]
    log = repr([one.as_dict() for one in stack.sim.requests()])
    programs = {folder / "__main__.py"}
    files = [path for path in folder.rglob("*") if path.is_file() and path not in programs]
    text = {"the terminal": "\n".join(stack.seen), "the servers' log": log}
    text |= {str(path): path.read_bytes().decode("utf-8", "replace") for path in files if path.suffix != ".pyc"}
    assert [(place, secret) for place, words in text.items() for secret in secrets if secret in words] == []


LIVES = pytest.mark.parametrize("life", LIVED.values(), ids=list(LIVED))


@pytest.mark.real_start
@pytest.mark.parametrize("product", sorted(FIRST_OF_PRODUCT))
def test_providers_that_start_as_those_of_users_do(stack: Any, product: str) -> None:
    life = FIRST_OF_PRODUCT[product]
    one: Stack = stack(life)
    before = one.sim.objects(product)
    one.up(life.program(life.first))
    one.up(life.program(life.changed))
    one.run("refresh", expect_no_changes=True)
    one.run("destroy")
    assert one.sim.objects(product) == before


@LIVES
def test_create_update_replace_destroy(stack: Any, life: Life) -> None:
    one: Stack = stack(life)
    before = one.sim.objects(life.product)

    one.run("preview", life.program(life.first))
    assert one.sim.traffic(life.product).connections == 0

    one.up(life.program(life.first))
    assert one.writes() == list(life.create)
    assert one.sim.lookup(life.product, life.name)

    one.up(life.program(life.first), expect_no_changes=True)
    assert one.writes() == []
    one.run("refresh", expect_no_changes=True)
    one.up(life.program(life.first), expect_no_changes=True, refresh=True)
    assert one.writes() == []

    one.run("preview", life.program(life.changed))
    assert one.writes() == []
    one.up(life.program(life.changed))
    assert set(one.writes()) <= {life.update, "POST", *life.more_updates}
    one.up(life.program(life.changed), expect_no_changes=True)

    one.up(life.program(life.other, name=life.other_name))
    assert one.writes() == list(life.renamed)
    assert one.sim.lookup(life.product, life.name) is None
    assert one.sim.lookup(life.product, life.other_name)

    one.run("destroy")
    assert one.writes() == ["DELETE"]
    assert one.sim.objects(life.product) == before


@LIVES
def test_drift_shows_and_is_repaired(stack: Any, life: Life) -> None:
    one: Stack = stack(life)
    one.up(life.program(life.first))
    state = one.state()
    one.sim.drift(life.product, "update", life.name, life.drift)
    one.run("preview", refresh=True, expect_no_changes=True, expect=7)
    one.run("refresh", expect_no_changes=True, expect=7)
    assert one.writes() == []
    drifted = one.state()
    fields = {re.sub("[A-Z]", lambda one: f"_{one[0].lower()}", name) for name in life.drift}
    assert {name for name in fields if drifted[name] != state.get(name)} == fields
    one.up(life.program(life.first))
    assert one.writes() == [life.update, *life.more_updates]
    one.up(life.program(life.first), expect_no_changes=True)
    one.run("refresh", expect_no_changes=True)
    assert one.state() == state


@LIVES
def test_what_was_deleted_behind_our_back_is_created_again(stack: Any, life: Life) -> None:
    one: Stack = stack(life)
    one.up(life.program(life.first))
    one.sim.drift(life.product, "delete", life.name)
    one.run("refresh")
    assert one.state() == {}
    one.up(life.program(life.first))
    assert one.writes() == list(life.create)
    one.sim.drift(life.product, "delete", life.name)
    one.run("destroy")  # what is gone already is success


@LIVES
def test_adopt_own_and_destroy(stack: Any, life: Life) -> None:
    one: Stack = stack(life)
    one.sim.drift(life.product, "add", life.name, life.found)

    one.run("up", life.program(life.first), expect=1)
    assert "adopt=True" in one.project.said
    assert one.writes() == []

    # What the program says has to be what the server has; what it leaves out is kept, and never compared.
    there = one.sim.lookup(life.product, life.name)
    one.run("up", life.program(f"{life.adopt}, adopt=True"), expect=1)
    assert " is declared as " in one.project.said
    kept = life.program(life.kept)
    one.up(kept)
    one.up(kept, expect_no_changes=True)
    one.run("refresh", expect_no_changes=True)
    one.up(kept, expect_no_changes=True)
    assert one.state()["adopted"] is True
    assert "password" not in one.state()
    one.run("destroy")
    assert one.writes() == []
    assert "was adopted, not created here: it stays on" in one.project.said
    assert one.sim.lookup(life.product, life.name) == there

    # A change is made when somebody asks for one.
    one.up(kept)
    one.up(life.program(f"{life.adopt}, adopt=True"))
    assert one.writes() != []
    if life.account:
        assert one.sim.can_login(life.product, life.account, PASSWORDS[1])
    one.up(life.program(f"{life.adopt}, adopt=True"), expect_no_changes=True)

    # Without `adopt` it is ours, and deleted like any other.
    one.run("preview", life.program(life.adopt), expect_no_changes=True, expect=7)
    one.up(life.program(life.adopt))
    assert "adopted" not in one.state()
    one.run("destroy")
    assert one.writes() == ["DELETE"]
    assert one.sim.lookup(life.product, life.name) is None


@LIVES
def test_get_reads_and_never_writes(stack: Any, life: Life) -> None:
    one: Stack = stack(life)
    one.sim.drift(life.product, "add", life.name, life.found)
    row = one.sim.lookup(life.product, life.name) or {}
    id = str(row[life.id]).rpartition(":")[2]
    body = f'user = {life.resource}.get("user", {id!r})\n'
    body += f'pulumi.export("name", user.{life.key})\npulumi.export("at", user.server)\n'
    result = one.up(body)
    assert result.outputs == {"name": life.name, "at": one.sim.url(life.product).removeprefix("https://")}
    one.run("destroy")
    assert one.writes() == []
    assert one.sim.lookup(life.product, life.name)
    nobody = "999999" if id.isdecimal() else "00000000-0000-4000-8000-00000000dead"
    one.run("up", body.replace(id, nobody), expect=1)
    assert f"there is no object with id '{nobody}'" in one.project.said


@pytest.mark.parametrize("life", [one for one in LIVED.values() if one.account], ids=str)
def test_a_password_is_rotated_by_one_request(stack: Any, life: Life) -> None:
    one: Stack = stack(life)
    one.up(life.program(life.first))
    rotated = life.program(life.first.replace(PASSWORDS[0], PASSWORDS[1]))
    one.up(rotated)
    assert one.writes() == [life.rotate]
    assert one.sim.can_login(life.product, life.account, PASSWORDS[1])
    one.run("refresh", expect_no_changes=True)
    one.up(rotated, expect_no_changes=True)


@pytest.mark.parametrize("life", FIRST_OF_PRODUCT.values(), ids=str)
def test_a_replacement_on_demand_deletes_first(stack: Any, life: Life) -> None:
    """Names are unique on all servers, and an engine that is asked for a replacement does not ask the provider."""
    one: Stack = stack(life)
    one.up(life.program(life.first))
    module, _, name = life.resource.removeprefix("veeam.").partition(".")
    urn = f"urn:pulumi:dev::small::pulumi-python:dynamic/veeam/{module}:{name}::user"
    one.up(life.program(life.first), replace=[urn])
    assert one.writes() == ["DELETE", *life.create]
    assert one.sim.lookup(life.product, life.name)
    one.up(life.program(life.first), expect_no_changes=True)


def test_a_name_or_role_may_come_from_another_resource(stack: Any) -> None:
    one: Stack = stack(SECURITY)
    body = (
        'one = veeam.vbr.User("one", name=r"TECH\\john", roles=["Veeam Backup Viewer"])\n'
        'role = one.role_ids.apply(lambda ids: ids["Veeam Backup Viewer"])\n'
        'two = veeam.vbr.User("two", name=one.name.apply(lambda name: name + "-admin"), roles=[role])\n'
        'pulumi.export("two", two.resolved_name)\n'
    )
    one.run("preview", body)
    assert one.sim.traffic("vbr").connections == 0
    assert one.up(body).outputs == {"two": r"TECH\john-admin"}
    one.up(body, expect_no_changes=True)
    # In the preview of an update outputs are unknown: the dependent shows as changed, never as replaced.
    result = one.run("preview", body.replace('name=r"TECH\\john"', 'name=r"TECH\\john", is_service_account=True'))
    if one.project.kind == "embedded":
        assert result.changes == {"update": 2, "same": 1}
    one.run("destroy")


def test_mistakes_are_all_named_before_anything_is_sent(stack: Any) -> None:
    one: Stack = stack(SECURITY)
    one.run("up", 'veeam.vbr.User("user", name=r"TECH\\john", roles=[], type="Robot", connection="nope")\n', expect=1)
    assert "there is no connection 'nope' (known: vbr)" in one.project.said
    assert "must be one of 'InternalUser', 'InternalGroup', 'ExternalUser', 'ExternalGroup'" in one.project.said
    assert one.sim.traffic("vbr").connections == 0


def test_a_refresh_with_other_settings_removes_nothing(stack: Any) -> None:
    """An older revision, another server, a proxy's page: whatever answers, the user stays in the state."""
    one: Stack = stack(SECURITY)
    one.up(SECURITY.program(SECURITY.first))
    state = one.state()
    one.project.environ |= {"VEEAM_VBR_API_VERSION": "1.2-rev1", "VEEAM_VBR_API": "security"}
    one.run("refresh", expect=1)
    assert "does not answer /api/v1/security/users either in API revision 1.2-rev1" in one.project.said
    del one.project.environ["VEEAM_VBR_API_VERSION"]
    one.sim.fault("vbr", "html", method="GET", path="/api/v1/security/users*", status=404, times=0)
    one.run("refresh", expect=1)
    one.sim.clear_faults()
    with Simulator(products=("vbr",)) as other:
        one.project.environ |= {"VEEAM_VBR_URL": other.url("vbr"), "VEEAM_VBR_TLS_CA_FILE": str(other.ca_file)}
        one.run("refresh", expect=1)
    assert "objects do not move between servers" in one.project.said
    assert one.state() == state


def test_a_certificate_that_is_not_trusted_gets_no_credentials(stack: Any) -> None:
    one: Stack = stack(AWS)
    one.project.environ["VEEAM_AWS_TLS_THUMBPRINT"] = "AB" * 32
    one.run("up", AWS.program(AWS.first), expect=1)
    assert "its certificate is not the pinned one, nothing was sent" in one.project.said
    assert f"VEEAM_AWS_TLS_THUMBPRINT={one.sim.thumbprint('aws')}" in one.project.said
    assert one.sim.traffic("aws").bytes == 0
    one.project.environ["VEEAM_AWS_TLS_THUMBPRINT"] = one.sim.thumbprint("aws")
    one.up(AWS.program(AWS.first))


def test_a_run_deletes_twenty_five_and_says_how_to_go_on(stack: Any) -> None:
    """As where a loop in the program was lost: most is gone, what is kept is kept in the state too."""
    one: Stack = stack(SECURITY)
    body = "for number in range(30):\n"
    body += '    veeam.vbr.User(f"u{number}", name=rf"TECH\\u{number}", roles=["Veeam Backup Viewer"])\n'

    def left() -> int:
        there = [user for user in one.sim.objects("vbr")["users"] if user["name"].startswith("TECH")]
        listed = [entry for entry in one.project.export()["deployment"]["resources"] if "veeam/vbr" in entry["type"]]
        assert len(there) == len(listed)
        return len(there)

    one.up(body)
    one.up(body, expect_no_changes=True)
    one.up("", expect=1)
    assert left() == 5
    assert "this run has deleted 25 objects on this connection (vbr.User 'TECH" in one.project.said
    assert "this one is kept if all of this is meant, run again" in one.project.said
    one.project.set("veeam:maxDeletes", "3")
    one.run("destroy", expect=1)
    assert left() == 2
    assert "this run has deleted 3 objects" in one.project.said
    one.project.set("veeam:maxDeletes", "1")
    one.project.environ["VEEAM_MAX_DELETES"] = "none"
    one.run("destroy")
    assert not [user for user in one.sim.objects("vbr")["users"] if user["name"].startswith("TECH")]


def test_a_limit_that_is_none_is_said_before_anything_is_sent(stack: Any) -> None:
    one: Stack = stack(SECURITY)
    one.project.set("veeam:maxDeletes", "few")
    one.run("preview", SECURITY.program(SECURITY.first), expect=1)
    assert "veeam:maxDeletes (or VEEAM_MAX_DELETES) is 'few', neither a number nor none" in one.project.said
    assert one.sim.traffic("vbr").connections == 0


def test_options_that_every_resource_has(stack: Any) -> None:
    one: Stack = stack(SECURITY)

    def program(role: str, options: str) -> str:
        return f'veeam.vbr.User("user", name=r"TECH\\john", roles=["Veeam {role}"], opts=ResourceOptions({options}))\n'

    def roles() -> list[str]:
        return [role["name"] for role in (one.sim.lookup("vbr", r"TECH\john") or {})["roles"]]

    ignoring = 'ignore_changes=["roles", "is_service_account"]'
    one.up(program("Backup Viewer", ignoring))
    one.sim.drift("vbr", "update", r"TECH\john", {"roles": ["Veeam Backup Administrator"]})
    one.up(program("Backup Operator", ignoring), refresh=True)  # neither the drift nor what the program says
    one.up(program("Backup Operator", ignoring), expect_no_changes=True)
    assert (one.writes(), roles()) == ([], ["Veeam Backup Administrator"])

    one.up(program("Backup Operator", 'additional_secret_outputs=["resolved_name", "roles"]'))
    assert (one.writes(), roles()) == (["PUT"], ["Veeam Backup Operator"])
    assert {key for key, value in one.state().items() if SIGNATURE in str(value)} == {"resolved_name", "roles"}

    one.up(program("Backup Operator", "retain_on_delete=True"))
    one.up("")
    assert (one.writes(), one.state(), roles()) == ([], {}, ["Veeam Backup Operator"])


@pytest.mark.parametrize("secret", ["name", "roles", "both", "neither"])
def test_what_comes_from_a_secret_is_one(stack: Any, secret: str) -> None:
    """The server's name of a secret name, and the ids of secret roles by those roles, stand in state as secrets."""
    one: Stack = stack(SECURITY)
    name, roles = 'r"TECH\\john"', '["Veeam Backup Viewer"]'
    name = f"pulumi.Output.secret({name}).apply(lambda one: one)" if secret in ("name", "both") else name
    roles = f"[pulumi.Output.secret({roles[1:-1]})]" if secret in ("roles", "both") else roles
    body = f'veeam.vbr.User("user", name={name}, roles={roles})\n'
    for _ in range(2):
        one.up(body)
        state = one.state()
        sealed = {key for key, value in state.items() if isinstance(value, dict) and SIGNATURE in value}
        expected = {"name", "resolved_name"} if secret in ("name", "both") else set()
        assert sealed == expected | ({"roles", "role_ids"} if secret in ("roles", "both") else set())
    one.run("destroy")
