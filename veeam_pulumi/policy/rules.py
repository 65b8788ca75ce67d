"""All rules, and what they find in a stack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from . import accounts, administrators, duties, files, foreign, roles, servers
from .resources import Resource
from .rule import Case, Rule

RULES: list[Rule] = [
    *administrators.RULES,
    *roles.RULES,
    *foreign.RULES,
    *servers.RULES,
    *files.RULES,
    *accounts.RULES,
    *duties.RULES,
]
LEVELS = ("mandatory", "advisory", "disabled")
"""How a rule is enforced: it stops the run, it speaks, it is off. Without a word about it, it stops the run."""


@dataclass(frozen=True)
class Finding:
    """A violation, and how the rule is enforced."""

    rule: str
    level: str
    message: str
    urn: str

    def __str__(self) -> str:
        return f"[{self.level}] {self.rule}: {self.message}"


def examine(
    resources: Sequence[Resource],
    config: Mapping[str, Any] | None = None,
    *,
    folder: Path,
    project: str = "",
    today: date | None = None,
) -> list[Finding]:
    """What the rules find in a stack's resources and files, without a policy engine.

    `config`: what the file says that `--policy-pack-config` names. `folder`: the policy pack's. `project`: the name of
    the stack's project. Raises ValueError for a rule or a level that there is not.
    """
    given = levels(config or {})
    case = Case(resources, today or date.today(), folder, project)
    found = []
    for rule in RULES:
        level, own = given[rule.name]
        if level != "disabled":
            found += [Finding(rule.name, level, one.message, one.urn) for one in rule.violations(case, own)]
    return found


def levels(config: Mapping[str, Any]) -> dict[str, tuple[str, dict[str, Any]]]:
    """How each rule is enforced and what it is told, by its name. Raises ValueError for what there is not."""
    if strange := sorted(config.keys() - {rule.name for rule in RULES} - {"all"}):
        raise ValueError(f"unknown rule {strange[0]!r}; known rules: {', '.join(rule.name for rule in RULES)}")
    usual, rest = _level_and_rest("all", config.get("all", {}), LEVELS[0])
    if rest:
        raise ValueError(f"unknown setting {next(iter(rest))!r} of all; it has only a level")
    return {rule.name: _level_and_rest(rule.name, config.get(rule.name, {}), usual) for rule in RULES}


def _level_and_rest(rule: str, value: Any, default: str) -> tuple[str, dict[str, Any]]:
    """A rule's entry in the configuration: a level, or a map with a level in it."""
    if not isinstance(value, (str, Mapping)):
        raise ValueError(f"the configuration of {rule} is neither a level nor a map")
    rest = {"enforcementLevel": value} if isinstance(value, str) else dict(value)
    level = rest.pop("enforcementLevel", default)
    if level not in LEVELS:
        raise ValueError(f"unknown enforcement level {level!r}; known levels: {', '.join(LEVELS)}")
    return level, rest
