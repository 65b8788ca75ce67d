"""What is created: the same arguments for our resources, for those that do nothing, and for plain requests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Arguments = dict[str, Any]
COMPANY = "79817d6d-4b00-4e22-b673-8758f02fa0ef"  # Alpha, a company of the simulated console
ROLE = "Veeam Backup Operator"
PASSWORD = "Bench-2026"


@dataclass(frozen=True)
class Product:
    """One resource of one product, with the simulator's knobs for it and what is to be said about its numbers."""

    name: str
    resource: str
    arguments: Callable[[str], Arguments]
    knobs: tuple[str, ...] = ()
    note: str = ""

    def objects(self, count: int) -> dict[str, Arguments]:
        names = (f"bench-{number:04}" for number in range(1, count + 1))
        return {name: self.arguments(name) for name in names}


def _aws(name: str) -> Arguments:
    return {"name": name, "password": PASSWORD, "description": "bench"}


def _em(name: str) -> Arguments:
    login = {"username": rf"{name}\Administrator", "password": PASSWORD}
    return {"dns_name_or_ip_address": name, "description": "bench", **login}


def _vbr(name: str) -> Arguments:
    return {"name": rf"TECH\{name}", "roles": [ROLE]}


def _vspc(name: str) -> Arguments:
    who = {"user_name": name, "password": PASSWORD, "profile": {"first_name": "Stan", "email": "s.smith@alpha.com"}}
    return {"organization_uid": COMPANY, "role": "CompanyAdministrator", **who}


PRODUCTS = {
    one.name: one
    for one in (
        Product("aws", "aws.User", _aws),
        Product(
            "em",
            "em.BackupServer",
            _em,
            knobs=("em.create_reply=201_entity",),
            note="em answers create at once, without a task: waiting for one takes half a second or more of each of "
            "four workers, and is nobody's cost.",
        ),
        Product("vbr", "vbr.User", _vbr),
        Product("vspc", "vspc.User", _vspc),
    )
}
