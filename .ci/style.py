"""Finds turns of phrase that readers stumble over, in code, pages and templates. `make lint` runs it."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PLACES = (
    "veeam_pulumi",
    "docs",
    "templates",
    "stacks",
    "examples",
    "policy",
    "README.md",
    "SECURITY.md",
    "CHANGELOG.md",
)
SUFFIXES = {".py", ".md", ".yaml", ".yml", ".tf", ".sh", ".html"}
HABITS = {
    r"(?<!there )\b(?:is|are|was) no (?!more\b|need\b|one\b|less\b|\w+er\b)[a-z`]": "say `is not a …`",
    r"\bknown are\b": "say `known profiles: …`",
    r"\bis there twice\b": "say `duplicate …`",
    r"\bstands? in\b(?! for)": "say `is in`",
    r"\bnobody's\b": "say `not tied to a person`, or to whom it does not belong",
    r"\bwho may\b": "say `who can`, or `whoever has access`",
    r"\bmends?\b": "say `fix`",
    r"\bthe world what\b": "say `to match the program`",
    r"\btakes? nothing for\b": "say `treats nothing as`",
    r"\bwhat it says, then\b": "say `the reported problem`",
    r"\bbelongs? into\b": "say `belongs in`",
    r"\boftener\b": "say `not again`",
    r"\bgone on with\b": "say `continued`",
    r"\bas it comes\b(?! to)": "say `at first`",
    r"\bhow (?:it|each \w+|an? \w+) stands? to\b": "say `what manages it`",
    r"\bstands? (?:apart|on top|at the top|beside|below)\b": "say `is …`",
    r"\bnone of ours\b": "say `not one of ours`, or `not one of this package`",
    r"\bfor who\b": "say `for whoever`",
    r"\bturned over\b": "say `switched`",
}
"""What to look for, in either case -> what to write."""


def found(text: str) -> list[tuple[int, str, str]]:
    """(line, what is there, what to write) of every habit in a text, also where a line ends in the middle of it."""
    flat = text.replace("\n", " ")
    return sorted(
        (text.count("\n", 0, one.start()) + 1, one[0], advice)
        for pattern, advice in HABITS.items()
        for one in re.finditer(pattern, flat, re.IGNORECASE)
    )


def files() -> list[Path]:
    """What is looked at; links lead to files that are there already."""
    named = [ROOT / place for place in PLACES]
    below = [file for one in named if one.is_dir() for file in sorted(one.rglob("*"))]
    return [
        file
        for file in (*(one for one in named if one.is_file()), *below)
        if file.suffix in SUFFIXES and file.is_file() and not any(part.is_symlink() for part in (file, *file.parents))
    ]


def main() -> int:
    """Prints a line for each; 1 if there are any."""
    count = 0
    for file in files():
        for line, what, advice in found(file.read_text(encoding="utf-8")):
            print(f"{file.relative_to(ROOT)}:{line}: {what!r}: {advice}")
            count += 1
    return int(count > 0)


if __name__ == "__main__":
    sys.exit(main())
