"""What all tests share: a clean environment, and the simulated servers."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import hypothesis  # else its plugin loads it at the very end, where CPython 3.11.7 may fail to parse it
import pytest
import typer.main
import typer.testing

from tests import canary, fork_server, order
from veeam_pulumi import redaction, vocabulary
from veeam_pulumi.dynamic.vocabulary import words
from veeam_pulumi.simulator import Simulator, credentials

StartSimulator = Callable[..., Simulator]


hypothesis.settings.register_profile("tests", deadline=None)  # how long an example takes is the machine's affair
hypothesis.settings.load_profile("tests")
# Typer makes the whole command line anew for each call of it: a tenth of what tests of commands take.
vars(typer.testing)["_get_command"] = cache(typer.main.get_command)
vocabulary.speak(words)  # most messages are looked at in the words of Pulumi's users


def hear_interrupts() -> None:
    """What `nohup` or a shell's & started ignores ^C, and so would every process that a test starts and ends by it."""
    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_configure(config: pytest.Config) -> None:
    credentials._ROUNDS = 10  # simulated servers hash passwords thousands of times; what a hash is worth is not tested
    config.addinivalue_line("markers", "real_start: providers are started by a fresh interpreter, as users' are")
    hear_interrupts()
    if not config.pluginmanager.is_registered(canary):  # a test of it names it with -p
        config.pluginmanager.register(canary)


def _forget(secret: str) -> None:
    """Takes one secret out of the index. To learn all the others again would take longer with each test of a run."""
    redaction._secrets.discard(secret)
    for form in redaction._forms(secret):
        nodes: list[Any] = [redaction._index]
        for char in form[: redaction._INDEXED]:
            nodes.append(nodes[-1].get(char, {}))
        if tails := nodes[-1].get(""):
            tails.discard(form[redaction._INDEXED :])
        if not tails:
            nodes[-1].pop("", None)
        for depth in range(len(nodes) - 1, 0, -1):
            if not nodes[depth]:
                nodes[depth - 1].pop(form[depth - 1], None)
        if not nodes[redaction.SHORTEST]:
            redaction._starts.discard(form[: redaction.SHORTEST])


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the machine reaches a test: no proxy, no connection, no stack; and no short secret of another
    test, which would blot out words of messages."""
    if short := {one for one in redaction._secrets if len(one) < canary.SHORTEST}:
        of_keys = {part for one in redaction._secrets - short for part in redaction.lines(one)}  # known with their key
        for secret in short - of_keys:
            _forget(secret)
    for name in list(os.environ):
        if name.startswith(("VEEAM_", "PULUMI_")) or name.upper().endswith("_PROXY"):
            monkeypatch.delenv(name)
    monkeypatch.setattr(words, "stack", lambda: "")  # of an earlier test


@pytest.fixture(autouse=True)
def _warm_start(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The embedded engine's providers are forked, not started: a second for each operation is saved. Tests that are
    about starting and ending say `real_start`."""
    plugin, started = sys.modules.get("veeam_pulumi.engine.plugin"), list[str]()

    def start(engine: str, folder: Path, environ: Mapping[str, str]) -> fork_server.Process:
        started.append(engine)
        return fork_server.start(engine, folder, environ)

    if plugin and fork_server.AVAILABLE and not request.node.get_closest_marker("real_start"):
        monkeypatch.setattr(plugin, "start", start)
    yield
    if started:
        _settle()


def _settle() -> None:
    """What is there by now stays: the engine, which collects after every program, need not look at it again. In a
    worker that has reported on thousands of tests that would be most of the time of a small program."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _one_salt(monkeypatch: pytest.MonkeyPatch) -> None:
    """New stacks of one passphrase share the key that a million rounds give, and so do all proofs of `discover`."""
    if secrets := sys.modules.get("veeam_pulumi.engine.secrets"):
        monkeypatch.setattr(secrets, "new_salt", lambda: fork_server.SALT)
    if proof := sys.modules.get("veeam_pulumi.estate.proof"):
        monkeypatch.setattr(proof, "secrets", SimpleNamespace(token_urlsafe=lambda _: "of a scratch state"))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if (workers := int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))) > 1:
        items[:] = order.arranged({item.nodeid: item for item in items}, workers)


def pytest_collection_finish() -> None:
    _settle()


@pytest.fixture
def simulator() -> Iterator[StartSimulator]:
    """Starts simulated servers with the given knobs; ends them after the test."""
    running: list[Simulator] = []

    def start(knobs: dict[str, Any] | None = None, **options: Any) -> Simulator:
        running.append(Simulator(knobs=knobs, **options).start())
        return running[-1]

    yield start
    for one in running:
        one.stop()


@pytest.fixture(scope="session")
def running() -> Iterator[Simulator]:
    """Servers of every product for all tests that do not ask for knobs of their own; see `sim`."""
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def sim(running: Simulator) -> Simulator:
    """Those servers as they were started."""
    running.reset()
    return running


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Says which long tests start late, and how many recorded cases of the real engine the embedded one reproduces."""
    reports = [one for kind in ("passed", "failed") for one in terminalreporter.stats.get(kind, [])]
    for name in order.missing((one.nodeid, one.duration) for one in reports):
        terminalreporter.line(f"{name} took more than {order.LONG:g} seconds: add it to tests/longest.txt")
    ran = [
        one.nodeid
        for one in terminalreporter.stats.get("passed", [])
        if "test_conformance.py::test_case[" in one.nodeid
    ]
    if not ran:
        return
    from tests.engine.test_conformance import CASES, UNSUPPORTED

    names = {nodeid.partition("[")[2].rstrip("]") for nodeid in ran}
    terminalreporter.section("conformance with the real Pulumi engine")
    terminalreporter.line(f"{len(names - set(UNSUPPORTED))} of {len(CASES)} recorded cases are reproduced")
    for name in sorted(names & set(UNSUPPORTED)):
        terminalreporter.line(f"refused: {name} ({UNSUPPORTED[name]})")
