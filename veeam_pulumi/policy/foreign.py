"""Nothing runs that no rule can judge: dynamic resources bring code along, and only this package's is known here."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from .rule import Case, Configuration, Rule, Violation


class Allowed(Configuration):
    types: tuple[str, ...] = ()
    """Types of dynamic resources whose code somebody read: `pulumi-python:dynamic/notes:*`."""


def _foreign(case: Case, configuration: Allowed) -> Iterator[Violation]:
    for resource in case.resources:
        if resource.is_foreign and not any(fnmatchcase(resource.type, one) for one in configuration.types):
            yield Violation(
                f"{resource.name}: {resource.type} brings its own code along, so nobody can say what it does: leave it "
                "out, or read its code and add the type to `types` of no-foreign-code in the policy configuration",
                resource.urn,
            )


RULES = [Rule("no-foreign-code", "Dynamic resources are of a known provider.", Allowed, _foreign)]
