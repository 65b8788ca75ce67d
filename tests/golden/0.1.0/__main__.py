"""The program that release 0.1.0 left tests/golden/0.1.0/dev.json with."""

import pulumi

import veeam_pulumi as veeam

operator = veeam.aws.User("operator", name="operator", description="Dept-02", password="Golden-Passw0rd")
john = veeam.vbr.User("john", name=r"TECH\john", roles=["Veeam Backup Operator", "veeam backup viewer"])
robot = veeam.vbr.User("robot", name=r"TECH\robot", roles=["Backup Viewer"], is_service_account=True, adopt=True)
pulumi.export("operator", operator.id)
