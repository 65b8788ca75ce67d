"""Who may log in to a company's backups: an operator of the AWS appliance, two people and a service account of the
backup server. What differs between environments stands in Pulumi.<stack>.yaml beside this file.
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

pulumi.export("operator", operator.id)
pulumi.export("people", {"john": john.id, "mary": mary.id})
pulumi.export("reports", reports.id)
