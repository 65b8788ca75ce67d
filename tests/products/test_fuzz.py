"""Whatever a server answers: a right result, or one of our errors that names the server. Never another, never a hang.

A hundred answers for each subject; `make fuzz` tries 10,000. A case is its number: FUZZ=1 FUZZ_FROM=4711 repeats one.
"""

from __future__ import annotations

import contextlib
import json
import os
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from random import Random
from typing import Annotated, Any, get_args, get_origin

import httpx
import pytest

from tests.products.malformed import spoiled
from tests.products.tape import Play, Recording, Reply, Tape
from tests.specimens import ALL, VSPC_USER, Specimen
from veeam_pulumi.errors import VeeamError
from veeam_pulumi.products import resources, sessions
from veeam_pulumi.resource import lifecycle
from veeam_pulumi.resource.fields import State, nested
from veeam_pulumi.server.connections import Connections
from veeam_pulumi.server.deadline import operation
from veeam_pulumi.simulator import Simulator
from veeam_pulumi.simulator.vspc import seeds

CASES, FIRST = int(os.environ.get("FUZZ", "100")), int(os.environ.get("FUZZ_FROM", "0"))
BLOCK = 50
SECONDS = 30.0
"""What one case may take, with a deadline of 3 seconds."""
SECRET = "Canary-Fuzz-Passw0rd-qzx"


def shapes(kind: str) -> dict[str, type]:
    """What stands in a state of this kind that is no text, by name: from the models."""
    resource, found = resources()[kind], {"schema": int, "adopted": bool}
    for name, info in {**resource.inputs.model_fields, **resource.outputs.model_fields}.items():
        parts = [info.annotation, *get_args(info.annotation)]
        parts = [get_args(part)[0] if get_origin(part) is Annotated else part for part in parts]
        origins = [get_origin(part) or part for part in parts]
        for plain in (bool, int, list, dict):
            if plain in origins:
                found[name] = plain
        if nested(info.annotation) and list not in origins:
            found[name] = dict
    return found


@dataclass(frozen=True)
class Subject:
    """A product as it is spoken to, an object of it, and a change to that."""

    kind: str
    inputs: dict[str, Any]
    change: dict[str, Any]
    settings: dict[str, Any] = field(default_factory=dict)
    knobs: dict[str, Any] = field(default_factory=dict)


def _subject(one: Specimen) -> Subject:
    """A specimen and everything that can change in place, its password too."""
    change = {**one.changed, **one.rotated(f"{SECRET}-2")}
    return Subject(one.kind, one.inputs(password=SECRET), change, knobs=one.knobs)


_SUBTENANT = {
    "role": "CompanySubtenant",
    "backup_resource": {"tenant_backup_resource_uid": seeds.TENANT_RESOURCE, "resource_friendly_name": "Cloud"},
}
SUBJECTS = {one.label: _subject(one) for one in ALL if one.form not in ("async", "disabled") and not one.alike}
SUBJECTS |= {
    "aws.User auto": replace(SUBJECTS["aws.User"], settings={"api_version": "auto"}),
    "em.BackupServer json": replace(
        SUBJECTS["em.BackupServer"], change={"description": "x"}, knobs={"em.bom": "on", "em.task_latency": 1}
    ),
    "em.BackupServer xml": replace(
        SUBJECTS.pop("em.BackupServer"), change={"password": f"{SECRET}-2"}, settings={"format": "xml"}
    ),
    "vspc.User async": Subject(
        "vspc.User",
        {**VSPC_USER.inputs(password=SECRET), **_SUBTENANT},
        {"status": "Disabled"},
        knobs={"vspc.async": "all"},
    ),
}
del SUBJECTS["aws.User"]


class Case:
    """One operation on one object, from a login to a logout."""

    def __init__(self, subject: Subject, tape: Tape, login: dict[str, Any], limits: dict[str, float]) -> None:
        self.resource, self.subject = resources()[subject.kind], subject
        product = self.resource.product
        settings = {"url": f"https://{tape.server}", "tls": {"thumbprint": tape.thumbprint}, **login}
        self.connections = Connections(
            {product: {"product": product, **settings, **limits, **subject.settings}},
            sessions=sessions(),
            warn=_printable,
            environ={},
        )
        self.inputs = self.resource.check(subject.inputs)[0]

    def create(self, id: str, state: State) -> State | None:
        made, values = lifecycle.create(self.resource, self.connections, self.inputs)
        assert made
        assert isinstance(made, str)
        return values

    def read(self, id: str, state: State) -> State | None:
        found = lifecycle.read(self.resource, self.connections, id, state)
        assert found is not None, "it left the state"
        return found

    def read_gone(self, id: str, state: State) -> State | None:
        return lifecycle.read(self.resource, self.connections, id, state)

    def update(self, id: str, state: State) -> State | None:
        inputs = {name: state[name] for name in self.resource.fields if name in state}
        checked = self.resource.check({**inputs, **self.subject.change})[0]
        return lifecycle.update(self.resource, self.connections, id, state, checked)

    def delete(self, id: str, state: State) -> State | None:
        lifecycle.delete(self.resource, self.connections, id, state)
        return None

    def find(self, id: str, state: State) -> State | None:
        found = self.look()
        assert found is None or isinstance(found, str)
        return None

    def look(self) -> str | None:
        """By natural key, as creating does before and after."""
        session = self.connections.open(self.resource.product, self.resource.product)
        with operation(session.settings.deadline):
            try:
                return self.resource.find(session, self.resource.inputs.model_validate(self.inputs))
            except VeeamError as error:
                raise error.fill(server=session.where) from None

    def listing(self, id: str, state: State) -> State | None:
        for found, values in lifecycle.listing(self.resource, self.connections, self.resource.product):
            assert isinstance(found, str)
            _plain(self.resource.kind, values)
        return None


OPERATIONS = ("create", "read", "read_gone", "update", "delete", "find", "listing")


class Recorded:
    """The operations of one subject: what each asked and was answered, and on which object."""

    def __init__(self, subject: Subject, tape: Tape) -> None:
        self.subject, self.tape = subject, tape
        self.recordings: dict[str, Recording] = {}
        self.objects: dict[str, tuple[str, State]] = {}
        product = subject.kind.partition(".")[0]
        with Simulator(products=(product,), knobs=subject.knobs) as sim:
            trust = ssl.create_default_context(cafile=str(sim.ca_file))
            self.login = {key: sim.connections()[product][key] for key in ("username", "password")}
            with httpx.Client(base_url=sim.url(product), verify=trust) as server:
                for operation in OPERATIONS:
                    sim.reset()
                    sim.set(**subject.knobs)
                    self._record(operation, server)

    def _record(self, operation: str, server: httpx.Client) -> None:
        self.tape.record(Recording(), server)
        id, state = "", State()
        if operation != "create":
            with self.case(30, 60) as case:
                id, state = lifecycle.create(case.resource, case.connections, case.inputs)
                if operation == "read_gone":
                    lifecycle.delete(case.resource, case.connections, id, state)
        recording = Recording()
        self.tape.record(recording, server)
        with self.case(30, 60) as case:
            getattr(case, operation)(id, state)
        order = list(recording.order)
        if operation in ("create", "update", "delete"):
            with self.case(30, 60) as case:  # what those see who look afterwards
                id = id or str(case.look())
                case.listing(id, state)
                with contextlib.suppress(VeeamError):
                    case.read_gone(id, state)
        recording.order = order
        self.recordings[operation], self.objects[operation] = recording, (id, state)

    @contextlib.contextmanager
    def case(self, timeout: float = 1, deadline: float = 3) -> Iterator[Case]:
        case = Case(self.subject, self.tape, self.login, {"timeout": timeout, "deadline": deadline})
        try:
            yield case
        finally:
            case.connections.close()

    def try_one(self, name: str, number: int) -> str:
        """Spoils one answer of one operation -> what came of it. Fails where that is none of what may come of it."""
        random = Random(f"{name} {number}")
        operation = random.choice(OPERATIONS)
        recording = self.recordings[operation]
        seen: list[bytes] = []

        def sent(reply: Reply) -> bytes:
            seen.append(spoiled(random, reply))
            return seen[-1]

        play = Play(recording, random.choice(recording.order), random.random() < 0.7, sent)
        self.tape.play(play)
        began = time.monotonic()
        try:
            with self.case() as case:
                values = getattr(case, operation)(*self.objects[operation])
            if values is not None:
                _plain(case.resource.kind, values)
            came = "right"
        except VeeamError as error:
            _printable(str(error))
            assert self.tape.server in str(error)
            came = type(error).__name__
        except Exception as error:
            raise AssertionError(_story(name, number, operation, play, seen)) from error
        took = time.monotonic() - began
        assert took < SECONDS, f"took {took:.1f} s: {_story(name, number, operation, play, seen)}"
        return came


def _story(name: str, number: int, operation: str, play: Play, seen: list[bytes]) -> str:
    shown = [one[:600] for one in seen[:4]]
    return f"case {name!r} {number}: {operation}, {play.request}, always={play.always}: {shown}"


def _printable(message: str) -> None:
    """A line that can be shown: no secret, no control characters, not endless."""
    assert SECRET not in message
    assert message.isprintable(), repr(message[:500])
    assert len(message) < 3000, message[:500]
    message.encode()


def _plain(kind: str, state: State) -> None:
    """What can be state: each value of its own type, and nothing that JSON or the engine cannot hold."""
    json.dumps(state, allow_nan=False, ensure_ascii=False).encode()
    for name, value in state.items():
        assert value is None or isinstance(value, shapes(kind).get(name, str)), (name, value)
        assert not isinstance(value, int) or abs(value) < 2**53
        for inner in [*value.values()] if isinstance(value, dict) else value if isinstance(value, list) else []:
            if not name.endswith(("_scope", "_items", "_services")) and name not in ("custom_permissions", "operators"):
                counted = name in ("backup_resource", "organization") or name.endswith(("_settings", "_credentials"))
                numbers = (int,) if counted else ()
                assert isinstance(inner, (str, bool, *numbers)), (name, value)


@pytest.fixture(scope="module")
def recorded() -> Iterator[Callable[[str], Recorded]]:
    """A subject's recordings; made once for a module."""
    tape = Tape()
    made: dict[str, Recorded] = {}
    yield lambda name: made.get(name) or made.setdefault(name, Recorded(SUBJECTS[name], tape))
    tape.stop()


BLOCKS = range(FIRST, FIRST + CASES, BLOCK)


@pytest.mark.parametrize("first", BLOCKS)
@pytest.mark.parametrize("name", SUBJECTS)
def test_malformed_answers(name: str, first: int, recorded: Callable[[str], Recorded]) -> None:
    subject = recorded(name)
    for number in range(first, min(first + BLOCK, FIRST + CASES)):
        subject.try_one(name, number)


@pytest.mark.parametrize("name", SUBJECTS)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_answers_that_are_right(name: str, operation: str, recorded: Callable[[str], Recorded]) -> None:
    """What the others are made of."""
    subject = recorded(name)
    subject.tape.play(Play(subject.recordings[operation]))
    with subject.case() as case:
        values = getattr(case, operation)(*subject.objects[operation])
    if values is not None:
        _plain(case.resource.kind, values)
