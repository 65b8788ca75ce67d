"""What a stack or a Terraform state manages: which objects, under which entry, and whether they were only adopted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .. import pulumi_state
from ..products import complete, resources
from ..resource.fields import Marker

PERSON = "veeam:access:Person"
"""The component of a roster's entry; its name is the entry's key."""
TOKEN = "pulumi-python:dynamic/veeam/"


@dataclass(frozen=True)
class Managed:
    """An object that somebody's state holds."""

    kind: str
    connection: str
    id: str
    address: str
    """A URN of Pulumi, or an address of Terraform."""
    entry: str = ""
    """The key of the roster's entry, where it comes from a roster."""
    adopted: bool = False
    """Whether it was taken over, so that it is never deleted."""
    break_glass: bool = False
    """Whether the engine is told to protect it."""
    server: str = ""
    """`host:port` of the server that state names."""
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """What state holds of it; secrets in clear, or closed."""

    def drift(self, live: Mapping[str, Any]) -> tuple[str, ...]:
        """The arguments that the server has otherwise than state: what somebody changed by hand."""
        if not self.values:
            return ()
        resource, values = resources()[self.kind], pulumi_state.opened(self.values)
        inputs = {name: values[name] for name in resource.fields if values.get(name) is not None}
        now = {**resource.project(dict(live), values), "adopted": self.adopted, "adopt": inputs.get("adopt")}
        return tuple(
            name
            for name in resource.diff(now, inputs).changed
            if name not in ("connection", "adopt")
            and not resource.fields[name].markers & {Marker.secret, Marker.write_only}
            and not pulumi_state.contains(values.get(name), lambda value: value == pulumi_state.MASKED)
        )


def of_pulumi(deployment: Mapping[str, Any]) -> list[Managed]:
    """The objects in an exported state of Pulumi: the document of `pulumi stack export`, secrets closed or open.

    Raises ValueError for what is none.
    """
    try:
        entries = (deployment.get("deployment") or deployment).get("resources") or []
        return [one for entry in entries if (one := _pulumi(entry)) is not None]
    except (AttributeError, LookupError, TypeError):
        raise ValueError("a value in it has another form than in the output of `pulumi stack export`") from None


def _pulumi(entry: Mapping[str, Any]) -> Managed | None:
    token, outputs = str(entry.get("type")), entry.get("outputs") or {}
    kind = "" if pulumi_state.is_foreign(token, outputs) else pulumi_state.kind_of(token, outputs)
    if kind not in resources() or entry.get("delete") or not entry.get("id"):
        return None
    outputs = complete(kind, pulumi_state.own_names(token, outputs))
    connection, server = outputs.get("connection"), outputs.get("server")
    parent = pulumi_state.Urn.of(str(entry.get("parent") or ""))
    return Managed(
        kind,
        connection if isinstance(connection, str) else kind.partition(".")[0],
        str(entry["id"]),
        str(entry.get("urn")),
        entry=parent.name if parent.type == PERSON else "",
        adopted=outputs.get("adopted") is True,
        break_glass=entry.get("protect") is True,
        server=server if isinstance(server, str) else "",
        values=outputs,
    )


def of_terraform(document: Mapping[str, Any]) -> list[Managed]:
    """The objects in a Terraform state of format 4: a `terraform.tfstate`, or what `terraform state pull` says.

    Raises ValueError for what is none.
    """
    if document.get("version") != 4 or not isinstance(document.get("resources") or [], list):
        raise ValueError("it is not a Terraform state of format 4")
    names = {f"veeam_{kind.replace('.', '_')}".lower(): kind for kind in resources()}
    by_name = {name.replace("_", ""): kind for name, kind in names.items()}
    try:
        return list(_terraform(document, by_name))
    except (AttributeError, LookupError, TypeError):
        raise ValueError("a value in it has another form than in a Terraform state") from None


def _terraform(document: Mapping[str, Any], kinds: Mapping[str, str]) -> Iterable[Managed]:
    for resource in document.get("resources") or []:
        kind = kinds.get(str(resource.get("type")).replace("_", ""))
        if kind is None or resource.get("mode") != "managed":
            continue
        for instance in resource.get("instances") or []:
            values, key = instance.get("attributes") or {}, instance.get("index_key")
            where = ".".join(filter(None, (resource.get("module"), resource["type"], resource.get("name"))))
            yield Managed(
                kind,
                str(values.get("connection_name") or kind.partition(".")[0]),
                str(values.get("id")),
                f"{where}[{key!r}]".replace("'", '"') if key is not None else where,
                server=str(values.get("server") or ""),
                values=values,
            )
