"""What an entry of a roster is on a server: the resource, its arguments, and what the product can hold as a name.

* Backup for AWS: names are lower-case Latin letters, digits, `_`, `-`, and `$` at the end, at most 32; no `admin`.
* VBR: Windows accounts, `DOMAIN\\user` or `user@domain.tld`; Windows refuses `"/[]:;|=,+*?<>` in a name.
* Service Provider Console: 1 to 256 characters.
* Enterprise Manager: with `servers` it logs in to those backup servers with the entry's account; with `roles` the entry
  has an account there. Both may be said.
* Backup for Azure: names of 1 to 32 Latin letters, digits, `_` and `-`; an identity provider has its own.
* Backup for Microsoft 365 holds no accounts: an entry is a restore role of its own, whose one operator it is.
* A kind that nothing is said of here, and whose natural key is a name, takes its own arguments as fields.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from ..products import resources
from ..resource.fields import Marker, State

SAMPLE, NOBODY = "sample", "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True)
class Wish:
    """What an entry of a roster asks of a product."""

    name: str
    """The name to log in with."""
    fields: Mapping[str, Any]
    """What its profile says about the product."""
    person: Mapping[str, str]
    company_uid: str | None = None
    adopt: bool = False
    """Whether what is there is kept as it is: then nothing is said that only follows from the entry."""
    group: bool = False


def _aws(wish: Wish) -> Iterator[tuple[State, str]]:
    yield {"name": wish.name, **({} if wish.adopt else {"description": wish.person["name"][:255]})}, ""


def _em(wish: Wish) -> Iterator[tuple[State, str]]:
    rest = {key: value for key, value in wish.fields.items() if key != "servers"}
    for server in wish.fields.get("servers") or ():
        yield {**rest, "dns_name_or_ip_address": server, "username": wish.name}, str(server)


def _vspc(wish: Wish) -> Iterator[tuple[State, str]]:
    first, _, last = wish.person["name"].partition(" ")
    profile = {"first_name": first, "last_name": last, "email": wish.person.get("email", "")}
    profile = {key: value for key, value in profile.items() if value}
    rest = {key: value for key, value in wish.fields.items() if key != "company"}
    said = {} if wish.adopt else {"profile": profile}
    yield {**rest, "user_name": wish.name, **said, "organization_uid": wish.company_uid}, ""


def _account(wish: Wish) -> Iterator[tuple[State, str]]:
    yield {**wish.fields, "name": wish.name}, ""


def _m365(wish: Wish) -> Iterator[tuple[State, str]]:
    said = {} if wish.adopt else {"description": wish.person["name"]}
    operator = {"group" if wish.group else "user": wish.name}
    yield {**said, **wish.fields, "name": wish.name, "operators": [operator]}, ""


@dataclass(frozen=True)
class Meaning:
    """What a profile can say about a product, and which names the product can hold."""

    kind: str
    fields: tuple[str, ...]
    """What stands under the product in a profile."""
    arguments: Callable[[Wish], Iterator[tuple[State, str]]]
    """The arguments of each resource that an entry means there, and the backup server that one is for, if any."""
    holds: str
    rule: str
    """`holds` in words."""
    needs: tuple[str, type, str] | None = None
    """A field that a profile cannot do without, of what type, and the words for its absence."""
    renamed: dict[str, str] = field(default_factory=dict)
    """Argument of the resource -> the field it comes from."""
    suggested: Callable[[str], str] = str
    """An entry's key as a part of an account's name."""

    elsewhere: Callable[[Mapping[str, Any]], bool] = lambda fields: False
    """Whether by its fields somebody else keeps the account: then it has no password here, and any name."""

    def has_password(self, fields: Mapping[str, Any]) -> bool:
        return "password" in resources()[self.kind].fields and not self.elsewhere(fields)


WINDOWS = (
    r'(?=.{1,104}$)[^\\@"/\[\]:;|=,+*?<>]+@[\w.-]+|(?=.{1,104}$)([^\\@"/\[\]:;|=,+*?<>]+\\)?[^\\@"/\[\]:;|=,+*?<>]+'
)
PRODUCTS = {
    "aws": Meaning(
        "aws.User",
        (),
        _aws,
        r"(?!admin$)(?=.{1,32}$)[a-z0-9_-]*\$?",
        "1 to 32 lower-case Latin letters, digits, _ and -, and $ at the end; not admin",
        suggested=lambda key: re.sub(r"[^a-z0-9_-]", "-", key.lower()),
    ),
    "em": Meaning(
        "em.BackupServer",
        ("servers", "description", "port", "wcf_port"),
        _em,
        WINDOWS,
        r"DOMAIN\user or user@domain.tld, at most 104 characters",
        needs=("servers", list, "Enterprise Manager needs 'servers', a list of backup servers"),
        renamed={"dns_name_or_ip_address": "servers"},
    ),
    "vbr": Meaning(
        "vbr.User",
        ("roles", "type", "is_service_account", "description", "account_type", "is_enabled"),
        _account,
        WINDOWS,
        r"DOMAIN\user, user@domain.tld or .\user, at most 104 characters",
    ),
    "vspc": Meaning(
        "vspc.User",
        ("role", "company", "status", "mfa_policy_status"),
        _vspc,
        r".{1,256}",
        "1 to 256 characters",
        needs=("company", object, "Service Provider Console needs 'company'"),
        renamed={"organization_uid": "company"},
    ),
    "azure": Meaning(
        "azure.User",
        ("role", "description", "type", "identity_provider_entity_id"),
        _account,
        r"[A-Za-z0-9_-]{1,32}",
        "1 to 32 Latin letters, digits, _ and -",
        suggested=lambda key: re.sub(r"[^A-Za-z0-9_-]", "-", key),
        elsewhere=lambda fields: fields.get("type") == "IdentityProvider",
    ),
    "m365": Meaning(
        "m365.RestoreRole",
        ("organization", "role_type", "selected_items", "excluded_items", "description"),
        _m365,
        r"\S.{0,254}\S|\S",
        "1 to 256 characters: the e-mail address of a user or group",
    ),
}
MORE = (
    Meaning(
        "em.Account",
        (
            "roles", "type", "allow_restore_all_vms", "restore_scopes", "flr_in_place_only", "flr_extensions",
            "sql_deny_in_place",
        ),
        _account,
        WINDOWS,
        r"DOMAIN\user or user@domain.tld, at most 104 characters",
    ),
)  # fmt: skip
"""Other kinds of a product that an entry can have, where there is something to say of them."""


KIND = "kind"
"""The field of a profile that chooses among the kinds of a product; left out: those that have the other fields."""


def meant(product: str, fields: Collection[str]) -> list[str]:
    """The kinds that a profile's fields are for: each that alone has one of them; the usual one where none has."""
    known = kinds(product)
    of = {kind: {*meaning(kind).fields} for kind in known}
    own = {kind: of[kind].difference(*(of[other] for other in known if other != kind)) for kind in known}
    return [kind for kind in known if own[kind] & {*fields}] or known[:1]


def kinds(product: str) -> list[str]:
    """The kinds of a product that an entry can have, the usual one first."""
    usual = [PRODUCTS[product].kind] if product in PRODUCTS else []
    return usual + [one for one in _kinds() if resources()[one].product == product and one not in usual]


@cache
def _kinds() -> tuple[str, ...]:
    """Those that are called by a name alone, and are accounts."""
    found = []
    for kind, resource in resources().items():
        named = resource.marked(Marker.identity)
        if len(named) == 1 and resource.grant({named[0]: SAMPLE}).is_account and "role" in " ".join(resource.fields):
            found.append(kind)
    return tuple(found)


@cache
def meaning(kind: str) -> Meaning:
    """What an entry means where it has this kind; `kind` is one of `kinds`."""
    for one in (*PRODUCTS.values(), *MORE):
        if one.kind == kind:
            return one
    resource = resources()[kind]
    (named,) = resource.marked(Marker.identity)
    fields = tuple(
        name
        for name, declared in resource.fields.items()
        if name not in (named, "connection", "adopt") and Marker.secret not in declared.markers
    )

    def arguments(wish: Wish) -> Iterator[tuple[State, str]]:
        yield {**wish.fields, named: wish.name}, ""

    return Meaning(kind, fields, arguments, "(?s).{1,256}", "1 to 256 characters")


@dataclass(frozen=True)
class Account:
    """One account of an entry, or one backup server that Enterprise Manager reaches with it."""

    connection: str
    kind: str
    name: str
    """The name to log in with."""
    arguments: State
    """Of the resource, without the password."""
    server: str = ""
    """The backup server, where the connection is one to Enterprise Manager."""

    @property
    def has_password(self) -> bool:
        return meaning(self.kind).has_password(self.arguments)

    @property
    def knows_current_password(self) -> bool:
        """Whether the product may want the password that an account has now, to give it another one."""
        return "current_password" in resources()[self.kind].fields

    @property
    def key(self) -> tuple[str, str, str]:
        """The same for two accounts that are one on their server, and for two that look the same: one keyboard types
        `é` as one character, another as `e` and an accent."""
        natural = resources()[self.kind].natural_key(self.arguments)
        return self.connection, self.kind, unicodedata.normalize("NFC", natural)


def of(kind: str, connection: str, wish: Wish) -> Iterator[Account]:
    """The accounts that an entry's wish means on a connection."""
    for arguments, server in meaning(kind).arguments(wish):
        yield Account(connection, kind, wish.name, {"connection": connection, **arguments}, server)


def problems(kind: str, fields: Mapping[str, Any], uid: str | None) -> Iterator[tuple[str, str]]:
    """(field, what is wrong) of what a profile says about a product, whoever has it."""
    said = meaning(kind)
    if said.needs:
        needed, type_, words = said.needs
        if not fields.get(needed) or not isinstance(fields[needed], type_):
            yield needed if needed in fields else "", words
            if type_ is list:  # without them there is nothing to check
                return
    product = kind.partition(".")[0]
    for account in of(kind, product, Wish(SAMPLE, fields, {"name": SAMPLE}, uid or NOBODY)):
        given = {**account.arguments, **({"password": SAMPLE} if said.has_password(fields) else {})}
        for problem in resources()[kind].check(given)[1]:
            yield said.renamed.get(problem.property, problem.property), problem.reason


def holds(kind: str, name: str, fields: Mapping[str, Any]) -> bool:
    """Whether the product can have an account of that name, of which a profile says `fields`."""
    said = meaning(kind)
    return bool(name) and (said.elsewhere(fields) or re.fullmatch(said.holds, name) is not None)


def suggested(product: str, key: str) -> str:
    """An entry's key as a part of an account's name."""
    return PRODUCTS[product].suggested(key) if product in PRODUCTS else key
