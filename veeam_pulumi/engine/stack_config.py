"""The configuration of a stack, for commands that run no program: secrets in plain, wherever they are kept."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from ..pulumi_state import contains
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
        return _ask(pulumi, stack, project.root), project.root
    raise EngineError(
        f"{file.name} can only be read by pulumi ({keeper}), and there is no pulumi on PATH; install it, or name the "
        "connections by the environment: VEEAM_<NAME>_URL, _USERNAME, _PASSWORD"
    )


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


def _ask(pulumi: str, stack: str, folder: Path) -> dict[str, Any]:
    """What `pulumi config` says; its output holds secrets and is never shown."""
    command = [pulumi, "config", "--show-secrets", "--json", "--non-interactive", "--stack", stack]
    try:
        done = subprocess.run(
            [*command, "--cwd", str(folder)], capture_output=True, text=True, timeout=120, check=False
        )
        values: Any = json.loads(done.stdout) if done.returncode == 0 else None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EngineError(f"`pulumi config` did not run ({type(error).__name__}); run it yourself to see why") from None
    except ValueError:
        raise EngineError("`pulumi config --json` did not answer with JSON; update pulumi") from None
    if values is None:
        said = next((line for line in done.stderr.splitlines() if line.strip()), f"exit code {done.returncode}")
        raise EngineError(f"`pulumi config` failed: {said.removeprefix('error: ')}")
    return {key: found.get("value") for key, found in values.items()}
