"""The embedded engine: runs Pulumi Python programs with dynamic resources where there is no Pulumi CLI.

It goes through the real SDK and the real provider process, takes Pulumi's own steps and keeps Pulumi's own state, so
that either engine can take over from the other. For trying and testing; what it does not support it refuses by name."""

from .run import Engine, Result
from .values import EngineError

__all__ = ["Engine", "EngineError", "Result"]
