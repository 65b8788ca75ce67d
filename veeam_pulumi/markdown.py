"""Text from elsewhere in a comment: it must not become markup, a link, or a message to somebody.

In a code span a forge reads no markup, no HTML, no `@name` and no `#1`; what a terminal or a reader could be fooled
with (line ends, control and bidirectional characters) is written as its code.
"""

from __future__ import annotations

import re

LIMIT = 60_000
"""GitHub takes 65,536 characters in a comment, GitLab and Azure DevOps more: this leaves room for what a job adds."""
_LONGEST, _WIDEST = 120, 300
_HEAD, _TAIL = 10, 30


def code(text: str) -> str:
    """A text of one line as a code span."""
    seen = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
    seen = seen if len(seen) <= _LONGEST else seen[: _LONGEST - 1] + "…"
    fence = "`" * (max((len(run) for run in re.findall("`+", seen)), default=0) + 1)
    room = " " if seen[:1] in ("", "`", " ") or seen[-1:] in ("`", " ") else ""
    return f"{fence}{room}{seen}{room}{fence}"


def plain(text: str) -> str:
    """A text that is nothing but words as it is, any other one as a code span."""
    return text if re.fullmatch(r"[A-Za-z][A-Za-z' ]{0,60}[A-Za-z]", text) else code(text)


def block(text: str) -> list[str]:
    """A text of several lines as a block of code."""
    lines = ["".join(char if char.isprintable() else ascii(char)[1:-1] for char in line) for line in text.splitlines()]
    if len(lines) > _HEAD + _TAIL:  # of a traceback both ends tell
        lines = [*lines[:_HEAD], "…", *lines[-_TAIL:]]
    shown = [line if len(line) <= _WIDEST else line[: _WIDEST - 1] + "…" for line in lines]
    fence = "`" * max(3, max((len(run) + 1 for run in re.findall("`+", text)), default=0))
    return [fence, *shown, fence]


def cut(lines: list[str], limit: int = LIMIT) -> str:
    """The lines as one text of at most `limit` bytes. What does not fit is left out from the end, and counted."""
    text = "\n".join(lines).rstrip("\n") + "\n"
    if len(text.encode()) <= limit:
        return text
    size, kept, fence = 0, list[str](), ""
    for line in lines:
        size += len(line.encode()) + 1
        if size > limit - 400:
            break
        kept.append(line)
        if fence or line.startswith("```"):
            fence = "" if line == fence else fence or line
    while kept and not fence and (not kept[-1] or kept[-1].startswith("#")):
        kept.pop()
    missing = sum(line.startswith("- ") for line in lines[len(kept) :])
    kept += [
        *filter(None, [fence]),
        "",
        "---",
        f"**Cut here: {missing} more entries do not fit into a comment.** Read them in the preview itself.",
    ]
    return "\n".join(kept) + "\n"
