"""The provider `veeam` as protocol 6 asks for it: one method per call, values and diagnostics in and out.

Nothing leaves a call but an answer: an exception would read as "plugin crashed", and some clients take it for success.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import redaction
from ..errors import VeeamError
from ..products import sessions
from ..resource import descriptions
from ..resource.fields import SCHEMA, UNKNOWN, has_unknown
from ..server.connections import Connections
from ..server.settings import is_connection_name
from .data import Sources
from .listing import Listing
from .managed import Managed, Refused, ResourceTypes
from .messages import message
from .schema import Attribute, block, filled, setting_attributes
from .values import RESERVED, decode, encode, inside, outside, without_null

_ERROR, _WARNING = 1, 2
_MAP = 4
_ANY_URL = "https://url-of-the-environment.invalid"
_KEPT = b"kept"
"""What the plan of a removal leaves for its apply, where another address has the object."""
_IMPORTED = b"imported"
"""What Terraform keeps beside the state of an object that was imported (its private data)."""
_GONE = b"gone"
"""The same of one that was there and no longer is: the next plan may be that of a `destroy`, which looks first."""
# What other providers call the objects of ours: `moved` blocks may come from these.
_MOVED_FROM = {"veeam_security_user": "veeam_vbr_user"}


def provider_attributes() -> tuple[Attribute, ...]:
    """Those of the provider block. Every product's settings are among them, so only the schema makes them."""
    return (
        Attribute(
            "connections",
            nested=setting_attributes(),
            nesting=_MAP,
            description="The servers by the names that resources use; settings are those of docs/connections.md. "
            "Each can also come from the environment: `VEEAM_<NAME>_<SETTING>`.",
        ),
        Attribute(
            "max_deletes",
            "string",
            description="How many objects one run may delete on a connection (25), or `none`. VEEAM_MAX_DELETES wins.",
        ),
        Attribute(
            "protect_imported",
            "bool",
            description="Whether objects that were imported stay on their server when they are destroyed (false): a "
            "warning says so, and only the state forgets them.",
        ),
    )


@dataclass(frozen=True)
class Later:
    """The connections whose settings the run has still to find out. `others`: all that are not in the environment."""

    names: frozenset[str] = frozenset()
    others: bool = False

    def has(self, name: str, connections: Connections) -> bool:
        found = connections.resolve(name)
        return (found or name) in self.names or (self.others and found is None)


class Provider:
    """One provider process."""

    def __init__(self) -> None:
        self.managed = ResourceTypes()
        self.sources = Sources()
        self.protect_imported = False
        self._connections: Connections | None = None
        self._later = Later()
        self._going: Counter[str] = Counter()
        """How many objects of each connection the plan deletes."""
        self._said = threading.local()

    def answer(self, method: str, request: Any) -> Any:
        """The response of a call, whatever happens in it."""
        response = message(f"{method}Response")
        self._said.warnings = list[str]()
        try:
            getattr(self, method)(request, response)
        except Refused as error:
            _add(response, _ERROR, error.summary, error.detail, error.path)
        except VeeamError as error:
            _add(response, _ERROR, *error.headed())
        except Exception as error:
            _add(response, _ERROR, f"unexpected {type(error).__name__} in {method}", redaction.line(str(error)))
        for text in self._said.warnings:
            _add(response, _WARNING, *_clauses(text))
        return response

    def stream(self, method: str, request: Any) -> Iterator[Any]:
        """The events of a call that answers with many; what goes wrong is the last one."""
        self._said.warnings = list[str]()
        last = message(f"{method}Event")
        try:
            yield from getattr(self, method)(request)
        except VeeamError as error:
            _add(last, _ERROR, *error.headed())
        except Refused as error:
            _add(last, _ERROR, error.summary, error.detail, error.path)
        except Exception as error:
            _add(last, _ERROR, f"unexpected {type(error).__name__} in {method}", redaction.line(str(error)))
        for text in self._said.warnings:
            _add(last, _WARNING, *_clauses(text))
        if last.diagnostic:
            yield last

    def warn(self, text: str) -> None:
        """What a user should know, beside the answer of the call that runs on this thread."""
        said = getattr(self._said, "warnings", None)
        if said is not None and text not in said:
            said.append(text)

    def close(self) -> None:
        if self._connections is not None:
            self._connections.close()

    @property
    def connections(self) -> Connections:
        if self._connections is None:
            raise Refused("the provider is not configured yet")
        return self._connections

    # The schema.

    def GetMetadata(self, _: Any, response: Any) -> None:
        response.resources.extend(message("TypeName", type_name=name) for name in self.managed)
        response.data_sources.extend(message("TypeName", type_name=name) for name in self.sources)
        response.list_resources.extend(message("TypeName", type_name=name) for name in self.managed)
        response.server_capabilities = _capabilities()

    def GetProviderSchema(self, _: Any, response: Any) -> None:
        about = "Who can log in to a company's backups: users and backup servers of Veeam products."
        response.provider = block(provider_attributes(), about)
        for name, one in self.managed.items():
            text = descriptions.of_resource(one.resource)
            response.resource_schemas[name] = block(one.attributes.values(), text, SCHEMA)
            queried = f"Every {name} on a server, for `terraform query`."
            response.list_resource_schemas[name] = block(Listing(one).attributes, queried)
        for name, source in self.sources.items():
            response.data_source_schemas[name] = block(source.attributes, source.description)
        response.server_capabilities = _capabilities()

    def GetResourceIdentitySchemas(self, _: Any, response: Any) -> None:
        for name in self.managed:
            response.identity_schemas[name] = message("IdentitySchema", identity_attributes=_IDENTITY)

    def GetFunctions(self, _: Any, response: Any) -> None:
        """None."""

    # The provider's configuration.

    def ValidateProviderConfig(self, request: Any, response: Any) -> None:
        """What the block itself says. What it leaves out may come from the environment, and the use tells."""
        config = decode(request.config) or {}
        known = {
            name: {"url": _ANY_URL, **one}
            for name, one in _known_settings(config)[0].items()
            # Of another product than the name's, the environment may tell.
            if name in sessions() or "product" in one or not is_connection_name(name)
        }
        connections = self._made(config, known, {})
        for name in connections.names:
            try:
                connections.get(name)
            except VeeamError as error:
                _add(response, _ERROR, *error.headed(), ("connections", name))

    def ConfigureProvider(self, request: Any, _: Any) -> None:
        """Once a process; once a walk where Terraform was attached to it (TF_REATTACH_PROVIDERS)."""
        self.close()
        config = decode(request.config) or {}
        self._connections, self._later = self._configured(config)
        self.protect_imported = config.get("protect_imported") is True
        self._going.clear()

    def _configured(self, config: dict[str, Any]) -> tuple[Connections, Later]:
        known, missing = _known_settings(config)
        found = self._made(config, known, None)
        later = [name for name, keys in missing.items() if not found.overridden(name, keys)]
        return found, Later(frozenset(later), others=config.get("connections") is UNKNOWN)

    def _made(self, config: dict[str, Any], known: dict[str, Any], environ: dict[str, str] | None) -> Connections:
        limit = config.get("max_deletes")
        return Connections(
            known,
            sessions=sessions(),
            warn=self.warn,
            environ=environ,
            folder=Path.cwd(),
            max_deletes=limit if isinstance(limit, str) else None,
        )

    def StopProvider(self, _: Any, __: Any) -> None:
        """Terraform starts nothing new; what runs is finished or reaches its deadline, so that its id is not lost."""

    # Resources.

    def ValidateResourceConfig(self, request: Any, response: Any) -> None:
        for one in self.managed[request.type_name].validate(inside(decode(request.config))):
            _add(response, _ERROR, one.summary, one.detail, one.path)

    def UpgradeResourceState(self, request: Any, response: Any) -> None:
        managed = self.managed[request.type_name]
        given = _raw(request.raw_state, request.type_name)
        try:
            state = managed.resource.upgrade({**inside(given), "schema": int(request.version) or SCHEMA})
            response.upgraded_state = encode(outside(filled(managed.attributes.values(), state)))
        except (AttributeError, TypeError, ValueError):  # a text where attributes should be
            raise _unreadable(request.type_name) from None

    def MoveResourceState(self, request: Any, response: Any) -> None:
        source, target = request.source_type_name, request.target_type_name
        if _MOVED_FROM.get(source) != target and source != target:
            known = ", ".join(f"{one} (to {other})" for one, other in _MOVED_FROM.items())
            raise Refused(f"{source} cannot become {target}", f"What can be moved is: {known}. Else use `import`.")
        given = _raw(request.source_state, source)
        if not (id := given.get("id")) or not isinstance(id, str):
            raise Refused(f"this {source} has no id", "Use `import`.")
        values = self.managed[target].beginning(id)
        response.target_state = encode(outside(values))
        response.target_identity = _identity(self.managed[target], values)

    def UpgradeResourceIdentity(self, request: Any, response: Any) -> None:
        given = inside(_raw(request.raw_identity, request.type_name))
        response.upgraded_identity = _identity(self.managed[request.type_name], {"id": None, **given})

    def ReadResource(self, request: Any, response: Any) -> None:
        managed, current = self.managed[request.type_name], inside(decode(request.current_state))
        response.new_state = request.current_state  # what is true if nothing comes of it
        response.private = request.private
        response.new_identity = _identity(managed, current)
        found = managed.read(self._serving(managed.resource.product, current), current)
        response.new_state = encode(outside(found))
        if found is None:
            response.private = _GONE

    def PlanResourceChange(self, request: Any, response: Any) -> None:
        managed = self.managed[request.type_name]
        config, prior = inside(decode(request.config)), inside(decode(request.prior_state))
        if config is None:  # a removal
            response.planned_state = request.proposed_new_state
            response.planned_private = request.prior_private
            if prior and self.protect_imported and request.prior_private == _IMPORTED:
                self.warn(_protected(managed, prior))
            elif prior and self._connections is not None and managed.removal(self.connections, prior):
                response.planned_private = _KEPT
                self.warn(_kept(managed, prior))
            elif prior:
                self._count_removal(managed, prior)
            return
        connection = config.get("connection") or managed.resource.product
        if connection is not UNKNOWN and not self._later.has(connection, self.connections):
            try:
                self.connections.get(connection, managed.resource.product)
            except VeeamError as error:
                raise Refused(*error.headed(), ("connection",)) from None
        if problems := [*managed.validate(config)]:  # Terraform asked before; others may not have
            for one in problems:
                _add(response, _ERROR, one.summary, one.detail, one.path)
            return
        if not prior:
            for one in managed.missing(config):
                if request.prior_private != _GONE:
                    raise one
                # A `destroy` plans to create it first, with the configuration of when it was there.
                self.warn(f"{one.summary}; {one.detail[:1].lower()}{one.detail[1:]}".rstrip("."))
        plan = managed.plan(prior, config)
        if self.protect_imported and request.prior_private == _IMPORTED and (plan.replaces or not prior):
            # `-replace` and `replace_triggered_by` come as a create with the private data of what goes.
            raise _not_replaced(managed.resource.label(config), plan.replaces)
        if prior and not plan.replaces:
            managed.keep(self.connections, prior)
            response.planned_private = request.prior_private
            response.planned_identity = _identity(managed, plan.values)
        elif prior:
            self._count_removal(managed, prior)
        response.planned_state = encode(outside(plan.values))
        response.requires_replace.extend(_path((name,)) for name in plan.replaces)

    def _count_removal(self, managed: Managed, prior: dict[str, Any]) -> None:
        """Warns once where a plan deletes more on a connection than one run may."""
        name = prior.get("connection") or managed.resource.product
        self._going[name] += 1
        with contextlib.suppress(VeeamError):  # what is wrong with the connection is said elsewhere
            most = self.connections.get(name, managed.resource.product).most_deletes
            if most is not None and self._going[name] == most + 1:
                self.warn(
                    f"more than {most} objects on the connection {name} would be deleted, and a run deletes at most "
                    f"{most}: the others are kept, until another run or a higher max_deletes"
                )

    def ApplyResourceChange(self, request: Any, response: Any) -> None:
        managed = self.managed[request.type_name]
        given = (request.prior_state, request.planned_state, request.config)
        prior, planned, config = (inside(decode(one)) for one in given)
        response.new_state = request.prior_state
        connections = self._serving(managed.resource.product, planned or prior)
        if planned is None:
            if request.planned_private == _KEPT:
                self.warn(_kept(managed, prior))
            elif request.planned_private == _IMPORTED and self.protect_imported:
                self.warn(_protected(managed, prior))
            else:
                managed.delete(connections, prior)
            found = None
        elif prior is None:
            found = managed.create(connections, config, planned)
        else:
            found = managed.update(connections, prior, config, planned)
        response.new_state = encode(outside(found))
        if found is not None:
            response.private = request.planned_private
            response.new_identity = _identity(managed, found)
        if found is not None and (short := managed.short_of(planned, found)):
            said, self._said.warnings = self._said.warnings, []
            detail = "; ".join(said) or "The server has other values than those sent."
            _add(response, _ERROR, f"{', '.join(short)} could not be set", f"{detail} The next apply goes on.")

    def _serving(self, product: str, values: dict[str, Any]) -> Connections:
        """The connections, if the one of these values is known by now."""
        if self._later.has(name := values.get("connection") or product, self.connections):
            raise Refused(
                f"connection {name} is not known yet",
                f"Its settings come from something that this run has still to create. Create that first (`terraform "
                f"apply -target`), or give connection {name} settings that are known.",
            )
        return self.connections

    def ImportResourceState(self, request: Any, response: Any) -> None:
        managed = self.managed[request.type_name]
        identity = inside(decode(request.identity.identity_data)) if request.has("identity") else None
        values = managed.imported(self.connections, request.id, identity)
        managed.keep(self.connections, values)
        response.imported_resources.append(
            message(
                "ImportedResource",
                type_name=request.type_name,
                state=encode(outside(values)),
                private=_IMPORTED,
                identity=_identity(managed, values),
            )
        )

    def GenerateResourceConfig(self, request: Any, response: Any) -> None:
        managed = self.managed[request.type_name]
        config = managed.configuration(inside(decode(request.state)))
        response.config = encode(outside(config))
        self._warn_of_gaps(managed, config, managed.resource.label(config).partition(" ")[2].strip("'"))

    def _warn_of_gaps(self, managed: Managed, config: dict[str, Any], called: str) -> None:
        for name in managed.to_fill_in(config):
            self.warn(f"{managed.type_name} {called} needs {name}; the server does not tell it, so fill it in")

    # Lists.

    def ValidateListResourceConfig(self, request: Any, response: Any) -> None:
        """Connection and filters are all optional; the list says what is wrong with the connection."""

    def ListResource(self, request: Any) -> Iterator[Any]:
        listing = Listing(self.managed[request.type_name])
        config = inside(decode(request.config)) or {}
        connections = self._serving(listing.managed.resource.product, config)
        for called, values in listing.items(connections, config, request.limit):
            event = message("ListResourceEvent", display_name=called, identity=_identity(listing.managed, values))
            if request.include_resource_object:
                event.resource_object = encode(outside(values))
                # Terraform 1.15 drops what GenerateResourceConfig says beside the configuration.
                self._warn_of_gaps(listing.managed, listing.managed.configuration(values), called)
            yield event

    # Data sources.

    def ValidateDataResourceConfig(self, request: Any, response: Any) -> None:
        """Their only argument is a connection; the read says what is wrong with it."""

    def ReadDataSource(self, request: Any, response: Any) -> None:
        source, config = self.sources[request.type_name], inside(decode(request.config))
        response.state = encode(outside(source.read(self._serving(source.product, config), config)))


def _known_settings(config: dict[str, Any]) -> tuple[dict[str, dict[str, Any]], dict[str, set[str]]]:
    """The connections of the block with what is known of their settings, and what of each is not."""
    given = config.get("connections")
    known, missing = dict[str, dict[str, Any]](), dict[str, set[str]]()
    for name, one in given.items() if isinstance(given, dict) else ():
        said, unknown = dict(without_null(one)) if isinstance(one, dict) else {}, set[str]()
        tls = said.get("tls")
        for outer, settings in (("", said), ("tls.", tls if isinstance(tls, dict) else {})):
            for key in [key for key, value in settings.items() if key != "tls" or value is UNKNOWN]:
                if has_unknown(settings[key]):
                    del settings[key]
                    unknown.add(outer + key)
        known[name] = said
        if unknown or one is UNKNOWN:
            missing[name] = unknown or {""}
    return known, missing


_IDENTITY = [
    message(
        "IdentityAttribute",
        name="id",
        type=b'"string"',
        required_for_import=True,
        description="The id on the server.",
    ),
    message(
        "IdentityAttribute",
        name=RESERVED["connection"],
        type=b'"string"',
        optional_for_import=True,
        description="The connection; the product if it is not given.",
    ),
]


def _raw(raw: Any, type_name: str) -> dict[str, Any]:
    """What a state file has of an object; an empty one where it has nothing. Raises Refused."""
    with contextlib.suppress(ValueError):
        if isinstance(given := json.loads(raw.json or b"{}"), dict):
            return given
    raise _unreadable(type_name)


def _unreadable(type_name: str) -> Refused:
    return Refused(
        f"the state of this {type_name} cannot be read",
        "It does not fit the schema; somebody may have edited it. Take it out of the state (`terraform state rm "
        "ADDRESS`; nothing happens on the server), then `import` the object.",
    )


def _identity(managed: Managed, values: dict[str, Any]) -> Any:
    return message("Identity", identity_data=encode(outside(managed.identity(values))))


def _capabilities() -> Any:
    return message(
        "ServerCapabilities",
        plan_destroy=True,
        get_provider_schema_optional=True,
        move_resource_state=True,
        generate_resource_config=True,
    )


def _clauses(warning: str) -> tuple[str, str]:
    """Summary and detail of a warning: what is the case; what else there is to know, as a sentence."""
    summary, _, detail = warning.partition("; ")
    stop = "" if detail.endswith((".", "?", "!")) else "."
    return summary, f"{detail[:1].upper()}{detail[1:]}{stop}" if detail else ""


def _protected(managed: Managed, prior: dict[str, Any]) -> str:
    return (
        f"{managed.type_name} {prior['id']} stays on {prior.get('server') or 'its server'}: it was imported; the "
        "provider's protect_imported keeps it there, and only the state forgets it"
    )


def _not_replaced(label: str, changed: list[str]) -> Refused:
    why = f"A change of {', '.join(changed)}" if changed else "What was asked for (-replace, replace_triggered_by)"
    return Refused(
        f"{label} was imported, and is not replaced",
        f"{why} deletes it, and protect_imported of the provider keeps imported objects. Undo that, or take "
        "protect_imported out of the provider block for this run.",
        tuple(changed[:1]),
    )


def _kept(managed: Managed, prior: dict[str, Any]) -> str:
    return (
        f"{managed.type_name} {prior['id']} stays on its server: another address has it now, and only its old one "
        "leaves the state; a `moved` block says so at once"
    )


def _path(names: tuple[str | int, ...]) -> Any:
    """A path to an attribute; after `connections` comes a key of the map."""
    first, *keys = map(str, names)
    steps = [message("Step", attribute_name=RESERVED.get(first, first))]
    steps += [message("Step", element_key_string=key) for key in keys]
    return message("AttributePath", steps=steps)


def _add(response: Any, severity: int, summary: str, detail: str, path: tuple[str | int, ...] = ()) -> None:
    one = message("Diagnostic", severity=severity, summary=summary, detail=detail)
    if path:
        one.attribute = _path(path)
    for name in ("diagnostics", "diagnostic"):  # an event of a list calls them by the other name
        if name in response.fields:
            getattr(response, name).append(one)
