r"""One example of every kind of resource: what the tests that concern every kind are made with.

Chaos, fuzz, stateful lives, many at once, bad input, lives on the engine and under Terraform, and the bench take their
subjects from here. A new kind is added by one entry; `tests/test_specimens.py` says what an entry lacks. Where servers
speak two dialects, or answer in two ways, a kind has a specimen of each: the `form` tells them apart.

Passwords are no part of a specimen: each test has its own, so that it knows what must show up nowhere. `inputs` puts
one in where `secret` names the argument.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tests.pairs import WHOLE
from veeam_pulumi.products import resources
from veeam_pulumi.resource.fields import Marker, at, put
from veeam_pulumi.simulator import Simulator
from veeam_pulumi.simulator.aws import seeds as aws
from veeam_pulumi.simulator.azure import seeds as idp
from veeam_pulumi.simulator.em import seeds as em
from veeam_pulumi.simulator.m365 import seeds as m365
from veeam_pulumi.simulator.vbr import seeds as vbr
from veeam_pulumi.simulator.vbr.hosts import fingerprint
from veeam_pulumi.simulator.vspc import seeds
from veeam_pulumi.simulator.vspc.local_user_rules import invented_sid

Arguments = dict[str, Any]
Row = Mapping[str, Any]
PASSWORD = "Specimen-5ecret-Word"
"""One that every product takes."""
_USUAL = ("create", "update", "replace", "delete", "adopt", "refresh", "gone")
_MOVED = ("create", "update", "move", "force", "delete", "adopt", "refresh", "gone")
_SECRET = ("rotate", "own")
"""Backup for AWS has no `own`: it takes a new password only with the one that the user has."""
_RENAMED = ("renamed entry", "renamed and adopted entry")
_TWO_ADDRESSES = (
    *("second entry", "second address", "new address", "new address then delete", "other connection"),
    "renamed and moved entry",
)


@dataclass(frozen=True)
class Specimen:
    """A resource on a server of one kind, in its states."""

    kind: str
    """As `resources()` calls it: vbr.User."""
    name: str
    """The argument that names the object."""
    first: Arguments
    """What a program says of it, without the secret."""
    changed: Arguments
    """What differs when it is changed in place: as much as can be, so that every request of an update is sent."""
    renamed: Arguments
    """What differs when another object is meant."""
    changes: Arguments
    """For every field that is no secret, another value than `first` has (or than its default). One at a time; forms of
    a kind may share the fields out among them."""
    found: Arguments
    """What somebody else made under the same name, in the server's own words."""
    drift: Arguments
    """What somebody else changes, in the server's own words; the keys are those of the fields that show it."""
    collection: str
    """Where a POST creates it."""
    rows: str
    """Its list among what `Simulator.objects` gives."""
    golden: str
    """What releases have left in the state of stacks. Never change one."""
    needs: dict[str, Arguments] = field(default_factory=dict)
    """By field: what a program says besides, before and after a change of it."""
    along: dict[str, Arguments] = field(default_factory=dict)
    """By field: what has to change with it."""
    id: str = "id"
    """Where the server's row has the id."""
    title: str = "name"
    """Where the server's row has what `name` says."""
    numbered: str = "{}"
    """The name of one of many, from a word."""
    secret: str = ""
    """The argument that is a password, where there is one; a part of one as `owner_credentials.password`."""
    owned: str = "first"
    """What a program asks for of what it found, so that it is a change."""
    account: str = ""
    """Who logs in with it, where the product lets the account log in."""
    guarded: tuple[str, ...] = ()
    """The names of what a server has from its installation and must keep as it is: nobody may be locked out."""
    weaker: Arguments = field(default_factory=dict)
    """What would take the rights of one of these away, where its kind can say that."""
    use: Callable[[Simulator, str, Row], Arguments] | None = None
    """Makes an object (its id and state) one that must stay, and returns the settings of a connection that needs it."""
    let_go: Callable[[Simulator], None] = lambda sim: None
    """Ends what `use` did."""
    create: tuple[str, ...] = ("POST",)
    """What a create sends."""
    update: str = "PUT"
    """How a change is sent."""
    rotate: str = ""
    """How a new password is sent, where that is not as any change."""
    more_updates: tuple[str, ...] = ()
    """What besides, where one change is several requests."""
    rename: tuple[str, ...] = ("DELETE", "POST")
    """What another name sends, of a changed object: names are unique, so the old one goes first."""
    form: str = ""
    alike: bool = False
    """Served as another form of its kind is: what costs and malformed answers come to is seen there."""
    knobs: dict[str, str] = field(default_factory=dict)
    """The simulator's, for the form."""
    operations: tuple[str, ...] = _USUAL
    """What chaos does with it: tests/chaos/subjects.py lists all. `replace` is for what another name replaces, `move`
    for what it changes in place, `rotate` for what has a secret."""
    twin: dict[str, list[str]] = field(default_factory=dict)
    """The simulator's knobs under which `first` and `renamed` are one thing at two addresses."""
    deletes: str = ""
    """Below which a DELETE removes it, where that is not `collection`."""
    reads: str = ""
    """The paths of its GETs, where they are not below `collection`."""
    of_name: Callable[[str], tuple[Arguments, Arguments]] = lambda name: ({}, {})
    """What else differs with the name: for a program, and in the server's own words."""
    of_row: Callable[[Row], Any] = lambda row: row["description"]
    of_state: Callable[[Row], Any] = lambda state: state["description"]
    """What of the server's row, and of a state, must be equal when the state is true."""

    @property
    def product(self) -> str:
        return self.kind.partition(".")[0]

    @property
    def label(self) -> str:
        """`vbr.User users`: unique among all."""
        return f"{self.kind} {self.form}".strip()

    @property
    def key(self) -> str:
        """The name of the object."""
        return str(self.first[self.name])

    @property
    def other_key(self) -> str:
        return str(self.renamed[self.name])

    def inputs(self, which: str = "first", password: str = "", **more: Any) -> Arguments:
        """The arguments: `first` with what `changed` or `renamed` say over it, and the secret."""
        found = {**self.first, **({} if which == "first" else getattr(self, which)), **more}
        return self.with_secret(found, password) if password else found

    def with_secret(self, arguments: Arguments, password: Any) -> Arguments:
        """The arguments with a password, where the kind has one."""
        return put(arguments, tuple(self.secret.split(".")), password) if self.secret else arguments

    def rotated(self, password: str) -> Arguments:
        """The argument with another password, for a change of that alone; nothing where the kind has none."""
        head = self.secret.partition(".")[0]
        return {head: self.with_secret(self.first, password)[head]} if head else {}

    def secret_of(self, arguments: Arguments) -> Any:
        """The password among arguments."""
        return at(arguments, tuple(self.secret.split(".")))

    def adopting(self, which: str = "first", **more: Any) -> Arguments:
        """The arguments that take over what somebody made: the natural key, and nothing that is to change."""
        keys = resources()[self.kind].marked(Marker.identity)
        return {name: value for name, value in self.inputs(which).items() if name in keys} | {"adopt": True, **more}

    def called(self, word: str, password: str = "") -> Arguments:
        """One of many, which differ in their name."""
        name = self.numbered.format(word)
        return self.inputs(password=password, **{self.name: name, **self.of_name(name)[0]})

    # On a server.

    def add(self, sim: Simulator, password: str = "", name: str = "") -> None:
        """Somebody makes it there."""
        values = {**self.found, **({"password": password} if self.secret and password else {})}
        sim.drift(self.product, "add", name or self.key, {**values, **self.of_name(name or self.key)[1]})

    def alter(self, sim: Simulator, name: str = "") -> None:
        """Somebody changes it there."""
        sim.drift(self.product, "update", name or self.key, self.drift)

    def remove(self, sim: Simulator, name: str = "") -> None:
        """Somebody deletes it there."""
        sim.drift(self.product, "delete", name or self.key)

    def lookup(self, sim: Simulator, name: str = "") -> dict[str, Any] | None:
        """The server's row of that name."""
        return sim.lookup(self.product, name or self.key)

    def held(self, sim: Simulator) -> dict[str, dict[str, Any]]:
        """The server's rows of this kind by id, as an id in state is written."""
        return {self.id_of(row): row for row in sim.objects(self.product)[self.rows]}

    def id_of(self, row: Row) -> str:
        return str(row[self.id]).rpartition(":")[2]

    def names(self, sim: Simulator) -> list[str]:
        """The names of what the server holds of this kind."""
        return sorted(str(row[self.title]) for row in sim.objects(self.product)[self.rows])


AWS = Specimen(
    kind="aws.User",
    name="name",
    first={"name": "operator", "description": "one"},
    changed={"description": "two"},
    renamed={"name": "observer"},
    changes={"name": "observer", "description": "two", "verify_password": True},
    found={"description": "of somebody"},
    drift={"description": "by hand"},
    collection="/api/v1/users",
    rows="users",
    golden="gASVMAAAAAAAAACMFHZlZWFtX3B1bHVtaS5keW5hbWljlIwEbG9hZJSTlIwIYXdzLlVzZXKUhZRSlC4=",
    id="name",
    secret="password",
    account="operator",
    guarded=(aws.ADMIN,),
    operations=(*_USUAL, "rotate", *_RENAMED, *_TWO_ADDRESSES),
)
EM_SERVER = Specimen(
    kind="em.BackupServer",
    name="dns_name_or_ip_address",
    first={"dns_name_or_ip_address": "172.17.53.48", "username": r"VBR01\Administrator", "description": "one"},
    changed={"description": "two", "port": 9393},
    renamed={"dns_name_or_ip_address": "172.17.53.49"},
    changes={
        "dns_name_or_ip_address": "172.17.53.49",
        "username": r"VBR01\backup",
        "description": "two",
        "port": 9393,
        "wcf_port": 9394,
        "vbr_certificate_thumbprint": "AB" * 20,
    },
    found={"username": r"VBR01\Administrator"},
    drift={"description": "by hand"},
    collection="/api/backupServers",
    rows="servers",
    golden="gASVNwAAAAAAAACMFHZlZWFtX3B1bHVtaS5keW5hbWljlIwEbG9hZJSTlIwPZW0uQmFja3VwU2VydmVylIWUUpQu",
    id="uid",
    secret="password",
    account=r"VBR01\Administrator",
    rename=("PUT",),
    operations=(
        *(*_MOVED, *_SECRET),
        *(*_RENAMED, *_TWO_ADDRESSES, "twin"),
    ),
    twin={"em.one_host": ["172.17.53.48", "172.17.53.49"]},
)


AZURE_USER = Specimen(
    kind="azure.User",
    name="name",
    first={"name": "mary", "role": "RestoreOperator", "description": "one"},
    changed={"role": "ReadOnlyUser", "description": "two"},
    renamed={"name": "martha"},
    changes={
        "name": "martha",
        "role": "ReadOnlyUser",
        "description": "two",
        "type": "IdentityProvider",
        "identity_provider_entity_id": idp.IDENTITY_PROVIDER,
        "verify_password": True,
    },
    along={
        "type": {"identity_provider_entity_id": idp.IDENTITY_PROVIDER, "password": None},
        "identity_provider_entity_id": {"type": "IdentityProvider", "password": None},
    },
    found={"role": "ReadOnlyUser"},
    drift={"role": "PortalOperator", "description": "by hand"},
    collection="/api/v8.1/users",
    rows="users",
    golden="gASVMgAAAAAAAACMFHZlZWFtX3B1bHVtaS5keW5hbWljlIwEbG9hZJSTlIwKYXp1cmUuVXNlcpSFlFKULg==",
    secret="password",
    account="mary",
    guarded=(idp.ADMIN,),
    weaker={"role": "ReadOnlyUser"},
    knobs={"azure.idp": "saml"},
    operations=(*_USUAL, *_SECRET, *_RENAMED, *_TWO_ADDRESSES),
    of_row=lambda row: (row["role"], row["description"], row["type"]),
    of_state=lambda state: (state["role"], state.get("description", ""), state.get("type", "Internal")),
)
EM_ACCOUNT = Specimen(
    kind="em.Account",
    name="name",
    first={"name": r"TECH\ops", "roles": ["Portal User", "VM Restore Operator"]},
    changed={
        "roles": ["File Restore Operator"],
        "allow_restore_all_vms": False,
        "restore_scopes": ["urn:VMware:Vm:1.vm-1"],
    },
    renamed={"name": r"TECH\desk"},
    changes={
        "name": r"TECH\desk",
        "roles": ["File Restore Operator"],
        "type": "Group",
        "allow_restore_all_vms": False,
        "restore_scopes": ["urn:VMware:Vm:1.vm-2"],
        "flr_in_place_only": True,
        "flr_extensions": "doc,pptx",
        "sql_deny_in_place": True,
    },
    needs={"restore_scopes": {"allow_restore_all_vms": False, "restore_scopes": ["urn:VMware:Vm:1.vm-1"]}},
    along={"allow_restore_all_vms": {"restore_scopes": ["urn:VMware:Vm:1.vm-1"]}},
    found={"roles": ["SQL Restore Operator"]},
    drift={"roles": ["Portal Administrator"]},
    collection="/api/security/accounts",
    rows="accounts",
    guarded=(em.ADMIN,),
    weaker={"roles": ["Portal User"]},
    golden="gASVMgAAAAAAAACMFHZlZWFtX3B1bHVtaS5keW5hbWljlIwEbG9hZJSTlIwKZW0uQWNjb3VudJSFlFKULg==",
    numbered="TECH\\{}",
    update="POST",
    more_updates=("POST", "DELETE"),
    operations=(*_USUAL, *_RENAMED, *_TWO_ADDRESSES),
    of_row=lambda row: (sorted(row["roles"]), row["allowRestoreAllVms"], row["type"]),
    of_state=lambda state: (
        sorted(state["roles"]),
        state.get("allow_restore_all_vms", True),
        state.get("type", "User"),
    ),
)


_REPOSITORY = {"repository_id": "88788f9e-d8f5-4eb4-bc4f-9b3f5403bcec"}


def _role_ids(row: Row) -> list[str]:
    return sorted([one["id"] for one in row["roles"]] if "roles" in row else [row["roleId"]])


VBR_USER = Specimen(
    kind="vbr.User",
    form="security",
    name="name",
    first={"name": r"TECH\john", "roles": ["Veeam Backup Operator", "Veeam Tape Operator"]},
    changed={"roles": ["Veeam Backup Viewer"], "is_service_account": True},
    renamed={"name": r"TECH\jane"},
    changes={
        "name": r"TECH\jane",
        "roles": ["Veeam Backup Viewer"],
        "type": "InternalGroup",
        "is_service_account": True,
    },
    found={"roles": ["Veeam Backup Viewer"]},
    drift={"roles": ["Veeam Backup Administrator"]},
    collection="/api/v1/security/users",
    rows="users",
    golden="gASVMAAAAAAAAACMFHZlZWFtX3B1bHVtaS5keW5hbWljlIwEbG9hZJSTlIwIdmJyLlVzZXKUhZRSlC4=",
    numbered="TECH\\{}",
    knobs={"vbr.dialect": "security"},
    guarded=(vbr.ADMIN, vbr.ADMINISTRATORS["english"]),
    weaker={"roles": ["Veeam Backup Viewer"]},
    operations=(*_USUAL, *_RENAMED, *_TWO_ADDRESSES),
    of_row=_role_ids,
    of_state=lambda state: sorted(state["role_ids"].values()),
)
VBR_USER_OLD = replace(
    VBR_USER,
    form="users",
    title="username",
    first={"name": r"TECH\john", "roles": ["Veeam Backup Operator"], "description": "one"},
    changed={"roles": ["Veeam Backup Viewer"], "description": "two", "is_enabled": False},
    changes={
        "name": r"TECH\jane",
        "roles": ["Veeam Backup Viewer"],
        "description": "two",
        "account_type": "Local",
        "is_enabled": False,
    },
    along={"account_type": {"name": r".\john"}},
    drift={"roles": ["Veeam Backup Administrator"], "description": "by hand"},
    collection="/api/v1/users",
    knobs={"vbr.dialect": "users", "vbr.users_shape": "model"},
)


VSPC_USER = Specimen(
    kind="vspc.User",
    form="direct",
    name="user_name",
    first={
        "organization_uid": seeds.ALPHA,
        "user_name": "s.smith",
        "role": "CompanyAdministrator",
        "profile": {"first_name": "Stan", "email": "s.smith@alpha.com"},
    },
    changed={"profile": {"last_name": "Smith"}, "status": "Disabled"},
    renamed={"user_name": "s.jones"},
    changes={
        "organization_uid": seeds.BETA,
        "user_name": "s.jones",
        "role": "CompanyLocationUser",
        "profile": {"last_name": "Smith"},
        "status": "Disabled",
        "mfa_policy_status": "Enabled",
        "backup_resource": {"tenant_backup_resource_uid": seeds.TENANT_RESOURCE, "resource_friendly_name": "Silver"},
        "verify_password": True,
    },
    needs={
        "backup_resource": {
            "role": "CompanySubtenant",
            "backup_resource": {"tenant_backup_resource_uid": seeds.TENANT_RESOURCE, "resource_friendly_name": "Cloud"},
        }
    },
    found={"organizationUid": seeds.ALPHA},
    drift={"role": "CompanyInvoiceAuditor"},
    collection="/api/v3/users",
    rows="users",
    golden="gASVMQAAAAAAAACMFHZlZWFtX3B1bHVtaS5keW5hbWljlIwEbG9hZJSTlIwJdnNwYy5Vc2VylIWUUpQu",
    id="instanceUid",
    title="userName",
    secret="password",
    account="s.smith",
    guarded=(seeds.ADMIN, "alpha.owner"),
    weaker={"status": "Disabled"},
    update="PATCH",
    rename=("DELETE", "POST", "PATCH"),  # a user is created enabled
    operations=(*_USUAL, *_SECRET, "blind refresh", "blind delete", *_RENAMED, *_TWO_ADDRESSES),
    of_row=lambda row: (row["role"], row["status"], row["profile"].get("firstName")),
    of_state=lambda state: (state["role"], state["status"], state["profile"].get("first_name")),
)

VSPC_RULE = Specimen(
    kind="vspc.LocalUserRule",
    name="name",
    first={
        "name": r"VSPC\ops",
        "type": "group",
        "role_type": "portalOperator",
        "sid": invented_sid(r"VSPC\ops"),
        "company_uids": [seeds.ALPHA],
        "description": "one",
    },
    changed={"role_type": "readonlyOperator", "description": "two", "company_uids": [seeds.BETA]},
    renamed={"name": r"VSPC\desk", "sid": invented_sid(r"VSPC\desk")},
    changes={
        "name": r"VSPC\desk",
        "type": "user",
        "role_type": "portalReadonlyOperator",
        "sid": "S-1-5-21-1-2-3-1003",
        "description": "two",
        "enabled": False,
        "company_uids": [seeds.BETA],
        "site_uids": [seeds.SITE],
        "context_type": "machine",
        "mfa_policy_status": "enabled",
        "has_access_to_provider": True,
    },
    along={"site_uids": {"role_type": "siteAdministrator", "company_uids": []}},
    of_name=lambda name: ({"sid": invented_sid(name)}, {"sid": invented_sid(name)}),
    found={"type": "winNTGroup", "roleType": "readonlyOperator"},
    drift={"roleType": "portalAdministrator", "description": "by hand"},
    collection="/api/v3/users/serviceProvider/localUserRule",
    rows="rules",
    golden="gASVOgAAAAAAAACMFHZlZWFtX3B1bHVtaS5keW5hbWljlIwEbG9hZJSTlIwSdnNwYy5Mb2NhbFVzZXJSdWxllIWUUpQu",
    id="instanceUid",
    numbered="VSPC\\{}",
    guarded=tuple(name for _, name, _, _ in seeds.RULES),
    weaker={"enabled": False},
    update="PATCH",
    operations=(*_USUAL, *_RENAMED, *_TWO_ADDRESSES),
    of_row=lambda row: (_portal(row["roleType"]), row["description"] or "", row["enabled"]),
    of_state=lambda state: (_portal(state["role_type"]), state.get("description", ""), state.get("enabled", True)),
)
VSPC_KEY = Specimen(
    kind="vspc.ApiKey",
    name="description",
    first={"user": seeds.ADMIN_UID, "description": "pipeline"},
    changed={"status": "disabled"},
    renamed={"description": "nightly"},
    changes={
        "user": seeds.OWNERS[0][0],
        "description": "nightly",
        "is_read_access_only": True,
        "scopes": ["rest", "ui"],
        "status": "disabled",
    },
    found={"scopes": ["rest"]},
    owned="changed",
    drift={"status": "disabled"},
    collection=f"/api/v3/users/{seeds.ADMIN_UID}/logins/apikey",
    rows="keys",
    golden="gASVMwAAAAAAAACMFHZlZWFtX3B1bHVtaS5keW5hbWljlIwEbG9hZJSTlIwLdnNwYy5BcGlLZXmUhZRSlC4=",
    title="description",
    weaker={"status": "disabled"},
    use=lambda sim, id, state: {"token": state["secret"], "username": None, "password": None},
    reads="/api/v3/users/logins*",
    create=("POST", "PATCH"),
    update="PATCH",
    rename=("PATCH",),
    operations=("create", "update", "delete", "adopt", "refresh", "gone"),
    of_row=lambda row: (row["description"], row["status"]),
    of_state=lambda state: (state["description"], state.get("status", "enabled")),
)


_SERVICES = {"remote_services": {"backup_agents_management": {"workstation_agents_quota": 5}}}


def _peopled(sim: Simulator, id: str, state: Row) -> Arguments:
    sim.drift("vspc", "add", "tenant", {"organizationUid": id, "role": "CompanyAdministrator"})
    return {}


VSPC_COMPANY = Specimen(
    kind="vspc.Company",
    name="name",
    first={
        "name": "Acme",
        "owner_credentials": {"user_name": "acme.owner"},
        "organization": {"city": "Prague", "notes": "one"},
        "is_rest_access_enabled": True,
        "permissions": ["HostedVbrJobStartStop"],
    },
    changed={
        "is_alarm_detect_enabled": True,
        "company_services": _SERVICES,
        "permissions": ["HostedVbrJobStartStop", "HostedVbrJobEdit"],
    },
    renamed={"name": "Acme Holding"},
    changes={
        "name": "Acme Holding",
        "organization": {"alias": "acme", "phone": "555"},
        "reseller_uid": seeds.GAMMA,
        "subscription_plan_uid": seeds.SITE,
        "status": "Disabled",
        "is_rest_access_enabled": False,
        "is_alarm_detect_enabled": True,
        "company_services": _SERVICES,
        "permissions": [],
        "remove_all_agents": True,
        "delete_with_contents": True,
    },
    found={"ownerCredentials": {"userName": "acme.owner"}},
    owned="changed",
    drift={"permissions": ["HostedVbrJobDelete"], "isAlarmDetectEnabled": True},
    collection="/api/v3/organizations/companies",
    rows="companies",
    golden="gASVNAAAAAAAAACMFHZlZWFtX3B1bHVtaS5keW5hbWljlIwEbG9hZJSTlIwMdnNwYy5Db21wYW55lIWUUpQu",
    id="instanceUid",
    secret="owner_credentials.password",
    account="acme.owner",
    create=("POST", "PATCH"),
    update="PATCH",
    more_updates=("PATCH",),
    guarded=("Alpha",),  # which has an agent and a cloud tenant
    use=_peopled,
    let_go=lambda sim: sim.drift("vspc", "delete", "tenant"),
    rename=("PATCH",),
    operations=(
        *(*_MOVED, *_SECRET, "blind refresh", "blind delete"),
        *(*_RENAMED, *_TWO_ADDRESSES),
    ),
    of_row=lambda row: (
        row["name"],
        row["status"],
        row["city"] or "",
        row["isAlarmDetectEnabled"],
        sorted(row["claims"]),
    ),
    of_state=lambda state: (
        state["name"],
        state["status"],
        state.get("organization", {}).get("city", ""),
        state["is_alarm_detect_enabled"],
        sorted(state.get("permissions", [])),
    ),
)


def _portal(role: str) -> str:
    """`portalOperator`, as programs may write it, is `operator` on the server."""
    return role.lower().replace("portalo", "o").replace("portalr", "r")


M365_ROLE = Specimen(
    kind="m365.RestoreRole",
    name="name",
    first={
        "organization": "contoso.onmicrosoft.com",
        "name": "Service desk",
        "role_type": "SpecificObjects",
        "operators": [{"user": "jane@contoso.example"}, {"group": "desk@contoso.example"}],
        "selected_items": [{"group": "staff@contoso.example"}, {"site": "https://contoso.example/sites/hr"}],
        "description": "one",
    },
    changed={"operators": [{"user": "john@contoso.example"}], "description": "two"},
    renamed={"name": "Night desk"},
    changes={
        "organization": m365.FABRIKAM,
        "name": "Night desk",
        "role_type": "EntireOrganization",
        "operators": [{"user": "john@contoso.example"}],
        "selected_items": [{"team": "projects@contoso.example"}],
        "excluded_items": [{"user": "sales@contoso.example"}],
        "description": "two",
    },
    along={
        "role_type": {"selected_items": []},
        "organization": {"operators": [{"user": "ann@fabrikam.example"}], "role_type": "EntireOrganization"}
        | {"selected_items": []},
    },
    found={"description": "of somebody"},
    drift={
        "description": "by hand",
        "operators": ["User:jane@contoso.example", "Group:desk@contoso.example", "User:john@contoso.example"],
    },
    collection=f"/v8/Organizations/{m365.CONTOSO}/RbacRoles",
    deletes="/v8/RbacRoles",
    rows="roles",
    golden="gASVOAAAAAAAAACMFHZlZWFtX3B1bHVtaS5keW5hbWljlIwEbG9hZJSTlIwQbTM2NS5SZXN0b3JlUm9sZZSFlFKULg==",
    update="DELETE",  # of an operator, before what else there is
    more_updates=("PUT",),
    rename=("PUT",),
    operations=(*_MOVED, *_RENAMED, *_TWO_ADDRESSES),
    of_row=lambda row: (row["name"], row["description"], row["roleType"], len(row["operators"])),
    of_state=lambda state: (
        state["name"],
        state.get("description", ""),
        state["role_type"],
        len(state["operators"]),
    ),
)


def _given_away(sim: Simulator, id: str, state: Row) -> Arguments:
    """Somebody is given the role."""
    sim.drift("vbr", "add", r"TECH\holder", {"roles": [id]})
    return {}


VBR_ROLE = Specimen(
    kind="vbr.Role",
    name="name",
    first={
        "name": "Restore file server",
        "manage_backups": False,
        "manage_restores": True,
        "inventory_scope": {
            "entire_inventory": False,
            "workloads": [
                {
                    "type": "VSphere",
                    "inventory_objects": [
                        {"host_name": "vc.lab", "name": "fs01", "type": "VirtualMachine", "object_id": "vm-17"}
                    ],
                }
            ],
        },
        "repository_scope": {"all_repositories": True},
        "restore_permissions_scope": {
            "restore_backup_scope": {"entire_backup_scope": True},
            "restore_options": {"all_options": False, "restore_options": ["FileLevelRestore"]},
        },
        "restore_target_scope": {"entire_backup_scope": False, "restore_targets": {"original_location": True}},
        "description": "one",
    },
    changed={"description": "two", "repository_scope": {"all_repositories": False, "repositories": [_REPOSITORY]}},
    renamed={"name": "Restore mail server"},
    changes={
        "name": "Restore mail server",
        "manage_backups": True,
        "manage_restores": False,
        "inventory_scope": {"entire_inventory": True},
        "repository_scope": {"all_repositories": False, "repositories": [_REPOSITORY]},
        "restore_permissions_scope": {
            "restore_backup_scope": {
                "entire_backup_scope": False,
                "backup_sources": [{"type": "Jobs", "jobs": [{"job_id": _REPOSITORY["repository_id"]}]}],
            },
            "restore_options": {"all_options": True},
        },
        "restore_target_scope": {"entire_backup_scope": True},
        "description": "two",
    },
    found={"manageBackups": False, "manageRestores": False},
    drift={"description": "by hand"},
    collection="/api/v1/security/roles",
    rows="customRoles",
    golden="gASVMAAAAAAAAACMFHZlZWFtX3B1bHVtaS5keW5hbWljlIwEbG9hZJSTlIwIdmJyLlJvbGWUhZRSlC4=",
    knobs={"vbr.build": "13.1.0.411"},
    use=_given_away,
    let_go=lambda sim: sim.drift("vbr", "delete", r"TECH\holder"),
    rename=("PUT",),
    operations=(*_MOVED, *_RENAMED, *_TWO_ADDRESSES),
    of_row=lambda row: (row["name"], row["description"], row["manageBackups"], row["manageRestores"]),
    of_state=lambda state: (
        state["name"],
        state.get("description", ""),
        state["manage_backups"],
        state["manage_restores"],
    ),
)

VBR_CREDENTIAL = Specimen(
    kind="vbr.Credential",
    form="Standard",
    name="username",
    first={"username": r"TECH\svc-sql", "description": "SQL guests"},
    changed={"description": "two"},
    renamed={"username": r"TECH\svc-web"},
    changes={"username": r"TECH\svc-web", "type": "Linux", "description": "two"},
    found={"type": "Standard", "description": "SQL guests"},
    owned="changed",
    drift={"description": "by hand"},
    collection="/api/v1/credentials",
    rows="credentials",
    golden="gASVNgAAAAAAAACMFHZlZWFtX3B1bHVtaS5keW5hbWljlIwEbG9hZJSTlIwOdmJyLkNyZWRlbnRpYWyUhZRSlC4=",
    title="username",
    numbered="TECH\\{}",
    secret="password",
    account=r"TECH\svc-sql",
    rotate="POST",
    rename=("PUT",),
    operations=(*_MOVED, *_SECRET, *_RENAMED, *_TWO_ADDRESSES),
    of_row=lambda row: (row["username"], row["type"], row["description"]),
    of_state=lambda state: (state["username"], state.get("type", "Standard"), state.get("description", "")),
)
VBR_CREDENTIAL_LINUX = replace(
    VBR_CREDENTIAL,
    form="Linux",
    first={"username": "svc-backup", "type": "Linux", "description": "Linux guests"},
    changed={"ssh_port": 2222, "elevate_to_root": True},
    renamed={"username": "svc-other"},
    changes={
        "authentication_type": "SshKey",
        "private_key_encoding": "pem",
        "ssh_port": 2222,
        "elevate_to_root": True,
        "add_to_sudoers": True,
        "use_su": True,
    },
    along={
        "authentication_type": {"private_key": "-----BEGIN PRIVATE KEY-----\nc3BlY2ltZW4=\n-----END PRIVATE KEY-----"}
    },
    found={"type": "Linux", "description": "Linux guests", "SSHPort": 22},
    drift={"elevateToRoot": True},
    numbered="svc-{}",
    account="svc-backup",
    of_row=lambda row: (row["username"], row["description"], row["SSHPort"], row["elevateToRoot"]),
    of_state=lambda state: (
        state["username"],
        state.get("description", ""),
        state.get("ssh_port", 22),
        state.get("elevate_to_root", False),
    ),
)

_CREDENTIALS, _OTHERS = "6f9a3c1e-2d47-4f0b-8a55-9c1e7b3d2f10", "0b7d5e92-4c18-4d63-b1fa-3e8c6a9d0f27"
VBR_SERVER = Specimen(
    kind="vbr.ManagedServer",
    form="vsphere",
    name="name",
    first={
        "name": "esx01.lab.local",
        "type": "ViHost",
        "credentials_id": _CREDENTIALS,
        "certificate_thumbprint": fingerprint("ViHost", "esx01.lab.local"),
        "description": "one",
    },
    changed={"description": "two", "credentials_id": _OTHERS, "port": 8443},
    renamed={
        "name": "esx02.lab.local",
        "certificate_thumbprint": fingerprint("ViHost", "esx02.lab.local"),
    },
    changes={
        "name": "esx02.lab.local",
        "type": "SCVMM",
        "description": "two",
        "credentials_id": _OTHERS,
        "certificate_thumbprint": fingerprint("ViHost", "esx02.lab.local"),
        "port": 8443,
        "watch_fingerprint": False,
    },
    along={
        "certificate_thumbprint": {"name": "esx02.lab.local"},
        "name": {"certificate_thumbprint": fingerprint("ViHost", "esx02.lab.local")},
        "type": {"certificate_thumbprint": None},
    },
    of_name=lambda name: ({"certificate_thumbprint": fingerprint("ViHost", name)}, {}),
    found={"type": "ViHost", "credentialsId": _CREDENTIALS},
    drift={"description": "by hand", "credentialsId": _OTHERS},
    collection="/api/v1/backupInfrastructure/managedServers",
    rows="managedServers",
    golden="gASVOQAAAAAAAACMFHZlZWFtX3B1bHVtaS5keW5hbWljlIwEbG9hZJSTlIwRdmJyLk1hbmFnZWRTZXJ2ZXKUhZRSlC4=",
    numbered="{}.lab.local",
    guarded=("vbr01.lab.local",),
    knobs={"vbr.own_server": "listed"},
    operations=(*_USUAL, *_RENAMED, *_TWO_ADDRESSES),
    of_row=lambda row: (row["description"], row["credentialsId"]),
    of_state=lambda state: (state.get("description", ""), state["credentials_id"]),
)
_REPO02 = {"name": "repo02.lab.local", "ssh_fingerprint": fingerprint("LinuxHost", "repo02.lab.local")}
VBR_LINUX = replace(
    VBR_SERVER,
    form="linux",
    guarded=(),
    knobs={},
    alike=True,
    first={
        "name": "repo01.lab.local",
        "type": "LinuxHost",
        "credentials_id": _CREDENTIALS,
        "ssh_fingerprint": fingerprint("LinuxHost", "repo01.lab.local"),
        "description": "one",
    },
    changed={"description": "two", "ssh_settings": {"ssh_time_out_ms": 30000, "server_side": True}},
    renamed=_REPO02,
    changes={
        "ssh_fingerprint": fingerprint("LinuxHost", "repo02.lab.local"),
        "ssh_settings": {"port_range_start": 3000, "port_range_end": 3100},
        "credentials_storage_type": "Certificate",
    },
    along={
        "ssh_fingerprint": {"name": "repo02.lab.local"},
        "credentials_storage_type": {**_REPO02, "credentials_id": None},  # another object: in place, nothing leaves it
    },
    of_name=lambda name: ({"ssh_fingerprint": fingerprint("LinuxHost", name)}, {}),
    found={"type": "LinuxHost", "credentialsId": _CREDENTIALS, "credentialsStorageType": "Permanent"},
    drift={"description": "by hand"},
    operations=("refresh", "replace", "adopt"),
    of_row=lambda row: (row["description"], row["credentialsStorageType"]),
    of_state=lambda state: (state.get("description", ""), state["credentials_storage_type"]),
)
VBR_SINGLE_USE = replace(
    VBR_LINUX,
    form="single-use",
    first={
        **{name: value for name, value in VBR_LINUX.first.items() if name != "credentials_id"},
        "credentials_storage_type": "SingleUse",
        "single_use_credentials": {"username": "deploy", "use_su": True},
        "single_use_password": "Canary-Once-7kd",
        "single_use_root_password": "Canary-Root-4mz",
    },
    changed={"single_use_credentials": {"username": "deployer", "ssh_port": 2222}},
    changes={
        "single_use_credentials": {"username": "deployer", "elevate_to_root": True},
        "credentials_storage_type": "Permanent",
    },
    along={
        "credentials_storage_type": {
            **_REPO02,
            "credentials_id": _CREDENTIALS,
            "single_use_credentials": None,
            "single_use_password": None,
            "single_use_root_password": None,
        }
    },
    found={"type": "LinuxHost", "credentialsStorageType": "SingleUse"},
    drift={"credentialsStorageType": "Permanent"},
    update="POST",
    operations=("update", "replace", "adopt"),
)
VBR_WINDOWS = replace(
    VBR_SERVER,
    form="windows",
    guarded=(),
    knobs={},
    alike=True,
    first={
        "name": "proxy01.lab.local",
        "type": "WindowsHost",
        "credentials_id": _CREDENTIALS,
        "network_settings": {"port_range_start": 2500},
        "description": "one",
    },
    changed={"network_settings": {"port_range_start": 2600, "port_range_end": 2700}, "description": "two"},
    renamed={"name": "proxy02.lab.local"},
    changes={"network_settings": {"port_range_start": 2600, "server_side": True}},
    along={},
    of_name=lambda name: ({}, {}),
    found={"type": "WindowsHost", "credentialsId": _CREDENTIALS},
    drift={"networkSettings": {"portRangeStart": 9000, "portRangeEnd": 9100, "serverSide": False}},
    operations=("replace", "adopt"),
    of_row=lambda row: (row["description"], row["networkSettings"]["portRangeStart"]),
    of_state=lambda state: (state.get("description", ""), state["network_settings"]["port_range_start"]),
)
VBR_HYPER_V = replace(
    VBR_WINDOWS,
    form="hyper-v",
    alike=True,
    first={
        "name": "hv01.lab.local",
        "type": "HvServer",
        "credentials_id": _CREDENTIALS,
        "max_task_count": 2,
        "description": "one",
    },
    changed={"max_task_count": 8, "description": "two"},
    renamed={"name": "hv02.lab.local"},
    changes={"max_task_count": 8},
    found={"type": "HvServer", "credentialsId": _CREDENTIALS},
    drift={"maxTaskCount": 1},
    of_row=lambda row: (row["description"], row["maxTaskCount"]),
    of_state=lambda state: (state.get("description", ""), state["max_task_count"]),
)
VBR_CLUSTER = replace(
    VBR_HYPER_V,
    form="cluster",
    first={
        "name": "cluster01.lab.local",
        "type": "HvCluster",
        "credentials_id": _CREDENTIALS,
        "hv_servers": ["hv1.lab.local"],
        "description": "one",
    },
    changed={"hv_servers": ["HV2.lab.local", "hv1.lab.local"], "description": "two"},
    renamed={"name": "cluster02.lab.local"},
    changes={"hv_servers": ["hv2.lab.local"]},
    found={"type": "HvCluster", "credentialsId": _CREDENTIALS},
    drift={"hvServers": [{"hvServerName": "hv9.lab.local"}]},
    of_row=lambda row: (row["description"], sorted(one["hvServerName"].lower() for one in row["childServers"])),
    of_state=lambda state: (state.get("description", ""), sorted(map(str.lower, state["hv_servers"]))),
)
VBR_SCVMM = replace(
    VBR_HYPER_V,
    form="scvmm",
    alike=True,
    first={
        "name": "scvmm01.lab.local",
        "type": "SCVMM",
        "credentials_id": _CREDENTIALS,
        "add_all_servers": True,
        "description": "one",
    },
    changed={"add_all_servers": False, "description": "two"},
    renamed={"name": "scvmm02.lab.local"},
    changes={"add_all_servers": False},
    found={"type": "SCVMM", "credentialsId": _CREDENTIALS, "addAllServers": True},
    drift={"addAllServers": False},
    of_row=lambda row: (row["description"], row["addAllServers"]),
    of_state=lambda state: (state.get("description", ""), state["add_all_servers"]),
)

ALL = (
    AWS,
    AZURE_USER,
    EM_ACCOUNT,
    EM_SERVER,
    M365_ROLE,
    VBR_CREDENTIAL,
    VBR_CREDENTIAL_LINUX,
    VBR_ROLE,
    VBR_SERVER,
    VBR_LINUX,
    VBR_SINGLE_USE,
    VBR_WINDOWS,
    VBR_HYPER_V,
    VBR_CLUSTER,
    VBR_SCVMM,
    VBR_USER,
    VBR_USER_OLD,
    VSPC_COMPANY,
    VSPC_USER,
    VSPC_RULE,
    VSPC_KEY,
    replace(VSPC_USER, form="async", knobs={"vspc.async": "writes"}),
    replace(  # created enabled, then disabled
        VSPC_USER,
        form="disabled",
        first={**VSPC_USER.first, "status": "Disabled"},
        changed={"status": "Enabled"},
        changes={"status": "Enabled"},
        account="",
        operations=("create", "replace"),
    ),
)
BY_LABEL = {one.label: one for one in ALL}


def specimen(kind: str) -> Specimen:
    """The (first) specimen of a kind; where there is none, what to add."""
    if found := next((one for one in ALL if one.kind == kind), None):
        return found
    raise AssertionError(f"{kind} has no specimen: add one to ALL in tests/specimens.py, as those of other kinds there")


def share(number: int, kind: str, least: int, whole: bool = WHOLE) -> int:
    """How many of the examples of a kind each of its forms gets: they have nearly all code in common. In
    `make test-all` each form gets them all."""
    return number if whole else max(least, number // sum(one.kind == kind for one in ALL))


def of_every_kind() -> list[Specimen]:
    """One specimen of each registered kind."""
    return [specimen(kind) for kind in sorted(resources())]
