"""The connections that a command works with: those of a stack, or of the environment alone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..server.connections import Connections
    from ..server.settings import Warn

KEY = "veeam:connections"


def connections(stack: str | None, cwd: Path, warn: Warn) -> Connections:
    """The connections of a stack; without one, those that the environment names. Writes nothing, asks no server.

    Raises VeeamError.
    """
    from ..products import sessions
    from ..server.connections import Connections

    if stack:
        config, folder = _of_stack(stack, cwd)
    else:
        here = cwd.resolve()
        config, folder = None, next((at for at in (here, *here.parents) if (at / "Pulumi.yaml").exists()), here)
    return Connections(config, sessions=sessions(), warn=warn, folder=folder)


def _of_stack(stack: str, cwd: Path) -> tuple[str | None, Path]:
    """-> (the value of veeam:connections, secrets in plain; the folder of Pulumi.yaml)"""
    from ..engine import EngineError
    from ..engine.config import Config, Project, read_yaml
    from ..engine.secrets import passphrase
    from ..errors import SettingsError

    name = stack.rpartition("/")[2]  # organization/project/stack
    try:
        project = Project.load(cwd)
        file = project.config_dir / f"Pulumi.{name}.yaml"
        if not file.exists():
            known = sorted(one.name[7:-5] for one in project.config_dir.glob("Pulumi.*.yaml"))
            raise SettingsError(
                f"there is no {file.name} in {project.config_dir}",
                f"name one of the stacks {', '.join(known)}" if known else "make a stack with `pulumi stack init`",
            )
        text = read_yaml(file)
        keeper = _keeper(text)
        if not keeper:
            phrase = passphrase(os.environ, cwd) if "encryptionsalt" in text else ""  # "": there is no secret in it
            values, _ = Config(project, name, phrase).values()
            return values.get(KEY), project.root
        if pulumi := shutil.which("pulumi"):
            return _ask(pulumi, stack, project.root), project.root
    except EngineError as problem:
        raise SettingsError(str(problem)) from None
    raise SettingsError(
        f"{file.name} can only be read by pulumi ({keeper}), and there is no pulumi on PATH",
        "install it, or name the connections by the environment: VEEAM_<NAME>_URL, _USERNAME, _PASSWORD",
    )


def _keeper(text: dict[str, Any]) -> str:
    """Who else than the passphrase has a part in a stack's config; "" where nobody has."""
    from ..engine.config import sealed
    from ..engine.values import contains

    provider = text.get("secretsprovider") or "passphrase"
    if provider not in ("passphrase", "default"):
        return f"secretsprovider {provider}"
    if text.get("environment"):
        return "it takes values from an environment"
    if "encryptionsalt" not in text and contains(text.get("config"), sealed):
        return "Pulumi Cloud keeps its secrets"
    return ""


def _ask(pulumi: str, stack: str, folder: Path) -> str | None:
    """What `pulumi config` says; its output holds secrets and is never shown."""
    from ..errors import SettingsError

    command = [
        pulumi,
        "config",
        "--show-secrets",
        "--json",
        "--non-interactive",
        "--stack",
        stack,
        "--cwd",
        str(folder),
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        values: Any = json.loads(done.stdout) if done.returncode == 0 else None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SettingsError(
            f"`pulumi config` did not run ({type(error).__name__})", "run it yourself to see why"
        ) from None
    except ValueError:
        raise SettingsError("`pulumi config --json` did not answer with JSON", "update pulumi") from None
    if values is None:
        said = next((line for line in done.stderr.splitlines() if line.strip()), f"exit code {done.returncode}")
        raise SettingsError(f"`pulumi config` failed: {said.removeprefix('error: ')}")
    found = values.get(KEY) or {}
    return found.get("value")
