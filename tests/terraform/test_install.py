"""`veeam-pulumi terraform install` and `uninstall`: what they write, and that `terraform init` finds it offline."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.terraform.conftest import BINARY, CONFIGURATION, Folder
from veeam_pulumi.cli.main import app
from veeam_pulumi.terraform import install

HOSTS = ("registry.terraform.io", "registry.opentofu.org")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def terraform(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["terraform", *words])
    assert done.exit_code == code, done.output
    return done.output


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def place(folder: Path) -> list[Path]:
    below = Path("veeam-pulumi/veeam", install.release(), install.platform_name(), "terraform-provider-veeam")
    return sorted(folder / host / below for host in HOSTS)


def init(home: Path, work: Path, **environ: str) -> str:
    """`terraform init` and `validate` that reach no registry."""
    work.mkdir()
    (work / "main.tf").write_text(CONFIGURATION + 'data "veeam_vbr_roles" "all" {}\n')
    nowhere = {"HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}
    environ = {"PATH": os.environ["PATH"], "HOME": str(home), "CHECKPOINT_DISABLE": "1", **nowhere, **environ}
    said = ""
    for words in (["init", "-no-color", "-input=false"], ["validate", "-no-color"]):
        done = subprocess.run(
            [str(BINARY), *words], cwd=work, env=environ, capture_output=True, text=True, check=False, timeout=60
        )
        said += done.stdout + done.stderr
        assert done.returncode == 0, said
    return said


def test_the_users_own_mirror_needs_no_configuration(home: Path, folder: Folder, tmp_path: Path) -> None:
    said = terraform("install")
    plugins = home / ".terraform.d" / "plugins"
    assert files(home) == place(plugins)
    assert install.provider_block() in said
    assert f"pulumi package add terraform-provider {place(plugins)[1]}" in said
    assert "TF_CLI_CONFIG_FILE" not in said
    assert "Success!" in init(home, tmp_path / "other")

    (other := plugins / "registry.terraform.io/hashicorp/aws/1.0.0").mkdir(parents=True)
    said = terraform("uninstall")
    assert [str(path) in said for path in place(plugins)] == [True, True]
    assert files(home) == []
    assert other.is_dir()
    assert terraform("uninstall") == f"no provider of this package is in {plugins}\n"


def test_a_mirror(home: Path, folder: Folder, tmp_path: Path) -> None:
    mirror = tmp_path / "a mirror"
    said = terraform("install", "--mirror", str(mirror))
    assert files(mirror) == place(mirror)
    assert all(os.access(path, os.X_OK) for path in files(mirror))
    assert install.mirror_block(mirror) in said
    (tmp_path / "cli.tfrc").write_text(install.mirror_block(mirror))
    init(home, tmp_path / "other", TF_CLI_CONFIG_FILE=str(tmp_path / "cli.tfrc"))
    assert "veeam-pulumi/veeam" in (tmp_path / "other" / ".terraform.lock.hcl").read_text()

    foreign = place(mirror)[0].parent.parent.parent / "0.0.1" / install.platform_name() / "terraform-provider-veeam"
    foreign.parent.mkdir(parents=True)
    foreign.write_text("somebody else's")
    terraform("uninstall", "--mirror", str(mirror))
    assert files(mirror) == [foreign]


def test_a_development_override(home: Path) -> None:
    said = terraform("install", "--dev")
    folder = home / ".terraform.d" / "veeam-dev"
    assert files(home) == [folder / "terraform-provider-veeam"]
    assert install.override_block(folder) in said
    assert said.endswith("Then: terraform plan\n")  # all other tests run it
    terraform("uninstall", "--dev")
    assert files(home) == []


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said = terraform("install", "--mirror", str(tmp_path / "file" / "mirror"), code=1)
    assert said.startswith(f"error: {tmp_path / 'file'}")
    assert said.endswith("choose another folder with --mirror\n")


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("veeam_pulumi.cli.terraform.find_spec", lambda name: None)
    said = terraform("install", code=1)
    assert said == ("error: the provider needs h2: pip install 'WHEEL-OR-CLONE[terraform]'\n")
