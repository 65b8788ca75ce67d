"""The roster as Pulumi resources: a component for each entry, with its accounts and generated passwords under it."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path

import pulumi
from pulumi import ComponentResource, Output, ResourceOptions

from ..dynamic import deletions, typed_class
from ..dynamic.break_glass import BreakGlass
from ..dynamic.password import Password
from ..dynamic.vocabulary import words
from ..errors import VeeamError
from ..products import sessions
from ..pulumi_state import config_map
from ..server.connections import Connections
from .accounts import Account
from .entries import Entry, Surroundings
from .located import Book, Mistaken, load
from .roster import read

__all__ = ["Person", "declare"]


class Person(ComponentResource):
    """Somebody, or something, with accounts: an entry of the roster in one environment.

    The accounts of a break-glass entry are protected: the engine neither deletes nor replaces them. That they are not
    changed either is for `BreakGlass` to see to.
    """

    accounts: dict[str, str]
    """Connection -> the name to log in with."""
    passwords: dict[str, Output[str]]
    """Connection -> the generated password."""

    def __init__(
        self,
        entry: Entry,
        *,
        rotation: str = "",
        given: Output[str] | None = None,
        current: Output[str] | None = None,
        opts: ResourceOptions | None = None,
    ) -> None:
        """
        :param entry: The entry; its key is the resource's name.
        :param rotation: What rotates everybody's generated passwords.
        :param given: The password, where it is not generated.
        :param current: The password that the accounts have now, where that is needed to give them another one.
        """
        super().__init__("veeam:access:Person", entry.key, None, opts)
        self.accounts = {one.connection: one.name for one in entry.accounts}
        self.passwords = {}
        self._keepers = {name: text for name, text in (("all", rotation), ("own", entry.rotation)) if text}
        for label, account in zip(entry.labels, entry.accounts, strict=True):
            self._declare(entry, label, account, given, current)
        self.register_outputs({"accounts": self.accounts})

    def _declare(
        self, entry: Entry, label: str, account: Account, given: Output[str] | None, current: Output[str] | None
    ) -> None:
        arguments = dict(account.arguments)
        if account.has_password and entry.password != "keep":
            mine = entry.password == "config"
            arguments["password"] = given if mine else self._generated(entry.key, account.connection)
        if account.knows_current_password and entry.current_password:
            arguments["current_password"] = current
        if entry.adopt:
            arguments["adopt"] = True
        opts = ResourceOptions(parent=self, protect=True if entry.break_glass else None)
        typed_class(account.kind)(label, **arguments, opts=opts)

    def _generated(self, key: str, connection: str) -> Output[str]:
        """The password of the entry on a connection: one, also for many servers of an Enterprise Manager."""
        if connection not in self.passwords:
            made = Password(f"{key}@{connection}", keepers=self._keepers, opts=ResourceOptions(parent=self))
            self.passwords[connection] = made.result
        return self.passwords[connection]


def declare(roster_file: str = "roster.yaml") -> list[Person]:
    """Declares everybody of the roster who has an account in the stack's environment, and exports who has which.

    Settings of the stack's config, beside `veeam:connections`: `environment` (default: the stack's name), `companies`
    ({name: UUID}), `passwords` and `currentPasswords` ({entry: secret}) and `rotation` (any text: another one rotates
    every generated password). Raises RunError with every mistake of the roster, each on a line of its own, before
    anything is declared.
    """
    deletions.watch()  # also where nobody is declared
    config = pulumi.Config("veeam")
    file = Path(config.get("file") or roster_file)
    given, current = _map(config, "passwords"), _map(config, "currentPasswords")
    try:
        around = Surroundings(
            environment=config.get("environment") or pulumi.get_stack(),
            connections=_connections(),
            elsewhere=_elsewhere(file.parent),
            companies=_map(config, "companies"),
            passwords=frozenset(given),
            current_passwords=frozenset(current),
        )
        entries = read(file, around)
    except (Mistaken, VeeamError) as error:
        raise pulumi.RunError(error.shown()) from None
    names = [one.key for one in entries]
    BreakGlass(
        "break-glass",
        roster=file.name,
        accounts=[label for one in entries for label in one.labels],
        protected={
            label: account.arguments
            for one in entries
            if one.break_glass
            for label, account in zip(one.labels, one.accounts, strict=True)
        },
    )
    rotation = config.get("rotation") or ""
    people = [
        Person(one, rotation=rotation, given=_secret(given.get(one.key)), current=_secret(current.get(one.key)))
        for one in entries
    ]
    pulumi.export("accounts", {key: one.accounts for key, one in zip(names, people, strict=True)})
    passwords = {key: one.passwords for key, one in zip(names, people, strict=True) if one.passwords}
    pulumi.export("passwords", Output.secret(passwords))
    return people


def _secret(text: str | None) -> Output[str] | None:
    return None if text is None else Output.secret(text)


def _map(config: pulumi.Config, key: str) -> dict[str, str]:
    """A map of the config in plain: `get_object` would warn of secrets, which are wrapped where they are used."""
    found = config_map(pulumi.runtime.get_config(config.full_key(key)))
    if found is None:
        command = words.set_config(f"{config.full_key(key)}.NAME", "…")
        raise pulumi.RunError(f"{config.full_key(key)} is not a map: set each entry with {command}")
    return found


def _connections() -> Mapping[str, str]:
    """The stack's connections and their products; their settings are checked, no server is asked."""
    found = Connections(
        pulumi.runtime.get_config("veeam:connections"),
        sessions=sessions(),
        warn=pulumi.log.warn,
        folder=Path.cwd(),
        defaults=pulumi.runtime.get_config("veeam:defaults"),
    )
    return {name: found.get(name).settings.product for name in found.names}


def _elsewhere(folder: Path) -> set[str]:
    """The connections that the stacks beside the roster name."""
    found: set[str] = set()
    for file in sorted(folder.glob("Pulumi.*.yaml")):
        # Another stack's mistake is said when that one runs.
        with contextlib.suppress(Mistaken, AttributeError, LookupError, TypeError):
            book = Book(file.name)
            config = load(file, book).plain()["config"]
            book.close()
            said = config.get("veeam:connections")
            found |= {*((config_map(said) if isinstance(said, str) else said) or ())}
    return found
