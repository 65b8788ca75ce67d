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
    given_password: bool = False
    """Whether the password comes from the stack's config."""
    rotation: str = ""
    adopt: bool = False
    until: datetime.date | None = None
    """The last day."""
    owner: str = ""
    """Who answers for it, for reports."""
    reviewed: Review | None = None

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
    today: datetime.date = field(default_factory=datetime.date.today)
    expired: bool = False
    """Whether entries whose last day is over are read like the others, as a report wants them."""
