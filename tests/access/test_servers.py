"""servers.yaml: what it says, and everything that can be wrong with it, in one run."""

from __future__ import annotations

from pathlib import Path

import pytest

from veeam_pulumi.access import servers
from veeam_pulumi.access.located import Mistaken
from veeam_pulumi.access.servers import Server

GOOD = """
dev:
prod:
  vbr01: {address: vbr01.example.com, description: Columbus}
  vbr02:
    address: 10.0.0.2
    connection: vbr-dayton
    port: 443
    wcf_port: 9405
  vbr03: {address: vbr03.example.com, adopt: true}
"""


def read(folder: Path, text: str, environment: str = "prod") -> tuple[Server, ...]:
    (folder / "servers.yaml").write_text(text)
    return servers.read(folder / "servers.yaml", environment)


def mistakes(folder: Path, text: str, environment: str = "prod") -> list[str]:
    with pytest.raises(Mistaken) as caught:
        read(folder, text, environment)
    return list(caught.value.mistakes)


def test_the_servers_of_an_environment(tmp_path: Path) -> None:
    assert read(tmp_path, GOOD) == (
        Server("vbr01", "vbr01.example.com", "vbr01", "Columbus"),
        Server("vbr02", "10.0.0.2", "vbr-dayton", port=443, wcf_port=9405),
        Server("vbr03", "vbr03.example.com", "vbr03", adopt=True),
    )
    assert read(tmp_path, GOOD, "dev") == ()


def test_every_mistake_of_every_environment_is_found_at_once(tmp_path: Path) -> None:
    text = """\
dev:
  vbr01: {adress: vbr01, port: 70000}
  vbr02: vbr02.example.com
prod:
  vbr01:
    address: vbr01.example.com
    description: 5
    wcf_port: many
  vbr02:
    address: vbr02.example.com
    connection: Not a name
  vbr03: {address: vbr03.example.com}
  vbr04: {address: VBR03.example.com, connection: vbr03}
  vbr04: {address: vbr04.example.com}
  vbr05: {}
staging: none yet
"""
    assert mistakes(tmp_path, text) == [
        "servers.yaml:2: dev.vbr01.adress: unknown field; known fields: address, connection, description, port, "
        "wcf_port, adopt",
        "servers.yaml:2: dev.vbr01.address: is missing",
        "servers.yaml:2: dev.vbr01.port: Input should be less than or equal to 65535",
        "servers.yaml:3: dev.vbr02: must be a map of address, connection, description, port, wcf_port, adopt",
        "servers.yaml:3: dev.vbr02.address: is missing",
        "servers.yaml:7: prod.vbr01.description: must be text, not a number",
        "servers.yaml:8: prod.vbr01.wcf_port: must be a number: use config.require_int",
        "servers.yaml:11: prod.vbr02.connection: must be lower-case letters, digits and `-`, a letter first",
        "servers.yaml:14: prod.vbr04: duplicate key; already defined at line 13",
        "servers.yaml:15: prod.vbr05.address: is missing",
        "servers.yaml:16: staging: must be a map of servers by name",
    ]


def test_an_adopted_server_says_only_what_the_file_says(tmp_path: Path) -> None:
    first, _, adopted = read(tmp_path, GOOD)
    assert first.said == {"dns_name_or_ip_address": "vbr01.example.com", "description": "Columbus"}
    assert adopted.said == {"dns_name_or_ip_address": "vbr03.example.com", "adopt": True}
    wrong = "prod:\n  one: {address: vbr01.example.com, adopt: maybe}\n  two: {adopt: true}\n"
    assert mistakes(tmp_path, wrong) == [
        "servers.yaml:2: prod.one.adopt: Input should be a valid boolean",
        "servers.yaml:3: prod.two.address: is missing",
    ]


def test_two_entries_of_one_server(tmp_path: Path) -> None:
    text = "prod:\n  one: {address: VBR01.example.com}\n  two:\n    address: vbr01.example.com\n    connection: one\n"
    assert mistakes(tmp_path, text) == [
        "servers.yaml:4: prod.two.address: 'vbr01.example.com' is prod.one's already",
        "servers.yaml:5: prod.two.connection: 'one' is prod.one's already",
    ]
    found = read(tmp_path, "prod:\n  one: {address: straße.example.com}\n  two: {address: strasse.example.com}\n")
    assert [one.name for one in found] == ["one", "two"], "a server takes them for two"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "servers.yaml:1: there is no environment 'prod'; environments are none"),
        ("dev:\ntest:\n", "servers.yaml:1: there is no environment 'prod'; environments are dev, test"),
        ("- vbr01\n", "servers.yaml:1: must be a map of environments, each a map of servers by name"),
        ("prod:\n  vbr01: {address\n", "servers.yaml:3: is not YAML (expected ',' or '}', but got '<stream end>')"),
        ("prod: &here\n  vbr01: *here\n", "servers.yaml: an anchor in it leads to itself"),
    ],
)
def test_a_file_that_holds_no_servers(tmp_path: Path, text: str, expected: str) -> None:
    assert mistakes(tmp_path, text) == [expected]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Mistaken, match=r"^servers.yaml: cannot be read .*No such file or directory"):
        servers.read(tmp_path / "servers.yaml", "prod")
