"""Characters that nobody sees: whoever copies a text takes them along, or loses them, unawares.

A blank is not among them, and no letter is, in whatever script: what a keyboard types on purpose may be in a password.
"""

from __future__ import annotations

import unicodedata

TURNS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""They turn the direction of writing: what is shown is not what is there."""
_BREAKS = frozenset("\r\n\v\f\x85\u2028\u2029")
_FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180e\u180f\u3164\uffa0")
"""Letters and marks by their class, which have no picture."""


def doubtful(text: str) -> str:
    """A text that has to be looked through; nothing in place of one of ASCII that prints, as nearly every text is."""
    return "" if text.isascii() and text.isprintable() else text


def is_reserved(character: str) -> bool:
    """Whether Unicode keeps a code for no character: XML cannot hold all of them."""
    return ord(character) & 0xFFFE == 0xFFFE or "\ufdd0" <= character <= "\ufdef"


def unseen(character: str) -> str | None:
    """What is said of a text with this character, which nobody sees; None for every other one, blanks too."""
    category = unicodedata.category(character)
    if character in _BREAKS:
        return "has a line break in it"
    if character == "\ufeff":
        return "has a byte-order mark in it"
    if category == "Cc":
        return "has a control character in it"
    if category == "Cs":
        return "has half a character in it"
    if is_reserved(character):
        return "has a code in it that is not a character"
    if character in TURNS:
        return "has a character that turns the direction of writing in it"
    return "has a zero-width character in it" if category == "Cf" or character in _FILLERS else None


def hidden(secret: str, allowed: str = "") -> str | None:
    """The first character of a secret that nobody sees: what it is, its code point, and roughly where; else None."""
    for at, character in enumerate(doubtful(secret)):
        if (kind := unseen(character)) and character not in allowed:
            place = "at its beginning" if at == 0 else "at its end" if at == len(secret) - 1 else "inside"
            if "\udc80" <= character <= "\udcff":  # what Python makes of a byte, whose value nobody may see
                return f"has a byte in it that is not UTF-8 text ({place})"
            return f"{kind} (U+{ord(character):04X}, {place})"
    return None
