"""Enterprise Manager: logon, formats, backup servers, and the points on which its documents differ."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest

from tests.conftest import StartSimulator
from tests.simulator.conftest import Connect
from veeam_pulumi.simulator import Simulator
from veeam_pulumi.simulator.em.routes import TABLE
from veeam_pulumi.simulator.routing import routes

JSON, XML = {"accept": "application/json"}, {"accept": "application/xml", "content-type": "application/xml"}
NAMESPACE = "http://www.veeam.com/ent/v1.0"
TOKEN = "x-restsvcsessionid"
USER = "172.16.13.119\\Administrator"
# The example of the documents, in JSON and literally in XML.
SPEC = {
    "Description": "Veeam backup server in Columbus",
    "DnsNameOrIpAddress": "172.16.13.119",
    "Port": 9392,
    "Username": USER,
    "Password": "Vbr-Word-1",
    "VbrCertificateThumbprint": "0000000000000000000000000000000000000000",
    "WcfPort": 9405,
}
SEED = r"""<?xml version="1.0" encoding="utf-8"?>
<BackupServerSpec xmlns="http://www.veeam.com/ent/v1.0" xmlns:xsd="http://www.w3.org/2001/XMLSchema"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <Description>Veeam backup server 01</Description>
  <DnsNameOrIpAddress>172.16.13.119</DnsNameOrIpAddress>
  <Username>172.16.13.119\Administrator</Username>
  <Port>9392</Port>
  <Password>Vbr-Word-1</Password>
  <WcfPort>9405</WcfPort>
  <VbrCertificateThumbprint>0000000000000000000000000000000000000000</VbrCertificateThumbprint>
</BackupServerSpec>"""
_USER, _PORT = "  <Username>172.16.13.119\\Administrator</Username>\n", "  <Port>9392</Port>\n"
SCHEMA = SEED.replace(_USER, "").replace(_PORT, _PORT + _USER)


def log_on(client: httpx.Client, user: str, password: str, path: str = "/api/sessionMngr/?v=latest") -> httpx.Response:
    word = base64.b64encode(f"{user}:{password}".encode()).decode()
    response = client.post(path, headers={"authorization": f"Basic {word}"})
    client.cookies.clear()  # they would win over any header
    if response.status_code == 201:
        client.headers[TOKEN] = response.headers[TOKEN]
    return response


@pytest.fixture
def em(sim: Simulator, connect: Connect) -> httpx.Client:
    """Logged on as the Portal Administrator, for JSON."""
    client = connect("em", headers=JSON)
    assert log_on(client, sim.username("em"), sim.password("em")).status_code == 201
    return client


def add(em: httpx.Client, address: str = "vbr01", **changes: Any) -> httpx.Response:
    spec = {**SPEC, "DnsNameOrIpAddress": address, **changes}
    body = {name: value for name, value in spec.items() if value is not None}
    return em.post("/api/backupServers?action=create", json=body)


def finish(em: httpx.Client, answer: httpx.Response) -> dict[str, Any]:
    """Polls a task to its end -> the task."""
    task: dict[str, Any] = answer.json()
    while task["state"] != "Finished":
        task = em.get(f"/api/tasks/{task['taskId']}").json()
    return task


def names(em: httpx.Client) -> list[str]:
    return [row["name"] for row in em.get("/api/backupServers").json()["refs"]]


# -- logon


def test_logon_gives_a_token_in_a_header_and_in_a_cookie(sim: Simulator, connect: Connect) -> None:
    client = connect("em", headers=JSON)
    answer = log_on(client, sim.username("em"), sim.password("em"))
    assert answer.headers["set-cookie"] == f"X-RestSvcSessionId={answer.headers[TOKEN]}; Path=/api;"
    body = answer.json()
    assert (body["userName"], body["type"]) == ("LAB\\svc-backup", "LogonSession")
    assert body["href"] == f"{sim.url('em')}/api/logonSessions/{body['sessionId']}"
    links = {(link["rel"], link["type"]): link["href"] for link in body["links"]}
    assert links["Down", "BackupServerReferenceList"] == f"{sim.url('em')}/api/backupServers"
    assert links["Delete", None] == body["href"]
    # The token does not follow from the id, so that a client that derives it does not get in.
    assert body["sessionId"].encode() != base64.b64decode(answer.headers[TOKEN])


@pytest.mark.parametrize(
    "path", ["/api/sessionMngr", "/api/sessionmngr/", "/API/SessionMngr/?v=v1_7", "/api/sessionMngr?V=LATEST"]
)
def test_logon_paths(sim: Simulator, connect: Connect, path: str) -> None:
    assert log_on(connect("em"), "lab\\SVC-backup", sim.password("em"), path).status_code == 201


def test_refused_logons(sim: Simulator, connect: Connect) -> None:
    client = connect("em", headers=JSON)
    refused = log_on(client, sim.username("em"), "wrong")
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Basic Realm=RestSvc")
    assert refused.json() == {
        "firstChanceExceptionMessage": None,
        "stackTrace": None,
        "message": "Unauthorized",
        "statusCode": 401,
        "status": None,
    }
    assert client.post("/api/sessionMngr/", headers={"authorization": "Basic ???"}).status_code == 401
    assert client.post("/api/sessionMngr/").status_code == 401
    form = client.post("/api/sessionMngr/", data={"a": "b"}, auth=(sim.username("em"), sim.password("em")))
    assert form.status_code == 415
    assert log_on(client, sim.username("em"), sim.password("em"), "/api/sessionMngr/?v=v9_9").status_code == 400


def test_credentials_are_utf_8(sim: Simulator, connect: Connect) -> None:
    sim.drift("em", "add", "LAB\\jürgen", {"role": "Portal User", "password": "Größe:9"})
    client = connect("em")
    assert log_on(client, "LAB\\jürgen", "Größe:9").status_code == 201
    latin = base64.b64encode("LAB\\jürgen:Größe:9".encode("latin-1")).decode()
    assert client.post("/api/sessionMngr/", headers={"authorization": f"Basic {latin}"}).status_code == 401


def test_logoff_ends_a_session_and_dead_ones_are_500(em: httpx.Client) -> None:
    (session,) = em.get("/api/logonSessions").json()["logonSessions"]
    path = f"/api/logonSessions/{session['sessionId']}"
    assert em.get(path).json() == session
    assert em.get("/api/logonSessions/5331f4ad-5b4d-4e1d-b559-1a5b3209eae7").status_code == 500
    assert em.delete("/api/logonSessions/5331f4ad-5b4d-4e1d-b559-1a5b3209eae7").status_code == 500
    gone = em.delete(path)
    assert (gone.status_code, gone.content) == (204, b"")
    assert em.get("/api/backupServers").status_code == 401


def test_a_session_dies_when_nobody_uses_it(sim: Simulator, em: httpx.Client) -> None:
    for _ in range(3):
        sim.advance(600)
        assert em.get("/api/backupServers").status_code == 200, "every request starts the 15 minutes afresh"
    sim.advance(901)
    assert em.get("/api/backupServers").status_code == 401
    sim.set(**{"em.idle_timeout": 60})
    assert log_on(em, sim.username("em"), sim.password("em")).status_code == 201
    sim.advance(61)
    assert em.get("/api/backupServers").status_code == 401


@pytest.mark.parametrize(
    ("knob", "stale_cookie", "cookie_alone"), [("wins", 401, 200), ("loses", 200, 200), ("off", 200, 401)]
)
def test_the_cookie_wins_over_the_header(
    sim: Simulator, em: httpx.Client, knob: str, stale_cookie: int, cookie_alone: int
) -> None:
    sim.set(**{"em.cookie": knob})
    good = {"cookie": f"other=1; X-RestSvcSessionId={em.headers[TOKEN]}"}
    assert em.get("/api/tasks", headers={"cookie": "X-RestSvcSessionId=stale"}).status_code == stale_cookie
    del em.headers[TOKEN]
    assert em.get("/api/tasks", headers=good).status_code == cookie_alone
    answer = log_on(em, sim.username("em"), sim.password("em"))
    assert ("set-cookie" in answer.headers) is (knob != "off")


# -- formats


@pytest.mark.parametrize(
    ("release", "versions", "case"),
    [
        ("9.5", ["v1_0", "v1_1", "v1_2", "v1_3", "v1_4"], "pascal"),
        ("11", ["v1_4", "v1_5", "v1_6"], "pascal"),
        ("12", ["v1_5", "v1_6", "v1_7"], "pascal"),
        ("13", ["v1_5", "v1_6", "v1_7"], "camel"),
    ],
)
def test_releases(sim: Simulator, em: httpx.Client, release: str, versions: list[str], case: str) -> None:
    sim.drift("em", "add", "vbr01")
    sim.set(**{"em.release": release})
    del em.headers["accept"]
    root = ElementTree.fromstring(em.get("/api/").content)
    assert root.tag == f"{{{NAMESPACE}}}EnterpriseManager"
    assert [found.get("Name") for found in root.iter(f"{{{NAMESPACE}}}SupportedVersion")] == versions
    known = log_on(em, sim.username("em"), sim.password("em"), f"/api/sessionMngr/?v={versions[-1]}")
    assert known.status_code == 201
    body = em.get("/api/", headers=JSON).json()
    key = "SupportedVersions" if case == "pascal" else "supportedVersions"
    assert len(body[key][key]) == len(versions)
    server = em.get("/api/backupServers?format=Entity", headers=JSON).json()
    (entity,) = server["BackupServers" if case == "pascal" else "backupServers"]
    assert ("wcfport" in {name.lower() for name in entity}) is (release in ("12", "13"))


def test_an_entity_as_version_12_and_as_version_13_shows_it(sim: Simulator, em: httpx.Client) -> None:
    sim.drift("em", "add", "vbr01", {"description": "", "vbrCertificateThumbprint": "AB" * 20})
    id_ = (sim.lookup("em", "VBR01") or {})["id"]
    href = f"{sim.url('em')}/api/backupServers/{id_}"
    entity = em.get(f"/api/backupservers/{id_}?format=entity").json()
    links = entity.pop("links")
    assert entity == {
        "description": "",
        "port": 9392,
        "version": "13.0.1.2067",
        "wcfPort": 9405,
        "vbrCertificateThumbprint": "AB" * 20,
        "name": "vbr01",
        "uid": f"urn:veeam:BackupServer:{id_}",
        "href": f"{href}?format=Entity",
        "type": "BackupServer",
    }
    assert len(links) == 14
    assert links[0] == {"rel": "Alternate", "href": href, "name": "vbr01", "type": "BackupServerReference"}
    assert links[-1] == {"rel": "Start", "href": f"{href}?action=collect", "name": None, "type": None}
    sim.set(**{"em.release": "12", "em.bom": "on"})
    answer = em.get(f"/api/backupServers/{id_}")
    assert answer.content.startswith(b"\xef\xbb\xbf{")
    reference = answer.json()
    assert (reference["UID"], reference["Type"]) == (f"urn:veeam:BackupServer:{id_}", "BackupServerReference")
    sim.set(**{"em.case": "camel", "em.bom": "off"})
    assert em.get(f"/api/backupServers/{id_}").json()["uid"] == reference["UID"]


def test_xml_is_the_answer_to_everything_but_json(sim: Simulator, em: httpx.Client) -> None:
    sim.drift("em", "add", "vbr01", {"description": "a <b> & c"})
    for accept in ("application/xml", "*/*", "text/html"):
        answer = em.get("/api/backupServers?format=Entity", headers={"accept": accept})
        assert answer.headers["content-type"] == "application/xml"
        (server,) = ElementTree.fromstring(answer.content)
        assert (server.get("Type"), server.get("Name")) == ("BackupServer", "vbr01")
        order = ["Links", "Description", "Port", "Version", "WcfPort", "VbrCertificateThumbprint"]
        assert [child.tag.removeprefix(f"{{{NAMESPACE}}}") for child in server] == order
        assert server.findtext(f"{{{NAMESPACE}}}Description") == "a <b> & c"
        (reference,) = ElementTree.fromstring(em.get("/api/backupServers", headers={"accept": accept}).content)
        assert reference.tag == f"{{{NAMESPACE}}}Ref"
    error = em.get("/api/tasks/task-99", headers=XML)
    assert error.status_code == 404
    assert ElementTree.fromstring(error.content).attrib == {
        "Message": "Task 'task-99' does not exist.",
        "StatusCode": "404",
    }
    assert em.get("/api/nothing").json()["statusCode"] == 404
    assert em.patch("/api/backupServers").json()["statusCode"] == 405


@pytest.mark.parametrize(("body", "order"), [(SEED, "seed"), (SCHEMA, "schema")])
def test_both_orders_of_an_xml_body(sim: Simulator, em: httpx.Client, body: str, order: str) -> None:
    other = {"seed": "schema", "schema": "seed"}[order]
    path = "/api/backupServers?action=create"
    sim.set(**{"em.xml_order": other})
    assert em.post(path, content=body, headers=XML).status_code == 400
    sim.set(**{"em.xml_order": order})
    answer = em.post(path, content=body, headers=XML)
    assert answer.status_code == 202
    assert ElementTree.fromstring(answer.content).findtext(f"{{{NAMESPACE}}}TaskId") == "task-1"
    assert names(em) == []
    assert names(em) == ["172.16.13.119"]
    shown = sim.lookup("em", "172.16.13.119") or {}
    assert (shown["description"], shown["port"], shown["wcfPort"]) == ("Veeam backup server 01", 9392, 9405)
    assert sim.can_login("em", "172.16.13.119\\administrator", "Vbr-Word-1")
    kept = sim.requests("em", writes_only=True)[-1].body
    assert "<Username>172.16.13.119\\Administrator</Username>" in kept
    assert "<Password>[secret]</Password>" in kept and "Vbr-Word-1" not in kept


def test_accept_says_how_a_body_is_read(sim: Simulator, em: httpx.Client) -> None:
    path = "/api/backupServers?action=create"
    both = {**XML, "accept": "application/xml, application/json"}
    answer = em.post(path, content=SEED, headers=both)
    assert (answer.status_code, answer.json()["message"]) == (400, "Node [root] does not exist.")
    assert em.post(path, json=SPEC, headers={"accept": "application/xml"}).status_code == 400
    assert em.post(path, content=SEED, headers={**XML, "content-type": "text/plain"}).status_code == 415
    for wrong in ("<BackupServerSpec/>", "<", "<!DOCTYPE x><x/>", SEED.replace("Port>", "Prt>")):
        assert em.post(path, content=wrong, headers=XML).status_code == 400
    assert sim.objects("em")["servers"] == []
    sim.set(**{"em.parser": "content_type"})
    assert em.post(path, content=SEED, headers=both).json()["state"] == "Running"


# -- create


@pytest.mark.parametrize("status", [200, 201, 202])
@pytest.mark.parametrize("what", ["task", "empty", "location", "entity"])
def test_every_answer_to_create(sim: Simulator, em: httpx.Client, status: int, what: str) -> None:
    sim.set(**{"em.create_reply": f"{status}_{what}"})
    answer = add(em)
    assert answer.status_code == status
    if what == "task":
        assert sim.lookup("em", "vbr01") is None, "it is not there before its task has finished"
        task = finish(em, answer)
        assert task["result"]["success"] is True
        (related,) = [link for link in task["links"] if link["rel"] == "Related"]
        assert em.get(related["href"]).json()["name"] == related["name"] == "vbr01"
    elif what == "entity":
        assert answer.json()["name"] == "vbr01"
    else:
        assert answer.content == b""
    assert ("location" in answer.headers) is (what == "location")
    server = sim.lookup("em", "vbr01") or {}
    if what == "location":
        assert answer.headers["location"] == f"{sim.url('em')}/api/backupServers/{server['id']}"
    assert (server["address"], server["port"], server["username"]) == ("vbr01", 9392, USER)
    assert names(em) == ["vbr01"]


def test_create_without_any_content(sim: Simulator, em: httpx.Client) -> None:
    sim.set(**{"em.create_reply": "204"})
    answer = add(em)
    assert (answer.status_code, answer.content, names(em)) == (204, b"", ["vbr01"])


def test_keys_of_a_request_are_read_in_any_case(sim: Simulator, em: httpx.Client) -> None:
    body = {name.lower(): value for name, value in SPEC.items()} | {"port": "9393", "unknown": 1}
    assert finish(em, em.post("/api/backupServers?action=create", json=body))["result"]["message"] == "Ok"
    assert (sim.lookup("em", "172.16.13.119") or {})["port"] == 9393


@pytest.mark.parametrize(
    "changes",
    [
        {"Password": None},
        {"Username": ""},
        {"Port": "x"},
        {"Port": 70000},
        {"Port": True},
        {"Description": 5},
        {"Port": None},
    ],
)
def test_what_create_refuses(sim: Simulator, em: httpx.Client, changes: dict[str, Any]) -> None:
    assert add(em, **changes).status_code == 400
    assert sim.objects("em")["servers"] == []


@pytest.mark.parametrize(("kind", "port"), [("windows", 9392), ("appliance", 443)])
def test_what_the_server_fills_in(sim: Simulator, em: httpx.Client, kind: str, port: int) -> None:
    sim.set(**{"em.required": "schema", "em.kind": kind})
    finish(em, add(em, Description=None, Port=None, WcfPort=None, VbrCertificateThumbprint=None))
    server = sim.lookup("em", "vbr01") or {}
    assert (server["description"], server["port"], server["wcfPort"]) == ("", port, 9405)
    assert len(bytes.fromhex(server["vbrCertificateThumbprint"])) == 20


@pytest.mark.parametrize("status", [400, 409])
def test_a_server_is_connected_once(sim: Simulator, em: httpx.Client, status: int) -> None:
    sim.set(**{"em.duplicate": status})
    first = add(em)
    assert add(em).status_code == status, "a task that is about to connect it counts as well"
    finish(em, first)
    assert add(em, "VBR01.lab.local").status_code == status, "another name of the same server"
    assert finish(em, add(em, "vbr02"))["state"] == "Finished"
    assert names(em) == ["vbr01", "vbr02"]


@pytest.mark.parametrize(
    ("added", "name"), [("vbr01", "vbr01.lab.local"), ("10.0.0.9", "10-0-0-9.lab.local"), ("a.b", "a.b")]
)
def test_the_name_may_be_another_than_the_address(sim: Simulator, em: httpx.Client, added: str, name: str) -> None:
    sim.set(**{"em.name": "fqdn"})
    finish(em, add(em, added))
    assert names(em) == [name]
    assert (sim.lookup("em", added) or {})["address"] == added


# -- tasks


def test_a_task_runs_then_waits_for_the_data_then_is_finished(sim: Simulator, em: httpx.Client) -> None:
    sim.set(**{"em.task_latency": 2, "em.task_finishing": 1})
    task = add(em).json()
    assert (task["taskId"], task["state"], task["result"]) == ("task-1", "Running", None)
    seen = [em.get("/api/tasks/task-1").json() for _ in range(5)]
    assert [one["state"] for one in seen] == ["Running", "Running", "OperationFinished", "Finished", "Finished"]
    assert seen[2]["result"]["message"] == "OperationFinished"
    assert [link["rel"] for link in seen[2]["links"]] == ["Delete"]
    assert [link["rel"] for link in seen[4]["links"]] == ["Delete", "Related"]
    sim.set(**{"em.related": "off"})
    (listed,) = em.get("/api/tasks").json()["tasks"]
    assert [link["rel"] for link in listed["links"]] == ["Delete"]
    assert em.delete("/api/tasks/task-1").status_code == 204
    assert em.get("/api/tasks").json() == {"tasks": []}


def test_a_task_belongs_to_its_session(sim: Simulator, em: httpx.Client) -> None:
    add(em)
    first = em.headers[TOKEN]
    log_on(em, sim.username("em"), sim.password("em"))
    assert em.get("/api/tasks/task-1").status_code == 404
    assert em.delete("/api/tasks/task-1").status_code == 404
    assert em.get("/api/tasks").json() == {"tasks": []}
    assert names(em) == [] and names(em) == ["vbr01"], "it goes on, and can be looked for"
    assert em.get("/api/tasks/task-1", headers={TOKEN: first}).json()["state"] == "Finished"


@pytest.mark.parametrize(
    ("knobs", "spec", "says", "flag"),
    [
        ({"em.task_result": "failed"}, {}, "Failed to connect to backup server vbr01", None),
        ({"em.task_result": "confirmation"}, {}, "certificate of backup server vbr01", "confirmationNeeded"),
        ({"em.credentials": "strict"}, {"Password": "A-wrong-1"}, "invalid credentials", "credentialsNeeded"),
        ({"em.thumbprint": "task"}, {"VbrCertificateThumbprint": "AB" * 20}, "not trusted", "confirmationNeeded"),
    ],
)
@pytest.mark.parametrize("reply", ["202_task", "202_empty", "201_location"])
def test_failures(
    sim: Simulator,
    em: httpx.Client,
    knobs: dict[str, str],
    spec: dict[str, str],
    says: str,
    flag: str | None,
    reply: str,
) -> None:
    sim.set(**knobs, **{"em.create_reply": reply})
    answer = add(em, **spec)
    if reply == "202_task":
        task = em.get(f"/api/tasks/{answer.json()['taskId']}").json()
        assert task["state"] == "Finished", "a failed operation leaves no data to wait for"
        result = task["result"]
        assert (result["success"], says in result["message"]) == (False, True)
        assert [name for name in ("credentialsNeeded", "confirmationNeeded") if result[name]] == (
            [flag] if flag else []
        )
        assert [link["rel"] for link in task["links"]] == ["Delete"]
    elif reply == "202_empty":
        assert answer.status_code == 202
    else:
        assert (answer.status_code, says in answer.json()["message"]) == (400, True)
    assert names(em) == []
    assert sim.objects("em")["servers"] == []
    sim.set(**dict.fromkeys(["em.task_result"], "ok"), **{"em.credentials": "any", "em.thumbprint": "any"})
    assert add(em).status_code in (201, 202), "what has failed is not connected"


def test_the_right_thumbprint_is_known_beforehand(sim: Simulator, em: httpx.Client) -> None:
    sim.set(**{"em.thumbprint": "400"})
    assert add(em).status_code == 400
    finish(em, add(em, VbrCertificateThumbprint=None))
    right = (sim.lookup("em", "vbr01") or {})["vbrCertificateThumbprint"]
    assert right == hashlib.sha1(b"veeam vbr01.lab.local").hexdigest().upper(), "the rule that the README states"
    colons = ":".join(right[at : at + 2] for at in range(0, 40, 2)).lower()
    em.delete(f"/api/backupServers/{(sim.lookup('em', 'vbr01') or {})['id']}")
    finish(em, add(em, VbrCertificateThumbprint=colons))
    assert (sim.lookup("em", "vbr01") or {})["vbrCertificateThumbprint"] == right


@pytest.mark.parametrize("reply", ["202_task", "201_empty"])
def test_a_new_server_may_show_late(sim: Simulator, em: httpx.Client, reply: str) -> None:
    sim.set(**{"em.create_reply": reply, "em.lag": 2})
    answer = add(em)
    if reply == "202_task":
        finish(em, answer)
    assert sim.lookup("em", "vbr01"), "it is there, and only lists do not know it yet"
    entities = "/api/query?type=BackupServer&format=Entities"
    assert names(em) == []
    assert em.get(entities).json()["entities"]["backupServers"]["backupServers"] == []
    assert len(em.get(entities).json()["entities"]["backupServers"]["backupServers"]) == 1
    assert names(em) == ["vbr01"]


def test_a_server_that_cannot_be_reached(sim: Simulator, em: httpx.Client) -> None:
    sim.set(**{"em.offline": ["VBR01"], "em.credentials": "strict"})
    assert finish(em, add(em, Password="wrong", VbrCertificateThumbprint=None))["result"]["success"] is True
    shown = sim.lookup("em", "vbr01") or {}
    assert (shown["version"], shown["vbrCertificateThumbprint"], shown["port"]) == ("", "", 9392)
    collect = f"/api/backupServers/{shown['id']}?action=collect"
    assert finish(em, em.post(collect))["result"]["success"] is False
    sim.set(**{"em.offline": []})
    task = finish(em, em.post(collect))
    assert (task["operation"], task["result"]["success"]) == ("CollectingBackupServer", True)
    assert (sim.lookup("em", "vbr01") or {})["version"] == "13.0.1.2067"
    assert em.post(collect.replace("collect", "paint")).status_code == 400


# -- change and delete


@pytest.mark.parametrize(("reply", "status"), [("204", 204), ("200", 200), ("202_task", 202)])
def test_put_changes_what_it_is_sent(sim: Simulator, em: httpx.Client, reply: str, status: int) -> None:
    finish(em, add(em))
    sim.set(**{"em.put_reply": reply})
    path = f"/api/backupServers/{(sim.lookup('em', 'vbr01') or {})['id']}"
    answer = em.put(path, json={"DnsNameOrIpAddress": "vbr01", "Description": "new", "Port": None})
    assert answer.status_code == status
    if status == 202:
        assert (sim.lookup("em", "vbr01") or {})["description"] == SPEC["Description"]
        finish(em, answer)
    assert answer.content == b"" or status != 204
    shown = sim.lookup("em", "vbr01") or {}
    assert (shown["description"], shown["vbrCertificateThumbprint"]) == ("new", SPEC["VbrCertificateThumbprint"])
    assert sim.can_login("em", USER, "Vbr-Word-1")
    rotated = {"DnsNameOrIpAddress": "vbr01", "Username": "LAB\\new", "Password": "Rotated-9"}
    rotation = em.put(path, json=rotated)
    if status == 202:
        finish(em, rotation)
    assert sim.can_login("em", "lab\\NEW", "Rotated-9")
    assert not sim.can_login("em", USER, "Vbr-Word-1")
    assert sim.requests("em", "PUT")[-1].body == {**rotated, "Password": "[secret]"}
    assert em.put(path, json={"Description": "x"}).status_code == 400, "the address is always needed"


def test_put_may_reset_what_it_is_not_sent(sim: Simulator, em: httpx.Client) -> None:
    sim.drift(
        "em", "add", "vbr01", {"description": "old", "port": 9999, "wcfPort": 1, "vbrCertificateThumbprint": "AB"}
    )
    path = f"/api/backupServers/{(sim.lookup('em', 'vbr01') or {})['id']}"
    sim.set(**{"em.put_merges": "off"})
    assert em.put(path, json={"DnsNameOrIpAddress": "vbr01"}).status_code == 204
    shown = sim.lookup("em", "vbr01") or {}
    assert (shown["description"], shown["port"], shown["wcfPort"]) == ("", 9392, 9405)
    assert len(shown["vbrCertificateThumbprint"]) == 40


def test_put_may_move_a_server_but_not_onto_another(sim: Simulator, em: httpx.Client) -> None:
    sim.drift("em", "add", "vbr01")
    sim.drift("em", "add", "vbr02")
    path = f"/api/backupServers/{(sim.lookup('em', 'vbr01') or {})['id']}"
    assert em.put(path, json={"DnsNameOrIpAddress": "vbr02"}).status_code == 400
    assert em.put(path, json={"DnsNameOrIpAddress": "VBR01"}).status_code == 204
    assert em.put(path, json={"DnsNameOrIpAddress": "vbr01.lab.local"}).status_code == 204
    assert em.put(path, json={"DnsNameOrIpAddress": "vbr03"}).status_code == 204
    assert names(em) == ["vbr03", "vbr02"]
    sim.set(**{"em.task_result": "failed"})
    assert em.put(path, json={"DnsNameOrIpAddress": "vbr04"}).status_code == 400


@pytest.mark.parametrize("status", [404, 400, 500])
def test_delete_and_then_unknown(sim: Simulator, em: httpx.Client, status: int) -> None:
    sim.set(**{"em.unknown_id": status})
    sim.drift("em", "add", "vbr01")
    path = f"/api/backupServers/{(sim.lookup('em', 'vbr01') or {})['id']}"
    gone = em.delete(path)
    assert (gone.status_code, gone.content, names(em)) == (204, b"", [])
    assert em.get(path).status_code == em.delete(path).status_code == status
    assert em.get(path).json()["statusCode"] == status
    assert em.get("/api/backupServers/not-an-id").status_code == status


def test_links_may_name_a_foreign_host(sim: Simulator, em: httpx.Client) -> None:
    sim.set(**{"em.href_host": "foreign", "em.create_reply": "202_location"})
    assert add(em).headers["location"].startswith("https://em01.lab.local:9398/api/backupServers/")
    (reference,) = em.get("/api/backupServers").json()["refs"]
    assert reference["href"].startswith("https://em01.lab.local:9398/api/backupServers/")


# -- who may do what


def test_a_portal_user_may_look_and_collect(sim: Simulator, em: httpx.Client, connect: Connect) -> None:
    sim.drift("em", "add", "vbr01")
    sim.drift("em", "add", "LAB\\viewer", {"role": "Portal User", "password": "Viewer-9"})
    assert sim.can_login("em", "lab\\viewer", "Viewer-9")
    server = f"/api/backupServers/{(sim.lookup('em', 'vbr01') or {})['id']}"
    client = connect("em", headers=JSON)
    log_on(client, "LAB\\viewer", "Viewer-9")
    assert names(client) == ["vbr01"]
    assert client.get("/api/query?type=BackupServer").status_code == 200
    assert client.post(f"{server}?action=collect").status_code == 202
    refused = [add(client, "vbr02"), client.put(server, json={}), client.delete(server), client.get("/api/security")]
    assert [(one.status_code, one.json()["message"]) for one in refused] == [(403, "Access denied")] * 4
    assert len(sim.objects("em")["servers"]) == 1
    sim.drift("em", "update", "LAB\\viewer", {"role": "Portal Administrator"})
    assert client.delete(server).status_code == 204
    sim.drift("em", "delete", "LAB\\viewer")
    assert client.get("/api/backupServers").status_code == 401
    assert len(em.get("/api/logonSessions").json()["logonSessions"]) == 1


def test_an_account_finds_out_what_it_may_do(sim: Simulator, em: httpx.Client) -> None:
    links = {link["type"]: link["href"] for link in em.get("/api/security").json()["links"]}
    accounts = em.get(links["EnterpriseAccountReferenceList"]).json()["refs"]
    (own,) = [account for account in accounts if account["name"].lower() == sim.username("em").lower()]
    assert own["uid"].startswith("urn:veeam:EnterpriseAccount:")
    entity = em.get(f"{own['href']}?format=Entity").json()
    assert (entity["name"], entity["accountType"], "roles" in entity) == ("LAB\\svc-backup", "User", False)
    (role,) = em.get(f"{own['href']}/roles").json()["enterpriseAccountInRoles"]
    assert role["roleName"] == "Portal Administrator"
    roles = em.get("/api/security/roles").json()["refs"]
    assert len(roles) == 7
    id_ = role["href"].rsplit("/", 1)[1]
    assert em.get(f"/api/security/roles/{id_}?format=Entity").json()["name"] == "Portal Administrator"
    assert em.get(own["href"]).json()["type"] == "EnterpriseAccountReference"
    for path in ("roles", "accounts", f"accounts/{id_}/roles"):
        assert em.get(f"/api/security/{path}/{id_[::-1]}").status_code == 404


# -- tools


def test_faults_speak_the_products_words(sim: Simulator, em: httpx.Client) -> None:
    sim.fault("em", "status", "GET", "/api/backupServers", status=503, retry_after=3)
    body = em.get("/api/backupServers").json()
    assert (body["statusCode"], body["message"], body["retryAfter"]) == (503, "simulated fault", 3)
    sim.fault("em", "expire_token")
    assert em.get("/api/backupServers").status_code == 401


def test_logons_are_no_writes_and_tokens_are_not_logged(sim: Simulator, em: httpx.Client) -> None:
    finish(em, add(em))
    em.delete("/api/tasks/task-1")
    em.delete(f"/api/logonSessions/{em.get('/api/logonSessions').json()['logonSessions'][0]['sessionId']}")
    assert [(one.method, one.path) for one in sim.requests("em", writes_only=True)] == [("POST", "/api/backupServers")]
    assert len(sim.requests("em")) > 4
    text = repr(sim.requests("em"))
    assert em.headers[TOKEN] not in text and TOKEN not in text


def test_another_server_of_the_process_changes_no_path(simulator: StartSimulator) -> None:
    """They share their paths, which were made a little longer for each of them once."""
    simulator(products=("em",))
    before = [route.path_regex.pattern for route in routes(TABLE)]
    simulator(products=("em",))
    assert [route.path_regex.pattern for route in routes(TABLE)] == before
