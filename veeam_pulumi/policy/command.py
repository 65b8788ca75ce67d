"""The rules on files: what `veeam-pulumi policy` is given, read so that an error shows nothing of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from .. import redaction
from ..resource.grant import Grant
from .administrators import RULE, Approved
from .resources import of_document
from .roles import RULE as ROLES
from .roles import ApprovedRoles
from .rule import Configuration, wrong
from .rules import Finding, examine

C = TypeVar("C", bound=Configuration)


class Unjudged(Exception):
    """The rules cannot judge what was given: what is wrong with it."""


def judge(folder: Path, resources: Path | None = None, config: Path | None = None, project: str = "") -> list[Finding]:
    """What the rules find in the projects below a folder, and in a preview or a state. Raises Unjudged."""
    given = _read(config) if config else {}
    document = _read(resources) if resources else None
    try:
        declared = of_document(document) if document is not None else []
    except ValueError as error:
        raise Unjudged(f"{resources}: {error}") from None
    try:
        return examine(declared, given, folder=folder / "policy", project=project)
    except ValueError as error:
        raise Unjudged(f"{config}: {error}") from None


def approvals(config: Path | None) -> Callable[[Grant], str]:
    """Who approved an account, or a role, by a policy configuration: see their `clears`. Raises Unjudged."""
    given = _read(config) if config else {}
    accounts = _configuration(Approved, RULE, given, config)
    roles = _configuration(ApprovedRoles, ROLES, given, config)
    return lambda found: (roles if found.principal == "role" else accounts).clears(found, date.today())


def _configuration(model: type[C], rule: str, given: dict[str, Any], config: Path | None) -> C:
    """What a configuration says of one rule, without its level."""
    own = given.get(rule)
    rest = {key: value for key, value in own.items() if key != "enforcementLevel"} if isinstance(own, dict) else {}
    try:
        return model.model_validate(rest)
    except ValidationError as error:
        raise Unjudged(f"{config}: the configuration of {rule} is wrong: {wrong(error)}") from None


class _Twice(ValueError):
    """A key that is in an object twice: the last one would count, and a reader sees the first."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [key for key, _ in pairs]
        raise _Twice(redaction.quoted(next(key for key in names if names.count(key) > 1), 100))
    return found


def _read(file: Path) -> dict[str, Any]:
    """A JSON file; its content may be secret, so an error shows nothing of it."""
    try:
        found = json.loads(file.read_text(encoding="utf-8-sig"), object_pairs_hook=_once)
    except _Twice as error:
        raise Unjudged(f"{file} has the key {error} twice: take one of them out") from None
    except (OSError, RecursionError, ValueError) as error:
        raise Unjudged(f"{file} cannot be read as JSON ({type(error).__name__})") from None
    if not isinstance(found, dict):
        raise Unjudged(f"{file} does not hold a JSON object")
    return found
