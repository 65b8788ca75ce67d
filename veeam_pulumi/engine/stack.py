"""A stack's configuration and state, for commands that run no program, wherever they are kept."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..pulumi_state import contains
from . import workspace
from .backend import Backend
from .config import Config, Project, read_yaml, sealed
from .secrets import passphrase
from .values import EngineError


def stack_config(stack: str, cwd: Path) -> tuple[dict[str, Any], Path]:
    """-> (configuration values by full key, structures as JSON text; the folder of Pulumi.yaml). Raises EngineError.

    `stack`: a name, or organization/project/name. What the passphrase opens is read here, the rest by `pulumi config`.
    """
    name = stack.rpartition("/")[2]
    project = Project.load(cwd)
    file = project.config_dir / f"Pulumi.{name}.yaml"
    if not file.exists():
        known = sorted(one.name[7:-5] for one in project.config_dir.glob("Pulumi.*.yaml"))
        fix = f"name one of the stacks {', '.join(known)}" if known else "make a stack with `pulumi stack init`"
        raise EngineError(f"there is no {file.name} in {project.config_dir}; {fix}")
    text = read_yaml(file)
    keeper = _keeper(text)
    if not keeper:
        phrase = passphrase(os.environ, cwd) if "encryptionsalt" in text else ""  # "": there is no secret in it
        values, _ = Config(project, name, phrase).values()
        return values, project.root
    if pulumi := shutil.which("pulumi"):
        values = _ask(
            pulumi,
            "config",
            "--show-secrets",
            "--json",
            "--non-interactive",
            "--stack",
            stack,
            "--cwd",
            str(project.root),
        )
        return {key: found.get("value") for key, found in values.items()}, project.root
    raise EngineError(
        f"{file.name} can only be read by pulumi ({keeper}), and there is no pulumi on PATH; install it, or name the "
        "connections by the environment: VEEAM_<NAME>_URL, _USERNAME, _PASSWORD"
    )


def stack_state(stack: str, cwd: Path) -> dict[str, Any]:
    """The state of a stack as `pulumi stack export` gives it, secrets closed; {} for a stack that never ran.

    A `file://` backend is read here, any other by `pulumi stack export`. Raises EngineError.
    """
    project, name = Project.load(cwd), stack.rpartition("/")[2]
    url = os.environ.get("PULUMI_BACKEND_URL") or project.backend or ""
    own = f"file://{project.root}/.veeam/state"  # of the embedded engine, where nobody says otherwise
    pulumi = shutil.which("pulumi")
    for at in (url, "" if url else own):
        if at.startswith("file://"):
            backend = Backend(at, project.root, project.name)
            if backend.file(name).exists():
                return {"version": 3, "deployment": backend.latest(name)}
    if url.startswith("file://") or (not url and not pulumi):
        return {}
    if not pulumi:
        raise EngineError(f"the state in {url} can only be read by pulumi, and there is no pulumi on PATH")
    found = _ask(pulumi, "stack", "export", "--non-interactive", "--stack", stack, "--cwd", str(project.root))
    return found if isinstance(found, dict) else {}


def current_stack(cwd: Path, environ: Mapping[str, str] = os.environ) -> tuple[str | None, str]:
    """-> (the stack to work on where none is named, why this one); None where none is selected.

    PULUMI_STACK counts first, as it does for `pulumi`. Raises EngineError, also where there is no project.
    """
    if name := environ.get("PULUMI_STACK"):
        return name, "PULUMI_STACK"
    project = Project.load(cwd)
    url = environ.get("PULUMI_BACKEND_URL") or project.backend or f"file://{project.root}/.veeam/state"
    return workspace.selected(project, url, environ), "selected"


def _keeper(text: dict[str, Any]) -> str:
    """Who else than the passphrase has a part in a stack's config; "" where nobody has."""
    provider = text.get("secretsprovider") or "passphrase"
    if provider not in ("passphrase", "default"):
        return f"secretsprovider {provider}"
    if text.get("environment"):
        return "it takes values from an environment"
    if "encryptionsalt" not in text and contains(text.get("config"), sealed):
        return "Pulumi Cloud keeps its secrets"
    return ""


def _ask(pulumi: str, *words: str) -> Any:
    """What a command of pulumi says as JSON; its output may hold secrets and is never shown."""
    said = f"`pulumi {' '.join(words[:2])}`" if words[0] == "stack" else f"`pulumi {words[0]}`"
    try:
        command = [pulumi, *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        if done.returncode == 0:
            return json.loads(done.stdout)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EngineError(f"{said} did not run ({type(error).__name__}); run it yourself to see why") from None
    except ValueError:
        raise EngineError(f"{said} did not answer with JSON; update pulumi") from None
    problem = next((line for line in done.stderr.splitlines() if line.strip()), f"exit code {done.returncode}")
    raise EngineError(f"{said} failed: {problem.removeprefix('error: ')}")
