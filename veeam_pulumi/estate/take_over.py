"""`discover --out`: what a team would have typed, beside what it typed already.

estate.yaml decides what is called what, and only gets lines. roster.yaml is written anew as long as nobody has edited
it, else it only gets lines, too. import.json is made anew from the two and what the servers say.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..access import roster
from ..access.entries import Entry
from ..access.located import Mistaken
from ..engine.files import write_atomically
from ..errors import InvalidInput
from ..pulumi_state import Urn
from ..server.names import fold
from . import (
    companies,
    decisions,
    draft,
    import_file,
    program_text,
    remembered,
    roster_text,
    sections,
    tenants_text,
    terraform_text,
)  # fmt: skip
from .ask import Estate
from .census import Census, Item
from .decisions import Decisions, Key, Line, key_of
from .draft import Draft, roster_kinds
from .managed import PERSON
from .sections import flow


@dataclass
class Report:
    """What was done, for whoever ran it."""

    folder: Path
    written: list[str] = field(default_factory=list)
    """Files that are new or have new lines."""
    accounts: int = 0
    """In the import file."""
    entries: int = 0
    profiles: int = 0
    notes: list[str] = field(default_factory=list)
    """What a person has to look at."""
    rows: list[dict[str, Any]] = field(default_factory=list)
    """What an import into an empty state would be, for the proof."""
    elsewhere: set[tuple[str, str]] = field(default_factory=set)
    """Resources, by type and name, on connections that were not read: no part of the proof."""
    changing: set[str] = field(default_factory=set)
    """Entries and resources that have to change: something has left the servers, or is not adopted."""
    companies: dict[str, str] = field(default_factory=dict)
    """Those that a stack's config has to know: name -> UUID."""
    connection: str = ""
    """Of the users of companies, in tenants.csv."""


def take_over(
    estate: Estate,
    census: Census,
    folder: Path,
    *,
    program: bool = False,
    terraform: bool = False,
    own: bool = False,
    partial: bool = False,
) -> Report:
    """Writes the files of a folder.

    `program`: typed Python and no roster; `terraform`: its blocks and nothing of Pulumi. `own`: the accounts are to
    become ours. `partial`: only some connections were read; what is on the others stays as it was found before. Raises
    InvalidInput for a file of the folder that has mistakes, OSError where one cannot be written.
    """
    report, partial = Report(folder), partial or not census.complete
    _refuse_beside(folder, (tenants_text.FILE,), "add --tenants")
    with _mistakes():
        known = decisions.read(folder)
    returned = _returned(census, known)
    known.objects = {returned.get(key, key): line for key, line in known.objects.items()}
    left = list(_left(census, known))
    before = list(remembered.items(folder, known, estate.managed, census)) if partial else []
    whole = {key_of(one) for one in before} >= remembered.elsewhere(known, census) if partial else True
    everything = sorted([*census.items, *before], key=lambda one: one.connection)
    file = folder / roster_text.FILE
    program = program or terraform
    text = file.read_text(encoding="utf-8") if file.exists() and not program else ""
    anew = not text or (roster_text.is_unedited(text) and census.complete and not left and whole)
    uids = {str(item.values["organization_uid"]) for item in everything if item.values.get("organization_uid")}
    named = companies.named(estate.connections, uids, {**estate.around.companies, **known.companies})
    estate = replace(estate, around=replace(estate.around, companies={name: uid for uid, name in named.items()}))
    said = [] if anew else _entries(estate, file)
    servers = {one.connection: remembered.server(one) for one in before}
    servers |= {one.connection: one.server for one in census.servers}
    _, in_roster = import_file.of_roster(said, everything, servers, file.name)
    keys = set() if anew else _keys(text)
    new = draft.decide(census, known, keys, in_roster)
    lines = {**known.objects, **new}
    items = [one for one in everything if key_of(one) in lines and (anew or key_of(one) not in in_roster)]
    entries, rest = ([], items) if program else draft.drafts(items, lines, named)
    rest = [one for one in rest if not lines[key_of(one)].skip]
    having = {(entry.key, connection) for entry in entries for connection in entry.grants}
    for one in rest:
        entry_key = lines[key_of(one)].entry
        if (entry_key, one.connection) in having and draft.grant(one, named) is not None:
            report.notes.append(
                f"an entry has one account on {one.connection}: {one.name} of {entry_key} is declared in "
                f"{program_text.FILE}"
            )
    folder.mkdir(parents=True, exist_ok=True)
    if not program:
        if not anew:
            entries = [one for one in entries if _is_new(one, new, keys, report)]
        _write_roster(report, file, text, entries, anew, own)
        report.notes += _unlike(everything, known, {} if anew else in_roster)
    if terraform:
        for one in rest:
            if lacking := ", ".join(terraform_text.missing(one)):
                report.notes.append(f"left out: {one.name} on {one.connection}: its server does not say {lacking}")
        rest = [one for one in rest if not terraform_text.missing(one)]
    again = census.complete and not left and whole
    named_rest = _declare(report, folder, rest, lines, everything, terraform=terraform, again=again)
    if terraform and not (partial and (folder / terraform_text.QUERY).exists()):
        write_atomically(folder / terraform_text.QUERY, terraform_text.lists(census))
    in_use = _companies_of(file) if named and not program else set()
    used = {uid for uid in named if named[uid] in in_use}
    report.companies = {named[uid]: uid for uid in sorted(used, key=lambda uid: named[uid])}
    fresh = {name: uid for name, uid in report.companies.items() if name not in known.companies}
    estate_file = folder / decisions.FILE
    decided = estate_file.read_text(encoding="utf-8") if estate_file.exists() else ""
    after = decisions.added(decisions.moved(decided, returned), new, fresh)
    if after != decided:
        write_atomically(estate_file, after)
        report.written.append(estate_file.name)
    now = _entries(estate, file) if file.exists() and not program else []
    report.accounts = len(rest)
    if not terraform:
        _import(report, now, everything, servers, named_rest, file.name)
    if partial:
        _leave_elsewhere_out(report, now, known, remembered.whole(census))
    for key in left:
        line = known.objects[key]
        of_roster = line.kind in roster_kinds() and not program
        name = line.entry if of_roster else line.name
        report.changing.add(name)
        where = file.name if of_roster else (terraform_text if terraform else program_text).FILE
        report.notes.append(
            f"left: {line.account} is no longer on {key[0]}: take {name} out of {where}, and its line out of "
            f"{decisions.FILE}"
        )
    return report


def tenants_only(estate: Estate, census: Census, folder: Path) -> Report:
    """Writes tenants.csv and its import file, and nothing else.

    Raises InvalidInput for a file that has mistakes, and for the users of two consoles.
    """
    report, file = Report(folder), folder / tenants_text.FILE
    _refuse_beside(folder, (roster_text.FILE, program_text.FILE), "leave --tenants out")
    items = tenants_text.users(census)
    consoles = list(dict.fromkeys(one.connection for one in items))
    if len(consoles) > 1:
        raise InvalidInput(
            f"{file.name} is for the users of one console, and there are some on {' and on '.join(consoles)}",
            f"name one of them, and a folder for each: veeam-pulumi discover {consoles[0]} --tenants --out DIR",
        )
    report.connection = consoles[0] if consoles else ""
    folder.mkdir(parents=True, exist_ok=True)
    before = file.read_text(encoding="utf-8-sig") if file.exists() else ""
    with _mistakes():
        after = tenants_text.added(file, items, companies.organizations(estate.connections))
        if after != before:
            write_atomically(file, after)
            report.written.append(file.name)
        report.rows = tenants_text.imported(file, items, {one.connection: one.server for one in census.servers})
    write_atomically(folder / import_file.FILE, import_file.text(report.rows, {}))
    report.written.append(import_file.FILE)
    report.accounts = import_file.objects(report.rows)
    taken = {one.id for one in items}
    for one in census.items:
        if one.kind == "vspc.User" and one.standing == "unmanaged" and one.id not in taken:
            report.notes.append(
                f"left out: {one.name} on {one.connection}: tenants.csv has no {one.values.get('role')}"
            )
    return report


def _refuse_beside(folder: Path, files: Collection[str], instead: str) -> None:
    """An import file is of one run: it cannot hold what is in a roster and what is in tenants.csv."""
    if there := [name for name in files if (folder / name).exists()]:
        raise InvalidInput(
            f"{folder} has a {there[0]}, which this would not go with", f"{instead}, or name another DIR"
        )


def _returned(census: Census, known: Decisions) -> dict[Key, Key]:
    """Old key -> new key of what was deleted and made again: of that name there was one, and there is one."""
    lines = ((key, known.objects[key]) for key in _left(census, known))
    gone = _by_name((key, line.kind, line.account) for key, line in lines)
    came = _by_name((key_of(item), item.kind, item.name) for item in census.items)
    pairs = ((old, came.get(name, [])) for name, old in gone.items())
    return {old[0]: new[0] for old, new in pairs if len(old) == len(new) == 1 and new[0] not in known.objects}


def _by_name(objects: Iterable[tuple[Key, str, str]]) -> dict[tuple[str, str, str], list[Key]]:
    """Keys by connection, kind and name."""
    found: dict[tuple[str, str, str], list[Key]] = {}
    for key, kind, name in objects:
        found.setdefault((key[0], kind, fold(name)), []).append(key)
    return found


def _left(census: Census, known: Decisions) -> Iterator[Key]:
    """What estate.yaml has and a complete list has not."""
    there = {key_of(item) for item in census.items}
    read = {(server.connection, kind) for server in census.servers if not server.problem for kind in server.rows}
    for key, line in known.objects.items():
        if not line.skip and key not in there and (key[0], line.kind) in read:
            yield key


def _keys(text: str) -> set[str]:
    """The keys of all entries of a roster, those of other environments too."""
    found = roster_text.parsed(text)
    sections = [found.get(name) for name in roster_text.SECTIONS]
    return {key for section in sections if isinstance(section, dict) for key in section}


def _entries(estate: Estate, file: Path) -> list[Entry]:
    with _mistakes():
        return roster.read(file, estate.around)


@contextlib.contextmanager
def _mistakes() -> Iterator[None]:
    try:
        yield
    except Mistaken as mistakes:
        raise InvalidInput(str(mistakes), "correct the file, then run it again") from None


def _is_new(one: Draft, new: Collection[Key], keys: Collection[str], report: Report) -> bool:
    """Whether an entry can be added to a roster that people edit; what only they can write, they are told.

    What was taken out of the roster does not come back.
    """
    if one.key not in keys:
        gone = [item for item in one.items if key_of(item) not in new]
        report.notes += [
            f"not in {roster_text.FILE}: {item.name} on {item.connection}, whose entry was {one.key}" for item in gone
        ]
        return not gone
    for item in one.items:
        said = one.grants[item.connection]
        report.notes.append(
            f"{roster_text.FILE} was edited, so add by hand to {one.key}: "
            f"grants: {{{item.connection}: {flow(said)}}}, "
            f"accounts: {{{item.connection}: {flow(item.grant.account)}}}"
        )
    return False


def _unlike(items: Collection[Item], known: Decisions, in_roster: Mapping[Key, str]) -> Iterator[str]:
    """What was changed in estate.yaml, and an edited roster has otherwise."""
    for one in items:
        line, key = known.objects.get(key_of(one)), in_roster.get(key_of(one))
        if line is None or key is None or one.standing in draft.NOT_OURS:
            continue
        if line.skip:
            yield f"skipped: take {one.name} on {one.connection} out of {key} in {roster_text.FILE}"
        elif line.entry != key:
            yield (
                f"{one.name} on {one.connection} is {key} in {roster_text.FILE} and {line.entry} in {decisions.FILE}: "
                "rename one of the two"
            )


def _write_roster(report: Report, file: Path, text: str, entries: list[Draft], anew: bool, own: bool) -> None:
    known = roster_text.profiles_of(roster_text.parsed(text))
    profiles = draft.share(entries, {} if anew else known)
    after = (
        roster_text.whole(entries, profiles, own=own) if anew else roster_text.added(text, entries, profiles, own=own)
    )
    before = _keys(text)
    report.entries = sum(one.key not in before for one in entries)
    report.profiles = len(profiles.keys() - known.keys())
    if after != text and entries:
        write_atomically(file, after)
        report.written.append(file.name)


def _declare(
    report: Report,
    folder: Path,
    rest: list[Item],
    lines: dict[Key, Line],
    everything: Collection[Item],
    *,
    terraform: bool,
    again: bool,
) -> list[tuple[Item, str]]:
    """Writes the declarations of what is in no roster -> the objects and what they are called there.

    `again`: a program that nobody has edited may be written anew. Terraform's blocks never are: without its block an
    object is deleted on its server.
    """
    form = terraform_text if terraform else program_text
    file = folder / form.FILE
    before = file.read_text(encoding="utf-8") if file.exists() else ""
    named = [(one, lines[key_of(one)].name) for one in rest]
    if not terraform and again and (not before or program_text.is_unedited(before)):
        after = program_text.whole(named) if named or before else ""
    else:
        after, named = _declare_beside(report, file, before, rest, lines, everything, terraform=terraform)
    if after != before:
        write_atomically(file, after)
        report.written.append(file.name)
    return named


def _declare_beside(
    report: Report,
    file: Path,
    before: str,
    rest: list[Item],
    lines: dict[Key, Line],
    everything: Collection[Item],
    *,
    terraform: bool,
) -> tuple[str, list[tuple[Item, str]]]:
    """The text of the file with what is new in it, and what objects are called there: nothing that it has is changed,
    the report says what is to be done by hand."""
    form = terraform_text if terraform else program_text
    named, new, there = [], [], {key_of(one): form.names(before, one) for one in everything}
    taken = {(one.kind, label) for one in everything for label in there[key_of(one)]}
    for one in rest:
        name, known = lines[key_of(one)].name, there[key_of(one)]
        wanted = terraform_text.label(name) if terraform else name
        apart = f"{name}-{sections.digest(one.id)[:6]}"  # `a.b` and `a_b` are one label of Terraform
        if known and not {wanted, apart, terraform_text.label(apart)} & {*known}:
            by_moved = ", with a moved block" if terraform else ""
            report.notes.append(
                f"{file.name} calls {one.name} on {one.connection} {known[0]}: rename it to {wanted} by hand{by_moved}"
            )
        elif not known and terraform and (one.kind, wanted) in taken:
            wanted = terraform_text.label(apart)
            new.append((one, apart))
        elif not known and terraform and terraform_text.is_declared(before, one, wanted):
            report.notes.append(
                f"{file.name} imports {wanted} by an id that is gone: {one.name} on {one.connection} has "
                f"the id {one.id} now"
            )
        elif not known:
            new.append((one, name))
        taken.add((one.kind, wanted))
        named.append((one, known[0] if known else name))
    for one in everything:
        if (line := lines.get(key_of(one))) and line.skip and (known := there[key_of(one)]):
            report.changing |= {*known}
            by_removed = ", with a removed block that keeps it" if terraform else ""
            report.notes.append(f"skipped: take {known[0]} ({one.name}) out of {file.name}{by_removed}")
    return form.added(before, new) if new else before, named


def _companies_of(file: Path) -> set[str]:
    """The companies that a roster names, in its profiles and in grants of its entries."""
    text = file.read_text(encoding="utf-8-sig") if file.exists() else ""
    parsed = roster_text.parsed(text)
    said = [section for sections in roster_text.profiles_of(parsed).values() for section in sections.values()]
    for name in roster_text.SECTIONS:
        for one in (parsed.get(name) or {}).values():
            said += (one.get("grants") or {}).values() if isinstance(one, dict) else []
    return {one["company"] for one in said if isinstance(one, dict) and isinstance(one.get("company"), str)}


def _import(
    report: Report,
    entries: list[Entry],
    items: Sequence[Item],
    servers: dict[str, str],
    rest: list[tuple[Item, str]],
    roster_name: str,
) -> None:
    """The import file: without what a state has already, whose parents it names."""
    held = {(item.connection, import_file.token(item.kind), item.id): item.managed for item in items if item.managed}
    rows, _ = import_file.of_roster(entries, items, servers, roster_name)
    rows = import_file.unique([*rows, *import_file.of_program(rest, servers)])
    report.changing |= {one.key for one in entries if not one.adopt}
    report.rows = [row for row in rows if not {row["name"], row.get("parent")} & report.changing]
    parents, kept = dict[str, str](), []
    for one in held.values():
        urn = Urn.of(one.address)
        if one.entry:
            parents[one.entry] = str(Urn(urn.stack, urn.project, PERSON, one.entry))
    for row in rows:
        if row.get("component"):
            is_held = row["name"] in parents
        elif row["type"] == import_file.BREAK_GLASS:
            is_held = bool(held)
        else:
            is_held = (row["inputs"]["connection"], row["type"], row["id"]) in held
        if is_held:
            continue
        kept.append(row)
    used = {row["parent"] for row in kept if "parent" in row}
    table = {name: urn for name, urn in parents.items() if name in used}
    left = {row["name"] for row in kept if row.get("component")} - used
    kept = [row for row in kept if not (row.get("component") and row["name"] in left)]
    write_atomically(report.folder / import_file.FILE, import_file.text(kept, table))
    report.written.append(import_file.FILE)
    report.accounts = import_file.objects(kept)


def _leave_elsewhere_out(report: Report, entries: list[Entry], known: Decisions, read: Collection[str]) -> None:
    """The proof is of the connections that were read: those that were not may not even answer."""
    for one in entries:
        kinds = dict(zip(one.labels, one.accounts, strict=True))
        here = {label for label, account in kinds.items() if account.connection in read}
        report.elsewhere |= {(import_file.token(kinds[label].kind), label) for label in kinds.keys() - here}
        report.elsewhere |= set() if here else {(PERSON, one.key)}
    for (connection, _), line in known.objects.items():
        if connection not in read and not line.skip:
            report.elsewhere.add((import_file.token(line.kind), line.name))
    report.rows = [
        row for row in report.rows if (row["type"], row.get("logicalName", row["name"])) not in report.elsewhere
    ]
