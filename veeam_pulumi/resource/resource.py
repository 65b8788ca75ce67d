"""What a resource is: declared fields, from which check and diff follow, and the hooks that talk to its server.

A resource file declares a model of its inputs, a model of what the server adds, and the hooks. Markers on the fields
carry the semantics::

    class UserInputs(Inputs):
        name: Annotated[str, identity, replace, Normal(fold)]
        password: Annotated[SecretStr, secret, write_only]

    class User(Resource[UserInputs, TheProductsSession]): ...
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Annotated, Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ValidationError, create_model
from pydantic_core import ErrorDetails

from ..errors import meant
from ..redaction import visible
from ..server.session import Session
from .fields import (
    UNKNOWN,
    Diff,
    InputField,
    Inputs,
    Marker,
    Paths,
    Place,
    Problem,
    Row,
    State,
    at,
    has_unknown,
    identity,
    input_fields,
    places,
    put,
    without_unknown,
)
from .grant import LETS_IN, Grant

In = TypeVar("In", bound=Inputs)
On = TypeVar("On", bound=Session)


def _length(error: ErrorDetails) -> str:
    """What is said of a text, or a list, of the wrong length; empty of any other error.

    pydantic counts the items of what a function has looked at, a text too: it calls that a Value.
    """
    if not error["type"].endswith(("too_short", "too_long")):
        return ""
    bounds = error["ctx"]
    least, most = bounds.get("min_length"), bounds.get("max_length")
    of = "characters" if bounds.get("field_type", "Value") == "Value" else "of these"
    if least == 1:
        return "must not be empty"
    return f"must have at least {least} {of}" if least else f"must have at most {most} {of}"


class Resource(ABC, Generic[In, On]):
    """One kind of object on one product. Stateless; one instance serves all threads.

    The hooks get a logged-in session and typed inputs and know nothing of state files, adopting or proofs of absence:
    that is `lifecycle`. A hook raises the errors of `errors.py`; NotFound means the product's own not-found answer.
    """

    kind: ClassVar[str]
    """`product.Name`, as in state and messages: `vbr.User`. Chosen once."""
    inputs: type[In]
    outputs: ClassVar[type[BaseModel]]
    derived: ClassVar[Mapping[str, str]] = {}
    """Outputs that repeat an input in other words, by that input: as secret as that is."""
    follows: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """What the server decides (outputs, computed arguments) and an update may change, by the arguments that it follows.
    What is `derived` follows its input; all else stays as it is while the object does."""

    # The hooks.

    @abstractmethod
    def create(self, session: On, inputs: In) -> tuple[str, State | None]:
        """Creates the object -> its id, and its values where the answer had them all (else they are read)."""

    @abstractmethod
    def row(self, session: On, id: str) -> Row:
        """The object as the server has it. Raises NotFound."""

    @abstractmethod
    def rows(self, session: On) -> Iterable[tuple[str, Row]]:
        """Every object on the server, (id, row), a page when it is needed: all of them to the end, or an error."""

    @abstractmethod
    def values(self, session: On, row: Row) -> State:
        """A row by field name, as the server spells it; what the server does not say is left out."""

    @abstractmethod
    def update(self, session: On, id: str, old: State, new: In, changed: frozenset[str]) -> None:
        """Writes the fields in `changed`. May be called again after a lost answer, so it must be repeatable."""

    @abstractmethod
    def delete(self, session: On, id: str, state: State) -> None:
        """Deletes the object. Raises NotFound when there is none."""

    def find(self, session: On, inputs: In) -> str | None:
        """The id of the object with the natural key of `inputs`, None if a complete look shows none.

        Asks the server now. A product that can ask for one object overrides this.
        """
        return self.picked(session, self.rows(session), inputs)

    @abstractmethod
    def collection(self, session: On) -> str:
        """The path of the list that the objects are in; that it answers is part of the proof that one is gone."""

    listed: ClassVar[bool] = True
    """Whether one list tells all of every object, so that it can replace many reads."""
    found_in_list: ClassVar[bool] = True
    """Whether a row shows the natural key, so that `matches` can find an object among `rows`."""

    def matches(self, row: Row, inputs: In) -> bool:
        """Whether a row is the object that the inputs name."""
        raise NotImplementedError

    def is_own_login(self, session: On, id: str, values: State) -> bool:
        """Whether the object is the account that this connection logs in with."""
        return False

    def lookalikes(self, rows: Iterable[tuple[str, Row]], inputs: In) -> dict[str, str]:
        """What among these rows may be what was created with the inputs: id -> the server's name for it.

        For products whose servers may show a name in another form than it was given; the likeliest first.
        """
        return {}

    id_is_name: ClassVar[bool] = False
    """Whether an id is a name, which another server may have too; else it is unique in the world."""

    owner_kind: ClassVar[str] = ""
    """The kind of what `Grant.same_as` names; of the same product."""

    def refuse_found(self, session: On, id: str) -> None:
        """Raises AlreadyExists where more is to be said of what is there than that adopting takes it over."""

    def after_create(self, session: On, id: str, inputs: In) -> None:
        """Looks whether the new object should not have been made; then takes it back and raises why."""

    def verified_login(self, inputs: In, live: State) -> str | None:
        """As whom to log in once after the password was set; None where nobody asked, or no password alone lets in."""
        return None

    def blind_spot(self, session: On, id: str, state: State) -> str:
        """Why this login may not see an object although it is there; "" where it would. Asked when one is not found."""
        return ""

    def unlisted(self, session: On, live: State, state: State) -> State:
        """Of an object that is refreshed: what else is another than state has, and neither list nor read shows."""
        return {}

    def available(self, session: On) -> bool:
        """Whether this server can have objects of this kind at all: kinds come with versions."""
        return True

    def protect(self, session: On, id: str, state: State) -> None:
        """Raises Protected where deleting the object would lock somebody out."""

    def protect_update(self, session: On, id: str, old: State, new: In, changed: frozenset[str]) -> None:
        """Raises Protected where the change would lock somebody out."""

    def problems(self, inputs: State) -> Iterator[Problem]:
        """What is wrong between arguments that are each right by themselves. Values may be UNKNOWN or missing."""
        return iter(())

    def needs(self, inputs: State) -> Iterator[Problem]:
        """What only creating needs and is missing, where that depends on other arguments. As `problems`."""
        return iter(())

    def same(self, name: str, old: State, new: State) -> bool:
        """Whether a field of state, or of the server's values, means what new inputs ask for.

        Overridden for fields whose meaning needs other fields.
        """
        return self.fields[name].satisfied(old, new)

    def keeps(self, name: str, old: State, new: State) -> bool:
        """As `same`, for an object that was adopted: what the new inputs leave out is not compared."""
        said, declared = new.get(name), self.fields[name]
        if said is None:
            return True
        if declared.parts and isinstance(said, Mapping) and not has_unknown(said):
            had = old.get(name) or {}
            return all(
                part.same(had.get(part.name), said[part.name])
                for part in declared.parts.values()
                if said.get(part.name) is not None
            )
        return self.same(name, old, new)

    @abstractmethod
    def grant(self, values: State) -> Grant:
        """What an object with these inputs, or this state, is (`principal`), and what it lets its holder do.

        Values may be UNKNOWN or missing. What is not known counts as every right.
        """

    def foreseen(self, recorded: State, wanted: State) -> State:
        """An object as it will be once it is as wanted, as far as that can be told without a server: for `grant`.

        What only the server decides stays as it is recorded; a resource leaves out what follows from what changes.
        """
        return {**{key: value for key, value in recorded.items() if key not in self.fields}, **wanted}

    def grant_now(self, session: On, values: State) -> Grant:
        """As `grant`, of an object on the server, with what the server itself says of its rights. For audits."""
        return self.grant(values)

    def upgrade(self, state: State) -> State:
        """State of an older release -> state of this one. `state["schema"]` says which it is."""
        return state

    # What follows from the hooks, and from the declared fields.

    def read(self, session: On, id: str) -> State:
        """The server's values by field name. Raises NotFound."""
        return self.values(session, self.row(session, id))

    def list(self, session: On) -> Iterator[tuple[str, State]]:
        """Every object on the server with its values. All pages or an error."""
        for id, row in self.rows(session):
            yield id, self.values(session, row)

    def key(self, values: State) -> str:
        """The same text for all that a server may take for one object; other objects may have it too."""
        return self.natural_key(values)

    def natural_key(self, values: State) -> str:
        """The same text for all spellings of one object's natural key."""
        return repr([self.fields[name].normal(str(values.get(name))) for name in self.marked(identity)])

    def picked(self, session: On, rows: Iterable[tuple[str, Row]], inputs: In) -> str | None:
        """The id of the object that the inputs name among these rows, which are all that the server has."""
        return next((id for id, row in rows if self.matches(row, inputs)), None)

    @cached_property
    def fields(self) -> dict[str, InputField]:
        """The declared inputs by name, required ones first."""
        return input_fields(self.inputs)

    @cached_property
    def defaults(self) -> State:
        """The declared defaults by name: what is absent from inputs, or from a state, means these."""
        return {
            name: declared.default
            for name, declared in self.fields.items()
            if declared.default is not None and not declared.required
        }

    def complete(self, values: State) -> State:
        """Inputs, or a state, with the defaults of what they leave out.

        What inputs that adopt leave out stays as the server has it, so they get none. The state of an adopted object
        leaves nothing out.
        """
        missing = self.defaults.keys() - values.keys()
        if values.get("adopt") is True:
            missing &= {"connection"}
        return {**values, **{name: default for name, default in self.defaults.items() if name in missing}}

    @cached_property
    def adopting(self) -> type[In]:
        """The model of inputs that adopt: whatever only creating needs may be left out."""
        return self._with_optional(name for name in self.fields if name not in self.marked(identity))

    @cached_property
    def keeping(self) -> type[In]:
        """The model of inputs of an object that is there: what no server shows may be left out, and is not sent."""
        return self._with_optional(self.marked(Marker.write_only))

    def _with_optional(self, names: Iterable[str]) -> type[In]:
        """The model of the inputs without the need for some of them."""
        optional: dict[str, Any] = {}
        for name, info in ((name, self.inputs.model_fields[name]) for name in names):
            if info.is_required():
                annotation: Any = Annotated[(info.annotation, *info.metadata)] if info.metadata else info.annotation
                optional[name] = (annotation | None, None)
        return create_model(self.inputs.__name__, __base__=self.inputs, **optional)

    def model(self, inputs: Mapping[str, Any], *, creating: bool = True) -> type[In]:
        """The model that these inputs have to fit; `creating`: the object may have to be created with them."""
        return self.adopting if inputs.get("adopt") is True else self.inputs if creating else self.keeping

    @cached_property
    def output_fields(self) -> dict[str, InputField]:
        """What the server adds, by name."""
        return input_fields(self.outputs)

    @property
    def secret_outputs(self) -> tuple[str, ...]:
        """What the server adds and nobody may see."""
        return tuple(name for name, declared in self.output_fields.items() if Marker.secret in declared.markers)

    @property
    def product(self) -> str:
        return self.kind.partition(".")[0]

    def marked(self, marker: Marker) -> tuple[str, ...]:
        """The names of the inputs with a marker."""
        return tuple(name for name, declared in self.fields.items() if marker in declared.markers)

    @cached_property
    def secrets(self) -> tuple[Place, ...]:
        """Where the inputs that nobody may see are; some are a part of an argument."""
        return tuple(places(self.fields, Marker.secret))

    @cached_property
    def unseen_parts(self) -> tuple[Place, ...]:
        """The parts of arguments that the server never returns."""
        return tuple(place for place in places(self.fields, Marker.write_only) if place[1:])

    def with_unseen(self, live: State, known: State) -> State:
        """The server's values, with those parts of arguments that it never returns as they are known."""
        for place in self.unseen_parts:
            if (value := at(known, place)) is not None:
                live = put(live, place, value)
        return live

    def label(self, values: Mapping[str, Any]) -> str:
        r"""How messages call an object: ``vbr.User 'TECH\john'``."""
        names = [str(values.get(name)) for name in self.marked(identity) if values.get(name) not in (None, "", UNKNOWN)]
        return " ".join([self.kind, *(f"'{visible(name)}'" for name in names)])

    def check(self, inputs: State, *, creating: bool = True) -> tuple[State, Sequence[Problem]]:
        """Inputs as given -> the same with defaults written in, and everything that is wrong with them.

        No network. UNKNOWN passes, wherever it stands. Values keep their spelling. Where an object is not being created
        (it is there, or it is imported), what only creating needs may be missing: `create` demands it.
        """
        given = {name: value for name, value in inputs.items() if value is not None}
        checked = self.complete(given)
        unknown: Paths = []
        problems = []
        try:
            self.model(given, creating=creating).model_validate(without_unknown(given, (), unknown))
        except ValidationError as error:
            for one in error.errors(include_url=False):
                if not any(
                    one["loc"][: len(path)] == path or path[: len(one["loc"])] == one["loc"] for path in unknown
                ):
                    problems.append(self._problem(one))
        if not problems:
            problems = list(self.problems(checked))
            if creating and given.get("adopt") is not True:
                problems += self.needs(checked)
        return checked, problems

    def _problem(self, error: ErrorDetails) -> Problem:
        name, *inner = [str(part) for part in error["loc"]] or [""]
        where = f"{'.'.join(inner)}: " if inner else ""
        declared = self.fields.get(name)
        if error["type"] == "extra_forbidden" and declared:
            hint = meant(inner[-1], declared.parts, before=", ")
            known = ", ".join(declared.parts)
            return Problem(name, f"unknown field {'.'.join(inner)} of {name}{hint}; known fields: {known}")
        if error["type"] == "extra_forbidden":
            hint = meant(name, self.fields, before=", ")
            return Problem(name, f"unknown argument of {self.kind}{hint}; known arguments: {', '.join(self.fields)}")
        if error["type"] == "missing":
            return Problem(name, f"{where}is required")
        reason = error["msg"].removeprefix("Value error, ")
        if error["type"] == "literal_error":
            allowed = error["ctx"]["expected"].replace(" or ", ", ")
            hint = meant(str(error["input"]), re.findall("'([^']*)'", allowed), before="; ", form="{!r}")
            reason = f"must be one of {allowed}{hint}"
        return Problem(name, where + (_length(error) or reason), secret=name in {place[0] for place in self.secrets})

    def diff(self, old: State, new: State) -> Diff:
        """What separates state from new inputs, by meaning. Pure.

        Only declared inputs count. UNKNOWN says changed, never replace: the diff with the real value decides.
        """
        changed, replaces = [], []
        adopted = bool(old.get("adopted"))
        still_adopted = adopted and new.get("adopt") is True
        for name, declared in self.fields.items():
            value = new.get(name)
            if name == "adopt":
                # Adopting no longer makes an adopted object ours.
                if adopted and not value:
                    changed.append(name)
                continue
            if still_adopted and self.keeps(name, old, new):
                continue
            if has_unknown(value):  # the diff with the real value decides whether it replaces
                changed.append(name)
                continue
            if (value is None and Marker.computed in declared.markers) or self.same(name, old, new):
                continue
            changed.append(name)
            if Marker.replace in declared.markers:
                replaces.append(name)
        return Diff(tuple(changed), tuple(replaces))

    def takes_password(self, old: State, new: State, changed: Iterable[str]) -> bool:
        """Whether these changes replace the password of an adopted account, which is somebody's own."""
        given = [place[0] for place in self.secrets if place[-1] == "password" and at(new, place) is not None]
        mine = bool(old.get("adopted")) and given != []
        return mine and bool({"adopt", *given} & {*changed}) and self.grant(old).principal in (*LETS_IN, "company")

    def project(self, live: State, known: State) -> State:
        """The server's values and what is known beside them -> the inputs part of a state.

        A value that means the same keeps the known spelling, and so does each item of a set; a write-only one, or one
        that the server does not say, stays as it was.
        """
        state: State = {}
        live = self.with_unseen(live, known)
        for name, declared in self.fields.items():
            said = live.get(name) if Marker.write_only not in declared.markers else None
            if known.get(name) is not None and (
                said is None or Marker.kept in declared.markers or self.same(name, live, known)
            ):
                state[name] = known[name]
            elif said is not None:
                state[name] = self._spelled(declared, live, known)
            elif declared.default is not None and not declared.required and Marker.write_only not in declared.markers:
                state[name] = declared.default
        for name, info in self.outputs.model_fields.items():
            value = known.get(name) if live.get(name) is None and Marker.kept in info.metadata else live.get(name)
            if value is not None:
                state[name] = value
        return state

    def _spelled(self, declared: InputField, live: State, known: State) -> Any:
        """What the server says of a field that is not as it was; what stayed of it is in the known spelling."""
        name = declared.name
        if Marker.unordered not in declared.markers:
            return declared.spelled(live[name], known.get(name))
        stayed = [
            (item, written)
            for written in known.get(name) or ()
            for item in live[name]
            if self.same(name, {**live, name: [item]}, {**known, name: [written]})
        ]
        more = [item for item in live[name] if item not in [one for one, _ in stayed]]
        return [*dict.fromkeys(written for _, written in stayed), *more]


AnyResource = Resource[Any, Any]
