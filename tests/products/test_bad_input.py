"""Everything that people get wrong: one line that names resource, server, cause and next step, and shows no secret."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from veeam_pulumi.core.errors import VeeamError

from .conftest import Servers, ServersOf

SECRET = "Canary-Passw0rd-qzx"
OPERATOR = {"name": "operator", "password": SECRET}
JOHN = {"name": r"TECH\john", "roles": ["Backup Viewer"]}


@dataclass(frozen=True)
class Mistake:
    """A wrong setting, argument or server, and what has to be said about it."""

    kind: str
    cause: str
    fix: str
    settings: dict[str, Any] = field(default_factory=dict)
    knobs: dict[str, Any] = field(default_factory=dict)
    inputs: dict[str, Any] = field(default_factory=dict)
    fault: dict[str, Any] = field(default_factory=dict)
    exists: bool = False


SET = "pulumi config set --path"
MISTAKES = {
    "missing connection": Mistake(
        "vbr.User",
        "there is no connection 'nope' (known: vbr)",
        f"{SET} 'veeam:connections.nope.url' https://HOST:PORT",
        inputs={"connection": "nope"},
    ),
    "missing password": Mistake(
        "aws.User",
        "it has no password",
        f"{SET} --secret 'veeam:connections.aws.password'",
        settings={"password": None},
    ),
    "missing username": Mistake(
        "aws.User", "it has no username", f"{SET} 'veeam:connections.aws.username'", settings={"username": None}
    ),
    "wrong product": Mistake(
        "aws.User",
        "connection aws is of product vbr, this resource needs aws",
        f"{SET} 'veeam:connections.aws.url'",
        settings={"product": "vbr"},
    ),
    "http": Mistake(
        "vbr.User",
        "its url must start with https:// (http:// would send credentials in clear)",
        f"{SET} 'veeam:connections.vbr.url'",
        settings={"url": "http://vbr01:9419"},
    ),
    "untrusted certificate": Mistake(
        "vbr.User",
        "its certificate is not trusted: it is self-signed; nothing was sent; it has CN=",
        f"{SET} 'veeam:connections.vbr.tls.thumbprint' ",
        knobs={"vbr.tls": "self_signed"},
    ),
    "expired certificate": Mistake(
        "vbr.User", "its certificate is not trusted: it has expired", "tls.thumbprint", knobs={"vbr.tls": "expired"}
    ),
    "certificate of another host": Mistake(
        "vbr.User",
        "its certificate is not trusted: it was issued for another",
        "tls.thumbprint",
        knobs={"vbr.tls": "wrong_host"},
    ),
    "not the pinned certificate": Mistake(
        "aws.User",
        "its certificate is not the pinned one, nothing was sent; it has CN=",
        f"{SET} 'veeam:connections.aws.tls.thumbprint' ",
        settings={"tls": {"thumbprint": "AB" * 20}},
    ),
    "wrong password": Mistake(
        "vbr.User",
        "refuses the login of 'LAB\\\\svc-backup' (POST /api/oauth2/token was refused with 401 AccessDenied",
        "a wrong password, or an account with MFA that is no service account, which gets the same answer; check the",
        settings={"password": SECRET},
    ),
    "second factor": Mistake(
        "aws.User", "needs a second factor (MFA)", "use an account without MFA", knobs={"aws.mfa": "pending"}
    ),
    "unreachable host": Mistake(
        "vbr.User",
        "no connection (ConnectError: ",
        "check the address and the firewall",
        settings={"url": "https://127.0.0.1:1"},
    ),
    "unknown role": Mistake(
        "vbr.User", "has no role 'Boss'", "its roles are: Incident API Operator", inputs={"roles": ["Boss"]}
    ),
    "unknown value": Mistake(
        "vbr.User",
        "type must be one of 'InternalUser', 'InternalGroup', 'ExternalUser', 'ExternalGroup'",
        "",
        inputs={"type": "Robot"},
    ),
    "no users API": Mistake(
        "vbr.User",
        "its build is 12.3.1.1139, and managing users needs 13.0.1 (build 13.0.1.180)",
        "update the server",
        knobs={"vbr.build": "12.3.1.1139"},
    ),
    "refused name": Mistake(
        "vbr.User", "was refused with 400", '"', knobs={"vbr.refused": r"TECH\john"}
    ),
    "refused name on the appliance": Mistake(
        "aws.User", 'the server refuses the name: "', "choose another name", inputs={"name": "Op Erator"}
    ),
    "duplicate": Mistake("aws.User", "it exists already (id operator)", "set adopt=True", exists=True),
    "argument of another dialect": Mistake(
        "vbr.User",
        "the dialect 'security' of this server's users API (/api/v1/security/users) does not know description",
        "leave it out for this server",
        inputs={"description": "x"},
    ),
    "a proxy's page": Mistake(
        "vbr.User",
        "GET /api/v1/security/users was answered with 404 and an HTML page",
        "check that the connection's url is the server's REST API and that no proxy stands in between",
        settings={"api": "security"},
        fault={"kind": "html", "path": "/api/v1/security/users", "status": 404},
    ),
    "an empty answer": Mistake(
        "vbr.User",
        "GET /api/v1/security/roles was answered with 200 and an empty body instead of JSON",
        "check that the connection's url",
        fault={"kind": "empty", "path": "/api/v1/security/roles", "status": 200},
    ),
    "an older revision": Mistake(
        "vbr.User",
        "answers in revision 1.2-rev1",
        f"{SET} 'veeam:connections.vbr.api_version' auto",
        settings={"api_version": "1.2-rev1"},
    ),
    "an unknown revision": Mistake(
        "aws.User",
        "was refused with 400",
        f"{SET} 'veeam:connections.aws.api_version' auto",
        settings={"api_version": "0.9-rev9"},
    ),
    "a role that may not manage users": Mistake(
        "aws.User",
        "was refused with 403 AccessDenied",
        "the account 'Admin' needs the role Portal Administrator",
        fault={"kind": "status", "path": "/api/v1/users*", "status": 403,
               "body": {"errorCode": "AccessDenied", "title": "Forbidden"}},
    ),
    "an operator on a backup server": Mistake(
        "vbr.User",
        "GET /api/v1/security/users was refused with 403 AccessDenied",
        r"the account 'LAB\\svc-backup' needs the role Backup Administrator",
        fault={"kind": "status", "path": "/api/v1/security/*", "status": 403},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_one_line_with_resource_server_cause_and_next_step(servers: ServersOf, name: str) -> None:
    mistake = MISTAKES[name]
    one: Servers = servers(mistake.kind, mistake.knobs, **mistake.settings)
    inputs: dict[str, Any] = {**(OPERATOR if mistake.kind == "aws.User" else JOHN), **mistake.inputs}
    if mistake.exists:
        one.sim.drift("aws", "add", "operator", {"password": "Of-Somebody1"})
    if mistake.fault:
        one.sim.fault(one.product, times=0, **mistake.fault)
    with pytest.raises(VeeamError) as caught:
        one.create_unchecked(**inputs)
    text = str(caught.value)
    assert "\n" not in text
    assert text.startswith(f"{mistake.kind} '{inputs['name']}'")
    assert "connection" in text
    assert mistake.cause in text
    assert mistake.fix in text
    assert SECRET not in text + repr(caught.value)
    assert caught.value.__cause__ is None
    assert [write for write in one.sim.requests(writes_only=True) if write.status and write.status < 400] == []


def test_no_credential_is_sent_to_a_server_that_is_not_trusted(servers: ServersOf) -> None:
    one = servers("aws.User", {"aws.tls": "self_signed"})
    with pytest.raises(VeeamError):
        one.create_unchecked(**OPERATOR)
    assert one.sim.traffic("aws").bytes == 0
    assert one.sim.traffic("aws").connections > 0
