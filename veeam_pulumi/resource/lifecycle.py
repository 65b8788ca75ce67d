"""The life of an object: create, read, update, delete, with all that no product should have to repeat.

Looking before a write is repeated, proofs of absence, objects that move between connections, objects with two entries;
taking over what is there is `adoption`. Every function takes the resource, the connections and plain state;
every error that leaves names resource and server. `entry`: which entry of the program it is for, where a head knows.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from .. import redaction, vocabulary
from ..errors import (
    AlreadyExists,
    AnswerLost,
    InvalidInput,
    NotFound,
    NotProvenGone,
    Protected,
    ServerRefused,
    SettingsError,
    VeeamError,
)
from ..server.connections import Connections
from ..server.deadline import operation
from ..server.holders import Object
from ..server.list_cache import ListCache
from ..server.session import Session
from . import adoption
from .creation import create_once
from .fields import SCHEMA, Diff, Inputs, Marker, Row, State, at, has_unknown, places, plain
from .identity import normal_id, path_part
from .resource import AnyResource, Resource
from .verification import require_first_login, require_login


@contextlib.contextmanager
def _on(resource: AnyResource, connections: Connections, values: State) -> Iterator[Session]:
    """The session that serves an object, inside the operation's deadline; errors get the names they lack."""
    label = resource.label(values)
    session: Session | None = None
    try:
        for place in resource.secrets:
            redaction.learn(str(at(values, place) or ""))
        session = connections.open(str(values.get("connection") or resource.product), resource.product)
        with operation(session.settings.deadline):
            yield session
    except VeeamError as error:
        raise error.fill(about=label, server=session.where if session else "") from None


def _typed(resource: AnyResource, inputs: State, *, creating: bool = True) -> Inputs:
    """Checked inputs as their model. Raises InvalidInput: for what only creating needs, or when check was passed by."""
    given = {key: value for key, value in inputs.items() if key in resource.fields}
    checked, problems = resource.check(given, creating=creating)
    if problems:
        raise InvalidInput("; ".join(map(str, problems)))
    typed: Inputs = resource.model(checked, creating=creating).model_validate(checked)
    return typed


def _state(resource: AnyResource, session: Session, live: State, known: State, adopted: bool) -> State:
    return {**resource.project(live, known), "schema": SCHEMA, "server": session.server, "adopted": adopted}


def create(resource: AnyResource, connections: Connections, inputs: State, entry: str = "") -> tuple[str, State]:
    """Creates the object, or adopts it where `adopt` says so -> id and state.

    Raises AlreadyExists where the object is there and `adopt` is not set. Once the server has an id nothing raises.
    """
    with _on(resource, connections, inputs) as session:
        try:
            id, state = _created(resource, session, inputs)
        except VeeamError as error:
            connections.holders.failed(_named(resource, connections, session.server, inputs), entry)
            if isinstance(error, AlreadyExists) and error.id:
                connections.holders.failed(_object(resource, connections, session.server, error.id), entry)
            raise
        connections.holders.hold(_object(resource, connections, session.server, id), entry)
        return id, state


def _created(resource: AnyResource, session: Session, inputs: State) -> tuple[str, State]:
    typed = _typed(resource, inputs)
    key, shared = resource.key(plain(typed)), _shared(resource, session)
    with shared.turn(key):
        found, seen = _look(resource, session, typed)
        if found is None:
            typed = adoption.to_create(resource, typed, inputs)
            if shared.doubted(key):
                raise AnswerLost(
                    "an earlier resource of this name was sent in this run, and its answer was lost; it may still "
                    "appear, so it is not created twice",
                    f"declare it once, then run again: if it appeared, {vocabulary.head.adopt}",
                )
            shared.wrote(key)
            try:
                id, values = create_once(resource, session, typed, seen)
            except AnswerLost:
                shared.doubt(key)
                raise
            id = _normal(resource, id)
            shared.wrote(key, id)
            resource.after_create(session, id, typed)
    if found is not None:
        if not typed.adopt:
            resource.refuse_found(session, found)
            raise AlreadyExists(
                f"it exists already (id {found})",
                vocabulary.head.adopt_or_rename,
                id=found,
            )
        return found, _state(resource, session, *adoption.taken(resource, session, found, inputs), adopted=True)
    if values is None:
        try:
            values = resource.read(session, id)
        except NotFound as error:
            raise error.reworded(
                f"the server accepted it as {id}, but has no such object",
                "if the server asks a second administrator to approve changes (four-eyes), have it approved, then "
                + vocabulary.head.again_adopting,
            ) from None
        except VeeamError as error:  # it is there: losing its id would be worse than not having read it
            session.warn(f"{resource.label(inputs)} was created, but could not be read back: {error}")
            values = {}
    state = _state(resource, session, values, plain(typed), adopted=False)
    return id, require_first_login(resource, session, id, typed, values, state)


def _normal(resource: AnyResource, id: str) -> str:
    """An id in the form in which it is compared. Raises InvalidInput for what is none."""
    path_part(id)
    return id if resource.id_is_name else normal_id(id)


def _object(resource: AnyResource, connections: Connections, server: str, id: str) -> Object:
    """What is the same for all entries of one object, whatever address their connections have its server by."""
    return (resource.kind, connections.home(server) if resource.id_is_name else "", _normal(resource, id))


def _named(resource: AnyResource, connections: Connections, server: str, values: State) -> Object:
    """What is the same for all entries that ask one server for an object of one name."""
    return (resource.kind, connections.home(server), "named", resource.natural_key(values))


def planned(resource: AnyResource, connections: Connections, id: str, old: State, new: State, entry: str = "") -> Diff:
    """What new inputs of an entry come to; it goes on having its object, or lets go of it to be replaced.

    Asks no server. Raises InvalidInput where it cannot be.
    """
    old = resource.upgrade(old)
    found = resource.diff(old, new)
    if found.replaces and old.get("adopted") and _same_key(resource, old, new):
        raise InvalidInput(
            f"a change of {', '.join(found.replaces)} replaces the object, but an adopted object is never deleted",
            f"{vocabulary.head.make_ours}, then change it",
            about=resource.label(new),
        )
    if resource.takes_password(old, new, found.changed):
        connections.warn(
            f"{resource.label(new)} was adopted and gets a password of the program's: the one that its owner knows "
            "stops working"
        )
    with contextlib.suppress(VeeamError):  # what is wrong with the connection or the id is said elsewhere
        one = _object(resource, connections, connections.server(_connection(resource, old), resource.product), id)
        if found.replaces:
            connections.holders.replacing(one, entry, new)
        else:
            connections.holders.hold(one, entry)
    return found


def hold(resource: AnyResource, connections: Connections, id: str, state: State, entry: str, unless: str) -> bool:
    """Notes that an entry has an object, unless that other one has it -> whether that one has it."""
    one = _object(resource, connections, connections.server(_connection(resource, state), resource.product), id)
    return connections.holders.hold_unless(one, entry, unless)


def _connection(resource: AnyResource, values: State) -> str:
    return str(values.get("connection") or resource.product)


def _shared(resource: AnyResource, session: Session) -> ListCache:
    def rows() -> Iterator[tuple[str, Row]]:
        return ((_normal(resource, id), row) for id, row in resource.rows(session))

    return session.shared(resource.kind, rows)


def _look(resource: AnyResource, session: Session, typed: Inputs) -> tuple[str | None, frozenset[str]]:
    """The id of the object that is there before it is created, and the ids of all that were seen on the way.

    A list may tell that is some minutes old. What it has may be gone since, perhaps by another process of the same
    run that replaces it; so that is asked of the server.
    """
    if resource.found_in_list:
        by_list_alone = type(resource).find is Resource.find
        rows = _shared(resource, session).rows(resource.key(plain(typed)), at_once=by_list_alone)
        if rows is None and by_list_alone:
            rows = {_normal(resource, id): row for id, row in resource.rows(session)}
        if rows is not None:
            if (found := resource.picked(session, rows.items(), typed)) is None:
                return None, frozenset(rows)
            with contextlib.suppress(NotFound):
                resource.row(session, found)
                return found, frozenset(rows)
    found = resource.find(session, typed)
    return found and _normal(resource, found), frozenset()


def read(resource: AnyResource, connections: Connections, id: str, state: State) -> State | None:
    """The state as the server has it; None only on proof that the object is gone.

    `state` is the last state (a refresh) or just `connection` (a first look at an existing object: then its absence is
    an error). Proof is the product's own not-found answer, from the server that state names, whose list answers in
    the same revision and dialect, to a login that would see the object. Anything else raises and removes nothing.
    """
    state = resource.upgrade(state)
    first_look = "server" not in state
    with _on(resource, connections, state) as session:
        id = _normal(resource, id)
        try:
            row = _shared(resource, session).row(id) if resource.listed else None
            live = resource.read(session, id) if row is None else resource.values(session, row)
        except NotFound as error:
            if first_look:
                raise error.reworded(
                    f"there is no object with id {id!r} (the server says {error.words!r})",
                    "check the id and the connection",
                ) from None
            _prove_gone(resource, session, id, state, error)
            return None
        _require_home(resource, session, state)
        live = {**live, **resource.unlisted(session, live, state)}
        return _state(resource, session, live, state, adopted=bool(state.get("adopted")))


def _prove_gone(resource: AnyResource, session: Session, id: str, state: State, error: NotFound) -> None:
    """Raises NotProvenGone unless the not-found answer proves that the object is gone."""
    if not session.is_home(state.get("server")):
        raise NotProvenGone(
            f"this server does not know id {id}, but state says that the object is on {state['server']}",
            "point the connection back to that server; objects do not move between servers",
        )
    collection = resource.collection(session)
    if not session.serves(collection):
        revision = f" in API revision {session.revision}" if session.version_header else ""
        raise NotProvenGone(
            f"this server does not know id {id} (it says {error.words!r}), but it does not answer {collection} either"
            f"{revision}, so that proves nothing and state keeps it",
            session.connection.how_to_set("api_version", "auto"),
        )
    if why := resource.blind_spot(session, id, state):
        raise NotProvenGone(
            f"this server does not show id {id} (it says {error.words!r}), but {why}, so that proves nothing and state "
            "keeps it",
            f"use a login that sees it; if it is gone for good, {vocabulary.head.forget}",
        )


def _require_home(resource: AnyResource, session: Session, state: State) -> None:
    """Raises SettingsError where state is of another server, and the id may be somebody else's on this one."""
    if resource.id_is_name and not session.is_home(state.get("server")):
        raise SettingsError(
            f"state says that the object is on {state['server']}; its id is a name, which another server may have too, "
            "so nothing was done here",
            f"if it is the same server at another address: {session.connection.moved_from_added(state['server'])}; "
            "else point the connection back: objects do not move between servers",
        )


def update(resource: AnyResource, connections: Connections, id: str, old: State, new: State, entry: str = "") -> State:
    """Brings the object to the new inputs -> complete state."""
    old = resource.upgrade(old)
    with _on(resource, connections, new) as session:
        id = _normal(resource, id)
        if old.get("server") != session.server or old.get("connection") != new.get("connection"):
            old = _moved(resource, session, id, old, new)
        changed = frozenset(resource.diff(old, new).changed) - {"adopt", "connection", *resource.marked(Marker.local)}
        typed = _typed(resource, new, creating=False)
        if old.get("adopted") and not typed.adopt:  # from now on ours: what we know of it is what it has
            said = plain(typed)
            unseen = places(resource.fields, Marker.write_only)
            changed |= {place[0] for place in unseen if at(said, place) is not None}
        elif old.get("adopted") and changed:
            typed = adoption.completed(resource, session, id, new)
        if changed:
            resource.protect_update(session, id, old, typed, changed)
            for values in (old, new):
                _shared(resource, session).wrote(resource.key(values), id)
            _update_once(resource, session, id, old, typed, changed)
        known = {**{k: v for k, v in old.items() if k in resource.outputs.model_fields}, **_said(typed, new)}
        try:
            live = resource.read(session, id)
        except VeeamError as error:
            if not changed:
                raise
            session.warn(f"{resource.label(new)} was updated, but could not be read back: {error}")
            live = {name: old[name] for name in resource.outputs.model_fields if name in old}
        if "password" in changed:
            require_login(resource, session, typed, live)
        connections.holders.hold(_object(resource, connections, session.server, id), entry)
        return _state(resource, session, live, known, adopted=bool(old.get("adopted") and typed.adopt))


def _said(typed: Inputs, inputs: State) -> State:
    """What the inputs say; those that adopt leave the rest to the server."""
    return {name: value for name, value in plain(typed).items() if not typed.adopt or inputs.get(name) is not None}


def _moved(resource: AnyResource, session: Session, id: str, old: State, new: State) -> State:
    """The state of the same object behind another connection or address. Raises InvalidInput where it is another."""
    try:
        live = resource.project(resource.read(session, id), old)
    except NotFound:
        live = None
    _require_home(resource, session, old)
    if live is None or not _same_key(resource, live, old):
        raise InvalidInput(
            f"state says that id {id} is on {old.get('server')}; this server has no such object, and objects do not "
            "move between servers",
            f"to create it here on purpose, {vocabulary.head.renew} (that deletes the old one while its connection is "
            f"still configured); if the old server is gone for good, {vocabulary.head.forget} first",
        )
    return {**old, **live}


def _same_key(resource: AnyResource, one: State, other: State) -> bool:
    """Whether two states or inputs name the same object on a server."""
    key = resource.marked(Marker.identity)
    return all(resource.fields[name].same(one.get(name), other.get(name)) for name in key)


def _update_once(
    resource: AnyResource, session: Session, id: str, old: State, new: Inputs, changed: frozenset[str]
) -> None:
    try:
        resource.update(session, id, old, new, changed)
    except AnswerLost:
        live = resource.project(resource.read(session, id), old)
        # What the server does not show always counts as left: state may have the password that is to be set already,
        # of an adopted object that becomes ours.
        unseen = {place[0] for place in places(resource.fields, Marker.write_only)}
        left = [name for name in changed if name in unseen or not resource.same(name, live, plain(new))]
        if left:
            resource.update(session, id, {**old, **live}, new, frozenset(left))


def delete(resource: AnyResource, connections: Connections, id: str, state: State, entry: str = "") -> None:
    """Deletes the object; what is gone already is success.

    An adopted one stays on the server, with a warning, and so does one that another entry of this run holds. Raises
    Protected where another entry was to have it and failed in this run: a renamed entry would lose it.
    """
    state = resource.upgrade(state)
    label = resource.label(state)
    server = str(state.get("server"))
    if state.get("adopted"):
        connections.holders.let_go(_object(resource, connections, server, id), entry)
        connections.warn(f"{label} was adopted, not created here: it stays on {server} and only leaves the state")
        return
    with _on(resource, connections, state) as session:
        one = _object(resource, connections, session.server, id)
        _require_home(resource, session, state)
        if not session.is_home(state.get("server")):
            raise SettingsError(
                f"state says that the object is on {state['server']}; nothing was deleted here",
                f"if that is the same server under another address, {vocabulary.head.refresh} first; else "
                + session.connection.how_to_set("url", f"https://{state['server']}"),
            )
        wanted = connections.holders.wanted(one, entry)
        if wanted is not None:
            _require_free(resource, connections, one, wanted)
        elif other := connections.holders.awaited((one, _named(resource, connections, session.server, state)), entry):
            raise Protected(
                f"it was not deleted: {other} is to have it, and could not be created or adopted",
                "see the error of that one first",
            )
        if (other := connections.holders.let_go(one, entry)) is not None:
            connections.warn(f"{label} stays on {server}: {other} has it now, and only its old entry leaves the state")
            return
        try:
            _deleted(resource, session, _normal(resource, id), state, label)
        except VeeamError:
            connections.holders.hold(one, entry)
            raise


def _require_free(resource: AnyResource, connections: Connections, one: Object, wanted: State) -> None:
    """Raises AlreadyExists where what is to be created in an object's place is there, before the object is deleted."""
    if has_unknown(wanted) or wanted.get("adopt") is True:
        return
    with _on(resource, connections, wanted) as session:
        found, _ = _look(resource, session, _typed(resource, wanted))
        if found is not None and _object(resource, connections, session.server, found) != one:
            raise AlreadyExists(
                f"it exists already (id {found}), so what it was to take the place of was not deleted",
                vocabulary.head.free_first,
                id=found,
            )


def _deleted(resource: AnyResource, session: Session, id: str, state: State, label: str) -> None:
    resource.protect(session, id, state)
    session.delete_limit.take(label)
    _shared(resource, session).wrote(resource.key(state), id)
    try:
        _delete_once(resource, session, id, state)
    except ServerRefused as error:  # nothing was deleted
        session.delete_limit.give_back(label)
        if not isinstance(error, NotFound):
            raise
        _prove_gone(resource, session, id, state, error)


def _delete_once(resource: AnyResource, session: Session, id: str, state: State) -> None:
    """One DELETE, whatever happens to the answer. Raises NotFound where the object was gone before."""
    try:
        resource.delete(session, id, state)
    except AnswerLost:
        try:
            resource.read(session, id)
        except NotFound as error:  # the request had worked
            _prove_gone(resource, session, id, state, error)
            return
        with contextlib.suppress(NotFound):
            resource.delete(session, id, state)


def listing(resource: AnyResource, connections: Connections, connection: str) -> list[tuple[str, State]]:
    """Every object of this kind on a server: (id, its values). All of it or an error."""
    with _on(resource, connections, {"connection": connection}) as session:
        return list(resource.list(session))
