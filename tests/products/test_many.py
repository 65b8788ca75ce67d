"""Many objects at once: what they cost in requests, and what a shared list must never be believed."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.products.conftest import Servers, ServersOf
from veeam_pulumi.errors import AlreadyExists, Protected, VeeamError
from veeam_pulumi.products import resources
from veeam_pulumi.resource.fields import State
from veeam_pulumi.simulator.vspc import seeds

LIST, ONE = "list", "one"


@dataclass(frozen=True)
class Kind:
    """A kind of object that there are many of."""

    kind: str
    collection: str
    found: dict[str, Any]
    """What the server holds of each."""
    inputs: dict[str, Any]
    name: str = "name"
    id: str = "id"
    prefix: str = "user"
    rows: str = "users"
    knobs: dict[str, str] = field(default_factory=dict)

    def named(self, number: int) -> str:
        return f"{self.prefix}{number}"


AWS = Kind("aws.User", "/api/v1/users", {"password": "Administrator1"}, {"password": "Administrator1"}, id="name")
SECURITY = Kind(
    "vbr.User", "/api/v1/security/users", {"roles": ["Veeam Backup Viewer"]}, {"roles": ["Veeam Backup Viewer"]},
    prefix="TECH\\user",
)  # fmt: skip
USERS = Kind(
    "vbr.User", "/api/v1/users", {"roles": ["Veeam Backup Viewer"]}, {"roles": ["Veeam Backup Viewer"]},
    prefix="TECH\\user", knobs={"vbr.dialect": "users"},
)  # fmt: skip
VSPC = Kind(
    "vspc.User", "/api/v3/users", {"password": "Canary-Passw0rd-many", "role": "CompanyLocationUser"},
    {"organization_uid": seeds.ALPHA, "password": "Canary-Passw0rd-many", "role": "CompanyLocationUser", "profile": {}},
    name="user_name", id="instanceUid",
)  # fmt: skip
EM = Kind(
    "em.BackupServer", "/api/backupServers", {"username": "V\\A", "password": "Canary-Passw0rd-many"},
    {"username": "V\\A", "password": "Canary-Passw0rd-many"}, name="dns_name_or_ip_address", id="uid", prefix="10.0.0.",
    rows="servers",
)  # fmt: skip
KINDS = {"aws": AWS, "vbr security": SECURITY, "vbr users": USERS, "vspc": VSPC, "em": EM}
EVERY = pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))


def start(servers: ServersOf, kind: Kind, number: int = 0, **settings: Any) -> tuple[Servers, dict[str, State]]:
    """Servers with so many objects -> (them, the state of each by id), nothing looked at yet."""
    found = servers(kind.kind, kind.knobs, **settings)
    product = resources()[kind.kind].product
    values = {**kind.found, **({"organizationUid": seeds.ALPHA} if product == "vspc" else {})}
    for count in range(number):
        found.sim.drift(product, "add", kind.named(count), values)
    rows = found.sim.objects(product)[kind.rows]
    ids = {str(row.get("name") or row.get("userName") or row.get("username")): str(row[kind.id]) for row in rows}
    server = found.sim.url(product).removeprefix("https://")
    states = {}
    for count in range(number):
        state = {**kind.inputs, kind.name: kind.named(count), "connection": product, "server": server, "schema": 1}
        states[ids[kind.named(count)].rpartition(":")[2]] = {**state, "adopted": False}
    found.forget()
    return found, states


def asked(servers: Servers, kind: Kind) -> Counter[str]:
    """How often the list was read (each page), and how often single objects."""
    paths = [one.path for one in servers.sim.requests(servers.product, method="GET")]
    reads = [path for path in paths if path.startswith(kind.collection) and not path.endswith("isFirstLogin")]
    return Counter(LIST if path == kind.collection else ONE for path in reads)


@EVERY
def test_reading_three_hundred_costs_eight_and_the_pages_of_the_list(servers: ServersOf, kind: Kind) -> None:
    many, states = start(servers, kind, 300)
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda id: many.read(id, states[id]), states))
    assert [one[kind.name] for one in found if one] == [kind.named(number) for number in range(300)]
    cost = asked(many, kind)
    assert cost[ONE] == 8
    assert cost[LIST] <= 4  # a page or two; the question which dialect this is
    assert len(many.sim.requests(many.product)) <= 8 + 4 + 4  # login, revision


@pytest.mark.parametrize(
    ("kind", "number"),
    [(AWS, 40), (SECURITY, 300), (USERS, 40), (VSPC, 40)],
    ids=["aws", "vbr security", "vbr users", "vspc"],
)
def test_the_looks_before_creating_many_cost_as_little(servers: ServersOf, kind: Kind, number: int) -> None:
    many, _ = start(servers, kind)
    with ThreadPoolExecutor(4) as threads:
        inputs = [{**kind.inputs, kind.name: kind.named(count)} for count in range(number)]
        made = list(threads.map(lambda one: many.create(**one), inputs))
    assert len({id for id, _ in made}) == number
    reads = asked(many, kind)
    read_back = 0 if kind is AWS else number  # its answer to POST has it all
    assert reads[ONE] <= read_back + 8
    assert reads[LIST] <= 12
    once = [one.path for one in many.sim.requests(many.product) if one.path.endswith(("/roles", "/token", "Time"))]
    assert len(once) <= 6  # the login, the revision, the roles: what is asked once, not what each costs


def test_a_huge_server_is_not_read_through_for_a_few(servers: ServersOf) -> None:
    many, states = start(servers, SECURITY, 60)
    many.sim.set(**{"vbr.page_size": 2})  # as many pages as a server with thousands of users has
    few = list(states)[:20]
    assert all(many.read(id, states[id]) for id in few)
    assert asked(many, SECURITY) == {ONE: 20, LIST: 2}  # the first page; and which dialect this is


@EVERY
def test_missing_rows_are_confirmed_one_by_one(servers: ServersOf, kind: Kind) -> None:
    many, states = start(servers, kind, 40)
    gone = [kind.named(number) for number in (20, 30)]
    for name in gone:
        many.sim.drift(many.product, "delete", name)
    seen = {states[id][kind.name]: many.read(id, states[id]) for id in states}
    assert [name for name, state in seen.items() if state is None] == gone
    assert asked(many, kind)[ONE] == 8 + 2


@EVERY
def test_a_missing_row_that_a_proxy_confirms_is_not_gone(servers: ServersOf, kind: Kind) -> None:
    many, states = start(servers, kind, 12)
    last = list(states)[-1]
    many.sim.drift(many.product, "delete", kind.named(11))
    for id in list(states)[:-1]:
        assert many.read(id, states[id])
    if kind is EM:
        many.sim.fault("em", "html", method="GET", path=f"{kind.collection}*", status=404, times=0)
    else:
        many.sim.fault(many.product, "html", method="GET", path=f"{kind.collection}/*", status=404, times=0)
    with pytest.raises(VeeamError, match="404 and an HTML page"):
        many.read(last, states[last])


@pytest.mark.parametrize("kind", [SECURITY, USERS], ids=["vbr security", "vbr users"])
def test_another_form_of_a_name_that_this_run_created_is_seen(servers: ServersOf, kind: Kind) -> None:
    many, _ = start(servers, kind)
    many.create(**kind.inputs, name="TECH\\bea")
    many.create(**kind.inputs, name="TECH\\ada")
    for name in ("ada@tech.local", "tech\\ADA"):
        with pytest.raises(AlreadyExists, match="it exists already"):
            many.create(**kind.inputs, name=name)
    assert [method for method, _, _ in many.writes()] == ["POST", "POST"]


@pytest.mark.parametrize("kind", [AWS, SECURITY, USERS, VSPC], ids=["aws", "vbr security", "vbr users", "vspc"])
def test_what_this_run_replaces_is_not_in_the_way(servers: ServersOf, kind: Kind) -> None:
    many, states = start(servers, kind, 12)
    for id in states:
        many.read(id, states[id])
    ids = set()
    for number, (id, state) in enumerate(states.items()):
        many.delete(id, state)
        ids.add(many.create(**kind.inputs, **{kind.name: kind.named(number)})[0])
    assert len(ids) == 12


@EVERY
def test_one_object_twice_in_one_program(servers: ServersOf, kind: Kind) -> None:
    many, _ = start(servers, kind)
    inputs = {**kind.inputs, kind.name: kind.named(1)}

    def create(_: int) -> str:
        try:
            return many.create(**inputs)[0]
        except AlreadyExists:
            return ""

    with ThreadPoolExecutor(4) as threads:
        made = [id for id in threads.map(create, range(4)) if id]
    assert len(made) == 1
    assert [path for method, path, _ in many.writes() if method == "POST"] == [kind.collection]


@EVERY
def test_thirty_are_deleted_in_two_runs(servers: ServersOf, kind: Kind) -> None:
    many, states = start(servers, kind, 30)
    before = len(many.sim.objects(many.product)[kind.rows])

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
    assert len(many.sim.objects(many.product)[kind.rows]) == before - 25
    many.connect()
    assert all(map(delete, states))
    assert len(many.sim.objects(many.product)[kind.rows]) == before - 30
