"""YAML from outside, read within limits: a few lines of aliases of aliases stand for billions of values."""

from __future__ import annotations

from typing import Any

import yaml

MOST_VALUES = 100_000
"""In one file, with everything that its aliases repeat."""
DEEPEST = 20


class TooMany(yaml.YAMLError):
    """More values than a person writes, in the line where that was seen."""

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line}: more than {MOST_VALUES} values, with all that aliases repeat")
        self.line = line


class Loader(yaml.SafeLoader):
    """Stops where a file has more values, or more levels, than a person writes."""

    levels = written = seen = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        self.levels += 1
        self.written += 1
        try:
            if self.levels > DEEPEST:
                raise yaml.MarkedYAMLError(problem="too many levels", problem_mark=self.get_mark())
            if self.written > MOST_VALUES:
                raise TooMany(self.get_mark().line + 1)
            return super().compose_node(parent, index)
        finally:
            self.levels -= 1

    def count(self, node: yaml.Node) -> None:
        """Counts a value that is looked at, wherever an alias repeats it. Raises TooMany."""
        self.seen += 1
        if self.seen > MOST_VALUES:
            raise TooMany(node.start_mark.line + 1)


def load(text: str, loader_type: type[Loader] = Loader) -> Any:
    """The data of a YAML text. Raises yaml.YAMLError for what is none, is too much, is made to be expensive, or has a
    key twice."""
    loader = loader_type(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        _count(loader, node, 0)
        return loader.construct_document(node)
    except (ValueError, RecursionError) as error:  # a date that there is not, a number of 5,000 digits
        raise yaml.YAMLError(str(error)) from None
    finally:
        loader.dispose()


def _count(loader: Loader, node: yaml.Node, level: int) -> None:
    loader.count(node)
    if level > DEEPEST:
        raise yaml.MarkedYAMLError(problem="an anchor leads to itself", problem_mark=node.start_mark)
    if isinstance(node, yaml.SequenceNode):
        for one in node.value:
            _count(loader, one, level + 1)
    elif isinstance(node, yaml.MappingNode):
        keys = set[tuple[str, str]]()
        for key, value in node.value:
            name = (key.tag, str(key.value))
            if name in keys:  # the last one would count, and a reader sees the first
                raise yaml.MarkedYAMLError(problem=f"duplicate key {name[1]!r}", problem_mark=key.start_mark)
            keys.add(name)
            _count(loader, key, level + 1)
            _count(loader, value, level + 1)
