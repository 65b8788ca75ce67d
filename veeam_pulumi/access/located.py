"""A YAML file with the line of every value, and the mistakes that were found in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from ..errors import wrapped
from ..limited_yaml import DEEPEST, MOST_VALUES, Loader, TooMany
from ..redaction import visible


class Mistaken(Exception):
    """A file with mistakes; one line for each, in the order of the file."""

    def __init__(self, mistakes: Iterable[str]) -> None:
        self.mistakes = list(mistakes)
        super().__init__("\n".join(self.mistakes))

    def shown(self) -> str:
        """For a person: long lines are wrapped."""
        return "\n".join(wrapped(one) for one in self.mistakes)


@dataclass(frozen=True)
class Place:
    """A value and where it stands. A map holds a Place by key, a list a Place for each item."""

    value: Any
    line: int
    path: str = ""
    written: str = ""
    """A word, number or text as the file has it: `No`, which YAML reads as false."""

    @property
    def text(self) -> Any:
        """The value where a text is wanted: a person may be called No, an account 007, a profile on."""
        return self.value if isinstance(self.value, (str, dict, list)) or self.value is None else self.written

    def plain(self) -> Any:
        """The value without the places of its parts."""
        if isinstance(self.value, dict):
            return {key: one.plain() for key, one in self.value.items()}
        return [one.plain() for one in self.value] if isinstance(self.value, list) else self.value


@dataclass
class Book:
    """The mistakes of one file, so far."""

    file: str
    found: list[tuple[int, str]] = field(default_factory=list)

    def note(self, place: Place, what: str) -> None:
        """Notes a mistake, once."""
        text = " ".join(f"{self.file}:{place.line}: {place.path + ': ' if place.path else ''}{what}".split())
        text = visible(text)
        if (place.line, text) not in self.found:
            self.found.append((place.line, text))

    def close(self) -> None:
        """Raises Mistaken if there was one."""
        if self.found:
            raise Mistaken(text for _, text in sorted(self.found, key=lambda one: one[0]))

    def map(self, place: Place, of: str) -> dict[str, Place]:
        """The parts of a map; what is none is noted and empty."""
        if isinstance(place.value, dict):
            return place.value
        if place.value is not None:
            self.note(place, f"must be a map of {of}")
        return {}

    def fields(self, place: Place, known: Iterable[str]) -> dict[str, Place]:
        """The parts of a map with fixed keys; other keys are noted and left out."""
        found = self.map(place, known_as := ", ".join(known))
        for key in found.keys() - set(known):
            self.note(found[key], f"unknown field; known fields: {known_as or 'none'}")
        return {key: one for key, one in found.items() if key in known}

    def text(self, place: Place) -> str:
        """A text that is not empty; what is none is noted and empty."""
        found = place.text
        if not isinstance(found, str) or not found.strip():
            self.note(place, "must be a text that is not empty")
            return ""
        return found

    def switch(self, place: Place) -> bool:
        if not isinstance(place.value, bool):
            self.note(place, "must be true or false")
        return place.value is True

    def one_of(self, place: Place, known: Iterable[str], what: str) -> str:
        """A text that is one of `known`; another is noted and empty."""
        found = place.text
        if found in (known := sorted(known)):
            return str(found)
        said = found if isinstance(found, str) else place.plain()
        self.note(place, f"unknown {what} {said!r}; known {_plural(what)}: {', '.join(known) or 'none'}")
        return ""


def _plural(what: str) -> str:
    """`kind of account` -> `kinds of account`"""
    head, of, rest = what.partition(" of ")
    return f"{head}s{of}{rest}"


MOST_BYTES = 4 * 1024 * 1024


def load(file: Path, book: Book) -> Place:
    """The file's tree. Raises Mistaken where there is none to look at."""
    try:
        if (size := file.stat().st_size) > MOST_BYTES:
            raise Mistaken([f"{book.file}: is {size >> 20} MiB long, more than a file of people and servers is"])
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(book, error) from None
    return parsed(text, book)


def parsed(text: str, book: Book) -> Place:
    """The tree of a file's text. Raises Mistaken where there is none to look at."""
    try:
        loader = Loader(text)
    except yaml.YAMLError as error:
        raise _unreadable(book, error) from None
    try:
        node = loader.get_single_node()
        return _placed(loader, node, "", book) if node else Place({}, 1)
    except TooMany as error:
        many = f"{book.file}:{error.line}: more than {MOST_VALUES} values, with all that aliases repeat"
        raise Mistaken([many]) from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise Mistaken([f"{book.file}:{line}: is not YAML ({error.problem or error.context})"]) from None
    except RecursionError:
        raise Mistaken([f"{book.file}: an anchor in it leads to itself"]) from None
    finally:
        loader.dispose()


def _unreadable(book: Book, error: Exception) -> Mistaken:
    return Mistaken([f"{book.file}: cannot be read ({' '.join(str(error).split())})"])


def _placed(loader: Loader, node: yaml.Node, path: str, book: Book, level: int = 0) -> Place:
    line = node.start_mark.line + 1
    loader.count(node)
    if level > DEEPEST:  # an anchor that leads to itself
        raise RecursionError
    if isinstance(node, yaml.SequenceNode):
        items = [_placed(loader, one, f"{path}[{number}]", book, level + 1) for number, one in enumerate(node.value)]
        return Place(items, line, path)
    if not isinstance(node, yaml.MappingNode):
        try:
            return Place(loader.construct_object(node), line, path, str(node.value))
        except ValueError:  # a date that there is not
            return Place(node.value, line, path, str(node.value))
    found, lines = dict[str, Place](), dict[str, int]()
    for key_node, value_node in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            book.note(Place(None, key_node.start_mark.line + 1, path), "a key must be a text, not a list or a map")
            continue
        # A key that YAML reads as a number or a date is the text that it was written as.
        key = str(key_node.value)
        value = _placed(loader, value_node, f"{path}.{key}" if path else key, book, level + 1)
        at = replace(value, line=key_node.start_mark.line + 1)
        if key in found:
            book.note(at, f"duplicate key; already defined at line {lines[key]}")
        found[key], lines[key] = at, at.line
    return Place(found, line, path)
