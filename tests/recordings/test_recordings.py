"""Every recorded answer through the parsers, and every recorded question to the simulator."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.products.conftest import Servers, ServersOf, servers  # noqa: F401
from tests.recordings.outcomes import OUTCOMES
from tests.recordings.questions import JUDGED, NOT_ASKED, QUESTIONS
from tests.recordings.recordings import MISSING, Recording, recordings, traits
from tests.simulator.conftest import Connect, connect, log_in  # noqa: F401
from veeam_pulumi import errors
from veeam_pulumi.simulator import Simulator

KINDS = {"aws": "aws.User", "em": "em.BackupServer", "vbr": "vbr.User", "vspc": "vspc.User"}
RECORDINGS = recordings()
if not RECORDINGS:
    pytest.skip(MISSING, allow_module_level=True)


def test_every_recording_has_an_outcome() -> None:
    assert sorted(OUTCOMES) == sorted(RECORDINGS)


@pytest.mark.parametrize("name", sorted(RECORDINGS))
def test_what_the_products_make_of_a_recorded_answer(servers: ServersOf, name: str) -> None:  # noqa: F811
    one = RECORDINGS[name]
    operation, path, outcome = OUTCOMES[name]
    xml = {"format": "xml"} if b"<?xml" in one.body or one.body.startswith(b"<Task") else {}
    there = servers(KINDS[one.product], {}, **xml)
    method = one.request.partition(" ")[0] if one.request.startswith(("GET", "POST", "PUT")) else "GET"
    if operation != "login":
        there.connections.open(one.product, one.product).open()
    if one.body:
        answer: dict[str, Any] = {"status": one.status, "body": one.body.decode(), "headers": one.headers}
        there.sim.fault(one.product, "status", method, path, times=0, **answer)
    else:
        there.sim.fault(one.product, "empty", method, path, times=0, status=one.status)
    assert _outcome(there, one, operation, method, path) == outcome


def _outcome(there: Servers, one: Recording, operation: str, method: str, path: str) -> str:
    session: Any = there.connections.open(one.product, one.product)
    try:
        if operation == "login":
            session.open()
            return "logged in"
        if operation == "rows":
            return ", ".join(
                sorted(str(row.get("name") or row.get("userName")) for _, row in there.resource.rows(session))
            )
        if operation == "row":
            row = there.resource.row(session, path.rpartition("/")[2])
            return str(row.get("name"))
        if operation == "version":
            return str(session.version())
        answer = session.request(method, path, body={} if method != "GET" else None)
        return "object" if isinstance(session.parse(answer), dict) else "something else"
    except errors.ServerRefused as error:
        words = f": {error.words}" if one.product == "em" else ""
        return "NotFound" if isinstance(error, errors.NotFound) else f"ServerRefused {error.status}{words}"
    except errors.VeeamError as error:
        return type(error).__name__


def test_every_recorded_question_is_asked_or_it_is_said_why_not() -> None:
    assert sorted([*QUESTIONS, *NOT_ASKED]) == sorted(RECORDINGS)


@pytest.mark.parametrize("name", sorted(QUESTIONS))
def test_the_simulator_answers_as_recorded(sim: Simulator, connect: Connect, name: str) -> None:  # noqa: F811
    one, question = RECORDINGS[name], QUESTIONS[name]
    sim.set(**question.knobs)
    if one.product == "em":
        sim.drift("em", "add", "vbr01.example.com", {"description": "one"})
    client = connect(one.product, question.headers.get("x-api-version"))
    client.headers["accept"] = "application/json"
    account = (sim.username(one.product), sim.password(one.product))
    if question.login and one.product == "em":
        opened = client.post("/api/sessionMngr/?v=latest", auth=account)
        client.headers["X-RestSvcSessionId"] = opened.headers["X-RestSvcSessionId"]
    elif question.login:
        assert log_in(client, one.product, *account).status_code == 200
    path = question.path
    if question.of:
        path = path.replace("{id}", (sim.lookup(one.product, question.of) or {})["id"])
    sent: dict[str, Any] = {"headers": question.headers}
    if question.form:
        sent["data"] = {"username": account[0], "password": account[1], **question.form}
    if question.body is not None:
        sent["json"] = question.body
    if path.startswith("/api/sessionMngr"):
        sent["auth"] = account
    answer = client.request(one.request.partition(" ")[0].replace("any", "GET"), path, **sent)
    found = traits(one.status, one.headers, one.body).unlike(
        traits(answer.status_code, dict(answer.headers), answer.content)
    )
    assert found == list(JUDGED.get(name, {})), f"{name}: judge these in tests/recordings/questions.py"


def test_the_readme_counts_the_recorded_answers_of_each_product() -> None:
    kinds = {"aws.User": "aws", "em.Account": "em", "em.BackupServer": "em", "vbr.User": "vbr", "vspc.User": "vspc"}
    rows = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8").splitlines()
    for kind, product in kinds.items():
        count = sum(one.kind == "recorded" and one.product == product for one in RECORDINGS.values())
        (row,) = [row for row in rows if row.startswith(f"| [`veeam.{kind}`]")]
        assert f"{count} recorded answer" in row
