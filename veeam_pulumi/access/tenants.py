"""A service provider's tenants: companies and their users on Service Provider Console, from a CSV file.

    company,organization_uid,user_name,first_name,last_name,email,role,status
    Alpha,79817d6d-4b00-4e22-b673-8758f02fa0ef,s.smith,Stan,Smith,s.smith@alpha.example.com,CompanyAdministrator,Enabled

`status`, `adopt` and `password` may be missing. Files of spreadsheets are taken as they are: with a byte-order mark,
with semicolons instead of
commas, with blanks around the cells, with empty rows.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from ..products import resources
from ..products.vspc.roles import NOT_BY_POST, Role
from ..resource.fields import UNKNOWN
from ..resource.identity import normal_id
from ..server.names import fold
from .located import Book, Place

COLUMNS = ("company", "organization_uid", "user_name", "first_name", "last_name", "email", "role")
OPTIONAL = ("status", "adopt", "password")
PASSWORDS = ("generated", "config", "keep")
NEEDED = ("company", "organization_uid", "user_name", "role")
"""Cells that may not be empty."""
ROLES = tuple(role for role in get_args(Role) if role.startswith("Company") and role not in NOT_BY_POST)
"""What a user of a company can be made."""
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,6}")  # the console's own rule for the last part


@dataclass(frozen=True)
class User:
    """One row: somebody of a company."""

    line: int
    user_name: str
    first_name: str
    last_name: str
    email: str
    role: str
    status: str = "Enabled"
    """Nothing where somebody who is adopted keeps theirs."""
    adopt: str = ""
    password: str = ""
    """`generated`, `config`, or `keep` for whoever is adopted; nothing where the file leaves it open."""

    @property
    def adopts(self) -> bool:
        """Whether somebody who is there already is taken over as they are."""
        return self.adopt.lower() == "true"

    @property
    def profile(self) -> dict[str, str]:
        """What is known of the person."""
        said = {"first_name": self.first_name, "last_name": self.last_name, "email": self.email}
        return {name: value for name, value in said.items() if value}


@dataclass(frozen=True)
class Company:
    """A company with its users, in the order of the file."""

    name: str
    organization_uid: str
    users: tuple[User, ...]


def read(file: Path) -> tuple[Company, ...]:
    """The companies of a file, in its order. Raises Mistaken with everything that is wrong with it."""
    book = Book(file.name)
    rows = list(_rows(file, book))
    for line, row in rows:
        _check(line, row, book)
    _compare(rows, book)
    book.close()
    users: dict[str, list[User]] = {}
    uids: dict[str, str] = {}
    for line, row in rows:
        name, uid = row.pop("company"), row.pop("organization_uid")
        uids.setdefault(name, uid)
        if row.get("adopt", "").lower() == "true":
            row.setdefault("status", "")
        users.setdefault(name, []).append(User(line, **row))
    return tuple(Company(name, uids[name], tuple(found)) for name, found in users.items())


def _rows(file: Path, book: Book) -> Iterator[tuple[int, dict[str, str]]]:
    """(line, cells by column) of every row with as many cells as the head has; a row may take several lines."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        book.note(Place(None, 1), f"the file cannot be read: {error.strerror}")
        return
    except UnicodeDecodeError:
        book.note(Place(None, 1), "the file is not UTF-8 text; save it as CSV UTF-8")
        return
    first = text.partition("\n")[0]
    text = text.replace("\0", "?")  # which the csv module of Python 3.10 refuses
    delimiter = ";" if first.count(";") > first.count(",") else ","
    head: list[str] = []
    for line, cells in _cells(text, delimiter, book):
        found = [cell.strip() for cell in cells]
        if not any(found):
            continue
        if not head:
            head = found
            if not _head(line, head, book):
                return
        elif len(found) != len(head):
            book.note(
                Place(None, line),
                f"has {len(found)} cells, the head has {len(head)}; a cell with a comma or a quote in it needs quotes",
            )
        else:
            row = dict(zip(head, found, strict=True))
            yield line, {name: value for name, value in row.items() if value or name not in OPTIONAL}
    if not head:
        book.note(Place(None, 1), f"the file is empty; its first line is {','.join(COLUMNS)}")


def _cells(text: str, delimiter: str, book: Book) -> Iterator[tuple[int, list[str]]]:
    """(line, cells) of every row."""
    reader, line = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 1
    try:
        for cells in reader:
            yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:  # a cell of 131,072 characters, for a quote that nothing ends
        book.note(Place(None, line), f"cannot be read as CSV: {error}")


def _head(line: int, head: list[str], book: Book) -> bool:
    """Whether the columns are there; else nothing can be said of the rows."""
    known = ", ".join([*COLUMNS, *OPTIONAL])
    wrong = [f"there is no column {name!r}; known columns: {known}" for name in COLUMNS if name not in head]
    wrong += [f"unknown column {name!r}; known columns: {known}" for name in head if name not in (*COLUMNS, *OPTIONAL)]
    wrong += [f"duplicate column {name!r}" for name in head if name and head.count(name) > 1]
    for what in wrong:
        book.note(Place(None, line), what)
    return not wrong


def _check(line: int, row: dict[str, str], book: Book) -> None:
    """What is wrong with one row: cells that may not be empty, and what the console's users cannot hold."""
    for name in NEEDED:
        if not row[name]:
            book.note(Place(None, line, name), "may not be empty")
    if row["role"] and row["role"] not in ROLES:
        book.note(
            Place(None, line, "role"),
            f"unknown role {row['role']!r} of a company's user; known roles: {', '.join(ROLES)}",
        )
    if row["email"] and not _EMAIL.fullmatch(row["email"]):
        book.note(
            Place(None, line, "email"),
            f"{row['email']!r} is not like name@example.com, whose last part has two to six letters",
        )
    if "::" in row["company"] + row["user_name"]:
        book.note(Place(None, line, "company, user_name"), "'::' is not possible in the names of a stack's resources")
    _check_password(line, row, book)
    values = {name: row[name] or UNKNOWN for name in ("organization_uid", "user_name")}
    values |= {"password": UNKNOWN, "role": UNKNOWN, "status": row.get("status", UNKNOWN)}
    profile = {name: row[name] for name in ("first_name", "last_name", "email")}
    for one in resources()["vspc.User"].check({**values, "profile": profile})[1]:
        book.note(Place(None, line, one.property), one.reason)


def alike(text: str) -> str:
    """The same for two texts that look the same; `é` is one character, or `e` and an accent."""
    return fold(unicodedata.normalize("NFC", text))


def _check_password(line: int, row: dict[str, str], book: Book) -> None:
    """What is wrong with the cells `adopt` and `password`: who is adopted keeps their own."""
    adopt, password = row.get("adopt", "").lower(), row.get("password", "")
    if adopt not in ("", "true", "false"):
        book.note(Place(None, line, "adopt"), "must be true, false or empty")
    if password and password not in PASSWORDS:  # not shown: it may be one
        book.note(
            Place(None, line, "password"), "must be generated, config or keep; a password itself never stands here"
        )
    elif adopt == "true" and password in PASSWORDS[:2]:
        book.note(Place(None, line, "password"), "beside adopt a user keeps their password: empty one of the two cells")
    elif password == "keep" and adopt != "true":
        book.note(Place(None, line, "password"), "keep is for users that are adopted: write generated or config")


def _compare(rows: list[tuple[int, dict[str, str]]], book: Book) -> None:
    """What is wrong between rows: one account twice, one company in two spellings or with two organizations."""
    accounts: dict[tuple[str, str], int] = {}
    by_name: dict[str, tuple[int, dict[str, str]]] = {}
    by_uid: dict[str, tuple[int, dict[str, str]]] = {}
    for line, row in rows:
        name, uid = row["company"], normal_id(row["organization_uid"])
        if not name or not uid:
            continue
        if row["user_name"]:
            first = accounts.setdefault((uid, alike(row["user_name"])), line)
            if first != line:
                book.note(
                    Place(None, line, "user_name"), f"{row['user_name']!r} of this company is in line {first} already"
                )
        first, other = by_name.setdefault(alike(name), (line, row))
        if normal_id(other["organization_uid"]) != uid:
            book.note(
                Place(None, line, "organization_uid"),
                f"{name} has {other['organization_uid']} in line {first}; a company has one",
            )
            continue
        first, other = by_uid.setdefault(uid, (line, row))
        if other["company"] != name:
            book.note(
                Place(None, line, "company"),
                f"line {first} calls this organization {other['company']!r}, write it the same",
            )
