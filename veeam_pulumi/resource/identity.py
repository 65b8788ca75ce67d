"""The id of an object: one form for each, and what of it may be in a URL.

* GUIDs are written in many ways (`{…}`, `urn:uuid:…`, upper case, without hyphens) and mean one object.
* An id may be a name, with whatever a person typed into it: everything but letters, digits, `-`, `_`, `~` and `.` is
  percent-encoded. `.` and `..` mean another path to every server, however they are encoded, and nothing means the list.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from ..errors import InvalidInput

_GUID = re.compile(
    r"(?:urn:uuid:)?\{?([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})\}?", re.IGNORECASE
)


def normal_id(id: str) -> str:
    """An id in the form in which it is compared and kept: GUIDs in lower case with hyphens, all else as it is."""
    guid = _GUID.fullmatch(id.strip())
    return "-".join(guid.groups()).lower() if guid else id


def same_id(one: str, other: str) -> bool:
    """Whether two ids are one object's."""
    return normal_id(one) == normal_id(other)


def path_part(id: str) -> str:
    """The id as a part of a URL's path. Raises InvalidInput for one that would address something else."""
    if not id.strip() or id in (".", ".."):
        raise InvalidInput(
            f"{id!r} is not the id of an object: it would address something else on the server",
            "give the id that the server or the state shows",
        )
    try:
        return quote(id, safe="")
    except UnicodeEncodeError:  # which carries what it could not encode
        raise InvalidInput(
            f"{id!r} is not the id of an object: it has half a character (a lone surrogate) in it",
            "give the id that the server or the state shows",
        ) from None
