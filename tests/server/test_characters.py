"""Texts that need not be looked through hide nothing."""

from __future__ import annotations

import sys

from veeam_pulumi.server.characters import doubtful, hidden, unseen


def test_a_text_with_anything_that_is_not_seen_is_looked_through() -> None:
    for code in range(sys.maxunicode + 1):
        if unseen(chr(code)):
            assert doubtful(f"a{chr(code)}b")
            assert hidden(f"a{chr(code)}b")


def test_ordinary_texts_are_not() -> None:
    assert not doubtful("")
    assert not doubtful("Restore operators (Prague) ~1")
