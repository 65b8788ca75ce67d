"""`make clients`: what other people's clients make of the simulator's answers.

Each client gets a virtual environment of its own in build/clients, from PyPI; where that cannot be reached the client
is skipped aloud. A call that does not work is an error, unless judged.py says who is right.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import venv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.clients import plans
from tests.clients.judged import JUDGED
from veeam_pulumi.simulator import Simulator

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
NEEDED = {"veeam-spc": ("attrs", "python-dateutil")}
"""What a package needs and does not say."""
CLIENTS = {"veeam-br": "0.5.1", "veeam-spc": "0.4.2", "veeam-em": "2022.11.0", "veeam-easy-connect": "0.8.0"}
VBR = {"v1_3_rev1": "13.0.1.180", "v1_3_rev2": "13.1.0.411"}
VSPC = {"v3_5_1": "8.1", "v3_6": "9.0", "v3_6_1": "9.1", "v3_6_2": "9.2", "v3_7": "9.3"}


@dataclass(frozen=True)
class Outcome:
    """What a client says of a call: `ok`, or what was wrong."""

    client: str
    version: str
    call: str
    said: str

    @property
    def verdict(self) -> str:
        """`ok`, `judged`, or empty."""
        expected = JUDGED.get((self.client, self.version, self.call)) or JUDGED.get((self.client, "", self.call))
        if expected is None:
            return "ok" if self.said == "ok" else ""
        return "judged" if expected[0] in self.said and self.said != "ok" else ""


def environment(client: str) -> Path | None:
    """The Python of a client's own environment; None where it cannot be installed."""
    folder = ROOT / "build" / "clients" / f"{client}-{CLIENTS[client]}"
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        venv.create(folder, with_pip=True, clear=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        wanted = [f"{client}=={CLIENTS[client]}", *NEEDED.get(client, ())]
        done = subprocess.run([*install, *wanted], check=False, capture_output=True, text=True, timeout=600)
        if done.returncode:
            print(f"skipped: {client} cannot be installed ({done.stderr.strip().splitlines()[-1:]})")
            return None
        (folder / "complete").touch()
    return python


def called(python: Path, script: str, told: Any, client: str, version: str = "") -> Iterator[Outcome]:
    """Runs a script in a client's environment."""
    asked = json.dumps(told)
    command = [str(python), str(HERE / script)]
    done = subprocess.run(command, check=False, input=asked, capture_output=True, text=True, timeout=600)
    if done.returncode:
        yield Outcome(client, version, script, done.stderr.strip()[-500:])
    for line in done.stdout.splitlines():
        found = json.loads(line)
        yield Outcome(client, version, found["op"], found["outcome"])


def generated(python: Path, client: str, product: str, versions: dict[str, str], knob: str) -> Iterator[Outcome]:
    """Every operation that both a generated client and the simulator know."""
    before = "/api/v3" if product == "vspc" else ""
    table = import_module(f"veeam_pulumi.simulator.{product}.routes").TABLE
    for version, release in versions.items():
        with Simulator(products=(product,), knobs={knob: release}) as sim:
            covered = [[one.method, re.sub("{[^}]+}", "{}", one.path.removeprefix(before))] for one in table]
            told = {
                "package": client.replace("-", "_"),
                "version": version,
                "url": sim.url(product) + before,
                "ca_file": str(sim.ca_file),
                "headers": {} if product == "vbr" else {"x_client_version": version[1:].replace("_", ".")},
                "names": {},
                "covered": covered,
                "steps": getattr(plans, product)(sim),
            }
            yield from called(python, "generated.py", told, client, version)


def by_hand(python: Path, client: str) -> Iterator[Outcome]:
    with Simulator(products=("em", "vbr", "aws"), knobs={"em.release": "12"}) as sim:
        logins = {"vbr": ("vbr", "1.3-rev1"), "aws": ("aws", "1.0-rev0"), "ent_man": ("em", "")}
        told = [
            {"kind": kind, "revision": revision, "url": sim.url(product), "ca_file": str(sim.ca_file),
             "username": sim.username(product), "password": sim.password(product)}
            for kind, (product, revision) in logins.items()
        ]  # fmt: skip
        if client == "veeam-em":
            yield from called(python, "em.py", told[2], client)
        else:
            yield from called(python, "easy_connect.py", told, client)


def outcomes() -> Iterator[Outcome]:
    """What every client says."""
    for client in CLIENTS:
        if (python := environment(client)) is None:
            continue
        if client == "veeam-br":
            yield from generated(python, client, "vbr", VBR, "vbr.build")
        elif client == "veeam-spc":
            yield from generated(python, client, "vspc", VSPC, "vspc.release")
        else:
            yield from by_hand(python, client)


def report(found: Iterable[Outcome]) -> int:
    """Prints what is wrong, and counts -> the exit code."""
    seen = list(found)
    wrong = [one for one in seen if not one.verdict]
    for one in wrong:
        print(f"{one.client} {one.version} {one.call}: {one.said}")
    for client in dict.fromkeys(one.client for one in seen):
        own = [one for one in seen if one.client == client]
        judged = sum(one.verdict == "judged" for one in own)
        right = sum(one.verdict == "ok" for one in own)
        counts = f"{len(own)} calls, {right} right, {judged} judged, {len(own) - right - judged} wrong"
        print(f"{client} {CLIENTS[client]}: {counts}")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(report(outcomes()))
