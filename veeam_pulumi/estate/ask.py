"""Asking "who can?" of everything that a command was pointed at: connections, state, roster, approvals."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..access.entries import Entry, Surroundings
from ..access.located import Mistaken
from ..access.roster import read
from ..engine import EngineError
from ..engine.stack import stack_state
from ..errors import InvalidInput, SettingsError
from ..pulumi_state import config_map
from ..server.connections import Connections
from ..stack_connections import config_of, of_config
from . import attribution, census, findings, history, managed, people, who
from .document import document

ROSTER, POLICY = "roster.yaml", "policy.json"


@dataclass(frozen=True)
class Estate:
    """What a command was pointed at."""

    connections: Connections
    managed: Sequence[managed.Managed] = ()
    entries: Sequence[Entry] = ()
    settings: findings.Settings = field(default_factory=findings.Settings)
    """What the policy configuration beside Pulumi.yaml says."""
    roster: Path | None = None
    """The file that `entries` are from."""
    around: Surroundings = field(default_factory=lambda: Surroundings("", {}))
    """What the stack says beside a roster, read as a report wants it."""
    config: Mapping[str, Any] = field(default_factory=dict)
    """The stack's configuration by full key; it may hold secrets."""
    folder: Path = Path()
    """Where Pulumi.yaml is, or would be: what files of settings count from."""


@dataclass(frozen=True)
class Question:
    """What is asked; the fields are those of `who.answer`."""

    can: str = "delete-backups"
    person: str = ""
    unmanaged: bool = False
    only: Sequence[str] = ()
    """Connections; all if empty."""


def open_estate(
    stack: str | None, cwd: Path, *, terraform: Path | None = None, warn: Callable[[str], None] = lambda text: None
) -> Estate:
    """The connections of a stack or of the environment, what is managed, and the roster beside Pulumi.yaml.

    `terraform`: a state file. Raises VeeamError.
    """
    values, folder = config_of(stack, cwd)
    known = of_config(values, folder, warn)
    if not known.names:
        raise SettingsError(
            f"stack {stack} has no connection" if stack else "the environment names no connection",
            "name a stack with --stack, or set VEEAM_VBR_URL=https://HOST:9419, VEEAM_VBR_USERNAME and "
            "VEEAM_VBR_PASSWORD",
        )
    try:
        held = managed.of_terraform(_json(terraform)) if terraform else []
    except ValueError as problem:
        raise SettingsError(f"{terraform}: {problem}", "name the file that `terraform state pull` writes") from None
    if stack is None:
        return Estate(known, held, around=_around("", {}, known), folder=folder, settings=_settings(folder))
    try:
        held += managed.of_pulumi(stack_state(stack, cwd))
    except EngineError as problem:
        raise SettingsError.of_line(str(problem)) from None
    except ValueError as problem:
        raise SettingsError(f"the state of stack {stack}: {problem}", "restore it from a backup") from None
    roster = folder / ROSTER
    around = _around(stack.rpartition("/")[2], values, known)
    entries = _entries(roster, around) if roster.exists() else []
    settings, given = _settings(folder), roster if roster.exists() else None
    return Estate(known, held, entries, settings, given, around, config=values, folder=folder)


def _settings(folder: Path) -> findings.Settings:
    """What the policy configuration in a folder says; without one, the defaults."""
    file = folder / POLICY
    return findings.Settings.of(_json(file)) if file.exists() else findings.Settings()


@dataclass(frozen=True)
class Answers:
    """Two documents of `document.py` from one reading of the servers."""

    asked: dict[str, Any]
    everything: dict[str, Any]
    """For the question `anything` about everybody: what a snapshot keeps."""
    changes: Sequence[history.Difference] = ()
    """Since the snapshot that was given, with who made them."""
    logs: Sequence[attribution.Log] = ()
    """What servers tell of that; of those alone that something changed on."""


def answers(
    estate: Estate,
    question: Question,
    *,
    since: Mapping[str, Any] | None = None,
    today: datetime.date | None = None,
    progress: Callable[[str], None] = lambda connection: None,
) -> Answers:
    """Reads servers, writes nothing; logs out of all of them. `since`: a snapshot to say the differences to."""
    try:
        return _answers(estate, question, since, today or datetime.date.today(), progress)
    finally:
        estate.connections.close()


def _answers(
    estate: Estate,
    question: Question,
    since: Mapping[str, Any] | None,
    day: datetime.date,
    progress: Callable[[str], None],
) -> Answers:
    found = census.take(estate.connections, estate.managed, only=question.only, progress=progress)
    persons = people.join(found.items, estate.entries)
    seen = findings.examine(findings.Case(found, persons, day, estate.settings))

    def of(one: Question) -> dict[str, Any]:
        lines = who.answer(
            found,
            persons,
            can=one.can,
            person=one.person,
            unmanaged=one.unmanaged,
            approved=estate.settings.approved,
            today=day,
        )
        shown = [] if one.person else who.objects(found, can=one.can, unmanaged=one.unmanaged)
        return document(found, lines, seen, question=one.can, objects=shown)

    everything = of(Question("anything"))
    changes = history.compare(since, everything) if since else []
    if since is None or not changes:
        return Answers(of(question), everything)
    logs = attribution.read(estate.connections, changes, since, everything)
    changes = attribution.attributed(changes, since, everything, found, logs)
    return Answers(of(question), everything, changes, logs)


def exit_code(asked: Mapping[str, Any], fail_on: Sequence[str], *, changed: bool = False) -> int:
    """1 if a finding has a severity or rule of `fail_on`, or something `changed` and that is in it; 3 if incomplete."""
    said = {one["severity"] for one in asked["findings"]} | {one["rule"] for one in asked["findings"]}
    if said & set(fail_on) or (changed and "changed" in fail_on):
        return 1
    return 0 if asked["complete"] else 3


def _around(stack: str, values: Mapping[str, Any], known: Connections) -> Surroundings:
    return Surroundings(
        environment=str(values.get("veeam:environment") or stack),
        connections={name: known.get(name).settings.product for name in known.names},
        companies=_map(values, "veeam:companies"),
        passwords=frozenset(_map(values, "veeam:passwords")),
        current_passwords=frozenset(_map(values, "veeam:currentPasswords")),
        expired=True,
    )


def _map(values: Mapping[str, Any], key: str) -> dict[str, str]:
    found = config_map(values.get(key))
    if found is None:
        raise SettingsError(f"{key} is not a map", f"set each entry by its path, {key}.NAME")
    return found


def _entries(roster: Path, around: Surroundings) -> list[Entry]:
    """The entries of a roster for a stack, those whose last day is over too."""
    try:
        return read(roster, around)
    except Mistaken as mistakes:
        raise InvalidInput(str(mistakes), "correct the roster, then ask again") from None


def _json(file: Path) -> dict[str, Any]:
    """A JSON file; it may hold secrets, so an error shows nothing of it."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, RecursionError, ValueError) as error:
        raise SettingsError(f"{file} cannot be read as JSON ({type(error).__name__})", "name another file") from None
    if not isinstance(found, dict):
        raise SettingsError(f"{file} does not hold a JSON object", "name another file")
    return found
