"""Many objects at once: what they cost in requests, and what a shared list must never be believed."""

from __future__ import annotations

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.products.conftest import Servers, ServersOf
from tests.specimens import (
    ALL,
    AWS,
    EM_ACCOUNT,
    EM_SERVER,
    M365_ROLE,
    VBR_ROLE,
    VBR_SERVER,
    VBR_USER,
    VBR_USER_OLD,
    Specimen,
)  # fmt: skip
from veeam_pulumi.errors import AlreadyExists, Protected, VeeamError
from veeam_pulumi.products import resources
from veeam_pulumi.resource.fields import State

LIST, ONE = "list", "one"
GUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
ASKED = {"vbr.ManagedServer": 1, "vspc.Company": 1}
"""What a list does not tell, in requests for each: what a host presents, a company's claims."""


PASSWORD = "Canary-Passw0rd-many"
FORMS = [one for one in ALL if one.form not in ("async", "disabled") and not one.alike and resources()[one.kind].listed]
EVERY = pytest.mark.parametrize("kind", FORMS, ids=[one.label for one in FORMS])
IN_LISTS = [one for one in FORMS if one is not EM_SERVER]
"""EM looks for each by a query."""


def named(kind: Specimen, number: int) -> str:
    return kind.numbered.format(f"user{number}")


def inputs(kind: Specimen, number: int) -> dict[str, Any]:
    return kind.called(f"user{number}", PASSWORD)


def start(servers: ServersOf, kind: Specimen, number: int = 0, **settings: Any) -> tuple[Servers, dict[str, State]]:
    """Servers with so many objects -> (them, the state of each by id), nothing looked at yet."""
    found = servers(kind.kind, kind.knobs, **settings)
    for count in range(number):
        kind.add(found.sim, PASSWORD, named(kind, count))
    ids = {str(row[kind.title]): id for id, row in kind.held(found.sim).items()}
    server = found.sim.url(kind.product).removeprefix("https://")
    states = {}
    for count in range(number):
        state = {**inputs(kind, count), "connection": kind.product, "server": server, "schema": 1}
        states[ids[named(kind, count)]] = {**state, "adopted": False}
    found.forget()
    return found, states


def asked(servers: Servers, kind: Specimen) -> Counter[str]:
    """How often the list was read (each page), and how often single objects."""
    paths = [one.path for one in servers.sim.requests(servers.product, method="GET")]
    reads = [path for path in paths if path.startswith(kind.collection) and not path.endswith("isFirstLogin")]
    return Counter(LIST if path == kind.collection else ONE for path in reads)


@EVERY
def test_reading_many_costs_the_pages_of_the_list(servers: ServersOf, kind: Specimen) -> None:
    each = ASKED.get(kind.kind, 0)
    number = 60 if each else 300  # which is no less to see where each is asked for
    many, states = start(servers, kind, number)
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda id: many.read(id, states[id]), states))
    assert [one[kind.name] for one in found if one] == [named(kind, count) for count in range(number)]
    cost = asked(many, kind)
    assert cost[ONE] == 0
    assert cost[LIST] <= 4 + 1  # pages of 100 or 200; the question which dialect this is
    many.connections.close()
    assert len(many.sim.requests(many.product)) <= 300 / 100 + each * number + 5  # login, revision, dialect, logout


@pytest.mark.parametrize(
    ("kind", "number"),
    [(one, 300 if one is VBR_USER else 40) for one in IN_LISTS],
    ids=[one.label for one in IN_LISTS],
)
def test_the_looks_before_creating_many_cost_a_list(servers: ServersOf, kind: Specimen, number: int) -> None:
    many, _ = start(servers, kind)
    with ThreadPoolExecutor(4) as threads:
        wanted = [inputs(kind, count) for count in range(number)]
        made = list(threads.map(lambda one: many.create(**one), wanted))
    assert len({id for id, _ in made}) == number
    reads = asked(many, kind)
    # The first user of Backup & Replication is read back, and every managed server when its session ends.
    assert reads[ONE] <= (number if kind is VBR_SERVER else 1)
    assert reads[LIST] <= 2
    once = [one.path for one in many.sim.requests(many.product) if one.path.endswith(("/roles", "/token", "Time"))]
    assert len(once) <= 6  # the login, the revision, the roles: what is asked once, not what each costs


def test_a_huge_server_is_not_read_through_for_a_few(servers: ServersOf) -> None:
    many, states = start(servers, VBR_USER, 60)
    many.sim.set(**{"vbr.page_size": 2})  # as many pages as a server with thousands of users has
    few = list(states)[:20]
    assert all(many.read(id, states[id]) for id in few)
    assert sum(asked(many, VBR_USER).values()) <= 2 * 20 + 1


EACH = {
    EM_ACCOUNT.kind: {
        "read": {"GET {}/ID": 1, "GET {}/ID/roles": 1},
        "create": {
            "GET {}": 3,  # is it there, is another spelling of it there, which id has it now
            "GET /api/security/roles": 1,
            "POST {}": 1,
            "GET {}/ID": 1,
            "GET {}/ID/roles": 1,
        },
        "delete": {"DELETE {}/ID": 1},
    },
    VBR_ROLE.kind: {
        "read": {"GET {}/ID": 1, "GET {}/ID/details": 1, "GET {}/ID/permissions": 1},
        "create": {
            "GET {}": 4,  # is it there, does a built-in role have the name: two pages of 200 each
            "GET /api/v1/security/restoreOptions": 1,
            "POST {}": 1,
            "GET {}/ID/details": 1,
            "GET {}/ID/permissions": 1,
        },
        "delete": {"GET /api/v1/security/users": 1, "DELETE {}/ID": 1},  # does anybody hold it
    },
    M365_ROLE.kind: {
        "read": {"GET {}/ID": 1, "GET {}/ID/operators": 1, "GET {}/ID/selectedItems": 1, "GET {}/ID/excludedItems": 1},
        "create": {
            "GET /v8/Organizations/ID/RbacRoles": 1,
            "GET /v8/Organizations/ID/Users": 1,
            "GET /v8/Organizations/ID/Groups": 2,
            "GET /v8/Organizations/ID/Sites": 1,
            "POST /v8/Organizations/ID/RbacRoles": 1,
            "GET {}/ID": 1,
            "GET {}/ID/operators": 1,
            "GET {}/ID/selectedItems": 1,
            "GET {}/ID/excludedItems": 1,
        },
        "delete": {"DELETE {}/ID": 1},
    },
}
"""What no list tells whole: the requests that each object costs, `{}` being its collection."""
ONCE = {
    "em": {"POST /api/sessionMngr/": 1},
    "m365": {"POST /v8/token": 1, "GET /v8/ServiceInstance": 1, "GET /v8/Organizations": 1},
    "vbr": {"GET /api/v1/serverTime": 1, "POST /api/oauth2/token": 1, "GET /api/v1/security/users": 1},
}
"""What a run costs, however many there are."""


@pytest.mark.parametrize("kind", [EM_ACCOUNT, VBR_ROLE, M365_ROLE], ids=lambda one: one.label)
def test_what_no_list_tells_whole_costs_a_fixed_number_for_each(servers: ServersOf, kind: Specimen) -> None:
    many, states = start(servers, kind, 300)  # of which a few are read: each costs the same
    below = "/v8/RbacRoles" if kind is M365_ROLE else kind.collection

    def cost(number: int, operation: str, once: dict[str, int]) -> None:
        seen = Counter(f"{one.method} {re.sub(GUID, 'ID', one.path)}" for one in many.sim.requests(many.product))
        each = {what.format(below): count * number for what, count in EACH[kind.kind][operation].items()}
        assert seen == Counter(each) + Counter(once)
        many.forget()

    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda id: many.read(id, states[id]), list(states)[:40]))
        assert [one[kind.name] for one in found if one] == [named(kind, number) for number in range(40)]
        cost(40, "read", ONCE[kind.product])
        wanted = [inputs(kind, number) for number in range(300, 312)]
        made = list(threads.map(lambda one: many.create(**one), wanted))
        cost(12, "create", {})
        for id, state in made[:6]:
            many.delete(id, state)
        cost(6, "delete", {})


@EVERY
def test_missing_rows_are_confirmed_one_by_one(servers: ServersOf, kind: Specimen) -> None:
    many, states = start(servers, kind, 40)
    gone = [named(kind, number) for number in (20, 30)]
    for name in gone:
        kind.remove(many.sim, name)
    seen = {states[id][kind.name]: many.read(id, states[id]) for id in states}
    assert [name for name, state in seen.items() if state is None] == gone
    proof = 2 * len(gone) if kind.kind == "vspc.User" else 0  # who it is logged in as, and whose user it was
    assert asked(many, kind)[ONE] <= len(gone) + proof


@EVERY
def test_a_missing_row_that_a_proxy_confirms_is_not_gone(servers: ServersOf, kind: Specimen) -> None:
    many, states = start(servers, kind, 12)
    last = list(states)[-1]
    kind.remove(many.sim, named(kind, 11))
    for id in list(states)[:-1]:
        assert many.read(id, states[id])
    if kind.reads:
        many.sim.fault(many.product, "html", method="GET", path=kind.reads, status=404, times=0)
    elif kind in (EM_SERVER, AWS):  # whose lists are asked too
        many.sim.fault(many.product, "html", method="GET", path=f"{kind.collection}*", status=404, times=0)
    else:
        many.sim.fault(many.product, "html", method="GET", path=f"{kind.collection}/*", status=404, times=0)
    with pytest.raises(VeeamError, match="404 and an HTML page"):
        many.read(last, states[last])


@pytest.mark.parametrize("kind", [VBR_USER, VBR_USER_OLD], ids=["vbr security", "vbr users"])
def test_another_form_of_a_name_that_this_run_created_is_seen(servers: ServersOf, kind: Specimen) -> None:
    many, _ = start(servers, kind)
    many.create(**kind.called("bea"))
    many.create(**kind.called("ada"))
    with pytest.raises(AlreadyExists, match="it exists already"):
        many.create(**kind.inputs(name="tech\\ADA"))
    assert [method for method, _, _ in many.writes()] == ["POST", "POST"]
    # Whether another form of the name is the same account, the server knows alone: it refuses, and is looked at.
    with pytest.raises(AlreadyExists, match="seems to be the same account"):
        many.create(**kind.inputs(name="ada@tech.local"))
    assert [name for name in many.names() if "ada" in name.lower()] == ["TECH\\ada"]


@pytest.mark.parametrize("kind", IN_LISTS, ids=[one.label for one in IN_LISTS])
def test_what_this_run_replaces_is_not_in_the_way(servers: ServersOf, kind: Specimen) -> None:
    many, states = start(servers, kind, 12)
    for id in states:
        many.read(id, states[id])
    ids = set()
    for number, (id, state) in enumerate(states.items()):
        many.delete(id, state)
        ids.add(many.create(**inputs(kind, number))[0])
    assert len(ids) == 12


@EVERY
def test_one_object_twice_in_one_program(servers: ServersOf, kind: Specimen) -> None:
    many, _ = start(servers, kind)
    wanted = inputs(kind, 1)

    def create(_: int) -> str:
        try:
            return many.create(**wanted)[0]
        except AlreadyExists:
            return ""

    with ThreadPoolExecutor(4) as threads:
        made = [id for id in threads.map(create, range(4)) if id]
    assert len(made) == 1
    assert [path for method, path, _ in many.writes() if method == "POST"] == [kind.collection]


@EVERY
def test_thirty_are_deleted_in_two_runs(servers: ServersOf, kind: Specimen) -> None:
    many, states = start(servers, kind, 30)
    before = len(kind.held(many.sim))

    def delete(id: str) -> bool:
        try:
            many.delete(id, states[id])
        except Protected as error:
            assert "this run has deleted 25 objects on this connection" in str(error)
            return False
        return True

    with ThreadPoolExecutor(4) as threads:
        deleted = list(threads.map(delete, states))
    assert (deleted.count(True), deleted.count(False)) == (25, 5)
    assert [method for method, _, _ in many.writes()] == ["DELETE"] * 25
    assert len(kind.held(many.sim)) == before - 25
    many.connect()
    assert all(map(delete, states))
    assert len(kind.held(many.sim)) == before - 30
