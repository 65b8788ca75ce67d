"""Doing what was planned. Planning is one at a time, in the order in which registrations arrive; operations run in
parallel, each in the thread that registered its resource."""

import contextlib
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from . import values as v
from .plan import REFERENCE, Plan, known, stack_outputs
from .state import PROVIDER, Step, needed, now, references, renamed
from .values import EngineError, Refused, State, changed_keys, compact, same


class Stopped(Exception):
    """No new operation starts: another one failed, or the user pressed ^C."""


@dataclass(frozen=True)
class Answer:
    """What the program hears of a registration: the resource, whether what is missing in it is unknown, and whether
    there is no such resource, because it failed, needs one that did, or is new and no target."""

    urn: str
    state: State
    unknown: bool = False
    absent: bool = False


class Steps(Plan):
    """All steps of one run over one deployment."""

    def __init__(self, *about: Any, read_stack: Callable[[str], list[State]]):
        """`read_stack`: the name of a stack -> its resources as they are saved."""
        super().__init__(*about)
        self.failed = self.cancelled = self._halted = False
        self.outputs: dict[str, Any] | None = None
        self.read_stack = read_stack
        self._planner = ThreadPoolExecutor(1)
        self._lock = threading.Lock()
        self._lost = set[str]()
        self._first = set(self.found)  # by a failure; there before anything was done

    @property
    def stopped(self) -> bool:
        """Whether nothing new may start."""
        return self._halted or self.cancelled

    def fail(self, text: str, urn: str = "", steps: int = 0, halt: bool = True) -> None:
        """Something went wrong: say it, count it (the stack's own row counts once), and start nothing new."""
        self._display.message("error", text, urn)
        with self._lock:
            self._display.errored += steps + (not self.failed)
            self.failed = True
            self._halted = self._halted or halt

    def do(self, plan: Callable[[Any], list[Step]], request: dict[str, Any]) -> Answer:
        """Plans and does. With --continue-on-error what needs a failed resource is planned, but not done."""
        *before, last = self._planner.submit(self._planned, plan, request).result()
        if references(last.new or {}) & self._lost:
            self._lost.add(last.urn)
            return Answer(last.urn, {}, absent=True)
        try:
            for step in (*before, last):
                self.execute(step)
        except Stopped:
            if self.stopped:
                raise
            self._lost.add(last.urn)
            return Answer(last.urn, {}, absent=True)
        return Answer(last.urn, last.new or {}, bool(self._answering and not last.old), last.urn in self._left_out)

    def _planned(self, plan: Callable[[Any], list[Step]], request: dict[str, Any]) -> list[Step]:
        if self.stopped:
            raise Stopped
        try:
            steps = plan(request)
            if steps[-1].op != "same" and (missing := references(steps[-1].new or {}) & self._left_out):
                text = (
                    f"Resource '{steps[-1].urn}' depends on '{min(missing)}' which was not specified in --target list."
                )
                self._refuse_target(text, steps[-1].urn)
            return steps
        except EngineError as error:
            self.fail(str(error), error.urn)
            raise Stopped from None

    def _refuse_target(self, text: str, urn: str, steps: int = 0) -> None:
        """Something that is not a target would be touched. A preview goes on, to name all of them."""
        self.fail(text, urn, steps, halt=not self._preview)
        if self._halted and not steps:
            raise Stopped

    def register_outputs(self, urn: str, outputs: dict[str, Any]) -> None:
        """RegisterResourceOutputs: of components, and of the stack. Accepted even after a failure."""
        if urn == self.root:
            self.outputs = outputs
        if (state := self.deployment.done.get(urn)) is not None and not self._answering:
            self.deployment.change(compact({**state, "outputs": outputs}))

    def execute(self, step: Step, together: bool = False) -> None:
        """Does one step; a failure is said, counted, and stops the run."""
        if self.cancelled or (self._halted and not together):
            raise Stopped
        begun = time.monotonic()
        display = self._display
        ours = PROVIDER not in step.urn
        asked = step.op
        silent = {"same", "skip", *(("create-replacement", "delete-replaced") if self._preview else ("replace",))}
        if ours and step.op not in silent and not self._preview:
            display.row(step, "ing")
        try:
            self._apply(step)
        except EngineError as error:
            step.op = asked
            display.row(step, "failed")
            self._lost.add(step.urn)
            goes_on = self._flags.continue_on_error or isinstance(error, Refused)
            self.fail(str(error), step.urn, 1, halt=not goes_on)
            raise Stopped from None
        if ours and (step.op not in silent or (step.op == "same" and step.protects)):
            display.row(step, "" if self._preview else "ed", begun)
        with self._lock:  # what was found before the program, or by a program that only answers, counts for nothing
            display.count(step, ours, (asked == "refresh") == (display.operation == "refresh"))

    def _apply(self, step: Step) -> None:
        old = step.old
        new = step.new
        op = step.op
        deployment = self.deployment
        if op.startswith(("delete", "discard")):
            self._delete(op, old or {})
        elif op == "refresh":
            self._look(step, old or {})
        elif op == "replace":
            step.new = deployment.done.get(step.urn, new)
        elif new is None or op == "skip":
            return
        elif op == "same" and self._answering:
            deployment.change(None, old, kept=new)
        elif op == "same":
            deployment.change(new, old)
        elif op == "read":
            with deployment.operation("reading", new):
                found = self._read(new)
                if "id" not in found:  # no error for Pulumi either
                    self._display.message("warning", f"there is no object with the id {new['id']!r}", step.urn)
                step.new = {**new, "outputs": _marked(found, new, {})}
                deployment.change(step.new, old)
        else:
            first = op == "create-replacement" and old is not None and old["urn"] not in self._condemned
            moment = now()
            step.new = {"created": moment, **new, "modified": moment}
            with contextlib.ExitStack() as pending:
                if new["custom"] and self._preview:
                    step.new["outputs"] = new["inputs"]
                elif new["custom"]:
                    pending.enter_context(deployment.operation("updating" if op == "update" else "creating", new))
                    step.new |= self._made(op, old or {}, new)
                left = {key: value for key, value in (old or {}).items() if key != "pendingReplacement"}
                deployment.change(step.new, old, {**left, "delete": True} if first else None)

    def _made(self, op: str, old: State, new: State) -> State:
        """Creates or updates an object; answers with what the provider says of it."""
        if op == "update":
            answer = {"id": old["id"], **self._plugin().call("Update", **known(old), news=new["inputs"])}
        else:
            answer = self._plugin().call("Create", urn=new["urn"], properties=new["inputs"])
        if "id" not in answer:
            raise EngineError(f"the provider returned no id for {new['urn']}: nothing can be kept of what it created")
        return {"id": answer["id"], "outputs": _marked(answer, new, new["inputs"])}

    def _delete(self, op: str, old: State) -> None:
        """Deletes an object, unless somebody else does (deleted_with) or nobody should (retain_on_delete)."""
        if op == "delete" and old.get("protect"):
            raise Refused(f'resource "{old["urn"]}" cannot be deleted\nbecause it is {self.protected(old["urn"])}')
        first = op == "delete-replaced" and not old.get("delete")
        kept = {**old, "pendingReplacement": True} if first else None  # in its place until the new one is there
        spared = op == "discard" or old.get("retainOnDelete") or old.get("deletedWith") in self._deleted
        if self._preview or spared or not old.get("custom"):
            self.deployment.change(None, old, kept)
            return
        with self.deployment.operation("deleting", old):
            self._plugin().call("Delete", **known(old, "properties"))
            self.deployment.change(None, old, kept)

    def _read(self, state: State) -> dict[str, Any]:
        """What the provider says of an object, or another stack of its outputs."""
        if state["type"] != REFERENCE:
            known = {"properties": state.get("outputs", {}), "inputs": state.get("inputs", {})}
            return self._plugin().call("Read", urn=state["urn"], id=state["id"], **known)
        outputs = stack_outputs(self.read_stack(state["id"]))
        secrets = [key for key, value in sorted(outputs.items()) if v.carries_secret(value)]
        properties = {"name": state["id"], "outputs": outputs, "secretOutputNames": secrets}
        return {"id": state["id"], "properties": properties}

    def remove(self) -> None:
        """The delete phase: what the program no longer has, dependents first, level after level of the old graph.
        A failure lets the rest of its level finish."""
        depths = dict[str, int]()
        levels = dict[int, list[Step]]()
        kept = list[Step]()
        going = self._going() if self._flags.target else None
        for old in self.deployment.olds:
            if old["urn"] in self._seen and self._display.operation != "destroy" and not old.get("delete"):
                continue
            nobodys = old.get("external") or old["type"].startswith(PROVIDER) or old.get("pendingReplacement")
            op = "discard" if nobodys else "delete-replaced" if old.get("delete") else "delete"
            depth = max((depths[urn] + 1 for urn in needed(old) if urn in depths), default=0)
            depths[old["urn"]] = max(depth, depths.get(old["urn"], 0))
            if going is not None and old["urn"] not in going:
                kept.append(Step("same", old["urn"], old, old))
                continue
            levels.setdefault(depth, []).append(Step(op, old["urn"], old, None))
            if going and not self._flags.target_dependents and not self._is_target(old["urn"]):
                text = f"Resource '{old['urn']}' will be destroyed but was not specified in --target list."
                self._refuse_target(text, old["urn"], 1)
        self._deleted.update(step.urn for level in levels.values() for step in level if step.op != "discard")
        for depth in sorted(levels, reverse=True):
            if not self.stopped:
                held = self._needed_by(self._lost)
                # an old copy has the URN of its successor, and nobody needs it
                self._together([step for step in levels[depth] if step.urn not in held or step.op == "delete-replaced"])
        for step in kept if not self.stopped else ():
            self.execute(step)

    def check_targets(self) -> None:
        """Every URN of the command line must be one, of the state or of the program."""
        for urn in sorted({*self._flags.target, *self._flags.replace} - self._seen - self._first):
            if "*" not in urn:
                missing = f"no resource named '{urn}' found"
                destroys = self._display.operation == "destroy"
                self.fail(missing if destroys else f"Target '{urn}' could not be found in the stack.")

    def _going(self) -> set[str]:
        """With --target: the targets, and all that would be left without something it needs."""
        going = set[str]()
        for old in self.deployment.olds:
            if self._is_target(old["urn"]) or needed(old) & going:
                going.add(old["urn"])
            if self._is_target(old["urn"]) and old["urn"] not in self._seen:
                self._cascade(old)  # the real engine asks the dependents' providers too
        return going

    def _needed_by(self, urns: set[str]) -> set[str]:
        """What these resources depend on, in any number of steps: it stays when they could not be dealt with."""
        found = set[str]()
        for old in reversed(self.deployment.olds):
            if old["urn"] in found | urns and not old.get("delete"):
                found |= needed(old)
        return found

    def _together(self, steps: list[Step]) -> None:
        """Steps that do not wait for each other: a failure does not keep the others from being done."""

        def quietly(step: Step) -> None:
            with contextlib.suppress(Stopped):
                self.execute(step, together=True)

        with ThreadPoolExecutor(self._flags.parallel) as pool:
            list(pool.map(quietly, steps))

    def refresh(self) -> None:
        """Reads every object; then the deployment is what they really are, without those that are gone."""
        steps = [Step("refresh", old["urn"], old, old) for old in self.deployment.olds]
        self._together([step for step in steps if self._targeted(step.urn, needed(step.old or {}))])
        found = [step.new for step in steps if step.new]
        gone = dict[str, str | None].fromkeys({step.urn for step in steps} - {new["urn"] for new in found})
        self.deployment.refreshed([renamed(new, gone) for new in found])
        self._find()

    def _look(self, step: Step, old: State) -> None:
        """Components, providers and what waits for its replacement never change with a refresh."""
        inputs = old.get("inputs", {})
        outputs = old.get("outputs", {})
        step.op = "same"
        if not old.get("custom") or old["type"].startswith(PROVIDER) or old.get("pendingReplacement"):
            return
        found = self._read(old)
        if "id" not in found:
            step.op = "delete"
            step.new = None
            return
        new = {**old, "id": found["id"], "outputs": _marked(found, old, outputs)}
        new["inputs"] = v.mark(found["inputs"], inputs) if "inputs" in found else inputs
        if not same([new["inputs"], new["outputs"]], [inputs, outputs]) and "modified" in old:
            new["modified"] = now()
        # the other way round: from what is there to what was asked for
        changed = not same(new["outputs"], outputs) if old.get("external") else self._diff(new, inputs)[0]
        step.op = "update" if changed else "same"
        step.new = new
        step.changes = changed_keys(outputs, new["outputs"])

    def close(self) -> None:
        """Nothing is planned any more. A failed run keeps the old stack outputs under the new ones."""
        self._planner.shutdown(wait=True)
        if self.failed and self.outputs is not None and self.root in self.deployment.done:
            self.register_outputs(self.root, {**self.found.get(self.root, {}).get("outputs", {}), **self.outputs})


def _marked(answer: dict[str, Any], state: State, known: dict[str, Any]) -> dict[str, Any]:
    return v.mark(answer.get("properties", {}), known, state.get("additionalSecretOutputs", ()))
