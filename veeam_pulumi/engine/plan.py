"""Deciding what happens to each resource: what a program registers, held against the state, becomes steps."""

import re
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..pulumi_state import MASKED, UNKNOWN, Urn, is_secret
from . import values as v
from .display import Display, kind_and_name
from .plugin import Plugin, Plugins
from .state import PROVIDER, Deployment, Step, now, references, renamed
from .values import EngineError, State, changed_keys, command, compact, same, unsupported

ROOT = "pulumi:pulumi:Stack"
REFERENCE = "pulumi:pulumi:StackReference"
_KEEPING = ("protect", "retainOnDelete")
_DYNAMIC = re.compile(r"pulumi-python:dynamic[/:]")
# what a registration and its state have under the same name
_KEPT = "type custom parent protect deletedWith retainOnDelete additionalSecretOutputs ignoreChanges replaceOnChanges"
_REFUSED = "provider providers hooks replacementTrigger transforms stateMigrations packageRef envVarMappings remote"
_REFUSED += " importId version pluginDownloadURL pluginChecksums"
_NAMES = {"importId": "import_", "remote": "a remote component"}


def stack_outputs(resources: list[State]) -> dict[str, Any]:
    """What a stack exports."""
    return next((dict(entry.get("outputs", {})) for entry in resources if entry["type"] == ROOT), {})


@dataclass(frozen=True)
class Flags:
    """What a run is asked for, by the names of the command line."""

    refresh: bool = False
    expect_no_changes: bool = False
    diff: bool = False
    json: bool = False
    run_program: bool | None = None
    clear_pending_creates: bool = False
    target: Sequence[str] = ()
    target_dependents: bool = False
    replace: Sequence[str] = ()
    continue_on_error: bool = False
    parallel: int = 16  # more threads fight for the interpreter and make a large program three times slower


class Plan:
    """What is known of a stack and of a run, and how a registration is turned into steps (check, diff, cascade)."""

    def __init__(
        self,
        project: str,
        stack: str,
        deployment: Deployment,
        plugins: Plugins,
        display: Display,
        config: dict[str, Any],
        flags: Flags,
    ):
        """With --run-program providers get `config`, not what the state remembers of it, which is what the real engine
        gives them in refresh and destroy; there the program then only gets to know the state."""
        self.deployment = deployment
        self._plugins = plugins
        self._display = display
        self._config = config
        self._prefix = f"urn:pulumi:{stack}::{project}::"
        self._project = project
        self._stack = stack
        self.root = f"{self._prefix}{ROOT}::{project}-{stack}"
        self._flags = flags
        self._preview = display.preview
        self._answering = flags.run_program and display.operation in ("refresh", "destroy")
        self._providers = dict[str, str]()
        # URN by alias
        self._former = dict[str, str]()
        self._seen = set[str]()
        self._replaced = set[str]()
        self._condemned = set[str]()
        self._deleted = set[str]()
        self._targets = set[str]()
        self._is_target = _matching(flags.target)
        self._to_replace = _matching(flags.replace)
        self._left_out = set[str]()  # new, and no target
        self._find()

    def _find(self) -> None:
        self.found = {old["urn"]: old for old in self.deployment.olds if not old.get("delete")}

    def register(self, request: dict[str, Any]) -> list[Step]:
        """RegisterResource: what has to be done about it."""
        for name in _REFUSED.split():
            if request.get(name, {}) != {}:
                raise unsupported(_NAMES.get(name, f"the option {name}"))
        custom = request.get("custom", False)
        if custom and not _DYNAMIC.match(request["type"]):
            raise unsupported(f"resource type {request['type']} (only Python dynamic providers)")
        urn, old, goal = self._identified(request)
        wired = {key: sorted(value.get("urns", [])) for key, value in request.get("propertyDependencies", {}).items()}
        limits = {key: _seconds(text) for key, text in request.get("customTimeouts", {}).items()}
        goal |= {"propertyDependencies": dict(sorted(wired.items())), "customTimeouts": limits}
        goal = compact({**goal, "hideDiff": request.get("hideDiffs")})
        goal["inputs"] = v.from_struct(request.get("object", {}))
        if custom and (old is not None or not self._answering):
            goal["provider"] = self._provider("pulumi-python")
        if self._answering:
            if old and self._display.operation == "destroy":  # what keeps it is as the program of today says
                said = {key: goal[key] for key in _KEEPING if key in goal}
                return [Step("same", urn, old, {**{key: old[key] for key in old if key not in _KEEPING}, **said})]
            return [Step("same" if old else "skip", urn, old, old or goal)]
        if goal["type"] != ROOT and not self._targeted(urn, references(goal)):
            self._left_out.update(() if old else (urn,))
            return [Step("same", urn, old, old and renamed({**old, "urn": urn}, self.deployment.names))]
        if custom:
            return self._plan_custom(request, urn, old, goal)
        if old is None:
            return [Step("create", urn, None, goal)]
        changes = changed_keys(old.get("inputs", {}), goal["inputs"])
        return [Step("update" if changes else "same", urn, old, {**goal, **_of(old, "outputs")}, changes)]

    def _plan_custom(self, request: dict[str, Any], urn: str, old: State | None, goal: State) -> list[Step]:
        asked = goal["inputs"]
        inputs = (old or {}).get("inputs", {})
        if old is None:
            return [Step("create", urn, None, self._checked(goal, {}, asked))]
        if old["urn"] in self._condemned:  # deleted in this run, because something that it needs was replaced
            return self._replacing(urn, old, self._checked(goal, {}, asked))[::-1]
        if old.get("external"):  # read so far, managed from now on: the old inputs belong to no program
            return self._replacing(urn, old, self._checked(goal, {}, asked))
        if self._to_replace(urn):
            return self._replacement(request, old, goal, changed_keys(inputs, asked), [], False)
        new = self._checked({**goal, "id": old["id"]}, inputs, v.ignoring(goal.get("ignoreChanges", ()), inputs, asked))
        if {goal.get("deletedWith"), *goal.get("replaceWith", ())} & self._replaced:  # then nobody is asked
            changed = True
            replaces = ["deletedWith"]
            first = False
        else:
            changed, replaces, first = self._diff(old, new["inputs"], goal.get("replaceOnChanges", ()))
        pending = old.get("pendingReplacement", False)
        if not changed and not pending:
            hidden = {key for key, value in new["inputs"].items() if is_secret(value)}
            hidden.update(goal.get("additionalSecretOutputs", ()))
            return [Step("same", urn, old, {**new, "outputs": v.mark(old.get("outputs", {}), {}, hidden), **_of(old)})]
        changes = changed_keys(inputs, new["inputs"])
        if not replaces and not pending:
            if goal.get("replaceOnChanges"):
                why = "replace_on_changes has no effect: the provider says itself what needs a replacement"
                self._display.message("warning", why, urn)
            return [Step("update", urn, old, {**new, **_of(old)}, changes)]
        return self._replacement(request, old, goal, changes, replaces, first)

    def _replacement(
        self, request: dict[str, Any], old: State, goal: State, changes: list[str], replaces: list[str], first: bool
    ) -> list[Step]:
        """The steps of a replacement; `first`: the provider wants the old object to go first."""
        urn = goal["urn"]
        if old.get("protect"):
            raise EngineError(f'unable to replace resource "{urn}"\nas it is {self.protected(urn)}', urn=urn)
        pending = old.get("pendingReplacement", False)
        new = self._checked(goal, {}, goal["inputs"])  # defaults of the old object are not those of the new one
        if "deleteBeforeReplaceDefined" in request:
            first = request.get("deleteBeforeReplace", False)
        if not first:  # also where the old object was to go first, and is gone: it is deleted once more at the end
            return self._replacing(urn, old, new, changes, replaces)
        steps = [Step("delete-replaced", each["urn"], each, None) for each in reversed(self._cascade(old))]
        steps += (
            [] if pending else [Step("delete-replaced", urn, old, None, changes, replaces)]
        )  # pending: deleted already
        self._deleted.update(step.urn for step in steps)
        self._condemned.update(step.old["urn"] for step in steps if step.old)
        self._condemned.add(old["urn"])
        return [*steps, *self._replacing(urn, old, new, changes, replaces)[::-1]]

    def _replacing(self, urn: str, old: State, new: State, *why: list[str]) -> list[Step]:
        """Create first: the old one is deleted after the program. Delete first reports it the other way round."""
        self._replaced.add(urn)
        return [Step(op, urn, old, new, *why) for op in ("create-replacement", "replace")]

    def protected(self, urn: str) -> str:
        """What is said of a protected resource that would have to go."""
        return (
            "protected. To unprotect the resource, either remove the `protect` flag from the resource in your program "
            f"and run {command('up', self._stack)}, or use the command:\n"
            + command(f"state unprotect '{urn}'", self._stack)
        )

    def _targeted(self, urn: str, needs: set[str]) -> bool:
        """Whether a resource is a target, or depends on one if that is enough."""
        if found := self._is_target(urn) or (self._flags.target_dependents and needs & self._targets):
            self._targets.add(urn)
        return bool(found or not self._flags.target)

    def read(self, request: dict[str, Any]) -> list[Step]:
        """ReadResource: a resource that is looked at but not managed."""
        stack = request["type"] == REFERENCE
        id = request.get("id", "")
        if any(request.get(name) for name in _REFUSED.split()) or not (stack or _DYNAMIC.match(request["type"])):
            raise unsupported(f"reading a {request['type']} (only Python dynamic providers and stack references)")
        urn, old, goal = self._identified(request)
        if self._answering:
            return [Step("same" if old else "skip", urn, old, old or goal)]
        provider = self._provider("pulumi" if stack else "pulumi-python")
        inputs = request.get("properties", {})
        goal |= {"custom": True, "id": id, "external": True, "provider": provider, "inputs": v.from_struct(inputs)}
        if id in ("", UNKNOWN):
            return [Step("skip", urn, old, {**goal, "id": ""})]
        if old is not None and not old.get("external") and old["id"] != id:
            raise unsupported(f"reading {id!r} under the name of a managed resource with another id ({old['id']!r})")
        return [Step("read", urn, old, compact(goal))]

    def _identified(self, request: dict[str, Any]) -> tuple[str, State | None, State]:
        """The URN of a registration, the resource that it means (perhaps under an alias), and what it is to be."""
        urn = f"{self._prefix}{_chain(request.get('parent', ''))}{request['type']}::{request['name']}"
        if urn in self._seen:
            raise EngineError(f"Duplicate resource URN '{urn}'; try giving it a unique name", urn=urn)
        names = [urn, *self._aliases(request)]
        was = next((name for name in names if name in self.found and name not in self._seen), urn)
        self._seen |= {urn, was}
        if was != urn:
            self._former[urn] = was
            if not self._answering:
                self.deployment.rename(was, urn)
        goal = {"urn": urn, "custom": False, **{key: request[key] for key in _KEPT.split() if key in request}}
        goal |= {key: sorted(request.get(key, ())) for key in ("dependencies", "replaceWith")}
        return urn, self.found.get(was), goal

    def _aliases(self, request: dict[str, Any]) -> list[str]:
        kind = request["type"]
        name = request["name"]
        parent = request.get("parent", "")
        own = list[str]()
        inherited = list[str]()
        for alias in request.get("aliases", ()):
            spec = alias.get("spec", {})
            stack = spec.get("stack", self._stack)
            project = spec.get("project", self._project)
            chain = "" if spec.get("noParent") else _chain(spec.get("parentUrn") or parent)
            urn = Urn(stack, project, f"{chain}{spec.get('type', kind)}", spec.get("name", name))
            own.append(alias.get("urn", str(urn)))
        if was := self._former.get(parent):  # the parent had another URN: so had its children
            now_named = kind_and_name(parent)[1]
            then_named = kind_and_name(was)[1]
            for each, its in [(kind, name), *map(kind_and_name, own)]:
                then = then_named + its[len(now_named) :] if its.startswith(now_named) else its
                inherited.append(f"{self._prefix}{_chain(was)}{each}::{then}")
        return own + inherited

    def _provider(self, package: str) -> str:
        """The default provider, which gets an entry of its own; returns the reference that resources carry."""
        if package not in self._providers:
            urn = f"{self._prefix}{PROVIDER}{package}::default"
            inputs = self._config if package == "pulumi-python" else {}
            old = self.found.get(urn)
            moment = now()
            entry = {"urn": urn, "custom": True, "id": str(uuid.uuid4()), "created": moment, **_of(old or {}, "id")}
            entry |= {"type": PROVIDER + package, "inputs": inputs, "outputs": inputs, "modified": moment}
            if old is not None and same(old.get("inputs", {}), inputs):
                entry = old
            if not (self._answering and self._display.operation == "destroy"):
                self.deployment.change(compact(entry), old)
            self._providers[package] = f"{urn}::{entry['id']}"
        return self._providers[package]

    def _plugin(self) -> Plugin:
        """The plugin as configured today if the program (or --run-program) says so; else as the state remembers."""
        declares = "pulumi-python" in self._providers
        # A program that declares nothing asks for no provider: then a destroy has what the state remembers.
        if declares or (self._flags.run_program and self._display.operation != "destroy"):
            return self._plugins.get(self._config)
        remembered = self.found.get(f"{self._prefix}{PROVIDER}pulumi-python::default", {})
        return self._plugins.get(remembered.get("outputs", {}))

    def _checked(self, goal: State, olds: dict[str, Any], news: dict[str, Any]) -> State:
        news = news if self._preview else v.without_unknowns(news)  # of what failed, or was left out
        self._display.learn_from({"inputs": news})
        answer = self._plugin().call("Check", urn=goal["urn"], olds=olds, news=news)
        kind, name = kind_and_name(goal["urn"])
        for number, failure in enumerate(failures := answer.get("failures", ()), 1):
            value = news.get(failure.property)  # Pulumi prints it; a secret stays one
            text = value if isinstance(value, str) else v.dumps(value)
            shown = MASKED if v.carries_secret(value) else f"{{{text}}}"
            about = f": property {failure.property} value {shown}" if failure.property else ""
            error = f"{kind} resource '{name}'{about} has a problem: {failure.reason}"
            if number == len(failures):
                raise EngineError(error, urn=goal["urn"])
            self._display.message("error", error, goal["urn"])
        return {**goal, "inputs": v.mark(answer.get("inputs", {}), news)}

    def _diff(self, old: State, news: dict[str, Any], replace_on: Any = ()) -> tuple[bool, list[str], bool]:
        """Whether old OUTPUTS (all that dynamic providers get to see) and new inputs differ, what of it needs a
        replacement, and whether the old object has to go first."""
        inputs = old.get("inputs", {})
        answer = self._plugin().call("Diff", **known(old), news=news)
        changed = answer.get("changes") == 2
        replaces = list(answer.get("replaces", ()))
        if "changes" not in answer:  # the provider leaves it to the engine; only then replace_on_changes does something
            keys = {change[1:] for change in changed_keys(v.plain(inputs), v.plain(news))}
            replaces += [path for path in replace_on if keys and (path == "*" or v.parse_path(path)[0] in keys)]
            changed = bool(keys)
        return changed, replaces, answer.get("deleteBeforeReplace", False)

    def _cascade(self, root: State) -> list[State]:
        """What must be deleted before the root is: dependents whose provider, told that what they got from the replaced
        ones is unknown, wants to replace them. Resources that registered already in this run are left alone."""
        dependents = {root["urn"]}
        replaced = {root["urn"]}
        found = list[State]()
        settled = self._seen | self._condemned
        for each in self.deployment.olds:
            if each["urn"] in settled or each.get("delete") or not references(each) & dependents:
                continue
            dependents.add(each["urn"])
            if not each.get("custom") or each.get("external"):
                continue
            wired = each.get("propertyDependencies") or {}
            inputs = each.get("inputs", {})
            reached = {key for key in inputs if replaced & set(wired.get(key) or ())}
            news = {key: UNKNOWN if key in reached else value for key, value in inputs.items()}
            if each.get("deletedWith") in replaced or (reached and self._diff(each, news)[1]):
                replaced.add(each["urn"])
                found.append(each)
        for each in found:
            if each.get("protect"):
                about = f'"{each["urn"]}"\nas part of replacing "{root["urn"]}" as it is'
                raise EngineError(f"unable to replace resource {about} {self.protected(each['urn'])}", urn=root["urn"])
        return found


def _of(old: State, *keys: str) -> State:
    """What a resource keeps when it is the same or updated."""
    return {key: old[key] for key in ("created", "modified", *keys) if key in old}


def known(old: State, outputs: str = "olds") -> dict[str, Any]:
    """What providers are told of an object."""
    return {"id": old["id"], "urn": old["urn"], outputs: old.get("outputs", {}), "old_inputs": old.get("inputs", {})}


def _chain(parent: str) -> str:
    """The types above a resource, as its URN spells them; the stack's own type is left out."""
    types = Urn.of(parent).types if parent else ROOT
    return "" if types == ROOT else types + "$"


def _matching(patterns: Sequence[str]) -> Callable[[str], Any]:
    """What tells the URNs that are meant: `*` stands for a part of one, `**` for any number of parts."""
    text = "|".join(re.escape(each).replace(r"\*\*", ".*").replace(r"\*", "[^:]*") for each in patterns)
    return re.compile(text or "(?!)").fullmatch


def _seconds(text: str) -> float:
    units = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
    total = sum(float(number) * units[unit] for number, unit in re.findall(r"([\d.]+)(ms|h|m|s)", text))
    return int(total) if total == int(total) else total
