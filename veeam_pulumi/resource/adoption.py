"""Taking over an object that is on the server: nothing of it changes until somebody asks.

* What the inputs say has to be what the server has; what they leave out is kept, and never compared.
* A write-only value cannot be compared. One that is given is kept as known and not sent; it is sent when it changes, or
  when the object is made ours.
* Where nothing is there to take over, it is created, if the inputs say all that creating needs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..errors import InvalidInput
from ..redaction import quoted
from ..server.session import Session
from .fields import Inputs, Marker, State, put
from .resource import AnyResource


def taken(resource: AnyResource, session: Session, id: str, inputs: State) -> tuple[State, State]:
    """The server's values of an object that is taken over, and what is known beside them: the inputs.

    Raises InvalidInput with every difference.
    """
    live = resource.read(session, id)
    if wrong := list(_differences(resource, live, inputs)):
        raise InvalidInput(
            f"it is on the server (id {id}), but not as it is declared: {'; '.join(wrong)}",
            "declare what the server has, or leave it out: taking over changes nothing. Change it in a later run",
        )
    return live, {name: value for name, value in inputs.items() if name in resource.fields and value is not None}


def _differences(resource: AnyResource, live: State, inputs: State) -> Iterator[str]:
    live = resource.with_unseen(live, inputs)
    asked, has = _without_secrets(resource, inputs), _without_secrets(resource, live)
    for name, declared in resource.fields.items():
        # A write-only value cannot be seen; by its key, and by what the server shows otherwise, it was found.
        if declared.markers & {Marker.write_only, Marker.secret, Marker.kept, Marker.identity}:
            continue
        if name in ("connection", "adopt") or live.get(name) is None or resource.keeps(name, live, inputs):
            continue
        yield f"{name} is declared as {_shown(asked[name])}, the server has {_shown(has[name])}"


def _without_secrets(resource: AnyResource, values: State) -> State:
    for place in resource.secrets:
        values = put(values, place, None)
    return values


def _shown(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_shown, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_shown(item)}' for key, item in value.items())}}}"
    return quoted(value) if isinstance(value, str) else str(value)


def to_create(resource: AnyResource, typed: Inputs, inputs: State) -> Inputs:
    """The inputs of an object that is not there, with the defaults. Raises InvalidInput where creating needs more."""
    if not typed.adopt:
        return typed
    given = {name: value for name, value in inputs.items() if name in resource.fields}
    checked, problems = resource.check({**given, "adopt": False})
    if problems:
        more = "; ".join(map(str, problems))
        raise InvalidInput(
            f"nothing of that name is there to be taken over, and creating it needs more: {more}",
            "check the name and the connection, or declare what is missing",
        )
    found: Inputs = resource.inputs.model_validate({**checked, "adopt": True})
    return found


def completed(resource: AnyResource, session: Session, id: str, inputs: State) -> Inputs:
    """The inputs of an adopted object, with what the server has in place of what they leave out."""
    live = resource.read(session, id)
    said = {name: value for name, value in inputs.items() if name in resource.fields and value is not None}
    kept = {name: live[name] for name in resource.fields if name not in said and live.get(name) is not None}
    wrong = {problem.property for problem in resource.check({**kept, **said})[1]}
    values = {**{name: value for name, value in kept.items() if name not in wrong}, **said}
    found: Inputs = resource.adopting.model_validate(values)
    return found
