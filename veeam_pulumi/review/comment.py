"""A preview as a comment for those who decide: who gains, loses and changes what access, on which server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from ..access.grants import Grant
from ..resource.fields import Marker
from . import gates as gate
from .change import Change
from .gates import Gate
from .markdown import block, code, cut
from .proposal import Proposal
from .wording import by_hand, details, group, number, outcome, roles, shown, what_it_is

_INVISIBLE = "nothing that a preview shows"
_MOST_SAID = 10


class Comment:
    """The Markdown for one preview. The same preview gives the same text."""

    def __init__(self, proposal: Proposal, given: Sequence[Gate]) -> None:
        self._all, self._gates = proposal, given
        self.violated = gate.violated(given, proposal)
        self._ours = [one for one in proposal.changes if one.kind and one.op != "read"]
        self._accounts = [one for one in self._ours if one.kind != "em.BackupServer"]
        self._servers = [one for one in self._ours if one.kind == "em.BackupServer"]

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
            ("New administrators", self._administrators()),
            ("Protected accounts", self._protected()),
            ("Warnings", self._said("warning")),
            ("Drift: changed on the servers, not by the program", self._drift()),
        ):
            if found := list(part):
                lines += ["", f"### {title}", "", *found]
        for title, changes, describe in (
            ("Access", self._accounts, self._account),
            ("Backup servers in Enterprise Manager", self._servers, self._server),
        ):
            lines += self._by_owner(title, changes, describe)
        if others := list(self._others()):
            lines += ["", "### Other resources", "", *others]
        if notes := list(self._notes()):
            lines += ["", *notes]
        return cut(lines)

    # ---- the verdict

    def _counted(self) -> str:
        counts = Counter(what_it_is(one) for one in self._accounts)
        words = {"gains": "gained by", "loses": "lost by", "changes": "changed for", "leaves": "no longer managed for"}
        parts = [f"{word} {counts[what]}" for what, word in words.items() if counts[what]]
        if parts:
            first = next(counts[what] for what in words if counts[what])
            parts[0] = f"access {parts[0]} account{'s' * (first > 1)}"
        servers = sum(bool(what_it_is(one)) for one in self._servers)
        found = [", ".join(parts)] if parts else []
        found += [f"{number(servers, 'backup server')} in Enterprise Manager changed"] if servers else []
        drifted = sum(gate.has_drifted(one) for one in self._ours)
        found = found or ["no access changes"]
        return "; ".join([*found, *([f"{number(drifted, 'object')} drifted"] if drifted else [])])

    # ---- what stands on top

    def _errors(self) -> Iterator[str]:
        if self._all.failed:
            yield from self._said("error")
        if "drift" in [one.name for one in self._gates] and gate.blind(self._all):
            yield "- Drift cannot be judged: this preview was made without `--refresh`."

    def _said(self, severity: str) -> Iterator[str]:
        said = [one for one in self._all.diagnostics if one.severity == severity and one.text]
        for one in said[:_MOST_SAID]:
            if one.urn:
                yield f"- {code(one.urn.rpartition('::')[2])}:"
            yield from block(one.text)
        if len(said) > _MOST_SAID:
            yield f"- and {len(said) - _MOST_SAID} more"

    def _administrators(self) -> Iterator[str]:
        for one in self._accounts:
            if gate.becomes_administrator(one) and (after := one.after):
                if gate.roles_unknown(one):
                    yield f"- {self._who(one, after)} may become administrator: its roles are {roles(after.roles)}"
                else:
                    yield f"- {self._who(one, after)} becomes administrator: {roles(after.roles)}{group(one)}"
            elif gate.made_administrator_by_hand(one) and (now := one.by_hand):
                yield f"- {self._who(one, now)} was made administrator by hand: {roles(now.roles)}; {outcome(one)}"

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
                yield from ("", f"#### {code(name)}" if name else "#### Nobody's in particular", "")
                owner = name
            yield line

    def _account(self, one: Change) -> str:
        what, before, after = what_it_is(one), one.before, one.after
        if what == "gains" and after:
            notes = [roles(after.roles)]
            notes += ["administrator"] if after.administrator else []
            notes += [] if after.enabled else ["disabled"]
            notes += ["taken over if it is there already"] if (one.wanted or {}).get("adopt") is True else []
            return f"- **gains** {self._at(one, after)}: {'; '.join(notes)}{group(one)}"
        if what == "loses" and before:
            return f"- **loses** {self._at(one, before)}: {roles(before.roles)}{group(one)}"
        if what == "leaves" and before:
            return f"- **no longer managed** {self._at(one, before)}: stays on its server as it is"
        if what == "changes" and (has := after or before):
            word = "replaced" if one.op == "replace" else "changes"
            return f"- **{word}** {self._at(one, has)}: {'; '.join(details(one)) or _INVISIBLE}{group(one)}"
        return ""

    def _server(self, one: Change) -> str:
        what, wanted, recorded = what_it_is(one), one.wanted or {}, one.recorded or {}
        name = shown("dns_name_or_ip_address", (wanted or recorded).get("dns_name_or_ip_address"))
        has = one.after or one.before
        if not what or has is None:
            return ""
        where, login = self._where(one, has), shown("username", (wanted or recorded).get("username"))
        return {
            "gains": f"- **added** {name} to {where}: Enterprise Manager logs in as {login}",
            "loses": f"- **removed** {name} from {where}: Enterprise Manager logged in as {login}",
            "leaves": f"- **no longer managed** {name} in {where}: stays there as it is",
            "changes": f"- **changes** {name} in {where}: {'; '.join(details(one)) or _INVISIBLE}",
        }[what]

    def _who(self, one: Change, has: Grant) -> str:
        return (f"{code(one.owner)}: " if one.owner else "") + self._at(one, has)

    def _at(self, one: Change, has: Grant) -> str:
        if one.kind == "em.BackupServer":
            values = one.recorded or one.wanted or {}
            name = shown("dns_name_or_ip_address", values.get("dns_name_or_ip_address"))
            return f"{name} in {self._where(one, has)}"
        account = shown("name", has.account)
        return f"{account} on {self._where(one, has)}"

    def _where(self, one: Change, has: Grant) -> str:
        server = one.server or self._all.servers.get(has.connection, "")
        return shown("connection", has.connection) + (f" ({code(server)})" if server else "")

    # ---- the rest

    def _other_counts(self) -> dict[str, Counter[str]]:
        found: dict[str, Counter[str]] = {}
        for one in self._all.changes:
            if (
                one.custom
                and not one.kind
                and not one.urn.type.startswith("pulumi:")
                and one.op not in ("same", "read")
            ):
                found.setdefault(one.urn.type, Counter())[one.op] += 1
        return found

    def _others(self) -> Iterator[str]:
        words = {"create": "created", "update": "updated", "replace": "replaced", "delete": "deleted"}
        for token, counts in sorted(self._other_counts().items()):
            yield f"- {code(token)}: " + ", ".join(f"{counts[op]} {word}" for op, word in words.items() if counts[op])

    def _notes(self) -> Iterator[str]:
        updates = [one for one in self._accounts + self._servers if one.op in ("update", "replace")]
        secrets = [one for one in updates if one.resource and one.resource.marked(Marker.secret)]
        if any("password" not in one.intended for one in secrets):
            yield "_A preview does not show whether a password changes along with something else._"
        if self._all.incomplete and not self._all.failed:
            yield "_This preview leaves out what is unchanged, so drift may be missing: make it with `--show-sames`._"
        if self._all.incomplete and self._all.failed:
            yield "_The preview did not come to its end, so drift may be missing._"


def unreadable(problem: str) -> str:
    """The comment for a preview that cannot be read."""
    return "\n".join(["## Access review", "", "**Failed: there is no preview to review.**", "", *block(problem), ""])


def _listed(gates: Iterable[Gate]) -> str:
    return ", ".join(code(str(one)) for one in gates)
