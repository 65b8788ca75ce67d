"""`veeam-pulumi new`: what it writes runs as it is, for each host, under each name; and what it refuses."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from tests.access.stack import SOURCE, Access
from tests.conftest import StartSimulator
from tests.policy.command import policies
from veeam_pulumi.cli.main import app
from veeam_pulumi.engine import Engine
from veeam_pulumi.repository.files import PLACES, TEMPLATES, written

ROOT = Path(__file__).parents[2]
CI = {
    "github": {f".github/workflows/{name}.yml" for name in ("drift", "preview", "review", "up", "up-stack")}
    | {".github/CODEOWNERS"},
    "gitlab": {".gitlab-ci.yml", ".gitlab/CODEOWNERS"},
    "azure": {"azure-pipelines.yml", "ci/azure-ready.yml"},
    "none": set[str](),
}
SCRIPTS = {"ci/drift.sh", "ci/forge.py", "ci/preview.sh", "ci/pulumi-cli.sh", "ci/review.sh"}
BASE = {".gitignore", "README.md", "Pulumi.yaml", "__main__.py", "roster.yaml", "requirements.txt", "policy.json"}
BASE |= {"Pulumi.dev.yaml", "Pulumi.staging.yaml", "Pulumi.prod.yaml", "policy/PulumiPolicy.yaml", "policy/__main__.py"}


def new(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["new", *words])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


def refused(*words: str) -> str:
    """What an error says, its lines as one."""
    code, said = new(*words)
    assert code == 1
    return " ".join(said.split())


def below(folder: Path) -> set[str]:
    return {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}


# ---- what is written


def test_the_three_commands_that_it_prints_work_as_they_stand(tmp_path: Path) -> None:
    code, said = new(str(tmp_path / "who may what"), "--name", "access")
    assert code == 0
    commands = re.findall(r"^  (.*)$", said, re.MULTILINE)
    assert len(commands) == 3
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    script = " && ".join(commands)
    done = subprocess.run(
        ["sh", "-c", script], cwd="/", env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert re.search("^ [+]  [├└]─ veeam:access:Person jane.doe create$", done.stdout, re.MULTILINE)


@pytest.mark.parametrize("host", PLACES)
def test_each_host_finds_its_files_where_it_looks(host: str, tmp_path: Path) -> None:
    assert new(str(tmp_path / "access"), "--ci", host)[0] == 0
    assert below(tmp_path / "access") == BASE | CI[host] | (SCRIPTS if CI[host] else set())
    for name in SCRIPTS if CI[host] else ():
        assert (tmp_path / "access" / name).stat().st_mode & stat.S_IXUSR, name


@pytest.mark.parametrize("name", ["acme-access", "1.0", "null", "a_b"])
def test_the_stacks_preview_under_any_name_and_keep_their_own_policies(
    name: str, tmp_path: Path, simulator: StartSimulator, capsys: pytest.CaptureFixture[str]
) -> None:
    assert new(str(tmp_path / "access"), "--name", name)[0] == 0
    sim = simulator()
    access = Access(tmp_path / "access", {"dev": sim})
    access.run("preview", json=True)
    assert sim.requests() == []
    assert {step["urn"].split("::")[1] for step in json.loads(access.text)["steps"]} == {name}
    (access.folder / "preview.json").write_text(access.text)
    given = ["--resources", str(access.folder / "preview.json"), "--config", str(access.folder / "policy.json")]
    assert policies([str(access.folder), *given, "--project", name]) == 0, capsys.readouterr().out


def test_dev_runs_against_the_simulator_as_its_file_says(tmp_path: Path, simulator: StartSimulator) -> None:
    assert new(str(tmp_path / "access"))[0] == 0
    sim = simulator()
    access = Access(tmp_path / "access", {"dev": sim})
    connections = json.loads(access.engine().config().values()[0]["veeam:connections"])
    shown = "veeam-pulumi simulator --port-base 9400 --out .simulator --state .simulator/servers.sqlite"
    assert shown in (access.folder / "Pulumi.dev.yaml").read_text()
    for port, name in enumerate(("aws", "vbr", "em", "vspc"), 9401):
        one = sim.connections()[name]
        assert connections[name] == {
            "product": name,
            "url": f"https://127.0.0.1:{port}",
            "username": one["username"],
            "password": one["password"],
            "tls": {"ca_file": ".simulator/ca.pem"},
        }
    access.run("up")
    assert sim.lookup("vbr", r"EXAMPLE\jdoe") is not None
    assert sim.can_login("em", r"EXAMPLE\svc-em", "Collect-2026")
    access.run("up", expect_no_changes=True)


def test_nothing_of_it_is_left_to_be_filled_in() -> None:
    for host in PLACES:
        for path, text in written("access", host).items():
            assert not re.search(r"\$\{(PROJECT|DESCRIPTION)\}", text), path
    assert "template" not in yaml.safe_load(written("access", "none")["Pulumi.yaml"])


# ---- the template folder


def test_it_is_a_template_of_pulumi_new() -> None:
    text = yaml.safe_load((TEMPLATES / "access" / "Pulumi.yaml").read_text())
    assert (text["name"], text["description"]) == ("${PROJECT}", "${DESCRIPTION}")
    assert text["runtime"]["options"] == {"toolchain": "pip", "virtualenv": ".venv"}
    assert text["template"]["description"]


@pytest.mark.parametrize("engine", ["embedded", "pulumi"])
def test_what_pulumi_new_makes_of_it_previews(engine: str, tmp_path: Path, simulator: StartSimulator) -> None:
    """`pulumi new` puts a YAML scalar with its line break in the place of a variable, in every .yaml file."""
    folder = tmp_path / "made"
    environ = {"PULUMI_CONFIG_PASSPHRASE": "access", "PULUMI_BACKEND_URL": f"file://{tmp_path}/state"}
    environ |= {"PULUMI_HOME": f"{tmp_path}/home", "PULUMI_SKIP_UPDATE_CHECK": "1"}
    (tmp_path / "state").mkdir()
    given = {"PROJECT": "backup-access", "DESCRIPTION": "Who may: log in # everywhere"}
    if engine == "pulumi":
        if shutil.which("pulumi") is None:
            pytest.skip("there is no `pulumi` on PATH")
        words = [
            "--name",
            given["PROJECT"],
            "--description",
            given["DESCRIPTION"],
            "--generate-only",
            "--yes",
            "--force",
        ]
        command = ["pulumi", "new", str(TEMPLATES / "access"), "--dir", str(folder), "--non-interactive", *words]
        done = subprocess.run(command, env={**os.environ, **environ}, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    else:
        shutil.copytree(TEMPLATES / "access", folder)
        for file in folder.rglob("*.yaml"):
            text = file.read_text()
            for name, value in given.items():
                text = text.replace(f"${{{name}}}", yaml.safe_dump(value).removesuffix("...\n"))
            file.write_text(text)
        about = folder / "Pulumi.yaml"
        about.write_text(about.read_text().partition("template:\n")[0])
    made = yaml.safe_load((folder / "Pulumi.yaml").read_text())
    assert {"PROJECT": made["name"], "DESCRIPTION": made["description"]} == given
    for file in folder.rglob("*.yaml"):
        assert yaml.safe_load(file.read_text()), file
    if engine == "pulumi":
        (folder / ".venv").symlink_to(sys.prefix)
        words = ["pulumi", "preview", "--stack", "dev", "--non-interactive"]
        for command in (["pulumi", "stack", "init", "dev", "--non-interactive"], words):
            done = subprocess.run(
                command, cwd=folder, env={**os.environ, **environ}, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stdout + done.stderr
        text = done.stdout
    else:
        out = io.StringIO()
        engine_ = Engine(folder, "dev", environ=environ, out=out)
        engine_.init()
        assert engine_.preview().exit_code == 0, out.getvalue()
        text = out.getvalue()
    assert "veeam:access:Person jane.doe create" in text


def test_it_is_the_stack_of_the_repository_and_its_policy_pack() -> None:
    template = TEMPLATES / "access"
    for name in ("__main__.py", "roster.yaml"):
        assert (template / name).read_text() == (SOURCE / name).read_text()
    for name in ("__main__.py", "PulumiPolicy.yaml"):
        assert (template / "policy" / name).read_text() == (ROOT / "policy" / name).read_text()

    def content(folder: Path, stack: str) -> Any:
        text = (folder / f"Pulumi.{stack}.yaml").read_text()
        text = text.replace("../../build/simulator/", ".simulator/")
        return yaml.safe_load(text)

    for stack in ("dev", "staging", "prod"):
        assert content(template, stack) == content(SOURCE, stack)
    version = re.findall(r'^version = "(.*)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    wheel = f"./vendor/veeam_pulumi-{version[0]}-py3-none-any.whl[policy,simulator]\n"
    assert (template / "requirements.txt").read_text().endswith(wheel)


# ---- what is refused


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("mine")
    assert refused(str(tmp_path)) == f"error: {tmp_path} is not empty name a folder that is new or empty"
    assert below(tmp_path) == {"kept.txt"}
    assert refused(str(tmp_path / "kept.txt")) == f"error: {tmp_path / 'kept.txt'} cannot be written: Not a directory"


def test_a_fresh_clone_is_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "access" / ".git").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "access")
    code, said = new(".")
    assert (code, "cd " in said) == (0, False)
    assert yaml.safe_load(Path("Pulumi.yaml").read_text())["name"] == "access"


@pytest.mark.parametrize("name", ["who may what", "a/b", "a; b", "", "ä", "a" * 101, "a\n"])
def test_a_name_that_pulumi_would_refuse(name: str, tmp_path: Path) -> None:
    said = refused(str(tmp_path / "access"), "--name", name)
    assert said.startswith(f"error: {name!r} cannot be a project's name")
    assert said.endswith("choose with --name: letters, digits, -, _ and ., at most 100")
    assert not (tmp_path / "access").exists()


def test_nothing_is_left_of_what_could_not_be_written_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write, counted = Path.write_text, list[Path]()

    def full(self: Path, *words: Any, **more: Any) -> int:
        counted.append(self)
        if len(counted) == 9:
            write(self, "half")
            raise OSError(28, "No space left on device", str(self))
        return write(self, *words, **more)

    monkeypatch.setattr(Path, "write_text", full)
    folder = tmp_path / "deep" / "access"
    assert refused(str(folder)) == f"error: {counted[-1]} cannot be written: No space left on device"
    assert list(tmp_path.iterdir()) == []


# ---- where the package comes from


ORIGINS = {
    None: ["veeam-pulumi[policy,simulator]==0.1.0"],
    '{"url": "https://example.com/veeam.whl", "archive_info": {"hashes": {"sha256": "ab12"}}}': [
        "veeam-pulumi[policy,simulator] @ https://example.com/veeam.whl#sha256=ab12"
    ],
    '{"url": "https://me:pw@example.com/veeam.whl", "archive_info": {"hash": "sha256=ab12"}}': [
        "veeam-pulumi[policy,simulator] @ https://example.com/veeam.whl#sha256=ab12"
    ],
    '{"url": "https://example.com/x.git", "vcs_info": {"vcs": "git", "commit_id": "c0ffee"}, "subdirectory": "py"}': [
        "veeam-pulumi[policy,simulator] @ git+https://example.com/x.git@c0ffee#subdirectory=py"
    ],
    '{"url": "file:///w/veeam.whl", "archive_info": {"hashes": {"sha256": "ab12"}}}': [
        "# It was installed from a file, which a pipeline cannot reach. Bring it along, then name the file instead:",
        "#   pip wheel --no-deps --wheel-dir vendor file:///w/veeam.whl",
        "#   ./vendor/veeam_pulumi-0.1.0-py3-none-any.whl[policy,simulator]",
        "veeam-pulumi[policy,simulator] @ file:///w/veeam.whl#sha256=ab12",
    ],
    '{"url": "file:///w/clone", "dir_info": {"editable": true}}': [
        "# It was installed from a folder, which a pipeline cannot reach. Bring it along, then name the file instead:",
        "#   pip wheel --no-deps --wheel-dir vendor file:///w/clone",
        "#   ./vendor/veeam_pulumi-0.1.0-py3-none-any.whl[policy,simulator]",
        "veeam-pulumi[policy,simulator] @ file:///w/clone",
    ],
}


@pytest.mark.parametrize(("origin", "lines"), ORIGINS.items())
def test_the_package_is_installed_from_where_it_came_from(
    origin: str | None, lines: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody may register its name on an index and be installed in its place."""

    class Installed:
        version = "0.1.0"

        def read_text(self, name: str) -> str | None:
            assert name == "direct_url.json"
            return origin

    monkeypatch.setattr("veeam_pulumi.installed_from.distribution", lambda name: Installed())
    assert new(str(tmp_path / "access"))[0] == 0
    text = (tmp_path / "access" / "requirements.txt").read_text()
    assert text.splitlines()[1:] == lines


def test_owners_of_what_decides_about_access(tmp_path: Path) -> None:
    code, said = new(str(tmp_path / "a"))
    assert (code, ".github/CODEOWNERS names @access-owners: make that team, or write another." in said) == (0, True)
    assert new(str(tmp_path / "b"), "--ci", "gitlab", "--owner", "@example/access")[0] == 0
    owners = (tmp_path / "b" / ".gitlab" / "CODEOWNERS").read_text()
    for path in (
        "roster.yaml",
        "policy.json",
        "policy/",
        "ci/",
        "requirements.txt",
        ".gitlab/CODEOWNERS",
        ".gitlab-ci.yml",
    ):
        assert f"\n/{path} @example/access\n" in owners
    assert "\n/.github/workflows/ @access-owners\n" in (tmp_path / "a" / ".github" / "CODEOWNERS").read_text()


def of_the_readme(folder: Path) -> list[str]:
    """What a README says to type after `veeam-pulumi engine`, once its environment is set up and active."""
    text = (folder / "README.md").read_text()
    assert ". .venv/bin/activate\npip install --requirement requirements.txt\n" in text
    found = re.findall(r"veeam-pulumi engine ([^`\n]+)", text)
    assert [words.split()[0] for words in found] == ["stack", "preview", "up"]
    return found


def test_a_repository_for_the_users_of_many_companies(
    tmp_path: Path, simulator: StartSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commands of its README, with the servers that its dev stack names."""
    code, text = new(str(tmp_path / "customers"), "--template", "tenants")
    assert code == 0
    files = {path.relative_to(tmp_path / "customers").as_posix() for path in (tmp_path / "customers").rglob("*")}
    environments = {f"Pulumi.{name}.yaml" for name in ("dev", "staging", "prod")}
    assert files == {"__main__.py", "Pulumi.yaml", "README.md", "requirements.txt", ".gitignore"} | environments | {
        "tenants.csv", "tenants.staging.csv", "tenants.prod.csv",
    }  # fmt: skip
    assert not [name for name in files if "../" in (tmp_path / "customers" / name).read_text()]
    sim = simulator()
    monkeypatch.setenv("VEEAM_VSPC_URL", sim.url("vspc"))
    monkeypatch.setenv("VEEAM_VSPC_TLS_CA_FILE", str(sim.ca_file))
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "quickstart")
    assert "export PULUMI_CONFIG_PASSPHRASE=quickstart" in text
    typed = of_the_readme(tmp_path / "customers")
    for words in (*typed, "up -s dev -y --expect-no-changes"):
        done = CliRunner().invoke(app, ["engine", *words.split(), "-C", str(tmp_path / "customers")])
        assert done.exit_code == 0, done.output
    assert sim.lookup("vspc", "m.jones")


def test_a_repository_for_backup_servers(
    tmp_path: Path, simulator: StartSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, text = new(str(tmp_path / "collected"), "--template", "servers")
    assert code == 0
    assert "  veeam-pulumi simulator --port-base 9400 --out .simulator\n" in text  # its previews look at certificates
    assert "export PULUMI_CONFIG_PASSPHRASE=quickstart" in text
    assert below(tmp_path / "collected") == {
        "__main__.py",
        "Pulumi.yaml",
        "README.md",
        "requirements.txt",
        ".gitignore",
    } | {f"Pulumi.{name}.yaml" for name in ("dev", "staging", "prod")} | {"servers.yaml"}
    for file in (tmp_path / "collected").iterdir():
        assert not re.search(r"\.\./|veeam-servers|make sim", file.read_text()), file
    sim = simulator(products=("em", "vbr"))
    for name, product in (("em", "em"), ("vbr01", "vbr"), ("vbr02", "vbr")):
        monkeypatch.setenv(f"VEEAM_{name.upper()}_URL", sim.url(product))
        monkeypatch.setenv(f"VEEAM_{name.upper()}_TLS_CA_FILE", str(sim.ca_file))
    # One simulated server stands for both, whose certificates two entries cannot share.
    servers = tmp_path / "collected" / "servers.yaml"
    servers.write_text(re.sub(r"  vbr02: .*Dayton\}\n", "", servers.read_text(), count=1))
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "quickstart")
    typed = of_the_readme(tmp_path / "collected")
    for words in (*typed, "up -s dev -y --expect-no-changes"):
        done = CliRunner().invoke(app, ["engine", *words.split(), "-C", str(tmp_path / "collected")])
        assert done.exit_code == 0, done.output
    assert [one["address"] for one in sim.objects("em")["servers"]] == ["vbr01.lab.local"]


@pytest.mark.parametrize("host", ["github", "gitlab", "azure"])
@pytest.mark.parametrize(("template", "data"), [("tenants", "tenants*.csv"), ("servers", "servers.yaml")])
def test_every_template_can_have_pipelines(host: str, template: str, data: str, tmp_path: Path) -> None:
    """And then what they run with: the policies, whose configuration approves nobody of another template."""
    folder = tmp_path / "made"
    assert new(str(folder), "--template", template, "--ci", host)[0] == 0
    there = below(folder)
    assert there >= CI[host] | SCRIPTS | {"policy.json", "policy/__main__.py", "policy/PulumiPolicy.yaml"}
    assert "roster.yaml" not in there
    assert json.loads((folder / "policy.json").read_text())["no-unapproved-administrators"] == {"approvals": []}
    for owners in there & {".github/CODEOWNERS", ".gitlab/CODEOWNERS"}:
        text = (folder / owners).read_text()
        assert f"\n/{data} @access-owners\n" in text
        assert "roster" not in text
