"""Service Provider Console: answers that come later, and requests that are repeated."""

from __future__ import annotations

import uuid
from typing import Any

import httpx
import pytest

from tests.simulator.conftest import Connect, log_in
from tests.simulator.test_vspc import API, USERS, add, error, names, spec
from veeam_pulumi.simulator import Simulator
from veeam_pulumi.simulator.vspc import seeds

ID = "ba547d14-c556-42bb-b85c-eeeb16e2f5e7"
ACTIONS = f"{API}/asyncActions"
ACTION = f"{ACTIONS}/{ID}"


def begin(vspc: httpx.Client, id_: str = ID, **changes: Any) -> httpx.Response:
    response = vspc.post(USERS, json=spec(**changes), headers={"X-Request-id": id_})
    assert (response.status_code, response.content) == (202, b"")
    return response


def states(vspc: httpx.Client, times: int, path: str = ACTION) -> list[str]:
    return [vspc.get(path).json()["data"]["status"] for _ in range(times)]


def test_202_leads_to_an_action_and_the_action_to_the_result(sim: Simulator, vspc: httpx.Client) -> None:
    sim.set(**{"vspc.async": "writes", "vspc.async_latency": 2})
    assert begin(vspc).headers["location"] == f"{sim.url('vspc')}{ACTION}"
    assert sim.lookup("vspc", "s.smith") is None, "nothing has happened yet"
    assert error(vspc.get(f"{ACTION}/result"))["code"] == 1000
    assert states(vspc, 3) == ["running", "running", "succeed"]
    assert vspc.get(f"{ACTION}/result").json() == {"data": sim.lookup("vspc", "s.smith")}
    assert names(vspc.get(USERS, params={"limit": 500}))[-1] == "s.smith", "reads are answered directly"


def test_an_action_goes_on_while_somebody_looks_elsewhere_or_a_minute_passes(
    sim: Simulator, vspc: httpx.Client
) -> None:
    sim.set(**{"vspc.async": "writes"})
    begin(vspc)
    assert [names(vspc.get(USERS, params={"limit": 500})).count("s.smith") for _ in range(2)] == [0, 1]

    jones = {"userName": "s.jones", "password": "Password1"}
    begin(vspc, str(uuid.uuid4()), credentials=jones)
    sim.advance(60)
    assert "s.jones" in [user["userName"] for user in sim.objects("vspc")["users"]], "without any request"


def test_an_action_shows_what_was_asked_for(sim: Simulator, vspc: httpx.Client) -> None:
    sim.set(**{"vspc.async": "writes"})
    begin(vspc)
    assert vspc.get(ACTION).json()["data"] == {
        "id": ID,
        "initiatorUid": seeds.ADMIN_UID,
        "actionName": "CreateUser",
        "status": "running",
        "queryParameters": {},
        "requestBody": spec(),
    }
    assert vspc.get(f"{ACTIONS}/config").json() == {"data": {"resultRetentionTime": 300}}
    kept = repr(sim.requests()) + repr(sim.objects("vspc"))
    assert "Password1" not in kept, "only the API itself answers with it"


def test_reads_too_and_without_waiting(sim: Simulator, vspc: httpx.Client) -> None:
    sim.set(**{"vspc.async": "all", "vspc.async_latency": 0})
    first = vspc.get(USERS, params=[("limit", "1"), ("offset", "0")])
    assert first.status_code == 202
    action = vspc.get(first.headers["location"]).json()["data"]
    assert (action["status"], action["queryParameters"]) == ("succeed", {"limit": ["1"], "offset": ["0"]})
    listed = vspc.get(f"{first.headers['location']}/result").json()
    assert (listed["meta"]["pagingInfo"]["total"], len(listed["data"])) == (4, 1)
    begin(vspc)
    assert sim.lookup("vspc", "s.smith"), "with latency 0 the work is done before the answer"


@pytest.mark.parametrize("shape", ["enveloped", "bare"])
def test_the_shape_of_results(sim: Simulator, vspc: httpx.Client, shape: str) -> None:
    sim.set(**{"vspc.async": "all", "vspc.async_latency": 0, "vspc.result_shape": shape})
    begin(vspc)
    user, listed = sim.lookup("vspc", "s.smith"), vspc.get(USERS).headers["location"]
    assert vspc.get(f"{ACTION}/result").json() == ({"data": user} if shape == "enveloped" else user)
    assert isinstance(vspc.get(f"{listed}/result").json(), dict if shape == "enveloped" else list)


def test_a_location_may_name_a_host_that_only_the_server_knows(sim: Simulator, vspc: httpx.Client) -> None:
    sim.set(**{"vspc.async": "writes", "vspc.async_host": "foreign"})
    assert begin(vspc).headers["location"] == f"https://vspc.internal.example:1280{ACTION}"
    assert states(vspc, 2) == ["running", "succeed"]


@pytest.mark.parametrize(("end", "code"), [("failed", 500), ("canceled", 1050)])
@pytest.mark.parametrize("status", ["own", "200"])
def test_actions_that_come_to_nothing(sim: Simulator, vspc: httpx.Client, end: str, code: int, status: str) -> None:
    sim.set(**{"vspc.async": "writes", "vspc.async_result": end, "vspc.result_status": status})
    begin(vspc)
    assert states(vspc, 2) == ["running", end]
    result = vspc.get(f"{ACTION}/result")
    assert (result.status_code, error(result)["code"]) == (520 if status == "own" else 200, code)
    assert sim.lookup("vspc", "s.smith") is None


def test_what_a_direct_answer_refuses_an_action_fails_with(sim: Simulator, vspc: httpx.Client) -> None:
    add(vspc)
    sim.set(**{"vspc.async": "writes"})
    begin(vspc)
    assert states(vspc, 2) == ["running", "failed"]
    result = vspc.get(f"{ACTION}/result")
    assert (result.status_code, error(result)["code"]) == (409, 409)


def test_actions_can_be_canceled_and_results_deleted(sim: Simulator, vspc: httpx.Client) -> None:
    sim.set(**{"vspc.async": "writes"})
    begin(vspc)
    assert vspc.delete(ACTION).json() == {"errors": [], "data": {}}
    assert states(vspc, 1) == ["canceled"]
    assert error(vspc.delete(ACTION))["code"] == 1000
    assert sim.lookup("vspc", "s.smith") is None
    other = str(uuid.uuid4())
    begin(vspc, other)
    path = f"{ACTIONS}/{other}"
    assert vspc.delete(f"{path}/result").status_code == 404
    assert states(vspc, 2, path) == ["running", "succeed"]
    assert vspc.delete(f"{path}/result").json() == {"errors": [], "data": {}}
    assert vspc.get(f"{path}/result").status_code == 404
    assert [(one.method, one.path) for one in sim.requests("vspc", writes_only=True)][-1] == ("POST", USERS)


def test_results_are_kept_for_five_minutes_and_failures_for_an_hour(sim: Simulator, vspc: httpx.Client) -> None:
    sim.set(**{"vspc.async": "writes", "vspc.async_latency": 0, "vspc.refresh_life": 10, "vspc.token_life": 100_000})
    vspc.headers["authorization"] = f"Bearer {seeds.API_KEY}"
    begin(vspc)
    failed = begin(vspc, str(uuid.uuid4())).headers["location"]
    sim.advance(299)
    assert vspc.get(f"{ACTION}/result").status_code == 200
    sim.advance(2)
    assert [vspc.get(path).status_code for path in (ACTION, f"{ACTION}/result", failed)] == [404, 404, 200]
    sim.advance(3300)
    assert vspc.get(failed).status_code == 404


def test_only_who_began_an_action_sees_it(sim: Simulator, vspc: httpx.Client, connect: Connect) -> None:
    sim.set(**{"vspc.async": "writes"})
    begin(vspc)
    other = connect("vspc")
    log_in(other, "vspc", "alpha.owner", seeds.OWNER_PASSWORD)
    assert [other.get(path).status_code for path in (ACTION, f"{ACTION}/result")] == [404, 404]
    assert other.get(ACTIONS).json()["data"] == []
    assert [one["id"] for one in vspc.get(ACTIONS).json()["data"]] == [ID]


def test_a_repeated_request_is_answered_again_and_not_done_again(sim: Simulator, vspc: httpx.Client) -> None:
    headers = {"X-Request-id": ID}
    first = vspc.post(USERS, json=spec(), headers=headers)
    again = vspc.post(USERS, json=spec(), headers=headers)
    assert (again.status_code, again.json()) == (200, first.json())
    assert vspc.post(USERS, json=spec()).status_code == 409
    gone = f"{USERS}/{first.json()['data']['instanceUid']}"
    headers = {"X-Request-id": str(uuid.uuid4())}
    assert [vspc.delete(gone, headers=headers).status_code for _ in range(2)] == [200, 200]
    assert vspc.get(gone, headers=headers).status_code == 404, "reads are always fresh"
    sim.advance(301)
    assert vspc.delete(gone, headers=headers).status_code == 404
    assert vspc.post(USERS, json=spec(), headers={"X-Request-id": "one"}).status_code == 400


def test_a_lost_answer_is_safe_to_ask_for_again(sim: Simulator, vspc: httpx.Client) -> None:
    sim.fault("vspc", "reset_after", "POST", USERS)
    with pytest.raises(httpx.TransportError):
        vspc.post(USERS, json=spec(), headers={"X-Request-id": ID})
    found = vspc.post(USERS, json=spec(), headers={"X-Request-id": ID}).json()["data"]
    assert found == sim.lookup("vspc", "s.smith")


def test_a_repeated_request_leads_to_the_same_action(sim: Simulator, vspc: httpx.Client) -> None:
    sim.set(**{"vspc.async": "all"})
    assert begin(vspc).headers["location"] == begin(vspc).headers["location"]
    read = [vspc.get(USERS, headers={"X-Request-id": str(uuid.UUID(int=1))}) for _ in range(2)]
    assert read[0].headers["location"] == read[1].headers["location"]
    assert len(vspc.get(ACTIONS).json()["data"]) == 2
