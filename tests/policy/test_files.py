"""Secrets as secrets: the files of projects."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from veeam_pulumi.policy.files import RULES, plain_secrets, projects
from veeam_pulumi.policy.rule import Case

ROOT = Path(__file__).parents[2]
SECRET = "Example-Passw0rd"
(RULE,) = RULES


def project(folder: Path, config: str, name: str = "access") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "Pulumi.yaml").write_text(f"name: {name}\nruntime: python\n")
    (folder / "Pulumi.prod.yaml").write_text("config:\n  " + config.replace("\n", "\n  "))
    return folder


def found(folder: Path, *allowed: str) -> list[str]:
    """The paths of what stands in clear."""
    said = [one.message for one in plain_secrets(folder, allowed)]
    assert [line for line in said if SECRET in line or "\n" in line] == []
    return [line.partition(": ")[2].partition(" is in clear")[0] for line in said]


def test_the_line_names_file_key_and_the_command_that_mends_it(tmp_path: Path) -> None:
    folder = project(tmp_path, f"veeam:connections:\n  vbr: {{password: {SECRET}}}")
    assert [one.message for one in plain_secrets(folder)] == [
        f"{tmp_path}/Pulumi.prod.yaml: veeam:connections.vbr.password is in clear: `pulumi config set --path --secret "
        "'veeam:connections.vbr.password' --stack prod`, and change the secret itself, because the repository's "
        "history keeps this one"
    ]


@pytest.mark.parametrize(
    ("config", "paths"),
    [
        (f"veeam:connections: {{vspc: {{token: {SECRET}}}}}", ["veeam:connections.vspc.token"]),
        (f"access:operatorPassword: {SECRET}", ["access:operatorPassword"]),
        (f"access:passwords: {{svc-em: {SECRET}, svc-b: {{secure: v1:x:y}}}}", ["access:passwords.svc-em"]),
        (f"access:secrets:\n  - {SECRET}\n  - {{name: {SECRET}}}", ["access:secrets[0]", "access:secrets[1].name"]),
        ("access:apiKey: 12345", ["access:apiKey"]),
        (f"veeam:connections: {{vbr: {{proxy: 'http://me:{SECRET}@proxy:3128'}}}}", ["veeam:connections.vbr.proxy"]),
        *((f"access:{key}: {SECRET}", [f"access:{key}"]) for key in ("pw", "dbPwd", "SQLPW", "ssh-key", "dsn", "auth")),
        *(
            (f"access:{key}: {SECRET}", [f"access:{key}"])
            for key in ("basicAuth", "userpw", "pass", "connectionString")
        ),
        (f"access:hook: 'https://hooks.example.com/x?user=a&auth={SECRET}'", ["access:hook"]),
        (f"access:password: {{secure: {SECRET}}}", ["access:password.secure"]),  # that is no ciphertext
        (f"access:x: {{secure: {SECRET}}}", ["access:x.secure"]),
        (f'veeam:connections: \'{{"vbr": {{"password": "{SECRET}"}}}}\'', ["veeam:connections.vbr.password"]),
    ],
)
def test_secrets_in_clear(tmp_path: Path, config: str, paths: list[str]) -> None:
    assert found(project(tmp_path, config)) == paths


@pytest.mark.parametrize(
    "config",
    [
        "veeam:connections: {vbr: {password: {secure: v1:x:y}, url: 'https://h:9419', username: a}}",
        "veeam:connections: {vbr: {password_env: VBR_PASSWORD}, em: {password_file: em.txt}}",
        "access:hasPassword: true\naccess:password: ''\naccess:rotation: 2026-11",
        "access:passwordFile: x",
        "access:keyId: x\naccess:kmsKeyArn: x\naccess:auth_url: https://h\naccess:publicKey: x\naccess:author: Ann",
        "access:password: {secure: AAABAKxDk2uGRVSzdCDcUT0zX7ZhB0pBvXVrZXk=}",
        "access:note: '{not json'\naccess:url: 'https://h/x?page=1&author=ann'",
    ],
)
def test_what_is_no_secret_in_clear(tmp_path: Path, config: str) -> None:
    assert found(project(tmp_path, config)) == []


def test_keys_that_look_like_secrets_and_are_none(tmp_path: Path) -> None:
    folder = project(tmp_path, f"access:tokenLifetime: 60\naccess:token: {SECRET}")
    assert found(folder, "access:tokenL*") == ["access:token"]


def test_defaults_in_the_project_file(tmp_path: Path) -> None:
    project(tmp_path, "access:a: b")
    (tmp_path / "Pulumi.yaml").write_text(
        "name: access\nruntime: python\nconfig:\n  password: {type: string, secret: true}\n"
        f"  oldPassword: {{type: string, default: {SECRET}}}\n"
    )
    assert found(tmp_path) == ["oldPassword"]


@pytest.mark.parametrize(
    "url",
    [
        f"postgres://me:{SECRET}@db/state",
        f"azblob://state?storage_account=a&sas_token={SECRET}",
        f"s3://bucket?awssecret={SECRET}",
        f"azblob://state?sig={SECRET}",
    ],
)
def test_a_backend_with_a_secret_in_its_address(tmp_path: Path, url: str) -> None:
    project(tmp_path, "access:a: b")
    (tmp_path / "Pulumi.yaml").write_text(f"name: access\nruntime: python\nbackend: {{url: '{url}'}}\n")
    (said,) = [one.message for one in plain_secrets(tmp_path)]
    assert said.startswith(f"{tmp_path}/Pulumi.yaml: backend.url holds a secret in clear: leave it out and set PULUMI_")
    assert SECRET not in said
    assert plain_secrets(tmp_path, ["backend.url"]) == []


@pytest.mark.parametrize("url", ["s3://bucket?region=eu-1&awssdk=v2", "file://~", "https://api.pulumi.com", "x"])
def test_a_backend_without(tmp_path: Path, url: str) -> None:
    project(tmp_path, "access:a: b")
    (tmp_path / "Pulumi.yaml").write_text(f"name: access\nruntime: python\nbackend: {{url: '{url}'}}\n")
    assert plain_secrets(tmp_path) == []


def test_a_file_that_cannot_be_read_is_no_clean_file(tmp_path: Path) -> None:
    folder = project(tmp_path, f"veeam:connections: {{password: {SECRET}")
    (said,) = [one.message for one in plain_secrets(folder)]
    assert said.startswith(f"{tmp_path}/Pulumi.prod.yaml: it cannot be read as YAML settings")
    assert SECRET not in said


def test_files_in_a_folder_of_their_own(tmp_path: Path) -> None:
    project(tmp_path / "config", f"access:password: {SECRET}")
    (tmp_path / "Pulumi.yaml").write_text("name: access\nruntime: python\nstackConfigDir: config\n")
    assert found(tmp_path) == ["access:password"]


def test_the_pack_finds_the_project_of_the_stack_beside_and_below_itself(tmp_path: Path) -> None:
    project(tmp_path / "stacks" / "access", f"access:password: {SECRET}")
    project(tmp_path / "stacks" / "tenants", f"tenants:password: {SECRET}", "tenants")
    project(tmp_path / ".venv" / "lib", f"x:password: {SECRET}")
    pack = tmp_path / "policy"

    def said(name: str, **config: str) -> list[str]:
        return [one.message for one in RULE.violations(Case([], date.today(), pack, name), config)]

    assert [line.partition(" is in clear")[0] for line in said("access")] == [
        f"{tmp_path}/stacks/access/Pulumi.prod.yaml: access:password"
    ]
    assert len(said("")) == 2
    assert said("access", folder=str(tmp_path / "stacks" / "tenants")) == [
        f"there is no Pulumi.yaml of project access in {tmp_path}/stacks/tenants or below it, so nobody can say "
        "whether secrets are kept as secrets: set `folder` of secrets-as-secrets in the policy configuration"
    ]


def test_this_repository_keeps_its_secrets_as_secrets() -> None:
    folders = projects(ROOT)
    assert ROOT in folders
    assert [one.message for folder in folders for one in plain_secrets(folder)] == []


def test_a_backend_that_is_no_map_holds_no_address(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: p\nruntime: python\nbackend: s3://bucket\n")
    assert plain_secrets(tmp_path) == []
