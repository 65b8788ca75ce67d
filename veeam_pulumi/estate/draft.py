r"""From what is on the servers to what a team would have typed: who is one person, and what they have in common.

* Two accounts are one person's where they are written alike with their domain (`LAB\jdoe` on two servers). The same
  login in another spelling or without a domain is a guess, and an entry of its own until somebody says so.
* Grants that the same people have become one profile; what one person alone has is in their entry.
* The login of the connection itself, what the product brought along, and what cannot be declared are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from ..access import accounts
from ..access.roster import EMAIL
from ..products import resources
from ..resource.fields import Marker, State
from ..resource.identity import normal_id
from ..server.names import fold
from .census import Census, Item
from .decisions import Decisions, Key, Line, key_of
from .names import free, slug
from .people import login

Grants = dict[str, dict[str, Any]]
"""Connection -> what a profile says of it."""
NOT_OURS = {"own login": "the own login of the connection", "built in": "built in: the product brought it along"}
SERVICE = re.compile(r"(svc|srv|service|sa)[-_.].*|svc.*|.*[-_.](svc|service)|.*\$")
_NOT_COMPARED = {Marker.write_only, Marker.secret, Marker.computed}


@dataclass
class Draft:
    """An entry of a roster."""

    key: str
    section: str
    title: str
    email: str = ""
    notes: list[str] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    profiles: list[str] = field(default_factory=list)
    grants: Grants = field(default_factory=dict)


def declared(item: Item) -> State:
    """The arguments of a resource that takes the object over as it is: what the server says and is not a default."""
    resource = resources()[item.kind]
    found: State = {}
    for name, one in resource.fields.items():
        value = item.values.get(name)
        if name in ("connection", "adopt") or value is None or one.markers & _NOT_COMPARED:
            continue
        if not one.required and (Marker.kept in one.markers or one.same(value, one.default)):
            continue
        found[name] = value
    return {**found, "connection": item.connection, "adopt": True}


def grant(item: Item, companies: Mapping[str, str]) -> dict[str, Any] | None:
    """What a profile says of the object's product, without what is about this one alone; None where none can."""
    product = item.product
    if item.kind not in accounts.kinds(product) or not item.grant.is_account:
        return None
    meaning, said = accounts.meaning(item.kind), declared(item)
    arguments = {label: argument for argument, label in meaning.renamed.items()}
    found: dict[str, Any] = {}
    for label in meaning.fields:
        value = said.get(arguments.get(label, label))
        if value is not None and label != "description":
            found[label] = companies.get(normal_id(value), value) if label == "company" else value
    uid = str(item.values.get("organization_uid") or "")
    if not accounts.holds(item.kind, item.grant.account, found) or [*accounts.problems(item.kind, found, uid)]:
        return None
    return found if accounts.meant(product, found) == [item.kind] else {accounts.KIND: item.kind, **found}


def problem(item: Item) -> str:
    """Why an object cannot be declared at all; empty if it can."""
    found = resources()[item.kind].check(declared(item))[1]
    return "; ".join(map(str, found))


def decide(census: Census, known: Decisions, taken: Iterable[str], managed: Iterable[Key]) -> dict[Key, Line]:
    """What is new on the servers -> what it is called; `taken` keys are somebody's, `managed` objects too."""
    keys, names = {*taken}, dict[str, set[str]]()
    for line in _kept(known.objects):
        keys.add(line.entry)
        names.setdefault(line.kind, set()).add(line.name)
    logins = _by_login(_kept(known.objects))
    passed = {*known.objects, *managed}
    new = [one for one in census.items if key_of(one) not in passed and (one.managed is None)]
    found: dict[Key, Line] = {}
    for item in new:
        if why := NOT_OURS.get(item.standing) or ((said := problem(item)) and f"cannot be declared: {said}"):
            found[key_of(item)] = Line(item.kind, item.name, "", "", skip=True, note=why)
    for group in _people([one for one in new if key_of(one) not in found]):
        first = group[0]
        key = free(first, first.name, keys)
        keys.add(key)
        note = _guess(first, logins, key)
        for item in group:
            name = free(item, item.name, names.setdefault(item.kind, set()))
            names[item.kind].add(name)
            found[key_of(item)] = line = Line(item.kind, item.name, key, name, note=note)
            logins.setdefault(login(line.account), []).append(line)
    order = {key_of(item): place for place, item in enumerate(census.items)}
    return dict(sorted(found.items(), key=lambda one: order[one[0]]))


def _kept(lines: Mapping[Key, Line]) -> list[Line]:
    return [line for line in lines.values() if not line.skip]


def _by_login(lines: Iterable[Line]) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = {}
    for line in lines:
        found.setdefault(login(line.account), []).append(line)
    return found


def _people(items: Sequence[Item]) -> list[list[Item]]:
    """The objects by who has them for certain; of one login, who has most accounts comes first."""
    groups: dict[tuple[str, ...], list[Item]] = {}
    for item in items:
        name = item.grant.account
        own: tuple[str, ...] = (item.connection, item.kind, item.id)
        sure = item.grant.is_account and _has_domain(name)
        key = ("group" if item.grant.group else "", fold(name)) if sure else own
        group = groups.setdefault(key, [])
        if any(one.connection == item.connection for one in group):  # an entry has one account on a connection
            group = groups.setdefault(own, [])
        group.append(item)
    return sorted(groups.values(), key=lambda group: (-len(group), not _has_domain(group[0].grant.account)))


def _has_domain(account: str) -> bool:
    return "@" in account or ("\\" in account and not account.startswith(".\\"))


def _guess(item: Item, logins: Mapping[str, Sequence[Line]], key: str) -> str:
    """Whose an account of the entry `key` may be, too; empty where nobody else has that login."""
    if item.kind not in accounts.kinds(item.product) or not item.grant.is_account or item.grant.group:
        return ""
    mine = login(item.grant.account)
    alike = [one for one in logins.get(mine, ()) if one.entry != key and one.kind in roster_kinds()]
    if not alike:
        return ""
    other = next((one for one in alike if one.entry == slug(mine)), alike[0])
    return (
        f"perhaps {other.entry}, who is {other.account}: the same login in another form or on another server; if so, "
        f"write entry: {other.entry} in estate.yaml"
    )


@cache
def roster_kinds() -> frozenset[str]:
    """The kinds that an entry of a roster can have."""
    return frozenset(kind for kind in resources() if kind in accounts.kinds(kind.partition(".")[0]))


def drafts(
    items: Iterable[Item], lines: Mapping[Key, Line], companies: Mapping[str, str]
) -> tuple[list[Draft], list[Item]]:
    """The entries of a roster, by key, and the objects that no roster can say."""
    found: dict[str, Draft] = {}
    rest = []
    for item in items:
        line = lines.get(key_of(item))
        if line is None or line.skip:
            continue
        said = grant(item, companies)
        one = found.get(line.entry)
        if said is None or (one and item.connection in one.grants):
            rest.append(item)
            continue
        if one is None:
            one = found[line.entry] = Draft(line.entry, _section(item), _title(item), _email(item))
        one.email = one.email or _email(item)
        one.title = one.title if " " in one.title else _title(item)
        one.notes += [note for note in _notes(item) if note not in one.notes]
        one.items.append(item)
        one.grants[item.connection] = said
    logins = _by_login(_kept(lines))
    for one in found.values():
        simple = one.key == slug(login(one.items[0].grant.account))
        if one.section != "groups" and not simple and (other := _guess(one.items[0], logins, one.key)):
            one.notes.insert(0, other)
    return [found[key] for key in sorted(found)], rest


def _section(item: Item) -> str:
    if item.grant.group:
        return "groups"
    service = item.grant.service_account or SERVICE.fullmatch(login(item.grant.account))
    return "service_accounts" if service else "people"


def _title(item: Item) -> str:
    profile = item.values.get("profile")
    names = [str(profile.get(part) or "").strip() for part in ("first_name", "last_name")] if profile else []
    name = item.grant.account
    return " ".join(filter(None, names)) or (name if item.grant.group else name.rpartition("\\")[2].partition("@")[0])


def _email(item: Item) -> str:
    profile = item.values.get("profile") or {}
    email = str(profile.get("email") or "") if isinstance(profile, Mapping) else ""
    return email if re.fullmatch(EMAIL, email) else ""


def _notes(item: Item) -> list[str]:
    found = []
    if item.grant.group:
        found.append("members are decided in the directory")
    elif not item.grant.service_account and _section(item) == "service_accounts":
        found.append("a service account by its name")
    if not item.grant.enabled:
        found.append(f"disabled on {item.connection}")
    if item.grant.is_administrator:
        found.append(f"can grant access on {item.connection}")
    return found


def share(entries: Sequence[Draft], known: Mapping[str, Grants]) -> dict[str, Grants]:
    """Gives the entries profiles for what several of them have, and returns the new ones; `known` ones are used too."""
    atoms: dict[str, tuple[str, dict[str, Any], list[Draft]]] = {}
    for one in entries:
        for connection, said in one.grants.items():
            text = repr((connection, sorted(said.items(), key=lambda part: part[0])))
            atoms.setdefault(text, (connection, said, []))[2].append(one)
    for one in entries:  # what the roster has a profile for already
        for name, sections in known.items():
            if sections and all(one.grants.get(where) == said for where, said in sections.items()):
                one.profiles.append(name)
                for where in sections:
                    one.grants.pop(where)
    by_holders: dict[tuple[str, ...], Grants] = {}
    for connection, said, holders in atoms.values():
        left = [one for one in holders if one.grants.get(connection) == said]
        if len(left) > 1:
            by_holders.setdefault(tuple(one.key for one in left), {})[connection] = said
    new: dict[str, Grants] = {}
    for holders_, sections in by_holders.items():
        name = _profile_name(sections, {*known, *new})
        new[name] = sections
        having = {*holders_}
        for one in entries:
            if one.key in having:
                one.profiles.append(name)
                for connection in sections:
                    one.grants.pop(connection)
    return new


def _profile_name(sections: Grants, taken: set[str]) -> str:
    """After what it gives: `backup-operator`, with the connections where that is taken."""
    connection, said = next(iter(sections.items()))
    roles = said.get("roles") or said.get("role") or ""
    words = roles if isinstance(roles, list) else [roles]
    base = "-and-".join(slug(re.sub(r"(?<=[a-z])(?=[A-Z])", "-", str(one))) for one in words if one)
    base = (base or f"{connection}-user").removeprefix("veeam-")
    base += "-group" if "Group" in str(said.get("type", "")) else ""
    for one in (base, f"{base}-{connection}", f"{base}-{'-'.join(sections)}"):
        if one not in taken:
            return one
    number = 2
    while f"{base}-{connection}-{number}" in taken:
        number += 1
    return f"{base}-{connection}-{number}"
