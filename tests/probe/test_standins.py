"""What is somebody's own is in no file of a probe, however a server writes it; what is the product's stays."""

from __future__ import annotations

import base64
import json
import re
from urllib.parse import quote

import pytest

from veeam_pulumi.probe.ask import _words
from veeam_pulumi.probe.standins import StandIns

HOST, LOGIN = "vbr01.lab.contoso.de", r"CONTOSO\jörg.müller"
OWN = [HOST, f"{HOST}:9419", LOGIN]
PATHS = ["/api/v1/security/users", "/api/v3/users/me"]
LISTED = {
    "data": [
        {"name": r"LAB\Ann Lee", "email": "ann.lee@lab.example", "title": "Head of payroll", "phone": "555 017 23"},
        {"name": "al", "domain": "AD", "address": "fe80::1:9", "subject": "CN=VBR01, O=Contoso GmbH, L=München"},
        {"name": r"LAB\jdoe", "groups": [r"LAB\jdoe-admin"], "thumbprint": "A1B2C3D4E5F60718293A4B5C6D7E8F9012345678"},
        {
            "id": "6F9A3C1E-2D47-4F0B-8A55-9C1E7B3D2F10",
            "name": "users",
            "role": "Backup Viewer",
            "type": "InternalUser",
        },
    ]
}


@pytest.fixture
def stand_ins() -> StandIns:
    found = StandIns(OWN, _words(), PATHS)
    found.learn(LISTED)
    return found


@pytest.mark.parametrize(
    ("text", "own"),
    [
        (r"User CONTOSO\jörg.müller was not found.", "contoso|jörg|müller"),
        ("User JÖRG.MÜLLER is locked", "jörg|müller"),
        (r"User CONTOSO\J\u00f6rg.M\u00fcller is locked", "contoso|rg.m"),
        ("User jo\u0308rg.mu\u0308ller is locked", "rg.mu|ller"),
        (f"User {quote(LOGIN)} is locked", "contoso|rg.m|ller"),
        ("User j&#246;rg.m&uuml;ller is locked", "rg.m|ller"),
        (f"User {base64.b64encode(b'contoso-admin').decode()} is locked", "Y29udG9zby1h"),
        (f"Basic {base64.b64encode('xjörg.müller:x'.encode()).decode()}", "eGrDtnJn"),
        ("Host VBR01 does not answer", "vbr01"),
        ("Host vbr01.lab.contoso.de:9419 does not answer", "vbr01|contoso"),
        ("https://vbr01.lab.contoso.de:9419/api/v1/security/users/17 failed", "vbr01|contoso"),
        ("Domain contoso is not trusted", "contoso"),
        (r"User LAB\Ann Lee, of LAB\other.one, is unknown", "ann|lee|other|lab"),
        ("User Ann Lee is unknown", "ann lee"),
        ("User ann.lee@lab.example. Ask sue@contoso.example", "ann|lee|sue|contoso"),
        (r"C:\Backups\Payroll\jdoe2.vbk and \\nas01\payroll", "payroll|jdoe|nas01"),
        ("User jdoe-admin, not jdoe", "jdoe"),
        ("user al of AD", r"\bal\b|\bad\b"),
        ("connected from fe80::1:9, [2001:db8:5::7]:443, ::1 and 10.1.2.3:80", "fe80|2001:db8:5|10.1.2.3|[^8]::1 "),
        ("certificate CN=vbr01, O=Contoso GmbH", "vbr01|contoso|gmbh"),
        ("thumbprint a1b2c3d4e5f60718293a4b5c6d7e8f9012345678", "a1b2c3"),
        ("id 6f9a3c1e-2d47-4f0b-8a55-9c1e7b3d2f10 / {6F9A3C1E2D474F0B8A559C1E7B3D2F10}", "6f9a3c1e"),
        ("SID S-1-5-21-1004336348-1177238915-682003330-1001", "1004336348"),
        ("account 123456789012, arn:aws:iam::123456789012:role/Payroll", "123456789012|payroll"),
        ("„Zoë“ and «Łukasz» and [bob] and <eve>", "zoë|łukasz|bob|eve"),
        ('{"userName":"LAB\\\\zack","x":1}', "zack|lab"),
        ("user zack-admin, unlike payroll_ops, is unknown", "zack|admin|payroll|ops"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJqZG9lIn0.c2ln", "eyJzdWIi"),
    ],
)  # fmt: skip
def test_no_sentence_shows_whose_server_it_is(stand_ins: StandIns, text: str, own: str) -> None:
    for error in (True, False):
        made = json.dumps(stand_ins.body({"message": text}, error=error), ensure_ascii=False)
        assert re.findall(own, made, re.IGNORECASE) == []


@pytest.mark.parametrize(
    "text",
    [
        "Unsupported RESTAPI version. The following versions are supported: v1.0-rev1, v1.0-rev2, v1.1-rev0",
        "One or more request parameters are not valid.",
        "Parameter value must be less or equal to 500.",
        "Resource does not exist",
        "The role Veeam Backup Administrator cannot be removed",
        "Unauthorized. Get bearer JWT token at /api/v1/security/users",
        "The field 'userName' is required (OAuth2, HTTP/1.1, utf-8)",
        "Multi-factor authentication is read-only: invalid_grant in x-api-version",
    ],
)
def test_a_sentence_of_the_product_stays_as_it_is(text: str) -> None:
    found = StandIns(OWN, _words(), PATHS)
    found.learn({"userName": r"LAB\jdoe", "description": "Payroll"})
    assert found.body({"message": text}, error=True) == {"message": text}


def test_a_word_has_one_stand_in_wherever_it_is(stand_ins: StandIns) -> None:
    made = stand_ins.body({
        "name": r"LAB\jdoe", "mail": "jdoe@lab.example", "upper": "JDOE", "message": "User jdoe is unknown to LAB.",
        "id": "6f9a3c1e-2d47-4f0b-8a55-9c1e7b3d2f10", "ID": "6F9A3C1E-2D47-4F0B-8A55-9C1E7B3D2F10",
    })  # fmt: skip
    domain, name = made["name"].split("\\")
    assert made["mail"].startswith(f"{name}@{domain.lower()}.")
    assert made["upper"] == name.upper()
    assert made["message"] == f"User {name} is unknown to {domain}."
    assert made["id"] == made["ID"].lower()


def test_what_is_the_products_stays_and_a_persons_title_does_not(stand_ins: StandIns) -> None:
    made = stand_ins.body(LISTED)
    assert (made["data"][3]["role"], made["data"][3]["type"]) == ("Backup Viewer", "InternalUser")
    assert made["data"][0]["title"] != "Head of payroll"
    assert stand_ins.body({"title": "Not Found", "status": 404}, error=True)["title"] == "Not Found"
    # An account whose name is a word of the product's paths does not change the paths.
    assert stand_ins.path("GET /api/v3/users/me") == "GET /api/v3/users/me"
    assert stand_ins.body({"errorCode": "NotFound", "code": 1100}, error=True) == {
        "errorCode": "NotFound",
        "code": 1100,
    }


def test_members_that_are_names_are_replaced_too(stand_ins: StandIns) -> None:
    made = stand_ins.body({r"LAB\jdoe": {"@odata.type": "x.y"}, "jdoe@lab.example": 1, "userName": "x"})
    assert "jdoe" not in json.dumps(made)
    assert "userName" in made


@pytest.mark.parametrize(
    ("headers", "own"),
    [
        ({"WWW-Authenticate": 'NTLM TlRMTVNTUAACAAAADgAOADgAAAA, Basic realm="vbr01"'}, "TlRM|vbr01"),
        ({"Location": "https://vbr01.lab.contoso.de:9419/api/v1/security/users/jdoe?name=jdoe"}, "vbr01|contoso|jdoe"),
        ({"Content-Type": "multipart/mixed; boundary=vbr01-7"}, "vbr01"),
        ({"Set-Cookie": "session=jdoe", "Server": "vbr01", "X-Forwarded-Host": "vbr01"}, "vbr01|jdoe"),
        ({"X-RestSvcSessionId": "anBkb2U6dmJyMDE="}, "anBkb2U6"),
        ({"x-api-version": "vbr01"}, "vbr01"),
        ({"Retry-After": "vbr01@home", "Allow": "GET, jdoe"}, "vbr01|jdoe"),
    ],
)
def test_no_header_shows_whose_server_it_is(stand_ins: StandIns, headers: dict[str, str], own: str) -> None:
    assert re.findall(own, json.dumps(stand_ins.headers(headers.items())), re.IGNORECASE) == []


def test_headers_that_say_how_a_server_answers_stay(stand_ins: StandIns) -> None:
    kept = {
        "content-type": "application/problem+json; charset=utf-8",
        "x-api-version": "1.3-rev1",
        "allow": "GET, POST",
        "retry-after": "30",
        "www-authenticate": 'Bearer error="invalid_token"',
    }
    assert stand_ins.headers(kept.items()).items() >= {name: kept[name] for name in [*kept][:4]}.items()
    assert stand_ins.headers(kept.items())["www-authenticate"].startswith('Bearer error="')


def test_nothing_of_an_xml_answer_shows_whose_server_it_is() -> None:
    found = StandIns(OWN, _words(), PATHS)
    text = """<?xml version="1.0" encoding="utf-8"?>
<!-- made for Payroll -->
<Accounts xmlns="http://www.veeam.com/ent/v1.0"\tServer='vbr01'>
  <Account Name="LAB\\zack"\n  UID='6f9a3c1e-2d47-4f0b-8a55-9c1e7b3d2f10'><Note>for <b>Zack</b> Quux &amp; co</Note>
  <Secret><![CDATA[zack's]]></Secret><Port>9392</Port></Account>
  <Error Message="User zack of LAB is unknown" StatusCode="404" FirstChanceMessage="Node [zack] does not exist."/>
</Accounts>"""
    found.learn_xml(text)
    made = found.xml(text)
    assert re.findall(r"payroll|vbr01|zack|quux|6f9a3c1e|\bLAB\b", made, re.IGNORECASE) == []
    assert re.findall(r"<([A-Za-z]\w*)", made) == re.findall(r"<([A-Za-z]\w*)", text)
    assert 'StatusCode="404"' in made
    assert re.search(r'Message="User \w{4} of \w{3} is unknown"', made)
