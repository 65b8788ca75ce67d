"""The query service of Enterprise Manager: filters, order, pages."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import httpx
import pytest

from tests.simulator.conftest import Connect
from tests.simulator.test_em import NAMESPACE, log_on
from veeam_pulumi.simulator import Simulator

SERVERS: dict[str, dict[str, Any]] = {
    "vbr01": {"description": "Columbus", "port": 9392, "version": "12.3.2.4465"},
    "vbr02": {"description": 'the "old" one; (spare)', "port": 443, "version": "9.5.4.2866"},
    "172.17.53.48": {"description": "", "port": 9392, "version": "13.0.1.2067", "name": "Backup Server 1"},
}


@pytest.fixture
def em(sim: Simulator, connect: Connect) -> httpx.Client:
    for name, values in SERVERS.items():
        sim.drift("em", "add", name, values)
    client = connect("em", headers={"accept": "application/json"})
    log_on(client, sim.username("em"), sim.password("em"))
    return client


def ask(em: httpx.Client, **more: Any) -> httpx.Response:
    words = "&".join(f"{name}={quote(str(value))}" for name, value in more.items())
    return em.get(f"/api/query?type=BackupServer&{words}")


def found(em: httpx.Client, **more: Any) -> list[str]:
    return [row["name"] for row in ask(em, **more).json()["refs"]["refs"]]


ALL = ["vbr01", "vbr02", "Backup Server 1"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('IpOrDnsName=="172.17.53.48"', ["Backup Server 1"]),
        ("ipordnsname==VBR01", ["vbr01"]),
        ('Name=="backup server 1"', ["Backup Server 1"]),
        ("Name==Backup Server 1", []),  # spaces outside of quotes are dropped
        ("  Name == vbr02 ", ["vbr02"]),
        ('Description=="the ""old"" one; (spare)"', ["vbr02"]),
        ('Description==""', ["Backup Server 1"]),
        ("Name!=vbr01", ["vbr02", "Backup Server 1"]),
        ("Port<9392", ["vbr02"]),
        ("Port>=443", ALL),
        ('Version>"9.5.4.2866"', ["vbr01", "Backup Server 1"]),
        ('Version<="12.3.2.4465"', ["vbr01", "vbr02"]),
        ("Name==vbr01,Name==vbr02", ["vbr01", "vbr02"]),
        ("Name==vbr01;Port==443", []),
        ("Port==443,Port==9392;Name==vbr01", ["vbr01", "vbr02"]),
        ("(Port==443,Port==9392);Name==vbr01", ["vbr01"]),
        ("((Port==443))", ["vbr02"]),
    ],
)
def test_filters(em: httpx.Client, text: str, names: list[str]) -> None:
    assert found(em, filter=text) == names


def test_a_filter_by_uid(sim: Simulator, em: httpx.Client) -> None:
    uid = (sim.lookup("em", "vbr02") or {})["uid"]
    assert found(em, filter=f'UID=="{uid}"') == ["vbr02"]


@pytest.mark.parametrize(
    "text",
    [
        "Name",
        "Name==",
        "Name=vbr01",
        "Colour==red",
        "IpOrDnsName==172.17.53.48",
        "(Name==a",
        "Name==a)",
        "Port==x",
        ";",
        '"a"=="a"',
    ],
)
def test_filters_that_cannot_be_read(em: httpx.Client, text: str) -> None:
    answer = ask(em, filter=text)
    assert (answer.status_code, answer.json()["statusCode"]) == (400, 400)


def test_entities_are_nested_twice_and_lists_have_null_neighbours(sim: Simulator, em: httpx.Client) -> None:
    body = em.get("/api/query?TYPE=backupserver&Format=entities&filter=Name%3d%3dvbr01").json()
    assert (body["refs"], body["entities"]["jobs"]) == (None, None)
    (entity,) = body["entities"]["backupServers"]["backupServers"]
    assert (entity["name"], entity["version"], entity["type"]) == ("vbr01", "12.3.2.4465", "BackupServer")
    sim.set(**{"em.release": "12"})
    old = ask(em, format="Entity").json()["Entities"]["BackupServers"]["BackupServers"]
    assert [row["Name"] for row in old] == ALL
    assert em.get("/api/query?type=Job").status_code == 400


def test_nothing_found(sim: Simulator, em: httpx.Client) -> None:
    assert ask(em, filter="Port==1", format="Entities").json()["entities"]["backupServers"] == {"backupServers": []}
    assert ask(em, filter="Port==1").json()["refs"] == {"refs": []}
    sim.set(**{"em.empty": "null"})
    assert ask(em, filter="Port==1", format="Entities").json()["entities"]["backupServers"] is None
    assert ask(em, filter="Port==1").json()["refs"] is None
    assert found(em) == ALL


def test_order(em: httpx.Client) -> None:
    assert found(em) == ALL
    assert found(em, sortAsc="name") == ["Backup Server 1", "vbr01", "vbr02"]
    assert found(em, sortDesc="Version") == ["Backup Server 1", "vbr01", "vbr02"]
    assert found(em, sortAsc="Port") == ["vbr02", "vbr01", "Backup Server 1"]
    assert ask(em, sortAsc="Colour").status_code == 400


def test_pages_have_a_size_that_nobody_asked_for(sim: Simulator, em: httpx.Client) -> None:
    paging = ask(em).json()["pagingInfo"]
    assert (paging["pageNum"], paging["pageSize"], paging["pagesCount"]) == (1, 100, 1)
    sim.set(**{"em.page_size": 2})
    first = ask(em, filter='Name!="x"').json()
    assert (len(first["refs"]["refs"]), first["pagingInfo"]["pagesCount"]) == (2, 2)
    links = {link["rel"]: link["href"] for link in first["pagingInfo"]["links"]}
    assert set(links) == {"First", "Next", "Last"}
    second = em.get(links["Next"]).json()
    assert [row["name"] for row in second["refs"]["refs"]] == ["Backup Server 1"]
    assert {link["rel"] for link in second["pagingInfo"]["links"]} == {"First", "Previous", "Last"}
    assert found(em, pageSize=1, page=2) == ["vbr02"]
    assert found(em, pageSize=1, page=9) == []
    assert ask(em, pageSize=0).status_code == 400
    assert len(em.get("/api/backupServers").json()["refs"]) == 3, "the plain list has no pages"


def test_a_query_in_xml(em: httpx.Client) -> None:
    def name(tag: str) -> str:
        return f"{{{NAMESPACE}}}{tag}"

    em.headers["accept"] = "application/xml"
    root = ElementTree.fromstring(ask(em, format="Entities", pageSize=2).content)
    assert [child.tag for child in root] == [name("Entities"), name("PagingInfo")]
    servers = root.findall(f"{name('Entities')}/{name('BackupServers')}/{name('BackupServer')}")
    assert [server.get("Name") for server in servers] == ["vbr01", "vbr02"]
    paging = root.find(name("PagingInfo"))
    assert paging is not None and paging.attrib == {"PageNum": "1", "PageSize": "2", "PagesCount": "2"}
    (following,) = [link.get("Href") or "" for link in paging.iter(name("Link")) if link.get("Rel") == "Next"]
    root = ElementTree.fromstring(em.get(following.replace("format=Entities&", "")).content)
    assert [ref.get("Name") for ref in root.iter(name("Ref"))] == ["Backup Server 1"]
