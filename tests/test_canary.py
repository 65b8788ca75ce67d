"""The check that no secret shows itself can fail: small tests that leak are run under it, one for every place."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import unicodedata
from base64 import b64encode
from pathlib import Path
from urllib.parse import quote

LEARNED = 'Grey"Hern/7<ü>x'
# The bodies of tests, by the place that is to be named; an empty place: the test passes.
LEAKS = {
    "marked": ("what was printed: Canary-A1", "print('Canary-A1')"),
    "errput": ("what was printed: Canary-A1", "sys.stderr.write('Canary-A1')"),
    "learned": ("what was printed: grey-heron-7", "redaction.learn('grey-heron-7'); print('grey-heron-7')"),
    "read": ("what was printed: Canary-A1", "print('Canary-A1'); capsys.readouterr()"),
    "started": (
        "what was printed: Canary-A1",
        "subprocess.run([sys.executable, '-c', 'print(\\'Canary-A\\' + \\'1\\')'], capture_output=True)",
    ),
    "logged": ("the log: Canary-A1", "log.logger.debug('%s', 'Canary-A1')"),
    "logged_value": ("the log: Canary-A1", "log.event(10, 'a', query='Canary-A1')"),
    "logged_trace": (
        "the log: Canary-A1",
        "try: raise ValueError('Canary-A1')\n    except ValueError: log.logger.exception('x')",
    ),
    "raised": ("an error: Canary-A1", "str(errors.VeeamError('Canary-A1'))"),
    "state": (
        "the file dev.json: Canary-A1",
        "(tmp_path / '.pulumi').mkdir(); (tmp_path / '.pulumi' / 'dev.json').write_text('Canary-A1')",
    ),
    "request_log": (
        "the request log of a server: Canary-A1",
        "RequestLog().open('aws', 'GET', '/Canary-A1', [], b'', lambda *_: False)",
    ),
    "token": ("what was printed: ", "print(Tokens(Clock()).issue('a', 9, 9)[1])"),
    **{
        name: (f"what was printed: {re.escape(LEARNED)}", f"redaction.learn({LEARNED!r}); print({spelled!r})")
        for name, spelled in {
            "decimal": "".join(f"&#{ord(one)};" for one in LEARNED),
            "hexadecimal": "".join(f"&#x{ord(one):X};" for one in LEARNED),
            "named": LEARNED.replace("<", "&lt;").replace("/", "&sol;").replace("ü", "&uuml;"),
            "percent": quote(LEARNED, safe=""),
            "percent_lower": re.sub("%..", lambda one: one[0].lower(), quote(LEARNED, safe="")),
            "percent_of_entities": quote("".join(f"&#{ord(one)};" for one in LEARNED)),
            "json": json.dumps(LEARNED).strip('"'),
            "slash": LEARNED.replace("/", r"\/"),
            "unicode": "".join(f"\\u{ord(one):04X}" for one in LEARNED),
            "bytes": "".join(f"\\x{ord(one):02x}" for one in LEARNED),
            "quotes": LEARNED.replace('"', '""'),
            "apart": unicodedata.normalize("NFD", LEARNED),
            "base64": b64encode(b"ann:" + LEARNED.encode()).decode(),
            "base64_at_two": b64encode(b"me:" + LEARNED.encode() + b"!").decode(),
            "hex": LEARNED.encode().hex(),
        }.items()
    },
    "hidden": (
        "",
        "redaction.learn('Canary-A1'); print(redaction.hide('Canary-A1')); log.logger.info('%s', 'Canary-A1')",
    ),
    "of_another_test": ("", "print('grey-heron-7')"),
    "program": ("", "(tmp_path / '__main__.py').write_text('Canary-A1')"),
}
HEAD = """
import subprocess, sys, pytest
from veeam_pulumi import errors
from veeam_pulumi import redaction
from veeam_pulumi.server import log
from veeam_pulumi.simulator.credentials import Clock, Tokens
from veeam_pulumi.simulator.request_log import RequestLog
"""


def test_each_leak_fails_its_test_and_names_the_place(tmp_path: Path) -> None:
    body = "".join(f"def test_{name}(capsys, tmp_path):\n    {text}\n" for name, (_, text) in LEAKS.items())
    body += "@pytest.mark.prints_secrets\ndef test_meant():\n    print('Canary-A1')\n"
    (tmp_path / "test_leaks.py").write_text(HEAD + body)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-p", "tests.canary", "-rpE", "--show-capture=no", "-n", "1", "."]
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    # not communicate(): what it prints would be a leak of this test
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path, env=environ) as process:
        assert process.stdout
        text = process.stdout.read()
    failed = set(re.findall(r"^ERROR test_leaks.py::test_(\w+)", text, re.MULTILINE))
    assert failed == {name for name, (place, _) in LEAKS.items() if place}
    assert "PASSED test_leaks.py::test_meant" in text
    for name, (place, _) in LEAKS.items():
        if place:
            assert re.search(rf"teardown of test_{name} _+\n.*\n.*themselves in .*{place}", text), name
