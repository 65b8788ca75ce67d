"""No password and no token in clear: not in the log, not in the state, not on the control plane, not in the file."""

from __future__ import annotations

import json
import ssl
from pathlib import Path

import httpx
import pytest

from tests.simulator.conftest import log_in
from veeam_pulumi.simulator import Simulator
from veeam_pulumi.simulator.request_log import masked_body, masked_headers, masked_query
from veeam_pulumi.simulator.vspc import seeds

CANARIES = ("Canary-Pass-77", "Canary-Pass-88", "canary-old-99")


def test_no_canary_in_anything_that_the_simulator_keeps(tmp_path: Path) -> None:
    state = tmp_path / "state.db"
    with Simulator(state=state) as sim:
        seen: set[str] = {sim.password("aws"), sim.password("vbr"), *CANARIES}
        trust = ssl.create_default_context(cafile=str(sim.ca_file))
        with httpx.Client(base_url=sim.url("aws"), verify=trust, headers={"x-api-version": "1.0-rev0"}) as aws:
            tokens = log_in(aws, "aws", "Admin", sim.password("aws")).json()
            aws.post("/api/v1/users", json={"name": "c", "description": "", "password": CANARIES[0]})
            aws.put("/api/v1/users/c", json={"password": CANARIES[1], "oldPassword": CANARIES[2]})
            aws.post("/api/v1/users/validatePassword", json={"password": CANARIES[0]})
            aws.post("/api/v1/token", data={"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]})
            mfa = aws.post("/api/v1/users/c/enableMfa", json={}).json()
            aws.post("/api/v1/users/c/acceptMfa", json={"code": mfa["scratchCodes"][0], "token": mfa["token"]})
            aws.get("/api/v1/users", params={"access_token": tokens["access_token"]})
        seen |= {tokens["access_token"], tokens["refresh_token"], mfa["secretKey"], mfa["token"], *mfa["scratchCodes"]}
        with httpx.Client(base_url=sim.url("vbr"), verify=trust, headers={"x-api-version": "1.3-rev1"}) as vbr:
            seen |= {str(log_in(vbr, "vbr", sim.username("vbr"), sim.password("vbr")).json()["access_token"])}
        with httpx.Client(base_url=sim.url("em"), verify=trust, headers={"accept": "application/json"}) as em:
            seen |= {sim.password("em")}
            em.post("/api/sessionMngr/", auth=(sim.username("em"), sim.password("em")))  # its cookie stays
            seen |= set(em.cookies.values())
            spec = {"DnsNameOrIpAddress": "vbr01", "Description": "", "Port": 9392, "Username": "c"}
            em.post("/api/backupServers?action=create", json={**spec, "Password": CANARIES[0]})
            assert [len(em.get("/api/backupServers").json()["refs"]) for _ in range(2)] == [0, 1]
            xml = f"<BackupServerSpec><Password>{CANARIES[1]}</Password></BackupServerSpec>"
            em.post("/api/backupServers?action=create", content=xml, headers={"content-type": "application/xml"})
        with httpx.Client(base_url=sim.url("vspc"), verify=trust) as vspc:
            sim.set(**{"vspc.async": "writes", "vspc.async_latency": 0})
            pair = log_in(vspc, "vspc", sim.username("vspc"), sim.password("vspc")).json()
            login = {"userName": "c", "password": CANARIES[0]}
            spec = {"organizationUid": seeds.ALPHA, "role": "CompanyLocationUser", "profile": {}, "credentials": login}
            action = vspc.post("/api/v3/users", json=spec).headers["location"]
            assert CANARIES[0] in vspc.get(action).text  # the product itself answers so
            user = f"/api/v3/users/{vspc.get(f'{action}/result').json()['data']['instanceUid']}"
            vspc.patch(user, json=[{"op": "replace", "path": "credentials/password", "value": CANARIES[1]}])
            sim.set(**{"vspc.async": "off"})
            key = vspc.post(f"{user}/logins/apikey", params={"description": "c", "scopes": "rest"}).json()
        assert sim.can_login("vspc", "c", CANARIES[1])
        seen |= {pair["access_token"], pair["refresh_token"], key["data"]["parameters"], sim.password("vspc")}
        seen |= {seeds.API_KEY, seeds.READ_ONLY_API_KEY, seeds.OWNER_PASSWORD}
        sim.drift("vbr", "add", "LAB\\c", {"password": CANARIES[0]})
        plane = [httpx.get(f"{sim.control_url}{path}").text for path in ("/", "/objects", "/requests", "/knobs")]
        kept = (
            "".join(plane)
            + repr(sim.requests())
            + repr(sim.objects("aws"))
            + repr(sim.objects("vspc"))
            + repr(sim.lookup("vbr", "LAB\\c"))
        )
        assert len(json.loads(plane[2])) == len(sim.requests()) > 8
    kept += state.read_bytes().decode("latin-1")
    assert [secret for secret in seen if secret in kept] == []
    assert state.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("body", "media", "kept"),
    [
        (
            b'{"a": [{"newPassword": "x", "ok": 1}], "secretKey": null}',
            "application/json",
            {"a": [{"newPassword": "[secret]", "ok": 1}], "secretKey": None},
        ),
        (
            b"grant_type=mfa&mfa_token=x&mfa_code=1",
            "application/x-www-form-urlencoded",
            {"grant_type": "mfa", "mfa_token": "[secret]", "mfa_code": "[secret]"},
        ),
        (
            b'[{"op": "replace", "path": "/credentials/password", "value": "x"}]',
            "application/json",
            [{"op": "replace", "path": "/credentials/password", "value": "[secret]"}],
        ),
        (
            b'<?xml version="1.0"?><a b="1"><!--x--><Password a="x">x<b>x</b></Password><c pwd="x">&lt;</c></a>',
            "application/xml",
            '<a b="1"><Password a="[secret]">[secret]</Password><c pwd="[secret]">&lt;</c></a>',
        ),
        (b"<a><Password><![CDATA[x</Password>]]></Password></a>", "", "<a><Password>[secret]</Password></a>"),
        (b"<a><Password>x", "application/xml", "[unreadable]"),
        (
            b'{"credentials": {"userName": "x", "password": "y", "hint": null}, "ownerCredentials": ["z"]}',
            "application/json",
            {
                "credentials": {"userName": "x", "password": "[secret]", "hint": None},
                "ownerCredentials": "[secret]",
            },
        ),
        (b'"x"', "application/json", "[unreadable]"),
        (b"password=x", "text/plain", "[unreadable]"),
        (b"", "application/json", None),
    ],
)
def test_bodies_are_masked_or_not_kept(body: bytes, media: str, kept: object) -> None:
    assert masked_body(body, media) == kept


def test_headers_and_queries_are_masked() -> None:
    headers = [
        ("authorization", "Bearer x"),
        ("cookie", "x"),
        ("x-restsvcsessionid", "x"),
        ("x-auth-token", "x"),
        ("accept", "*/*"),
    ]
    assert masked_headers(headers) == {"x-auth-token": "[secret]", "accept": "*/*"}
    assert masked_query("token=x&Sort=a&Sort=b&q=") == {"token": "[secret]", "Sort": "a,b", "q": ""}
