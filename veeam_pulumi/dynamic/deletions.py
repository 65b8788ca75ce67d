"""What a preview says where a run would delete more objects on a connection than it may.

No engine asks a provider about what it would delete. But a program knows what it declares, and the engine's own
`readStackResourceOutputs` what the state holds (CLI 3.260: pkg/resource/deploy/builtins.go). In a preview an object
that stays has its id; one that is replaced has none yet. Nothing tells a program of `--target`: what is left out
by it is answered as unchanged, so that the numbers are those of a run without it.

Whoever asks the engine uses a provider of the engine's own, which is in the plan that `preview --save-plan` keeps; and
`up --plan` fails, when all is done, if it lacks one of a plan (3.260: deployment_executor.go). So `up` asks it too.
"""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from ..products import resources
from ..pulumi_state import ENGINE_COMMAND, is_dynamic, kind_of
from ..server.delete_limit import limit
from .vocabulary import words

_READ = "pulumi:pulumi:readStackResourceOutputs"
_FIND = "pulumi:pulumi:getResource"
_DECLARED = "_declared_veeam_objects"
"""The attribute of a program's root resource with what it has declared."""


@dataclass(frozen=True)
class _Declared:
    resource: pulumi.CustomResource
    connection: pulumi.Input[str]
    is_managed: bool
    """Whether it is an object of the stack's own, and not one that is only read."""


def watch() -> list[_Declared]:
    """What the program that runs has declared so far. If this is a preview, it is compared with the state later on."""
    root = pulumi.runtime.get_root_resource()
    if root is None:  # a class that somebody tries outside of a program
        return []
    kept = vars(root)  # not a table of roots: what is declared knows its root, and would keep it there for ever
    if _DECLARED not in kept:
        kept[_DECLARED] = []
        if pulumi.runtime.is_dry_run():
            pulumi.Output.from_input(_look(kept[_DECLARED]))  # a program does not end before its outputs
        elif not os.environ.get(ENGINE_COMMAND):  # an engine that is not `pulumi` keeps no plans
            pulumi.Output.from_input(_as_planned(root))
    found: list[_Declared] = kept[_DECLARED]
    return found


def declares(resource: pulumi.CustomResource, connection: pulumi.Input[str], is_managed: bool) -> None:
    """Notes what the program declares."""
    watch().append(_Declared(resource, connection, is_managed))


async def _as_planned(root: pulumi.Resource) -> Any:
    """Asks what costs least: for the resource that every program has."""
    with contextlib.suppress(Exception):  # nobody needs the answer
        await pulumi.runtime.invoke_async(_FIND, {"urn": await root.urn.future()})


async def _look(declared: list[_Declared]) -> Any:
    try:
        stack = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
        found = await pulumi.runtime.invoke_async(_READ, {"stackName": stack})
        going = await _going((found or {}).get("outputs") or {}, declared)
        most = limit(os.environ.get("VEEAM_MAX_DELETES") or pulumi.Config("veeam").get("maxDeletes"))
    except Exception as error:  # a preview without this line is better than none: `up` stops at the limit all the same
        pulumi.log.debug(f"the deletions of this preview cannot be counted: {error}")
        return
    for connection, count in sorted(going.items()):
        if most is not None and count > most:
            pulumi.log.warn(
                f"{count} objects on the connection {connection} would be deleted, and a run deletes at most {most} "
                f"({words.limit}): the others are kept, until another run or a higher limit: {words.set_limit(count)}"
            )


async def _going(state: Mapping[str, Any], declared: list[_Declared]) -> Counter[str]:
    """Connection -> how many of its objects a run deletes, those that are replaced among them."""
    going, stays, there = Counter[str](), set[str](), dict(_objects(state))
    for one in declared:  # which grows while this waits for what others depend on
        urn = str(await one.resource.urn.future())
        if not one.is_managed:
            stays.add(urn)
        elif await one.resource.id.is_known():
            stays.add(urn)
            if urn not in there:  # its entry has another URN so far, and goes on under this one
                going[str(await pulumi.Output.from_input(one.connection).future())] -= 1
    for urn, (connection, outputs) in there.items():
        going[connection] += urn not in stays and outputs.get("adopted") is not True
    return going


def _objects(state: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, Mapping[str, Any]]]]:
    """(URN, (connection, outputs)) of what of a state is an object on a server."""
    for urn, entry in state.items():
        outputs = entry.get("outputs") or {}
        token = str(entry.get("type"))
        if is_dynamic(token) and (kind := resources().get(kind_of(token, outputs))) is not None:
            yield urn, (str(outputs.get("connection") or kind.product), outputs)
