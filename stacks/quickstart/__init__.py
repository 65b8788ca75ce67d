"""Who can log in to a company's backups, and what they can do there: an object of most kinds, on all six products. What
differs between environments is in Pulumi.<stack>.yaml beside this file.
"""

import pulumi

import veeam_pulumi as veeam

config = pulumi.Config()

# Backup for AWS keeps accounts of its own, with a password: a secret of the stack. Set another one, and the next `up`
# rotates it with one request.
operator = veeam.aws.User(
    "operator",
    name="operator",
    description="Dept-02",
    password=config.require_secret("operatorPassword"),
    connection="aws",
)

# The appliance for Azure keeps accounts too, with a role each.
kate = veeam.azure.User(
    "kate",
    name="kate",
    role="RestoreOperator",
    password=config.require_secret("katePassword"),
    connection="azure",
)

# Backup for Microsoft 365: who can restore whose mailboxes and files.
desk = veeam.m365.RestoreRole(
    "desk",
    organization="contoso.onmicrosoft.com",
    name="Service desk",
    role_type="EntireOrganization",
    operators=[{"group": "desk@contoso.example"}],
    excluded_items=[{"user": "sales@contoso.example"}],
    connection="m365",
)

# Backup & Replication gives roles to accounts that exist in Windows or Active Directory: its own, and from 13.1 on
# roles that are made here. This one restores files to where they were, and nothing else.
files = veeam.vbr.Role(
    "files",
    name="Restore files",
    manage_backups=False,
    manage_restores=True,
    inventory_scope={"entire_inventory": True},
    repository_scope={"all_repositories": True},
    restore_permissions_scope={
        "restore_backup_scope": {"entire_backup_scope": True},
        "restore_options": {"all_options": False, "restore_options": ["FileLevelRestore"]},
    },
    restore_target_scope={"entire_backup_scope": False, "restore_targets": {"original_location": True}},
    connection="vbr",
)
john = veeam.vbr.User(
    "john",
    name=r"TECH\john",
    roles=config.require_object("johnsRoles"),
    connection="vbr",
)
mary = veeam.vbr.User(
    "mary",
    name=r"TECH\mary",
    roles=[files.id],
    connection="vbr",
)
reports = veeam.vbr.User(
    "reports",
    name=r"TECH\svc-reports",
    roles=["Veeam Backup Viewer"],
    is_service_account=True,
    connection="vbr",
)

# Enterprise Manager collects data from backup servers, with an account that it is given here. Who can log in to it
# reaches all of them.
vbr01 = veeam.em.BackupServer(
    "vbr01",
    description="Columbus",
    dns_name_or_ip_address="172.17.53.48",
    port=9392,
    username=r"172.17.53.48\Administrator",
    password=config.require_secret("vbr01Password"),
    wcf_port=9405,
    connection="em",
)
ops = veeam.em.Account("ops", name=r"TECH\ops", type="Group", roles=["Portal User"], connection="em")

# Service Provider Console keeps the accounts of the companies that it serves, and keys for machines. Its own operators
# come from Windows, by rules.
smith = veeam.vspc.User(
    "smith",
    organization_uid=config.require("companyUid"),
    user_name="s.smith",
    password=config.require_secret("smithPassword"),
    role="CompanyAdministrator",
    profile={"first_name": "Stan", "last_name": "Smith", "title": "Mr", "email": "s.smith@alpha.com"},
    connection="vspc",
)
invoices = veeam.vspc.ApiKey(
    "invoices", user=smith.id, description="invoices", is_read_access_only=True, connection="vspc"
)
operators = veeam.vspc.LocalUserRule(
    "operators",
    name=r"VSPC\ops",
    type="group",
    role_type="portalOperator",
    sid="S-1-5-21-1004336348-1177238915-682003330-1001",
    company_uids=[config.require("companyUid")],
    connection="vspc",
)

pulumi.export("operator", operator.id)
pulumi.export("kate", kate.id)
pulumi.export("people", {"john": john.id, "mary": mary.id})
pulumi.export("reports", reports.id)
pulumi.export("vbr01", vbr01.id)
pulumi.export("smith", smith.id)
