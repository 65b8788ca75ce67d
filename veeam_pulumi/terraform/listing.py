"""Lists for `terraform query` (1.14 and later): every object of a kind on a server, with its identity.

* `limit` of a list block is 100 unless the block says more; Terraform drops what comes after it.
* What a list returns is what a read of the imported object would, so that the plan after an import is empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from ..resource import lifecycle
from ..resource.fields import Marker, State
from ..server.connections import Connections
from .managed import Managed, Refused, Values
from .schema import Attribute


@dataclass(frozen=True)
class Listing:
    """A list of one resource type."""

    managed: Managed

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """The connection, and one filter for every argument that a server shows."""
        product = self.managed.resource.product
        about = f"The connection to ask; `{product}` if it is not given."
        return (Attribute("connection", "string", description=about), *map(_filter, self._filters()))

    def _filters(self) -> list[Attribute]:
        return [
            one
            for name, one in self.managed.attributes.items()
            if name in self.managed.arguments
            and name not in ("connection", *self.managed.unseen, *self.managed.secrets)
            and Marker.local not in self.managed.resource.fields[name].markers
            and not one.nested
        ]

    def items(self, connections: Connections, config: Values, limit: int) -> Iterator[tuple[str, Values]]:
        """(what people call it, its values), in order of that; no more than `limit`, 0 being all.

        What no configuration may say, such as the accounts that a product makes for itself, is left out with a warning.
        """
        resource = self.managed.resource
        connection = config.get("connection") or resource.product
        server = connections.server(connection, resource.product)
        found = [
            (self._called(state), id, state)
            for id, state in lifecycle.listing(resource, connections, connection)
            if self._wanted(state, config)
        ]
        left = limit or len(found)
        for name, id, state in sorted(found, key=lambda one: (one[0].lower(), one[1])):
            values = self.managed.listed(id, state, connection, server)
            if why := self._refused(values):
                connections.warn(
                    f"{self.managed.type_name} {name} is not listed; no configuration can have it: {why.detail}"
                )
            elif left > 0:
                left -= 1
                yield name, values

    def _refused(self, values: Values) -> Refused | None:
        """Why no configuration can have an object; what the server does not tell, a person can fill in."""
        config = self.managed.configuration(values)
        missing = self.managed.to_fill_in(config)
        return next((one for one in self.managed.validate(config) if not {*one.path} & {*missing}), None)

    def _called(self, state: State) -> str:
        keys = (str(state[name]) for name in self.managed.resource.marked(Marker.identity) if state.get(name))
        return ", ".join(keys)

    def _wanted(self, state: State, config: Values) -> bool:
        given = [one.name for one in self._filters() if config.get(one.name) is not None]
        return all(self._fits(name, state, config[name]) for name in given)

    def _fits(self, name: str, state: State, wanted: Any) -> bool:
        resource = self.managed.resource
        if isinstance(wanted, list):
            return all(
                any(
                    resource.same(name, {**state, name: [item]}, {**state, name: [one]}) for item in state.get(name, ())
                )
                for one in wanted
            )
        if isinstance(wanted, str) and "*" in wanted:
            pattern = ".*".join(map(re.escape, wanted.split("*")))
            return re.fullmatch(pattern, str(state.get(name) or ""), re.IGNORECASE | re.DOTALL) is not None
        return resource.same(name, state, {**state, name: wanted})


def _filter(one: Attribute) -> Attribute:
    """The argument of a list that is named as an argument of the resource."""
    if isinstance(one.type, list):
        text = f"Only those whose `{one.name}` have all of these."
    elif one.type == "string":
        text = f"Only those with this `{one.name}`, spelled in any way that means the same; `*` stands for any text."
    else:
        text = f"Only those with this `{one.name}`."
    return replace(one, required=False, computed=False, default=None, description=text)
