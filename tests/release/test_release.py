"""What a release consists of: the same bytes every time, complete, and usable where nothing else of this project is."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from packaging.utils import canonicalize_name

from tests.conftest import StartSimulator

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "veeam_pulumi"


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("dist"))


def built(out: Path) -> Path:
    command = [sys.executable, str(ROOT / ".ci" / "dist.py"), str(out)]
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
    return out


def test_two_builds_give_the_same_bytes(dist: Path, tmp_path: Path) -> None:
    assert (built(tmp_path) / "SHA256SUMS").read_text() == (dist / "SHA256SUMS").read_text()
    assert len((dist / "SHA256SUMS").read_text().splitlines()) == 4


def test_nobody_and_no_time_of_the_machine_are_in_the_source_archive(dist: Path) -> None:
    (file,) = dist.glob("*.tar.gz")
    with tarfile.open(file) as archive:
        members = archive.getmembers()
    assert {(one.uid, one.gid, one.uname, one.gname) for one in members} == {(0, 0, "", "")}
    assert len({one.mtime for one in members}) == 1


def test_the_wheel_has_every_file_of_the_package(dist: Path) -> None:
    (file,) = dist.glob("*.whl")
    with zipfile.ZipFile(file) as wheel:
        inside = {name for name in wheel.namelist() if name.startswith("veeam_pulumi/")}
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    known = {name for name in listed.split("\0") if name}
    links = {"veeam_pulumi/templates": "templates", "veeam_pulumi/demo/quickstart": "stacks/quickstart"}
    links["veeam_pulumi/demo/terraform"] = "examples/terraform/quickstart"
    links |= {f"veeam_pulumi/templates/{name}/stack": f"stacks/{name}" for name in ("tenants", "servers")}
    wanted = {name for name in known if name.startswith("veeam_pulumi/") and name not in links}
    for link, target in links.items():
        wanted.discard(link)
        wanted |= {link + name.removeprefix(target) for name in known if name.startswith(f"{target}/")}
    left_out = wanted - inside
    assert {name for name in left_out if not name.startswith("veeam_pulumi/demo/terraform/")} == set()
    assert {Path(name).suffix for name in left_out} <= {".tfvars", ".md"}  # what the demo does not read
    assert inside - wanted == set()


def test_the_bill_of_materials_names_what_is_installed_with_hashes(dist: Path) -> None:
    (file,) = dist.glob("*.cdx.json")
    bill = json.loads(file.read_text())
    named = {one["name"] for one in bill["components"]}
    assert {"pulumi", "httpx", "h11", "pydantic", "typer", "rich", "cryptography", "starlette", "h2"} <= named
    assert named & {"pytest", "ruff", "mypy", "mkdocs-material", "playwright"} == set()
    assert [one["name"] for one in bill["components"] if not one.get("hashes")] == []
    refs = {one["bom-ref"] for one in bill["components"]} | {bill["metadata"]["component"]["bom-ref"]}
    assert {ref for one in bill["dependencies"] for ref in (one["ref"], *one["dependsOn"])} <= refs
    pins = (dist / "requirements.txt").read_text()
    assert {canonicalize_name(name) for name in re.findall(r"^([\w.-]+)==", pins, re.MULTILINE)} == named
    assert str(sysconfig.get_path("purelib")) not in file.read_text()


class Installed:
    """A new virtual environment with the wheel in it; what it needs comes from the environment of the tests."""

    def __init__(self, place: Path, wheel: Path) -> None:
        venv.create(place / "venv", with_pip=False, symlinks=True)
        self._bin, self._place = place / "venv" / "bin", place
        python = str(self._bin / "python")
        install = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index"]
        subprocess.run([*install, str(wheel)], check=True, timeout=120)
        ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
        site = subprocess.run([python, "-c", ask], capture_output=True, text=True, check=True).stdout.strip()
        # A .pth of plain folders: the project's own clone, which a .pth in the other folder names, stays out.
        Path(site, "rest.pth").write_text(sysconfig.get_path("purelib") + "\n")

    def run(self, *words: str, cwd: Path | None = None, environ: Mapping[str, str] | None = None) -> str:
        outside = {
            name: value for name, value in os.environ.items() if not name.startswith(("PULUMI", "VEEAM", "PYTHON"))
        }
        done = subprocess.run(
            [str(self._bin / words[0]), *words[1:]],
            cwd=cwd or self._place,
            env={**outside, "HOME": str(self._place), "NO_PROXY": "127.0.0.1", **(environ or {})},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def installed(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    (wheel,) = dist.glob("*.whl")
    return Installed(tmp_path_factory.mktemp("installed"), wheel)


def test_commands_start_from_the_wheel(installed: Installed) -> None:
    where = installed.run("python", "-c", "import veeam_pulumi; print(veeam_pulumi.__file__)")
    assert not where.startswith(str(ROOT))
    for command in ("who", "new", "demo", "simulator", "discover", "doctor", "review", "policy", "terraform install"):
        assert "Examples:" in installed.run("veeam-pulumi", *command.split(), "--help"), command


def test_new_and_a_first_preview_from_the_wheel(installed: Installed, tmp_path: Path) -> None:
    installed.run("veeam-pulumi", "new", str(tmp_path / "access"))
    engine = ("veeam-pulumi", "engine")
    secret = {"PULUMI_CONFIG_PASSPHRASE": "access"}
    installed.run(*engine, "stack", "init", "dev", cwd=tmp_path / "access", environ=secret)
    said = installed.run(*engine, "preview", "--stack", "dev", cwd=tmp_path / "access", environ=secret)
    assert re.search(r"\+ \d+ to create", said)
    # A wheel is named with its hash, never a name alone that an index would have to know.
    named = (tmp_path / "access" / "requirements.txt").read_text()
    assert re.search(r"^veeam-pulumi\[policy,simulator\] @ file:.*\.whl#sha256=[0-9a-f]{64}$", named, re.MULTILINE)


def test_a_repository_for_many_companies_from_the_wheel(installed: Installed, tmp_path: Path) -> None:
    installed.run("veeam-pulumi", "new", str(tmp_path / "customers"), "--template", "tenants")
    assert (tmp_path / "customers" / "tenants.csv").read_text().startswith("company,")


def test_the_page_of_who_from_the_wheel(installed: Installed, simulator: StartSimulator, tmp_path: Path) -> None:
    sim = simulator({}, products=("vbr",))
    installed.run("veeam-pulumi", "who", "--html", str(tmp_path / "who.html"), environ=sim.variables())
    assert "<table" in (tmp_path / "who.html").read_text()


def test_the_demo_from_the_wheel(installed: Installed) -> None:
    assert "destroy" in installed.run("veeam-pulumi", "demo")


def test_nothing_tells_anybody_to_install_the_name_from_an_index() -> None:
    """Until it is published there, whoever registers the name decides what that installs."""
    files = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")]
    for folder, pattern in (("docs", "*.md"), ("templates", "*"), ("veeam_pulumi", "*.py"), ("stacks", "*")):
        files += [file for file in (ROOT / folder).rglob(pattern) if file.is_file() and file.suffix != ".pyc"]
    install = re.compile(
        r"(?:pip install|uvx|pipx (?:run|install)|uv tool \w+)[^\n`]*[ '\"]veeam[-_]pulumi(?:\[[^]]*\])?['\"`\s]"
    )
    found = {str(file): install.findall(file.read_text()) for file in files}
    assert [(name, lines) for name, lines in found.items() if [line for line in lines if "--from" not in line]] == []


# ---- the workflow

WORKFLOW = ROOT / ".github" / "workflows" / "release.yml"


def test_actions_are_pinned_by_the_commits_that_the_templates_use() -> None:
    used = re.findall(r"uses: ([\w./-]+)@(\S+) # (v[\d.]+)$", WORKFLOW.read_text(), re.MULTILINE)
    assert len(used) == WORKFLOW.read_text().count("uses: ")
    theirs = {
        name: commit
        for file in (ROOT / "templates" / "ci" / "github").glob("*.yml")
        for name, commit in re.findall(r"uses: ([\w./-]+)@([0-9a-f]{40})", file.read_text())
    }
    for name, commit, _ in used:
        assert re.fullmatch("[0-9a-f]{40}", commit)
        assert theirs.get(name, commit) == commit


def test_the_container_starts_from_one_image_for_ever() -> None:
    (base,) = re.findall(r"^ARG BASE=(.+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert re.fullmatch(r"python:3\.1[0-3]\.\d+-slim-[a-z]+@sha256:[0-9a-f]{64}", base)


def test_only_the_jobs_that_publish_may_write() -> None:
    jobs = yaml.safe_load(WORKFLOW.read_text())["jobs"]
    writing = {name for name, job in jobs.items() if "write" in (job.get("permissions") or {}).values()}
    assert writing == {"attest", "publish", "image"}
    assert yaml.safe_load(WORKFLOW.read_text())["permissions"] == {"contents": "read"}
    assert jobs["test"]["strategy"]["matrix"]["python"] == ["3.10", "3.11", "3.12", "3.13"]
    for name in ("attest", "publish", "image"):  # nothing leaves that was not tested
        assert "test" in str(jobs[name]["needs"])
    assert "secrets." not in WORKFLOW.read_text()
