"""Adding lines to a YAML file that people edit: what they wrote stays, byte for byte.

The file is one of ours: sections are keys at the beginning of a line, their entries are indented below.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any

import yaml


def digest(text: str) -> str:
    """What the first line of a file says of the rest, as long as nobody has edited it."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def is_unedited(text: str, mark: str) -> bool:
    """Whether a file is as it was written; `mark`: its first line, with `{}` for the digest."""
    first, _, rest = text.partition("\n")
    return f"{first}\n" == mark.format(digest(rest))


def insert(text: str, section: str, lines: Iterable[str]) -> str:
    """The text with lines at the end of a section, which is made at the end of the text where there is none."""
    added = "".join(f"{line}\n" for line in lines)
    if not added:
        return text
    if text and not text.endswith("\n"):
        text += "\n"
    found = re.search(rf"^{re.escape(section)}:[ \t]*(?:\{{\}}|#.*)?[ \t]*$", text, re.MULTILINE)
    if found is None:
        return f"{text}\n{section}:\n{added}" if text else f"{section}:\n{added}"
    head, rest = text[: found.end()].replace("{}", "") if "{}" in found[0] else text[: found.end()], text[found.end() :]
    following = re.search(r"^[^\s#]", rest, re.MULTILINE)
    end = following.start() if following else len(rest)
    body, after = rest[:end], rest[end:]
    kept = body.rstrip()
    # Comments at the beginning of a line belong to the next section.
    while after and (last := kept.rpartition("\n")[2]).startswith("#"):
        kept = kept[: -len(last)].rstrip()
    gap = body[len(kept) :].lstrip("\n")
    return f"{head}{kept}\n{added}" + (f"\n{gap}{after}" if after else "")


def flow(value: Any) -> str:
    """A value on one line, as YAML."""
    text = yaml.safe_dump(value, default_flow_style=True, width=10**9, allow_unicode=True, sort_keys=False)
    return text.strip().removesuffix("...").strip()


def entry(key: str, value: Mapping[str, Any], comment: str = "", indent: str = "  ") -> str:
    """A line `key: {…}  # comment`."""
    said = " ".join(comment.split())
    return f"{indent}{flow(key)}: {flow(dict(value))}{f'  # {said}' if said else ''}"
