"""The rules as a Pulumi policy pack.

The CLI starts a pack in the pack's own folder, whatever the project's is, and names project and stack in the
environment. A rule over single resources speaks before anything is written; a rule over the whole stack speaks at the
end of the preview, and again at the end of the update.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyConfigSchema,
    PolicyPack,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.deserialize import serialize_properties

from ..products import complete
from ..pulumi_state import PROVIDER, kind_of, opened, own_names, provider_of
from ..resource.fields import UNKNOWN
from .resources import Resource
from .rule import Case, Rule
from .rules import RULES

NAME = "veeam-pulumi"


def serve(folder: Path) -> None:
    """Serves the pack that is in `folder` until the engine ends it."""
    PolicyPack(NAME, [_policy(rule, folder) for rule in RULES], EnforcementLevel.MANDATORY)


def _policy(rule: Rule, folder: Path) -> Policy:
    kind: Callable[..., Policy] = StackValidationPolicy if rule.whole_stack else ResourceValidationPolicy

    def validate(args: ResourceValidationArgs | StackValidationArgs, report: ReportViolation) -> None:
        seen = args.resources if isinstance(args, StackValidationArgs) else [args]
        resources = [_resource(one) for one in seen]
        case = Case(resources, date.today(), folder, os.environ.get("PULUMI_PROJECT", ""), asked_again=True)
        for one in rule.violations(case, args.get_config()):
            report(one.message, one.urn or None)

    return kind(rule.name, rule.description, validate, config_schema=PolicyConfigSchema(rule.schema))


def _resource(seen: ResourceValidationArgs | PolicyResource) -> Resource:
    token = seen.resource_type
    values: Any = opened(
        own_names(token, serialize_properties(seen.props)), UNKNOWN
    )  # else an unknown one raises where it is looked at
    values.setdefault(PROVIDER, provider_of(token))  # hidden here: review and the command look at it
    values = complete(kind_of(token, values), values)
    parent = seen.parent.urn if isinstance(seen, PolicyResource) and seen.parent else seen.opts.parent
    return Resource(seen.urn, token, values, seen.opts.protect, parent or "")
