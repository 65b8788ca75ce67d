"""What a start of the provider loads: Terraform starts it two or three times a command, so every module counts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.terraform.conftest import Folder
from veeam_pulumi.products import file_of, resources
from veeam_pulumi.simulator import Simulator
from veeam_pulumi.terraform import answers
from veeam_pulumi.terraform.messages import message
from veeam_pulumi.terraform.provider import Provider

LOADED = "import json, sys; print(json.dumps([name for name, found in sys.modules.items() if found]))"
SCHEMA = f"""
from veeam_pulumi.terraform import certificate
from veeam_pulumi.terraform.plugin import LazyProvider
certificate.own()
LazyProvider().answer("GetProviderSchema", b"")
{LOADED}
"""
DATA = f"""
from veeam_pulumi.terraform.messages import message
from veeam_pulumi.terraform.plugin import LazyProvider
asked = message("ValidateDataResourceConfigRequest", type_name="veeam_vbr_users", config=b"")
assert LazyProvider().answer("ValidateDataResourceConfig", bytes(asked)) == b""
{LOADED}
"""
# As `__main__` sets it.
USER = f"""
import os
os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"
from veeam_pulumi.terraform.messages import MESSAGES, message
from veeam_pulumi.terraform.plugin import LazyProvider
from veeam_pulumi.terraform.values import encode
provider, nothing = LazyProvider(), {{"connections": None, "max_deletes": None, "protect_imported": None}}
asked = bytes(message("ValidateProviderConfigRequest", config=encode(nothing)))
said = MESSAGES["ValidateProviderConfigResponse"].read(provider.answer("ValidateProviderConfig", asked)).diagnostics
assert not said, said
asked = message("ValidateResourceConfigRequest", type_name="veeam_vbr_user", config=encode({{"name": "TECH\\\\john"}}))
answer = provider.answer("ValidateResourceConfig", bytes(asked))
(said,) = MESSAGES["ValidateResourceConfigResponse"].read(answer).diagnostics
assert "roles" in said.summary, said
{LOADED}
"""
READ = f"""
import os
os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"
from veeam_pulumi.terraform.messages import MESSAGES, message
from veeam_pulumi.terraform.plugin import LazyProvider
from veeam_pulumi.terraform.values import encode
provider, nothing = LazyProvider(), {{"connections": None, "max_deletes": None, "protect_imported": None}}
provider.answer("ConfigureProvider", bytes(message("ConfigureProviderRequest", config=encode(nothing))))
asked = message("ReadDataSourceRequest", type_name="veeam_vbr_users", config=encode({{"connection_name": None}}))
answer = MESSAGES["ReadDataSourceResponse"].read(provider.answer("ReadDataSource", bytes(asked)))
assert answer.state.msgpack and not answer.diagnostics, answer
provider.close()
{LOADED}
"""


def loaded(code: str, home: Path, **environ: str) -> set[str]:
    environ = {**os.environ, "HOME": str(home), **environ}
    environ.pop("XDG_CACHE_HOME", None)
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True, timeout=60
    )
    return set(json.loads(done.stdout))


def test_a_start_for_the_schema_loads_no_product(tmp_path: Path) -> None:
    loaded(SCHEMA, tmp_path)  # derives it, once for each version
    found = loaded(SCHEMA, tmp_path)
    heavy = ("pulumi", "pydantic", "httpx", "rich", "click", "msgpack", "google", "asyncio", "tempfile", "email")
    assert [name for name in sorted(found) if name.partition(".")[0] in heavy] == []
    assert [name for name in found if name.startswith("cryptography.x509")] == []  # the key needs some of the rest
    assert [name for name in found if name.startswith(("veeam_pulumi.products", "veeam_pulumi.resource"))] == []
    assert len(found) < 200


def test_a_start_that_checks_data_sources_loads_no_product(tmp_path: Path) -> None:
    loaded(SCHEMA, tmp_path)
    assert loaded(DATA, tmp_path) - loaded(SCHEMA, tmp_path) == set()


@pytest.mark.parametrize("method", answers.NOTHING)
def test_what_is_answered_without_the_provider_is_what_it_would_answer(method: str) -> None:
    # With an empty request: one that looked at what is asked would find no such data source.
    assert bytes(Provider().answer(method, message("Empty"))) == b""


def test_a_start_that_checks_one_user_loads_that_resource_and_no_http_client(tmp_path: Path) -> None:
    vbr = {"URL": "https://vbr01.example.com:9419", "USERNAME": "svc", "PASSWORD": "Canary-Start-5nB"}
    found = loaded(USER, tmp_path, **{f"VEEAM_VBR_{key}": value for key, value in vbr.items()})
    heavy = ("pulumi", "rich", "click", "pygments", "httpx", "httpcore", "cryptography", "google", "asyncio")
    assert [name for name in sorted(found) if name.partition(".")[0] in heavy] == []
    files = {kind: f"veeam_pulumi.products.{kind.partition('.')[0]}.{file_of(kind)}" for kind in resources()}
    assert [kind for kind, file in files.items() if file in found] == ["vbr.User"]
    assert len(found) < 370  # 343 with Python 3.11


def test_a_start_that_reads_users_loads_that_resource_and_no_other(tmp_path: Path, sim: Simulator) -> None:
    found = loaded(READ, tmp_path, **sim.variables())
    heavy = ("pulumi", "rich", "click", "pygments", "cryptography", "google", "asyncio")
    assert [name for name in sorted(found) if name.partition(".")[0] in heavy] == []
    of_vbr = {name.split(".")[-1] for name in found if name.startswith("veeam_pulumi.products.vbr.")}
    assert "user" in of_vbr
    assert of_vbr & {"role", "credential", "managed_server", "scopes", "server_types"} == set()
    assert len(found) < 460


def test_the_schema_that_is_kept_is_the_one_that_is_derived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    derived = bytes(Provider().answer("GetProviderSchema", message("Empty")))
    assert answers.kept("GetProviderSchema") is None
    answers.keep("GetProviderSchema", derived)
    assert answers.kept("GetProviderSchema") == derived
    (file,) = (tmp_path / "veeam-pulumi" / "terraform").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700

    file.chmod(0o666)  # then it may be anybody's
    assert answers.kept("GetProviderSchema") is None
    file.chmod(0o600)
    file.write_bytes(b"half")
    assert answers.kept("GetProviderSchema") is None


def test_a_change_of_the_code_is_another_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    answers.keep("GetProviderSchema", b"")
    monkeypatch.setattr(answers, "_digest", lambda: "another")
    assert answers.kept("GetProviderSchema") is None


def test_where_nothing_can_be_kept_it_works_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    answers.keep("GetFunctions", b"")
    assert answers.kept("GetFunctions") is None


def test_few_files_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for number in range(20):
        monkeypatch.setattr(answers, "_digest", lambda number=number: f"version{number}")
        answers.keep("GetFunctions", b"")
    assert answers.kept("GetFunctions") is not None
    assert len([*(tmp_path / "veeam-pulumi" / "terraform").iterdir()]) == 12


@pytest.mark.real_start
def test_terraform_takes_the_kept_schema(folder: Folder, sim: Simulator) -> None:
    folder.write('resource "veeam_vbr_user" "j" {\n  name = "TECH\\\\john"\n  roles = ["Veeam Backup Operator"]\n}\n')
    folder.run("validate")
    kept = Path(folder.environ["HOME"], ".cache", "veeam-pulumi", "terraform")
    assert any(file.suffix == ".GetProviderSchema" for file in kept.iterdir())
    folder.apply()
    folder.plan()


@pytest.mark.real_start
def test_no_file_of_the_configuration_is_taken_for_a_module(folder: Folder, sim: Simulator) -> None:
    for name in ("json", "typing", "ssl", "h2", "msgpack", "pydantic", "veeam_pulumi"):
        (folder.path / f"{name}.py").write_text("raise SystemExit('not Python's own')")
    folder.write('data "veeam_vbr_roles" "all" {}\n')
    folder.apply()
