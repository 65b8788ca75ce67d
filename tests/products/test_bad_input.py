"""Everything that people get wrong: one line that names resource, server, cause and next step, and shows no secret."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from tests.products.conftest import Servers, ServersOf
from tests.specimens import ALL, AWS, Specimen, specimen
from veeam_pulumi.errors import InvalidInput, VeeamError
from veeam_pulumi.products import resources
from veeam_pulumi.resource.fields import Marker, at, put
from veeam_pulumi.simulator.vspc import seeds

SECRET = "Canary-Passw0rd-qzx"


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
# {product} stands for the product's name, which is the connection's too.
COMMON = {
    "missing connection": Mistake(
        "",
        "there is no connection 'nope' (known: {product})",
        f"{SET} 'veeam:connections.nope.url' https://HOST:PORT",
        inputs={"connection": "nope"},
    ),
    "missing password": Mistake(
        "",
        "it has no password",
        f"{SET} --secret 'veeam:connections.{{product}}.password'",
        settings={"password": None},
    ),
    "missing username": Mistake(
        "", "it has no username", f"{SET} 'veeam:connections.{{product}}.username'", settings={"username": None}
    ),
    "http": Mistake(
        "",
        "its url must start with https:// (http:// would send credentials in plain text)",
        f"{SET} 'veeam:connections.{{product}}.url'",
        settings={"url": "http://server01:9419"},
    ),
    "untrusted certificate": Mistake(
        "",
        "its certificate is not trusted: it is self-signed; nothing was sent; it has CN=",
        f"{SET} 'veeam:connections.{{product}}.tls.thumbprint' ",
        knobs={"{product}.tls": "self_signed"},
    ),
    "expired certificate": Mistake(
        "", "its certificate is not trusted: it has expired", "tls.thumbprint", knobs={"{product}.tls": "expired"}
    ),
    "certificate of another host": Mistake(
        "",
        "its certificate is not trusted: it was issued for another",
        "tls.thumbprint",
        knobs={"{product}.tls": "wrong_host"},
    ),
    "not the pinned certificate": Mistake(
        "",
        "its certificate is not the pinned one, nothing was sent; it has CN=",
        f"{SET} 'veeam:connections.{{product}}.tls.thumbprint' ",
        settings={"tls": {"thumbprint": "AB" * 20}},
    ),
    "unreachable host": Mistake(
        "",
        "no connection (ConnectError: ",
        "check the address and the firewall",
        settings={"url": "https://127.0.0.1:1"},
    ),
    "wrong password": Mistake(
        "", "the server refuses the login of ", "check the account, or set password with", settings={"password": SECRET}
    ),
    "a proxy's page": Mistake(
        "",
        "was answered with 404 and an HTML page",
        "check that the connection's url is the server's REST API and that no proxy is in between",
        fault={"kind": "html", "method": "GET", "status": 404},
    ),
}
MISTAKES = {
    "wrong product": Mistake(
        "aws.User",
        "connection aws is of product vbr, this resource needs aws",
        f"{SET} 'veeam:connections.aws.product' aws",
        settings={"product": "vbr"},
    ),
    "wrong password": Mistake(
        "vbr.User",
        "refuses the login of 'LAB\\svc-backup' (401 AccessDenied",
        "a wrong password, or an account with MFA that is not a service account, which gets the same answer; check the",
        settings={"password": SECRET},
    ),
    "second factor": Mistake(
        "aws.User", "needs a second factor (MFA)", "use an account without MFA", knobs={"aws.mfa": "pending"}
    ),
    "unknown role": Mistake(
        "vbr.User", "has no role 'Boss'", "its roles are: Incident API Operator", inputs={"roles": ["Boss"]}
    ),
    "unknown value": Mistake(
        "vbr.User",
        "type: must be one of 'InternalUser', 'InternalGroup', 'ExternalUser', 'ExternalGroup'",
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
    "a backup server that is connected already": Mistake(
        "em.BackupServer", "it exists already (id ", "set adopt=True to take it over as it is", exists=True
    ),
    "a backup server that is accepted and then fails": Mistake(
        "em.BackupServer",
        'failed: "Failed to connect to backup server 172.17.53.48: the connection was refused."',
        "fix the reported problem, then run again",
        knobs={"em.task_result": "failed"},
    ),
    "a backup server's certificate that is another": Mistake(
        "em.BackupServer",
        'failed: "The certificate of backup server 172.17.53.48 is not trusted."',
        "compare the backup server's certificate with vbr_certificate_thumbprint",
        knobs={"em.thumbprint": "task"},
        inputs={"vbr_certificate_thumbprint": "AB" * 20},
    ),
    "a backup server's account that is refused": Mistake(
        "em.BackupServer",
        'failed: "Failed to connect to backup server 172.17.53.48: invalid credentials."',
        "check username and password, which are those of an administrator of the backup server",
        knobs={"em.credentials": "strict"},
        inputs={"password": f"wrong-{SECRET}"},
    ),
    "a portal user": Mistake(
        "em.BackupServer",
        "POST /api/backupServers?action=create was refused with 403",
        r"the account 'LAB\\svc-backup' needs the role Portal Administrator",
        fault={"kind": "status", "method": "POST", "path": "/api/backupServers", "status": 403},
    ),
    "an organization that does not exist": Mistake(
        "vspc.User",
        "the server has no organization 00000000-0000-4000-8000-000000000000",
        "GET /api/v3/organizations lists them all",
        inputs={"organization_uid": "00000000-0000-4000-8000-000000000000"},
    ),
    "a user name that is taken elsewhere": Mistake(
        "vspc.User",
        f"the user name is taken in the organization {seeds.ALPHA}",
        "choose another user_name",
        knobs={"vspc.unique": "server"},
        inputs={"organization_uid": seeds.BETA},
        exists=True,
    ),
    "a user that exists": Mistake("vspc.User", "it exists already (id ", "set adopt=True", exists=True),
    "an e-mail address that the server refuses": Mistake(
        "vspc.User",
        "was refused with 400, error 400 (",
        "whose last part has two to six letters",
        inputs={"profile": {"email": "stan@alpha.technology"}},
    ),
    "a portal role": Mistake(
        "vspc.User", "was refused with 400, error 400", "", inputs={"role": "PortalOperator"}
    ),
    "a second factor on the console": Mistake(
        "vspc.User",
        "needs a second factor (MFA)",
        f"use an API key: set token with `{SET} --secret 'veeam:connections.vspc.token'`",
        knobs={"vspc.mfa": "pending"},
    ),
    "a second factor that looks like a wrong password": Mistake(
        "vspc.User",
        "(400 invalid_request)",
        "an account with MFA configured (which needs an API key), or a user of a company without REST access",
        knobs={"vspc.mfa": "refused"},
    ),
    "a wrong API key": Mistake(
        "vspc.User",
        "the server refuses the API key",
        f"{SET} --secret 'veeam:connections.vspc.token'",
        settings={"username": None, "password": None, "token": SECRET},
    ),
    "a key that only reads": Mistake(
        "vspc.User",
        "was refused with 403",
        "and more than read-only access",
        settings={"username": None, "password": None, "token": seeds.READ_ONLY_API_KEY},
    ),
    "too many requests": Mistake(
        "vspc.User",
        "was refused with 429, error 429",
        "the server asks to wait 25 s",
        fault={"kind": "status", "method": "POST", "path": "/api/v3/users", "status": 429, "retry_after": 25,
               "retry_header": False},
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", sorted(resources()))
@pytest.mark.parametrize("name", COMMON)
def test_mistakes_that_every_product_knows(servers: ServersOf, kind: str, name: str) -> None:
    product = kind.partition(".")[0]
    common = COMMON[name]
    expect_one_line(
        servers,
        replace(
            common,
            kind=kind,
            settings={**({"api": "security"} if product == "vbr" else {}), **common.settings},
            cause=common.cause.replace("{product}", product),
            fix=common.fix.replace("{product}", product),
            knobs={
                **specimen(kind).knobs,
                **{key.replace("{product}", product): value for key, value in common.knobs.items()},
            },
        ),
    )


@pytest.mark.parametrize("name", MISTAKES)
def test_one_line_with_resource_server_cause_and_next_step(servers: ServersOf, name: str) -> None:
    expect_one_line(servers, MISTAKES[name])


def expect_one_line(servers: ServersOf, mistake: Mistake) -> None:
    one: Servers = servers(mistake.kind, mistake.knobs, **mistake.settings)
    subject = specimen(mistake.kind)
    inputs = {**subject.inputs(password=SECRET), **mistake.inputs}
    key = inputs[subject.name]
    if mistake.exists:
        subject.add(one.sim, "Of-Somebody1")
    if mistake.fault:
        one.sim.fault(one.product, times=0, **mistake.fault)
    before = one.sim.objects(one.product)
    with pytest.raises(VeeamError) as caught:
        one.create_unchecked(**inputs)
    text = str(caught.value)
    assert "\n" not in text
    assert text.startswith(f"{mistake.kind} '")
    assert f"'{key}'" in text
    assert "connection" in text
    assert mistake.cause in text
    assert mistake.fix in text
    assert SECRET not in text + repr(caught.value)
    assert caught.value.__cause__ is None
    assert one.sim.objects(one.product) == before


ASKS_THE_SERVER = {("ssh_fingerprint",), ("certificate_thumbprint",), ("owner_credentials",)}
"""Whether it is needed, or what it should be, only the server tells: that is said at apply."""


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.label)
def test_what_creating_needs_is_said_by_check_and_of_nothing_that_is_there(servers: ServersOf, one: Specimen) -> None:
    """A preview says it, and so nobody learns in the middle of a run what was missing from its start."""
    on = servers(one.kind, one.knobs)
    whole = one.inputs(password=SECRET)
    key = {"connection", *on.resource.marked(Marker.identity)}
    for place in [(name,) for name in whole.keys() - key] + [
        place for place in on.resource.secrets if at(whole, place)
    ]:
        less = put(whole, place, None)
        _, problems = on.resource.check(less)
        if not problems and place not in ASKS_THE_SERVER:
            try:
                id, state = on.create_unchecked(**less)
            except InvalidInput as error:
                pytest.fail(f"without {place}, check says nothing, and create: {error}")
            on.delete(id, {**state, "adopted": False})
        _, problems = on.resource.check({**less, "adopt": True})
        assert problems == []
        if all(Marker.write_only in on.resource.fields[name].markers for name in place[:1]):
            _, problems = on.resource.check(less, creating=False)
            assert problems == []


@pytest.mark.parametrize(
    ("kind", "place"), [(kind, place) for kind, resource in sorted(resources().items()) for place in resource.secrets]
)
@pytest.mark.parametrize("character", ["\u200b", "\u2066", "\ufeff", "\0", "\u3164"])
def test_no_account_gets_a_password_that_nobody_can_type(kind: str, place: tuple[str, ...], character: str) -> None:
    """It would be accepted, and let nobody in who types what they see."""
    resource = resources()[kind]
    _, problems = resource.check(put(specimen(kind).inputs(), place, f"{SECRET}{character}x"))
    (found,) = [one for one in problems if f"(U+{ord(character):04X}, inside)" in one.reason]
    assert (found.property, found.secret) == (place[0], True)
    assert SECRET not in str(problems)
    _, problems = resource.check(put(specimen(kind).inputs(), place, f"{SECRET} é字😀"))
    assert not any("in it" in one.reason for one in problems)


def test_no_credential_is_sent_to_a_server_that_is_not_trusted(servers: ServersOf) -> None:
    one = servers("aws.User", {"aws.tls": "self_signed"})
    with pytest.raises(VeeamError):
        one.create_unchecked(**AWS.inputs(password=SECRET))
    assert one.sim.traffic("aws").bytes == 0
    assert one.sim.traffic("aws").connections > 0
