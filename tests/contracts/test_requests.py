"""What the resources send, against the contract of every version: each specimen's life, one change at a time.

Enterprise Manager has no contract. Passwords are masked in the request log, as texts.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.contracts.contract import Contract
from tests.products.conftest import ServersOf, servers  # noqa: F401
from tests.specimens import ALL, PASSWORD, Specimen, specimen

# product -> (version, knobs, files with what stands before their paths)
VERSIONS: dict[str, list[tuple[str, dict[str, Any], list[tuple[str, str]]]]] = {
    "aws": [("1.0-rev0", {}, [("backup-for-aws-1.0-rev0.json", "")])],
    "vbr": [
        (
            "1.3-rev1",
            {"vbr.build": "13.0.1.180"},
            [
                ("vbr-1.3-rev1-security.json", ""),
                ("vbr-1.3-rev1.json", ""),
                ("vbr-1.3-rev1-credentials-managed-servers.json", ""),
            ],
        ),
        (
            "1.3-rev2",
            {"vbr.build": "13.1.0.411"},
            [
                ("vbr-1.3-rev2-security.fixed.json", ""),
                ("vbr-1.3-rev2.json", ""),
                ("vbr-1.3-rev2-credentials.fixed.json", ""),
                ("vbr-1.3-rev2-managed-servers.json", ""),
            ],
        ),
    ],
    "vspc": [
        (
            version,
            {"vspc.release": release},
            [
                (f"vspc-{version}-users.json", "/api/v3"),
                ("vspc-3.6.2-organizations.json", "/api/v3"),
                ("vspc-3.7-organizations.json", "/api/v3"),
                ("vspc-3.6.2-servers.json", "/api/v3"),
            ],
        )
        for version, release in (("3.5.1", "8.1"), ("3.6", "9.0"), ("3.6.1", "9.1"), ("3.6.2", "9.2"), ("3.7", "9.3"))
    ],
    "azure": [("8.1", {}, [("vbazure-v8.1-users-saml.json", "")])],
    "m365": [(f"v{n}", {"m365.release": n}, [(f"vb365-v{n}-rbac.json", "")]) for n in ("7", "8")],
}
# The console's contract calls the value of every patch a text, also of switches and arrays: null empties a member that
# may be null. The contract of AWS has its grants as `Password`; live servers take lower case. Some paths are in no
# slice of their product.
KNOWN = (
    "$[].value is ",
    "grant_type",
    "/api/v1/system/version",
    "/api/v3/infrastructure/backupServers",
    "/api/v3/organizations/resellers/",  # to which a company moves
    "/system/serviceIsUp",
    "disable_antiforgery_token is '[secret]'",  # true, masked in the request log
    "GET /v8/ServiceInstance is not in vb365-v7",  # whether the newer version is there
    "/Sites is not in",
    "/Teams is not in",
    "singleUseCredentials is '[secret]'",  # tests/contracts/test_vbr_managed_servers.py looks at it
    "GET /api/v1/sessions is not in",
    "restoreOptions[].code is '[secret]'",  # a number, masked in the request log
)
# What no change of a specimen has: it is created so.
CREATED: dict[str, list[dict[str, Any]]] = {
    "vbr.User": [
        {"name": "TECH\\ops", "type": "InternalGroup"},
        {"name": "john@tech.example", "type": "ExternalUser"},
        {"name": "ops@tech.example", "type": "ExternalGroup"},
        {"name": "TECH\\svc", "is_service_account": True},
    ],
    "vspc.User": [{"status": "Disabled"}, {"mfa_policy_status": "Enabled"}],
}
CASES = [
    pytest.param(one, version, id=f"{one.label}-{version[0]}")
    for one in ALL
    for version in VERSIONS.get(one.product, [])
    if one == specimen(one.kind) or version == VERSIONS[one.product][-1]  # other forms: the newest version alone
    if version[1].get("vbr.build", "") >= one.knobs.get("vbr.build", "")  # what came later is in no older contract
    if (one.kind, version[0]) != ("vspc.Company", "3.5.1")  # which makes no owners, and has no claims
    if one.form != "users"  # the dialect of an integrator's write-up, which no contract has
]


@pytest.mark.parametrize(("one", "version"), CASES)
def test_requests_are_those_of_the_contract(servers: ServersOf, one: Specimen, version: Any) -> None:  # noqa: F811
    _, knobs, files = version
    contracts = [Contract(file, prefix) for file, prefix in files]
    there = servers(one.kind, {**one.knobs, **knobs})
    for name, value in {"": None, **one.changes}.items():
        inputs = one.inputs("first", PASSWORD, **one.needs.get(name, {}))
        id, state = there.create(**inputs)
        changes = {name: value, **one.along.get(name, {})} if name else one.changed
        if there.resource.diff(state, {**inputs, **changes}).replaces:
            there.delete(id, state)
            id, state = there.create(**{**inputs, **changes})
        else:
            state = there.update(id, state, **changes)
        if one.secret and changes.get(one.secret, PASSWORD) is not None:
            state = there.update(id, state, **one.rotated(PASSWORD + "-2"))
        there.read(id, state)
        there.delete(id, state)
    for more in CREATED.get(one.kind, ()):
        id, state = there.create(**one.inputs("first", PASSWORD, **more))
        there.delete(id, state)
    list(there.resource.list(there.connections.open(one.product, one.product)))
    there.connections.close()
    wrong = []
    for sent in there.sim.requests(one.product):
        # Of two slices the one whose path is more than a name in braces.
        reader = min(contracts, key=lambda one: one.braces(sent.method, sent.path))
        problems = reader.request(sent.method, sent.path, sent.query, sent.headers, sent.body)
        wrong += [problem for problem in problems if not any(known in problem for known in KNOWN)]
    assert wrong == []
