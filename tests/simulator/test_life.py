"""Starting, stopping, files, ports, and the state that survives."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from pathlib import Path

import httpx
import pytest
import yaml

from tests.simulator.conftest import log_in
from veeam_pulumi.simulator import PRODUCTS, Simulator
from veeam_pulumi.simulator.vspc import seeds


def free_ports() -> int:
    """The first of five neighbouring free ports."""
    for base in range(20000, 30000, 7):
        try:
            for port in range(base, base + 5):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return base
    raise AssertionError("no free ports")


def test_it_starts_at_once_and_leaves_nothing(tmp_path: Path) -> None:
    threads = set(threading.enumerate())
    begun = time.monotonic()
    sim = Simulator()
    with sim:
        assert time.monotonic() - begun < 5
        scratch, port = sim.ca_file, int(sim.url("aws").rsplit(":", 1)[1])
        # A client that never closes its connection must not hold the simulator up.
        idle = socket.create_connection(("127.0.0.1", port))
        begun = time.monotonic()
    assert time.monotonic() - begun < 10
    idle.close()
    assert not scratch.exists()
    assert set(threading.enumerate()) == threads
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


def test_the_files_for_other_programs(tmp_path: Path) -> None:
    out = tmp_path / "new" / "folder"
    with Simulator(out=out, products=("vbr",)) as sim:
        file = out / "connections.yaml"
        assert file.stat().st_mode & 0o777 == 0o600
        assert yaml.safe_load(file.read_text()) == sim.connections()
        assert sim.connections() == {
            "vbr": {
                "product": "vbr",
                "url": sim.url("vbr"),
                "username": sim.username("vbr"),
                "password": sim.password("vbr"),
                "tls": {"ca_file": str(out / "ca.pem")},
            }
        }
        assert json.loads((out / "control.json").read_text()) == {"url": sim.control_url}
        assert httpx.get(f"{sim.control_url}/objects").json().keys() == {"vbr"}


def test_ports_have_fixed_places() -> None:
    base = free_ports()
    with Simulator(port_base=base, products=("vbr",)) as sim:
        assert (sim.control_url, sim.url("vbr")) == (f"http://127.0.0.1:{base}", f"https://127.0.0.1:{base + 2}")
        with pytest.raises(OSError, match=f"^port {base + 2} on 127.0.0.1 is not free"), Simulator(port_base=base):
            pass
    with Simulator(port_base=base) as sim:
        assert sim.url("aws") == f"https://127.0.0.1:{base + 1}"
        assert sim.url("em") == f"https://127.0.0.1:{base + 3}"


def test_state_outlives_the_process_and_sessions_do_not(tmp_path: Path) -> None:
    state = tmp_path / "state.db"
    with Simulator(state=state) as sim:
        sim.drift("aws", "add", "kept", {"password": "Some-Word-9"})
        sim.drift("aws", "add", "gone")
        sim.drift("aws", "delete", "gone")
        sim.drift("vbr", "add", "LAB\\kept", {"roles": ["Backup Viewer"]})
        sim.drift("em", "add", "vbr01", {"username": "LAB\\kept", "password": "Some-Word-9"})
        servers = sim.objects("em")
        sim.drift("vspc", "add", "kept", {"password": "Some-Word-9"})
        console = sim.objects("vspc")
        objects, pin, authority = sim.objects("vbr"), sim.thumbprint("vbr"), sim.ca_file.read_bytes()
        trust = ssl.create_default_context(cafile=str(sim.ca_file))
        with httpx.Client(base_url=sim.url("aws"), verify=trust, headers={"x-api-version": "1.0-rev0"}) as client:
            log_in(client, "aws", "kept", "Some-Word-9")
            bearer = client.headers["authorization"]
    with Simulator(state=state) as sim:
        assert [user["name"] for user in sim.objects("aws")["users"]] == ["Admin", "kept"]
        assert sim.can_login("aws", "kept", "Some-Word-9")
        assert sim.objects("em") == servers and sim.can_login("em", "LAB\\kept", "Some-Word-9")
        assert (sim.objects("vbr"), sim.thumbprint("vbr"), sim.ca_file.read_bytes()) == (objects, pin, authority)
        assert (sim.objects("vspc"), sim.can_login("vspc", "kept", "Some-Word-9")) == (console, True)
        headers = {"x-api-version": "1.0-rev0", "authorization": bearer}
        key = {"authorization": f"Bearer {seeds.API_KEY}"}
        with httpx.Client(verify=trust) as client:
            assert client.get(f"{sim.url('vspc')}/api/v3/users", headers=key).status_code == 200
            assert client.get(f"{sim.url('aws')}/api/v1/users", headers=headers).status_code == 401
        sim.reset()
        assert sim.lookup("aws", "kept") is None
    with Simulator(state=state) as sim:
        assert sim.lookup("aws", "kept") is None


def test_a_file_that_is_no_state_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("not a database, but long enough to look like one" * 50)
    with pytest.raises(ValueError, match=r"notes\.txt is not a state file of the simulator"), Simulator(state=other):
        pass


def test_unknown_products_are_refused() -> None:
    with pytest.raises(ValueError, match=f"unknown product gcp; known products: {', '.join(PRODUCTS)}"):
        Simulator(products=("gcp",))


def test_many_clients_at_once(sim: Simulator) -> None:
    trust = ssl.create_default_context(cafile=str(sim.ca_file))
    failures: list[object] = []

    def work(number: int) -> None:
        with httpx.Client(base_url=sim.url("aws"), verify=trust, headers={"x-api-version": "1.0-rev0"}) as client:
            log_in(client, "aws", "Admin", sim.password("aws"))
            for step in range(5):
                spec = {"name": f"user{number}-{step}", "description": "", "password": "Some-Word-9"}
                if client.post("/api/v1/users", json=spec).status_code != 201:
                    failures.append(spec)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(sim.objects("aws")["users"]) == 21
