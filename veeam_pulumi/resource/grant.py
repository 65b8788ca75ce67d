"""What an object lets its holder do: said by the resource, asked by reviews, policies, rosters and audits.

A right is one of seven words. Which role has which is a table of each product (`products/<product>/rights.py`). What no
table knows counts as every right, and says so: a custom role, a secret or unknown value, a kind that says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

from ..server.names import fold
from .fields import UNKNOWN

Principal = Literal["account", "key", "rule", "role", "server", "credential", "company"]
"""What an object is: a login, an API key, a rule that lets principals in, a set of rights, a server, a stored secret, a
customer. The first three let somebody in on their server; what the others give is reached by whoever is named there."""
LETS_IN: frozenset[Principal] = frozenset({"account", "key", "rule"})

Right = Literal["destroy", "destroy_maybe", "weaken", "grant", "secrets", "restore", "own_key"]
RIGHTS: tuple[Right, ...] = get_args(Right)
WORDS: dict[Right, str] = {
    "destroy": "can delete backups",
    "destroy_maybe": "may delete backups",
    "weaken": "can weaken protection",
    "grant": "can grant access",
    "secrets": "can reach secrets",
    "restore": "can restore",
    "own_key": "can make API keys",
}
"""The rights as users read them."""
LATER = "(unknown)"
"""Stands for a name or a role that is missing, or that only the run will tell."""

RoleRights = Mapping[Right, str]
"""A role's rights -> the operation, permission or document that gives each."""


@dataclass(frozen=True)
class Source:
    """What gives a right: a role (empty: none in particular), and the operation or document that says so."""

    role: str
    by: str
    certain: bool = True
    """False where nobody knows, and the right only counts as given."""


@dataclass(frozen=True)
class Holder:
    """Somebody whom an object gives its rights to, without an account of their own on that server."""

    account: str
    group: bool = False


@dataclass(frozen=True)
class Beyond:
    """What somebody is by way of an account, and the account's own server does not say."""

    text: str
    """What goes on after the account's name: `is administrator of …`."""
    servers: bool = False
    """Whether it is about the servers that its own server logs in to."""


OF_THE_HOST = Beyond(
    "has the administrators of the host and of its domain in it: whoever decides on them decides on backups, too"
)
"""Of the group of Windows that an installation makes administrators of."""


@dataclass(frozen=True)
class Grant:
    """An object and what it lets its holder do. Texts are as the program or the server writes them."""

    account: str
    """The name to log in with; LATER while it is not known; empty for an object that is not an account."""
    connection: str
    principal: Principal = field(kw_only=True)
    roles: tuple[str, ...] = ()
    """In alphabetical order; LATER for what is not known yet."""
    role_names: tuple[str, ...] = field(default=(), kw_only=True)
    """Of roles that are written as ids, the names, as far as they are known without a server."""
    rights: Mapping[Right, tuple[Source, ...]] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    """Why rights are not known for certain; then every right is in `rights`."""
    organization: str = ""
    """The UID of the organization that it belongs to, where the product has organizations."""
    type: str = ""
    """Of the account, where the product has types: `InternalUser`, `ExternalGroup`."""
    enabled: bool = True
    """Whether one can log in with it."""
    may_be_off: bool = False
    """Whether what disables it, or lets it only read, is hidden or not known: it counts as on, and as never seen on."""
    group: bool = False
    """Whether it stands for all members of a group, which is decided elsewhere."""
    service_account: bool | None = None
    """None where the server does not say."""
    mfa: bool | None = None
    """Whether a second factor is set up; None where the server does not say."""
    built_in: bool = False
    """Whether the product brought it along."""
    beyond: tuple[Beyond, ...] = ()
    """What it leads to elsewhere."""
    same_as: str = ""
    """The id of the object whose rights it has, such as a key's user: every right, until somebody looks there."""
    holders: tuple[Holder, ...] = ()
    """Whom an object that lets nobody in gives its rights to, as far as it names them."""

    @property
    def is_account(self) -> bool:
        """False for an object that lets nobody log in on its server, whatever account it names."""
        return self.principal in LETS_IN

    def may(self, right: Right) -> bool:
        """Whether it has the right, or nobody can say that it has not."""
        return right in self.rights

    @property
    def is_administrator(self) -> bool:
        """Whether it may change who has access."""
        return self.may("grant")

    def as_owner(self, owner: Grant) -> Grant:
        """This one with the rights of the one that `same_as` names; it lets nobody in where that one does not."""
        return replace(
            self,
            roles=tuple(sorted({*self.roles, *owner.roles})),
            rights=owner.rights,
            unknown=owner.unknown,
            beyond=owner.beyond,
            enabled=self.enabled and owner.enabled,
            may_be_off=self.may_be_off or owner.may_be_off,
        )

    @property
    def is_privileged(self) -> bool:
        """Whether it may change who has access, or delete backups: what a review and an approval are about."""
        return self.privileged_by() != ()

    def privileged_by(self, harmless: Iterable[str] = ()) -> tuple[str, ...]:
        """The roles that make it privileged, without those that somebody called `harmless`; empty: it is not.

        An empty text among them is what no role gives: a kind or value that is not known.
        """
        free = {compared(role.strip()) for role in harmless} - {""}
        found = {one.role for right in ("grant", "destroy", "destroy_maybe") for one in self.rights.get(right, ())}
        return tuple(sorted(role for role in found if compared(role.strip()) not in free))


def texts(value: Any) -> tuple[str, ...]:
    """A text or a list of them -> texts in order; LATER for what is missing or not known, alone or in the list."""
    return tuple(sorted(text(one) for one in (value if isinstance(value, (list, tuple)) else [value])))


def text(value: Any) -> str:
    """A value as text; LATER where it is missing or not known."""
    return LATER if value is UNKNOWN or value is None or value == "" else str(value)


def unreadable(value: Any, *known: Any) -> bool:
    """Whether a value is there and none of those that it can be: hidden, or not known yet."""
    return value is not None and value not in known


def compared(name: str) -> str:
    """The name of an account or a role in the form in which servers compare it."""
    return fold(name)


def compared_role(name: str) -> str:
    """The name of a role in the form in which servers compare it: Backup & Replication takes `Backup Administrator` and
    `Veeam Backup Administrator` for one."""
    return compared(name.strip()).removeprefix("veeam ")


def every_right(why: str, role: str = "") -> dict[Right, tuple[Source, ...]]:
    """What counts where nobody can say less."""
    return {right: (Source(role, why, certain=False),) for right in RIGHTS}


def rights_of(
    roles: Sequence[str], table: Mapping[str, RoleRights], normal: Callable[[str], str]
) -> tuple[dict[Right, tuple[Source, ...]], tuple[str, ...]]:
    """Roles as written -> their rights together, and why they are not certain. No role at all gives nothing.

    `table`: by the form in which `normal` writes a role.
    """
    found: dict[Right, tuple[Source, ...]] = {}
    unknown = []
    for role in roles:
        known = table.get(normal(role))
        if known is None:
            named = "its role" if role == LATER else f"the role {role!r}"
            unknown.append(f"nobody knows what {named} lets its holder do")
        given = every_right(unknown[-1], role) if known is None else {k: (Source(role, by),) for k, by in known.items()}
        for right, sources in given.items():
            found[right] = found.get(right, ()) + sources
    return {right: found[right] for right in RIGHTS if right in found}, tuple(unknown)


def unknown_kind(kind: str, values: Mapping[str, Any]) -> Grant:
    """The grant of an object whose kind says nothing about rights: every one."""
    why = f"nobody knows what a {kind} lets its holder do"
    names = (values[key] for key in ("name", "user_name", "username", "login") if values.get(key) not in (None, ""))
    return Grant(
        account=text(next(names, None)),
        principal="account",
        connection=text(values.get("connection") or kind.partition(".")[0]),
        roles=texts(next((values[key] for key in ("roles", "role") if values.get(key)), [])),
        rights=every_right(why),
        unknown=(why,),
    )
