"""What Terraform is told of the resources."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from veeam_pulumi.products import resources
from veeam_pulumi.resource.fields import UNKNOWN, Marker
from veeam_pulumi.terraform.data import source_name
from veeam_pulumi.terraform.messages import message
from veeam_pulumi.terraform.provider import Provider
from veeam_pulumi.terraform.schema import attributes, type_name
from veeam_pulumi.terraform.values import decode, encode

KINDS = {
    "aws.User": "veeam_aws_user",
    "azure.User": "veeam_azure_user",
    "em.Account": "veeam_em_account",
    "em.BackupServer": "veeam_em_backup_server",
    "m365.RestoreRole": "veeam_m365_restore_role",
    "vbr.Credential": "veeam_vbr_credential",
    "vbr.ManagedServer": "veeam_vbr_managed_server",
    "vbr.Role": "veeam_vbr_role",
    "vbr.User": "veeam_vbr_user",
    "vspc.ApiKey": "veeam_vspc_api_key",
    "vspc.Company": "veeam_vspc_company",
    "vspc.LocalUserRule": "veeam_vspc_local_user_rule",
    "vspc.User": "veeam_vspc_user",
}


def test_every_resource_is_a_type() -> None:
    assert {kind: type_name(kind) for kind in resources()} == KINDS
    answer = Provider().answer("GetMetadata", message("Empty"))
    assert sorted(one.type_name for one in answer.resources) == sorted(KINDS.values())
    assert sorted(one.type_name for one in answer.data_sources) == sorted(
        [*(source_name(kind) for kind in KINDS), "veeam_vbr_roles"]
    )


@pytest.mark.parametrize("kind", KINDS)
def test_the_attributes_follow_from_the_markers(kind: str) -> None:
    resource, found = resources()[kind], attributes(resources()[kind])
    assert found["id"].read_only and found["server"].read_only
    assert "adopt" not in found
    for name, declared in resource.fields.items():
        if name == "adopt":
            continue
        secret = Marker.secret in declared.markers
        assert found[name].sensitive == secret
        # What no server shows is asked for by the plan of a create: who imports an object cannot know it.
        assert found[name].required == (declared.required and Marker.write_only not in declared.markers)
        assert found[name].default == declared.default
        assert (f"{name}_wo" in found and found[f"{name}_wo"].write_only) == secret
        assert (found[name].type or [None])[0] != "list" or Marker.unordered not in declared.markers
    for name in resource.outputs.model_fields:
        assert found[name].read_only
    assert [name for name, one in found.items() if not one.description] == []


def test_texts_are_those_of_the_models() -> None:
    user = attributes(resources()["vspc.User"])
    assert user["user_name"].description == "What to log in with; case does not matter. A change replaces the object."
    assert user["status"].description == "Whether the user may log in. `Enabled` or `Disabled`."
    (title,) = [one for one in user["profile"].nested if one.name == "title"]
    assert title.description.endswith("`Mr`, `Miss`, `Mrs`, `Ms` or `Unknown`.")
    assert "adopt" not in user["password"].description  # an import takes over here
    told = Provider().answer("GetProviderSchema", message("Empty"))
    assert told.resource_schemas["veeam_vbr_user"].block.description.startswith("A user or group of a backup server")


def test_texts_can_stand_in_a_comment_of_every_language() -> None:
    """Pulumi's bridge makes SDKs of the schema: in a comment of Java `\\u` begins an escape, and `*/` ends it."""
    told = bytes(Provider().answer("GetProviderSchema", message("Empty"))).decode(errors="replace")
    assert "`DOMAIN\\name`" in told
    assert re.findall(r".{0,40}(?:\\u|\*/).{0,20}", told) == []


def test_no_file_of_the_other_head_is_read() -> None:
    code = """if True:
        import sys
        from veeam_pulumi.products import resources
        sys.addaudithook(lambda event, args: event == "open" and "dynamic" in str(args[0]) and print(args[0]))
        from veeam_pulumi.terraform.schema import attributes
        print(len([attributes(one) for one in resources().values()]))
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == [str(len(resources()))]


def test_pulumi_is_not_loaded() -> None:
    code = (
        "import sys, veeam_pulumi.terraform.plugin; print([m for m in sys.modules if m.partition('.')[0] == 'pulumi'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_values_travel_in_terraforms_form() -> None:
    value = {"name": "a", "roles": ["x", UNKNOWN], "port": 9392, "on": True, "none": None, "later": UNKNOWN}
    assert decode(encode(value)) == value
    # An unknown that starts with `LAB\`: what is known about it does not matter here.
    refined = b"\x81\xa4name\xc7\x06\x0c\x82\x01\xc2\x02\xa1L"
    assert decode(message("DynamicValue", msgpack=refined)) == {"name": UNKNOWN}
    assert decode(message("DynamicValue")) is None
