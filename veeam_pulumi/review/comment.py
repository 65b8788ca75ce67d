"""A preview as a comment for those who decide: who gains, loses and changes what access, on which server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from ..markdown import block, code, cut
from ..pulumi_state import Urn
from ..resource.fields import Marker
from ..resource.grant import WORDS, Grant
from . import gates as gate
from .change import Change
from .gates import Approved, Gate, nobody
from .preview import Preview, Unreadable, read
from .wording import by_hand, details, group, number, outcome, privileges, roles, shown, what_it_is

_INVISIBLE = "nothing that a preview shows"
_MOST_SAID = 10
_DONE = {"create": "created", "update": "updated", "replace": "replaced", "delete": "deleted", "same": "unchanged"}


class Comment:
    """The Markdown for one preview. The same preview gives the same text."""

    def __init__(self, preview: Preview, given: Sequence[Gate], approved: Approved = nobody) -> None:
        self._all, self._gates, self._approved = preview, given, approved
        self.violated = gate.violated(given, preview, approved)
        self._ours = [one for one in preview.changes if one.kind and one.op != "read"]
        self._accounts = [one for one in self._ours if _is_account(one)]
        self._objects = [one for one in self._ours if not _is_account(one)]
        self._foreign = [one for one in preview.changes if one.foreign]

    @property
    def passed(self) -> bool:
        return not self.violated and not self._all.failed

    @property
    def verdict(self) -> str:
        """The first line: what it comes to, and which gates it does not pass."""
        said = self._counted()
        if self._all.failed:
            named = f" It also violates {_listed(self.violated)}." if self.violated else ""
            return f"**Failed: the preview ended with an error.** Up to there: {said}.{named}"
        if self.violated:
            return f"**Refused by {_listed(self.violated)}:** {said}."
        gates = f" No gate is violated ({', '.join(code(str(one)) for one in self._gates)})." if self._gates else ""
        return f"**{said[0].upper()}{said[1:]}.**{gates}"

    def text(self) -> str:
        """All of it, short enough for a comment."""
        project, stack = self._all.title
        lines = [f"## Access review: {code(project)}, stack {code(stack)}", "", self.verdict]
        for title, part in (
            ("What went wrong", self._errors()),
            ("New administrators", self._privileged()),
            ("Adopted administrators: nobody new, if they are there", self._adopted_privileged()),
            ("Roles that let their holders do more", self._stronger_roles()),
            ("Foreign code: nobody can tell from a preview what it does", self._foreign_code()),
            ("Protected accounts", self._protected()),
            ("More deletions than one run may make", self._too_many()),
            ("Warnings", self._said("warning")),
            ("Drift: changed on the servers, not by the program", self._drift()),
        ):
            if found := list(part):
                lines += ["", f"### {title}", "", *found]
        for title, changes, describe in (
            ("Access", self._accounts, self._account),
            ("Other objects on Veeam servers", self._objects, self._object),
        ):
            lines += self._by_owner(title, changes, describe)
        if others := list(self._others()):
            lines += ["", "### Other resources", "", *others]
        lines += ["", *self._notes()]
        return cut(lines)

    def as_json(self) -> dict[str, Any]:
        """The verdict, and what becomes of each account and object.

        `change` is `gains`, `adopts`, `loses`, `leaves` or `changes`; `before` and `after` hold `roles` and `can` (the
        rights), or are None.
        """
        project, stack = self._all.title
        return {
            "project": project,
            "stack": stack,
            "passed": self.passed,
            "failed": self._all.failed,
            "verdict": self.verdict,
            "violated": [str(one) for one in self.violated],
            "changes": [
                {
                    "change": what_it_is(one),
                    "urn": str(one.urn),
                    "kind": one.kind,
                    "owner": one.owner,
                    "account": has.account,
                    "connection": has.connection,
                    "drifted": gate.has_drifted(one),
                    "before": _held(one.before),
                    "after": _held(one.after),
                }
                for one in (*self._accounts, *self._objects)
                if (has := one.after or one.before) and (what_it_is(one) or gate.has_drifted(one))
            ],
        }

    # ---- the verdict

    def _counted(self) -> str:
        counts = Counter(what_it_is(one) for one in self._accounts)
        words = {
            "gains": "gained by",
            "loses": "lost by",
            "changes": "changed for",
            "leaves": "no longer managed for",
        }
        parts = [f"{word} {counts[what]}" for what, word in words.items() if counts[what]]
        if parts:
            first = next(counts[what] for what in words if counts[what])
            parts[0] = f"access {parts[0]} account{'s' * (first > 1)}"
        told = Counter(what_it_is(one) for one in self._objects)
        objects = sum(count for what, count in told.items() if what and what != "adopts")
        drifted = sum(gate.has_drifted(one) for one in self._ours)
        foreign = sum(one.runs_foreign_code for one in self._foreign)
        found = [", ".join(parts)] if parts else []
        found += [f"{number(objects, 'other object')} on Veeam servers changed"] if objects else []
        if adopted := self._adopted(counts["adopts"], told["adopts"]):
            found = [adopted + ("" if found or foreign else ", changes nothing"), *found]
        found = found or ["no access changes" if not foreign else "no access changes that a preview can tell"]
        found += [f"foreign code runs for {number(foreign, 'resource')}"] if foreign else []
        return "; ".join([*found, *([f"{number(drifted, 'object')} drifted"] if drifted else [])])

    def _adopted(self, accounts: int, others: int) -> str:
        """What is taken over as it is; empty where nothing is."""
        named = f"{'other ' if accounts else ''}object"
        parts = [number(count, what) for count, what in ((accounts, "account"), (others, named)) if count]
        return f"adopts {' and '.join(parts)} as {'it is' if accounts + others == 1 else 'they are'}" if parts else ""

    # ---- what comes first

    def _errors(self) -> Iterator[str]:
        if self._all.failed:
            yield from self._said("error")
        if "drift" in [one.name for one in self._gates] and gate.blind(self._all):
            yield "- Drift cannot be judged: this preview was made without `--refresh`."

    def _said(self, severity: str) -> Iterator[str]:
        said = [one for one in self._all.diagnostics if one.severity == severity and one.text]
        for one in said[:_MOST_SAID]:
            if one.urn:
                yield f"- {code(Urn.of(one.urn).name)}:"
            yield from block(one.text)
        if len(said) > _MOST_SAID:
            yield f"- and {len(said) - _MOST_SAID} more"

    def _privileged(self) -> Iterator[str]:
        for one in self._ours:
            if one.after and one.after.principal == "role" and gate.strengthens_role(one):
                continue  # is said of roles
            if gate.becomes_privileged(one) and (after := one.after) and what_it_is(one) != "adopts":
                said = f"; {code(by)}" if (by := self._approved(after)) else ""
                yield f"- {self._who(one, after)} {_becomes(one, after)}{group(after)}{said}"
            elif gate.made_privileged_by_hand(one) and (now := one.by_hand):
                what = "administrator by hand" if now.is_administrator else "able to delete backups by hand"
                yield f"- {self._who(one, now)} was made {what}: {roles(now.roles)}; {outcome(one)}"

    def _adopted_privileged(self) -> Iterator[str]:
        for one in self._ours:
            new = gate.becomes_privileged(one) and not gate.strengthens_role(one)
            if what_it_is(one) == "adopts" and new and (after := one.after):
                said = f"; {code(by)}" if (by := self._approved(after)) else ""
                has = "; ".join([roles(after.roles), *privileges(after)])
                yield f"- {self._who(one, after)}: {has}{group(after)}{said}"

    def _stronger_roles(self) -> Iterator[str]:
        for one in self._ours:
            if (gives := gate.strengthens_role(one)) and (after := one.after):
                can = ", ".join(WORDS[right] for right in gives)
                sure = "" if not after.unknown else " (nobody knows what it may)"
                said = f"; {code(by)}" if (by := self._approved(after)) else ""
                yield f"- {self._who(one, after)}: who has it {can}{sure}{said}"

    def _foreign_code(self) -> Iterator[str]:
        found = Counter((one.urn.type, one.op if one.runs_foreign_code else "same") for one in self._foreign)
        for (token, op), count in sorted(found.items()):
            yield f"- {number(count, 'resource')} {_DONE.get(op, 'read')}: {code(token)} brings its own code along"

    def _protected(self) -> Iterator[str]:
        for one in self._ours:
            if (has := one.before or one.after) is None or not (one.protected or one.protects):
                continue
            who, changes = self._who(one, has), "; ".join(details(one))
            if one.op in ("delete", "replace"):
                yield f"- {who} would be {one.op}d, but is protected: `up` stops there"
            elif one.protected and not one.protects and one.op != "read":
                yield f"- {who} loses its protection" + (f"; {changes}" if changes else "")
            elif one.protected and changes:
                yield f"- {who} changes: {changes}"
            elif gate.has_drifted(one):
                yield f"- {who} was changed on the server: see drift"
            elif not one.protected and one.protects:
                yield f"- {who} is protected from now on"
        for name in gate.refusing_rosters(self._all):
            yield f"- {code(name)} refuses to lose or to change a break-glass account (see the error): `up` stops there"
        for name in gate.refused_protected(self._all):
            yield f"- {code(name)} would be deleted or replaced, but is protected: `up` stops there"

    def _too_many(self) -> Iterator[str]:
        most = self._all.most_deletes
        going = [one for one in self._ours if one.op in ("delete", "replace") and not (one.stays or one.gone)]
        found = Counter(one.before.connection for one in going if one.before)
        for connection, count in sorted(found.items()):
            if most is not None and count > most:
                yield (
                    f"- {number(count, 'object')} on {shown('connection', connection)}, where a run may delete {most} "
                    "(`veeam:maxDeletes`): `up` stops there"
                )

    def _drift(self) -> Iterator[str]:
        for one in self._ours:
            if not gate.has_drifted(one) or (was := one.before) is None:
                continue
            if one.gone:
                yield f"- {self._who(one, was)} is gone from the server; {outcome(one)}"
            else:
                yield f"- {self._who(one, was)}: {'; '.join(by_hand(one))}; {outcome(one)}"

    # ---- by person and server

    def _by_owner(self, title: str, changes: Iterable[Change], describe: Callable[[Change], str]) -> Iterator[str]:
        found = [(one.owner, line) for one in changes if (line := describe(one))]
        owner: str | None = None
        for name, line in found:
            if (name, line) == found[0]:
                yield from ("", f"### {title}")
            if name != owner:
                yield from ("", f"#### {code(name)}" if name else "#### Not tied to a person", "")
                owner = name
            yield line

    def _account(self, one: Change) -> str:
        what, before, after = what_it_is(one), one.before, one.after
        if what in ("gains", "adopts") and after:
            notes = [roles(after.roles), *privileges(after), *([] if after.enabled else ["disabled"])]
            notes += ["stays as it is if it is there already, else it is created"] if what == "adopts" else []
            return f"- **{what}** {self._at(one, after)}: {'; '.join(notes)}{group(after)}"
        if what == "loses" and before:
            return f"- **loses** {self._at(one, before)}: {roles(before.roles)}{group(before)}"
        if what == "leaves" and before:
            return f"- **no longer managed** {self._at(one, before)}: stays on its server as it is"
        if what == "changes" and (has := after or before):
            word = "replaced" if one.op == "replace" else "changes"
            return f"- **{word}** {self._at(one, has)}: {'; '.join(details(one)) or _INVISIBLE}{group(has)}"
        return ""

    def _object(self, one: Change) -> str:
        what, has = what_it_is(one), one.after or one.before
        if not what or has is None:
            return ""
        at, login = self._at(one, has), f": with the login {shown('login', has.account)}" if has.account else ""
        return {
            "gains": f"- **added** {at}{login}",
            "adopts": f"- **adopts** {at}: stays as it is if it is there already, else it is added",
            "loses": f"- **removed** {at}{login}",
            "leaves": f"- **no longer managed** {at}: stays there as it is",
            "changes": f"- **{'replaced' if one.op == 'replace' else 'changes'}** {at}: "
            f"{'; '.join(details(one)) or _INVISIBLE}",
        }[what]

    def _who(self, one: Change, has: Grant) -> str:
        return (f"{code(one.owner)}: " if one.owner else "") + self._at(one, has)

    def _at(self, one: Change, has: Grant) -> str:
        if _is_account(one):
            return f"{shown('name', has.account)} on {self._where(one, has)}"
        values = one.wanted or one.recorded or {}
        names = [shown(name, values.get(name)) for name in one.resource.marked(Marker.identity)] if one.resource else []
        return f"{code(one.kind)} {', '.join(names)} on {self._where(one, has)}"

    def _where(self, one: Change, has: Grant) -> str:
        server = one.server or self._all.servers.get(has.connection, "")
        return shown("connection", has.connection) + (f" ({code(server)})" if server else "")

    # ---- the rest

    def _others(self) -> Iterator[str]:
        found: dict[str, Counter[str]] = {}
        for one in self._all.changes:
            ours = one.kind or one.foreign or one.urn.type.startswith("pulumi:")
            if one.custom and not ours and one.op not in ("same", "read"):
                found.setdefault(one.urn.type, Counter())[one.op] += 1
        for token, counts in sorted(found.items()):
            yield f"- {code(token)}: " + ", ".join(f"{counts[op]} {word}" for op, word in _DONE.items() if counts[op])

    def _notes(self) -> Iterator[str]:
        updates = [one for one in self._ours if one.op in ("update", "replace")]
        secrets = [{place[0] for place in one.resource.secrets} for one in updates if one.resource]
        if any(names and not names.intersection(one.intended) for one, names in zip(updates, secrets, strict=False)):
            yield "_A preview does not show whether a password changes along with something else._"
        if self._all.incomplete and not self._all.failed:
            yield "_This preview leaves out what is unchanged, so drift may be missing: make it with `--show-sames`._"
        if self._all.incomplete and self._all.failed:
            yield "_The preview did not come to its end, so drift may be missing._"
        yield "_Accounts on the servers that no program declares are in no preview._"


def review(given: bytes, gates: Sequence[Gate], approved: Approved = nobody) -> Comment:
    """The comment on the preview in a file. Raises Unreadable, whatever else the file holds."""
    try:
        comment = Comment(read(given), gates, approved)
        comment.text()
    except (AttributeError, LookupError, RecursionError, TypeError, ValueError):
        raise Unreadable("is not the JSON of `pulumi preview --json`: a value in it has another form") from None
    return comment


def unreadable(problem: str) -> str:
    """The comment for a preview that cannot be read."""
    return "\n".join(["## Access review", "", "**Failed: there is no preview to review.**", "", *block(problem), ""])


def _held(grant: Grant | None) -> dict[str, Any] | None:
    return {"roles": list(grant.roles), "can": list(grant.rights)} if grant else None


def _is_account(one: Change) -> bool:
    has = one.after or one.before
    return has is None or has.is_account


def _becomes(one: Change, after: Grant) -> str:
    if after.unknown:
        said = after.privileged_by()
        if gate.HIDDEN & {*said}:
            return f"may become administrator: its roles are {roles(after.roles)}"
        what = roles([role for role in said if role]) if any(said) else f"a {code(one.kind)}"
        return f"may become administrator: nobody knows what {what} may do"
    if after.is_administrator:
        return f"becomes administrator: {roles(after.roles)}"
    return f"becomes able to delete backups: {roles(after.roles)}"


def _listed(gates: Iterable[Gate]) -> str:
    return ", ".join(code(str(one)) for one in gates)
