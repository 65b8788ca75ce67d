"""The program that release 0.1.0 left tests/golden/0.1.0/dev.json with."""

import pulumi

import veeam_pulumi as veeam

operator = veeam.aws.User("operator", name="operator", description="Dept-02", password="Golden-Passw0rd")
john = veeam.vbr.User("john", name=r"TECH\john", roles=["Veeam Backup Operator", "veeam backup viewer"])
robot = veeam.vbr.User("robot", name=r"TECH\robot", roles=["Backup Viewer"], is_service_account=True, adopt=True)
vbr01 = veeam.em.BackupServer(
    "vbr01", dns_name_or_ip_address="vbr01", username="svc", password="Golden-Passw0rd", description="Ohio"
)
smith = veeam.vspc.User(
    "smith",
    organization_uid="79817d6d-4b00-4e22-b673-8758f02fa0ef",
    user_name="s.smith",
    password="Golden-Passw0rd",
    role="CompanyAdministrator",
    profile={"first_name": "Stan"},
)
pulumi.export("operator", operator.id)
