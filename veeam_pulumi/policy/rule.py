"""What a rule is: a check of resources or files, what it can be told, and the line that it says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from .. import redaction
from ..resource.fields import has_unknown
from .resources import Resource


def _day(value: Any) -> Any:
    """Else a number is a moment of 1970 and later, whatever whoever wrote it meant."""
    if not isinstance(value, date) and not (isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value)):
        raise ValueError("must be a day, as 2027-06-30")
    return value


def _count(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError("must be a number")
    return value


Day = Annotated[date, BeforeValidator(_day)]
Count = Annotated[int, BeforeValidator(_count)]


class Configuration(BaseModel):
    """What a rule can be told; each has its own."""

    model_config = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class Case:
    """What a rule looks at."""

    resources: Sequence[Resource]
    """One, or for a rule over the whole stack all of them."""
    today: date
    folder: Path
    """The policy pack's folder."""
    project: str = ""
    """The name of the stack's project; none: every project there is."""
    asked_again: bool = False
    """Whether the rules are asked again, before anything is written, when all values are known."""

    def comes_again(self, resource: Resource) -> bool:
        """Whether a resource has values that are not known yet, and the rules see it again when they are."""
        return self.asked_again and has_unknown(resource.values)


@dataclass(frozen=True)
class Violation:
    """What is wrong, where, and what to do next, in one line without any secret."""

    message: str
    urn: str = ""


@dataclass(frozen=True)
class Rule:
    """A rule of the policy pack."""

    name: str
    description: str
    configuration: type[Configuration]
    check: Callable[[Case, Any], Iterator[Violation]]
    whole_stack: bool = False
    """Whether it has to see all resources at once: then an update has happened before it speaks."""

    def violations(self, case: Case, given: Mapping[str, Any] | None = None) -> list[Violation]:
        """All violations; a configuration that is wrong is one, so that a typing error switches nothing off."""
        try:
            configuration = self.configuration.model_validate(dict(given or {}))
        except ValidationError as error:
            return [
                Violation(
                    f"the configuration of {self.name} is wrong: {wrong(error)}: correct it in the file that "
                    f"--policy-pack-config names; it knows {', '.join(self.configuration.model_fields)}"
                )
            ]
        found = self.check(case, configuration)
        return [Violation(redaction.line(one.message, 3000), one.urn) for one in found]  # names may hold anything

    @property
    def schema(self) -> dict[str, dict[str, Any]]:
        """The configuration as JSON schema, by property and without references."""
        whole = self.configuration.model_json_schema()
        shapes = whole.get("$defs", {})

        def inlined(part: Any) -> Any:
            if isinstance(part, dict):
                name = str(part.get("$ref", "")).rpartition("/")[2]
                return inlined(shapes[name]) if name else {key: inlined(item) for key, item in part.items()}
            return [inlined(item) for item in part] if isinstance(part, list) else part

        return {key: inlined(shape) for key, shape in whole.get("properties", {}).items()}


def wrong(error: ValidationError) -> str:
    """Where a configuration is wrong, and why, without what is written there."""
    first = error.errors(include_input=False, include_url=False)[0]
    return redaction.line(f"{'.'.join(map(str, first['loc']))}: {first['msg'].removeprefix('Value error, ')}")
