"""What Pulumi's JSON means: whose code a resource brings along, secrets, unknown values, names."""

from __future__ import annotations

import base64
import json
import pickle
import re
from pathlib import Path
from typing import Any

import pytest
from pulumi.dynamic import ResourceProvider
from pulumi.dynamic.dynamic import serialize_provider

from veeam_pulumi import dynamic, pulumi_state
from veeam_pulumi.products import resources
from veeam_pulumi.pulumi_state import (
    MASKED,
    NOT_ON_A_SERVER,
    SECRET,
    SIGNATURE,
    UNKNOWN,
    Urn,
    config_map,
    is_foreign,
    kind_of,
    opened,
    provider_kind,
    provider_of,
)
from veeam_pulumi.redaction import looks_secret

USER = "pulumi-python:dynamic/veeam/vbr:User"
KINDS = [*resources(), *NOT_ON_A_SERVER]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_ours_is_known_by_what_the_sdk_stores(kind: str) -> None:
    stored = serialize_provider(dynamic.load(kind))
    assert provider_kind({"__provider": stored}) == kind
    assert not is_foreign("pulumi-python:dynamic/anything:Else", {"__provider": stored})


def test_every_kind_that_is_loaded_by_name_alone_is_on_no_server() -> None:
    source = Path(dynamic.__file__).read_text()
    assert sorted(re.findall(r'if kind == "([\w.]+)"', source)) == sorted(NOT_ON_A_SERVER)


def test_the_references_of_the_oldest_release_are_known() -> None:
    text = (Path(__file__).parent / "golden" / "0.1.0" / "dev.json").read_text()
    found = {provider_kind({"__provider": one}) for one in re.findall(r'"__provider":"([^"]*)"', text)}
    assert found == {"aws.User", "em.BackupServer", "vbr.User", "vspc.User"}


class Else(ResourceProvider):
    """A provider of somebody else."""


class Bomb:
    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return __import__("os").system, ("false",)


GOOD = base64.b64decode(provider_of(USER))
FORGED = {
    "another provider": serialize_provider(Else()),
    "other code": base64.b64encode(pickle.dumps(Bomb())).decode(),
    "code after ours": base64.b64encode(GOOD[:-1] + pickle.dumps(Bomb())[2:]).decode(),
    "bytes after the end": base64.b64encode(GOOD + b".").decode(),
    "a wrong length": base64.b64encode(GOOD.replace(b"\x8c\x08vbr.User", b"\x8c\x03vbr.User")).decode(),
    "a wrong frame": base64.b64encode(GOOD.replace(b"\x95\x30", b"\x95\x31")).decode(),
    "another function": base64.b64encode(GOOD.replace(b"\x8c\x04load", b"\x8c\x04evil")).decode(),
    "another module": base64.b64encode(GOOD.replace(b"veeam_pulumi.dynamic", b"veeam_pulumi.dynamit")).decode(),
    "a kind with a line end": base64.b64encode(GOOD.replace(b"vbr.User", b"vbr\nUser")).decode(),
    "base64 with blanks": provider_of(USER)[:8] + " " + provider_of(USER)[8:],
    "a secret": MASKED,
    "nothing": "",
    "a number": 7,
}


@pytest.mark.parametrize("stored", FORGED.values(), ids=FORGED)
def test_anything_else_is_foreign_and_never_loaded(stored: Any) -> None:
    values = {"__provider": stored}
    assert (provider_kind(values), is_foreign(USER, values)) == ("", True)
    assert kind_of(USER, values) == "vbr.User"  # what it calls itself
    assert kind_of("pulumi-python:dynamic/notes:Note", values) == ""


def test_a_provider_counts_and_a_type_does_not() -> None:
    note = {"__provider": provider_of(USER)}
    assert kind_of("pulumi-python:dynamic/notes:Note", note) == "vbr.User"
    assert kind_of("random:index:RandomString", note) == ""


@pytest.mark.parametrize("token", ["random:index:RandomString", "veeam:access:Person", "pulumi:pulumi:Stack", "", "x"])
def test_what_is_no_dynamic_resource_brings_no_code(token: str) -> None:
    assert (kind_of(token, {}), is_foreign(token, {}), provider_of(token)) == ("", False, "")


def test_the_provider_that_a_type_stands_for() -> None:
    assert provider_of(USER) == serialize_provider(dynamic.load("vbr.User"))
    assert provider_of("pulumi-python:dynamic/veeam:Password") == serialize_provider(dynamic.load("Password"))
    assert provider_kind({"__provider": provider_of("pulumi-python:dynamic/veeam/em:Robot")}) == "em.Robot"
    assert provider_of("pulumi-python:dynamic/notes:Note") == ""
    assert provider_of("pulumi-python:dynamic/veeam/vbr:Us er") == ""


def test_values_are_opened_as_far_as_they_are_open() -> None:
    mark = {SIGNATURE: SECRET}
    later = object()
    assert opened({"a": {**mark, "value": {**mark, "plaintext": json.dumps(["x", UNKNOWN])}}}, later) == {
        "a": ["x", later]
    }
    assert opened([{**mark, "ciphertext": "v1:x:y"}, {**mark, "plaintext": "no json"}, mark]) == [MASKED] * 3
    assert opened({SIGNATURE: "c44067f5952c0a294b673a41bacd8c17", "text": "an asset"}) == UNKNOWN
    assert opened({"a": 1.0, "b": None, "c": True, "d": UNKNOWN}, later) == {"a": 1.0, "b": None, "c": True, "d": later}


def test_parts_of_a_urn() -> None:
    found = Urn.of(f"urn:pulumi:prod::access::veeam:access:Person${USER}::jane@vbr::x")
    assert (found.stack, found.project, found.type, found.name) == ("prod", "access", USER, "jane@vbr::x")
    assert found.types == f"veeam:access:Person${USER}"
    assert Urn.of("nonsense") == Urn("nonsense", "", "", "")


def test_the_signatures_exist_once() -> None:
    package = Path(pulumi_state.__file__).parent
    for value in (SIGNATURE, SECRET, UNKNOWN):
        assert [file.name for file in package.rglob("*.py") if value in file.read_text()] == ["pulumi_state.py"]


SECRETS = """
    password PASSWORD dbPassword PGPASSWORD passwd passphrase passcode pass pw pwd dbPw sqlpwd userpw DB_PW
    secret client-secret token accessToken apiKey api_key apikey key sshKey private_key dsn SENTRY_DSN auth
    basicAuth proxy-auth authHeader authorization credential credentials connectionString x.password
    profile.pwd
"""
PLAIN = """
    name username description author authors keyboard monkeys passenger bypass compass dns region keyId
    key_name kmsKeyArn auth_url public_key publicKey password_env passwordFile token_file url thumbprint
    company keepers
"""


@pytest.mark.parametrize("name", SECRETS.split())
def test_names_of_secrets(name: str) -> None:
    assert looks_secret(name)


@pytest.mark.parametrize("name", PLAIN.split())
def test_names_of_no_secrets(name: str) -> None:
    assert not looks_secret(name)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (None, {}),
        ("", {}),
        ('{"ann": "x", "bob": 12, "carl": true}', {"ann": "x", "bob": "12", "carl": "true"}),
        ("hunter2", None),
        ('["ann"]', None),
        ("[" * 100_000, None),
    ],
)
def test_a_map_of_a_stacks_config_is_texts_by_name(text: str | None, found: dict[str, str] | None) -> None:
    assert config_map(text) == found
