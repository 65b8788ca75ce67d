"""The stack of a service provider: a component per company, its users under it, their passwords generated or given."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pulumi

from .. import vspc
from ..dynamic import deletions
from ..dynamic.password import Password
from ..dynamic.vocabulary import words
from ..products.vspc.roles import Role
from ..pulumi_state import config_map
from . import tenants
from .located import Mistaken


class Company(pulumi.ComponentResource):
    """A company on Service Provider Console: its users are children, called `<user name>@<company>`.

    `passwords`: given ones, by the resource names of the users; the others are generated. `rotation`: another text
    makes other passwords.
    """

    def __init__(
        self,
        company: tenants.Company,
        *,
        connection: str = "vspc",
        passwords: Mapping[str, Any] | None = None,
        rotation: str = "",
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("veeam:tenants:Company", company.name, None, opts)
        below = pulumi.ResourceOptions(parent=self)
        given = passwords or {}
        self.accounts: dict[str, pulumi.Output[str]] = {}
        """The id of each user on the server, by user name."""
        self.passwords: dict[str, pulumi.Output[str]] = {}
        """The passwords that were generated, by user name."""
        for user in company.users:
            name = _name(user, company)
            password = given.get(name)
            if password is None and not user.adopts:
                made = Password(name, keepers={"rotation": rotation} if rotation else {}, opts=below)
                password = self.passwords[user.user_name] = made.result
            more: dict[str, Any] = {"status": user.status} if user.status else {}
            more |= {"adopt": True} if user.adopts else {}
            account = vspc.User(
                name,
                organization_uid=company.organization_uid,
                user_name=user.user_name,
                password=password,
                role=cast(Role, user.role),  # the file was checked
                profile=cast(vspc.Profile, user.profile),
                **more,
                connection=connection,
                opts=below,
            )
            self.accounts[user.user_name] = account.id
        self.register_outputs({"users": sorted(self.accounts)})


def declare(file: str = "tenants.csv") -> list[Company]:
    """Every company of the file, which counts from the folder of the program -> the components.

    Config: `veeam:file` (instead of this one), `connection` (`vspc`), `passwords` (a secret map from
    `<user name>@<company>` to given passwords), `rotation`. Exports: `accounts` and the generated `passwords`, both by
    company and user name. Raises RunError with every mistake of the file, before anything else is done.
    """
    deletions.watch()  # also where nobody is declared
    config = pulumi.Config("veeam")
    path = Path(config.get("file") or file)
    try:
        companies = tenants.read(path)
        given = _given(config, companies, path)
    except Mistaken as found:
        raise pulumi.RunError(found.shown()) from None
    declared = [
        Company(
            company,
            connection=config.get("connection") or "vspc",
            passwords=given,
            rotation=config.get("rotation") or "",
        )
        for company in companies
    ]
    pulumi.export("accounts", {one.pulumi_resource_name: one.accounts for one in declared})
    generated = {one.pulumi_resource_name: one.passwords for one in declared if one.passwords}
    pulumi.export("passwords", pulumi.Output.secret(generated))
    return declared


def _name(user: tenants.User, company: tenants.Company) -> str:
    """What a user's resources are called. The console ignores the case of user names, so it must not matter here."""
    return f"{tenants.alike(user.user_name)}@{company.name}"


def _given(config: pulumi.Config, companies: tuple[tenants.Company, ...], path: Path) -> dict[str, Any]:
    """The passwords of the config as secrets. Raises Mistaken for one that belongs to no user."""
    key = config.full_key("passwords")
    # Not by get_object, which warns of what is a secret: here only the names are looked at before it is one again.
    found = config_map(pulumi.runtime.get_config(key))
    names = {_name(user, company) for company in companies for user in company.users}
    example = words.set_config(f'{key}["{next(iter(sorted(names)), "user@company")}"]', secret=True)
    if found is None:
        raise Mistaken([f"{key}: must be a map of passwords; set one with {example}"])
    if strangers := sorted(found.keys() - names):
        raise Mistaken(f"{key}.{name}: is nobody in {path.name}; set one with {example}" for name in strangers)
    wrong = []
    for company in companies:
        for user in company.users:
            name, where = _name(user, company), f"{path.name}:{user.line}: password"
            command = words.set_config(f'{key}["{name}"]', secret=True)
            if user.password == "config" and name not in found:
                wrong.append(f"{where}: there is none in the config: {command}")
            elif name in found and (user.adopts or user.password == "generated"):
                wrong.append(f"{where}: there is one in {key}, which nobody uses: take it out, or write config")
    if wrong:
        raise Mistaken(wrong)
    return {name: pulumi.Output.secret(password) for name, password in found.items()}
