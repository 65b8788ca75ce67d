"""What happens on the way: mistakes as diagnostics, values that are not known yet, several servers, Ctrl-C, lists."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.terraform.conftest import BINARY, Folder, writes
from veeam_pulumi.simulator import Simulator

JOHN = 'resource "veeam_vbr_user" "john" {\n  name  = "TECH\\\\john"\n  roles = ["Veeam Backup Operator"]\n}\n'
PASSWORD = "Canary-Tf3-hm4Rt"


def test_every_mistake_is_shown_at_its_attribute_before_anything_is_sent(folder: Folder, sim: Simulator) -> None:
    folder.write(
        'resource "veeam_vbr_user" "it" {\n  name = ""\n  roles = []\n  type = "Robot"\n}\n'
        'resource "veeam_aws_user" "both" {\n  name = "a"\n  password = "x"\n  password_wo = "y"\n}\n'
        'resource "veeam_aws_user" "none" {\n  name = "b"\n}\n'
        'resource "veeam_vspc_user" "it" {\n  organization_uid = "one"\n  user_name = "s"\n  password = "x"\n'
        '  role = "Emperor"\n  profile = { email = "s@example.com" }\n}\n'
    )
    text = folder.run("validate", code=1)
    for line in (
        "name cannot be used",
        "roles cannot be used",
        "must be one of 'InternalUser', 'InternalGroup', 'ExternalUser', 'ExternalGroup'",
        "password and password_wo are both set",
        "organization_uid cannot be used",
        "role cannot be used",
    ):
        assert line in text
    folder.write('resource "veeam_aws_user" "none" {\n  name = "b"\n}\n')
    text = folder.plan(code=1)
    assert "veeam_aws_user needs password_wo or password" in text
    assert "on main.tf line 6" in text
    folder.write(JOHN.replace("roles", 'connection_name = "vbr-b"\n  roles'))
    text = folder.plan(code=1)
    assert f"there is no connection 'vbr-b', did you mean 'vbr'? (known: {', '.join(sorted(sim.products))})" in text
    assert '`url = "https://HOST:PORT"` in connections.vbr-b of the provider block' in text
    assert "pulumi config" not in text
    assert [product for product in sim.products if sim.requests(product)] == []


def test_the_connection_can_be_named_in_json_too(folder: Folder) -> None:
    # A resource's `connection` is Terraform's own, so the argument has a name of its own.
    folder.write("")
    user = {"name": "TECH\\john", "roles": ["Veeam Backup Operator"], "connection_name": "vbr"}
    folder.write(json.dumps({"resource": {"veeam_vbr_user": {"john": user}}}), "john.tf.json")
    assert folder.actions() == {"veeam_vbr_user.john": "create"}


def test_a_wrong_password_is_said_once_for_all(folder: Folder, sim: Simulator) -> None:
    block = JOHN.replace('"john"', '"many"').replace("{\n", "{\n  count = 12\n", 1).replace("john", "u${count.index}")
    folder.write(block)
    text = folder.apply(code=1, VEEAM_VBR_PASSWORD="wrong-" + PASSWORD)
    assert "VEEAM_VBR_PASSWORD" in text
    assert PASSWORD not in text
    logins = [one for one in sim.requests("vbr") if one.path == "/api/oauth2/token"]
    assert len(logins) == 1
    assert writes(sim, "vbr") == []


def test_a_certificate_that_is_not_trusted_comes_with_the_line_that_pins_it(folder: Folder, sim: Simulator) -> None:
    folder.write(JOHN)
    del folder.environ["VEEAM_VBR_TLS_CA_FILE"]
    text = folder.apply(code=1)
    assert f'`thumbprint = "{sim.thumbprint("vbr")}"` in connections.vbr.tls of the provider block' in text
    assert sim.traffic("vbr").bytes == 0


def test_a_name_that_the_server_refuses(folder: Folder, sim: Simulator) -> None:
    name = "a-name-of-more-than-thirty-two-letters"
    folder.write(f'resource "veeam_aws_user" "it" {{\n  name = "{name}"\n  password = "{PASSWORD}"\n}}\n')
    text = folder.apply(code=1)
    assert (
        'Error: the server refuses the name: "Name cannot be longer than 32 characters." with veeam_aws_user.it' in text
    )
    assert f"aws.User '{name}' on " in text and text.endswith("choose another name")
    assert PASSWORD not in text
    assert sim.lookup("aws", name) is None


def test_values_of_one_resource_reach_another(folder: Folder, sim: Simulator) -> None:
    rest = (
        'locals {\n  name = "u${substr(veeam_vbr_user.john.id, 0, 8)}"\n}\n'
        f'resource "veeam_aws_user" "it" {{\n  name = local.name\n  password = "{PASSWORD}"\n}}\n'
        'resource "veeam_em_backup_server" "it" {\n  dns_name_or_ip_address = "vbr01"\n'
        f'  username = "LAB\\\\${{veeam_aws_user.it.id}}"\n  password = "{PASSWORD}"\n}}\n'
    )
    folder.write(JOHN + rest).apply()
    folder.plan()
    name = folder.state("veeam_aws_user.it")["id"]
    assert sim.lookup("aws", name) is not None
    assert sim.can_login("em", f"LAB\\{name}", PASSWORD)

    # Another account has another id: known only once it is made, and then another user's name.
    folder.write(JOHN.replace("TECH\\\\john", "TECH\\\\jane") + rest)
    assert folder.actions() == {
        "veeam_vbr_user.john": "replace",
        "veeam_aws_user.it": "replace",
        "veeam_em_backup_server.it": "update",
    }
    folder.apply()
    folder.plan()
    assert sim.lookup("aws", name) is None


def test_two_servers_of_one_product(folder: Folder, sim: Simulator) -> None:
    with Simulator(products=("vbr",)) as other:
        there = other.connections()["vbr"]
        folder.write(
            f"""
variable "password" {{
  sensitive = true
}}
provider "veeam" {{
  connections = {{
    vbr-b = {{
      product  = "vbr"
      url      = "{there["url"]}"
      username = {there["username"]!r}
      password = var.password
      tls      = {{ ca_file = "{there["tls"]["ca_file"]}" }}
    }}
  }}
}}
""".replace("'", '"')
            + JOHN
            + JOHN.replace('"john"', '"there"').replace("roles", 'connection_name = "vbr-b"\n  roles')
        )
        secret = {"TF_VAR_password": there["password"]}
        folder.apply(**secret)
        assert sim.lookup("vbr", r"TECH\john") and other.lookup("vbr", r"TECH\john")
        folder.plan(**secret)
        id = folder.state("veeam_vbr_user.there")["id"]
        folder.run("state", "rm", "veeam_vbr_user.there")
        folder.run("import", "-input=false", "veeam_vbr_user.there", f"vbr-b/{id}", **secret)
        folder.plan(**secret)
        folder.run("destroy", "-auto-approve", **secret)
        assert (sim.lookup("vbr", r"TECH\john"), other.lookup("vbr", r"TECH\john")) == (None, None)
        assert [text for text in folder.outputs if there["password"] in text] == []


def test_what_the_servers_have_as_data(folder: Folder, sim: Simulator) -> None:
    sim.drift("aws", "add", "kept", {"password": PASSWORD, "description": "old hand"})
    sim.drift("vbr", "add", r"LAB\kept", {"roles": ["Veeam Backup Viewer"]})
    folder.write(
        "\n".join(
            f'data "{name}" "all" {{}}'
            for name in (
                "veeam_vbr_roles",
                "veeam_vbr_users",
                "veeam_aws_users",
                "veeam_em_backup_servers",
                "veeam_vspc_users",
            )
        )
        + """
output "all" {
  value = join(" ", concat(
    [for one in data.veeam_aws_users.all.users : "${one.id}=${one.description}"],
    [for one in data.veeam_vbr_users.all.users : "${one.name}=${join("+", one.roles)}"],
    [for one in data.veeam_vbr_roles.all.roles : one.name],
    [for one in data.veeam_vspc_users.all.users : one.user_name],
    [for one in data.veeam_em_backup_servers.all.backup_servers : one.dns_name_or_ip_address],
  ))
}
"""
    )
    text = folder.apply()
    assert "kept=old hand" in text
    assert r"LAB\\kept=Veeam Backup Viewer" in text
    assert "Veeam Tape Operator" in text
    assert PASSWORD not in text


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "the end of a job"])
def test_an_interrupt_in_the_middle_of_a_create_loses_nothing(
    folder: Folder, sim: Simulator, number: signal.Signals, tmp_path: Path
) -> None:
    (temporary := tmp_path / "t").mkdir()
    folder.environ["TMPDIR"] = str(temporary)
    folder.write(JOHN)
    sim.fault("vbr", "delay", seconds=3, method="POST", path="/api/v1/security/users")
    run = subprocess.Popen(
        [str(BINARY), "apply", "-auto-approve", "-no-color"],
        cwd=folder.path,
        env=folder.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    end = time.monotonic() + 60
    while not any(one.method == "POST" and one.path.endswith("/users") for one in sim.requests("vbr")):
        assert time.monotonic() < end
        time.sleep(0.05)
    os.killpg(run.pid, number)  # a terminal, and whoever ends a job, sends it to the whole group
    text, _ = run.communicate(timeout=60)
    assert "Creation complete" in text
    assert sim.lookup("vbr", r"TECH\john") is not None
    assert any(one.path.endswith("/logout") for one in sim.requests("vbr"))
    folder.plan()
    assert [*temporary.iterdir()] == []


def test_a_create_that_is_not_complete_keeps_its_id(folder: Folder, sim: Simulator) -> None:
    folder.write(
        'resource "veeam_vspc_user" "it" {\n  organization_uid = "79817d6d-4b00-4e22-b673-8758f02fa0ef"\n'
        f'  user_name = "s.smith"\n  password = "{PASSWORD}"\n  role = "CompanyAdministrator"\n'
        '  profile = { email = "s@example.com" }\n  status = "Disabled"\n}\n'
    )
    sim.fault("vspc", "reset_before", method="PATCH", path="/api/v3/users/*", times=0)
    text = folder.apply(code=1, VEEAM_VSPC_DEADLINE="6")
    assert "status could not be set" in text
    found = sim.lookup("vspc", "s.smith")
    assert found is not None and found["status"] == "Enabled"
    assert folder.state("veeam_vspc_user.it")["id"] == found["instanceUid"]
    assert folder.state("veeam_vspc_user.it")["status"] == "Enabled"
    sim.clear_faults()
    folder.apply()
    folder.plan()
    assert PASSWORD not in text


def test_the_environment_of_the_provider_is_enough(folder: Folder, sim: Simulator) -> None:
    assert {key for key in folder.environ if key.startswith("VEEAM_")} == sim.variables().keys()
    folder.write(JOHN).apply()
    assert writes(sim, "vbr") == ["POST /api/v1/security/users"]
