"""The shell between Pulumi's dynamic providers and the resources; one class serves them all.

What the engine and the SDK make of a dynamic provider decides the code here:

* A provider is pickled into the state of every resource. `__reduce__` makes that a reference to `dynamic.load` and the
  kind's name, so that nothing of the code is frozen in state and no refactoring changes it.
* diff, update, delete and refresh see old outputs only, so outputs echo what the program says. What it leaves out, and
  is as declared, is in no state: on an engine, width is what costs.
* Absent is `ReadResult(None, {})`; diff says True or False and names what replaces; update returns all outputs.
* Numbers arrive as floats, unknowns as `pulumi.output.Unknown`.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import pulumi
import yaml
from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)
from pulumi.dynamic import Resource as DynamicResource
from pulumi.output import Unknown
from pydantic import SecretStr

from .. import stack_settings, vocabulary
from ..errors import InvalidInput, SettingsError, wrapped
from ..products import resources, sessions
from ..pulumi_yaml import load as load_yaml
from ..resource import lifecycle
from ..resource.fields import UNKNOWN, Marker, Place, Problem, State
from ..server import log
from ..server.connections import Connections
from . import deletions, load, process
from .vocabulary import words

vocabulary.speak(words)
P = ParamSpec("P")
R = TypeVar("R", bound=DynamicResource)
_lock = threading.Lock()
_config: dict[str, SecretStr | None] = {}
_keys: frozenset[str] = frozenset()
_connections: Connections | None = None


class Provider(ResourceProvider):
    """create, read, update, delete, check and diff of one resource kind."""

    serialize_as_secret_always = False

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.resource = resources()[kind]

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return load, (self.resource.kind,)

    def configure(self, req: ConfigureRequest) -> None:
        configure(req)

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        process.program_runs()
        # What is there, or is imported by file, has old inputs: what only creating needs may be missing then.
        checked, problems = self.resource.check(_from_pulumi(news), creating=not own(_olds))
        failures = failed(problems, news)
        name = checked.get("connection")
        if isinstance(name, str) and "connection" not in {problem.property for problem in problems}:
            about = ""
            try:
                known = connections()
                about = "connection"
                known.get(name, self.resource.product)
            except SettingsError as error:
                failures.append(CheckFailure(about, error.shown()))
        # The given values go back as they came: among them are Unknown objects, which only the SDK can write.
        shown = set() if problems else self._shown(_from_pulumi(_olds), checked)
        given = {key: news[key] for key in _said(news)}
        return CheckResult({**{key: value for key, value in checked.items() if key in shown}, **given}, failures)

    def _shown(self, old: State, checked: State) -> set[str]:
        """Which arguments go back with their default although the program leaves them out: an engine shows an update as
        the difference of two inputs, and would show one that it recorded as removed, or one that changes not at all."""
        if old.get("adopt") is True and checked.get("adopt") is not True:
            return {*checked} - ({"connection"} - {*old})  # which tells an engine of nothing that is about to change
        return {*old} if self.resource.diff(old, checked).changed else set()

    def _narrow(self, state: State, said: set[str]) -> State:
        """A state without what the program leaves out and is as declared.

        A program may look at what of an adopted object it does not say: what an engine does not know, a preview shows
        as unknown, and no class can tell that from a default.
        """
        absent = {**self.resource.defaults, "adopted": False}
        if state["adopted"] or state.get("adopt") is True:
            return state
        return {name: one for name, one in state.items() if name in said or name not in absent or one != absent[name]}

    def _both(self, olds: dict[str, Any], news: dict[str, Any]) -> tuple[State, State]:
        return self.resource.complete(_from_pulumi(olds)), self.resource.complete(_from_pulumi(news))

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        old, new = self._both(_olds, _news)
        found = lifecycle.planned(self.resource, connections(), _id, old, new, process.urn())
        return DiffResult(bool(found.changed), list(found.replaces), delete_before_replace=True)

    def create(self, props: dict[str, Any]) -> CreateResult:
        inputs = self.resource.complete(_from_pulumi(props))
        id, state = lifecycle.create(self.resource, connections(), inputs, process.urn())
        return CreateResult(id, self._narrow(state, _said(props)))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        spec, known = self.resource, _from_pulumi(props)
        first_look = "server" not in known
        state = lifecycle.read(spec, connections(), id_, known if first_look else spec.complete(known))
        if state is None:
            return ReadResult(None, {})
        said = process.given() or (spec.fields if first_look else known).keys() - spec.marked(Marker.computed)
        if said & {*spec.marked(Marker.identity)} and not first_look:  # else it is only read, and shown as it is
            narrow = self._narrow(state, said)
            if narrow is not state:  # what nobody says and is not as declared was changed by hand
                state, said = narrow, said | (spec.defaults.keys() & narrow.keys())
        return ReadResult(id_, state, {name: state[name] for name in spec.fields if name in said & state.keys()})

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        old, new = self._both(_olds, _news)
        state = lifecycle.update(self.resource, connections(), _id, old, new, process.urn())
        return UpdateResult(self._narrow(state, _said(_news)))

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        state = self.resource.complete(_from_pulumi(_props))
        lifecycle.delete(self.resource, connections(), _id, state, process.urn())


def _said(props: Mapping[str, Any]) -> set[str]:
    """The names of what a program says."""
    return {name for name, value in own(props).items() if value is not None}


def failed(problems: Iterable[Problem], given: Mapping[str, Any]) -> list[CheckFailure]:
    """What is wrong with the `given` properties, as the engine shows it: with the value, unless that is a secret."""
    return [
        CheckFailure(one.property, wrapped(one.reason))
        if one.property in given and not one.secret
        else CheckFailure("", wrapped(str(one)))
        for one in problems
    ]


def configure(req: ConfigureRequest) -> None:
    """Takes the stack's config. Called once per kind, always with the same config in one process."""
    global _config, _keys  # noqa: PLW0603 - the plugin process is the scope of a configuration
    _keys = frozenset(getattr(req.config, "_props", ()))
    given = {name: req.config.get(f"veeam:{name}") for name in ("connections", "defaults", "maxDeletes")}
    _config = {name: None if value is None else SecretStr(value) for name, value in given.items()}


def connections() -> Connections:
    """The stack's connections; made on first use, logged out when the plugin ends."""
    global _connections  # noqa: PLW0603
    with _lock:
        if _connections is None:
            log.configure()
            folders = [Path.cwd(), *Path.cwd().parents]
            stack_settings.check(_keys)
            project = next((folder for folder in folders if (folder / "Pulumi.yaml").exists()), Path.cwd())
            _connections = Connections(
                _given("connections"),
                sessions=sessions(),
                warn=process.warn,
                folder=project,
                defaults=_given("defaults"),
                max_deletes=_limit_of_today(project) or _given("maxDeletes"),
            )
            process.at_end(_connections.close)
        return _connections


def _limit_of_today(project: Path) -> str | None:
    """`veeam:maxDeletes` as it is in the stack's file; None where it does not.

    A destroy, and every run of a program that declares nothing, gets the config of the last `up` from the engine. This
    number is not a secret, so that it can be looked up; what protects from destroying too much must not be out of date.
    """
    stack = process.urn().removeprefix("urn:pulumi:").partition("::")[0]
    try:
        about = load_yaml((project / "Pulumi.yaml").read_text(encoding="utf-8"))
        file = project / str(about.get("stackConfigDir") or ".") / f"Pulumi.{stack}.yaml"
        limit = load_yaml(file.read_text(encoding="utf-8"))["config"]["veeam:maxDeletes"]
    except (OSError, ValueError, yaml.YAMLError, AttributeError, LookupError, TypeError):
        return None
    return str(limit)


def _given(name: str) -> str | None:
    value = _config.get(name)
    return value.get_secret_value() if value else None


def _from_pulumi(props: Mapping[str, Any]) -> State:
    """What the SDK hands over -> plain state: no provider string, UNKNOWN for unknowns."""

    def plain(value: Any) -> Any:
        if isinstance(value, Unknown):
            return UNKNOWN
        if isinstance(value, Mapping):
            return {key: plain(item) for key, item in value.items()}
        return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value

    return {key: plain(value) for key, value in own(props).items()}


def own(props: Mapping[str, Any]) -> dict[str, Any]:
    """A resource's properties without the provider string that the SDK adds."""
    return {name: value for name, value in props.items() if name != "__provider"}


# What dynamic providers cannot do, and what to do instead.
REFUSED = {
    "import_": "use adopt=True, which takes an existing object over, or .get(), which only reads it",
    "provider": "name the server with connection=",
    "providers": "name the server with connection=",
    "custom_timeouts": "set the connection's timeout and deadline",
    "replace_on_changes": "what replaces an object is decided by the server's API",
}


def refuse(opts: pulumi.ResourceOptions | None, about: str, refused: Mapping[str, str]) -> None:
    """Raises InvalidInput for an option that is `refused`: {option: what to do instead}."""
    for option, instead in refused.items():
        if getattr(opts, option, None):
            raise InvalidInput(f"the option {option} does not work with dynamic providers", instead, about=about)


def declare(
    resource: DynamicResource,
    kind: str,
    resource_name: str,
    inputs: dict[str, Any],
    opts: pulumi.ResourceOptions | None,
) -> None:
    """Registers a typed resource with the engine: secrets as secrets, outputs announced, options checked."""
    refuse(opts, f"{kind} {resource_name!r}", REFUSED)
    spec = resources()[kind]
    props = {name: _hidden(value, name, spec.secrets) for name, value in inputs.items()}
    announced = dict.fromkeys([*spec.outputs.model_fields, "server"])
    # An engine that is asked for a replacement does not ask diff what has to go first; names are unique on all servers.
    opts = pulumi.ResourceOptions.merge(pulumi.ResourceOptions(delete_before_replace=True), opts)
    opts.additional_secret_outputs = _SecretOutputs(
        spec.derived, inputs, [*spec.secret_outputs, *(opts.additional_secret_outputs or [])]
    )
    DynamicResource.__init__(resource, load(kind), resource_name, {**announced, **props}, opts)
    if opts.id is None:
        default_outputs(resource, spec.defaults, inputs)
    deletions.declares(resource, inputs.get("connection") or spec.product, is_managed=opts.id is None)


def default_outputs(resource: DynamicResource, defaults: Mapping[str, Any], inputs: Mapping[str, Any]) -> None:
    """Outputs of a resource that the program does not say, and that the state therefore leaves out, as declared.

    The SDK makes what an engine does not tell None, in a preview unknown, so that what depends on it shows as changed.
    """
    adopt = inputs.get("adopt")
    for name, default in defaults.items():
        said, answered = inputs.get(name), vars(resource)[name]
        if isinstance(said, _LATER) or (said is None and isinstance(adopt, _LATER)):
            given = pulumi.Output.all(said, adopt)
            vars(resource)[name] = given.apply(functools.partial(_of_run, default, answered))
        elif said is None:
            vars(resource)[name] = _of_run(default, answered, [None, adopt])


_LATER = (pulumi.Output, Awaitable)


def _of_run(default: Any, answered: pulumi.Output[Any], given: list[Any]) -> pulumi.Output[Any]:
    """An output by what the program says of it, and whether it adopts: then what is not known is up to the server."""
    said, adopt = given

    def value(found: Any) -> Any:
        return default if found is None or isinstance(found, Unknown) else found

    return answered.apply(value, run_with_unknowns=said is None and not adopt)


def _hidden(value: Any, name: str, secrets: Iterable[Place]) -> Any:
    """An argument with what of it is secret as a secret: all of it where only the run tells its parts."""
    inner = [place[1:] for place in secrets if place[0] == name]
    if value is None or not inner:
        return value
    if () in inner or not isinstance(value, Mapping):
        return pulumi.Output.secret(value)
    return {key: _hidden(part, key, [place for place in inner if place]) for key, part in value.items()}


def declares(kind: str) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """Makes a typed class's constructor register a `kind` with the arguments that it was given, and only those.

    Whether an argument was given as its default or left out matters to an object that is adopted.
    """

    def of(init: Callable[P, None]) -> Callable[P, None]:
        signature = inspect.signature(init)

        @functools.wraps(init)
        def __init__(*args: P.args, **kwargs: P.kwargs) -> None:
            if not kwargs.get("adopt"):  # what adopts may leave out more
                init(*args, **kwargs)  # which does nothing but refuse what is missing, and what is not an argument
            given = signature.bind_partial(*args, **kwargs).arguments
            resource, resource_name, opts = (given.pop(name, None) for name in ("self", "resource_name", "opts"))
            inputs = {name: [*value] if isinstance(value, tuple) else value for name, value in given.items()}
            declare(resource, kind, resource_name, {**dict.fromkeys(resources()[kind].fields), **inputs}, opts)

        return __init__

    return of


class _SecretOutputs(list[str]):
    """The outputs that are secret because an input is one that they come from.

    Whether an input is a secret is known when the SDK has waited for all of them; it reads this list afterwards.
    """

    def __init__(self, derived: Mapping[str, str], inputs: Mapping[str, Any], always: Iterable[str]) -> None:
        super().__init__(always)
        self._asked = {
            output: asyncio.ensure_future(pulumi.Output.from_input(inputs[name]).is_secret())
            for output, name in derived.items()
            if inputs.get(name) is not None and not isinstance(inputs[name], str)
        }

    def __iter__(self) -> Iterator[str]:
        yield from super().__iter__()
        for output, asked in self._asked.items():
            if asked.done() and not asked.cancelled() and asked.exception() is None and asked.result():
                yield output


def existing(typed: type[R], kind: str, resource_name: str, id: pulumi.Input[str], connection: str, opts: Any) -> R:
    """Registers an existing object that is only read: never written, never deleted."""
    resource = typed.__new__(typed)
    inputs = {**dict.fromkeys(resources()[kind].fields), "connection": connection}
    opts = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=id))
    declare(resource, kind, resource_name, inputs, opts)
    return resource
