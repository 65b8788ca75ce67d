"""Accounts by their names: those for emergencies are protected, and every account belongs to somebody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from ..products.account_names import may_be_account, user_part
from ..pulumi_state import Urn
from ..resource.grant import LATER, compared
from .resources import HIDDEN, Resource
from .rule import Case, Configuration, Rule, Violation

LIST = "BreakGlass"
"""The kind of a resource that lists the break-glass accounts of a roster."""


class BreakGlass(Configuration):
    accounts: tuple[str, ...] = ()
    """Further break-glass accounts: the account's name, or that of its resource or its person."""


class Generic(Configuration):
    names: tuple[str, ...] = (
        "admin",
        "administrator",
        "backup",
        "backupadmin",
        "default",
        "demo",
        "guest",
        "root",
        "shared",
        "support",
        "temp",
        "test",
        "tmp",
        "user",
        "veeam",
        "veeamadmin",
    )
    """Names that say nothing of who it is; digits at the end do not count, `*` stands for anything."""
    allowed: tuple[str, ...] = ("svc-*",)
    """Names that are fine all the same."""

    def has(self, account: str) -> bool:
        """Whether an account's name says nothing of who it is."""
        name = user_part(account)
        bare = name.rstrip("0123456789-_. ") or name
        return _any(self.names, name, bare) and not _any(self.allowed, name, compared(account))


def _unprotected(case: Case, configuration: BreakGlass) -> Iterator[Violation]:
    listed = set[str]()
    for one in case.resources:
        if one.kind == LIST:
            protected = one.values.get("protected")
            if not isinstance(protected, (Mapping, list)):
                yield Violation(f"{one.name}: the list of break-glass accounts cannot be read: preview again", one.urn)
                continue
            listed.update(map(str, protected))
    for resource in case.resources:
        found = resource.grant
        if found is None or resource.protect or (case.comes_again(resource) and found.account == LATER):
            continue
        if resource.name in listed or any(_is(resource, found.account, name) for name in configuration.accounts):
            yield Violation(
                f"{resource.name}: {found.account} on connection {found.connection} is a break-glass account and not "
                "protected: declare it with ResourceOptions(protect=True), or take it off the list of break-glass "
                "accounts",
                resource.urn,
            )


def _is(resource: Resource, account: str, name: str) -> bool:
    named = {resource.name, Urn.of(resource.parent).name}
    return name in named or account in HIDDEN or may_be_account(account, name)


def _generic(case: Case, configuration: Generic) -> Iterator[Violation]:
    for resource in case.resources:
        found = resource.grant
        # A backup server in Enterprise Manager names an account that somebody else made.
        if found is None or not found.is_account or (case.comes_again(resource) and found.account == LATER):
            continue
        if found.account in HIDDEN:
            yield Violation(
                f"{resource.name}: the name of the account on connection {found.connection} cannot be read, so nobody "
                "can say whose it is: write it in clear in the program",
                resource.urn,
            )
            continue
        if configuration.has(found.account):
            yield Violation(
                f"{resource.name}: the account {found.account} on connection {found.connection} belongs to nobody in "
                "particular: give each person an account of their own, name a service's account svc-NAME, or add it to "
                "`allowed` of no-generic-names in the policy configuration",
                resource.urn,
            )


def _any(patterns: tuple[str, ...], *names: str) -> bool:
    return any(fnmatchcase(name, compared(pattern)) for pattern in patterns for name in names)


RULES = [
    Rule(
        "break-glass-protected",
        "Accounts for emergencies are protected from being deleted.",
        BreakGlass,
        _unprotected,
        whole_stack=True,
    ),
    Rule(
        "no-generic-names",
        "Every account belongs to a person or a service.",
        Generic,
        _generic,
    ),
]
