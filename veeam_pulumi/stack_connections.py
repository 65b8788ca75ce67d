"""The connections that a command works with: those of a stack, or of the environment alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from . import stack_settings
from .errors import SettingsError
from .products import sessions
from .server.connections import Connections
from .server.settings import Warn

KEY = "veeam:connections"


def connections(stack: str | None, cwd: Path, warn: Warn) -> Connections:
    """The connections of a stack; without one, those that the environment names. Writes nothing, asks no server.

    Raises VeeamError.
    """
    return of_config(*config_of(stack, cwd), warn)


def config_of(stack: str | None, cwd: Path) -> tuple[dict[str, Any], Path]:
    """The config of a stack, empty without one, and the folder of its Pulumi.yaml. Raises VeeamError."""
    if not stack:
        here = cwd.resolve()
        return {}, next((at for at in (here, *here.parents) if (at / "Pulumi.yaml").exists()), here)
    from .engine import EngineError
    from .engine.stack import stack_config

    try:
        return stack_config(stack, cwd)
    except EngineError as problem:
        raise SettingsError.of_line(str(problem)) from None


def of_config(values: Mapping[str, Any], folder: Path, warn: Warn) -> Connections:
    """The connections of a stack's config. Raises VeeamError."""
    stack_settings.check(values)
    config, defaults = values.get(KEY), values.get("veeam:defaults")
    return Connections(config, sessions=sessions(), warn=warn, folder=folder, defaults=defaults)
