"""One case on a server of its own, and what came of it."""

from __future__ import annotations

import base64
import hashlib
import re
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.bench.servers import kind_of
from tests.chaos.cases import Case
from tests.chaos.faults import FAULTS, TIMEOUT
from tests.chaos.stack import Resources, Stack
from veeam_pulumi.simulator import Simulator
from veeam_pulumi.simulator.request_log import Record

_APART = str.maketrans("0123456789abcdef", "bdfhjlnprtvxzBDF")
"""Servers refuse passwords with neighbours of the alphabet, such as abc."""
COUNTS = ("duplicates", "orphans", "ghosts", "lost", "leaks", "hangs", "unrepaired")


@dataclass
class Row:
    """What came of a case. `struck`: the fault was met. `adopted`: the run after it asked for `adopt`, and got it.

    `lost`: what was to stay was deleted, whatever was created in its place.
    """

    case: Case
    struck: bool = False
    adopted: bool = False
    duplicates: int = 0
    orphans: int = 0
    ghosts: int = 0
    lost: int = 0
    leaks: int = 0
    hangs: int = 0
    unrepaired: int = 0
    requests: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        return not any(getattr(self, name) for name in COUNTS)

    def __str__(self) -> str:
        counts = {name: count for name in COUNTS if (count := getattr(self, name))}
        return f"{self.case}: {counts} {'; '.join(self.notes)}"

    def as_dict(self) -> dict[str, Any]:
        rest = {key: value for key, value in asdict(self).items() if key not in ("case", "requests")}
        case = self.case
        return {
            "resource": case.subject_name,
            "operation": case.operation_name,
            "index": case.place,
            "request": case.request,
            "fault": case.fault_name,
            **rest,
        }


class Trial:
    """A case on a server that is as new. `name`: of its resource and its connection; `other`: of the second ones."""

    def __init__(self, case: Case, sim: Simulator, name: str) -> None:
        self.case, self.sim, self.name, self.other, self.row = case, sim, name, f"{name}b", Row(case)
        self.subject, self.operation, self.product = case.subject, case.operation, case.subject.product
        self._log, self._there, self._created_twice = list[Record](), False, 0
        self._taken, self._to_stay = set[str](), set[str]()
        self._adopt = self._begun = self._once = False
        sim.reset()
        sim.set(**self.subject.knobs)
        if self.operation.entry == "twin":
            sim.set(**self.subject.twin)
        self._installed = set(self._held())

    # What the program says.

    def before(self) -> Resources:
        which = self.operation.before
        if not which:
            return {}
        if not self.operation.adopted:
            return {self.name: self._entry(which)}
        self.subject.add(self.sim, self._password("found"))
        said = self.subject.with_secret(self.subject.adopting(which), self._password(which))
        return {self.name: (self.subject.kind, said | {"connection": self.name})}

    def after(self) -> Resources:
        which, entry = self.operation.after, self.operation.entry
        there = self.other if self.operation.address == "other" else self.name
        if not which:
            return {}
        if not entry:
            return {self.name: self._entry(which, there)}
        if entry == "renamed":
            return {self.other: self._entry(which, there)}
        second = {} if self._once else {self.other: self._entry("renamed" if entry == "twin" else which, there)}
        return {self.name: self._entry(which), **second}

    def _entry(self, which: str, connection: str = "") -> tuple[str, dict[str, Any]]:
        return self.subject.kind, self._arguments(which) | {"connection": connection or self.name}

    def _arguments(self, which: str) -> dict[str, Any]:
        form = which if which in ("changed", "renamed") else "first"
        password = self._password("rotated" if which == "rotated" else "first")
        return self.subject.adopting(form) if self._adopt else self.subject.inputs(form, password)

    def _password(self, which: str) -> str:
        digest = hashlib.sha256(f"{self.case}{which}".encode()).hexdigest()[:10]
        return f"Canary-{digest.translate(_APART)}-9"

    def environ(self, *, impatient: bool = False) -> dict[str, str]:
        """The connections. Impatient only where an answer is to come too late: a busy machine is slow by itself."""
        url = self.sim.url(self.product)
        home, elsewhere = (
            {"URL": url},
            {"URL": url.replace("127.0.0.1", "localhost"), "MOVED_FROM": urlsplit(url).netloc},
        )
        moved = self._begun and self.operation.address == "new"
        found = self._connection(self.name, elsewhere if moved else home, impatient)
        if self.operation.address == "other":
            found |= self._connection(self.other, elsewhere, impatient)
        return found

    def _connection(self, name: str, address: dict[str, str], impatient: bool) -> dict[str, str]:
        form = f"VEEAM_{name.upper()}"
        found = {
            f"{form}_PRODUCT": self.product,
            **{f"{form}_{key}": value for key, value in address.items()},
            f"{form}_USERNAME": self.sim.username(self.product),
            f"{form}_PASSWORD": self.sim.password(self.product),
            f"{form}_TLS_CA_FILE": str(self.sim.ca_file),
        }
        if impatient and self.case.fault_name and FAULTS[self.case.fault_name].kind == "delay":
            found[f"{form}_TIMEOUT"] = str(TIMEOUT)
        return found | ({f"{form}_DEADLINE": "20"} if impatient else {})

    # What happens on the server.

    def begin(self) -> None:
        """What is done by hand, and the fault."""
        self.hear()
        if self.operation.by_hand:
            if self.operation.by_hand == "add":
                self.subject.add(self.sim, self._password("found"))
            elif self.operation.by_hand == "blind":
                self._see("PortalOperator", unseen=[self.subject.first[self.subject.name]])
            else:
                getattr(self.subject, {"update": "alter", "delete": "remove"}[self.operation.by_hand])(self.sim)
            self._there = self.operation.by_hand != "delete"
        self._adopt, self._begun = self.operation.adopt, True
        self._to_stay = {id.casefold() for id in self._held()} if self.operation.stays else set()
        if self.case.fault_name:
            FAULTS[self.case.fault_name].plan(self.sim, self.product, self.case.place)

    def end(self) -> None:
        """The fault is over; what the server does late is waited for."""
        until = time.monotonic() + 10
        records = self.sim.requests()
        slow = {one.kind for one in self.sim.faults() if one.kind == "delay" or "late" in one.settings}
        while any(one.fault in slow and one.handled is None for one in records) and time.monotonic() < until:
            time.sleep(0.02)
        if self.operation.by_hand == "blind":
            self._see("PortalAdministrator", unseen=[])
        self.row.requests = [kind_of(one.method, one.path) for one in records]
        faults = self.sim.faults()
        self.row.struck = any(one.hits or one.at == 0 for one in faults)
        self.sim.clear_faults()
        if any(one.kind == "certificate" for one in faults):
            self.sim.fault(self.product, "certificate", at=0)
        self.sim.advance(60)  # what goes on in the background, too
        self.hear()

    def _see(self, role: str, unseen: list[str]) -> None:
        """What the login may see from now on; of Service Provider Console, the product whose roles see a part."""
        self.sim.set(**{"vspc.unseen": unseen})
        self.sim.drift(self.product, "update", self.sim.username(self.product), {"role": role})

    def hear(self) -> list[Record]:
        """What the server was sent since the last time."""
        found = self.sim.requests()
        self.sim.clear_requests()
        self._log += found
        for one in found:
            self._follow(one)
        return found

    def _follow(self, one: Record) -> None:
        """Counts creates that reached the product while the object was there, whatever it said to that.

        Under one X-Request-id they are one: Service Provider Console answers the others with the first one's answer.
        """
        done = one.handled is not None and one.handled < 300
        if one.method == "POST" and one.path.rstrip("/") == self.subject.collection:
            id = one.headers.get("x-request-id", "") if self.product == "vspc" else ""
            again = self._there and self.operation.entry != "twin"  # which has another name: only a look tells
            self._created_twice += again and one.handled is not None and id not in self._taken
            self._there = self._there or done
            self._taken |= {id} - {""} if one.handled is not None else set()
        elif one.method == "DELETE" and done and re.fullmatch(rf"{self._deletes}/[^/]+", one.path):
            self._there = False
            self.row.lost += unquote(one.path).rpartition("/")[2].casefold() in self._to_stay

    @property
    def _deletes(self) -> str:
        return self.subject.deletes or self.subject.collection

    def _held(self) -> list[str]:
        """The ids of what the server holds of this kind."""
        return [*self.subject.held(self.sim)]

    # What came of it.

    def adopts(self, text: str) -> bool:
        """Whether a run named an object that exists already and the `adopt` that takes it over; from now on it does."""
        line = r"it exists already \(id \S+\).*adopt=True"
        if self._adopt or self._beside or not re.search(line, self._said(text)):
            return False
        self._adopt = self.row.adopted = True
        return True

    @property
    def _beside(self) -> bool:
        """Whether one object has two entries in the program."""
        return self.operation.entry in ("second", "twin")

    def once(self, text: str) -> bool:
        """Whether one object was declared twice; it no longer is, and what was left of that is removed by hand, because
        a run said so."""
        if not self._beside:
            return False
        self._once = True
        twin, said = self.operation.entry == "twin", self._said(text)
        if twin and re.search(r"it exists already .* the same server as .* remove the other one", said):
            self.subject.remove(self.sim, self.subject.other_key)
        elif not re.search(r" the same server as " if twin else r"it exists already \(id \S+\)", said):
            self.row.unrepaired = 1
            self.row.notes.append("no run said that it is declared twice")
        return True

    def clears(self, text: str) -> None:
        """What a run said that a create had left, of no use to anybody, is removed by hand, as it asked for."""
        for name in re.findall(r"\('([^']*)'\) is there, as a create leaves it", self._said(text)):
            self.subject.remove(self.sim, name)
            self._created_twice -= 1  # the first one was no object to have

    def owns(self) -> None:
        """What was adopted is made ours: from now on the program says all of it, without `adopt`."""
        self._adopt = False

    def refused(self, text: str) -> str:
        """The error that a run ended with for this resource."""
        return next((one for one in self._said(text).splitlines() if one.startswith("error: ")), "")

    def _said(self, text: str) -> str:
        """The errors and warnings about it, each in one line."""
        message = rf"(?:error|warning): .*connection {self.name}b?\).*(?:\n      .*)*"
        return "\n".join(re.sub(r"\s*\n\s*", " ", found) for found in re.findall(message, text))

    def ids(self, state: Mapping[str, list[str]]) -> list[str]:
        """The ids that state has for its entries."""
        return [id for name in (self.name, self.other) for id in state.get(name, [])]

    def compare(self, ids: list[str]) -> None:
        """Counts by what the state and the server hold at this moment."""
        held = [id for id in self._held() if id not in self._installed]
        row = self.row
        row.orphans = max(row.orphans, len(set(held) - set(ids)))
        row.ghosts = max(row.ghosts, len(set(ids) - set(held)) + len(ids) - len(set(ids)))
        row.duplicates = max(row.duplicates, len(held) - 1, self._created_twice)

    def repaired(self, ids: list[str], text: str, writes: bool) -> None:
        """Judges the last run, which was to find nothing to do."""
        problem = self.refused(text) or ("the last run still had something to change" if writes else "")
        if not problem and len(ids) != bool(self.operation.after):
            problem = f"state has {len(ids)} of it"
        if not problem and self.operation.after and not self._password_works():
            problem = "the server has another password"
        if problem:
            self.row.unrepaired = 1
            self.row.notes.append(problem)

    def _password_works(self) -> bool:
        account = self.subject.account
        if not account or self.operation.after == "changed":  # disabled, on some
            return True
        if self.operation.after == "renamed" and account == self.subject.key:
            account = self.subject.other_key
        return self.sim.can_login(self.product, account, self.subject.secret_of(self._arguments(self.operation.after)))

    def leaks(self, stack: Stack) -> None:
        """Looks for every secret, in what was printed, in the project's files and in the server's log."""
        self.hear()
        login = self.sim.password(self.product)
        basic = base64.b64encode(f"{self.sim.username(self.product)}:{login}".encode()).decode()
        secrets = [login, basic, *map(self._password, ("first", "rotated", "found"))]
        places = {"the terminal": "\n".join(stack.said), "the server's log": repr(self._log), **stack.files()}
        found = [place for place, text in places.items() for one in secrets if one in text]
        self.row.leaks = len(found)
        self.row.notes += [f"a secret is in {place}" for place in found]
