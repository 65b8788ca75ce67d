"""roster.yaml: who can log in where. Read and checked as a whole, before anything else is done.

Every mistake is one line: `roster.yaml:12: people.jane.doe.profile.prod: unknown profile 'operatr'; known profiles: …`.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..dynamic.vocabulary import words
from ..products import resources
from . import accounts
from .accounts import KIND, Account
from .entries import Entry, Review, Surroundings
from .located import Book, Place, load

SECTIONS = ("environments", "profiles", "names", "people", "service_accounts", "groups")
_MORE = (
    "profile", "accounts", "until", "break_glass", "password", "rotation", "adopt", "owner", "reviewed",
    "current_password", "grants",
)  # fmt: skip
FIELDS = {
    "people": ("name", "email", *_MORE),
    "service_accounts": ("description", *_MORE),
    "groups": ("description", *_MORE),
}
PASSWORDS = ("generated", "config", "keep")
EMAIL = r"[^@\s]+@[\w-]+(\.[\w-]+)*\.[A-Za-z]{2,6}|"
"""What a Service Provider Console takes as an address; nothing was noted already."""
KEY = r"[A-Za-z0-9][A-Za-z0-9._-]*"


def read(file: Path, around: Surroundings) -> list[Entry]:
    """The entries that have an account in the environment. Raises Mistaken with every mistake of the roster."""
    book = Book(file.name)
    top = book.fields(load(file, book), SECTIONS)
    found = _Reader(book, around, top)
    entries = list(found.entries())
    book.close()
    return [one for one in entries if one.accounts]


@dataclass(frozen=True)
class Section:
    """What a profile, or an entry itself, says about a product or a connection."""

    kind: str
    fields: dict[str, Any]


Sections = dict[str, list[Section]]
"""By product or connection: one for each kind that is meant."""


class _Reader:
    """One reading of a roster."""

    def __init__(self, book: Book, around: Surroundings, top: dict[str, Place]) -> None:
        self.book, self.around, self.top = book, around, top
        self.products = {kind.partition(".")[0] for kind in resources() if accounts.kinds(kind.partition(".")[0])}
        self.known = {*self.products, *around.connections, *around.elsewhere}
        self.environments = self._environments()
        self.names = {key: self._pattern(key, one) for key, one in self._map("names", "patterns").items()}
        self.profiles = {key: self._profile(one) for key, one in self._map("profiles", "profiles").items()}
        self.taken: dict[tuple[str, str, str], tuple[Account, Place]] = {}

    def _map(self, section: str, of: str) -> dict[str, Place]:
        return self.book.map(self.top[section], of) if section in self.top else {}

    def _environments(self) -> list[str]:
        place = self.top.get("environments")
        if place is None:
            return []
        if not isinstance(place.value, list):
            self.book.note(place, "must be a list of names")
            return []
        found = [self.book.text(one) for one in place.value]
        if self.around.environment not in found:
            self.book.note(place, f"the stack's environment {self.around.environment!r} is none of {', '.join(found)}")
        return found

    def _pattern(self, key: str, place: Place) -> str:
        self._is_known(key, place)
        text = self.book.text(place)
        if text and re.findall(r"\{.*?\}", text) != ["{key}"]:
            self.book.note(place, r"must have {key} in it once, and nothing else in braces: 'EXAMPLE\{key}'")
            return "{key}"
        return text or "{key}"

    def _is_known(self, key: str, place: Place) -> bool:
        if key not in self.known:
            self.book.note(place, f"unknown product or connection {key!r}; known ones: {', '.join(sorted(self.known))}")
        return key in self.known

    def _profile(self, place: Place) -> Sections:
        """What a profile says, by product or connection; checked once, not for everybody who has it."""
        found = {}
        for key, one in self.book.map(place, "products or connections").items():
            if sections := self._sections(key, one):
                found[key] = sections
        return found

    def _sections(self, key: str, place: Place) -> list[Section]:
        """What is said of a product or a connection; what is wrong with it is noted."""
        product = self.around.connections.get(key, key)
        if not self._is_known(key, place) or product not in self.products:
            return []
        kinds = accounts.kinds(product)
        given = place.value if isinstance(place.value, dict) else {}
        if chosen := given.get(KIND) if kinds[1:] else None:
            named = self.book.one_of(chosen, kinds, "kind of account")
            meant = [named] if named else []
        else:
            meant = accounts.meant(product, given)
        fields = dict.fromkeys(name for kind in meant for name in accounts.meaning(kind).fields)
        said = self.book.fields(place, (*fields, *([KIND] if kinds[1:] else []))) if meant else {}
        said.pop(KIND, None)
        return [self._section(kind, product, said, place) for kind in meant]

    def _section(self, kind: str, product: str, every: dict[str, Place], place: Place) -> Section:
        said = {name: one for name, one in every.items() if name in accounts.meaning(kind).fields}
        company = said.get("company")
        if company:
            company = said["company"] = replace(company, value=company.text)
        uid = self.around.companies.get(company.value) if company and isinstance(company.value, str) else None
        if company and uid is None and self._here(product):
            known = ", ".join(sorted(self.around.companies)) or "none"
            command = words.set_config(f"veeam:companies.{company.value}", "UUID")
            self.book.note(company, f"unknown company {company.value!r}; known companies: {known}; add it: {command}")
        for name, reason in accounts.problems(kind, {name: part.plain() for name, part in said.items()}, uid):
            self.book.note(said.get(name, place), reason)
        return Section(kind, {name: part.plain() for name, part in said.items()})

    def _here(self, product: str) -> list[str]:
        return [name for name, of in self.around.connections.items() if of == product]

    def entries(self) -> Iterator[Entry]:
        """Everybody, in the order of the roster."""
        people: dict[str, Place] = {}
        anybody = False
        for section, fields in FIELDS.items():
            for key, place in self._map(section, "entries").items():
                if not re.fullmatch(KEY, key):
                    self.book.note(place, "a key must be of Latin letters, digits, ., _ and -")
                if key in people:
                    self.book.note(
                        place, f"duplicate key; already defined at line {people[key].line} ({people[key].path})"
                    )
                people[key] = place
                said = self.book.fields(place, fields)
                chosen = self._chosen(said, place)
                anybody = anybody or chosen is not None
                yield self._entry(key, section, place, said, chosen)
        if people and not anybody:
            start = Place(None, 1)
            self.book.note(start, f"nobody has a profile in the environment {self.around.environment!r} of this stack")

    def _chosen(self, said: dict[str, Place], entry: Place) -> list[str] | None:
        """The profiles of an entry in the environment, None for none. Those of other environments are checked too."""
        place = said.get("profile")
        if place is None:
            if "grants" not in said:
                self.book.note(entry, f"has no profile; profiles are {', '.join(sorted(self.profiles)) or 'none'}")
            return []
        if not isinstance(place.value, dict):
            return self._named(place)
        found = None
        for environment, one in place.value.items():
            if self.environments and environment not in self.environments:
                known = ", ".join(self.environments)
                self.book.note(one, f"unknown environment {environment!r}; known environments: {known}")
            names = self._named(one)
            if environment == self.around.environment:
                found = names
        return found

    def _named(self, place: Place) -> list[str]:
        """The profiles of a name, or of a list of names."""
        listed = place.value if isinstance(place.value, list) else [place]
        return [name for one in listed if (name := self.book.one_of(one, self.profiles, "profile"))]

    def _entry(self, key: str, section: str, place: Place, said: dict[str, Place], chosen: list[str] | None) -> Entry:
        book, titled = self.book, FIELDS[section][0]
        if titled not in said:
            book.note(place, f"has no {titled}")
        person = {"name": book.text(said[titled]) if titled in said else key}
        if "email" in said:
            person["email"] = book.text(said["email"])
            if not re.fullmatch(EMAIL, person["email"]):
                book.note(said["email"], "must be an address like name@example.com, its last part two to six letters")
        overridden = {}
        for one, account in book.map(said["accounts"], "accounts").items() if "accounts" in said else ():
            if self._is_known(one, account):
                overridden[one] = Place(book.text(account), account.line, account.path)
        until = self._until(said["until"]) if "until" in said else None
        adopt = book.switch(said["adopt"]) if "adopt" in said else False
        source = self._password(said, adopt)
        own: Sections = {}
        for one, grant in book.map(said["grants"], "connections or products").items() if "grants" in said else ():
            if sections := self._sections(one, grant):
                own[one] = sections
        asked = [] if chosen is None else list(self._asked(place, chosen, own))
        found = tuple(self._accounts(key, place, person, overridden, asked, adopt, section == "groups"))
        if source == "config" and any(one.has_password for one in found):
            self._need(said["password"], key, "passwords", self.around.passwords)
        if "current_password" in said:
            if said["current_password"].value != "config":
                book.note(said["current_password"], "must be config; a password itself never stands here")
            elif any(one.knows_current_password for one in found):
                self._need(said["current_password"], key, "currentPasswords", self.around.current_passwords)
        return Entry(
            key,
            person["name"],
            found,
            break_glass=book.switch(said["break_glass"]) if "break_glass" in said else False,
            password=source,
            current_password="current_password" in said,
            rotation=book.text(said["rotation"]) if "rotation" in said else "",
            adopt=adopt,
            until=until,
            owner=book.text(said["owner"]) if "owner" in said else "",
            reviewed=self._review(said["reviewed"]) if "reviewed" in said else None,
            email=person.get("email", ""),
        )

    def _password(self, said: dict[str, Place], adopt: bool) -> str:
        """Where the password of an entry comes from; accounts that are adopted keep their own."""
        if "password" not in said:
            return "keep" if adopt else PASSWORDS[0]
        place, source = said["password"], str(said["password"].value)
        if source not in PASSWORDS:  # not shown: it may be one
            self.book.note(place, f"must be {' or '.join(PASSWORDS[:2])}; a password itself never stands here")
        elif adopt and source != "keep":
            self.book.note(
                place,
                f"beside adopt an account keeps its password: take out 'password: {source}', or adopt to make it ours",
            )
        elif source == "keep" and not adopt:
            self.book.note(place, f"keep is for accounts that are adopted: write {PASSWORDS[0]} or {PASSWORDS[1]}")
        return source

    def _need(self, place: Place, key: str, setting: str, there: Collection[str]) -> None:
        """Notes that the config lacks a secret of an entry."""
        if key not in there:
            path = f".{key}" if re.fullmatch("[A-Za-z0-9_-]+", key) else f'["{key}"]'
            self.book.note(
                place, f"there is none in the config: {words.set_config(f'veeam:{setting}{path}', secret=True)}"
            )

    def _until(self, place: Place) -> datetime.date | None:
        found = self._date(place)
        if found and found < self.around.today and not self.around.expired:
            self.book.note(place, f"was {found}: remove the entry, or give it a later date")
        return found

    def _review(self, place: Place) -> Review | None:
        said = self.book.fields(place, ("by", "on"))
        if missing := [name for name in ("by", "on") if name not in said]:
            self.book.note(place, f"needs {' and '.join(missing)}: reviewed: {{by: Ann Lee, on: 2027-06-30}}")
            return None
        on, by = self._date(said["on"]), self.book.text(said["by"])
        if on and on > self.around.today:
            self.book.note(said["on"], f"{on} is in the future: write the day of the review")
        return Review(by, on) if on else None

    def _date(self, place: Place) -> datetime.date | None:
        if type(place.value) is datetime.date:
            return place.value
        self.book.note(place, f"{place.plain()!r} is not a date; write it as 2027-06-30")
        return None

    def _asked(self, place: Place, chosen: list[str], own: Sections) -> Iterator[tuple[str, str, Section]]:
        """(connection, its product, what the entry is to have there): from `grants`, else from the profiles."""
        for connection, product in self.around.connections.items():
            said: dict[str, str] = {}
            for section in own.get(connection) or own.get(product) or []:
                said[section.kind] = ""
                yield connection, product, section
            for name in dict.fromkeys(chosen):
                profile = self.profiles.get(name, {})
                for section in profile.get(connection) or profile.get(product) or []:
                    if other := said.get(section.kind):
                        self.book.note(
                            place,
                            f"the profiles {other} and {name} both say what it has on {connection}: keep one of them",
                        )
                    if section.kind not in said:
                        said[section.kind] = name
                        yield connection, product, section

    def _accounts(
        self,
        key: str,
        place: Place,
        person: dict[str, str],
        overridden: dict[str, Place],
        asked: Iterable[tuple[str, str, Section]],
        adopt: bool,
        group: bool,
    ) -> Iterator[Account]:
        for connection, product, section in asked:
            at, name = self._name(key, place, connection, product, overridden)
            if name and not accounts.holds(section.kind, name, section.fields):
                rule = accounts.meaning(section.kind).rule
                self.book.note(at, f"{connection} cannot have an account {name!r}: {rule}")
                continue
            uid = self.around.companies.get(str(section.fields.get("company")))
            wish = accounts.Wish(name, section.fields, person, uid, adopt, group)
            for account in accounts.of(section.kind, connection, wish):
                other, owner = self.taken.setdefault(account.key, (account, place))
                if other is not account:
                    what = f"backup server {account.server}" if account.server else f"account {other.name!r}"
                    self.book.note(at, f"{what} on {connection} belongs to {owner.path} (line {owner.line}) already")
                yield account

    def _name(
        self, key: str, place: Place, connection: str, product: str, overridden: dict[str, Place]
    ) -> tuple[Place, str]:
        r"""The name of an entry's account on a connection, and where that is said. Enterprise Manager's is VBR's."""
        for one in (connection, product, *(["vbr"] if product == "em" else [])):
            if one in overridden:
                return overridden[one], str(overridden[one].value)
            if one in self.names:
                return place, self.names[one].replace("{key}", accounts.suggested(product, key))
        return place, accounts.suggested(product, key)
