"""Whatever is in a file that somebody wrote, edited or damaged: what it means, or one error of ours. Never a traceback.

A hundred forms of each file; `make fuzz` tries 1,000. The same number gives the same forms.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.access.test_roster import AROUND, GOOD
from tests.access.test_tenants import HEAD, SMITH
from tests.review.previews import create, looked, preview, same, update, vbr, vspc
from veeam_pulumi.access import roster, servers, tenants
from veeam_pulumi.access.located import Mistaken
from veeam_pulumi.errors import VeeamError
from veeam_pulumi.estate import ask, decisions, history, managed
from veeam_pulumi.policy.command import Unjudged, approvals, judge
from veeam_pulumi.probe import folder as recordings
from veeam_pulumi.review.comment import review
from veeam_pulumi.review.preview import Unreadable
from veeam_pulumi.stack_connections import of_config

FORMS = min(int(os.environ.get("FUZZ", "100")), 1000)
ERRORS = (Mistaken, VeeamError, Unjudged, Unreadable, history.BadSnapshot, ValueError)
VALUES: list[Any] = [
    *(None, True, 0, -1, 1e308, float("nan"), 10**400, "", "x", "\0", "\u202e", "A" * 500),
    *([], {}, [[]], {"a": {}}, [None], {"": None}, ["x"]),
    {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "plaintext": "[" * 50_000},
    {"4dabf18193072939515e22adb298388d": "?"},
]
PIECES = [
    *(b"\0", b"\xff", b"\xef\xbb\xbf", b"\x1b[2J", b"\xe2\x80\xae", b"9" * 5000, b"*a", b"&a ", b"!!python/name:os "),
    *(b"\t", b"[[", b"]", b"{", b"}", b'"', b"'", b": ", b"- ", b"\n", b"NaN", b"2020-99-99", b"<<: *x", b"? ", b"%"),
]


def forms(seed: Any) -> Iterator[bytes]:
    """The content of a file in other forms: damaged as bytes and, where it is data, with other values in it."""
    chance = Random(1)
    content = seed if isinstance(seed, bytes) else json.dumps(seed).encode()
    yield from (content.decode().encode(code) for code in ("utf-16", "utf-32-le", "utf-8-sig"))
    yield from (opening * 30_000 for opening in (b"[", b'{"a":', b"- ", b"{a: "))
    yield from (b"", content + content, content[::-1])
    for _ in range(FORMS):
        if not isinstance(seed, bytes) and chance.random() < 0.8:
            yield json.dumps(changed(json.loads(content), chance)).encode()
            continue
        at, until = sorted(chance.randrange(len(content)) for _ in range(2))
        yield chance.choice([
            content[:at],
            content[:at] + content[min(until, at + 20) :],
            content[:at] + chance.choice(PIECES) + content[at:],
            content[:at] + bytes([chance.randrange(256)]) + content[at + 1 :],
            content[:until] + content[at:],
        ])  # fmt: skip


def changed(data: Any, chance: Random) -> Any:
    """The same data with one value replaced, or taken out."""
    places = list(places_in(data))
    holder, key = chance.choice(places)
    if chance.random() < 0.25:
        del holder[key]
    else:
        holder[key] = chance.choice(VALUES)
    return data


def places_in(data: Any) -> Iterator[tuple[Any, Any]]:
    for key in data if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ():
        yield data, key
        yield from places_in(data[key])


STEPS = [
    create("vbr.User", "eve", vbr(r"TECH\eve", "Backup Administrator")),
    update("vspc.User", "ann", vspc("ann", "CompanyOwner"), vspc("ann", "CompanyTenant")),
    same("vbr.User", "bob", vbr("bob", "Backup Viewer")),
]
PREVIEW = {**preview(*looked(*STEPS), diagnostics=[{"severity": "warning", "urn": "x", "message": "y"}]), "config": {}}
STATE = {"version": 3, "deployment": {"resources": [one["newState"] for one in STEPS]}}
APPROVAL = {"account": "ann", "connection": "vspc", "by": "Bob", "until": "2099-01-01", "type": "InternalUser"}
POLICY = {
    "all": "advisory",
    "no-unapproved-administrators": {"enforcementLevel": "mandatory", "approvals": [APPROVAL], "roles": ["x"]},
    "no-unapproved-roles": {"approvals": [{"role": "x", "connection": "vbr", "rights": ["weaken"], "by": "Ann"}]},
    "few-administrators": {"limit": 3, "limits": {"vbr": 2}},
    "separated-duties": {"pairs": ["a + b"], "across": []},
    "no-generic-names": {"names": ["x"], "allowed": []},
}
GRANT = {"connection": "vbr", "kind": "vbr.User", "id": "1", "name": "x", "account": "x", "standing": "managed"}
SNAPSHOT = {
    "format": 1,
    "at": "2026-11-27T00:00:00+00:00",
    "servers": [{"connection": "vbr", "product": "vbr", "server": "vbr:1", "problem": "", "at": ""}],
    "grants": [{**GRANT, "roles": ["Backup Viewer"], "can": ["destroy"], "mfa": True}],
    "objects": [{**GRANT, "kind": "vbr.Role", "principal": "role", "can": []}],
    "previous": "",
    "previous_file": "",
}
TERRAFORM = {
    "version": 4,
    "resources": [
        {
            "mode": "managed",
            "type": "veeam_vbr_user",
            "name": "x",
            "module": "module.a",
            "instances": [{"index_key": "k", "attributes": {"id": "1", "connection_name": "vbr", "name": "x"}}],
        }
    ],
}
CONNECTIONS = {
    "vbr": {
        "product": "vbr",
        "url": "https://vbr01:9419",
        "username": "svc",
        "password": "x1234",
        "tls": {"insecure": True},
    },
    "em": {"product": "em", "url": "https://em01:9398", "aliases": ["old"], "moved_from": ["em:1"], "deadline": 5.5},
}
RECORDING = {
    "question": "users",
    "request": "GET /users",
    "status": 200,
    "headers": {"a": "b"},
    "body": {"results": []},
}
ESTATE = (
    b"objects:\n  vbr/6f: {kind: vbr.User, account: 'LAB\\x', entry: x, name: x, skip: true}\ncompanies: {alpha: '7'}\n"
)
SERVERS = b"prod:\n  vbr01: {address: vbr01.example.com, connection: em, port: 9392}\n  vbr02: {address: 10.0.0.2}\n"


def _policy(file: Path) -> None:
    approvals(file)
    judge(file.parent, config=file)


def _snapshot(file: Path) -> None:
    found, one = history.load(file), json.loads(json.dumps(SNAPSHOT))
    history.compare(found, one)
    history.compare(one, found)


def _chain(file: Path) -> None:
    first = file.with_name("a.json")
    first.write_text(json.dumps(SNAPSHOT))
    assert history.verify(file.parent)


def _connections(file: Path) -> None:
    known = of_config({"veeam:connections": file.read_bytes().decode("utf-8", "replace")}, file.parent, print)
    for name in known.names:
        known.get(name)


READERS: dict[str, tuple[str, Any, Callable[[Path], object]]] = {
    "roster": ("roster.yaml", GOOD.encode(), lambda file: roster.read(file, AROUND)),
    "tenants": ("tenants.csv", (HEAD + SMITH).encode(), tenants.read),
    "servers": ("servers.yaml", SERVERS, lambda file: servers.read(file, "prod")),
    "estate": ("estate.yaml", ESTATE, lambda file: decisions.read(file.parent)),
    "policy": ("policy.json", POLICY, _policy),
    "policy for who": ("policy.json", POLICY, lambda file: ask._settings(file.parent)),
    "preview": ("preview.json", PREVIEW, lambda file: review(file.read_bytes(), []).text()),
    "preview for policies": ("preview.json", PREVIEW, lambda file: judge(file.parent, file)),
    "exported state": ("state.json", STATE, lambda file: judge(file.parent, file)),
    "exported state for who": ("state.json", STATE, lambda file: managed.of_pulumi(ask._json(file))),
    "state of Terraform": ("x.tfstate", TERRAFORM, lambda file: managed.of_terraform(ask._json(file))),
    "snapshot": ("snapshot.json", SNAPSHOT, _snapshot),
    "chain of snapshots": (
        "b.json",
        {**SNAPSHOT, "previous": hashlib.sha256(json.dumps(SNAPSHOT).encode()).hexdigest(), "previous_file": "a.json"},
        _chain,
    ),
    "connections": ("connections.json", CONNECTIONS, _connections),
    "recording": ("vbr-01-users.json", RECORDING, lambda file: recordings.summary(recordings.read(file.parent))),
}


@pytest.mark.parametrize("name", READERS)
def test_a_file_in_any_form_is_read_or_is_one_error(name: str, tmp_path: Path) -> None:
    called, seed, read = READERS[name]
    refused = 0
    for content in forms(seed):
        (tmp_path / called).write_bytes(content)
        try:
            read(tmp_path / called)
        except ERRORS as error:
            assert type(error) is not UnicodeDecodeError, content[:300]
            assert str(error).replace("\n", "").isprintable(), content[:300]
            refused += 1
        except Exception as error:
            raise AssertionError(f"{type(error).__name__} for {content[:500]!r}") from error
    assert refused > FORMS // 20, "hardly anything was refused: what was tried?"


@pytest.mark.parametrize("name", READERS)
def test_a_file_as_it_should_be_is_read(name: str, tmp_path: Path) -> None:
    called, seed, read = READERS[name]
    (tmp_path / called).write_bytes(seed if isinstance(seed, bytes) else json.dumps(seed).encode())
    read(tmp_path / called)
