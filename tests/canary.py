"""A pytest plugin: a test in which a secret shows itself fails.

What counts as a secret: whatever is given to the redaction while the test runs (passwords, keys, tokens of all
connections and resources), every token that a simulated server issues, and every text with one of the MARKS, which are
those of the passwords of the simulated servers and of the tests.

However it is spelled: `spellings` reads a text with escapes undone, in ways of its own and not with the redaction's
code, and what base64 and hex digits make of a secret is looked for too.

Where it must not be: log records of any level, texts of errors, what tests and the commands that they start print,
state files in a test's folder, the request logs of simulated servers.
"""

from __future__ import annotations

import base64
import html
import logging
import re
import subprocess
import unicodedata
from collections.abc import Callable, Generator
from functools import wraps
from pathlib import Path
from typing import Any
from urllib.parse import unquote

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
        found[place] = _shown(whole, wanted)
    return sorted(f"{place}: {secret}" for place, secrets in found.items() for secret in secrets)


def spellings(text: str) -> list[str]:
    """A text as it stands, and with entities, percent and backslash escapes, doubled quotes and normal forms undone."""
    found = [text]
    for _ in range(2):  # an escape of an escape
        more = [undo(one) for one in found for undo in _UNDONE]
        found += [one for one in dict.fromkeys(more) if one not in found]
    return found


def _unescaped(text: str) -> str:
    """JSON's, Python's and shells' escapes; pairs of surrogates become one character."""
    plain = _ESCAPE.sub(lambda one: chr(int(next(filter(None, one.groups())), 16)), text).replace("\\/", "/")
    return re.sub(r"\\(.)", r"\1", plain).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})|%u([0-9a-fA-F]{4})")
_UNDONE: list[Callable[[str], str]] = [
    lambda text: html.unescape(text) if "&" in text else text,
    lambda text: unquote(text, errors="replace") if "%" in text else text,
    lambda text: _unescaped(text) if "\\" in text or "%u" in text else text,
    lambda text: re.sub(r"([\"'])\1", r"\1", text) if '""' in text or "''" in text else text,
    lambda text: text if text.isascii() else unicodedata.normalize("NFC", text),
]


def _encoded(secret: str) -> set[str]:
    """What of a secret stands in a base64 text, wherever it begins there, and in hex digits."""
    raw = secret.encode("utf-8", "surrogatepass")
    found = {raw.hex(), raw.hex().upper()}
    for before in range(3):
        whole = base64.b64encode(bytes(before) + raw).decode().rstrip("=")
        found.add(whole[(before * 8 + 5) // 6 : (before + len(raw)) * 8 // 6])
    return found


def _shown(text: str, wanted: set[str]) -> set[str]:
    """The secrets that stand in a text."""
    found = set(MARKS.findall(text))
    forms = [(one, unicodedata.normalize("NFC", one)) for one in wanted]
    other = [(one, form) for one, form in forms if form != one]
    for one in spellings(text):
        found |= {secret for secret in wanted if secret in one} | {secret for secret, form in other if form in one}
        found |= set(MARKS.findall(one)) if one is not text else set()
    return found | {secret for secret in wanted if any(piece in text for piece in _encoded(secret))}


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
