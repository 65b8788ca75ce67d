"""Which recorded questions the simulator is asked, with the knobs of that build; and every difference, judged.

A difference that is not listed here is a fault of the simulator. What is listed and no longer there fails too.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Question:
    """`login`: whether a session is opened first; `of`: an object whose id stands for {id} in the path."""

    path: str
    knobs: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    form: dict[str, str] = field(default_factory=dict)
    body: Any = None
    login: bool = True
    of: str = ""


_V11, _V12_2, _V12_3 = {"vbr.build": "11.0.0.837"}, {"vbr.build": "12.2.0.334"}, {"vbr.build": "12.3.2.3617"}
_V13_0, _V13_1 = {"vbr.build": "13.0.1.1071"}, {"vbr.build": "13.1.0.411"}
_R1, _R2 = {"x-api-version": "1.3-rev1"}, {"x-api-version": "1.3-rev2"}
_PASSWORD = {"grant_type": "password"}
_EM12, _EM13 = {"em.release": "12", "em.kind": "windows"}, {"em.release": "13", "em.kind": "appliance"}
_USERS, _USER = "/api/v1/security/users", "/api/v1/security/users/{id}"
_ADMIN = {"id": "5ff0e0eb-45cf-48cc-9677-7613fc79bc11", "name": "Backup Administrator", "description": "x"}
_ROLES = {"roles": [_ADMIN]}
_SVC, _GROUP = "LAB\\svc-backup", "BUILTIN\\Administrators"

QUESTIONS: dict[str, Question] = {
    "aws-02": Question("/api/v1/token", {"aws.release": "2.0"}, form=_PASSWORD, login=False),
    "aws-03": Question("/api/v1/users", {"aws.links": "off"}),
    "aws-05": Question("/api/v1/users/nobody", {"aws.not_found": "framework"}),
    "aws-06": Question(
        "/api/v1/users", {"aws.invalid": "framework"}, body={"name": "x", "description": "", "password": "short"}
    ),
    "em-01": Question("/api/", _EM12, login=False),
    "em-02": Question("/api/", _EM13, login=False),
    "em-03": Question("/api/sessionMngr/?v=latest", _EM12, login=False),
    "em-04": Question("/api/backupServers?format=Entity", _EM12),
    "em-05": Question("/api/backupServers?format=Entity", _EM13),
    "em-17": Question(
        "/api/sessionMngr/?v=latest", headers={"content-type": "application/x-www-form-urlencoded"}, login=False
    ),
    "em-18": Question("/api/logonSessions/00000000-0000-0000-0000-000000000000", _EM12),
    "vbr-01": Question("/api/oauth2/token", _V11, {"x-api-version": "1.1-rev0"}, form=_PASSWORD, login=False),
    "vbr-02": Question("/api/v1/serverTime", _V12_2, {"x-api-version": "1.2-rev1"}, login=False),
    "vbr-03": Question("/api/v1/serverTime", _V12_2, {"x-api-version": "1.1-rev2"}, login=False),
    "vbr-04": Question("/api/oauth2/token", {"vbr.mfa": "on"}, _R1, form=_PASSWORD, login=False),
    "vbr-05": Question(_USERS, {}, {**_R1, "authorization": "Bearer dead"}, login=False),
    "vbr-06": Question("/api/v1/serverInfo", _V13_0, {"x-api-version": "1.3-rev0"}),
    "vbr-07": Question("/api/v1/serverInfo", _V12_3, {"x-api-version": "1.2-rev1"}),
    "vbr-08": Question("/api/v1/serverTime", _V13_0, _R1, login=False),
    "vbr-09": Question("/api/v1/serverCertificate", _V13_0, _R1, login=False),
    "vbr-10": Question("/api/v1/serverInfo", {"vbr.build": "13.0.0.4967"}, {"x-api-version": "1.3-rev0"}),
    "vbr-11": Question("/api/oauth2/token", _V13_0, _R1, form=_PASSWORD, login=False),
    "vbr-12": Question(_USERS, _V13_0, _R1),
    "vbr-13": Question(_USER, _V13_0, _R1, of=_SVC),
    "vbr-14": Question(_USER, _V13_0, _R1, of=_GROUP),
    "vbr-15": Question("/api/v1/serverTime", _V13_1, _R2, login=False),
    "vbr-17": Question("/api/v1/serverCertificate", _V13_1, _R2, login=False),
    "vbr-18": Question("/api/v1/serverInfo", _V13_1, _R2),
    "vbr-19": Question("/api/v1/serverInfo", {}, _R1, login=False),
    "vbr-21": Question("/api/oauth2/token", _V13_1, _R2, form=_PASSWORD, login=False),
    "vbr-22": Question("/api/oauth2/token", {}, _R1, form={"grant_type": "unheard-of"}, login=False),
    "vbr-24": Question("/api/oauth2/token", _V13_1, {"x-api-version": "9.9-rev9"}, form=_PASSWORD, login=False),
    "vbr-26": Question(_USERS, _V13_1, _R2),
    "vbr-27": Question(
        _USERS, _V13_1, _R2, body={"name": "TECH\\x", "type": "InternalUser", "isServiceAccount": False, **_ROLES}
    ),
    "vbr-28": Question(_USER, _V13_1, _R2, of=_SVC),
    "vbr-29": Question(_USER, _V13_1, _R2, of=_GROUP),
    "vbr-30": Question("/api/v1/security/users/a1b2c3d4-e5f6-7890-abcd-ef1234567890", _V13_1, _R2),
    "vbr-31": Question(f"{_USER}/roles", _V13_1, _R2, of=_SVC),
    "vbr-32": Question(f"{_USER}/roles", _V13_1, _R2, of=_SVC, body=_ROLES),
    "vbr-33": Question(
        f"{_USER}/changeServiceAccountMode", _V13_1, _R2, of=_SVC, body={"isServiceAccountEnable": True}
    ),
    "vbr-34": Question("/api/v1/security/roles", _V13_1, _R2),
    "vbr-36": Question("/api/v1/security/settings", _V13_1, _R2),
    "vbr-37": Question("/api/v1/security/settings", _V13_1, _R2, body={"mfaEnabled": False}),
    "vspc-01": Question("/api/v3/organizations/companies"),
    "vspc-02": Question("/api/v3/organizations"),
    "vspc-03": Question("/api/v3/users?limit=1000"),
    "vspc-07": Question("/api/v3/protectedWorkloads/computers?limit=100"),
    "vspc-08": Question("/api/v3"),
    "vspc-09": Question("/swagger/v3/swagger.json"),
    "vspc-11": Question("/api/v3/users", {"vspc.client_version": "required"}, login=False),
}
"""By the recording's name."""

NOT_ASKED: dict[str, str] = {
    "vspc-12": "vspc.filtered_offset=ignored: tests/simulator/test_vspc_users.py",
    "aws-01": "the vendor's example of a create; tests/simulator/test_specs.py holds the members against the contract",
    "aws-04": "contradicts every other source: no server is simulated that lists like this",
    "em-06": "job sessions are not simulated; their null slots are those of the backup servers' query",
    "em-07": "job sessions are not simulated",
    "em-08": "task sessions are not simulated",
    "em-09": "repositories are not simulated",
    "em-10": "agents are not simulated",
    "em-11": "reports are not simulated",
    "em-12": "reports are not simulated",
    "em-13": "cloud tenants are not simulated; the words are those of em.parser=accept",
    "em-14": "cloud tenants are not simulated",
    "em-15": "derived, no request of its own",
    "em-16": "an id of a task is of no use to another session",
    "vbr-16": "a failure: plan a fault",
    "vbr-20": "the same body as a fault's 403",
    "vbr-23": "a request line that no client of ours sends",
    "vbr-25": "a failure without a cause: plan a fault",
    "vbr-35": "custom roles: tests/simulator/test_vbr_roles.py",
    "vspc-04": "workloads are not simulated",
    "vspc-05": "jobs are not simulated",
    "vspc-06": "Microsoft 365 servers are not simulated; that a bare key is taken is in tests/simulator/test_vspc.py",
    "vspc-10": "agents are not simulated",
}

_RESOURCE_ID = {"simulated as well: resourceId": "null in other live answers, left out in this one: both are read"}
_BUILT_IN = "the contract has isBuiltIn in every role; the example of this answer leaves it out"
_REGISTRATION = {
    "not simulated: veeamRegistration.expirationDate, veeamRegistration.thumprint": (
        "only of a registered server, which neither the recorded nor the simulated one is"
    )
}
JUDGED: dict[str, dict[str, str]] = {
    "aws-03": {"not simulated: results[]._links": "derived: null there, absent here; the schema leaves it optional"},
    "aws-06": {
        "not simulated: errors.Password": "derived: the framework names the field, and what is assumed has none",
        "simulated as well: errors.": "the same",
    },
    "vbr-02": _RESOURCE_ID,
    "vbr-10": _REGISTRATION,
    "vbr-18": _REGISTRATION,
    "vbr-19": _RESOURCE_ID,
    "vbr-22": _RESOURCE_ID,
    "vbr-24": _RESOURCE_ID,
    "vbr-26": {"simulated as well: data[].roles[].isBuiltIn": _BUILT_IN},
    "vbr-27": {"simulated as well: roles[].isBuiltIn": _BUILT_IN},
    "vbr-28": {"simulated as well: roles[].isBuiltIn": _BUILT_IN},
    "vbr-29": {"simulated as well: roles[].isBuiltIn": _BUILT_IN},
    "vbr-33": {"simulated as well: roles[].isBuiltIn": _BUILT_IN},
}
"""By the recording's name: each difference, and why it stays."""
