"""How servers compare names: without regard to case, letter by letter.

* The products run on .NET, whose OrdinalIgnoreCase maps each character to at most one other: `straße` is not
  `strasse`, though `str.casefold` says so.
* Of what lies outside of ASCII nothing becomes an ASCII letter: `ſ` and the dotless `ı` stay what they are.

A wider equality would take one person's account for another's; a narrower one meets the server's own refusal.
"""

from __future__ import annotations


def fold(text: str) -> str:
    """The same, in lower case, for two texts that are one name to a server."""
    return text.lower() if text.isascii() else "".join(map(_folded, text))


def _folded(letter: str) -> str:
    upper = letter.upper()
    upper = upper if len(upper) == 1 and letter.isascii() is upper.isascii() else letter
    lower = upper.lower()
    return lower if lower.upper() == upper else upper


def same_name(one: str, other: str) -> bool:
    """Whether two texts are one name to a server."""
    return fold(one) == fold(other)
