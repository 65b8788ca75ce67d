"""vbr.ManagedServer against a simulated server: every type and knob, sessions that fail, hang, get lost and outlive a
restart, what hosts present, single-use secrets, servers in use."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from tests.pairs import combined
from tests.products.conftest import Servers, ServersOf
from tests.specimens import BY_LABEL, VBR_LINUX, VBR_SERVER, VBR_SINGLE_USE, VBR_WINDOWS
from veeam_pulumi.errors import (
    AlreadyExists,
    AnswerLost,
    InvalidInput,
    Protected,
    ServerRefused,
    ServerUnreachable,
    VeeamError,
)
from veeam_pulumi.products import grant
from veeam_pulumi.products.vbr import server_types
from veeam_pulumi.resource import creation, lifecycle
from veeam_pulumi.resource.fields import UNKNOWN
from veeam_pulumi.server import deadline, transport
from veeam_pulumi.simulator.vbr.hosts import fingerprint

PATH = "/api/v1/backupInfrastructure/managedServers"
HOST, LINUX, WINDOWS = VBR_SERVER.first, VBR_LINUX.first, VBR_WINDOWS.first
ONCE = VBR_SINGLE_USE.first
NAME = HOST["name"]
FORMS = [one for one in BY_LABEL.values() if one.kind == "vbr.ManagedServer"]


@pytest.fixture
def vbr(servers: ServersOf) -> Servers:
    return servers("vbr.ManagedServer")


def held(on: Servers) -> list[dict[str, Any]]:
    return on.sim.objects("vbr")["managedServers"]


def posts(on: Servers) -> list[str]:
    return [path for method, path, _ in on.writes() if method == "POST"]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[Servers], list[float]]:
    """Lets every wait of the client pass on its own clock and on the server's, at once -> the waits.

    Both clocks go on meanwhile, so that on a busy machine the waits come to some seconds less.
    """

    passed = 0.0
    real = time.monotonic
    fake = SimpleNamespace(**{**vars(time), "monotonic": lambda: real() + passed})

    def begin(on: Servers) -> list[float]:
        waits: list[float] = []

        def pause(seconds: float) -> None:
            nonlocal passed
            waits.append(seconds)
            passed += seconds
            on.sim.advance(seconds)

        for module in (deadline, transport, creation):
            monkeypatch.setattr(module, "time", fake)
        monkeypatch.setattr(transport, "PAUSE", pause)
        on.connect(deadline=1800)
        return waits

    return begin


# ---- a life


@pytest.mark.parametrize(
    ("form", "resource", "result", "build"),
    combined(
        [one.form for one in FORMS], ["finished", "at_once", "never", "session"], ["success", "warning"],
        ["13.0.0.4967", "13.0.1.180", "13.1.0.411"],
    ),
)  # fmt: skip
def test_a_life_in_every_way_of_answering(
    servers: ServersOf, form: str, resource: str, result: str, build: str
) -> None:
    (one,) = [one for one in FORMS if one.form == form]
    knobs = {"vbr.session_resource": resource, "vbr.session_result": result, "vbr.build": build}
    on = servers("vbr.ManagedServer", knobs)
    id, state = on.create(**one.first)
    assert [row["id"] for row in held(on)] == [id]
    assert on.changed(state) == set()
    assert on.read(id, state) == state
    state = on.update(id, state, **one.changed)
    assert one.of_state(state) == one.of_row(held(on)[0])
    assert on.read(id, state) == state
    on.delete(id, state)
    assert held(on) == []
    assert on.read(id, state) is None
    assert any("ended with a warning" in text for text in on.warnings) == (result == "warning")


def test_a_put_takes_back_what_was_read_with_what_changed_over_it(vbr: Servers) -> None:
    id, state = vbr.create(**WINDOWS)
    before = held(vbr)[0]
    vbr.forget()
    vbr.update(id, state, description="two")
    ((method, path, body),) = vbr.writes()
    assert (method, path) == ("PUT", f"{PATH}/{id}")
    assert body == {**before, "description": "two"}


def test_parts_that_are_left_out_stay_as_the_server_has_them(vbr: Servers) -> None:
    id, state = vbr.create(**{**WINDOWS, "network_settings": {"port_range_start": 2600}})
    assert state["network_settings"] == {"port_range_start": 2600}
    vbr.sim.drift("vbr", "update", WINDOWS["name"], {"networkSettings": {"portRangeStart": 2600, "portRangeEnd": 9999}})
    live = vbr.read(id, state)
    assert live is not None
    assert vbr.changed(live, network_settings={"port_range_start": 2600}) == set()
    vbr.update(id, live, network_settings={"port_range_start": 2700})
    assert held(vbr)[0]["networkSettings"] == {"portRangeStart": 2700, "portRangeEnd": 9999}


def test_the_same_name_may_be_two_servers_of_two_types(vbr: Servers) -> None:
    """A Hyper-V host is a Windows host too."""
    one, _ = vbr.create(**WINDOWS)
    other, _ = vbr.create(name=WINDOWS["name"], type="HvServer", credentials_id=WINDOWS["credentials_id"])
    assert one != other
    with pytest.raises(AlreadyExists, match=rf"it exists already \(id {one}\)"):
        vbr.create(**{**WINDOWS, "name": WINDOWS["name"].upper()})


def test_adopting_takes_the_server_as_it_is_and_leaves_it(vbr: Servers) -> None:
    VBR_SERVER.add(vbr.sim)
    vbr.forget()
    id, state = vbr.create(name=NAME, type="ViHost", adopt=True)
    assert (state["adopted"], vbr.writes()) == (True, [])
    vbr.delete(id, state)
    assert [row["id"] for row in held(vbr)] == [id]


# ---- what a host presents


@pytest.mark.parametrize(("said", "missing"), [(HOST, "certificate_thumbprint"), (LINUX, "ssh_fingerprint")])
def test_without_a_fingerprint_the_error_shows_what_the_host_presents_and_nothing_is_sent(
    vbr: Servers, said: dict[str, Any], missing: str
) -> None:
    inputs = {name: value for name, value in said.items() if name != missing}
    with pytest.raises(InvalidInput, match=rf"{missing} is missing; the host presents .*nothing else was sent") as told:
        vbr.create(**inputs)
    assert f'declare {missing}="{said[missing]}"' in str(told.value)
    assert vbr.writes() == []
    (asked,) = [one for one in vbr.sim.requests("vbr") if one.path.endswith("connectionCertificate")]
    assert asked.body["serverName"] == said["name"]
    assert held(vbr) == []


def test_single_use_secrets_are_not_sent_to_a_host_that_nobody_vouches_for(vbr: Servers) -> None:
    inputs = {name: value for name, value in ONCE.items() if name != "ssh_fingerprint"}
    with pytest.raises(InvalidInput, match="ssh_fingerprint is missing; the host presents ssh-rsa 3072 "):
        vbr.create(**inputs)
    (asked,) = [one for one in vbr.sim.requests("vbr") if one.path.endswith("connectionCertificate")]
    assert asked.body == {"serverName": ONCE["name"], "type": "LinuxHost", "credentialsStorageType": "SingleUse"}


def test_a_host_that_cannot_be_asked(servers: ServersOf) -> None:
    on = servers("vbr.ManagedServer", {"vbr.unreachable": NAME})
    inputs = {name: value for name, value in HOST.items() if name != "certificate_thumbprint"}
    with pytest.raises(InvalidInput, match="cannot be seen: .*Failed to connect to esx01.*nothing else was sent"):
        on.create(**inputs)
    assert on.writes() == []


@pytest.mark.parametrize("one", [VBR_SERVER, VBR_LINUX], ids=lambda one: one.form)
def test_a_host_with_another_key_is_drift_that_a_person_decides_about(vbr: Servers, one: Any) -> None:
    (pin,) = {"ssh_fingerprint", "certificate_thumbprint"} & {*one.first}
    id, state = vbr.create(**one.first)
    vbr.sim.set(**{"vbr.host_keys": 2})
    new = fingerprint(one.first["type"], one.first["name"], 2)
    live = vbr.read(id, state)
    assert live is not None
    assert live[pin] == f"{new} (presented now, not trusted yet)"
    assert vbr.read(id, live) == live  # another refresh
    # The program trusts the old one: nothing is written.
    vbr.forget()
    with pytest.raises(
        InvalidInput, match=f"but the host presents {re.escape(new)}.*nothing was changed; if the host was inst"
    ):
        vbr.update(id, live, **{pin: one.first[pin], "description": "two"})
    assert vbr.writes() == []
    # Somebody has decided.
    assert vbr.changed(live, **{pin: new}) == {pin}
    live = vbr.update(id, live, **{pin: new})
    assert live[pin] == new
    assert [method for method, _, _ in vbr.writes()] == ["PUT"]
    assert vbr.read(id, live) == live
    # The old host is back.
    vbr.sim.set(**{"vbr.host_keys": 1})
    again = vbr.read(id, live)
    assert again is not None
    assert again[pin].startswith(one.first[pin])
    assert vbr.changed(again, **{pin: new}) == {pin}


def test_a_server_that_does_not_take_the_new_key_says_so(servers: ServersOf) -> None:
    on = servers("vbr.ManagedServer", {"vbr.changed_key": "refused"})
    id, state = on.create(**LINUX)
    on.sim.set(**{"vbr.host_keys": 2})
    new = fingerprint("LinuxHost", LINUX["name"], 2)
    with pytest.raises(ServerRefused, match="The key of the host has changed"):
        on.update(id, state, ssh_fingerprint=new)


def test_who_does_not_want_the_host_asked(vbr: Servers) -> None:
    id, state = vbr.create(**HOST, watch_fingerprint=False)
    vbr.sim.set(**{"vbr.host_keys": 2})
    vbr.forget()
    assert vbr.read(id, state) == state
    assert [one.method for one in vbr.sim.requests("vbr")] == ["GET"]


def test_a_host_that_is_away_is_not_asked_and_one_that_does_not_answer_is_a_warning(vbr: Servers) -> None:
    id, state = vbr.create(**HOST)
    vbr.sim.set(**{"vbr.unreachable": NAME})
    assert vbr.read(id, state) == state
    assert ["the host could not be asked for its certificate_thumbprint" in text for text in vbr.warnings] == [True]
    vbr.sim.drift("vbr", "update", NAME, {"status": "Unavailable"})
    vbr.forget()
    live = vbr.read(id, state)
    assert live == {**state, "status": "Unavailable"}
    assert [one.method for one in vbr.sim.requests("vbr")] == ["GET"]


@pytest.mark.parametrize("text", ["SHA256:mVPwvezndPv/ARoIadVY98vAC0g+P/5633yTC4d/wXE", "md5:aa:bb"])
def test_fingerprints_of_openssh_are_refused_before_any_request(vbr: Servers, text: str) -> None:
    (problem,) = vbr.resource.check({**LINUX, "ssh_fingerprint": text})[1]
    assert "not in OpenSSH's" in problem.reason


def test_a_thumbprint_in_another_spelling_is_the_same(vbr: Servers) -> None:
    spelled = ":".join(HOST["certificate_thumbprint"].lower()[at : at + 2] for at in range(0, 40, 2))
    id, state = vbr.create(**{**HOST, "certificate_thumbprint": spelled})
    assert vbr.read(id, state) == state
    assert vbr.changed(state, certificate_thumbprint=HOST["certificate_thumbprint"]) == set()


# ---- credentials


def test_single_use_secrets_are_used_and_neither_read_nor_shown(vbr: Servers) -> None:
    id, state = vbr.create(**ONCE)
    vbr.forget()
    assert vbr.changed(state) == set()
    state = vbr.update(id, state, single_use_password="Canary-Once-new-2x")
    assert [path for _, path, _ in vbr.writes()] == [f"{PATH}/{id}/updateSingleUseCredentials"]
    live = vbr.read(id, {"connection": "vbr"})
    assert live is not None
    assert not [name for name in live if name.startswith("single_use")]


def test_from_permanent_to_single_use_and_back(vbr: Servers) -> None:
    id, state = vbr.create(**LINUX)
    secrets = {name: value for name, value in ONCE.items() if name.startswith("single_use")}
    vbr.forget()
    state = vbr.update(id, state, **{**secrets, "credentials_storage_type": "SingleUse", "credentials_id": None})
    assert [path for _, path, _ in vbr.writes()] == [f"{PATH}/{id}/updateSingleUseCredentials"]
    assert (held(vbr)[0]["credentialsStorageType"], "credentialsId" in held(vbr)[0]) == ("SingleUse", False)
    assert "credentials_id" not in state
    inputs = {**LINUX, "connection": "vbr", "adopt": False, "credentials_storage_type": "Permanent"}
    vbr.forget()
    state = lifecycle.update(vbr.resource, vbr.connections, id, state, vbr.resource.check(inputs)[0])
    assert [method for method, _, _ in vbr.writes()] == ["PUT"]
    assert held(vbr)[0]["credentialsId"] == LINUX["credentials_id"]
    assert not [name for name in state if name.startswith("single_use")]


def test_what_a_server_shows_of_secrets_is_neither_kept_nor_sent_back(vbr: Servers) -> None:
    vbr.create(**LINUX)
    shown = {"handshakeCode": "Canary-Code-5t", "singleUseCredentials": {"username": "x", "password": "Canary-Pw-5t"}}
    row = {**held(vbr)[0], **shown}
    assert "Canary" not in str(vbr.resource.values(vbr.connections.open("vbr", "vbr"), row))
    body = server_types.changed_row(row, vbr.resource.inputs.model_validate(LINUX), frozenset({"description"}))
    assert "Canary" not in str(body)


@pytest.mark.parametrize("storage", ["Certificate"])
def test_a_host_that_is_paired_by_a_code(vbr: Servers, storage: str) -> None:
    inputs = {name: value for name, value in LINUX.items() if name != "credentials_id"}
    id, state = vbr.create(**inputs, credentials_storage_type=storage, handshake_code="Canary-Pair-7w")
    assert vbr.read(id, state) == state
    state = vbr.update(id, state, handshake_code="Canary-Pair-8w")
    assert state["handshake_code"] == "Canary-Pair-8w"


# ---- sessions


@pytest.mark.parametrize(
    ("result", "words"),
    [
        ("failed", 'failed: "Failed to save the infrastructure item" .its log says: The host does not answer'),
        ("failed_silent", "failed .its log says: The host does not answer"),
        ("canceled", 'was stopped: "The operation was canceled"'),
    ],
)
def test_a_session_that_fails_says_why_and_leaves_nothing(servers: ServersOf, result: str, words: str) -> None:
    on = servers("vbr.ManagedServer", {"vbr.session_result": result})
    with pytest.raises(ServerRefused, match=words):
        on.create(**HOST)
    assert (held(on), posts(on)) == ([], [PATH])
    on.sim.set(**{"vbr.session_result": "success"})
    on.create(**HOST)
    assert len(held(on)) == 1


def test_a_server_that_a_failed_session_leaves_behind_is_named_and_not_deleted(servers: ServersOf) -> None:
    on = servers("vbr.ManagedServer", {"vbr.session_result": "failed", "vbr.failed_row": "on"})
    with pytest.raises(ServerRefused, match=r"failed: .*it is listed all the same \(id .*adopt=True"):
        on.create(**HOST)
    assert len(held(on)) == 1
    assert [method for method, _, _ in on.writes()] == ["POST"]


@pytest.mark.parametrize("result", ["failed", "canceled"])
def test_a_change_that_fails_leaves_state_and_server_as_they_were(vbr: Servers, result: str) -> None:
    id, state = vbr.create(**HOST)
    vbr.sim.set(**{"vbr.session_result": result})
    with pytest.raises(ServerRefused):
        vbr.update(id, state, description="two")
    assert held(vbr)[0]["description"] == "one"


def test_a_session_that_fails_after_ten_minutes(vbr: Servers, clock: Callable[[Servers], list[float]]) -> None:
    waits = clock(vbr)
    vbr.sim.set(**{"vbr.session_seconds": 600, "vbr.session_result": "failed"})
    with pytest.raises(ServerRefused, match="failed: .*its log says"):
        vbr.create(**HOST)
    assert 570 <= sum(waits) < 610
    assert max(waits) == 5.0
    assert len(waits) < 140
    assert (posts(vbr), held(vbr)) == ([PATH], [])


def test_a_session_that_takes_ten_minutes_and_succeeds(vbr: Servers, clock: Callable[[Servers], list[float]]) -> None:
    waits = clock(vbr)
    vbr.sim.set(**{"vbr.session_seconds": 600})
    id, _ = vbr.create(**HOST)
    assert 570 <= sum(waits) < 610
    assert ([row["id"] for row in held(vbr)], posts(vbr)) == ([id], [PATH])


def test_a_session_that_outlives_the_deadline_is_named_and_its_server_found_by_the_next_run(
    vbr: Servers, clock: Callable[[Servers], list[float]]
) -> None:
    waits = clock(vbr)
    vbr.connect(deadline=300)
    vbr.sim.set(**{"vbr.session_seconds": 400})
    with pytest.raises(
        AnswerLost, match=r"the session .* is not finished \(state Working\).* deadline of 300 s is over"
    ):
        vbr.create(**HOST)
    assert sum(waits) <= 300
    with pytest.raises(AnswerLost, match="an earlier resource of this name was sent in this run"):
        vbr.create(**HOST)
    assert posts(vbr) == [PATH]
    vbr.sim.advance(200)
    vbr.connect()
    with pytest.raises(AlreadyExists, match="adopt=True"):
        vbr.create(**HOST)
    assert (len(held(vbr)), posts(vbr)) == (1, [PATH])


def test_a_session_that_waits_for_a_person(servers: ServersOf) -> None:
    on = servers("vbr.ManagedServer", {"vbr.build": "13.1.0.411", "vbr.session_result": "action_required"})
    with pytest.raises(AnswerLost, match="waits for a person at the console .its log says: Confirm the key"):
        on.create(**HOST)
    assert posts(on) == [PATH]


def test_a_session_that_stops_without_a_result_is_asked_again_and_then_looked_past(servers: ServersOf) -> None:
    on = servers("vbr.ManagedServer", {"vbr.session_result": "no_result"})
    id, _ = on.create(**HOST)
    assert ([row["id"] for row in held(on)], posts(on)) == ([id], [PATH])


# ---- servers that restart


def restarted(on: Servers, after: int, then: Callable[[], None]) -> Callable[[float], None]:
    """A pause that restarts the server after so many waits: every token is void, and `then` happens."""
    waits = 0

    def pause(seconds: float) -> None:
        nonlocal waits
        waits += 1
        on.sim.advance(seconds)
        if waits == after:
            on.sim.fault("vbr", "expire_token", keep_refresh=False)
            then()

    return pause


@pytest.mark.parametrize("listens", [True, False])
@pytest.mark.parametrize("lost", ["off", "done"])
def test_a_server_that_restarts_while_its_session_runs(
    vbr: Servers, monkeypatch: pytest.MonkeyPatch, listens: bool, lost: str
) -> None:
    """401, or nobody listens for a while; the session is still there afterwards, or forgotten: one server each time."""
    vbr.sim.set(**{"vbr.session_seconds": 20})

    def restart() -> None:
        vbr.sim.set(**{"vbr.session_lost": lost})
        if not listens:
            vbr.sim.fault("vbr", "refuse", at=0, connections=6)

    monkeypatch.setattr(transport, "FAIL_FAST_SECONDS", 0.0)
    monkeypatch.setattr(transport, "PAUSE", restarted(vbr, 4, restart))
    id, state = vbr.create(**HOST)
    assert ([row["id"] for row in held(vbr)], posts(vbr)) == ([id], [PATH])
    assert vbr.read(id, state) == state


def test_a_session_that_is_lost_with_its_work_makes_no_second_one(
    servers: ServersOf, clock: Callable[[Servers], list[float]]
) -> None:
    on = servers("vbr.ManagedServer", {"vbr.session_lost": "undone"})
    clock(on)
    with pytest.raises(AnswerLost, match=r"its session got lost; it did not appear .* so it is not created again"):
        on.create(**HOST)
    assert (posts(on), held(on)) == ([PATH], [])
    on.sim.set(**{"vbr.session_lost": "off"})
    on.connect()
    id, _ = on.create(**HOST)
    assert ([row["id"] for row in held(on)], posts(on)) == ([id], [PATH, PATH])


@pytest.mark.parametrize("seconds", [0, 120])
def test_a_lost_session_whose_work_is_done_is_found_by_name(
    servers: ServersOf, clock: Callable[[Servers], list[float]], seconds: int
) -> None:
    """The list of sessions is lost too: what is made later than the half minute of looking is for the next run."""
    on = servers("vbr.ManagedServer", {"vbr.session_lost": "done", "vbr.session_seconds": seconds})
    clock(on)
    if seconds:
        with pytest.raises(AnswerLost, match="run again in a while: if it appeared, .*adopt=True"):
            on.create(**HOST)
        on.sim.advance(seconds)
        on.connect()
        with pytest.raises(AlreadyExists, match=r"it exists already \(id .*adopt=True"):
            on.create(**HOST)
        id, state = on.create(name=NAME, type="ViHost", adopt=True)
        assert state["adopted"]
    else:
        id, _ = on.create(**HOST)
    assert ([row["id"] for row in held(on)], posts(on)) == ([id], [PATH])


def test_a_create_whose_answer_is_lost_is_waited_for_as_long_as_the_server_works(
    vbr: Servers, clock: Callable[[Servers], list[float]]
) -> None:
    waits = clock(vbr)
    vbr.sim.set(**{"vbr.session_seconds": 300})
    vbr.sim.fault("vbr", "reset_after", method="POST", path=PATH)
    id, state = vbr.create(**HOST)
    assert sum(waits) >= 270
    assert ([row["id"] for row in held(vbr)], posts(vbr)) == ([id], [PATH])
    assert vbr.changed(state) == set()


def test_a_create_whose_answer_is_lost_and_was_never_handled_is_not_sent_again(
    vbr: Servers, clock: Callable[[Servers], list[float]]
) -> None:
    clock(vbr)
    vbr.sim.fault("vbr", "reset_before", method="POST", path=PATH)
    with pytest.raises(AnswerLost, match="not created again"):
        vbr.create(**HOST)
    assert (posts(vbr), held(vbr)) == ([PATH], [])


def test_a_login_that_is_refused_meanwhile_makes_no_second_one(vbr: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    vbr.sim.set(**{"vbr.session_seconds": 60})

    def restart() -> None:
        vbr.sim.fault("vbr", "status", method="POST", path="/api/oauth2/token", status=401, times=0)

    monkeypatch.setattr(transport, "PAUSE", restarted(vbr, 2, restart))
    with pytest.raises(AnswerLost, match="cannot be followed any more .*the server refuses the login"):
        vbr.create(**HOST)
    assert posts(vbr) == [PATH]


@pytest.mark.parametrize("lost", ["done", "undone"])
def test_a_change_whose_session_is_lost(servers: ServersOf, clock: Callable[[Servers], list[float]], lost: str) -> None:
    on = servers("vbr.ManagedServer")
    clock(on)
    id, state = on.create(**HOST)
    on.sim.set(**{"vbr.session_lost": lost})
    on.forget()
    if lost == "done":
        state = on.update(id, state, description="two")
        assert held(on)[0]["description"] == "two"
        assert len(on.writes()) == 1
    else:
        with pytest.raises(AnswerLost, match="the session of PUT .* got lost"):
            on.update(id, state, description="two")
        assert [method for method, _, _ in on.writes()] == ["PUT", "PUT"]  # which may be repeated
    assert [row["id"] for row in held(on)] == [id]


@pytest.mark.parametrize("lost", ["done", "undone"])
def test_a_delete_whose_session_is_lost(servers: ServersOf, clock: Callable[[Servers], list[float]], lost: str) -> None:
    on = servers("vbr.ManagedServer")
    clock(on)
    id, state = on.create(**HOST)
    on.sim.set(**{"vbr.session_lost": lost})
    if lost == "done":
        on.delete(id, state)
        assert held(on) == []
    else:
        with pytest.raises(AnswerLost, match="the session of DELETE .* got lost"):
            on.delete(id, state)
        assert len(held(on)) == 1


# ---- deleting


def test_a_delete_waits_until_the_server_is_gone(servers: ServersOf, clock: Callable[[Servers], list[float]]) -> None:
    on = servers("vbr.ManagedServer", {"vbr.host_delete_lag": 90})
    waits = clock(on)
    id, state = on.create(**HOST)
    waits.clear()
    on.delete(id, state)
    assert 90 <= sum(waits) < 100
    assert held(on) == []
    on.connect()
    on.create(**HOST)


def test_a_delete_that_lags_beyond_the_deadline_is_an_error_and_the_next_one_succeeds(
    servers: ServersOf, clock: Callable[[Servers], list[float]]
) -> None:
    on = servers("vbr.ManagedServer", {"vbr.host_delete_lag": 900})
    clock(on)
    on.connect(deadline=120)
    id, state = on.create(**HOST)
    with pytest.raises(ServerUnreachable, match="says that it is deleted, but shows it still"):
        on.delete(id, state)
    on.sim.advance(900)
    on.connect()
    on.delete(id, state)
    assert held(on) == []


@pytest.mark.parametrize("how", ["session", "400"])
def test_a_server_in_use_stays_and_the_error_says_what_uses_it(servers: ServersOf, how: str) -> None:
    on = servers("vbr.ManagedServer", {"vbr.host_in_use": how, "vbr.hosts_in_use": NAME})
    id, state = on.create(**HOST)
    with pytest.raises(ServerRefused, match="in use by the backup proxy.*take it out of the jobs, proxies"):
        on.delete(id, state)
    assert [row["id"] for row in held(on)] == [id]
    for _ in range(30):  # what was refused does not count for the limit
        with pytest.raises(ServerRefused):
            on.delete(id, state)
    on.sim.set(**{"vbr.hosts_in_use": ""})
    on.delete(id, state)
    assert held(on) == []


def test_the_backup_server_itself_is_read_and_never_deleted(servers: ServersOf) -> None:
    on = servers("vbr.ManagedServer", {"vbr.own_server": "listed", "vbr.build": "13.1.0.411"})
    listed = {values["name"]: (id, values) for id, values in lifecycle.listing(on.resource, on.connections, "vbr")}
    id, own = listed["vbr01.lab.local"]
    assert own["is_backup_server"] is True
    state = on.read(id, {"connection": "vbr"})
    assert state is not None
    on.forget()
    with pytest.raises(Protected, match="it is the backup server itself"):
        on.delete(id, state)
    assert on.writes() == []
    assert grant("vbr.ManagedServer", own).built_in
    _, node = listed["pve01.lab.local"]  # of a type without a model: shown, and nothing of it is declared
    assert (node["type"], node["name"]) == ("ProxmoxNode", "pve01.lab.local")
    assert "must be one of" in str(on.resource.check({"name": node["name"], "type": node["type"], "adopt": True})[1])


# ---- what cannot be


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        ({**WINDOWS, "credentials_id": None}, "credentials_id: is needed"),
        ({**HOST, "credentials_storage_type": "Certificate"}, "credentials_storage_type: is not for the type ViHost"),
        ({**WINDOWS, "credentials_storage_type": "SingleUse"}, "SingleUse is for the type LinuxHost"),
        ({**LINUX, "credentials_storage_type": "Certificate"}, "credentials_id: is not for the storage type Certifi"),
        ({**LINUX, "single_use_password": "Canary-Never-1"}, "single_use_password: is for the storage type SingleUse"),
        ({**LINUX, "handshake_code": "Canary-Never-2"}, "handshake_code: is for the storage type Certificate"),
        ({**WINDOWS, "ssh_fingerprint": "ssh-rsa 1"}, "ssh_fingerprint: is not for the type WindowsHost"),
        ({**HOST, "hv_servers": ["a"]}, "hv_servers: is not for the type ViHost"),
        ({**HOST, "certificate_thumbprint": "abc"}, "a thumbprint has 40"),
        ({**HOST, "type": "CloudDirectorHost"}, "type: must be one of"),
        ({**HOST, "name": "https://esx01.lab.local"}, "write 'esx01.lab.local'"),
        ({**LINUX, "ssh_settings": {"ssh_time_out_ms": 1}}, "ssh_settings: ssh_time_out_ms"),
    ],
)
def test_what_cannot_be_is_refused_before_any_request(vbr: Servers, inputs: dict[str, Any], reason: str) -> None:
    _, problems = vbr.resource.check({name: value for name, value in inputs.items() if value is not None})
    assert reason in "; ".join(map(str, problems))


def test_values_that_only_the_run_will_tell_pass(vbr: Servers) -> None:
    assert vbr.resource.check({**HOST, "credentials_id": UNKNOWN, "certificate_thumbprint": UNKNOWN})[1] == []
    assert vbr.resource.check({**HOST, "type": UNKNOWN})[1] == []
    assert vbr.resource.check({**ONCE, "single_use_password": UNKNOWN})[1] == []


def test_single_use_without_a_secret_is_refused_before_anything_is_written(vbr: Servers) -> None:
    inputs = {name: value for name, value in ONCE.items() if name != "single_use_password"}
    with pytest.raises(InvalidInput, match="SingleUse needs single_use_password or single_use_private_key"):
        vbr.create_unchecked(**inputs)
    assert vbr.writes() == []


@pytest.mark.parametrize("kind", ["HvServer", "SCVMM"])
def test_hyper_v_needs_a_newer_server(servers: ServersOf, kind: str) -> None:
    on = servers("vbr.ManagedServer", {"vbr.build": "12.3.1.1139"})
    with pytest.raises(InvalidInput, match=rf"the type {kind} needs 13\.0\.0 .revision 1\.3-rev0.; this .* 1\.2-rev1"):
        on.create(name="hv01.lab.local", type=kind, credentials_id=HOST["credentials_id"])
    assert on.writes() == []
    on.create(**WINDOWS)


def test_a_managed_server_is_nobodys_account_and_gives_no_right(vbr: Servers) -> None:
    _, state = vbr.create(**HOST)
    for values in (state, HOST, {}, {"name": UNKNOWN}):
        found = grant("vbr.ManagedServer", values)
        assert (found.is_account, found.principal, found.rights, found.unknown) == (False, "server", {}, ())
    with pytest.raises(VeeamError):
        vbr.create(**HOST)
