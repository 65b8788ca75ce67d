"""Which stack is selected in a project: one choice for both engines, kept where the Pulumi CLI keeps it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .backend import Backend
from .config import Project
from .files import write_atomically


def selected(project: Project, url: str, environ: Mapping[str, str]) -> str | None:
    """The selected stack of a backend; None where there is none any more.

    The name alone in a `file://` backend, `organization/project/name` in others.
    """
    stacks = _read(_file(project, environ)).get("stacks", {})
    if not url.startswith("file://"):
        return str(stacks.get(url) or "") or None
    backend = Backend(url, project.root, project.name)
    name = str(stacks.get(backend.url) or "").rpartition("/")[2]
    return name if name in backend.stacks() else None


def select(project: Project, backend: Backend, environ: Mapping[str, str], stack: str) -> None:
    """From now on commands work on this stack where they are told no other."""
    backend.existing(stack)
    file = _file(project, environ)
    content = _read(file)
    stacks = {**content.get("stacks", {}), backend.url: f"organization/{project.name}/{stack}"}
    write_atomically(file, json.dumps({**content, "stacks": stacks}, indent=4))


def _file(project: Project, environ: Mapping[str, str]) -> Path:
    home = Path(environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    where = next(path for name in ("Pulumi.yaml", "Pulumi.yml") if (path := project.root / name).is_file())
    number = hashlib.sha1(str(where).encode(), usedforsecurity=False).hexdigest()
    return home / "workspaces" / f"{project.name}-{number}-workspace.json"


def _read(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        return content if isinstance(content.get("stacks", {}), dict) else {}
    except (OSError, RecursionError, ValueError, AttributeError):  # whoever selects next writes it anew
        return {}
