"""Builds of Backup & Replication and the API revisions that each of them answers."""

from __future__ import annotations

import re

# revision -> the build that brought it, oldest first
BUILDS = {
    "1.0-rev1": (11, 0, 0, 837),
    "1.0-rev2": (11, 0, 1, 1261),
    "1.1-rev0": (12, 0, 0, 1420),
    "1.1-rev1": (12, 1, 0, 2131),
    "1.1-rev2": (12, 2, 0, 334),
    "1.2-rev0": (12, 3, 0, 310),
    "1.2-rev1": (12, 3, 1, 1139),
    "1.3-rev0": (13, 0, 0, 4967),
    "1.3-rev1": (13, 0, 1, 180),
    "1.3-rev2": (13, 1, 0, 411),
}
_ORDER = list(BUILDS)


def of_build(build: str) -> tuple[str, ...]:
    """What a build answers: its own revision and the older ones. 13.1 no longer answers 1.0; assumed: nor does 13.0."""
    number = tuple(int(part) for part in build.split("."))
    return tuple(rev for rev, since in BUILDS.items() if since <= number and not (number[0] >= 13 and rev < "1.1"))


def is_build(text: str) -> bool:
    parts = text.split(".")
    return len(parts) == 4 and all(re.fullmatch(r"\d{1,5}", part) for part in parts) and bool(of_build(text))


def at_least(revision: str, wanted: str) -> bool:
    return _ORDER.index(revision) >= _ORDER.index(wanted)
