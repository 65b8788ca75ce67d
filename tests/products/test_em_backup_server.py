r"""em.BackupServer against a simulated Enterprise Manager, in every way in which the documents let it answer."""

from __future__ import annotations

import itertools
import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.products.conftest import Servers, ServersOf
from tests.specimens import EM_SERVER
from veeam_pulumi.errors import (
    AlreadyExists,
    AnswerLost,
    IncompleteList,
    InvalidInput,
    NotFound,
    NotProvenGone,
    ServerRefused,
    ServerUnreachable,
    UnexpectedAnswer,
    VeeamError,
)
from veeam_pulumi.products.em import backup_server, task, wire
from veeam_pulumi.products.em import servers as listed
from veeam_pulumi.products.em.session import EmSession
from veeam_pulumi.server.connections import Connections
from veeam_pulumi.simulator.em import query
from veeam_pulumi.simulator.em.hosts import thumbprint
from veeam_pulumi.simulator.em.knobs import CREATE_REPLIES

SECRET = "Canary-Passw0rd-qzx"
ADDRESS = "172.17.53.48"
COLUMBUS = {
    "dns_name_or_ip_address": ADDRESS,
    "username": rf"{ADDRESS}\Administrator",
    "password": SECRET,
    "description": "Columbus",
}
SEED = Path(__file__).resolve().parents[2].parent / "shared" / "seeds" / "000_adc7cf1c6b18175b.txt"


@pytest.fixture
def em(servers: ServersOf) -> Servers:
    return servers("em.BackupServer")


def test_create_gives_the_id_and_everything_the_server_says(em: Servers) -> None:
    id, state = em.create(**COLUMBUS)
    assert state == {
        **COLUMBUS,
        "connection": "em",
        "adopt": False,
        "port": 9392,
        "wcf_port": 9405,
        "vbr_certificate_thumbprint": thumbprint(ADDRESS),
        "name": ADDRESS,
        "uid": f"urn:veeam:BackupServer:{id}",
        "version": state["version"],
        "schema": 1,
        "server": em.sim.url("em").removeprefix("https://"),
        "adopted": False,
    }
    assert re.fullmatch(r"[0-9a-f-]{36}", id)
    assert re.fullmatch(r"[\d.]+", state["version"])
    assert em.changed(state) == set()
    assert em.sim.can_login("em", rf"{ADDRESS}\Administrator", SECRET)


@pytest.mark.parametrize("reply", CREATE_REPLIES)
def test_every_reply_to_create_in_every_form(em: Servers, reply: str) -> None:
    """Each status and body × key case × format; byte-order mark, link in the task, lagging lists, names alternate."""
    for number, (case, format) in enumerate(itertools.product(("pascal", "camel"), ("json", "xml"))):
        odd, late = number % 2 == 0, number in (1, 2)
        em.sim.reset()
        em.sim.set(**{"em.create_reply": reply, "em.case": case, "em.bom": "on" if odd else "off"})
        em.sim.set(**{"em.related": "off" if late else "on", "em.lag": 2 if late else 0})
        em.sim.set(**{"em.name": "fqdn" if late else "as_added", "em.empty": "null" if odd else "list"})
        em.connect(format=format)
        id, state = em.create(**COLUMBUS)
        assert state["uid"] == f"urn:veeam:BackupServer:{id}"
        assert (state["port"], state["wcf_port"]) == (9392, 9405)
        assert [method for method, _, _ in em.writes()] == ["POST"]
        assert em.read(id, state) == state
        assert em.update(id, state, description="Ohio")["description"] == "Ohio"
        em.delete(id, state)
        assert em.names() == []


@pytest.mark.skipif(not SEED.exists(), reason="the customer's documents do not lie beside the project")
def test_the_documents_requests_go_over_the_wire(em: Servers) -> None:
    text = SEED.read_text()
    literal = json.loads(re.findall(r"\{ .*? \}", text.replace("\xa0", " "), re.DOTALL)[0])
    inputs = {
        "dns_name_or_ip_address": literal["DnsNameOrIpAddress"],
        "description": literal["Description"],
        "username": literal["Username"],
        "password": literal["Password"],
        "wcf_port": literal["WcfPort"],
        "vbr_certificate_thumbprint": literal["VbrCertificateThumbprint"],
    }
    em.create(**inputs)
    method, path, body = em.writes()[0]
    assert (method, path) == ("POST", "/api/backupServers")
    assert em.sim.requests("em", writes_only=True)[0].query == {"action": "create"}
    assert body == {**literal, "Password": "[secret]"}
    # The document's XML example in its literal order; only white space is ours.
    example = re.findall(r"<\?xml[^|]*</BackupServerSpec>", text)[-1]
    inputs["description"] = "Veeam backup server 01"
    spec = {**literal, "Description": inputs["description"]}
    ours = wire.xml("BackupServerSpec", spec, wire.DOCUMENT).get_secret_value().decode()
    assert re.sub(r">\s+<", "><", ours) == re.sub(r">\s+<", "><", example)


@pytest.mark.parametrize("order", ["seed", "schema", "either"])
def test_both_orders_of_xml_are_found_out(em: Servers, order: str) -> None:
    em.connect(format="xml")
    em.sim.set(**{"em.xml_order": order})
    _, state = em.create(**COLUMBUS, port=9393)
    assert state["port"] == 9393
    assert len(em.writes()) == (2 if order == "schema" else 1)
    request = em.sim.requests("em", method="POST")[-1]
    assert request.status == 202


def test_texts_with_signs_that_xml_reserves(em: Servers) -> None:
    em.connect(format="xml")
    _, state = em.create(**{**COLUMBUS, "description": "<Ohio> & \"more\" 'ü'", "password": "a<b>&c"})
    assert state["description"] == "<Ohio> & \"more\" 'ü'"
    assert em.sim.can_login("em", rf"{ADDRESS}\Administrator", "a<b>&c")


def test_a_task_is_followed_to_its_end(em: Servers) -> None:
    em.sim.set(**{"em.task_latency": 3, "em.task_finishing": 2})
    em.create(**COLUMBUS)
    polls = [one.path for one in em.sim.requests("em", method="GET") if "/tasks/" in one.path]
    assert len(polls) == 6


@pytest.mark.parametrize("status", [404, 200])
def test_a_deletion_whose_task_gets_lost_is_looked_at(em: Servers, status: int) -> None:
    id, state = em.create(**COLUMBUS)
    task = json.dumps({"TaskId": "t-1", "State": "Running"})
    em.sim.fault("em", "status", method="DELETE", path=f"/api/backupServers/{id}", status=202, body=task, times=2)
    em.sim.fault("em", "status", path="/api/tasks/t-1", status=status, body="<odd", times=2)
    with pytest.raises(AnswerLost, match="the task of the deletion got lost, and the backup server is still listed"):
        em.delete(id, state)
    assert em.names() == [ADDRESS]
    em.delete(id, state)
    assert em.names() == []


ENTITIES = [
    '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    '<?xml version="1.0"?>\n<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
    "<!doctype a><a/>",
    '<!-- a --><!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:1/x">%p;]><a/>',
    "<!DOCTYPE a [<!ENTITY a0 'lol'>" + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10)) + "]>"
    "<a>&a9;</a>",
]


@pytest.mark.parametrize("text", ENTITIES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "utf-7", "cp500"])
def test_xml_with_entities_never_gets_to_the_parser(text: str, encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def parse(text: str) -> None:
        raise AssertionError(f"parsed: {text}")

    monkeypatch.setattr("xml.etree.ElementTree.fromstring", parse)
    with pytest.raises(ValueError, match=r"no XML|decode|Expecting|Extra"):
        wire.read(text.encode(encoding))


def test_xml_that_is_nested_without_end() -> None:
    with pytest.raises((ValueError, RecursionError)):
        wire.read(b"<a>" * 100_000 + b"</a>" * 100_000)


def test_a_task_that_never_says_finished_is_not_waited_for_forever(em: Servers) -> None:
    em.sim.set(**{"em.task_finishing": 60})
    _, state = em.create(**COLUMBUS)
    assert state["name"] == ADDRESS


def test_a_session_lost_in_the_middle_of_a_task_loses_nothing(em: Servers) -> None:
    em.sim.set(**{"em.task_latency": 2})
    em.sim.fault("em", "expire_token", method="GET", path="/api/tasks/*")
    id, state = em.create(**COLUMBUS)
    assert (state["uid"], len(em.writes())) == (f"urn:veeam:BackupServer:{id}", 1)


@pytest.mark.parametrize(
    ("knobs", "inputs", "words", "fix"),
    [
        ({"em.task_result": "failed"}, {}, "the connection was refused", "fix the reported problem"),
        ({"em.task_result": "confirmation"}, {}, "is not trusted", "correct that"),
        ({"em.credentials": "strict"}, {"password": "wrong-" + SECRET}, "invalid credentials", "check username and"),
        ({"em.thumbprint": "task"}, {"vbr_certificate_thumbprint": "AB" * 20}, "is not trusted", "compare the backup"),
    ],
)
@pytest.mark.parametrize("format", ["json", "xml"])
def test_a_create_that_is_accepted_and_then_fails(
    em: Servers, knobs: dict[str, Any], inputs: dict[str, Any], words: str, fix: str, format: str
) -> None:
    em.connect(format=format)
    em.sim.set(**knobs)
    with pytest.raises(ServerRefused) as caught:
        em.create(**{**COLUMBUS, **inputs})
    text = str(caught.value)
    assert f"em.BackupServer '{ADDRESS}' on 127.0.0.1" in text
    assert re.search(r"the task task-\d+ \(\w+\) failed: ", text)
    assert words in text
    assert fix in text
    assert SECRET not in text
    assert em.names() == []


def test_a_thumbprint_that_is_refused_at_once(em: Servers) -> None:
    em.sim.set(**{"em.thumbprint": "400"})
    with pytest.raises(ServerRefused, match="was refused with 400"):
        em.create(**COLUMBUS, vbr_certificate_thumbprint="AB" * 20)
    _, state = em.create(**COLUMBUS, vbr_certificate_thumbprint=thumbprint(ADDRESS).lower())
    assert em.changed(state, vbr_certificate_thumbprint=thumbprint(ADDRESS)) == set()


def test_a_server_that_cannot_be_reached_is_accepted_without_a_version(em: Servers) -> None:
    em.sim.set(**{"em.offline": ADDRESS})
    id, state = em.create(**COLUMBUS)
    assert "version" not in state
    assert em.read(id, state) == state


def test_a_server_that_does_not_appear_within_the_deadline_is_named(em: Servers) -> None:
    em.sim.set(**{"em.lag": 1000, "em.create_reply": "202_empty"})
    em.connect(deadline=1)
    with pytest.raises(ServerUnreachable, match="does not list it within .* deadline of 1 s; run again: .*adopt=True"):
        em.create(**COLUMBUS)


def test_a_task_that_does_not_end_within_the_deadline(em: Servers) -> None:
    em.sim.set(**{"em.task_latency": 1000})
    em.connect(deadline=1)
    with pytest.raises(AnswerLost, match="did not finish within the connection's deadline; .*adopt=True"):
        em.create(**COLUMBUS)


def test_one_that_is_connected_already_says_how_to_adopt_it(em: Servers) -> None:
    for name in ("as_added", "fqdn"):
        em.sim.reset()
        em.sim.set(**{"em.name": name})
        id, _ = em.create(**COLUMBUS)
        em.forget()
        with pytest.raises(AlreadyExists, match=rf"it exists already \(id {id}\); renamed\?.*adopt=True"):
            em.create(**COLUMBUS)
        found, state = em.create(**COLUMBUS, adopt=True)
        assert (found, state["adopted"], em.writes()) == (id, True, [])
        assert em.changed(state, **COLUMBUS, adopt=True) == set()
        em.delete(id, state)
        assert len(em.names()) == 1
        assert "was adopted, not created here" in em.warnings[-1]


def test_credentials_are_sent_only_when_they_changed(em: Servers) -> None:
    id, state = em.create(**COLUMBUS)
    for change, sent in (
        ({"description": "Ohio"}, False),
        ({"port": 9393}, False),
        ({"password": "Another-" + SECRET}, True),
        ({"username": r"LAB\svc"}, True),
    ):
        em.forget()
        state = em.update(id, state, **change)
        ((method, path, body),) = em.writes()
        assert (method, path) == ("PUT", f"/api/backupServers/{id}")
        assert ("Password" in body, "Username" in body) == (sent, sent)
        assert body["DnsNameOrIpAddress"] == ADDRESS
        # What a PUT without them means no document says, so what the server has goes back to it.
        assert (body["WcfPort"], body["VbrCertificateThumbprint"]) == (9405, thumbprint(ADDRESS))
    assert em.sim.can_login("em", r"LAB\svc", "Another-" + SECRET)


@pytest.mark.parametrize("reply", ["204", "200", "202_task"])
@pytest.mark.parametrize("merges", ["on", "off"])
def test_every_reply_to_an_update(em: Servers, reply: str, merges: str) -> None:
    em.sim.set(**{"em.put_reply": reply, "em.put_merges": merges})
    id, state = em.create(**COLUMBUS, wcf_port=9406)
    after = em.update(id, state, description="Ohio", port=9393)
    assert (after["description"], after["port"], after["wcf_port"]) == ("Ohio", 9393, 9406)
    assert em.sim.can_login("em", rf"{ADDRESS}\Administrator", SECRET)


def test_an_address_changes_in_place_but_not_to_that_of_another(em: Servers) -> None:
    id, state = em.create(**COLUMBUS)
    # A program that names no certificate sends none for another machine.
    state = em.update(id, state, dns_name_or_ip_address="vbr01.lab.local", vbr_certificate_thumbprint=None)
    assert em.names() == ["vbr01.lab.local"]
    assert "VbrCertificateThumbprint" not in em.writes()[-1][2]
    em.create(**COLUMBUS)
    em.forget()
    with pytest.raises(AlreadyExists, match=r"another backup server \(id .*\) has this address already"):
        em.update(id, state, dns_name_or_ip_address=ADDRESS)
    assert em.writes() == []


def test_drift_shows_property_by_property(em: Servers) -> None:
    id, state = em.create(**COLUMBUS)
    em.sim.drift("em", "update", ADDRESS, {"description": "x", "port": 1, "vbrCertificateThumbprint": "CD" * 20})
    live = em.read(id, state)
    assert live is not None
    assert em.changed(live, **COLUMBUS, port=9392) == {"description", "port"}
    assert live["vbr_certificate_thumbprint"] == "CD" * 20  # nobody asked for another, so it is no change
    assert em.changed({**live, **COLUMBUS, "port": 9392}, vbr_certificate_thumbprint="ab:" * 19 + "ab") == {
        "vbr_certificate_thumbprint"
    }


@pytest.mark.parametrize("status", ["404", "400", "500"])
@pytest.mark.parametrize("format", ["json", "xml"])
def test_gone_is_what_a_complete_list_does_not_have(em: Servers, status: str, format: str) -> None:
    em.connect(format=format)
    em.sim.set(**{"em.unknown_id": status})
    id, state = em.create(**COLUMBUS)
    em.sim.drift("em", "delete", ADDRESS)
    assert em.read(id, state) is None
    em.delete(id, state)  # is gone, which is what was wanted


@pytest.mark.parametrize("status", [400, 403, 404, 500, 502])
def test_an_error_alone_proves_nothing(em: Servers, status: int) -> None:
    id, state = em.create(**COLUMBUS)
    path = f"/api/backupServers/{id}"
    em.sim.fault("em", "status", method="GET", path=path, status=status, times=0)
    if status in (400, 404, 500):
        assert em.read(id, state) == state  # the list still has it
    else:
        with pytest.raises(VeeamError):
            em.read(id, state)
    em.sim.fault("em", "status", method="GET", path="/api/backupServers", status=500, times=0)
    with pytest.raises(VeeamError):
        em.read(id, state)


def test_a_proxys_404_proves_nothing(em: Servers) -> None:
    id, state = em.create(**COLUMBUS)
    em.sim.fault("em", "html", method="GET", path=f"/api/backupServers/{id}", status=404, times=0)
    assert em.read(id, state) == state
    em.sim.fault("em", "html", method="GET", path="/api/backupServers", status=404, times=0)
    with pytest.raises(UnexpectedAnswer, match="HTML page"):
        em.read(id, state)


def test_another_enterprise_manager_knows_nothing_of_it(em: Servers, servers: ServersOf) -> None:
    id, state = em.create(**COLUMBUS)
    other = servers("em.BackupServer")
    with pytest.raises(NotProvenGone, match="point the connection back to that server"):
        other.read(id, state)


@pytest.mark.parametrize("fault", ["reset_after", "half_body", "html", "empty"])
def test_a_lost_answer_to_create_makes_no_second_server(em: Servers, fault: str) -> None:
    settings = {"status": 200, "handled": True} if fault == "html" else {}
    em.sim.fault("em", fault, method="POST", path="/api/backupServers", **settings)
    id, state = em.create(**COLUMBUS)
    assert em.names() == [ADDRESS]
    assert len(em.writes()) == 1
    assert em.read(id, state) == state


@pytest.mark.parametrize("fault", ["reset_before", "status"])
def test_a_create_that_never_arrived_is_not_sent_again(em: Servers, fault: str) -> None:
    em.sim.fault(
        "em", fault, method="POST", path="/api/backupServers", **({"status": 503} if fault == "status" else {})
    )
    with pytest.raises(AnswerLost, match=r"did not appear within 30 s, .* run again in a while: if it appeared"):
        em.create(**COLUMBUS)
    assert (em.names(), len(em.writes())) == ([], 1)
    em.connect()
    em.create(**COLUMBUS)
    assert em.names() == [ADDRESS]


@pytest.mark.parametrize("lag", [0, 5])
@pytest.mark.parametrize("fault", ["reset_after", "half_body", "status"])
def test_a_create_that_was_done_behind_a_gateway_is_one_server(em: Servers, fault: str, lag: int) -> None:
    """As where Enterprise Manager is slower than the gateway before it, which answers 503."""
    em.sim.set(**{"em.create_reply": "201_entity", "em.lag": lag})
    more = {"status": 503, "handled": True} if fault == "status" else {}
    em.sim.fault("em", fault, method="POST", path="/api/backupServers", **more)
    id, state = em.create(**COLUMBUS)
    assert (em.names(), len([one for one in em.writes() if one[0] == "POST"])) == ([ADDRESS], 1)
    assert em.read(id, state) is not None


@pytest.mark.parametrize("lost", [False, True])
def test_one_server_by_two_addresses_is_taken_back(em: Servers, lost: bool) -> None:
    em.sim.set(**{"em.one_host": ["columbus.lab.local", ADDRESS], "em.create_reply": "201_entity"})
    id, _ = em.create(**COLUMBUS)
    if lost:
        em.sim.fault("em", "reset_after", method="POST", path="/api/backupServers")
    with pytest.raises(AlreadyExists) as caught:
        em.create(**{**COLUMBUS, "dns_name_or_ip_address": "columbus.lab.local"})
    assert f"it is the same server as '{ADDRESS}' (id {id}): both show the certificate" in str(caught.value)
    assert "declare it once, by one address" in str(caught.value)
    assert em.names() == [ADDRESS]


def test_one_server_by_two_addresses_at_the_same_moment(em: Servers) -> None:
    em.sim.set(**{"em.one_host": ["columbus.lab.local", ADDRESS, "columbus"], "em.create_reply": "201_entity"})

    def create(address: str) -> bool:
        try:
            em.create(**{**COLUMBUS, "dns_name_or_ip_address": address})
        except AlreadyExists:
            return False
        return True

    with ThreadPoolExecutor(3) as threads:
        made = list(threads.map(create, (ADDRESS, "columbus.lab.local", "10.9.9.9")))
    assert sorted(made) == [False, True, True]
    assert len(em.names()) == 2


def test_a_second_address_that_cannot_be_taken_back_is_kept_with_a_warning(em: Servers) -> None:
    em.sim.set(**{"em.one_host": ["columbus.lab.local", ADDRESS], "em.create_reply": "201_entity"})
    em.create(**COLUMBUS)
    em.sim.fault("em", "status", method="DELETE", status=403)
    id, _ = em.create(**{**COLUMBUS, "dns_name_or_ip_address": "columbus.lab.local"})
    assert id
    assert "columbus.lab.local is the same server as" in em.warnings[-1]
    assert "could not be taken back" in em.warnings[-1]


def test_a_second_address_whose_create_was_lost_is_told_from_what_may_be_adopted(em: Servers) -> None:
    em.sim.set(**{"em.one_host": ["columbus.lab.local", ADDRESS], "em.create_reply": "201_entity"})
    first, _ = em.create(**COLUMBUS)
    em.sim.drift("em", "add", "columbus.lab.local", {"username": COLUMBUS["username"]})
    second = next(id for id, row in EM_SERVER.held(em.sim).items() if row["name"] == "columbus.lab.local")
    for _ in range(2):  # a look takes nothing back: nobody knows who added it
        with pytest.raises(
            AlreadyExists, match=rf"it exists already \(id {second}\); it is the same server as"
        ) as caught:
            em.create(**{**COLUMBUS, "dns_name_or_ip_address": "columbus.lab.local"})
        assert f"(id {first})" in str(caught.value)
        assert "remove the other one in Enterprise Manager" in str(caught.value)
        assert "adopt" not in str(caught.value)
    assert em.names() == [ADDRESS, "columbus.lab.local"]


def test_servers_that_cannot_be_reached_show_no_certificate_and_are_two(em: Servers) -> None:
    em.sim.set(**{"em.offline": ["vbr01", "vbr02"], "em.one_host": ["vbr01", "vbr02"]})
    for address in ("vbr01", "vbr02"):
        em.create(**{**COLUMBUS, "dns_name_or_ip_address": address})
    assert em.names() == ["vbr01", "vbr02"]


def test_a_login_that_is_no_administrator_any_more_proves_nothing(em: Servers) -> None:
    """Whether a Portal User sees every server, no document says."""
    id, state = em.create(**COLUMBUS)
    em.sim.drift("em", "delete", ADDRESS)
    em.sim.fault("em", "status", method="GET", path="/api/security/accounts", status=403, times=0)
    em.connect()
    with pytest.raises(NotProvenGone, match="is no Portal Administrator"):
        em.read(id, state)
    with pytest.raises(NotProvenGone):
        em.delete(id, state)
    em.sim.clear_faults()
    assert em.read(id, state) is None


@pytest.mark.parametrize("fault", ["reset_before", "reset_after"])
def test_a_lost_answer_to_update_and_delete(em: Servers, fault: str) -> None:
    id, state = em.create(**COLUMBUS)
    em.sim.fault("em", fault, method="PUT")
    state = em.update(id, state, password="Another-" + SECRET, description="Ohio")
    assert em.sim.can_login("em", rf"{ADDRESS}\Administrator", "Another-" + SECRET)
    em.sim.fault("em", fault, method="DELETE")
    em.delete(id, state)
    assert em.names() == []


def test_a_portal_user_is_told_which_role_it_takes(em: Servers) -> None:
    em.sim.fault("em", "status", method="POST", path="/api/backupServers", status=403)
    with pytest.raises(ServerRefused, match=r"needs the role Portal Administrator"):
        em.create(**COLUMBUS)


def test_idle_sessions_die_after_fifteen_minutes_and_cost_one_login(em: Servers) -> None:
    id, state = em.create(**COLUMBUS)
    em.sim.advance(15 * 60 + 1)
    assert em.read(id, state) == state
    assert len([one for one in em.sim.requests("em", method="POST") if "sessionMngr" in one.path]) == 2


def test_no_cookie_comes_back_so_that_no_stale_one_beats_the_header(em: Servers) -> None:
    id, state = em.create(**COLUMBUS)
    em.sim.advance(15 * 60 + 1)
    em.read(id, state)
    em.connections.close()
    logouts = em.sim.requests("em", method="DELETE")
    assert [one.status for one in logouts] == [204]


def test_hosts_in_links_are_not_followed(em: Servers) -> None:
    em.sim.set(**{"em.href_host": "foreign", "em.create_reply": "202_location"})
    id, state = em.create(**COLUMBUS)
    assert state["uid"].endswith(id)


def test_list_has_every_server_on_every_page(em: Servers) -> None:
    for number in range(5):
        em.sim.drift("em", "add", f"vbr{number:02}", {"description": str(number)})
    rows = dict(em.resource.list(em.connections.open("em", "em")))
    assert sorted(row["name"] for row in rows.values()) == [f"vbr{number:02}" for number in range(5)]
    em.sim.set(**{"em.page_size": 2})  # of queries
    em.sim.drift("em", "update", "vbr03", {"address": ADDRESS})
    with pytest.raises(AlreadyExists):
        em.create(**COLUMBUS)


@pytest.mark.parametrize("other", ["vbr09.lab.local", "Backup Server 9"])
def test_a_server_that_shows_another_name_is_found_by_a_query_that_filters(em: Servers, other: str) -> None:
    em.sim.drift("em", "add", ADDRESS, {})
    em.sim.drift("em", "update", ADDRESS, {"name": other})
    with pytest.raises(AlreadyExists):
        em.create(**COLUMBUS)
    asked = [one.query["filter"] for one in em.sim.requests("em") if one.path == "/api/query"]
    assert asked == [f'IpOrDnsName=="{ADDRESS}"', f'IpOrDnsName=="{listed.NOBODYS}"']
    assert em.writes() == []


@pytest.mark.parametrize("others", [["vbr09.lab.local"], ["vbr09.lab.local", "vbr10.lab.local"]])
def test_a_query_that_does_not_filter_finds_nobody_elses_server(
    em: Servers, others: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(query, "_filtered", lambda call, rows: rows)
    for name in others:
        em.sim.drift("em", "add", name, {})
    id, state = em.create(**COLUMBUS)
    assert (state["name"], sorted(em.names())) == (ADDRESS, sorted([ADDRESS, *others]))
    em.delete(id, state)
    assert sorted(em.names()) == others


def test_an_address_that_several_servers_have(em: Servers) -> None:
    for name in ("one", "two"):
        em.sim.drift("em", "add", name, {"address": ADDRESS})
    with pytest.raises(InvalidInput, match="several backup servers have this address: .*, .*; remove all but one"):
        em.create(**COLUMBUS)


def test_an_address_with_quotes_is_no_query_of_its_own(em: Servers) -> None:
    em.sim.drift("em", "add", "vbr00", {})
    session = em.connections.open("em", "em")
    assert isinstance(session, EmSession)
    assert listed.at(session, 'x",Name!="') is None  # refused as an argument; asked for here all the same


@pytest.mark.parametrize(
    ("change", "property", "reason"),
    [
        (
            {"vbr_certificate_thumbprint": "AB" * 32},
            "vbr_certificate_thumbprint",
            "SHA-1 fingerprint, of 40 hex digits",
        ),
        ({"port": 70000}, "port", "less than or equal to 65535"),
        ({"wcf_port": 0}, "wcf_port", "greater than or equal to 1"),
        ({"dns_name_or_ip_address": ""}, "dns_name_or_ip_address", "must not be empty"),
        ({"password": ""}, "password", "must not be empty"),
        ({"dns": "x"}, "dns", "unknown argument of em.BackupServer"),
    ],
)
def test_mistakes_in_arguments(em: Servers, change: dict[str, Any], property: str, reason: str) -> None:
    _, (problem,) = em.resource.check({**COLUMBUS, **change})
    assert problem.property == property
    assert reason in problem.reason
    assert SECRET not in problem.reason


def test_a_connection_may_move_to_another_name_of_the_same_manager(em: Servers) -> None:
    id, state = em.create(**COLUMBUS)
    connections = Connections(
        {"other": em.sim.connections()["em"]}, sessions=em.connections._sessions, warn=print, environ={}
    )
    em.connections.close()
    em.connections = connections
    em.forget()
    assert em.update(id, state, connection="other")["connection"] == "other"
    assert em.writes() == []


def test_a_list_that_stops_short_is_an_error(em: Servers) -> None:
    body = {"backupServers": [{"uid": "urn:veeam:BackupServer:1", "name": "one"}], "pagingInfo": {"pagesCount": 2}}
    em.sim.fault("em", "status", method="GET", path="/api/backupServers", status=200, body=json.dumps(body), times=0)
    with pytest.raises(IncompleteList, match="ended at page 2 of 2"):
        list(em.resource.list(em.connections.open("em", "em")))


def test_a_failed_create_that_is_listed_all_the_same_says_so(em: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    em.sim.set(**{"em.task_result": "failed"})
    follow = task.finish

    def meanwhile(*args: Any) -> Any:
        em.sim.drift("em", "add", ADDRESS, {})
        return follow(*args)

    monkeypatch.setattr(backup_server, "finish", meanwhile)
    with pytest.raises(
        ServerRefused, match=r"it is listed all the same \(id [0-9a-f-]{36}\): adopt=True takes it over"
    ):
        em.create(**COLUMBUS)


def test_xml_that_is_refused_in_both_orders_says_why_it_was_first(em: Servers) -> None:
    em.connect(format="xml")
    em.sim.set(**{"em.thumbprint": "400"})
    with pytest.raises(ServerRefused, match='refused with 400: "The certificate of backup server'):
        em.create(**COLUMBUS, vbr_certificate_thumbprint="AB" * 20)
    em.sim.fault("em", "status", method="POST", path="/api/backupServers", status=403)
    em.forget()
    with pytest.raises(ServerRefused, match="needs the role Portal Administrator"):
        em.create(**COLUMBUS)
    assert len(em.writes()) == 1


def test_what_was_removed_behind_our_back_is_not_updated(em: Servers) -> None:
    id, state = em.create(**COLUMBUS)
    em.sim.drift("em", "delete", ADDRESS)
    with pytest.raises(NotFound, match=f"the list of backup servers has no {id}"):
        em.update(id, state, description="Ohio")
    em.sim.drift("em", "add", ADDRESS, {})
    id, state = em.create(dns_name_or_ip_address=ADDRESS, adopt=True)
    em.sim.fault("em", "status", method="DELETE", status=403)
    with pytest.raises(ServerRefused, match="was refused with 403"):
        em.delete(id, {**state, "adopted": False})


def test_a_port_that_the_program_leaves_out_is_sent_once_and_never_compared(em: Servers) -> None:
    """Enterprise Manager 13 stores 443 for some servers, whatever it was sent."""
    id, state = em.create(**COLUMBUS)
    assert em.writes()[0][2]["Port"] == 9392
    em.sim.drift("em", "update", ADDRESS, {"port": 443})
    live = em.read(id, state)
    assert live is not None
    assert live["port"] == 443
    program = {**COLUMBUS, "connection": "em", "adopt": False}
    assert not em.resource.diff(live, program).changed
    assert em.resource.diff(live, {**program, "port": 9392}).changed == ("port",)
    em.forget()
    em.update(id, live, description="Ohio")
    assert em.writes()[0][2]["Port"] == 443  # what the server has, not what was sent once
