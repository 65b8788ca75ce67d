"""Before anything changes, somebody agrees: the plan is shown first, in Pulumi's order and words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .run import Engine, Result
from .values import EngineError

Ask = Callable[[str], bool]
"""Puts a question to the user."""


def require(operation: str, yes: bool, ask: Ask | None) -> None:
    """Raises EngineError unless the user agrees to an operation. `ask`: None where nobody is there to ask."""
    if yes:
        return
    if ask is None:
        raise EngineError(
            "--yes or --skip-preview must be passed in to proceed when running in non-interactive mode", 2
        )
    if not ask(f"Do you want to perform this {'update' if operation == 'up' else operation}?"):
        raise EngineError("confirmation declined, not proceeding")


def carry_out(engine: Engine, operation: str, yes: bool, ask: Ask | None, **flags: Any) -> Result:
    """An operation after the user has agreed; a plan that fails is the result."""
    # The plan of a destroy comes first, also with --yes: what is protected is refused before anything is deleted.
    if operation == "destroy" and (yes or ask) and (plan := engine.preview_destroy(**flags)).exit_code:
        return plan
    shown = operation == "up" and not yes and ask is not None
    if shown and (plan := engine.preview(**{**flags, "expect_no_changes": False})).exit_code:
        return plan
    require(operation, yes, ask)
    result: Result = getattr(engine, operation)(**flags)
    return result
