"""What a roster comes to in one environment, and what the stack says beside it."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from .accounts import Account


@dataclass(frozen=True)
class Review:
    """Who confirmed that somebody's access is right, and when."""

    by: str
    on: datetime.date


@dataclass(frozen=True)
class Entry:
    """Somebody, or something, with the accounts that the environment gives them."""

    key: str
    name: str
    accounts: tuple[Account, ...]
    break_glass: bool = False
    password: str = "generated"
    """`generated`, `config`, or `keep`: of an adopted entry, whose accounts keep their own."""
    current_password: bool = False
    """Whether the stack's config has the password that the accounts have now."""
    rotation: str = ""
    adopt: bool = False
    until: datetime.date | None = None
    """The last day."""
    owner: str = ""
    """Who answers for it, for reports."""
    reviewed: Review | None = None
    email: str = ""

    @property
    def labels(self) -> list[str]:
        """The accounts as resources are called: `jane.doe@vbr`, `svc-em@em:vbr01.example.com`."""
        return [f"{self.key}@{one.connection}{f':{one.server}' if one.server else ''}" for one in self.accounts]


@dataclass(frozen=True)
class Surroundings:
    """What a stack says beside the roster."""

    environment: str
    connections: Mapping[str, str]
    """Name -> product."""
    elsewhere: Collection[str] = ()
    """Connections of other environments: named in the roster, they mean nothing here."""
    companies: Mapping[str, str] = field(default_factory=dict)
    """Company -> its UUID on the environment's Service Provider Console."""
    passwords: Collection[str] = ()
    """The entries whose passwords are in the config."""
    current_passwords: Collection[str] = ()
    """The entries of which the config has the passwords that they have now."""
    today: datetime.date = field(default_factory=datetime.date.today)
    expired: bool = False
    """Whether entries whose last day is over are read like the others, as a report wants them."""
