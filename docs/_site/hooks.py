"""What MkDocs is told about these pages beyond mkdocs.yml: links that leave docs/, and a description for each page.

The pages are written to be read in the repository too, so they link to files outside docs/. Pages among those become
pages of the site; of other files only the name stays, because the site has no copy of them.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PAGES = {
    "CONTRIBUTING.md": "contributing.md",
    "CODE_OF_CONDUCT.md": "code-of-conduct.md",
    "SECURITY.md": "security.md",
    "CHANGELOG.md": "changelog.md",
    "veeam_pulumi/simulator/README.md": "simulator.md",
}
"""Page of the repository outside docs/ -> its place on the site."""
_LINK = re.compile(r"\[((?:[^\[\]]|\[[^\]]*\])*)\]\((?!https?:|mailto:|#)([^)\s#]+)(#[^)\s]*)?\)")


def on_files(files: Any, config: Any) -> Any:
    """Adds the pages that stand outside docs/."""
    from mkdocs.structure.files import File

    for source, place in PAGES.items():
        files.append(File.generated(config, place, content=(ROOT / source).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """Points links at the site's own pages, and gives the page a description: its first paragraph."""
    place = page.file.src_uri
    source = next((path for path, at in PAGES.items() if at == place), f"docs/{place}")
    if "description" not in page.meta:
        page.meta["description"] = _first_paragraph(markdown)

    def moved(found: re.Match[str]) -> str:
        text, target, anchor = found[1], found[2], found[3] or ""
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
        if path == "README.md":
            path = "docs/README.md"
        if path in PAGES:
            return f"[{text}]({_relative(PAGES[path], place)}{anchor})"
        if path.startswith("docs/") and path.endswith(".md"):
            return f"[{text}]({_relative(path.removeprefix('docs/'), place)}{anchor})"
        if path.startswith("docs/"):
            return found[0]
        assert (ROOT / path).exists(), f"{source}: the link to {target} leads nowhere"
        return text

    return _LINK.sub(moved, markdown)


def _relative(target: str, place: str) -> str:
    return posixpath.relpath(target, posixpath.dirname(place) or ".")


def _first_paragraph(markdown: str) -> str:
    """The first plain paragraph as one line of at most 160 characters, without marks."""
    for part in re.split(r"\n\s*\n", markdown):
        text = part.strip()
        if text and not text.startswith(("#", "|", "```", "!", "<", "- ", "* ")):
            plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
            plain = re.sub(r"[`*_]{1,2}(\S[^`*_]*)[`*_]{1,2}", r"\1", plain).replace("\n", " ")
            return plain if len(plain) <= 160 else plain[:157].rsplit(" ", 1)[0] + " …"
    return "Users and backup servers of Veeam products under version control."
