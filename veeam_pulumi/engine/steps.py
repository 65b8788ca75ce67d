"""Deciding what happens to each resource, and doing it. Planning (check, diff) is one at a time, in the order in which
registrations arrive; operations run in parallel, each in the thread that registered its resource."""

import re
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from veeam_pulumi.engine import values as v
from veeam_pulumi.engine.display import Display, kind_and_name, masked
from veeam_pulumi.engine.plugin import Diff, Plugin, Plugins
from veeam_pulumi.engine.state import Deployment, dumps, now, references, renamed
from veeam_pulumi.engine.values import UNKNOWN, EngineError, State, changed_keys, mark_keys, same, unsupported

ROOT, REFERENCE, PROVIDER = "pulumi:pulumi:Stack", "pulumi:pulumi:StackReference", "pulumi:providers:"
_DYNAMIC = re.compile(r"pulumi-python:dynamic[/:]")
_OPTIONS = ("protect", "deletedWith", "retainOnDelete", "additionalSecretOutputs", "ignoreChanges", "replaceOnChanges")
_REFUSED = {
    "remote": "a remote component",
    "provider": "an explicit provider",
    "providers": "explicit providers",
    "importId": "import_",
    "transforms": "transforms",
    "state_migrations": "state_migrations",
    "packageRef": "a package",
    "envVarMappings": "env_var_mappings",
    "pluginDownloadURL": "plugin_download_url",
}
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}


class Stopped(Exception):
    """No new operation starts: another one failed, or the user pressed ^C."""


@dataclass
class Step:
    """One thing to do with one resource; `op` is the name that Pulumi gives it."""

    op: str
    urn: str
    old: State | None
    new: State | None
    changes: list[str] = field(default_factory=list)


class Steps:
    """All steps of one run over one deployment."""

    def __init__(
        self,
        project: str,
        stack: str,
        deployment: Deployment,
        plugins: Plugins,
        display: Display,
        config: dict[str, Any],
        read_stack: Callable[[str], dict[str, Any]],
        *,
        answering: bool,
        today: bool,
    ):
        """`answering`: the program only gets to know the state (--run-program); `today`: providers get `config`, not
        what the state remembers of it (the real engine's refresh and destroy use the remembered one)."""
        self.deployment, self.failed, self.cancelled = deployment, False, False
        self.outputs: dict[str, Any] | None = None
        self._prefix = f"urn:pulumi:{stack}::{project}::"
        self.root = f"{self._prefix}{ROOT}::{project}-{stack}"
        self._plugins, self._display, self._config, self._read_stack = plugins, display, config, read_stack
        self._answering, self._today, self._preview = answering, today, display.preview
        self._planner, self._providers, self._lock = ThreadPoolExecutor(1), dict[str, str](), threading.Lock()
        self.found = {old["urn"]: old for old in deployment.olds if not old.get("delete")}
        self._seen, self._aliases, self._taken = set[str](), dict[str, str](), set[str]()
        self._touched, self._condemned, self._superseded = set[int](), set[int](), set[int]()
        self._replaced, self._deleted = set[str](), set[str]()

    # ---- what the program asks for ----

    def do(self, plan: Callable[[Any], list[Step]], request: Any) -> tuple[str, State, bool]:
        """Plans and does; answers with the URN, the resource, and whether its missing outputs are unknown."""
        steps = self._planner.submit(self._planned, plan, request).result()
        for step in steps:
            self.execute(step)
        return steps[-1].urn, steps[-1].new or {}, self._answering and not steps[-1].old

    def _planned(self, plan: Callable[[Any], list[Step]], request: Any) -> list[Step]:
        if self.failed or self.cancelled:
            raise Stopped
        try:
            return plan(request)
        except EngineError as problem:
            self.fail(str(problem), problem.urn)
            raise Stopped from None

    def register_outputs(self, urn: str, outputs: dict[str, Any]) -> None:
        """RegisterResourceOutputs: of components, and of the stack. Accepted even after a failure."""
        if urn == self.root:
            self.outputs = outputs
        if (state := self.deployment.done.get(urn)) is not None and not self._answering:
            self.deployment.change(v.compact({**state, "outputs": outputs}))

    def fail(self, text: str, urn: str = "", steps: int = 0) -> None:
        """Something went wrong: say it, count it (the stack's own row counts once), and start nothing new."""
        self._display.message("error", text, urn)
        with self._lock:
            self._display.errored += steps + (not self.failed)
            self.failed = True

    def register(self, request: Any) -> list[Step]:
        """RegisterResource: what has to be done about it."""
        for name, feature in _REFUSED.items():
            if getattr(request, name, None):
                raise unsupported(feature)
        if request.hooks.ListFields():
            raise unsupported("resource hooks")
        if "replacement_trigger" in request.DESCRIPTOR.fields_by_name and request.HasField("replacement_trigger"):
            raise unsupported("replacement_trigger")
        if request.custom and not _DYNAMIC.match(request.type):
            raise unsupported(f"resource type {request.type} (only Python dynamic providers)")
        urn, old = self._identify(request)
        goal: State = {"urn": urn, "custom": request.custom, "type": request.type, "parent": request.parent}
        goal.update(
            {
                key: value if isinstance(value, bool | str) else list(value)
                for key in _OPTIONS
                if (value := getattr(request, key))
            }
        )
        wired = {key: sorted(value.urns) for key, value in sorted(request.propertyDependencies.items())}
        limits = {key: _seconds(getattr(request.customTimeouts, key)) for key in ("create", "update", "delete", "read")}
        goal.update(
            dependencies=sorted(request.dependencies),
            replaceWith=sorted(request.replace_with),
            hideDiff=list(request.hideDiffs),
            propertyDependencies=wired,
            customTimeouts=v.compact(limits),
        )
        goal = {**v.compact(goal), "inputs": v.from_struct(request.object)}
        if self._answering:
            if request.custom and old is not None:
                self._provider("pulumi-python")
            return [Step("same" if old else "skip", urn, old, old or goal)]
        if request.custom:
            goal["provider"] = self._provider("pulumi-python")
            return self._plan_custom(request, urn, old, goal)
        if old is None:
            return [Step("create", urn, None, goal)]
        changes = changed_keys(old.get("inputs", {}), goal["inputs"])
        return [Step("update" if changes else "same", urn, old, {**goal, **_kept(old, "outputs", *_TIMES)}, changes)]

    def _plan_custom(self, request: Any, urn: str, old: State | None, goal: State) -> list[Step]:
        asked, plugin = goal["inputs"], self._plugins.get(self._config)
        if old is None:
            return [Step("create", urn, None, self._checked(plugin, goal, {}, asked))]
        if id(old) in self._condemned:  # deleted in this run, because something that it needs was replaced
            self._replaced.add(urn)
            new = self._checked(plugin, goal, {}, asked)
            return [Step("replace", urn, old, new), Step("create-replacement", urn, old, new)]
        if old.get("external"):  # read so far, managed from now on: the old inputs are nobody's
            return self._replacing(urn, old, self._checked(plugin, goal, {}, asked), [])
        kept = v.ignoring(goal.get("ignoreChanges", []), old.get("inputs", {}), asked)
        new = {**self._checked(plugin, goal, old.get("inputs", {}), kept), "id": old["id"]}
        together = {goal.get("deletedWith"), *goal.get("replaceWith", ())} & self._replaced
        diff = Diff(True, ["deletedWith"], False) if together else self._diff(plugin, old, new)  # then nobody is asked
        pending = old.get("pendingReplacement", False)
        if not diff.changed and not pending:
            keys = {
                *goal.get("additionalSecretOutputs", ()),
                *(k for k, value in new["inputs"].items() if v.is_secret(value)),
            }
            outputs = mark_keys(old.get("outputs", {}), keys)
            return [Step("same", urn, old, {**new, "outputs": outputs, **_kept(old, *_TIMES)})]
        changes = changed_keys(old.get("inputs", {}), new["inputs"])
        if not diff.replaces and not pending:
            return [Step("update", urn, old, new, changes)]
        if old.get("protect"):
            raise EngineError(
                f'unable to replace resource "{urn}"\nas it is currently marked for protection. To unprotect it,'
                " remove the `protect` option from the program and run `up`",
                urn=urn,
            )
        new = self._checked(plugin, goal, {}, asked)  # defaults of the old object are not those of the new one
        first = request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else diff.delete_first
        if not first and not pending:
            return self._replacing(urn, old, new, changes)
        steps = [Step("delete-replaced", each["urn"], each, None) for each in reversed(self._cascade(plugin, old))]
        steps += [] if pending else [Step("delete-replaced", urn, old, None, changes)]  # pending: deleted already
        self._replaced.add(urn)
        self._deleted.update(step.urn for step in steps)
        self._condemned.update(id(step.old) for step in steps)
        return [*steps, Step("replace", urn, old, new, changes), Step("create-replacement", urn, old, new, changes)]

    def _replacing(self, urn: str, old: State, new: State, changes: list[str]) -> list[Step]:
        """Create first: the old one is deleted after the program."""
        self._replaced.add(urn)
        self._superseded.add(id(old))
        return [Step("create-replacement", urn, old, new, changes), Step("replace", urn, old, new, changes)]

    def read(self, request: Any) -> list[Step]:
        """ReadResource: a resource that is looked at but not managed."""
        stack = request.type == REFERENCE
        if request.provider or request.packageRef or not (stack or _DYNAMIC.match(request.type)):
            raise unsupported(f"reading a {request.type} (only Python dynamic providers and stack references)")
        urn, old = self._identify(request)
        if self._answering:
            return [Step("same" if old else "skip", urn, old, old or {"urn": urn})]
        new = v.compact(
            {
                "urn": urn,
                "custom": True,
                "id": request.id,
                "type": request.type,
                "inputs": v.from_struct(request.properties),
                "parent": request.parent,
                "external": True,
                "dependencies": sorted(request.dependencies),
                "provider": self._provider("pulumi" if stack else "pulumi-python"),
                "additionalSecretOutputs": list(request.additionalSecretOutputs),
            }
        )
        if request.id in ("", UNKNOWN):
            return [Step("skip", urn, old, {**new, "id": "", "outputs": {}})]
        if old is not None and not old.get("external") and old["id"] != request.id:
            raise unsupported(
                f"reading {request.id!r} under the name of a managed resource with another id ({old['id']!r})"
            )
        return [Step("read", urn, old, new)]

    def _identify(self, request: Any) -> tuple[str, State | None]:
        """The URN of a registration, and the resource in the state that it means (perhaps under an alias)."""
        urn = f"{self._prefix}{_chain(request.parent)}{request.type}::{request.name}"
        if urn in self._seen or urn in self._taken:
            raise EngineError(f"Duplicate resource URN '{urn}'; try giving it a unique name", urn=urn)
        self._seen.add(urn)
        old = self.found.get(urn)
        if old is None and (
            alias := next((a for a in self._aliased(request) if a in self.found and a not in self._seen), None)
        ):
            old = self.found[alias]
            self._aliases[urn] = alias
            self._taken.add(alias)
            if not self._answering:
                self.deployment.rename(alias, urn)
        self._touched |= {id(old)} if old is not None else set()
        return urn, old

    def _aliased(self, request: Any) -> list[str]:
        own, inherited, (_, project) = (
            list(getattr(request, "aliasURNs", ())),
            list[str](),
            self._prefix.split("::")[:2],
        )
        for alias in getattr(request, "aliases", ()):
            spec, stack = alias.spec, self._prefix.split(":")[2]
            chain = "" if spec.noParent else _chain(spec.parentUrn or request.parent)
            own.append(
                alias.urn
                or f"urn:pulumi:{spec.stack or stack}::{spec.project or project}::{chain}"
                f"{spec.type or request.type}::{spec.name or request.name}"
            )
        if (was := self._aliases.get(request.parent)) is not None:  # the parent had another URN: so had its children
            parent, former = kind_and_name(request.parent)[1], kind_and_name(was)[1]
            for kind, name in [(request.type, request.name), *map(kind_and_name, own)]:
                then = former + name[len(parent) :] if name.startswith(parent) else name
                inherited.append(f"{self._prefix}{_chain(was)}{kind}::{then}")
        return own + inherited

    def _provider(self, package: str) -> str:
        """The default provider, which gets an entry of its own; returns the reference that resources carry."""
        if package not in self._providers:
            urn = f"{self._prefix}{PROVIDER}{package}::default"
            inputs, old = self._config if package == "pulumi-python" else {}, self.found.get(urn)
            entry = v.compact(
                {
                    "urn": urn,
                    "custom": True,
                    "id": old["id"] if old else str(uuid.uuid4()),
                    "inputs": inputs,
                    "type": PROVIDER + package,
                    "outputs": inputs,
                    "created": now(),
                    "modified": now(),
                }
            )
            entry = old if old is not None and same(old.get("inputs", {}), inputs) else entry
            self._touched.add(id(old))
            if not (self._answering and self._display.operation == "destroy"):
                self.deployment.change(entry, old)
            self._providers[package] = f"{urn}::{entry['id']}"
        return self._providers[package]

    def _checked(self, plugin: Plugin, goal: State, olds: dict[str, Any], news: dict[str, Any]) -> State:
        inputs, failures = plugin.check(goal["urn"], olds, news)
        for number, (prop, reason) in enumerate(failures, 1):
            value = news.get(prop)  # Pulumi prints it; a secret stays one
            shown = (
                "[secret]" if v.carries_secret(value) else f"{{{value if isinstance(value, str) else dumps(value)}}}"
            )
            about = "{} resource '{}'".format(*kind_and_name(goal["urn"])) + (
                f": property {prop} value {shown}" if prop else ""
            )
            if number == len(failures):
                raise EngineError(f"{about} has a problem: {reason}", urn=goal["urn"])
            self._display.message("error", f"{about} has a problem: {reason}", goal["urn"])
        return {**goal, "inputs": v.mark(inputs, news)}

    def _diff(self, plugin: Plugin, old: State, new: State) -> Diff:
        diff = plugin.diff(old, new["inputs"])
        if diff.changed is not None:  # then replace_on_changes does nothing: dynamic providers name no properties
            return diff
        before, after = v.plain(old.get("inputs", {})), v.plain(new["inputs"])
        changed = {key for key in {*before, *after} if not same(before.get(key), after.get(key))}
        forced = [path for path in new.get("replaceOnChanges", ()) if path == "*" or v.parse_path(path)[0] in changed]
        return Diff(bool(changed), [*diff.replaces, *(forced if changed else ())], diff.delete_first)

    def _cascade(self, plugin: Plugin, root: State) -> list[State]:
        """What must be deleted before the root is: dependents whose provider, told that what they got from the replaced
        ones is unknown, wants to replace them. Resources that registered already in this run are left alone."""
        dependents, replaced, found = {root["urn"]}, {root["urn"]}, list[State]()
        olds, settled = self.deployment.olds, self._touched | self._condemned
        for each in olds[next(index for index, old in enumerate(olds) if old is root) + 1 :]:
            wired = {key: set(urns or ()) for key, urns in (each.get("propertyDependencies") or {}).items()}
            needs = {*each.get("dependencies", ()), each.get("deletedWith")}.union(*wired.values())
            if id(each) in settled or not needs & dependents:
                continue
            dependents.add(each["urn"])
            if not each.get("custom") or each.get("external"):
                continue
            inputs = {
                k: UNKNOWN if wired.get(k, set()) & replaced else value for k, value in each.get("inputs", {}).items()
            }
            reached = any(urns & replaced for key, urns in wired.items() if key in inputs)
            if each.get("deletedWith") in replaced or (reached and plugin.diff(each, inputs).replaces):
                if each.get("protect"):
                    raise EngineError(
                        f'unable to replace resource "{each["urn"]}"\nas part of replacing "{root["urn"]}" as it is'
                        " currently marked for protection",
                        urn=root["urn"],
                    )
                replaced.add(each["urn"])
                found.append(each)
        return found

    # ---- doing it ----

    def execute(self, step: Step) -> None:
        """Does one step; a failure is said, counted, and stops the run."""
        begun, display = time.monotonic(), self._display
        if self.cancelled or (self.failed and step.op != "delete" and not display.removing):
            raise Stopped
        suffix = f" [diff: {','.join(step.changes)}]" if step.changes else ""
        suffix += " [retain]" if step.op.startswith("delete") and (step.old or {}).get("retainOnDelete") else ""
        shown = not step.urn.startswith(self._prefix + PROVIDER) and step.op not in (
            "same",
            "skip",
            *(("create-replacement", "delete-replaced") if self._preview else ("replace",)),
        )
        if shown and not self._preview:
            display.row(step.op, step.urn, "ing")
        try:
            self._apply(step, not self._preview)
        except EngineError as problem:
            display.row(step.op, step.urn, "failed")
            self.fail(str(problem), step.urn, 1)
            raise Stopped from None
        if shown:
            display.row(step.op, step.urn, "" if self._preview else "ed", begun, suffix)
            if display.diff and step.new is not None:
                display.property_changes((step.old or {}).get("inputs", {}), step.new.get("inputs", {}))
        self._count(step, not (self._answering and display.operation == "refresh"))  # which has counted before

    def _count(self, step: Step, counts: bool) -> None:
        with self._lock:
            self._display.counts[step.op] += counts and not step.urn.startswith(self._prefix + PROVIDER)
            old, new = masked(step.old), masked(step.new)
            self._display.steps.append(
                {"op": step.op, "urn": step.urn, "oldState": old, "newState": new, "detailedDiff": None}
                if counts
                else {"op": "refresh", "urn": step.urn, "oldState": old, "newState": old, "detailedDiff": None}
            )

    def _apply(self, step: Step, live: bool) -> None:
        old, new, deployment = step.old, step.new, self.deployment
        if step.op.startswith(("delete", "discard")) and old is not None:
            self._delete(step.op, old, live)
        elif step.op == "replace":
            step.new = deployment.done.get(step.urn, new)
        elif new is None or step.op == "skip" or (step.op == "same" and self._answering):
            return
        elif step.op == "same":
            deployment.change(new, old)
        elif step.op == "read":
            with deployment.operation("reading", new, live):
                outs = (
                    self._reference(new)
                    if new["type"] == REFERENCE
                    else self._plugin().read(step.urn, new["id"], None, new["inputs"])[1]
                )  # an id that does not exist is no error
                step.new = {**new, "outputs": mark_keys(outs, new.get("additionalSecretOutputs", ()))}
                deployment.change(step.new, old)
        elif not live or not new["custom"]:
            outs = {"outputs": new["inputs"]} if new["custom"] else {}
            step.new = {"created": now(), **new, **outs, "modified": now()}
            deployment.change(step.new, old)
        else:
            with deployment.operation("updating" if step.op == "update" else "creating", new):
                times = {"created": now(), "modified": now()}
                if step.op == "update" and old is not None:
                    new_id, outs, times = (
                        old["id"],
                        self._plugin().update(old, new["inputs"]),
                        {**times, **_kept(old, "created")},
                    )
                else:
                    new_id, outs = self._plugin().create(step.urn, new["inputs"])
                outs = mark_keys(v.mark(outs, new["inputs"]), new.get("additionalSecretOutputs", ()))
                step.new = {**new, "id": new_id, "outputs": outs, **times}
                deployment.change(
                    step.new, old, {**old, "delete": True} if old and id(old) in self._superseded else None
                )

    def _delete(self, op: str, old: State, live: bool) -> None:
        """Deletes an object, unless somebody else does (deleted_with) or nobody should (retain_on_delete)."""
        if op == "delete" and old.get("protect"):
            raise EngineError(
                f'resource "{old["urn"]}" cannot be deleted\nbecause it is protected. To unprotect it, remove the'
                " `protect` option from the program and run `up`, or use `pulumi state unprotect`"
            )
        first = op == "delete-replaced" and id(old) in self._condemned and not old.get("delete")
        kept = {**old, "pendingReplacement": True} if first else None  # in its place until the new one is there
        ours = bool(
            live
            and old.get("custom")
            and op != "discard"
            and not old.get("retainOnDelete")
            and old.get("deletedWith") not in self._deleted
        )
        with self.deployment.operation("deleting", old, ours):
            if ours:
                self._plugin().delete(old)
            self.deployment.change(None, old, kept)

    def _reference(self, state: State) -> dict[str, Any]:
        outputs = self._read_stack(state["id"])
        secrets = [key for key, value in sorted(outputs.items()) if v.carries_secret(value)]
        return {"name": state["id"], "outputs": outputs, "secretOutputNames": secrets}

    def _plugin(self) -> Plugin:
        """The plugin as configured today if the program (or --run-program) says so; else as the state remembers."""
        if self._today or "pulumi-python" in self._providers:
            return self._plugins.get(self._config)
        return self._plugins.get(
            self.found.get(f"{self._prefix}{PROVIDER}pulumi-python::default", {}).get("outputs", {})
        )

    def remove(self, everything: bool = False) -> None:
        """The delete phase: what the program no longer has, dependents first, level after level of the old graph.
        A failure lets the rest of its level finish."""
        depths, levels, steps = dict[str, int](), dict[int, list[Step]](), list[tuple[Step, State]]()
        for old in self.deployment.olds:
            touched, condemned = id(old) in self._touched and not everything, id(old) in self._condemned
            original = old.get("delete") or id(old) in self._superseded
            if (condemned and (touched or old.get("delete"))) or (touched and not original):
                continue
            nobody = (
                old.get("external") or old["type"].startswith(PROVIDER) or old.get("pendingReplacement") or condemned
            )
            steps.append(
                (Step("discard" if nobody else "delete-replaced" if original else "delete", old["urn"], old, None), old)
            )
        self._deleted.update(step.urn for step, _ in steps if step.op != "discard")
        for step, old in steps:
            needs = [*references(old), old.get("provider", "").rpartition("::")[0]]
            depth = max((depths[urn] + 1 for urn in needs if urn in depths), default=0)
            depths[old["urn"]] = max(depth, depths.get(old["urn"], 0))
            levels.setdefault(depth, []).append(step)
        self._display.removing = True
        with ThreadPoolExecutor(16) as pool:
            for depth in sorted(levels, reverse=True):
                if not self.failed and not self.cancelled:
                    list(pool.map(self._execute_quietly, levels[depth]))

    def _execute_quietly(self, step: Step) -> None:
        try:
            self.execute(step)
        except Stopped:
            return

    def refresh(self, count: bool) -> list[State]:
        """Reads every object; returns the resources as they really are, without those that are gone."""
        olds = self.deployment.olds
        with ThreadPoolExecutor(16) as pool:
            found = list(pool.map(lambda old: self._refreshed(old, count), olds))
        gone: dict[str, str | None] = {
            old["urn"]: None for old, new in zip(olds, found, strict=True) if new is None and not old.get("delete")
        }
        return [renamed(new, gone) for new in found if new is not None]

    def _refreshed(self, old: State, count: bool) -> State | None:
        step, begun = Step("same", old["urn"], old, old), time.monotonic()
        try:
            self._look(step, old)
        except EngineError as problem:
            self._display.row("refresh", old["urn"], "failed")
            self.fail(str(problem), old["urn"], 1)
            return old
        if step.op != "same":
            changes = changed_keys(old.get("outputs", {}), step.new.get("outputs", {})) if step.new else []
            suffix = f" [diff: {','.join(changes)}]" if changes else ""
            self._display.row(step.op, old["urn"], "" if self._preview else "ed", begun, suffix)
        self._count(step, count)
        return step.new

    def _look(self, step: Step, old: State) -> None:
        """Components, providers and what waits for its replacement never change with a refresh."""
        if old["type"] == REFERENCE:
            step.new = {**old, "outputs": self._reference(old)}
            step.op = "same" if same(step.new["outputs"], old.get("outputs")) else "update"
        elif old.get("custom") and not old["type"].startswith(PROVIDER) and not old.get("pendingReplacement"):
            if self.cancelled:
                raise EngineError("not read: the run was cancelled")
            plugin, inputs, outputs = self._plugin(), old.get("inputs", {}), old.get("outputs", {})
            found, outs, ins = plugin.read(old["urn"], old["id"], outputs, inputs)
            if not found:
                step.op, step.new = "delete", None
                return
            outs = mark_keys(v.mark(outs, outputs), old.get("additionalSecretOutputs", ()))
            new = {**old, "id": found, "outputs": outs, "inputs": inputs if ins is None else v.mark(ins, inputs)}
            changed: bool | None = not same(outs, outputs)
            if not old.get("external"):  # the other way round: from what is there to what was asked for
                changed = plugin.diff(new, inputs).changed
                changed = not same(v.plain(new["inputs"]), v.plain(inputs)) if changed is None else changed
            if not same([new["inputs"], outs], [inputs, outputs]) and "modified" in old:
                new["modified"] = now()
            step.op, step.new = "update" if changed else "same", new

    def close(self) -> None:
        """Nothing is planned any more. A failed run keeps the old stack outputs under the new ones."""
        self._planner.shutdown(wait=True)
        if self.failed and self.outputs is not None and self.root in self.deployment.done:
            self.register_outputs(self.root, {**self.found.get(self.root, {}).get("outputs", {}), **self.outputs})


_TIMES = ("created", "modified")


def _kept(old: State, *keys: str) -> State:
    return {key: old[key] for key in keys if key in old}


def _chain(parent: str) -> str:
    """The types above a resource, as its URN spells them; the stack's own type is left out."""
    types = parent.split("::")[2] if parent else ROOT
    return "" if types == ROOT else types + "$"


def _seconds(text: str) -> float:
    total = sum((float(number) * _UNITS[unit] for number, unit in re.findall(r"([\d.]+)(ms|h|m|s)", text)), 0.0)
    return int(total) if total.is_integer() else total
