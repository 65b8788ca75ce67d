"""A resource as Terraform drives it: validate, plan, apply, read, import, over the same life as under Pulumi.

What Terraform demands decides the code here (1.11):

* Planned values are the configuration's, or the prior ones where they mean the same; results are the planned ones, to
  the letter. So the configuration's spelling is kept, and what a server made of it shows at the next refresh.
* Whatever an update may change beside its arguments has to be announced as unknown.
* An unknown value of an argument that replaces has to be planned as a replacement.
* Write-only values come with every plan and apply, and are null in every state.
* There is no adopting: `import` is the way in. An imported object is used without what no server shows: its password,
  the account of a backup server.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from ..errors import AlreadyExists, VeeamError
from ..products import in_file, resources
from ..resource import lifecycle
from ..resource.fields import SCHEMA, UNKNOWN, Marker, Place, State, at, has_unknown, places, put
from ..resource.identity import normal_id
from ..server.connections import Connections
from .schema import AnyResource, Attribute, again, attributes, filled, type_name, write_only
from .values import RESERVED, without_null

_STAYING, _GOING = "another address", "the old address"
"""No call tells an address: what is known of an object is whether one of its addresses stays, or goes."""
Values = dict[str, Any]
"""All attributes by name, null where there is none."""


class Refused(Exception):
    """What Terraform shows as an error: a summary, the details, the attribute that it is about."""

    def __init__(self, summary: str, detail: str = "", path: tuple[str | int, ...] = ()) -> None:
        super().__init__(summary)
        self.summary, self.detail, self.path = summary, detail, path


@dataclass
class Plan:
    values: Values
    replaces: list[str] = field(default_factory=list)


class Managed:
    """One resource type."""

    def __init__(self, resource: AnyResource) -> None:
        self.resource, self.type_name = resource, type_name(resource.kind)
        self.attributes: dict[str, Attribute] = attributes(resource)
        self.secrets = resource.secrets
        self.unseen = resource.marked(Marker.write_only)
        """What the server never shows; left out, it stays as it is there."""
        self.needed = [name for name in self.unseen if resource.fields[name].required]
        """What of that a create needs, and each of them whenever one is sent."""
        self.arguments = [name for name in resource.fields if name != "adopt"]

    # Terraform's values -> the core's.

    def inputs(self, config: Values, values: Values) -> State:
        """The arguments of the core. `values`: the planned ones, or the configuration's; secrets may be write-only."""
        given = dict(without_null({name: values.get(name) for name in self.arguments}))
        for place in self.secrets:
            secret = at(config, write_only(place)) if at(given, place) is None else None
            for beside in (write_only(place), again(place)) if place[1:] else ():
                given = put(given, beside, None)
            given = given if secret is None else put(given, place, secret)
        return given

    def state(self, prior: Values) -> State:
        """The core's state. An imported object has none but its id and connection."""
        names = [*self.arguments, *self.resource.outputs.model_fields, "server"]
        found = without_null({name: prior.get(name) for name in names})
        return {**found, "schema": SCHEMA, "adopted": False} if "server" in found else dict(found)

    def values(self, id: str, state: State, beside: Values) -> Values:
        """The core's state as Terraform's values; `beside` has what the core does not know of."""
        found = filled(self.attributes.values(), {**state, "id": id})
        for place in self.secrets:
            for one in (place, again(place)):
                found = self._put(found, one, at(beside, one))
        return found

    def _put(self, values: Values, place: Place, value: Any) -> Values:
        return _with(self.attributes.values(), values, place, value)

    # What Terraform asks.

    def validate(self, config: Values) -> Iterator[Refused]:
        """Every mistake that can be seen without a server."""
        for place in self.secrets:
            if at(config, place) is not None and at(config, write_only(place)) is not None:
                both = f"{'.'.join(place)} and {'.'.join(write_only(place))}"
                yield Refused(f"{both} are both set", "Keep one of them.", place[:1])
        inputs = self.inputs(config, config)
        # What only creating needs may be missing: the plan knows whether the object has to be created.
        for problem in self.resource.check(inputs, creating=False)[1]:
            name = problem.property
            if config.get(name) is None and config.get(f"{name}_wo") is not None:
                name = f"{name}_wo"  # a secret is in one of two attributes
            shown = RESERVED.get(name, name)
            yield Refused(
                f"{shown} cannot be used", f"{shown}: {problem.reason}", (name,) if name in self.attributes else ()
            )

    def plan(self, prior: Values | None, config: Values) -> Plan:
        """What applying the configuration would make of the object. Asks no server."""
        planned = self._proposed(config)
        for place in self.secrets:  # no plan has what no state keeps
            planned = self._put(planned, write_only(place), None)
        if prior is None:
            return Plan(planned)
        old, new, changed = self._changes(prior, config, planned)
        for place in self.secrets:
            number = at(config, again(place))
            sends = number is not None and number != at(prior, again(place))
            if sends and at(config, place) is None and at(config, write_only(place)) is None:
                form = ".".join(write_only(place))
                changing = again(place)
                raise Refused(
                    f"{'.'.join(changing)} changed, but there is no {form} to send", f"Set {form}.", changing[:1]
                )
        replaces = [
            *self.resource.diff(old, new).replaces,
            # Terraform never lets an update turn into a replacement, so what may become one is planned as one.
            *(name for name in self.resource.marked(Marker.replace) if has_unknown(new.get(name))),
        ]
        if sent := [name for name in self.unseen if name in changed]:
            for refusal in self._missing(config, f"when {sent[0]} is sent"):
                raise refusal
        for name, one in self.attributes.items():
            given = config.get(name) is not None
            # Perhaps spelled otherwise, or a default that the server has as nothing.
            same = (given or one.default is not None) and name in self.arguments and name not in changed
            if same or (planned[name] is UNKNOWN and not given and not self._may_follow(one, changed)):
                planned[name] = prior.get(name)
        for place in self.secrets:  # state has what it has, also where another spelling means the same
            for here in (place, again(place)):
                planned = self._put(planned, here, at(config, here))
        return Plan(planned, list(dict.fromkeys(replaces)))

    def missing(self, config: Values) -> Iterator[Refused]:
        """What only the configuration can tell, and is missing for a create."""
        yield from self._missing(config, "to be created")
        for problem in self.resource.needs(self.inputs(config, self._proposed(config))):
            forms = [
                f"{'.'.join(write_only(one))} or {'.'.join(one)}" for one in self.secrets if one[0] == problem.property
            ]
            detail = f"{problem}: set {forms[0]}" if forms else str(problem)
            yield Refused(f"{self.type_name} lacks {problem.property}", detail, (problem.property,))

    def _may_follow(self, one: Attribute, changed: set[str]) -> bool:
        """Whether an update may change what the server says."""
        followed = {*self.resource.follows.get(one.name, ()), self.resource.derived.get(one.name)}
        return bool(changed & ({"connection"} if one.name == "server" else followed))

    def _proposed(self, config: Values) -> Values:
        """What the configuration says of each attribute, with defaults, and UNKNOWN for what the server decides."""
        return {name: self._planned(one, config) for name, one in self.attributes.items()}

    def _planned(self, one: Attribute, config: Values) -> Any:
        given = config.get(one.name)
        if one.write_only:
            return None
        if given is not None:
            return given
        return UNKNOWN if (one.computed and one.default is None) or one.read_only else one.default

    def _missing(self, config: Values, when: str) -> Iterator[Refused]:
        for name in self.needed:
            if config.get(name) is not None or config.get(f"{name}_wo") is not None:
                continue
            if (name,) in self.secrets:
                detail = f"Set {name}_wo, which stays out of the state (Terraform 1.11 and later), or {name}."
                yield Refused(f"{self.type_name} needs {name}_wo or {name} {when}", detail, (name,))
            else:
                yield Refused(f"{self.type_name} needs {name} {when}", f"Set {name}.", (name,))

    def _changes(self, prior: Values, config: Values, planned: Values) -> tuple[State, State, set[str]]:
        """Prior state and new inputs of the core, and the arguments that differ."""
        # What is left to the server is not an argument, even where the plan has to announce it as unknown.
        left = {name: None for name in self.arguments if planned[name] is UNKNOWN and config.get(name) is None}
        old, new = self.state(prior), self.inputs(config, {**planned, **left})
        for place in places(self.resource.fields, Marker.write_only):
            if at(new, place) is None:  # left out, it is not sent, whatever the state remembers of it
                old = put(old, place, None)
        for place in self.secrets:
            if at(config, place) is None and (secret := at(new, place)) is not None:
                old = put(old, place, None)
                # What the server has, as far as the configuration says.
                if at(planned, again(place)) in (None, at(prior, again(place))):
                    if secret is UNKNOWN:
                        new = put(new, place, None)
                    else:
                        old = put(old, place, secret)
        return old, new, set(self.resource.diff(old, new).changed)

    def keep(self, connections: Connections, prior: Values) -> None:
        """Notes that the object stays at this address. Raises Refused where another address is to destroy it."""
        if self._hold(connections, prior, _STAYING, unless=_GOING):
            raise Refused(
                f"{self.type_name} {prior['id']} has two addresses, and the other one would be destroyed",
                "It is one object. Replace the `import` block by a `moved` block from the old address, or forget that "
                "one: `terraform state rm ADDRESS`.",
            )

    def removal(self, connections: Connections, prior: Values) -> bool:
        """Notes that the object leaves this address -> whether it stays at another one, and so on its server."""
        return self._hold(connections, prior, _GOING, unless=_STAYING)

    def _hold(self, connections: Connections, values: Values, entry: str, *, unless: str) -> bool:
        try:
            return lifecycle.hold(self.resource, connections, str(values["id"]), self.state(values), entry, unless)
        except VeeamError:  # what is wrong with the connection or the id is said where it is used
            return False

    def create(self, connections: Connections, config: Values, planned: Values) -> Values:
        for one in self.missing(config):
            raise one
        inputs = self.inputs(config, _known(planned))
        try:
            id, state = lifecycle.create(self.resource, connections, inputs, _STAYING)
        except AlreadyExists as error:
            if not error.id:
                raise
            raise Refused(f"{self.type_name} exists already", self._import(error, inputs)) from None
        return self._result(id, state, inputs, planned)

    def _import(self, error: AlreadyExists, inputs: State) -> str:
        id = error.id if inputs.get("connection") == self.resource.product else f"{inputs['connection']}/{error.id}"
        return (
            f"{error.about} is on {error.server} (id {error.id}). If this resource had another name until now, add a "
            f"`moved` block instead:\n\nmoved {{\n  from = {self.type_name}.OLD\n  to   = {self.type_name}.NAME\n}}\n\n"
            f"If somebody else made it, and to manage it from here, add this block, with the name that the resource "
            f"has in your configuration:\n\nimport {{\n  to = {self.type_name}.NAME\n"
            f"  id = {json.dumps(id)}\n}}\n\nFrom then on a destroy deletes it, like anything else. `lifecycle {{ "
            "prevent_destroy = true }` in the resource makes that an error.\n\nIf it is this very resource that is "
            "replaced: without `create_before_destroy` the old object goes first, and frees its name."
        )

    def update(self, connections: Connections, prior: Values, config: Values, planned: Values) -> Values:
        old, new, _ = self._changes(prior, config, _known(planned))
        for place in self.secrets:  # a server may want the old one, too, of who moves to the write-only form
            if at(new, place) is not None and at(old, place) is None:
                old = put(old, place, at(prior, place))
        state = lifecycle.update(self.resource, connections, prior["id"], old, new)
        return self._result(prior["id"], state, new, planned)

    def _result(self, id: str, state: State, inputs: State, planned: Values) -> Values:
        """Terraform's values after a write: as planned, wherever something was planned."""
        found = self.values(id, state, planned)
        for name, value in planned.items():
            if not has_unknown(value) and self._as_wanted(name, state, inputs):
                found[name] = value
        return found

    def _as_wanted(self, name: str, state: State, inputs: State) -> bool:
        return name not in self.arguments or name not in inputs or self.resource.same(name, state, inputs)

    def short_of(self, planned: Values, found: Values) -> list[str]:
        """The arguments that are not as planned after a write that was cut off."""
        return [
            name
            for name in self.arguments
            if planned.get(name) is not None and not has_unknown(planned[name]) and found.get(name) != planned[name]
        ]

    def read(self, connections: Connections, current: Values) -> Values | None:
        """The values that the server has; None where the object is gone for sure."""
        state = self.state(current)
        found = lifecycle.read(self.resource, connections, current["id"], state)
        return None if found is None else self.values(current["id"], found, current)

    def delete(self, connections: Connections, prior: Values) -> None:
        lifecycle.delete(self.resource, connections, prior["id"], self.state(prior), _GOING)

    def imported(self, connections: Connections, text: str, identity: Values | None = None) -> Values:
        """The values that an import begins with. `text`: an id, or `CONNECTION/ID` where there are several."""
        if identity is not None:
            return self.beginning(str(identity.get("id") or ""), str(identity.get("connection") or ""))
        connection, slash, id = text.partition("/")
        return self.beginning(id, connection) if slash and connection in connections.names else self.beginning(text)

    def identity(self, values: Values) -> Values:
        """What tells an object from all others of its kind."""
        return {"id": values["id"], "connection": values.get("connection") or self.resource.product}

    def configuration(self, values: Values) -> Values:
        """What a person would write for an object: no defaults, nothing that only the server sets, no secret."""
        return {
            name: None if one.read_only or one.write_only or name in self.unseen or _same(one, value) else value
            for name, one in self.attributes.items()
            for value in [values.get(name)]
        }

    def to_fill_in(self, config: Values) -> list[str]:
        """The attributes without which a generated configuration is not complete."""
        return [name for name, one in self.attributes.items() if one.required and config.get(name) is None]

    def listed(self, id: str, state: State, connection: str, server: str) -> Values:
        """The values of an object in a list, as a read of an imported one has them."""
        known = {"connection": connection}
        return self.values(id, {**self.resource.project(state, known), "server": server}, {})

    def beginning(self, id: str, connection: str = "") -> Values:
        """What is known of an object before it was read; its id in the form that the server's has."""
        id = id if self.resource.id_is_name else normal_id(id)
        return filled(self.attributes.values(), {"id": id, "connection": connection or self.resource.product})


class ResourceTypes(Mapping[str, Managed]):
    """The resource types by name, each made when it is asked for: a process often needs one."""

    def __getitem__(self, name: str) -> Managed:
        """Raises KeyError."""
        product, _, file = name.removeprefix("veeam_").partition("_")
        if name.startswith("veeam_") and (resource := in_file(product, file)):
            return _managed(resource)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return (type_name(kind) for kind in resources())

    def __len__(self) -> int:
        return len(resources())


@cache
def _managed(resource: AnyResource) -> Managed:
    return Managed(resource)


def _with(known: Iterable[Attribute], values: Values, place: Place, value: Any) -> Values:
    """The values with another one at a place, null where it is None; the same where there is no such attribute."""
    first, *inner = place
    one = next((one for one in known if one.name == first), None)
    if one is None:
        return values
    if not inner:
        return {**values, first: value}
    holder = values.get(first)
    if not isinstance(holder, Mapping):
        return values
    return {**values, first: _with(one.nested, dict(holder), tuple(inner), value)}


def _known(planned: Values) -> Values:
    """Without what only the server will tell."""
    return {name: None if value is UNKNOWN else value for name, value in planned.items()}


def _same(one: Attribute, value: Any) -> bool:
    """Whether a value is the default; what has to be said has none, and an empty list counts as not set."""
    return not one.required and (value == one.default or (one.default is None and value in ([], {}, "")))
