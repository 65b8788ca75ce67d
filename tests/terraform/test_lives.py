r"""The life of each resource under the real `terraform`, with the servers' own state asserted at every step.

validate, plan, apply, nothing to do, update in place, forced replacement, drift, deleted behind our back, import,
destroy: for every resource, all of them in one configuration, because starting terraform takes longer than what it
does. Everything secret is a unique string that must show up nowhere but in the requests.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests import specimens
from tests.conftest import StartSimulator
from tests.specimens import Specimen
from tests.terraform.conftest import Folder, writes
from veeam_pulumi.products import resources, sessions
from veeam_pulumi.simulator import Simulator
from veeam_pulumi.terraform.managed import Managed
from veeam_pulumi.terraform.schema import type_name
from veeam_pulumi.terraform.values import inside

FIRST, SECOND = "Canary-Tf1-qzx7Kf", "Canary-Tf2-wvb3Lm"


@dataclass(frozen=True)
class Life:
    """A resource in its states, as a configuration writes it."""

    product: str
    type: str
    name: str
    """The account, or the address, by which the server knows it."""
    first: str
    changed: str
    """The same with something that the server can change in place."""
    replaced: str = ""
    """The same under another natural key, or with whatever else makes another object."""
    other_name: str = ""
    drift: dict[str, Any] = field(default_factory=dict)
    attribute: str = ""
    """The attribute that shows the drift."""
    secret: str = "password"
    """The argument that is a password, or the part of one."""
    knobs: dict[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"{self.type}.it"

    def block(self, arguments: str, version: int | None = 1) -> str:
        head, _, part = self.secret.rpartition(".")
        secret = f"{part}_wo = var.password" if part else ""
        again = f"{part}_wo_version = {version}" if part and version else ""
        if head:
            both = ", ".join(filter(None, (secret, again)))
            arguments, secret, again = arguments.replace(f"{head} = {{ ", f"{head} = {{ {both}, "), "", ""
        return f'resource "{self.type}" "it" {{\n{arguments}\n{secret}\n{again}\n}}\n'


PASSWORD = f'variable "password" {{\n  ephemeral = true\n  default   = "{FIRST}"\n}}\n'


def hcl(value: Any) -> str:
    """A value as a configuration writes it."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {hcl(one)}" for name, one in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(hcl, value)) + "]"
    return json.dumps(value)


def _life(one: Specimen) -> Life:
    def said(*which: str) -> str:
        arguments = {name: value for form in which for name, value in getattr(one, form).items()}
        return "\n".join(f"{name} = {hcl(value)}" for name, value in arguments.items())

    replaces = "DELETE" in one.rename
    return Life(
        product=one.product,
        type=Managed(resources()[one.kind]).type_name,
        name=one.key,
        first=said("first"),
        changed=said("first", "changed"),
        replaced=said("first", "changed", "renamed") if replaces else "",
        other_name=one.other_key if replaces else "",
        # What the change set already is no drift any more.
        drift=(drift := {name: value for name, value in one.drift.items() if one.changed.get(name) != value}),
        attribute=re.sub("(?=[A-Z])", "_", next(iter(drift), "")).lower(),
        secret=one.secret,
        knobs=one.knobs,
    )


AWS, EM, VSPC = (_life(one) for one in (specimens.AWS, specimens.EM_SERVER, specimens.VSPC_USER))
SECURITY = _life(specimens.VBR_USER)
HOST = _life(specimens.VBR_SERVER)
TOLD_ONCE = [EM, HOST]
"""Arguments of theirs no server shows: the account of a backup server, the certificate that is trusted."""
KNOWN = {
    "aws.User": AWS,
    "em.BackupServer": EM,
    "vbr.ManagedServer": HOST,
    "vbr.User": SECURITY,
    "vspc.User": VSPC,
}
TOGETHER = {
    "today": [KNOWN.get(one.kind) or _life(one) for one in specimens.of_every_kind()],
    "the seed's VBR": [_life(specimens.VBR_USER_OLD)],
}


@pytest.fixture
def sim(simulator: StartSimulator) -> Simulator:
    """Servers of every product."""
    return simulator(products=tuple(sessions()))


@pytest.fixture(params=TOGETHER)
def lives(request: pytest.FixtureRequest, sim: Simulator) -> list[Life]:
    found = TOGETHER[request.param]
    for life in found:
        sim.set(**life.knobs)
    return found


KIND_OF = {type_name(kind): kind for kind in resources()}


def configure(folder: Folder, lives: list[Life], state: str, **options: Any) -> None:
    folder.write(PASSWORD + "".join(life.block(getattr(life, state) or life.changed, **options) for life in lives))


def every(lives: list[Life], action: str) -> dict[str, str]:
    return {life.address: action for life in lives}


@pytest.mark.real_start
def test_a_provider_that_terraform_starts(sim: Simulator, folder: Folder) -> None:
    for life in TOGETHER["today"]:
        sim.set(**life.knobs)
    configure(folder, TOGETHER["today"], "first")
    folder.apply()
    folder.plan()
    folder.run("destroy", "-auto-approve")
    assert [life for life in TOGETHER["today"] if sim.lookup(life.product, life.name) is not None] == []
    _nothing_secret(folder)


def test_a_life(lives: list[Life], sim: Simulator, folder: Folder) -> None:
    products = {life.product for life in lives}

    def wrote() -> dict[str, list[str]]:
        found = {product: sent for product in products if (sent := writes(sim, product))}
        sim.clear_requests()
        return found

    configure(folder, lives, "first")
    folder.run("validate")
    assert folder.actions() == every(lives, "create")
    assert wrote() == {}

    folder.apply()
    for life in lives:
        assert sim.lookup(life.product, life.name) is not None
        assert folder.state(life.address)["server"] == sim.url(life.product).removeprefix("https://")
    wrote()
    folder.plan()
    assert wrote() == {}

    ids = {life.address: folder.state(life.address)["id"] for life in lives}
    configure(folder, lives, "changed")
    assert folder.actions() == every(lives, "update")
    folder.apply()
    assert wrote().keys() == products
    assert {life.address: folder.state(life.address)["id"] for life in lives} == ids

    folder.plan()
    drifting = [life for life in lives if life.drift]
    for life in drifting:
        sim.drift(life.product, "update", life.name, life.drift)
    shown = folder.run("plan", "-refresh-only")
    assert [life.address for life in drifting if f"~ {life.attribute}" not in shown] == []
    assert folder.actions() == every(drifting, "update")
    folder.apply()

    configure(folder, lives, "replaced")
    assert folder.actions() == every([life for life in lives if life.replaced], "replace")
    folder.apply()
    folder.plan()
    for life in lives:
        assert not life.replaced or sim.lookup(life.product, life.name) is None
        sim.drift(life.product, "delete", life.other_name or life.name)

    assert folder.actions() == every(lives, "create")
    folder.apply()
    assert [life for life in lives if sim.lookup(life.product, life.other_name or life.name) is None] == []
    folder.run("destroy", "-auto-approve")
    assert [life for life in lives if sim.lookup(life.product, life.other_name or life.name) is not None] == []
    _nothing_secret(folder)


def test_what_is_there_already_is_imported(lives: list[Life], sim: Simulator, folder: Folder) -> None:
    lives = [life for life in lives if life not in TOLD_ONCE]
    configure(folder, lives, "first")
    folder.apply()
    before = {life.address: folder.state(life.address) for life in lives}
    (folder.path / "terraform.tfstate").unlink()
    text = folder.apply(code=1)
    for life in lives:
        assert f'import {{ to = {life.type}.NAME id = "{before[life.address]["id"]}" }}' in text
    sim.clear_requests()

    # Nobody knows whether the password is the one of the configuration: with a version it would be sent.
    configure(folder, lives, "first", version=None)
    imports = [f'import {{\n  to = {address}\n  id = "{one["id"]}"\n}}\n' for address, one in before.items()]
    folder.write("".join(imports), "imports.tf")
    assert f"{len(lives)} imported, 0 added, 0 changed, 0 destroyed" in folder.apply()
    folder.plan()
    for life in lives:
        managed = Managed(resources()[KIND_OF[life.type]])
        then, now = (managed.state(inside(one)) for one in (before[life.address], folder.state(life.address)))
        assert managed.resource.diff(then, now).changed == ()
        assert folder.state(life.address)["id"] == before[life.address]["id"]
        assert writes(sim, life.product) == []


@pytest.mark.parametrize("life", TOLD_ONCE, ids=lambda life: life.type)
def test_what_no_server_shows_is_sent_once_after_an_import(life: Life, sim: Simulator, folder: Folder) -> None:
    sim.set(**life.knobs)
    configure(folder, [life], "first")
    folder.apply()
    before = folder.state(life.address)
    (folder.path / "terraform.tfstate").unlink()
    folder.run("import", life.address, before["id"])
    sim.clear_requests()

    assert folder.actions() == {life.address: "update"}
    folder.apply()
    assert folder.state(life.address) == before
    assert [text.partition(" ")[0] for text in writes(sim, life.product)] == ["PUT"]
    folder.plan()


def test_an_import_block_writes_the_configuration(sim: Simulator, folder: Folder) -> None:
    lives = [AWS, SECURITY, VSPC]
    configure(folder, lives, "first")
    folder.apply()
    ids = {life.address: folder.state(life.address)["id"] for life in lives}
    (folder.path / "terraform.tfstate").unlink()
    sim.clear_requests()
    folder.write("".join(f'import {{\n  to = {address}\n  id = "{id}"\n}}\n' for address, id in ids.items()))
    folder.run("plan", "-generate-config-out=made.tf")
    assert "3 imported, 0 added, 0 changed, 0 destroyed" in folder.apply()
    folder.plan()
    assert [writes(sim, life.product) for life in lives] == [[], [], []]


def test_a_password_is_rotated_by_its_version(folder: Folder, sim: Simulator) -> None:
    configure(folder, [VSPC], "first")
    folder.apply()
    folder.plan(TF_VAR_password=SECOND)
    assert sim.can_login("vspc", VSPC.name, FIRST)
    configure(folder, [VSPC], "first", version=2)
    sim.clear_requests()
    folder.apply(TF_VAR_password=SECOND)
    assert sim.can_login("vspc", VSPC.name, SECOND)
    assert len(writes(sim, "vspc")) == 1
    folder.plan(TF_VAR_password=SECOND)
    _nothing_secret(folder)


def test_a_password_in_the_state_is_marked_as_sensitive(folder: Folder, sim: Simulator) -> None:
    folder.write(f'resource "veeam_aws_user" "it" {{\n  name = "operator"\n  password = "{FIRST}"\n}}\n').apply()
    assert sim.can_login("aws", "operator", FIRST)
    folder.plan()
    folder.write(f'resource "veeam_aws_user" "it" {{\n  name = "operator"\n  password = "{SECOND}"\n}}\n').apply()
    assert sim.can_login("aws", "operator", SECOND)
    assert [text for text in folder.outputs if FIRST in text or SECOND in text] == []


def _nothing_secret(folder: Folder) -> None:
    files = [path for path in folder.path.rglob("*") if path.is_file() and path.name != "main.tf"]
    for secret in (FIRST, SECOND):
        assert [text for text in folder.outputs if secret in text] == []
        assert [path.name for path in files if secret.encode() in Path(path).read_bytes()] == []
