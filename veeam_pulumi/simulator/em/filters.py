"""The filter of a query: `Name=="vbr01";(Port>9000,Description=="")`. `;` is and, `,` is or; there is no like."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

Row = Mapping[str, Any]
Test = Callable[[Row], bool]
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
_SPACES = re.compile(r'("(?:[^"]|"")*")|\s+')
_TOKEN = re.compile(r'"(?P<quoted>(?:[^"]|"")*)"|(?P<sign>[=!<>]=|[<>;,()])|(?P<word>[A-Za-z0-9_]+)')
_END = ("", "")


class FilterError(ValueError):
    """A filter that cannot be read."""


def parse(text: str, fields: Mapping[str, Callable[[Any], Any]]) -> Test:
    """`fields`: what can be asked for, in lower case, and how its values are compared: a function that makes a key.

    Values with anything but letters, digits and _ need quotes, a quote in them is doubled. Outside of quotes, spaces
    are dropped silently, so that `Description==my server` looks for `myserver` (documented).
    """
    return _Reader(_tokens(_SPACES.sub(lambda found: found[1] or "", text)), fields).read()


class _Reader:
    def __init__(self, tokens: list[tuple[str, str]], fields: Mapping[str, Callable[[Any], Any]]) -> None:
        self._tokens, self._fields, self._at = tokens, fields, 0

    def read(self) -> Test:
        test = self._any()
        if self._peek() != _END:
            raise FilterError(f"unexpected '{self._peek()[1]}'")
        return test

    def _any(self) -> Test:
        tests = self._joined(",", self._all)
        return lambda row: any(test(row) for test in tests)

    def _all(self) -> Test:
        """assumed: and binds tighter than or."""
        tests = self._joined(";", self._one)
        return lambda row: all(test(row) for test in tests)

    def _joined(self, sign: str, part: Callable[[], Test]) -> list[Test]:
        tests = [part()]
        while self._peek() == ("sign", sign):
            self._next()
            tests.append(part())
        return tests

    def _one(self) -> Test:
        kind, text = self._next()
        if (kind, text) == ("sign", "("):
            inner = self._any()
            if self._next() != ("sign", ")"):
                raise FilterError("a parenthesis is not closed")
            return inner
        name = text.lower()
        if kind != "word" or name not in self._fields:
            raise FilterError(f"unknown property '{text}'")
        (_, sign), (how, value) = self._next(), self._next()
        if sign not in _OPERATORS or how not in ("quoted", "word"):
            raise FilterError(f"'{text}' needs an operator and a value")
        key, compare = self._fields[name], _OPERATORS[sign]
        wanted = key(value.replace('""', '"') if how == "quoted" else value)
        return lambda row: compare(key(row[name]), wanted)

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else _END

    def _next(self) -> tuple[str, str]:
        token = self._peek()
        self._at += 1
        return token


def _tokens(text: str) -> list[tuple[str, str]]:
    found, at = [], 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise FilterError(f"unexpected '{text[at]}'")
        found.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return found
