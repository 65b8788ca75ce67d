"""The connections that a command works with: those of a stack, or of the environment alone."""

from __future__ import annotations

from pathlib import Path

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
    if stack:
        from .engine import EngineError
        from .engine.stack import stack_config

        try:
            values, folder = stack_config(stack, cwd)
        except EngineError as problem:
            cause, _, fix = str(problem).partition("; ")
            raise SettingsError(cause, fix) from None
        stack_settings.check(values)
        config, defaults = values.get(KEY), values.get("veeam:defaults")
    else:
        here = cwd.resolve()
        config, defaults = None, None
        folder = next((at for at in (here, *here.parents) if (at / "Pulumi.yaml").exists()), here)
    return Connections(config, sessions=sessions(), warn=warn, folder=folder, defaults=defaults)
