r"""What is called what: keys of entries and names of resources, made from the names of accounts, always the same.

`LAB\jdoe` is `jdoe`. Where that is taken it is `jdoe-vbr02`, after the connection; and if that is taken too, six
characters of a digest of connection and id make it its own, whatever else is there.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Collection

from .census import Item
from .people import login

_LETTERS = str.maketrans({
    "ß": "ss", "ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h",
})  # fmt: skip
"""Latin letters that are none with a mark."""


def slug(text: str) -> str:
    """A text as a key: Latin letters, digits, `.`, `_` and `-`; empty where nothing is left of it."""
    plain = unicodedata.normalize("NFKD", text.lower().translate(_LETTERS)).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9._-]+", "-", plain).strip("._-")


def free(item: Item, name: str, taken: Collection[str]) -> str:
    """A key for an object that is called `name`, which nobody has."""
    digest = hashlib.sha256(f"{item.connection}/{item.kind}/{item.id}".encode()).hexdigest()[:6]
    base = slug(login(name)) or slug(name.rpartition("\\")[2]) or f"account-{digest}"
    for one in (base, f"{base}-{item.connection}", f"{base}-{item.connection}-{digest}"):
        if one not in taken:
            return one
    return f"{base}-{item.connection}-{digest}-{len(taken)}"
