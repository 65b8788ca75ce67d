r"""vbr.Credential against the simulated server: types, secrets, lost creates, adopting, and what is in use."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest

from tests.pairs import combined
from tests.products.conftest import Servers, ServersOf
from veeam_pulumi import redaction
from veeam_pulumi.errors import AlreadyExists, AnswerLost, InvalidInput, ServerRefused, VeeamError
from veeam_pulumi.products import grant, resources
from veeam_pulumi.resource import lifecycle
from veeam_pulumi.resource.fields import UNKNOWN
from veeam_pulumi.resource.grant import LATER

PATH = "/api/v1/credentials"
SQL: dict[str, Any] = {"username": r"TECH\svc-sql", "description": "SQL guests", "password": "Canary-Sql-1qz"}
LINES = ["b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAE", "QyNTUxOQAAACDcanaryYcKk0fXH7YQAAAAB3NzaC1l", "Zo2canary"]
KEY = "\n".join(["-----BEGIN OPENSSH PRIVATE KEY-----", *LINES, "-----END OPENSSH PRIVATE KEY-----", ""])
LINUX: dict[str, Any] = {
    "username": "svc-backup",
    "type": "Linux",
    "description": "Linux guests",
    "authentication_type": "SshKey",
    "private_key": KEY,
    "passphrase": "Canary-Phrase-1qz",
    "password": "Canary-Sudo-1qz",
    "root_password": "Canary-Root-1qz",
    "ssh_port": 2222,
    "elevate_to_root": True,
}
GMSA: dict[str, Any] = {"username": "TECH\\gmsa$", "type": "ManagedService"}
BARE: dict[str, Any] = {"username": SQL["username"], "adopt": True}
EXAMPLES: dict[str, dict[str, Any]] = {"Standard": SQL, "Linux": LINUX, "ManagedService": GMSA}


@pytest.fixture
def vbr(servers: ServersOf) -> Servers:
    return servers("vbr.Credential")


def held(on: Servers) -> list[dict[str, Any]]:
    return list(on.sim.objects("vbr")["credentials"])


def sent(on: Servers) -> list[tuple[str, str, list[str]]]:
    """(method, path, keys of the body) of what was written."""
    return [(method, path, sorted(body or {})) for method, path, body in on.writes()]


# ---- types and revisions


@pytest.mark.parametrize(
    ("kind", "build", "unique", "put", "key"),
    combined(
        ["Standard", "Linux", "ManagedService"],
        ["13.0.0.4967", "13.0.1.180", "13.1.0.411"],
        ["kept", "own", "hidden"],
        ["replaces", "merges"],
        ["both", "base64"],
    ),
)
def test_a_life_in_every_way_of_answering(
    servers: ServersOf, kind: str, build: str, unique: str, put: str, key: str
) -> None:
    knobs = {"build": build, "credential_unique_id": unique, "credential_put": put, "credential_key": key}
    on = servers("vbr.Credential", {f"vbr.{name}": value for name, value in knobs.items()})
    id, state = on.create(**EXAMPLES[kind])
    assert on.changed(state) == set()
    assert (state.get("unique_id") is None) == (unique == "hidden")
    assert on.read(id, state) == state
    after = on.update(id, state, description="changed")
    (row,) = held(on)
    assert (row["id"], row["description"], row["type"], row["username"]) == (id, "changed", kind, state["username"])
    assert on.changed(after) == set()
    if kind == "Linux":
        settings = (row["SSHPort"], row["elevateToRoot"], row["addToSudoers"], row["useSu"], row["authenticationType"])
        assert settings == (2222, True, False, False, "SshKey")
    on.delete(id, after)
    assert held(on) == []
    assert on.read(id, after) is None


@pytest.mark.parametrize("build", ["12.0.0.1420", "12.3.1.1139"])
def test_before_13_there_is_no_authentication_type(servers: ServersOf, build: str) -> None:
    on = servers("vbr.Credential", {"vbr.build": build})
    id, state = on.create(**LINUX)
    assert state["authentication_type"] == "SshKey"
    assert on.changed(on.update(id, state, ssh_port=22)) == set()
    on.create(**SQL)
    assert [keys for method, _, keys in sent(on) if "authenticationType" in keys] == []
    on.forget()
    with pytest.raises(InvalidInput, match=r"need 13\.0 \(revision 1\.3-rev0\); this connection speaks 1\.[12]-rev"):
        on.create(**GMSA)
    assert sent(on) == []


def test_what_a_create_sends(vbr: Servers) -> None:
    for one in EXAMPLES.values():
        vbr.create(**one)
    base = ["description", "type", "uniqueId", "username"]
    settings = ["SSHPort", "addToSudoers", "authenticationType", "elevateToRoot", "useSu"]
    secrets = ["passphrase", "password", "privateKey", "rootPassword"]
    assert sent(vbr) == [
        ("POST", PATH, sorted([*base, "password"])),
        ("POST", PATH, sorted([*base, *settings, *secrets])),
        ("POST", PATH, base),
    ]
    unique = [body["uniqueId"] for _, _, body in vbr.writes()]
    assert len({*unique}) == 3


# ---- what goes with what


@pytest.mark.parametrize(
    ("inputs", "property_", "reason"),
    [
        ({"username": "x"}, "password", "is required by the type Standard"),
        (
            {"username": "x", "type": "Linux"},
            "password",
            "is required by the type Linux with the authentication type Password",
        ),
        (
            {"username": "x", "type": "Linux", "authentication_type": "SshKey"},
            "private_key",
            "is required by the authentication type SshKey",
        ),
        ({**GMSA, "password": "Canary-Gmsa"}, "password", "is not for the type ManagedService: the directory keeps it"),
        ({**SQL, "ssh_port": 2222}, "ssh_port", "is for the type Linux"),
        ({**SQL, "elevate_to_root": True}, "elevate_to_root", "is for the type Linux"),
        ({**SQL, "root_password": "Canary-Root"}, "root_password", "is for the type Linux"),
        ({**GMSA, "authentication_type": "SshKey"}, "authentication_type", "is for the type Linux"),
        ({**LINUX, "authentication_type": "Password"}, "private_key", "is for the authentication type SshKey"),
        (
            {**SQL, "type": "Linux", "passphrase": "Canary-Phrase"},
            "passphrase",
            "is sent with the private key: give private_key, too",
        ),
        (
            {**LINUX, "private_key": "a\x00b"},
            "private_key",
            "has a control character in it (U+0000, inside): it may have line breaks and tabs only",
        ),
        ({**LINUX, "ssh_port": 0}, "ssh_port", "Input should be greater than or equal to 1"),
    ],
)
def test_what_cannot_be_is_said_before_any_request(inputs: dict[str, Any], property_: str, reason: str) -> None:
    _, problems = resources()["vbr.Credential"].check(inputs)
    assert (property_, reason) in [(one.property, one.reason) for one in problems]
    secret = property_ in ("password", "private_key", "passphrase", "root_password")
    assert [one.secret for one in problems if one.property == property_] == [secret]


@pytest.mark.parametrize("kind", EXAMPLES)
def test_what_is_there_or_adopted_needs_no_secret(kind: str) -> None:
    bare = {name: value for name, value in EXAMPLES[kind].items() if name in ("username", "type", "description")}
    resource = resources()["vbr.Credential"]
    assert resource.check(bare, creating=False)[1] == []
    assert resource.check({**bare, "adopt": True})[1] == []


@pytest.mark.parametrize("name", [*SQL, *LINUX])
def test_what_only_the_run_will_tell_passes(name: str) -> None:
    assert resources()["vbr.Credential"].check({**LINUX, name: UNKNOWN})[1] == []


# ---- secrets


@pytest.mark.parametrize(
    ("changes", "writes"),
    [
        ({"password": "Canary-New-1qz"}, [("changepassword", ["password"])]),
        ({"root_password": "Canary-New-1qz"}, [("changerootpassword", ["password"])]),
        ({"private_key": f"{KEY}#\n"}, [("changeprivatekey", ["passphrase", "privateKey"])]),
        ({"passphrase": "Canary-New-1qz"}, [("changeprivatekey", ["passphrase", "privateKey"])]),
        (
            {"passphrase": "Canary-New-1qz", "password": "Canary-New-2qz", "root_password": "Canary-New-3qz"},
            [
                ("changepassword", ["password"]),
                ("changeprivatekey", ["passphrase", "privateKey"]),
                ("changerootpassword", ["password"]),
            ],
        ),
    ],
)
def test_each_secret_has_a_request_of_its_own(
    vbr: Servers, changes: dict[str, str], writes: list[tuple[str, list[str]]]
) -> None:
    id, state = vbr.create(**LINUX)
    vbr.forget()
    after = vbr.update(id, state, **changes)
    assert sent(vbr) == [("POST", f"{PATH}/{id}/{action}", keys) for action, keys in writes]
    assert vbr.changed(after) == set()
    if "password" in changes:
        assert vbr.sim.can_login("vbr", LINUX["username"], changes["password"])


def test_settings_go_first_and_secrets_last(vbr: Servers) -> None:
    id, state = vbr.create(**{**LINUX, "authentication_type": "Password", "private_key": None, "passphrase": None})
    vbr.forget()
    vbr.update(id, state, authentication_type="SshKey", private_key=KEY, password="Canary-New-1qz")
    assert [(method, path.rpartition("/")[2]) for method, path, _ in sent(vbr)] == [
        ("PUT", id),
        ("POST", "changepassword"),
        ("POST", "changeprivatekey"),
    ]


def test_another_authentication_type_needs_its_key(vbr: Servers) -> None:
    id, state = vbr.create(**{**SQL, "type": "Linux"})
    own = {name: state[name] for name in vbr.resource.fields if name in state}
    vbr.forget()
    with pytest.raises(InvalidInput, match="the authentication type SshKey needs the private key; give private_key"):
        lifecycle.update(vbr.resource, vbr.connections, id, state, {**own, "authentication_type": "SshKey"})
    assert sent(vbr) == []


def test_a_secret_that_the_program_no_longer_gives_stays(vbr: Servers) -> None:
    id, state = vbr.create(**LINUX)
    vbr.forget()
    after = vbr.update(id, state, root_password=None)
    assert sent(vbr) == []
    assert "root_password" not in after
    assert vbr.changed(after) == set()


@pytest.mark.parametrize(
    ("written", "encoding", "taken", "works"),
    [
        (KEY, "base64", "base64", True),
        (KEY, "pem", "pem", True),
        (KEY, "base64", "pem", False),
        (KEY, "pem", "base64", False),
        (base64.b64encode(KEY.encode()).decode(), "base64", "base64", True),
        (base64.encodebytes(KEY.encode()).decode(), "base64", "base64", True),  # with line breaks
    ],
)
def test_the_form_in_which_a_key_is_sent(
    servers: ServersOf, written: str, encoding: str, taken: str, works: bool
) -> None:
    on = servers("vbr.Credential", {"vbr.credential_key": taken})
    inputs = {**LINUX, "private_key": written, "private_key_encoding": encoding}
    if works:
        id, state = on.create(**inputs)
        on.update(id, state, passphrase="Canary-New-1qz")
        return
    with pytest.raises(ServerRefused, match="The private key is not valid"):
        on.create(**inputs)


def test_another_encoding_alone_sends_nothing(vbr: Servers) -> None:
    id, state = vbr.create(**LINUX)
    vbr.forget()
    assert vbr.changed(state, private_key_encoding="pem") == {"private_key_encoding"}
    after = vbr.update(id, state, private_key_encoding="pem")
    assert (sent(vbr), vbr.changed(after)) == ([], set())


def spoken(text: str) -> list[str]:
    """The ways in which a server may repeat a key: as it is, escaped, line by line, as base64."""
    return [
        text,
        text.replace("\n", "\\n"),
        text.replace("\n", "\r\n"),
        *LINES,
        base64.b64encode(text.encode()).decode(),
    ]


@pytest.mark.parametrize("number", range(len(spoken(KEY))))
@pytest.mark.parametrize("action", ["create", "rotate"])
def test_a_server_that_repeats_a_key_shows_none_of_it(vbr: Servers, number: int, action: str) -> None:
    body = {"errorCode": "UnknownError", "message": f"cannot parse <{spoken(KEY)[number]}>", "resourceId": None}
    if action == "rotate":
        id, state = vbr.create(**{**LINUX, "private_key": f"{KEY}#\n"})
    vbr.sim.fault("vbr", "status", method="POST", path=f"{PATH}*", status=400, body=body, times=0)
    with pytest.raises(ServerRefused) as failed:
        vbr.create(**LINUX) if action == "create" else vbr.update(id, state, private_key=KEY)
    said = str(failed.value) + failed.value.words
    assert "cannot parse" in said
    assert [line for line in LINES if line in said] == []
    assert base64.b64encode(KEY.encode()).decode()[:40] not in said


def test_lines_of_a_secret_are_secrets_and_ordinary_words_are_not() -> None:
    redaction.learn("-----BEGIN PRIVATE KEY-----\nMIIcanary-line-of-a-key\nab\n-----END PRIVATE KEY-----")
    said = redaction.hide("a line MIIcanary-line-of-a-key of it; ab is a word; -----BEGIN PRIVATE KEY----- too")
    assert said == "a line [secret] of it; ab is a word; -----BEGIN PRIVATE KEY----- too"


def test_what_an_older_model_shows_goes_nowhere(vbr: Servers) -> None:
    """12.3 lists privateKey and passphrase in what it answers."""
    id, state = vbr.create(**LINUX)
    row = {**held(vbr)[0], "privateKey": KEY, "passphrase": "Canary-Other"}
    vbr.sim.fault("vbr", "status", method="GET", path=f"{PATH}/{id}", status=200, body=row, times=2)
    live = vbr.read(id, {"connection": "vbr"})
    assert live is not None
    assert not {*live} & {"private_key", "passphrase", "password", "root_password"}
    vbr.forget()
    vbr.update(id, state, ssh_port=22)
    ((_, _, keys),) = sent(vbr)
    assert not {*keys} & {"privateKey", "passphrase"}


# ---- who is who


def test_the_same_user_name_with_another_description_or_type_is_another_credential(vbr: Servers) -> None:
    ids = {vbr.create(**{**SQL, **more})[0] for more in ({}, {"description": "web"}, {"type": "Linux"})}
    assert len(ids) == len(held(vbr)) == 3


@pytest.mark.parametrize(
    ("username", "kind", "there"),
    [(r"tech\SVC-SQL", "Standard", True), (r"tech\SVC-SQL", "Linux", False), (r"TECH\svc-sql", "Linux", True)],
)
def test_a_second_one_of_the_same_is_refused(vbr: Servers, username: str, kind: str, there: bool) -> None:
    """Windows and directories take both spellings for one account; Linux does not."""
    id, _ = vbr.create(**{**SQL, "type": kind})
    again = {**SQL, "type": kind, "username": username}
    if not there:
        assert vbr.create(**again)[0] != id
        return
    with pytest.raises(AlreadyExists, match=f"it exists already \\(id {id}\\)"):
        vbr.create(**again)
    assert len(held(vbr)) == 1


def test_an_update_does_not_make_two_of_the_same(vbr: Servers) -> None:
    first, _ = vbr.create(**SQL)
    id, state = vbr.create(**{**SQL, "description": "web"})
    vbr.forget()
    with pytest.raises(AlreadyExists, match=rf"another credential \(id {first}\) has this user name, type and descri"):
        vbr.update(id, state, description=SQL["description"])
    assert sent(vbr) == []
    assert vbr.update(id, state, username=r"TECH\svc-web")["username"] == r"TECH\svc-web"


def test_another_type_replaces(vbr: Servers) -> None:
    _, state = vbr.create(**SQL)
    assert vbr.resource.diff(state, {**state, "type": "Linux"}).replaces == ("type",)
    assert vbr.resource.diff(state, {**state, "username": "x", "description": "y"}).replaces == ()


def add(on: Servers, **values: Any) -> str:
    before = {row["id"] for row in held(on)}
    on.sim.drift("vbr", "add", values.pop("username", SQL["username"]), {"type": "Standard", **values})
    return str(next(row["id"] for row in held(on) if row["id"] not in before))


@pytest.mark.parametrize(
    "said", [{}, {"description": "web"}, {"type": "Standard"}, {"type": "Standard", "description": "web"}]
)
def test_adopting_by_what_is_said(vbr: Servers, said: dict[str, str]) -> None:
    id = add(vbr, description="web")
    vbr.forget()
    found, state = vbr.create(username=SQL["username"].upper(), adopt=True, **said)
    assert (found, state["adopted"], state["description"]) == (id, True, "web")
    assert vbr.changed(state) == set()
    vbr.delete(id, state)
    assert (sent(vbr), len(held(vbr))) == ([], 1)
    assert vbr.warnings == [
        rf"vbr.Credential '{SQL['username'].upper()}' 'web' was adopted, not created here: it stays on "
        rf"{state['server']} and only leaves the state"
    ]


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({"description": "web"}, "description is declared as 'web', the server has 'sql'"),
        ({"type": "Linux"}, "type is declared as 'Linux', the server has 'Standard'"),
    ],
)
def test_adopting_what_is_not_as_it_is_said(vbr: Servers, said: dict[str, str], wrong: str) -> None:
    """Not even where another one could be created: that is not what adopting asks for."""
    id = add(vbr, description="sql")
    vbr.forget()
    with pytest.raises(InvalidInput, match=f"it is on the server \\(id {id}\\), but not as it is declared: {wrong}"):
        vbr.create(**{**SQL, **said, "adopt": True} if "description" in said else {**said, **BARE})
    assert sent(vbr) == []


def test_adopting_where_several_fit_lists_them(vbr: Servers) -> None:
    ids = [add(vbr, description="web"), add(vbr, description="sql"), add(vbr, description="sql", type="Linux")]
    listed = f"{ids[0]} (Standard, 'web'); {ids[1]} (Standard, 'sql'); {ids[2]} (Linux, 'sql')"
    with pytest.raises(InvalidInput, match=f"3 credentials that this may mean: {re.escape(listed)}; say the type and"):
        vbr.create(username=SQL["username"], adopt=True)
    with pytest.raises(InvalidInput, match="2 credentials that this may mean"):
        vbr.create(username=SQL["username"], description="sql", adopt=True)
    adopted = vbr.create(username=SQL["username"], description="sql", type="Linux", adopt=True)[0]
    assert adopted == ids[2]
    twin = add(vbr, description="web")
    vbr.connect()
    with pytest.raises(
        InvalidInput, match=f"{ids[0]} .*{twin} .*; where those are the same, change one of the descrip"
    ):
        vbr.create(username=SQL["username"], description="web", type="Standard", adopt=True)


def test_an_adopted_secret_is_sent_when_it_is_made_ours(vbr: Servers) -> None:
    add(vbr, description=SQL["description"], password="Canary-Theirs-1qz")
    id, state = vbr.create(**SQL, adopt=True)
    assert vbr.sim.can_login("vbr", SQL["username"], "Canary-Theirs-1qz")
    vbr.forget()
    after = vbr.update(id, state, adopt=False)
    assert sent(vbr) == [("POST", f"{PATH}/{id}/changepassword", ["password"])]
    assert (after["adopted"], vbr.sim.can_login("vbr", SQL["username"], SQL["password"])) == (False, True)


def test_nothing_there_to_adopt_creates_what_is_complete(vbr: Servers) -> None:
    with pytest.raises(InvalidInput, match="creating it needs more: password: is required by the type Standard"):
        vbr.create(username=SQL["username"], adopt=True)
    _, state = vbr.create(**SQL, adopt=True)
    assert state["adopted"] is False


# ---- lost answers


@pytest.mark.parametrize("kind", ["reset_after", "half_body", "empty"])
@pytest.mark.parametrize("example", EXAMPLES)
def test_a_lost_create_is_found_by_its_unique_id_before_anything_is_sent_again(
    vbr: Servers, kind: str, example: str
) -> None:
    add(vbr, username=EXAMPLES[example]["username"], description="somebody else's", type=example)
    vbr.sim.fault("vbr", kind, method="POST", path=PATH)
    id, state = vbr.create(**EXAMPLES[example])
    ((_, _, body),) = vbr.writes()
    assert {row["id"]: row["uniqueId"] for row in held(vbr)}[id] == body["uniqueId"]
    assert len(held(vbr)) == 2
    assert vbr.read(id, state) == state


@pytest.mark.parametrize("unique", ["own", "hidden"])
def test_where_the_server_keeps_no_unique_id_a_lost_create_is_named_and_not_repeated(
    servers: ServersOf, unique: str
) -> None:
    on = servers("vbr.Credential", {"vbr.credential_unique_id": unique})
    on.sim.fault("vbr", "reset_after", method="POST", path=PATH)
    with pytest.raises(AnswerLost, match=r"the server has one with this user name.*by now \(id .*adopt") as lost:
        on.create(**SQL)
    (row,) = held(on)
    assert row["id"] in str(lost.value)
    assert len(sent(on)) == 1
    adopted, _ = on.create(**SQL, adopt=True)
    assert adopted == row["id"]


def test_what_somebody_else_made_meanwhile_is_not_taken_for_ours(vbr: Servers) -> None:
    """Two runs create the same: the request of this one never arrived."""
    resource, session = vbr.resource, vbr.connections.open("vbr", "vbr")
    inputs = resource.inputs.model_validate(resource.check(SQL)[0])
    vbr.sim.fault("vbr", "reset_before", method="POST", path=PATH)
    with pytest.raises(AnswerLost):
        resource.create(session, inputs)
    theirs = add(vbr, description=SQL["description"])
    with pytest.raises(VeeamError, match=f"by now \\(id {theirs}\\), but not with the unique id"):
        resource.find(session, inputs)


@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "half_body"])
@pytest.mark.parametrize("action", ["changepassword", "changeprivatekey", "changerootpassword"])
def test_a_secret_whose_change_lost_its_answer_is_set_again(vbr: Servers, kind: str, action: str) -> None:
    id, state = vbr.create(**LINUX)
    vbr.sim.fault("vbr", kind, method="POST", path=f"{PATH}/*/{action}")
    new = {"password": "Canary-New-1qz", "private_key": f"{KEY}#\n", "root_password": "Canary-New-2qz"}
    after = vbr.update(id, state, description="changed", **new)
    assert vbr.changed(after) == set()
    assert vbr.sim.can_login("vbr", LINUX["username"], "Canary-New-1qz")
    assert len(held(vbr)) == 1


@pytest.mark.parametrize("kind", ["reset_after", "reset_before"])
def test_an_update_or_delete_whose_answer_was_lost(vbr: Servers, kind: str) -> None:
    id, state = vbr.create(**SQL)
    vbr.sim.fault("vbr", kind, method="PUT")
    after = vbr.update(id, state, description="changed")
    assert held(vbr)[0]["description"] == after["description"] == "changed"
    vbr.sim.fault("vbr", kind, method="DELETE")
    vbr.delete(id, after)
    assert held(vbr) == []


def test_a_refused_secret_leaves_the_settings_and_the_next_run_goes_on(vbr: Servers) -> None:
    id, state = vbr.create(**SQL)
    vbr.sim.fault("vbr", "status", method="POST", path=f"{PATH}/*/changepassword", status=400)
    with pytest.raises(ServerRefused):
        vbr.update(id, state, description="changed", password="Canary-New-1qz")
    assert held(vbr)[0]["description"] == "changed"
    live = vbr.read(id, state)
    assert live is not None
    vbr.forget()
    vbr.update(id, live, password="Canary-New-1qz")
    assert sent(vbr) == [("POST", f"{PATH}/{id}/changepassword", ["password"])]


# ---- in use, and not ours


@pytest.mark.parametrize("status", ["400", "500"])
def test_one_in_use_is_not_deleted_and_the_servers_words_are_said(servers: ServersOf, status: str) -> None:
    on = servers("vbr.Credential", {"vbr.credential_in_use": status})
    id, state = on.create(**SQL)
    on.sim.drift("vbr", "update", id, {"usedBy": ["Backup Job 1"]})
    with pytest.raises(
        ServerRefused, match="currently in use.*nothing was deleted; give the servers and jobs that use it another"
    ):
        on.delete(id, state)
    assert len(held(on)) == 1
    on.sim.drift("vbr", "update", id, {"usedBy": []})
    on.delete(id, state)
    assert held(on) == []


def test_the_managed_servers_that_use_it_are_named_at_once(vbr: Servers) -> None:
    id, state = vbr.create(**SQL)
    vbr.sim.drift("vbr", "add", "esx01.lab.local", {"type": "ViHost", "credentialsId": id})
    vbr.forget()
    with pytest.raises(
        ServerRefused, match=r"currently in use.*managed servers that use it: esx01\.lab\.local \(ViHost"
    ):
        vbr.delete(id, state)
    assert len(sent(vbr)) == 1
    vbr.sim.drift("vbr", "delete", "esx01.lab.local", {})
    vbr.delete(id, state)
    assert held(vbr) == []


@pytest.mark.parametrize("lag", [1, 5])
def test_one_that_is_taken_for_used_for_a_while_is_deleted_then(servers: ServersOf, lag: int) -> None:
    on = servers("vbr.Credential", {"vbr.credential_lag": lag})
    id, state = on.create(**SQL)
    on.sim.drift("vbr", "update", id, {"usedBy": ["esx01"]})
    on.sim.drift("vbr", "update", id, {"usedBy": []})
    on.forget()
    on.delete(id, state)
    assert held(on) == []
    assert [method for method, _, _ in sent(on)] == ["DELETE"] * (lag + 1)


def test_waiting_for_it_has_an_end(servers: ServersOf) -> None:
    on = servers("vbr.Credential", {"vbr.credential_lag": 1000})
    id, state = on.create(**SQL)
    on.sim.drift("vbr", "update", id, {"usedBy": []})
    on.forget()
    with pytest.raises(ServerRefused, match="currently in use"):
        on.delete(id, state)
    assert 5 < len(sent(on)) < 20


@pytest.mark.parametrize("listed", ["hidden", "listed"])
def test_credentials_of_the_products_own_appliances_are_left_alone(servers: ServersOf, listed: str) -> None:
    on = servers("vbr.Credential", {"vbr.build": "13.1.0.411", "vbr.preset": listed})
    session = on.connections.open("vbr", "vbr")
    rows = session.get(PATH, includeDefaultApplianceCreds=True)["data"]
    (preset,) = [row for row in rows if row["isDefaultAppliance"]]
    assert list(on.resource.rows(session)) == []
    with pytest.raises(InvalidInput, match="it is a credential of the product's own appliances"):
        on.read(preset["id"], {"connection": "vbr"})
    same = {"username": preset["username"], "type": "Linux", "description": preset["description"]}
    _, state = on.create(**same, password="Canary-Root-1qz")  # another one, of our own
    assert state["adopted"] is False


# ---- what it lets do


@pytest.mark.parametrize("kind", EXAMPLES)
def test_it_is_no_account_and_holds_a_secret(kind: str) -> None:
    found = grant("vbr.Credential", EXAMPLES[kind])
    assert (found.account, found.principal, found.is_account, found.unknown) == ("", "credential", False, ())
    assert {*found.rights} == (set() if kind == "ManagedService" else {"secrets"})
    assert (found.connection, found.is_privileged) == ("vbr", False)


def test_one_of_a_type_that_only_the_run_will_tell_holds_a_secret() -> None:
    found = grant("vbr.Credential", {"username": UNKNOWN, "type": UNKNOWN})
    assert ({*found.rights}, found.type, found.is_privileged) == ({"secrets"}, LATER, False)
