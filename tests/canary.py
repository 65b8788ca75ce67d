"""A pytest plugin: a test in which a secret shows itself fails.

What counts as a secret: whatever is given to the redaction while the test runs (passwords, keys, tokens of all
connections and resources), every token that a simulated server issues, and every text with one of the MARKS, which are
those of the passwords of the simulated servers and of the tests.

Where it must not be: log records of any level, texts of errors, what tests and the commands that they start print,
state files in a test's folder, the request logs of simulated servers.
"""

from __future__ import annotations

import logging
import re
import subprocess
from collections.abc import Callable, Generator
from functools import wraps
from pathlib import Path
from typing import Any

import pytest
from _pytest.capture import CaptureFixture
from typer.testing import CliRunner

from veeam_pulumi import redaction
from veeam_pulumi.errors import VeeamError
from veeam_pulumi.server import log
from veeam_pulumi.simulator.credentials import Tokens
from veeam_pulumi.simulator.request_log import RequestLog

MARKS = re.compile(r"Canary-[\w-]+|Simulated-\w{4,}|simulated-console-key-[\w-]+|pa55word")
SHORTEST = 8
"""Characters of a secret that is looked for without a mark: a shorter one may be an ordinary word."""
STATE = (".pulumi/**/*.json*", "**/.pulumi/**/*.json*", "**/*.db", "**/*.log")
_secrets: set[str] = set()
_seen: list[tuple[str, Any]] = []


def saw(place: str, text: Any) -> None:
    """Notes what came out at a place; it is looked through when the test is over."""
    _seen.append((place, text))


def leaks(folder: Path | None = None) -> list[str]:
    """`place: secret` of everything that came out since the last time, and of state files in a folder."""
    texts: dict[str, list[str]] = {}
    for place, text in _seen:
        texts.setdefault(place, []).append(text if isinstance(text, str) else repr(text))
    for file in {file for pattern in STATE if folder for file in folder.glob(pattern) if file.is_file()}:
        texts[f"the file {file.name}"] = [file.read_bytes().decode("utf-8", "replace")]
    wanted = {secret for secret in _secrets if len(secret) >= SHORTEST}
    _seen.clear()
    _secrets.clear()
    found = {}
    for place, parts in texts.items():
        whole = "\n".join(parts)
        found[place] = {secret for secret in wanted if secret in whole} | set(MARKS.findall(whole))
    return sorted(f"{place}: {secret}" for place, secrets in found.items() for secret in secrets)


def _noting(owner: Any, name: str, note: Callable[..., None]) -> None:
    """From now on `note` gets the result and the arguments of every call of a function."""
    original = getattr(owner, name)

    @wraps(original)
    def call(*args: Any, **options: Any) -> Any:
        result = original(*args, **options)
        note(result, *args)
        return result

    setattr(owner, name, call)


def _record(record: logging.LogRecord) -> bool:
    """Notes records that no level asks for, too; they go no further."""
    saw("the log", f"{record.getMessage()} {record.exc_text} {vars(record).get('veeam')}")
    return record.levelno >= log.logger.level


def _printed(result: Any, *_: Any) -> None:
    for text in result or ():
        saw("what was printed", text.decode("utf-8", "replace") if isinstance(text, bytes) else text or "")


def _told(result: Any, process: subprocess.Popen[Any], *_: Any) -> None:
    if "--show-secrets" not in str(process.args):  # what was asked for is no leak
        _printed(result)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "prints_secrets: shows the secrets of a simulated server, as it is meant to")
    _noting(redaction, "learn", lambda _, secret: _secrets.add(secret))
    _noting(Tokens, "issue", lambda pair, *_: _secrets.update(pair))
    _noting(RequestLog, "open", lambda record, *_: saw("the request log of a server", record))
    _noting(VeeamError, "__str__", lambda text, *_: saw("an error", text))
    _noting(CaptureFixture, "readouterr", _printed)
    _noting(subprocess.Popen, "communicate", _told)
    _noting(CliRunner, "invoke", lambda result, *_: saw("what a command printed", result.output))
    log.logger.isEnabledFor = lambda level: True  # type: ignore[method-assign]
    log.logger.addFilter(_record)  # after the one that hides


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "teardown":
        for _, text in report.sections:
            saw("what was printed", text)
        found = leaks(getattr(item, "funcargs", {}).get("tmp_path"))
        if found and report.passed and not item.get_closest_marker("prints_secrets"):
            report.outcome, report.longrepr = "failed", "secrets have shown themselves in " + "; ".join(found)
    return report
