"""roster.yaml: who may log in where. Read and checked as a whole, before anything else is done.

Every mistake is one line: `roster.yaml:12: people.jane.doe.profile.prod: 'operatr' is no profile; known are …`.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Iterator
from pathlib import Path

from ..dynamic.vocabulary import words
from . import accounts
from .accounts import PRODUCTS, Account
from .entries import Entry, Review, Surroundings
from .located import Book, Place, load

SECTIONS = ("environments", "profiles", "names", "people", "service_accounts")
_MORE = (
    "profile", "accounts", "until", "break_glass", "password", "rotation", "adopt", "owner", "reviewed",
    "current_password",
)  # fmt: skip
FIELDS = {"people": ("name", "email", *_MORE), "service_accounts": ("description", *_MORE)}
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


class _Reader:
    """One reading of a roster."""

    def __init__(self, book: Book, around: Surroundings, top: dict[str, Place]) -> None:
        self.book, self.around, self.top = book, around, top
        self.known = {*PRODUCTS, *around.connections, *around.elsewhere}
        self.environments = self._environments()
        self.names = {key: self._pattern(key, one) for key, one in self._map("names", "patterns").items()}
        self.profiles = {key: self._profile(one) for key, one in self._map("profiles", "profiles").items()}
        self.taken: dict[tuple[str, str], tuple[Account, Place]] = {}

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
            self.book.note(
                place, f"{key!r} is neither a product nor a connection; known are {', '.join(sorted(self.known))}"
            )
        return key in self.known

    def _profile(self, place: Place) -> dict[str, Place]:
        """What a profile says, by product or connection; checked once, not for everybody who has it."""
        found = {}
        for key, one in self.book.map(place, "products or connections").items():
            product = self.around.connections.get(key, key)
            if not self._is_known(key, one) or product not in PRODUCTS:
                continue
            said = self.book.fields(one, PRODUCTS[product].fields)
            company = said.get("company")
            uid = self.around.companies.get(company.value) if company and isinstance(company.value, str) else None
            if company and uid is None and self._here(product):
                known = ", ".join(sorted(self.around.companies)) or "none"
                command = words.set_config(f"veeam:companies.{company.value}", "UUID")
                self.book.note(company, f"{company.value!r} is no company; known are {known}; add it: {command}")
            for name, reason in accounts.problems(product, {name: part.plain() for name, part in said.items()}, uid):
                self.book.note(said.get(name, one), reason)
            found[key] = Place(said, one.line, one.path)
        return found

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
                    self.book.note(place, f"is there twice: {people[key].path} is the other (line {people[key].line})")
                people[key] = place
                said = self.book.fields(place, fields)
                chosen = self._chosen(said, place)
                anybody = anybody or chosen is not None
                yield self._entry(key, fields[0], place, said, chosen)
        if people and not anybody:
            start = Place(None, 1)
            self.book.note(start, f"nobody has a profile in the environment {self.around.environment!r} of this stack")

    def _chosen(self, said: dict[str, Place], entry: Place) -> str | None:
        """The profile of an entry in the environment, None for none. Those of other environments are checked too."""
        place = said.get("profile")
        if place is None:
            self.book.note(entry, f"has no profile; profiles are {', '.join(sorted(self.profiles)) or 'none'}")
            return ""
        if not isinstance(place.value, dict):
            return self.book.one_of(place, self.profiles, "profile")
        found = None
        for environment, one in place.value.items():
            if self.environments and environment not in self.environments:
                known = ", ".join(self.environments)
                self.book.note(one, f"{environment!r} is no environment; known are {known}")
            name = self.book.one_of(one, self.profiles, "profile")
            if environment == self.around.environment:
                found = name
        return found

    def _entry(self, key: str, titled: str, place: Place, said: dict[str, Place], chosen: str | None) -> Entry:
        book = self.book
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
        found = tuple(self._accounts(key, place, person, overridden, chosen, adopt)) if chosen else ()
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
            rotation=str(said["rotation"].plain()) if "rotation" in said else "",
            adopt=adopt,
            until=until,
            owner=book.text(said["owner"]) if "owner" in said else "",
            reviewed=self._review(said["reviewed"]) if "reviewed" in said else None,
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

    def _accounts(
        self,
        key: str,
        place: Place,
        person: dict[str, str],
        overridden: dict[str, Place],
        chosen: str,
        adopt: bool,
    ) -> Iterator[Account]:
        profile = self.profiles.get(chosen, {})
        for connection, product in self.around.connections.items():
            fields = profile.get(connection) or profile.get(product)
            if fields is None:
                continue
            at, name = self._name(key, place, connection, product, overridden)
            if name and not accounts.holds(product, name):
                self.book.note(at, f"{connection} cannot have an account {name!r}: {PRODUCTS[product].rule}")
                continue
            said = {field: one.plain() for field, one in fields.value.items()}
            uid = self.around.companies.get(str(said.get("company")))
            for account in accounts.of(product, connection, accounts.Wish(name, said, person, uid, adopt)):
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
