"""Knobs: one switch for every point on which the documents are silent or contradict each other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

Value = str | int | tuple[str, ...]


class KnobError(ValueError):
    """An unknown knob, or a value that the knob does not take. One line, names what is allowed."""


@dataclass(frozen=True)
class Knob:
    """One switch, `<product>.<what>`. A value is one of `choices`, else a number, what `accepts` takes, or a list."""

    name: str
    default: Value
    meaning: str
    choices: tuple[str, ...] = ()
    number: tuple[int, int] | None = None
    accepts: Callable[[str], bool] | None = None
    shape: str = ""
    listing: bool = False

    @property
    def allowed(self) -> str:
        parts = list(self.choices)
        if self.number:
            parts.append(f"a whole number from {self.number[0]} to {self.number[1]}")
        if self.accepts:
            parts.append(self.shape)
        if self.listing:
            parts.append("a comma-separated list")
        return ", ".join(parts)

    def parse(self, value: object) -> Value:
        """The value in its own type. Texts come from a command line, anything else from Python or JSON."""
        if isinstance(value, bool):
            value = "on" if value else "off"
        if isinstance(value, (list, tuple, set, frozenset)) and self.listing:
            return tuple(str(item) for item in value)
        text = str(value).strip()
        if text in self.choices:
            return text
        if self.number and re.fullmatch(r"\d+", text) and self.number[0] <= int(text) <= self.number[1]:
            return int(text)
        if self.accepts and self.accepts(text):
            return text
        if self.listing:
            return tuple(part.strip() for part in text.split(",") if part.strip())
        raise KnobError(f"{self.name}={text}: allowed are {self.allowed}")


class Knobs:
    """The switches of all products, as they stand now."""

    def __init__(self, known: Iterable[Knob], start: Mapping[str, object]) -> None:
        self.known = {knob.name: knob for knob in known}
        self._values: dict[str, Value] = {name: knob.default for name, knob in self.known.items()}
        self.set(start)
        self._start = dict(self._values)

    def set(self, changes: Mapping[str, object]) -> None:
        """Change several at once: all of them, or (KnobError) none."""
        self._values.update({name: self._knob(name).parse(value) for name, value in changes.items()})

    def reset(self) -> None:
        """Back to the values that the simulator was started with."""
        self._values = dict(self._start)

    def all(self) -> dict[str, Value]:
        return dict(self._values)

    def text(self, name: str) -> str:
        return str(self._values[name])

    def number(self, name: str) -> int:
        return int(str(self._values[name]))

    def names(self, name: str) -> tuple[str, ...]:
        value = self._values[name]
        return value if isinstance(value, tuple) else (str(value),)

    def _knob(self, name: str) -> Knob:
        if name not in self.known:
            raise KnobError(f"unknown knob {name}; known knobs: {', '.join(sorted(self.known))}")
        return self.known[name]


class ProductKnobs:
    """The knobs of one product, as its server reads them: by their names without the product's."""

    product: ClassVar[str]

    def __init__(self, knobs: Knobs) -> None:
        self.knobs = knobs

    def text(self, name: str) -> str:
        return self.knobs.text(f"{self.product}.{name}")

    def number(self, name: str) -> int:
        return self.knobs.number(f"{self.product}.{name}")

    def names(self, name: str) -> tuple[str, ...]:
        return self.knobs.names(f"{self.product}.{name}")

    def on(self, name: str) -> bool:
        return self.text(name) == "on"


def parse_pairs(pairs: Iterable[str]) -> dict[str, str]:
    """`vbr.dialect=users` as typed on a command line."""
    found: dict[str, str] = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign:
            raise KnobError(f"{pair}: a knob is given as NAME=VALUE, for example vbr.dialect=users")
        found[name.strip()] = value
    return found


def refusal_knobs(product: str, *, login: bool = True) -> tuple[Knob, ...]:
    """How refusals are worded: no live server's 401 or 403 of these products has been published, but one."""
    found = (
        Knob(
            f"{product}.refusals",
            "body",
            "what 401 and 403 carry, the token endpoint's too: an error of the product, or no body at all",
            choices=("body", "empty"),
        ),
        Knob(
            f"{product}.login_errors",
            "own",
            "a refused login: the product's own answer, or OAuth's (400, invalid_grant)",
            choices=("own", "oauth"),
        ),
    )
    return found if login else found[:1]


def tls_knobs(product: str) -> tuple[Knob, ...]:
    """The switches that every product has, because every product speaks TLS."""
    return (
        Knob(
            f"{product}.tls",
            "good",
            "the leaf certificate: what is wrong with it, if anything",
            choices=("good", "expired", "wrong_host", "self_signed"),
        ),
        Knob(f"{product}.tls_min", "1.2", "the oldest TLS version that is spoken", choices=("1.2", "1.3")),
    )
