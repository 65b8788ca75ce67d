"""A password in one place: a secret of the config reaches a credential, Enterprise Manager and the roster.

The program is the one of docs/rotating-passwords.md.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.access.stack import Access, make
from tests.conftest import StartSimulator
from tests.docs.pages import page

ACCOUNT, OLD, NEW = r"EXAMPLE\svc-em", "Canary-Old-2026", "Canary-New-2027"


@pytest.fixture
def access(tmp_path: Path, simulator: StartSimulator) -> Access:
    access = make(tmp_path, {"dev": simulator()})
    (block,) = page("rotating-passwords.md").blocks("python")
    program = access.folder / "__main__.py"
    imports = "import pulumi\nimport veeam_pulumi as veeam\n"
    program.write_text(f"{program.read_text()}\n{imports}{block.text}")
    keep(access, OLD)
    access.run("up")
    access.run("up", expect_no_changes=True)
    return access


def keep(access: Access, password: str) -> None:
    access.set("veeam:passwords.svc-em", password, secret=True, path=True)


def kept(access: Access, password: str) -> dict[str, bool]:
    return {product: access.sim.can_login(product, ACCOUNT, password) for product in ("em", "vbr")}


def sent(access: Access) -> list[tuple[str, str, str]]:
    return sorted((one.product, one.method, one.path) for one in access.sim.requests(writes_only=True))


def test_one_secret_reaches_everything_that_keeps_the_password(access: Access) -> None:
    assert kept(access, OLD) == {"em": True, "vbr": True}
    (credential,) = access.sim.objects("vbr")["credentials"]
    (server,) = access.sim.objects("em")["servers"]
    keep(access, NEW)
    access.run("preview")
    assert sent(access) == []
    access.run("up")
    assert sent(access) == [
        ("em", "PUT", f"/api/backupServers/{server['uid'].rpartition(':')[2]}"),
        ("vbr", "POST", f"/api/v1/credentials/{credential['id']}/changepassword"),
    ]
    assert (kept(access, NEW), kept(access, OLD)) == ({"em": True, "vbr": True}, {"em": False, "vbr": False})
    access.run("up", expect_no_changes=True)
    assert sent(access) == []
    access.run("up", expect_no_changes=True, refresh=True)
    assert sent(access) == []
    shown = [*access.seen, str(access.sim.requests()), *(file.read_text() for file in access.folder.glob("*.yaml"))]
    assert [text for text in shown if OLD in text or NEW in text] == []


def test_when_the_account_leaves_nothing_keeps_its_password(access: Access) -> None:
    """Its entry leaves the roster, and its credential the program."""
    program = access.folder / "__main__.py"
    program.write_text(program.read_text().partition("passwords = ")[0])
    access.edit(access.roster[access.roster.index("service_accounts:") :], "")
    access.run("up")
    assert (access.sim.objects("vbr")["credentials"], access.sim.objects("em")["servers"]) == ([], [])
