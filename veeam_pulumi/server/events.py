"""What a server tells of who changed access: an event for each change, in words of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timezone

_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,6})\d*)?\s*(Z|[+-]\d\d:?\d\d)?$")


@dataclass(frozen=True)
class Event:
    """Somebody changed who has access. No product names the object otherwise than in its text."""

    at: datetime
    text: str
    by: str = ""
    """The account that did it, as the server writes it; empty where the server says none, or its id alone."""
    by_id: str = ""
    """The id of that account, as the server's list of users has it."""
    approved_by: str = ""
    """Who approved it, where a second administrator had to."""


def moment(text: object) -> datetime | None:
    """A time as servers write it, None for anything else. One without a zone counts as UTC."""
    found = _MOMENT.fullmatch(str(text).strip())
    if found is None:
        return None
    day, clock, fraction, zone = found.groups()
    zone = "+00:00" if zone in (None, "Z") else zone if ":" in zone else f"{zone[:3]}:{zone[3:]}"
    try:
        return datetime.fromisoformat(f"{day}T{clock}.{(fraction or '').ljust(6, '0')}{zone}").astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None
