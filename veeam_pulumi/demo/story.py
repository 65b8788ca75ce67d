"""What the demo tells: each chapter is a run of the engine, and what it says is checked on the servers themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from rich.console import Console

    from ..simulator import Simulator

JOHN, OPERATOR, KATE, SMITH, VBR01, DESK = r"TECH\john", "operator", "kate", "s.smith", "172.17.53.48", "Service desk"
KNOBS = {"vbr.build": "13.1.0.411"}
"""The servers of the story: the first build with custom roles."""


class Failed(Exception):
    """A step did not do what it says; the text is for the user."""


class Runner(Protocol):
    """Whichever engine runs the stack. Each operation returns how many of what: {"create": 4}."""

    name: str

    def command(self, operation: str, diff: bool) -> str: ...

    def run(self, operation: str, diff: bool) -> dict[str, int]: ...

    def set_secret(self, key: str, value: str) -> None: ...


@dataclass
class Story:
    """The servers, the engine and the screen; the chapters are the module's functions."""

    sim: Simulator
    engine: Runner
    console: Console
    number: int = 0

    def run(self, operation: str, title: str, diff: bool = False) -> dict[str, int]:
        """One chapter: a heading, then the engine at work. The request log starts afresh."""
        self.number += 1
        self.sim.clear_requests()
        self.say(f"\n{self.number}. {title}", style="bold")
        command = self.engine.command(operation, diff)
        self.say(f"  $ {command}", style="dim")
        if self.console.is_terminal:
            with self.console.status(f"{command} …"):
                return self.engine.run(operation, diff)
        return self.engine.run(operation, diff)

    def say(self, text: str, style: str = "") -> None:
        self.console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)

    def check(self, truth: bool, text: str) -> None:
        """Says what was verified on the servers; ends the demo if it is not so."""
        if not truth:
            raise Failed(f"not so: {text}")
        self.say(f"  ok {text}", style="green")

    def writes(self) -> list[str]:
        return sorted(f"{one.product} {one.method} {one.path}" for one in self.sim.requests(writes_only=True))

    def roles(self, name: str) -> list[str]:
        user = self.sim.lookup("vbr", name) or {}
        return [str(role["name"]) for role in user.get("roles", [])]


def snapshot(sim: Simulator) -> dict[str, Any]:
    """Everything the servers hold."""
    return {product: sim.objects(product) for product in sim.products}


@dataclass(frozen=True)
class Secret:
    """A password that the stack manages: where it is set, and who logs in with it where, before and after."""

    key: str
    product: str
    account: str
    first: str
    second: str


SECRETS = (
    Secret("operatorPassword", "aws", OPERATOR, "Administrator1", "Operator-2026"),
    Secret("katePassword", "azure", KATE, "Restore-1", "Restore-2026"),
    Secret("vbr01Password", "em", rf"{VBR01}\Administrator", "Connect1", "Connect-2026"),
    Secret("smithPassword", "vspc", SMITH, "Password1", "Password-2026"),
)


def tell(story: Story) -> None:
    """The chapters. Raises Failed where the servers are not as a step should have left them."""
    sim, before = story.sim, snapshot(story.sim)

    story.run("preview", "What would happen? Passwords are secrets, nothing is sent to any server.", diff=True)
    story.check(not any(sim.traffic(name).connections for name in sim.products), "no server was even connected to")

    changes = story.run("up", "Do it.")
    story.check(changes.get("create", 0) >= 12, "twelve objects were created on six products")
    for product in sim.products:
        for name in new_names(before[product], sim.objects(product)):
            story.say(f"     {sim.url(product)}  {name}  {summary(sim.lookup(product, name) or {})}")
    for one in SECRETS:
        story.check(
            sim.can_login(one.product, one.account, one.first), f"{one.account} has its password on {one.product}"
        )
    story.check(story.roles(JOHN) == ["Backup Operator"], f"{JOHN} is a Backup Operator on the backup server")

    story.run("up", "Once more: there is nothing to do.")
    story.check(story.writes() == [], "no server was written to")

    sim.drift("vbr", "update", JOHN, {"roles": ["Backup Administrator"]})
    sim.drift("aws", "delete", OPERATOR)
    sim.drift("azure", "update", KATE, {"role": "PortalAdmin"})
    sim.drift("em", "delete", VBR01)
    sim.drift("m365", "update", DESK, {"operators": ["Group:desk@contoso.example", "User:john@contoso.example"]})
    sim.drift("vspc", "update", SMITH, {"email": "someone@else.example"})
    story.say(
        f"\nBehind our back somebody makes {JOHN} and {KATE} administrators, deletes {OPERATOR}, disconnects {VBR01}, "
        f"lets john@contoso.example restore every mailbox, and has {SMITH}'s mail sent elsewhere.",
        style="bold red",
    )
    story.run("refresh", "Who noticed?", diff=True)
    story.check(story.writes() == [], "looking changed nothing")

    story.run("up", "Repair it all.")
    wrote = story.writes()
    story.check(len(wrote) == 6, f"six requests did it: {', '.join(wrote)}")
    story.check(story.roles(JOHN) == ["Backup Operator"], f"{JOHN} is a Backup Operator again, and only that")
    role = (sim.lookup("azure", KATE) or {}).get("role")
    story.check(role == "RestoreOperator", f"{KATE} is a {role} again")
    story.check(len((sim.lookup("m365", DESK) or {})["operators"]) == 1, f"{DESK} has one operator again, the group")
    story.check(sim.can_login("aws", OPERATOR, SECRETS[0].first), f"{OPERATOR} is back and can log in")
    story.check(sim.lookup("em", VBR01) is not None, f"{VBR01} is connected again")
    mail = (sim.lookup("vspc", SMITH) or {}).get("profile", {}).get("email")
    story.check(mail == "s.smith@alpha.com", f"{SMITH}'s mail goes to {mail}")

    for one in SECRETS:
        story.engine.set_secret(one.key, one.second)
    story.run("up", "New passwords: each rotated by one request.")
    wrote = story.writes()
    methods = [line.split()[1] for line in wrote]
    story.check(methods == ["PUT", "PUT", "PUT", "PATCH"], f"the requests: {', '.join(wrote)}")
    for one in SECRETS:
        story.check(sim.can_login(one.product, one.account, one.second), f"the new password of {one.account} works")
        story.check(not sim.can_login(one.product, one.account, one.first), "the old one does not")

    story.run("destroy", "Take everything back.")
    story.check(snapshot(sim) == before, "all servers are as they were before")


def summary(row: dict[str, Any]) -> str:
    """What an object of any product is, in a few words."""
    roles = ", ".join(role if isinstance(role, str) else role["name"] for role in row.get("roles", []))
    return str(row.get("description") or row.get("role") or row.get("roleType") or roles)


def new_names(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Names of the objects that were not there before; of an API key what it is for."""

    def names(held: dict[str, Any]) -> set[str]:
        return {title for kind, rows in held.items() for row in rows if (title := _title(kind, row))}

    return sorted(names(now) - names(before))


def _title(kind: str, row: dict[str, Any]) -> str:
    return str(row["description"] if kind == "keys" else row.get("name") or row.get("userName") or "")
