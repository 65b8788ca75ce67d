"""The bench runs and says what it found; its plain requests are those that our resources send."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.bench import hcl
from tests.bench.alone import verdicts
from tests.bench.bare import CLIENTS
from tests.bench.measure import CONCURRENCY, Measure
from tests.bench.objects import PRODUCTS, Product
from tests.bench.servers import kind_of
from tests.bench.stack import ALONE
from tests.conftest import StartSimulator
from veeam_pulumi.products import resources, sessions
from veeam_pulumi.resource import lifecycle
from veeam_pulumi.server.connections import Connections
from veeam_pulumi.simulator import Simulator
from veeam_pulumi.simulator.knobs import parse_pairs

ROOT = Path(__file__).parents[1]
Request = tuple[str, tuple[tuple[str, str], ...], str]


def bench(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.bench", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=180)


def test_one_object_of_one_product(tmp_path: Path) -> None:
    file = tmp_path / "new" / "bench.json"
    done = bench("--products", "aws", "--sizes", "1", "--out", str(file))
    assert done.returncode == 0, done.stderr
    assert "aws x 1, nothing: create" in done.stderr  # progress, where there is no terminal
    assert [line.split()[-2:] for line in done.stdout.splitlines() if " destroy " in line] == [["4", "4.00"]]

    found = json.loads(file.read_text())
    assert {"date", "python", "platform", "cores", "versions", "concurrency"} <= found.keys()
    create, noop, refresh, destroy = found["measures"]
    assert [one["operation"] for one in found["measures"]] == ["create", "no-op up", "refresh", "destroy"]
    assert create["requests_by_kind"]["ours"]["POST /api/v1/users"] == 1
    assert noop["requests"] == {"ours": 0}
    assert refresh["requests"] == {"ours": 4, "bare": 4}
    assert destroy["requests_by_kind"]["ours"] == destroy["requests_by_kind"]["bare"]
    for one in found["measures"]:
        seconds = one["seconds"]
        assert one["ours_over_nothing"] == pytest.approx(seconds["ours"] / seconds["nothing"], rel=0.01)


def test_the_engine_alone(tmp_path: Path) -> None:
    file = tmp_path / "bench.json"
    done = bench("--products", "engine", "--sizes", "1,4", "--out", str(file))
    assert done.returncode == 0, done.stderr
    assert "engine: 4 objects against 1" in " ".join(done.stdout.split())
    found = [(one["objects"], one["operation"]) for one in json.loads(file.read_text())["measures"]]
    assert found == [(size, name) for size in (1, 4) for name in ALONE]


def test_a_roster_over_all_products(tmp_path: Path) -> None:
    file = tmp_path / "bench.json"
    done = bench("--products", "roster", "--entries", "8", "--out", str(file))
    assert done.returncode == 0, done.stderr
    preview, up, noop = json.loads(file.read_text())["measures"]
    assert [(one["operation"], one["objects"]) for one in (preview, up, noop)] == [
        ("preview", 8), ("up", 8), ("no-op up", 8),
    ]  # fmt: skip
    assert (preview["requests"], noop["requests"]) == ({"ours": 0}, {"ours": 0})
    created = {kind: sent for kind, sent in up["requests_by_kind"]["ours"].items() if "POST" in kind}
    paths = ("aws POST /api/v1/users", "em POST /api/backupServers", "vbr POST /api/v1/security/users")
    assert [created[path] for path in (*paths, "vspc POST /api/v3/users")] == [2, 2, 2, 2]


def test_who_reads_many_servers(tmp_path: Path) -> None:
    file = tmp_path / "bench.json"
    done = bench("--products", "who", "--accounts", "300", "--out", str(file))
    assert done.returncode == 0, done.stderr
    read, page = json.loads(file.read_text())["measures"]
    assert [(one["operation"], one["objects"]) for one in (read, page)] == [("read", 300), ("page", 300)]
    # Of three servers: which dialect, and one page.
    assert read["requests_by_kind"]["ours"]["GET /api/v1/security/users"] == 3 * 2
    assert page["requests"] == {}


def test_taking_over_an_estate(tmp_path: Path) -> None:
    """Pages, and a constant for each server."""
    file = tmp_path / "bench.json"
    done = bench("--products", "estate", "--taken", "40", "--out", str(file))
    assert done.returncode == 0, done.stderr
    found = json.loads(file.read_text())["measures"]
    assert [(one["operation"], one["objects"], one["requests"]["ours"]) for one in found] == [
        ("discover", 40, 20 * 12), ("discover --out", 40, 20 * 18),
    ]  # fmt: skip


@pytest.mark.skipif(hcl.BINARY is None, reason="there is neither terraform nor tofu on PATH")
def test_terraform(tmp_path: Path) -> None:
    file = tmp_path / "bench.json"
    done = bench("--products", "terraform", "--sizes", "2", "--out", str(file))
    assert done.returncode == 0, done.stderr
    measures = json.loads(file.read_text())["measures"]
    found, processor = measures[: len(hcl.OPERATIONS)], measures[len(hcl.OPERATIONS) :]
    assert [one["operation"] for one in found] == [*hcl.OPERATIONS]
    assert [one["operation"] for one in processor] == [f"{name}, CPU" for name in hcl.PROCESSOR]
    _, plan, apply, noop, data, destroy = found
    assert plan["requests"] == {"ours": 0}
    assert apply["requests_by_kind"]["ours"]["POST /api/v1/security/users"] == 2
    assert not [kind for kind in noop["requests_by_kind"]["ours"] if "users" in kind and not kind.startswith("GET")]
    assert destroy["requests_by_kind"]["ours"]["DELETE /api/v1/security/users/*"] == 2
    assert data["requests_by_kind"]["ours"]["GET /api/v1/security/users"] >= 1
    assert all(one["seconds"].keys() == {"ours", "nothing"} for one in found)


def test_where_terraform_is_missing_the_bench_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    done = bench("--products", "terraform", "--sizes", "1", "--out", str(tmp_path / "bench.json"))
    assert (done.returncode, done.stdout.strip()) == (0, hcl.MISSING)


def test_an_engine_that_gets_slower_with_every_object() -> None:
    rows = [Measure("engine", size, "create", {"nothing": seconds}) for size, seconds in ((100, 1.0), (1000, 20.5))]
    (said,), slow = verdicts(rows)
    assert said.endswith("create 20.5; at most 20.")
    assert slow == ["create of 1000 took 20.5 times as long as of 100"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--products", "azure"), "known ones: engine, aws, "),
        (("--sizes", "0"), "from 1"),
    ],
)
def test_what_cannot_be_measured(words: tuple[str, str], said: str) -> None:
    done = bench(*words)
    assert done.returncode == 2
    assert said in " ".join(done.stderr.replace("│", " ").split())  # however it is wrapped


@pytest.mark.parametrize("product", [PRODUCTS[name] for name in CLIENTS], ids=list(CLIENTS))
def test_plain_requests_are_those_of_our_resources(simulator: StartSimulator, product: Product) -> None:
    sim = simulator(parse_pairs(product.knobs), products=(product.connection,))
    settings, objects = sim.connections(), product.objects(2)
    resource, made = resources()[product.resource], list[tuple[str, dict[str, Any]]]()
    ours = list[Counter[Request]]()

    for operation in ("create", "read", "delete"):
        connections = Connections(settings, sessions=sessions(), warn=print, environ={})
        if operation == "create":
            made = [lifecycle.create(resource, connections, resource.check(one)[0]) for one in objects.values()]
        for id, state in made:
            if operation == "read":
                assert lifecycle.read(resource, connections, id, state) == state
            elif operation == "delete":
                lifecycle.delete(resource, connections, id, state)
        connections.close()
        ours.append(requests(sim))

    client, bare = CLIENTS[product.name], list[Counter[Request]]()
    with client(settings[product.name], 1) as server:
        ids = server.create_all(objects)
    bare.append(requests(sim))
    with client(settings[product.name], 1) as server:
        server.read_all(ids)
    bare.append(requests(sim))
    with client(settings[product.name], 1) as server:
        server.delete_all(ids)
    bare.append(requests(sim))
    assert bare == ours


def _cost(simulator: StartSimulator, product: Product, count: int, operation: str) -> int:
    """What a process sends for an operation on so many objects, from its login to its logout."""
    sim = simulator(parse_pairs(product.knobs), products=(product.connection,))
    resource, made = resources()[product.resource], list[tuple[str, dict[str, Any]]]()
    for one in ("create", "refresh"):
        connections = Connections(sim.connections(), sessions=sessions(), warn=print, environ={})
        if one == "create":
            inputs = [resource.check(arguments)[0] for arguments in product.objects(count).values()]
            with ThreadPoolExecutor(CONCURRENCY) as threads:  # as in a provider process
                made = list(threads.map(partial(lifecycle.create, resource, connections), inputs))
        else:
            with ThreadPoolExecutor(CONCURRENCY) as threads:
                seen = list(threads.map(partial(lifecycle.read, resource, connections), *zip(*made, strict=True)))
            assert seen == [state for _, state in made]
        connections.close()
        sent = len(sim.requests())
        sim.clear_requests()
        if one == operation:
            return sent
    raise AssertionError(operation)


CREATED = {
    "em": 3,
    "em.Account": 7,
    "m365.RestoreRole": 10,
    "vbr.ManagedServer": 3,
    "vbr.Role": 6,
    "vspc.ApiKey": 2,
    "vspc.Company": 4,
}
"""Requests for each object. Enterprise Manager answers an account's create with nothing: it is looked for in a list,
and its roles and scopes are lists of their own. So are a custom role's permissions, and what a restore operator role
is about. The mark of an API key's create is taken off again. A managed server has a session, and is read when that
ends. A company's claims are set apart from it, and read as its organization is."""
ASKED = {"em.Account": 2, "m365.RestoreRole": 4, "vbr.ManagedServer": 1, "vbr.Role": 2, "vspc.Company": 1}
"""What no list shows: an account's roles and its scopes, a role's scopes and its permissions, what a
host presents, a company's claims."""


@pytest.mark.parametrize("product", PRODUCTS.values(), ids=list(PRODUCTS))
def test_what_a_create_costs(simulator: StartSimulator, product: Product) -> None:
    """Counts, not times: with login and logout, and what is asked once."""
    each = CREATED.get(product.name, 1)
    fixed = _cost(simulator, product, 5, "create") - each * 5
    assert fixed <= 10
    assert _cost(simulator, product, 20, "create") == each * 20 + fixed  # nothing more for each, and nothing quadratic


@pytest.mark.parametrize("count", [1, 20])
@pytest.mark.parametrize("product", PRODUCTS.values(), ids=list(PRODUCTS))
def test_what_a_refresh_costs(simulator: StartSimulator, product: Product, count: int) -> None:
    """One page of a list and a constant; those of many pages are in tests/products/test_many.py."""
    assert _cost(simulator, product, count, "refresh") <= 1 + count * ASKED.get(product.name, 0) + 5


def requests(sim: Simulator) -> Counter[Request]:
    """What was sent since the last time: kind, query, body."""
    log = sim.requests()
    sim.clear_requests()
    return Counter(
        (kind_of(one.method, one.path), tuple(sorted(one.query.items())), json.dumps(one.body, sort_keys=True))
        for one in log
    )
