"""Who can log in to a company's backups: an operator of the AWS appliance, two people and a service account of the
backup server, that server in Enterprise Manager, and a company's administrator on the Service Provider Console. What
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

# Backup & Replication gives roles to accounts that exist in Windows or Active Directory.
john = veeam.vbr.User(
    "john",
    name=r"TECH\john",
    roles=config.require_object("johnsRoles"),
    connection="vbr",
)
mary = veeam.vbr.User(
    "mary",
    name=r"TECH\mary",
    roles=["Veeam Restore Operator", "Veeam Tape Operator"],
    connection="vbr",
)
reports = veeam.vbr.User(
    "reports",
    name=r"TECH\svc-reports",
    roles=["Veeam Backup Viewer"],
    is_service_account=True,
    connection="vbr",
)

# Enterprise Manager collects data from backup servers, with an account that it is given here.
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

# Service Provider Console keeps the accounts of the companies that it serves.
smith = veeam.vspc.User(
    "smith",
    organization_uid=config.require("companyUid"),
    user_name="s.smith",
    password=config.require_secret("smithPassword"),
    role="CompanyAdministrator",
    profile={"first_name": "Stan", "last_name": "Smith", "title": "Mr", "email": "s.smith@alpha.com"},
    connection="vspc",
)

pulumi.export("operator", operator.id)
pulumi.export("people", {"john": john.id, "mary": mary.id})
pulumi.export("reports", reports.id)
pulumi.export("vbr01", vbr01.id)
pulumi.export("smith", smith.id)
