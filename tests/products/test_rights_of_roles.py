"""What the simulated servers let each role do, against the contracts' own lists of roles and against our tables."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import StartSimulator
from veeam_pulumi.errors import ServerRefused, VeeamError
from veeam_pulumi.products import grant, sessions
from veeam_pulumi.server.connections import Connections
from veeam_pulumi.server.session import Session
from veeam_pulumi.simulator import Simulator
from veeam_pulumi.simulator.vbr.routes import TABLE as VBR
from veeam_pulumi.simulator.vspc import seeds
from veeam_pulumi.simulator.vspc.routes import TABLE as VSPC

REFERENCE = Path(__file__).parents[3] / "shared" / "reference" / "rights.json"
NOBODY = "00000000-0000-4000-8000-000000000000"
PASSWORD = "Canary-Passw0rd-roles"
HOMES = {"Company": seeds.ALPHA, "Reseller": seeds.GAMMA}


def template(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path).split("?")[0]


def operations(product: str, revision: str) -> Iterator[tuple[str, str, str, set[str]]]:
    """(right, method, path, codes of the roles that may) of what the contract knows and the simulator implements."""
    if not REFERENCE.exists():
        pytest.skip(f"{REFERENCE} is not there: the simulator is compared with nothing")
    contract = json.loads(REFERENCE.read_text(encoding="utf-8"))["products"][product]
    at = contract["revisions"].index(revision)
    there = {(op.method, template(op.path)) for op in (VBR if product == "vbr" else VSPC)}
    for row in contract["operations"]:
        admitted: set[str] = set()
        for span, codes in row["roles"].items():
            first, _, last = span.partition("-")
            if int(first) <= at <= int(last or first):
                for code in codes.split():
                    admitted |= set(contract["groups"][code].split()) if code.startswith("@") else {code}
        for text in row["ops"]:
            methods, _, path = text.partition(" ")
            prefix = contract.get("prefix", "")
            whole = path if path.startswith("/api") else f"{prefix.rstrip('/')}/{path.lstrip('/')}"
            for method in methods.split("|"):
                if admitted and (method, template(whole)) in there:  # else it is of another revision
                    yield row["right"], method, whole, admitted


def lets(session: Session, method: str, path: str, own: str = NOBODY) -> bool:
    """Whether the server goes on to look at the request: what is wrong with it is another matter."""
    asked = re.sub(r"\{[^}]*\}", NOBODY, re.sub(r"users/\{[^}]*\}/logins", f"users/{own}/logins", path)).split("?")[0]
    try:
        session.request(method, asked, body={} if method != "DELETE" else None, repeat=False)
    except ServerRefused as error:
        return error.status != 403
    except VeeamError:
        return True
    return True


def logged_in(sim: Simulator, product: str, name: str) -> tuple[Connections, Session]:
    config = {**sim.connections()[product], "username": name, "password": PASSWORD, "deadline": 3}
    known = Connections({product: config}, sessions=sessions(), warn=lambda text: None, environ={})
    return known, known.open(product, product)


@pytest.mark.parametrize(("build", "revision"), [("13.0.1.180", "1.3-rev1"), ("13.1.0.411", "1.3-rev2")])
def test_backup_and_replication_lets_each_role_do_what_the_contract_says(
    simulator: StartSimulator, build: str, revision: str
) -> None:
    sim, compared, wrong = simulator({"vbr.build": build}, products=("vbr",)), 0, []
    names = json.loads(REFERENCE.read_text(encoding="utf-8"))["products"]["vbr"]["roles"] if REFERENCE.exists() else {}
    wanted = list(operations("vbr", revision))
    for code, role in names.items():
        if role.startswith("custom"):
            continue
        sim.drift("vbr", "add", rf"LAB\{code}", {"roles": [role], "password": PASSWORD})
        known, session = logged_in(sim, "vbr", rf"LAB\{code}")
        rights = grant("vbr.User", {"name": "x", "roles": [role]}).rights
        for right, method, path, admitted in wanted:
            if lets(session, method, path) is not (code in admitted):
                wrong.append((role, method, path))
            assert right in rights or code not in admitted, (role, right)
            compared += 1
        known.close()
    assert wrong == []
    assert compared > 7 * 6


def test_a_console_lets_each_role_do_what_the_contract_says(simulator: StartSimulator) -> None:
    sim, compared, wrong = simulator(products=("vspc",)), 0, []
    roles = (
        json.loads(REFERENCE.read_text(encoding="utf-8"))["products"]["vspc"]["user_role"] if REFERENCE.exists() else {}
    )
    wanted = list(operations("vspc", "3.6.2"))
    for code, role in roles.items():
        home = next((uid for start, uid in HOMES.items() if role.startswith(start)), seeds.PROVIDER)
        values: dict[str, Any] = {"role": role, "organizationUid": home, "password": PASSWORD}
        sim.drift("vspc", "add", f"user-{code}", values)
        own = next(one["instanceUid"] for one in sim.objects("vspc")["users"] if one["userName"] == f"user-{code}")
        known, session = logged_in(sim, "vspc", f"user-{code}")
        rights = grant("vspc.User", {"user_name": "x", "role": role}).rights
        for right, method, path, admitted in wanted:
            if lets(session, method, path, own) is not (code in admitted):
                wrong.append((role, method, path))
            assert right in rights or code not in admitted, (role, right)
            compared += 1
        known.close()
    assert wrong == []
    assert compared > 16 * 6


OTHERS = {
    "aws": (
        "aws.User",
        "/api/v1/users",
        ["Portal Administrator", "Portal Operator", "Restore Operator", "Read-Only User"],
    ),
    "azure": ("azure.User", "/api/v8.1/users", ["PortalAdmin", "PortalOperator", "RestoreOperator", "ReadOnlyUser"]),
    "em": (
        "em.Account",
        "/api/security/accounts",
        ["Portal Administrator", "Portal User", "VM Restore Operator", "File Restore Operator"],
    ),
}


@pytest.mark.parametrize("product", OTHERS)
def test_the_other_products_let_administrators_alone_change_who_has_access(
    simulator: StartSimulator, product: str
) -> None:
    kind, path, roles = OTHERS[product]
    sim = simulator(products=(product,))
    for number, role in enumerate(roles):
        name = rf"LAB\u{number}" if product == "em" else f"user{number}"
        sim.drift(product, "add", name, {"role": role, "password": PASSWORD})
        known, session = logged_in(sim, product, name)
        found = grant(kind, {"name": "x", "role": role, "roles": [role]})
        # A Portal User of Enterprise Manager grants access to tenants, which is not simulated.
        may = found.is_administrator and role != "Portal User"
        assert lets(session, "POST", path) is may, role
        known.close()
