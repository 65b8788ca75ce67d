"""`doctor --probe --write`: one object is made and removed, whatever happens, and nothing else is touched."""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.conftest import StartSimulator
from tests.pairs import WHOLE
from tests.probe.probing import EACH_WITH_USERS, OWN, WITH, known, lines, probed
from veeam_pulumi.cli.main import app
from veeam_pulumi.errors import SettingsError
from veeam_pulumi.probe import command, folder, objects, writing
from veeam_pulumi.probe.counting import MOST_REQUESTS, Counting
from veeam_pulumi.probe.replay import differences
from veeam_pulumi.products import PRODUCTS, resources
from veeam_pulumi.server import transport
from veeam_pulumi.simulator import Simulator
from veeam_pulumi.simulator.vspc import seeds

CHANGES = {"aws": "PUT", "azure": "PUT", "em": "PUT", "m365": "PUT", "vbr": "PUT", "vspc": "PATCH"}
PATHS = dict.fromkeys(CHANGES, "*/users") | {"em": "*/backupServers", "m365": "*/RbacRoles"}
"""Where a create goes to."""


def in_turn(*values: str) -> list[tuple[str, str]]:
    """A value for each product, in turn; each with each in `make test-all`."""
    return list(itertools.product(sorted(CHANGES), values) if WHOLE else zip(sorted(CHANGES), itertools.cycle(values)))


ALL = pytest.mark.parametrize("product", sorted(CHANGES))


@pytest.fixture(autouse=True)
def _without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "PAUSE", lambda seconds: None)


def made_there(sim: Simulator, product: str) -> list[Any]:
    """The creates that arrived."""
    return [one for one in sim.requests(product, "POST") if fnmatch(one.path, PATHS[product])]


@EACH_WITH_USERS
def test_one_object_is_made_read_changed_and_removed(
    simulator: StartSimulator, tmp_path: Path, product: str, knobs: dict[str, str]
) -> None:
    sim = simulator(knobs, products=(product,))
    before = sim.objects(product)
    code, made, said = probed(sim, product, tmp_path / "out", write=True)
    assert sim.objects(product) == before
    sent = sim.requests(product)
    assert len(sent) <= 2 * MOST_REQUESTS
    assert len(made_there(sim, product)) == 1
    assert len([one for one in sent if one.method == CHANGES[product]]) == 1
    summary = (made / "summary.md").read_text()
    assert code == 0, summary
    assert "otherwise" not in summary and "Look at" not in summary
    steps = [one for one in lines(made) if one.startswith("write-")]
    logins = ["write-login", "write-login-changed", "write-login-removed"]
    own = [one for one in steps if one not in logins]
    assert own == [f"write-{one}" for one in ("create", "read", "find", "change", "read-changed", "delete", "gone")]
    assert [one for one in steps if one in logins] == (logins if product in ("aws", "azure", "vspc") else [])
    text = "\n".join([*said, *(file.name + file.read_text() for file in made.iterdir())])
    assert OWN.findall(text) == []
    assert "It made one object, changed it and removed it" in (made / "README.md").read_text()
    assert differences(folder.read(made)) == []


def test_no_password_that_it_makes_is_shown(
    simulator: StartSimulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = itertools.count()
    monkeypatch.setattr(objects, "_password", lambda: f"Canary-Writ3-{next(numbers)}")
    for product in ("aws", "azure", "em", "vspc"):
        sim = simulator(products=(product,))
        _, made, said = probed(sim, product, tmp_path / product, write=True)
        text = "\n".join([*said, *(file.read_text() for file in made.iterdir())])
        assert "Writ3" not in text and "write-create" in text


def there_already(sim: Simulator, product: str) -> None:
    user = {"password": "S0mebody-5ecret"}
    added: dict[str, tuple[str, dict[str, Any]]] = {
        "aws": (objects.OWN_NAME, user),
        "azure": (objects.OWN_NAME, user | {"role": "PortalAdmin"}),
        "em": (objects.NOWHERE, {"username": r"LAB\x"}),
        "m365": (objects.OWN_NAME, {}),
        "vbr": ("wilhelmina.quux@tech.local", {"roles": ["Backup Administrator"]}),  # shown in another form
        "vspc": (objects.OWN_NAME, user | {"organizationUid": seeds.ALPHA, "role": "CompanyAdministrator"}),
    }
    sim.drift(product, "add", *added[product])


@ALL
def test_what_is_there_already_is_named_and_not_touched(
    simulator: StartSimulator, tmp_path: Path, product: str
) -> None:
    sim = simulator(products=(product,))
    there_already(sim, product)
    before = sim.objects(product)
    code, made, said = probed(sim, product, tmp_path / "out", write=True)
    assert (code, sim.objects(product)) == (1, before)
    assert not made_there(sim, product)
    assert {one.method for one in sim.requests(product)} <= {"GET", "POST", "DELETE"}  # login and logout
    told = "\n".join(said)
    assert "is there already" in told and "so --write wrote nothing" in told
    summary = (made / "summary.md").read_text()
    assert "**Look at the server**: its owner was told why." in summary
    assert OWN.findall(summary) == []


@pytest.mark.parametrize(("product", "fault"), in_turn("reset_after", "half_body", "status"))
def test_a_lost_answer_makes_no_second_object(
    simulator: StartSimulator, tmp_path: Path, product: str, fault: str
) -> None:
    sim = simulator(products=(product,))
    before = sim.objects(product)
    settings = {"status": 502, "handled": True} if fault == "status" else {}
    sim.fault(product, fault, method="POST", path=PATHS[product], times=1, **settings)
    _, _, said = probed(sim, product, tmp_path / "out", write=True)
    assert len(made_there(sim, product)) == 1
    told = "\n".join(said)
    if product == "vbr":  # has no text in which this run could know its own object again
        assert "whether this run made it cannot be seen, so it was left" in told
        (left,) = [one for one in sim.objects(product)["users"] if one not in before["users"]]
        assert left["name"] == WITH["vbr"]
        assert not [one for one in sim.requests(product, "DELETE") if "users/" in one.path]
    else:
        assert sim.objects(product) == before
        assert "Look at the server" not in told


@ALL
def test_what_somebody_else_makes_at_that_moment_is_theirs(
    simulator: StartSimulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, product: str
) -> None:
    sim = simulator(products=(product,))
    sim.fault(product, "reset_before", method="POST", path=PATHS[product], times=1)
    waits: list[float] = []

    def meanwhile(seconds: float) -> None:
        if not waits:
            there_already(sim, product)
        waits.append(seconds)

    monkeypatch.setattr(transport, "PAUSE", meanwhile)
    code, _, said = probed(sim, product, tmp_path / "out", write=True)
    assert code == 1
    assert "so it was left" in "\n".join(said)
    assert len(waits) == 1
    assert not [one for one in sim.requests(product, "DELETE") if "veeam-pulumi-probe" in one.path]
    with pytest.raises(Exception, match="there"):  # theirs is there
        there_already(sim, product)
        raise AssertionError("it was not there any more")


@pytest.mark.parametrize("product", ["em", "vspc"])
def test_an_answer_that_never_comes_is_waited_for_and_named(
    simulator: StartSimulator, tmp_path: Path, product: str
) -> None:
    sim = simulator(products=(product,))
    before = sim.objects(product)
    sim.fault(product, "reset_before", method="POST", path=PATHS[product], times=1)
    code, _, said = probed(sim, product, tmp_path / "out", write=True)
    assert (code, sim.objects(product)) == (1, before)
    assert "may appear on" in "\n".join(said)
    assert len(made_there(sim, product)) == 1


@pytest.mark.parametrize(("product", "when"), [*((one, "create") for one in CHANGES), *in_turn("read", "update")])
def test_an_interrupted_probe_removes_what_it_made(
    simulator: StartSimulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, product: str, when: str
) -> None:
    sim = simulator(products=(product,))
    before = sim.objects(product)
    resource = resources()[objects.KINDS[product]]
    original: Callable[..., Any] = getattr(resource, when)

    def interrupted(*given: Any) -> Any:
        if when == "create":  # Ctrl-C after the server was asked, before its answer is known
            original(*given)
        monkeypatch.setattr(resource, when, original)
        if when == "update":
            os.kill(os.getpid(), signal.SIGTERM)
        raise KeyboardInterrupt

    monkeypatch.setattr(resource, when, interrupted)
    code, _, said = probed(sim, product, tmp_path / "out", write=True)
    told = "\n".join(said)
    assert code == 1
    assert "KeyboardInterrupt" in told
    if (product, when) in (("vbr", "create"), ("vbr", "read")):  # reads back before it hands the id out
        assert "so it was left" in told
    else:
        assert sim.objects(product) == before
        assert "Look at the server" not in told


@pytest.mark.parametrize("product", ["aws", "m365", "vbr"])
def test_what_cannot_be_removed_is_named(simulator: StartSimulator, tmp_path: Path, product: str) -> None:
    sim = simulator(products=(product,))
    sim.fault(product, "status", method="DELETE", path=f"{PATHS[product]}/*", times=0, status=503)
    code, made, said = probed(sim, product, tmp_path / "out", write=True)
    assert code == 1
    assert "could not remove it; delete it in the console" in "\n".join(said)
    tried = [one for one in sim.requests(product, "DELETE") if fnmatch(one.path, f"{PATHS[product]}/*")]
    assert len(tried) == writing.REMOVALS
    assert OWN.findall((made / "summary.md").read_text()) == []


def test_a_delete_that_is_refused_once_is_sent_again(simulator: StartSimulator, tmp_path: Path) -> None:
    sim = simulator(products=("aws",))
    before = sim.objects("aws")
    sim.fault("aws", "status", method="DELETE", path="*/users/*", times=2, status=503)
    code, _, _ = probed(sim, "aws", tmp_path / "out", write=True)
    assert (code, sim.objects("aws")) == (0, before)


def test_a_probe_that_may_send_no_more_still_removes(
    simulator: StartSimulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sim = simulator(products=("azure",))
    before = sim.objects("azure")
    allowed: list[int] = []
    original = Counting.allow

    def once(self: Counting, more: int) -> None:
        allowed.append(more)
        original(self, 3 if len(allowed) == 1 else more)  # two looks and the create

    monkeypatch.setattr(Counting, "allow", once)
    code, made, _ = probed(sim, "azure", tmp_path / "out", write=True)
    assert (code, sim.objects("azure")) == (1, before)
    assert "Enough" in (made / "summary.md").read_text()


# ---- what is said before, and what it needs


def test_every_product_has_an_object() -> None:
    assert set(PRODUCTS) == objects.KINDS.keys() == objects.WHAT.keys() == CHANGES.keys()
    assert set(objects.KINDS.values()) <= {*resources()}


@pytest.mark.parametrize(
    ("product", "given", "message"),
    [
        ("vbr", [], "--write needs an account of the directory"),
        ("vspc", [], "the UID of the company"),
        ("vspc", ["vspc=Alpha"], "must be the UID of the company"),
        ("m365", ["m365=jane"], "must be ORGANIZATION/USER"),
        ("aws", ["aws=x"], "needs nothing named on aws"),
        ("aws", ["azure=x"], "which is not probed"),
    ],
)
def test_what_it_needs_is_asked_for_before_anything_is_sent(
    simulator: StartSimulator, product: str, given: list[str], message: str
) -> None:
    sim = simulator(products=(product,))
    with pytest.raises(SettingsError, match=message):
        command.plans(known(sim), [product], "dev", given, lambda text: None)
    assert sim.requests(product) == []


def test_an_account_that_is_nobody_is_refused_by_the_server_and_leaves_nothing(
    simulator: StartSimulator, tmp_path: Path
) -> None:
    sim = simulator({"vbr.domains": "ELSEWHERE"}, products=("vbr",))
    before = sim.objects("vbr")
    code, made, _ = probed(sim, "vbr", tmp_path / "out", write=True)
    assert (code, sim.objects("vbr")) == (0, before)
    assert "refused with" in lines(made)["write-create"]


@pytest.mark.parametrize(
    ("answer", "code", "creates"), [("n\n", 1, 0), ("", 1, 0), ("y\n", 0, 1), (None, 0, 1)], ids=str
)
def test_it_says_what_it_will_do_and_asks(
    simulator: StartSimulator, tmp_path: Path, answer: str | None, code: int, creates: int
) -> None:
    sim = simulator(products=("azure",))
    arguments = ["doctor", "--cwd", str(tmp_path), "--probe", "--write", "--out", str(tmp_path / "out"), "azure"]
    runner = CliRunner(env=sim.variables())
    done = runner.invoke(app, [*arguments, *(["--yes"] if answer is None else [])], input=answer)
    assert done.exit_code == code, done.output
    before, _, _ = done.output.partition("at most 40 requests")
    assert "--write makes one object on each server and removes it again" in before
    assert f"adds the user {objects.OWN_NAME} with the role ReadOnlyUser" in before
    assert ("Go on? [y/N]" in before) == (answer is not None)
    assert len(made_there(sim, "azure")) == creates
    if not creates:
        assert sim.requests("azure") == []
