"""The documentation as data: pages, their sections, tables and blocks of code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs"


@dataclass(frozen=True)
class Block:
    """A block of code, and where it stands."""

    page: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


@dataclass(frozen=True)
class Page:
    """One Markdown file."""

    path: Path

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def prose(self) -> str:
        """The text without its blocks of code."""
        return re.sub(r"^ *```.*?^ *```", "", self.text, flags=re.DOTALL | re.MULTILINE)

    @cached_property
    def sections(self) -> dict[str, str]:
        """The text under each heading up to the next one of any level, by the heading as it is written."""
        parts = re.split(r"^#+ +(.*)$", self.prose, flags=re.MULTILINE)
        return dict(zip(parts[1::2], parts[2::2], strict=True))

    def rows(self, title: str) -> dict[str, list[str]]:
        """The rows of a section's tables, without their heads: {the first cell without its backticks: all cells}."""
        found: dict[str, list[str]] = {}
        lines = self.sections[title].splitlines()
        for line, following in zip(lines, [*lines[1:], ""], strict=True):
            if line.startswith("|") and not re.match(r"\|[ :-]*-", line) and not re.match(r"\|[ :-]*-", following):
                cells = [cell.strip().replace(r"\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
                name = cells[0].replace("`", "")
                assert name not in found, f"{self.path.name}, {title}: {name} is there twice"
                found[name] = cells
        return found

    @cached_property
    def anchors(self) -> set[str]:
        """What links can point to: a heading in lower case, blanks as hyphens, without punctuation."""
        return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in self.sections}

    @cached_property
    def links(self) -> list[str]:
        """Where the page's links lead, those to other sites apart."""
        return re.findall(r"\]\((?!https?:)([^)\s]+)\)", self.prose)

    def blocks(self, *languages: str) -> list[Block]:
        """The blocks of code in these languages."""
        found = re.finditer(r"^ *```(\w*)\n(.*?)^ *```", self.text, re.DOTALL | re.MULTILINE)
        return [
            Block(self.path.name, self.text.count("\n", 0, one.start()) + 1, dedent(one[2]))
            for one in found
            if one[1] in languages
        ]


@cache
def page(name: str) -> Page:
    """A page of docs/ by its file name."""
    return Page(FOLDER / name)


def pages() -> list[Page]:
    """Every page of docs/, and the project's README."""
    return [Page(ROOT / "README.md"), *(page(path.name) for path in sorted(FOLDER.glob("*.md")))]


def codes(text: str) -> list[str]:
    """What stands in backticks."""
    return re.findall(r"`([^`]+)`", text)
