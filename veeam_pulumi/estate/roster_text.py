"""The roster that people would have typed: written once; later only lines are added, and edits stay.

The first line has a digest of the rest. As long as it fits, nobody has edited the file, and it is written anew: then
what is renamed or joined in estate.yaml shows here. From the first edit on, lines are only added.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..access import located
from ..access.accounts import suggested
from . import sections
from .draft import Draft, Grants
from .sections import entry, flow, insert

FILE = "roster.yaml"
SECTIONS = ("people", "service_accounts", "groups")
_MARK = "# As found on the servers by `veeam-pulumi discover` (digest {}).\n"
_HEAD = """\
# Every account is adopted: nothing changes on a server, and nothing is deleted there. docs/take-over.md of
# veeam-pulumi has the next steps.
"""


_OURS = """\
# No account is adopted: the next `up` makes them ours, with passwords of ours. Review its preview before.
"""


def is_unedited(text: str) -> bool:
    """Whether a file is as it was written."""
    return sections.is_unedited(text, _MARK)


def whole(entries: Sequence[Draft], profiles: Mapping[str, Grants], *, own: bool = False) -> str:
    """A new roster. `own`: its accounts are to be ours, not adopted."""
    patterns = _patterns(entries)
    text = _OURS if own else _HEAD
    text = insert(text, "profiles", _profiles(profiles))
    text = insert(text, "names", [f"  {name}: {flow(pattern)}" for name, pattern in patterns.items()])
    for section in SECTIONS:
        text = insert(text, section, _entries(entries, section, patterns, own))
    return _MARK.format(sections.digest(text)) + text


def added(text: str, entries: Sequence[Draft], profiles: Mapping[str, Grants], *, own: bool = False) -> str:
    """A roster with more entries in it."""
    names = parsed(text).get("names")
    patterns = {key: str(value) for key, value in names.items()} if isinstance(names, dict) else {}
    text = insert(text, "profiles", _profiles(profiles))
    for section in SECTIONS:
        text = insert(text, section, _entries(entries, section, patterns, own))
    return text


def profiles_of(roster: Mapping[str, Any]) -> dict[str, Grants]:
    """The profiles of a roster as `parsed` gives it."""
    found = roster.get("profiles")
    return {
        name: {key: dict(said or {}) for key, said in parts.items()}
        for name, parts in (found.items() if isinstance(found, dict) else ())
        if isinstance(parts, dict) and all(isinstance(said, (dict, type(None))) for said in parts.values())
    }


def parsed(text: str) -> dict[str, Any]:
    """A roster as its own reader has it: keys are texts, `on` and `1e3` too. Raises Mistaken."""
    found = located.parsed(text, located.Book(FILE)).plain()
    return found if isinstance(found, dict) else {}


def _profiles(profiles: Mapping[str, Grants]) -> list[str]:
    return [entry(name, said) for name, said in profiles.items()]


def _entries(entries: Iterable[Draft], section: str, patterns: Mapping[str, str], own: bool) -> list[str]:
    rows = []
    for one in entries:
        if one.section != section:
            continue
        said: dict[str, Any] = {"name" if section == "people" else "description": one.title}
        if section == "people" and one.email:
            said["email"] = one.email
        if one.profiles:
            said["profile"] = one.profiles[0] if len(one.profiles) == 1 else one.profiles
        if one.grants:
            said["grants"] = one.grants
        accounts = {
            item.connection: item.grant.account
            for item in one.items
            if item.grant.account != _expected(one.key, item.connection, item.product, patterns)
        }
        if accounts:
            said["accounts"] = accounts
        said |= {} if own else {"adopt": True, "password": "keep"}
        rows.append(entry(one.key, said, "; ".join(one.notes)))
    return rows


def _expected(key: str, connection: str, product: str, patterns: Mapping[str, str]) -> str:
    """The name that an entry has on a connection where it says none."""
    for place in (connection, product, *(["vbr"] if product == "em" else [])):
        if place in patterns:
            return patterns[place].replace("{key}", suggested(product, key))
    return suggested(product, key)


def _patterns(entries: Iterable[Draft]) -> dict[str, str]:
    r"""`vbr: 'LAB\{key}'` where that is how most names of a connection follow from keys."""
    seen: dict[str, Counter[str]] = {}
    for one in entries:
        for item in one.items:
            name, key = item.grant.account, suggested(item.product, one.key)
            if "{" not in name and len(re.findall(re.escape(key), name)) == 1:
                seen.setdefault(item.connection, Counter())[name.replace(key, "{key}")] += 1
    found = {connection: counts.most_common(1)[0] for connection, counts in seen.items()}
    return {connection: text for connection, (text, count) in found.items() if count > 1 and text != "{key}"}
