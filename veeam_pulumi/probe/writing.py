"""`--write`: one object is made, read, changed, removed, and what the server answers to each is kept.

* What is there already is never touched: the probe refuses, before it has written anything.
* One create. After a lost answer the server is looked at, as long as a run would; it is not sent again.
* Removed is the id that this run's own create gave, or what bears the mark of this run. Whatever happens in between,
  Ctrl-C and a full budget too, it is removed, or named with what to do about it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pydantic import SecretStr

from .. import redaction
from ..errors import AlreadyExists, AnswerLost, InvalidInput, NotFound, ServerRefused, VeeamError
from ..products import resources
from ..resource.creation import LOOK_SECONDS
from ..resource.fields import Inputs, Marker, State, plain
from ..resource.identity import same_id
from ..resource.resource import AnyResource, Resource
from ..server.answer import Answer
from ..server.deadline import operation
from ..server.session import Session
from . import objects
from .counting import MOST_REQUESTS, Counting
from .objects import Plan
from .questions import is_oauth

REMOVALS = 3
"""Times that a DELETE is sent which is answered badly."""


@dataclass
class Step:
    """One step: what was assumed, what the server answered, and why that is otherwise, in the words of arguments."""

    name: str
    assumed: str
    danger: str = ""
    answers: list[Answer] = field(default_factory=list)
    fits: bool | None = True
    """None where no answer tells."""
    why: str = ""


class Writing:
    """The life of one object."""

    def __init__(self, session: Session, transport: Counting, plan: Plan) -> None:
        self.steps: list[Step] = []
        self.left = ""
        """What stays on the server, and what to do about it; empty as a rule."""
        self._session, self._transport, self._plan = session, transport, plan
        self._resource: AnyResource = resources()[objects.KINDS[plan.product]]
        self._id = ""
        self._was_missing = False
        """Whether the server did not know what it had just accepted."""
        self._last_login: tuple[str, SecretStr] | None = None

    def run(self) -> None:
        """Makes the object, changes it and removes it. Raises VeeamError where it could not begin."""
        values, changes = objects.values(self._plan, self._session)
        for secret in self._resource.marked(Marker.secret):
            redaction.learn(str(values.get(secret) or ""))
            redaction.learn(str(changes.get(secret) or ""))
        wanted, changed = self._typed(values), self._typed({**values, **changes})
        self._transport.allow(MOST_REQUESTS)
        with operation(self._session.settings.deadline):
            self._refuse_what_is_there(wanted)
        try:
            with operation(self._session.settings.deadline):
                self._live(wanted, changed, frozenset(changes))
        except BaseException:
            if not self._id and not self.left:  # cut off while it was being made
                self._look_for(wanted, seconds=4)
            raise
        finally:
            self._remove(wanted)

    def _typed(self, values: State) -> Inputs:
        checked, problems = self._resource.check({**values, "connection": self._plan.product})
        if problems:
            raise InvalidInput("; ".join(map(str, problems)), "name something else with --with; nothing was written")
        typed: Inputs = self._resource.model(checked).model_validate(checked)
        return typed

    def _refuse_what_is_there(self, wanted: Inputs) -> None:
        if (found := self._found(wanted)) is not None:
            label = self._resource.label(plain(wanted))
            raise AlreadyExists(
                f"{label} is there already (id {found}), so --write wrote nothing",
                "name another one with --with" if self._plan.given else "an earlier probe? Delete it in the console",
                id=found,
            )

    def _found(self, wanted: Inputs) -> str | None:
        """The id of what has the name, in another form of it too."""
        found = self._resource.find(self._session, wanted)
        if found is None and type(self._resource).lookalikes is not Resource.lookalikes:
            found = next(iter(self._resource.lookalikes(self._resource.rows(self._session), wanted)), None)
        return found

    # ---- the life

    def _live(self, wanted: Inputs, changed: Inputs, names: frozenset[str]) -> None:
        self._create(wanted)
        if not self._id:
            return
        state = self._read("read", wanted, "what was sent is shown") or plain(wanted)
        with self._step("find", "what was made is found by its name at once", "duplicate") as step:
            step.fits = same_id(self._found(wanted) or "", self._id)
        self._log_in("login", wanted, state)
        with self._step("change", "a change is accepted") as step:
            self._resource.update(self._session, self._id, state, changed, names)
        if step.fits:
            state = self._read("read-changed", changed, "what was changed is shown, and the rest as before") or state
            if "password" in names:
                self._log_in("login-changed", changed, state)

    def _create(self, wanted: Inputs) -> None:
        with self._step("create", "one create makes one object, whose id is known at once", "duplicate") as step:
            try:
                self._id, _ = self._resource.create(self._session, wanted)
            except AnswerLost as lost:
                step.fits, step.why = None, lost.cause
                self._look_for(wanted, seconds=LOOK_SECONDS)
            except ServerRefused as error:
                step.fits, step.why, step.danger = False, f"refused with {error.status}", ""
                self._look_for(wanted, seconds=0)  # listed all the same?
            except VeeamError:
                self.left = self._pending(wanted)
                raise

    def _pending(self, wanted: Inputs) -> str:
        return (
            f"{self._resource.label(plain(wanted))} was accepted by {self._session.server}, which does not show it: "
            "if a second administrator approves changes there (four-eyes), have that refused; if it appears, delete it "
            "in the console"
        )

    def _look_for(self, wanted: Inputs, *, seconds: float) -> None:
        """After a create whose end nobody knows: takes what bears this run's mark for its own, and names all else."""
        self._transport.allow(MOST_REQUESTS)
        label, waited = self._resource.label(plain(wanted)), 0.0
        self.left = f"{label} may appear on {self._session.server}: look there in a while, and delete it in the console"
        with contextlib.suppress(VeeamError), operation(self._session.settings.deadline):
            while True:
                found = self._found(wanted)
                if found is not None:
                    if self._plan.mark in repr(self._resource.read(self._session, found)):
                        self._id, self.left = found, ""
                    else:
                        self.left = (
                            f"{label} is on {self._session.server} (id {found}); whether this run made it cannot be "
                            "seen, so it was left: delete it in the console if nobody else did"
                        )
                    return
                if waited >= seconds or not self._session.transport.wait(2.0):
                    if not seconds:
                        self.left = ""  # refused, and not there
                    return
                waited += 2.0

    def _read(self, name: str, wanted: Inputs, assumed: str) -> State | None:
        """What is shown, as a state; None where it is not shown."""
        with self._step(name, assumed, "duplicate") as step:
            try:
                found = self._resource.read(self._session, self._id)
            except NotFound:
                self._was_missing = True
                raise
            live = self._resource.project(found, plain(wanted))
            step.danger = ""  # it is there; what it looks like duplicates nothing
            differing = [one for one in self._resource.diff(live, plain(wanted)).changed if one != "adopt"]
            step.fits, step.why = not differing, f"differs: {', '.join(differing)}" if differing else ""
            return live
        return None

    def _log_in(self, name: str, inputs: Inputs, live: State) -> None:
        """One login of the object's own account with the password that it was just given."""
        password: Any = getattr(inputs, "password", None)
        user = self._resource.verified_login(inputs, live)
        if user is not None and isinstance(password, SecretStr):
            with self._step(name, "the password that was set lets in", "lock out") as step:
                step.fits = self._session.lets_in(user, password)
                self._last_login = (user, password) if step.fits else None

    # ---- the end

    def _remove(self, wanted: Inputs) -> None:
        """Removes what this run made; what cannot be is named."""
        if not self._id:
            return
        self._transport.allow(MOST_REQUESTS)
        label = self._resource.label(plain(wanted))
        self.left = (
            f"{label} (id {self._id}) is still on {self._session.server}: this run made it and could not remove it; "
            "delete it in the console"
        )
        with operation(self._session.settings.deadline):
            with self._step("delete", "what was made can be deleted") as step:
                self._delete(plain(wanted))
            with self._step("gone", "what was deleted is not found, in the product's own words", "delete") as gone:
                try:
                    self._resource.read(self._session, self._id)
                    gone.fits, gone.danger, gone.why = False, "", "it is still there"
                except NotFound:
                    self.left = self._pending(wanted) if self._was_missing else ""
                except ServerRefused as error:
                    gone.fits, gone.why, gone.danger = False, f"refused with {error.status}", ""
                    self.left = "" if step.fits else self.left
            if not self.left and (login := self._last_login):
                with self._step("login-removed", "a removed account is refused, in the words of the product") as step:
                    answer = self._session.ask_login(*login, attempts=1)
                    own = self._plan.product == "vspc" or not is_oauth(answer)  # whose own words are OAuth's
                    step.fits = not answer.ok and own and bool(answer.body.strip())

    def _delete(self, state: State) -> None:
        for attempt in range(1, REMOVALS + 1):
            try:
                self._resource.delete(self._session, self._id, state)
                return
            except NotFound:
                return
            except VeeamError:
                if attempt == REMOVALS or not self._session.transport.wait(1.0):
                    raise

    @contextlib.contextmanager
    def _step(self, name: str, assumed: str, danger: str = "") -> Iterator[Step]:
        """One step with the answers that it got; an error that is raised in it is one of its findings."""
        step = Step(f"write-{name}", assumed, danger)
        self._transport.kept.clear()
        self.steps.append(step)
        try:
            yield step
        except VeeamError as error:
            step.fits = None if isinstance(error, AnswerLost) else False
            step.why = step.why or type(error).__name__
        finally:
            step.answers = list(self._transport.kept)
