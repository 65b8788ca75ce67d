"""The workflow files for GitHub, GitLab and Azure DevOps: their form, and their scripts at work."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import fork_server
from tests.docs.pages import page
from tests.templates.forge_server import Forge, made, running
from veeam_pulumi.engine import Engine
from veeam_pulumi.estate.history import verify
from veeam_pulumi.simulator import Simulator

ROOT = Path(__file__).parents[2]
CI = ROOT / "templates" / "ci"
STACKS = ["dev", "staging", "prod"]
GITHUB = sorted(file.name for file in (CI / "github").iterdir())
TOKEN = "forge-token-hunter2"


def load(name: str) -> Any:
    return yaml.safe_load((CI / name).read_text())


# ---- the files


def test_the_package_brings_all_of_them() -> None:
    packaged = files("veeam_pulumi") / "templates"
    wanted = [str(file.relative_to(ROOT / "templates")) for file in (ROOT / "templates").rglob("*") if file.is_file()]
    wanted = [name for name in wanted if "__pycache__" not in name]
    assert "ci/gitlab/.gitlab-ci.yml" in wanted
    assert [name for name in wanted if not (packaged / name).is_file()] == []
    # Patterns skip names that begin with a dot, unless they say so.
    assert '"templates/**/*", "templates/**/.*"]' in (ROOT / "pyproject.toml").read_text()


def test_actionlint(tmp_path: Path) -> None:
    if (tool := shutil.which("actionlint")) is None:
        print("skipped: there is no `actionlint` on PATH (its package on PyPI builds only with a download from GitHub)")
        pytest.skip("there is no `actionlint` on PATH")
    workflows = tmp_path / ".github" / "workflows"
    shutil.copytree(CI / "github", workflows)
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    done = subprocess.run([tool], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout + done.stderr == ""


@pytest.mark.parametrize("name", GITHUB)
def test_github_has_the_least_permissions_and_pinned_actions(name: str) -> None:
    flow = load(f"github/{name}")
    assert flow["permissions"] == {"contents": "read"} | ({"issues": "write"} if name == "drift.yml" else {})
    own = {job: content["permissions"] for job, content in flow["jobs"].items() if "permissions" in content}
    review = {"actions": "read", "contents": "read", "pull-requests": "write", "statuses": "write"}
    assert own == ({"review": review} if name == "review.yml" else {})
    text = (CI / "github" / name).read_text()
    for action in re.findall(r"- uses: (?!\./)(.+)", text):
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action
    assert "pull_request_target" not in text
    assert re.findall(r"run: .*\$\{\{", text) == []  # no text of somebody else's becomes a command
    assert text.count("actions/checkout") == text.count("persist-credentials: false")


@pytest.mark.parametrize("file", sorted(CI.rglob("*.yml")), ids=lambda file: file.name)
def test_nothing_floats(file: Path) -> None:
    text = file.read_text()
    assert re.findall(r"(?:image: |latest\b(?<!ubuntu-latest))", text) == (["image: "] if "gitlab" in file.name else [])
    for image in re.findall(r"image: (\S+)", text):
        assert re.fullmatch(r"[\w./-]+:\d+\.\d+\.\d+[\w-]*@sha256:[0-9a-f]{64}", image)
    assert "curl" not in text  # what is downloaded is checked by a script, see below


CURL = """#!/bin/sh
# Stands in for the network: the last word is the address, the one before it the file.
echo "$4" >> "$ASKED"
cp "$NETWORK/${4##*/}" "$3"
"""


@pytest.mark.parametrize("change", ["", "another archive", "no such line", "no checksums"])
def test_the_cli_is_unpacked_only_with_the_checksum_of_its_release(change: str, tmp_path: Path) -> None:
    name, network = "pulumi-v3.260.0-linux-x64.tar.gz", tmp_path / "network"
    (network / "pulumi").mkdir(parents=True)
    (network / "pulumi" / "pulumi").write_text("the CLI")
    subprocess.run(["tar", "-czf", name, "pulumi"], cwd=network, check=True)
    digest = hashlib.sha256((network / name).read_bytes()).hexdigest()
    if change == "another archive":
        (network / name).write_bytes((network / name).read_bytes() + b"more")
    sums = f"{digest}  pulumi-v3.260.0-darwin-x64.tar.gz\n" + (change != "no such line") * f"{digest}  {name}\n"
    if change != "no checksums":
        (network / "pulumi-3.260.0-checksums.txt").write_text(sums)
    (tmp_path / "curl").write_text(CURL)
    (tmp_path / "curl").chmod(0o755)
    paths = os.pathsep.join([str(tmp_path), os.environ["PATH"]])
    done = subprocess.run(
        [str(CI / "scripts" / "pulumi-cli.sh"), "3.260.0", "cli"],
        cwd=tmp_path,
        env={**os.environ, "PATH": paths, "NETWORK": str(network), "ASKED": str(tmp_path / "asked")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode == 0) is (not change), done.stderr
    assert (tmp_path / "cli" / "pulumi" / "pulumi").exists() is (not change)
    assert (tmp_path / "asked").read_text().splitlines() == [
        f"https://get.pulumi.com/releases/sdk/{name}",
        "https://github.com/pulumi/pulumi/releases/download/v3.260.0/pulumi-3.260.0-checksums.txt",
    ]


def secrets_of(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Where the passphrase, the backend or a token is handed over."""
    if isinstance(node, dict):
        for key, item in node.items():
            if re.search(r"PASSPHRASE|PULUMI_BACKEND|TOKEN", str(key)):
                yield (*path, str(key))
            yield from secrets_of(item, (*path, str(key)))
    elif isinstance(node, list):
        for number, item in enumerate(node):
            yield from secrets_of(item, (*path, str(number)))


@pytest.mark.parametrize("name", [*(f"github/{name}" for name in GITHUB), "azure/azure-pipelines.yml"])
def test_secrets_reach_only_the_steps_that_need_them(name: str) -> None:
    for path in secrets_of(load(name)):
        assert path[-2] == "env", path
        assert "steps" in path, path


def test_what_runs_a_pull_requests_code_holds_no_token_that_writes() -> None:
    preview = load("github/preview.yml")
    assert [path for path in secrets_of(preview) if "TOKEN" in path[-1]] == []
    assert "github.token" not in (CI / "github" / "preview.yml").read_text()
    gitlab = load("gitlab/.gitlab-ci.yml")
    for job in ("preview", "review"):
        assert "forge.py" not in str(gitlab[job])
    azure = load("azure/azure-pipelines.yml")["stages"][0]
    assert "SYSTEM_ACCESSTOKEN" not in str(azure)


def test_the_judges_come_from_the_branch_that_is_merged_into() -> None:
    review = load("github/review.yml")
    assert review[True] == {"workflow_run": {"workflows": ["preview"], "types": ["completed"]}}
    base, proposed, *steps = review["jobs"]["review"]["steps"]
    assert "ref" not in base["with"]  # of a workflow_run that is the default branch
    assert proposed["with"]["path"] == "proposed"
    judged = next(step for step in steps if "review.sh" in step.get("run", ""))
    assert judged["run"] == 'ci/review.sh "$STACK" proposed'
    assert [step for step in steps if "proposed/" in str(step)] == []
    gitlab = load("gitlab/.gitlab-ci.yml")["review"]
    assert gitlab["script"].index("cd base") < gitlab["script"].index('ci/review.sh "$STACK" "$CI_PROJECT_DIR"')
    azure = load("azure/azure-pipelines.yml")["stages"][0]
    _, judge = next(iter(azure.values()))
    (job,) = judge["jobs"][0]["${{ each stack in parameters.stacks }}"]
    judging = [step for step in job["steps"] if "review.sh" in str(step) or "pip install" in str(step)]
    places = {step.get("workingDirectory") for step in judging}
    assert places == {"base"}


def test_github_previews_every_stack_and_comments_even_when_refused() -> None:
    flow = load("github/preview.yml")
    job = flow["jobs"]["preview"]
    assert flow[True] == {"pull_request": None}  # YAML reads `on` as true
    assert job["strategy"] == load("github/review.yml")["jobs"]["review"]["strategy"]
    assert job["strategy"] == {"fail-fast": False, "matrix": {"stack": STACKS}}
    assert "head.repo.full_name == github.repository" in job["if"]
    assert flow["concurrency"]["cancel-in-progress"] is True
    *_, preview, keep = job["steps"]
    assert preview["run"].startswith("ci/preview.sh")
    assert "!cancelled()" in keep["if"]
    *_, judge, comment = load("github/review.yml")["jobs"]["review"]["steps"]
    assert "new-admin" in judge["env"]["FAIL_ON"]
    assert "!cancelled()" in comment["if"]
    assert comment["env"]["OUTCOME"] == "${{ steps.review.outcome }}"


def test_github_goes_from_dev_to_prod_with_an_environment_each() -> None:
    jobs = load("github/up.yml")["jobs"]
    assert {name: (job.get("needs"), job["with"]["stack"]) for name, job in jobs.items()} == {
        "dev": (None, "dev"),
        "staging": ("dev", "staging"),
        "prod": ("staging", "prod"),
    }
    up = load("github/up-stack.yml")["jobs"]["up"]
    assert up["environment"] == "${{ inputs.stack }}"
    assert up["concurrency"] == {"group": "stack-${{ inputs.stack }}", "cancel-in-progress": False}
    assert up["steps"][-1]["run"].endswith("--policy-pack policy --policy-pack-config policy.json")


def test_gitlab() -> None:
    flow = load("gitlab/.gitlab-ci.yml")
    assert flow["stages"] == ["packages", "preview", "review", *STACKS, "drift"]
    for job in ("preview", "review", "drift"):
        assert flow[job]["parallel"] == {"matrix": [{"STACK": STACKS}]}
    for job in ("preview", "review"):
        assert "merge_request_event" in flow[job]["rules"][0]["if"]
    assert flow["drift"]["rules"] == [
        {"if": '$CI_PIPELINE_SOURCE == "schedule" && $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH'}
    ]
    assert "environment" not in flow["packages"]  # so no passphrase where packages are built
    assert "environment" not in flow["review"]
    assert flow["review"]["artifacts"]["expose_as"] == "access review"
    for stack in STACKS:
        job = flow[".up"] | flow[f"up {stack}"]
        assert (job["stage"], job["variables"]) == (stack, {"STACK": stack})
        assert job["environment"]["name"] == "$STACK"
        assert job["resource_group"] == "stack-$STACK"
        assert job["rules"][0]["if"] == flow[".up"]["rules"][0]["if"]
        asked = {"when": "manual", "allow_failure": False}.items() <= job["rules"][0].items()
        assert asked is (stack != "dev")
    assert {job["stage"] for name, job in flow.items() if isinstance(job, dict) and "stage" in job} == set(
        flow["stages"]
    )


def test_azure() -> None:
    flow = load("azure/azure-pipelines.yml")
    assert flow["parameters"] == [{"name": "stacks", "type": "object", "default": STACKS}]
    (pull_request, (preview, review)), (schedule, (drift,)), (otherwise, (each,)) = (
        next(iter(part.items())) for part in flow["stages"]
    )
    assert ["PullRequest" in pull_request, "Schedule" in schedule, otherwise] == [True, True, "${{ else }}"]
    assert (preview["stage"], review["stage"], drift["stage"]) == ("preview", "review", "drift")
    ((loop, (up,)),) = each.items()
    assert loop == "${{ each stack in parameters.stacks }}"
    assert "refs/heads/main" in up["condition"]
    assert "succeeded()" in up["condition"]
    assert up["lockBehavior"] == "sequential"
    assert up["jobs"][0]["environment"] == "${{ stack }}"
    assert flow["schedules"][0]["always"] is True
    assert (CI / "azure" / "azure-ready.yml").exists()
    assert "template: ci/azure-ready.yml" in (CI / "azure" / "azure-pipelines.yml").read_text()


def test_they_all_run_scripts_that_there_are_with_the_same_gates_and_look_the_same_way() -> None:
    texts = {file: file.read_text() for file in CI.rglob("*.yml")}
    scripts = {file.name for file in (CI / "scripts").iterdir()} | {"azure-ready.yml"}
    for file, text in texts.items():
        assert set(re.findall(r"\bci/([\w.-]+)", text)) <= scripts, file
        assert "set -x" not in text
        assert "echo $" not in text
    gates = {gate for text in texts.values() for gate in re.findall(r"FAIL_ON: (.*)", text)}
    assert gates == {"new-admin,adopted-admin,new-role,foreign-code,protected,replace>0,delete>10"}
    look = (CI / "scripts" / "drift.sh").read_text()
    assert "--refresh --run-program --expect-no-changes --json" in look
    assert not any("PULUMI_RUN_PROGRAM" in file.read_text() for file in CI.rglob("*") if file.is_file())


# ---- preview.sh and drift.sh


PULUMI = """#!/bin/sh
# Stands in for the CLI: the embedded engine knows neither policy packs nor terminals.
echo "pulumi $*" >> "$CALLS"
[ -f policies.txt ] && case "$*" in *--policy-pack*) cat policies.txt; exit 1;; esac
for word do
    shift
    case "$word" in
    --non-interactive|--color|never|--show-sames|--policy-pack|policy|--policy-pack-config|policy.json) ;;
    *) set -- "$@" "$word";;
    esac
done
exec veeam-pulumi engine "$@"
"""
PROGRAM = r"""
import veeam_pulumi as veeam
john = veeam.vbr.User("john", name=r"TECH\john", roles=["Veeam Backup Operator"])
"""
ANN = r"""veeam.vbr.User("ann", name=r"TECH\ann", roles=["Veeam Backup Administrator"])
"""


class Repo:
    """A repository with the scripts in `ci/`, whose stack `dev` is up."""

    def __init__(self, folder: Path, sim: Simulator) -> None:
        self.folder, self.sim = folder, sim
        shutil.copytree(CI / "scripts", folder / "ci")
        stand_in = folder / "bin" / "pulumi"
        stand_in.parent.mkdir()
        stand_in.write_text(PULUMI)
        stand_in.chmod(0o755)
        self.program(PROGRAM)
        (folder / "Pulumi.yaml").write_text("name: access\nruntime: python\n")
        connections = sim.connections()
        for one in connections.values():
            one["password_env"] = "VBR_PASSWORD"
            self.password = one.pop("password")
        (folder / "Pulumi.dev.yaml").write_text(json.dumps({"config": {"veeam:connections": connections}}))
        (folder / "policy.json").write_text(json.dumps({"no-unapproved-administrators": "advisory"}))
        path = os.pathsep.join([str(stand_in.parent), str(Path(sys.executable).parent), os.environ["PATH"]])
        backend = {"PULUMI_CONFIG_PASSPHRASE": "pw", "PULUMI_BACKEND_URL": f"file://{folder}/state"}
        backend["VBR_PASSWORD"] = self.password
        self.environ = {**os.environ, **backend, "PATH": path, "CALLS": str(folder / "calls.txt")}
        engine = Engine(folder, "dev", environ=self.environ)
        engine.init()
        assert engine.up().exit_code == 0

    def program(self, text: str) -> None:
        (self.folder / "__main__.py").write_text(text)

    def run(self, script: str, *more_words: str, **more: str) -> tuple[int, str]:
        words = [str(self.folder / "ci" / script), "dev", *more_words]
        environ = {**self.environ, **more}
        done = subprocess.run(words, cwd=self.folder, env=environ, capture_output=True, text=True, check=False)
        said = done.stdout + done.stderr
        assert self.sim.password("vbr") not in said + self.read("comment.md")
        return done.returncode, said

    def judged(self, gates: str = "new-admin", folder: str = ".") -> tuple[int, str]:
        """A preview, then its review -> the review's exit code and what both said."""
        (self.folder / "review" / "preview.json").unlink(missing_ok=True)
        _, first = self.run("preview.sh")
        code, second = self.run("review.sh", folder, FAIL_ON=gates)
        return code, first + second

    def read(self, name: str) -> str:
        file = self.folder / "review" / name
        return file.read_text() if file.exists() else ""


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repo]:
    with Simulator(products=["vbr"]) as sim:
        yield Repo(tmp_path_factory.mktemp("repo"), sim)


@pytest.fixture
def repo(up: Repo, request: pytest.FixtureRequest) -> Repo:
    """Its scripts find a `veeam-pulumi` that is forked, but for tests that say `real_start`."""
    (up.folder / "bin" / fork_server.COMMAND).unlink(missing_ok=True)
    if fork_server.AVAILABLE and not request.node.get_closest_marker("real_start"):
        fork_server.command(up.folder / "bin")
    return up


def test_a_pull_request_that_passes_and_one_that_does_not(repo: Repo) -> None:
    repo.program(PROGRAM)
    code, said = repo.judged()
    assert (code, "**No access changes.** No gate is violated (`new-admin`)." in repo.read("comment.md")) == (
        0,
        True,
    ), said
    repo.program(PROGRAM + ANN)
    code, said = repo.judged()
    assert (code, "**Refused by `new-admin`:**" in said) == (1, True)
    assert r"- **gains** `TECH\ann` on `vbr`" in repo.read("comment.md")
    assert repo.sim.lookup("vbr", r"TECH\ann") is None
    assert "--json --show-sames" in Path(repo.environ["CALLS"]).read_text().splitlines()[-1]


def test_a_legitimate_administrator_is_merged_after_its_approval(repo: Repo) -> None:
    repo.program(PROGRAM + ANN)
    policy = repo.folder / "policy.json"
    before = policy.read_text()
    policy.write_text("{}")
    code, said = repo.judged()
    assert (code, "[mandatory] no-unapproved-administrators: ann" in said) == (1, True)
    approval = {"account": r"TECH\ann", "connection": "vbr", "by": "Ann Lee"}
    policy.write_text(json.dumps({"no-unapproved-administrators": {"approvals": [approval]}}))
    code, said = repo.judged()
    policy.write_text(before)
    assert code == 0, said
    assert "becomes administrator: Veeam Backup Administrator; `approved by Ann Lee`" in repo.read("comment.md")


def test_what_the_policies_say_is_in_the_comment_and_cut_by_characters(repo: Repo, tmp_path: Path) -> None:
    repo.program(PROGRAM)
    for number in range(60):
        key = f"access:pässwört{number}-~~~-passwordé"
        (tmp_path / f"Pulumi.s{number}.yaml").write_text(json.dumps({"config": {key: "x"}}))
    (tmp_path / "Pulumi.yaml").write_text("name: access\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    code, _ = repo.judged(folder=str(tmp_path))
    assert code == 1
    shown = repo.read("comment.md").partition("\n### Policies\n\n~~~\n")[2]
    assert shown.endswith("\n~~~\n")
    assert len(shown.removesuffix("\n~~~\n")) in range(3900, 4001)
    assert shown.count("~~~") == 1
    assert "pässwört" in shown
    assert "\ufffd" not in shown


def test_without_a_preview_everything_is_refused(repo: Repo) -> None:
    (repo.folder / "review" / "preview.json").unlink(missing_ok=True)
    code, said = repo.run("review.sh", ".", FAIL_ON="new-admin")
    assert (code, "is empty: the preview wrote nothing" in said) == (1, True)
    assert "**Failed: there is no preview to review.**" in repo.read("comment.md")


@pytest.mark.real_start
def test_a_pull_request_whose_program_fails(repo: Repo) -> None:
    repo.program("raise SystemExit('roster.yaml:3: no such profile')")
    code, said = repo.judged()
    assert (code, "**Failed: the preview ended with an error.**" in repo.read("comment.md")) == (1, True), said


def test_the_nightly_look(repo: Repo) -> None:
    repo.program(PROGRAM)
    code, said = repo.run("drift.sh")
    assert (code, repo.read("outcome")) == (0, "clean\n"), said
    repo.sim.drift("vbr", "update", r"TECH\john", {"roles": ["Veeam Backup Administrator"]})
    code, said = repo.run("drift.sh")
    assert (code, repo.read("outcome")) == (0, "drift\n"), said
    assert "was made administrator by hand" in repo.read("comment.md")
    repo.sim.drift("vbr", "add", "TECH\\```mallory", {"roles": ["Veeam Backup Administrator"]})
    repo.sim.drift("vbr", "update", r"TECH\john", {"roles": ["Veeam Backup Operator"]})
    code, said = repo.run("drift.sh")
    assert (code, repo.read("outcome")) == (0, "drift\n"), said
    strangers = repo.read("comment.md").partition("### Accounts that nobody declared")[2]
    assert "TECH\\'''mallory" in strangers
    assert re.search(r"^  gained +TECH\\'''mallory on vbr: .*; by hand, by LAB.console at 20", strangers, re.MULTILINE)
    repo.sim.drift("vbr", "delete", "TECH\\```mallory")
    code, said = repo.run("drift.sh")
    assert (code, repo.read("outcome")) == (0, "clean\n"), said
    since = repo.read("comment.md").partition("### Since the last look")[2]
    assert re.search(r"^1 change since the snapshot\n  lost +TECH\\'''mallory on vbr: ", since, re.MULTILINE)
    assert "Accounts that nobody declared" not in repo.read("comment.md")
    assert len(verify(repo.folder / "audit" / "dev")) == 4
    repo.sim.drift("vbr", "update", r"TECH\john", {"roles": ["Veeam Backup Administrator"]})
    repo.program("raise SystemExit('broken')")
    code, said = repo.run("drift.sh")
    assert (code, repo.read("outcome"), "error: the drift check of stack dev failed" in said) == (1, "", True)
    repo.program(
        PROGRAM.replace("Backup Operator", "Backup Administrator")
    )  # the program follows: no change, but drift
    assert repo.run("drift.sh")[0] == 0
    assert repo.read("outcome") == "drift\n"
    repo.sim.drift("vbr", "update", r"TECH\john", {"roles": ["Veeam Backup Operator"]})


@pytest.mark.parametrize("name", ["reviewing.md", "drift.md"])
def test_the_commands_of_the_pages(repo: Repo, name: str) -> None:
    repo.program(PROGRAM)
    (block,) = page(name).blocks("sh")
    commands = ["bash", "-euc", block.text.replace("--stack prod", "--stack dev")]
    done = subprocess.run(commands, cwd=repo.folder, env=repo.environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "**No access changes.** No gate is violated" in done.stdout


# ---- forge.py


HOSTS = ("github", "gitlab", "azure")


def environment(host: str, forge: Forge) -> dict[str, str]:
    return {
        "github": {
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": forge.url,
            "GITHUB_REPOSITORY": "example/access",
            "GITHUB_TOKEN": TOKEN,
            "PULL_REQUEST": "5",
            "COMMIT": "c0ffee",
            "OUTCOME": "failure",
        },
        "gitlab": {
            "GITLAB_CI": "true",
            "CI_API_V4_URL": forge.url,
            "CI_PROJECT_ID": "12",
            "CI_MERGE_REQUEST_IID": "5",
            "GITLAB_TOKEN": TOKEN,
        },
        "azure": {
            "TF_BUILD": "True",
            "SYSTEM_COLLECTIONURI": f"{forge.url}/",
            "SYSTEM_TEAMPROJECT": "Backup Team",
            "BUILD_REPOSITORY_ID": "r1",
            "SYSTEM_PULLREQUEST_PULLREQUESTID": "5",
            "SYSTEM_ACCESSTOKEN": TOKEN,
        },
    }[host]


@pytest.fixture(params=HOSTS)
def host(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Forge, Any]]:
    """The host's server, and forge.py as a job runs it: say(text, outcome), run(words)."""
    with running() as forge:
        environ = {"PATH": os.environ["PATH"], **environment(str(request.param), forge)}

        def run(action: str, text: str = "", outcome: str = "drift", **more: str) -> tuple[int, str]:
            (tmp_path / "comment.md").write_text(text)
            (tmp_path / "outcome").write_text(f"{outcome}\n")
            words = [sys.executable, str(CI / "scripts" / "forge.py"), action, "prod", str(tmp_path / "comment.md")]
            done = subprocess.run(words, env=environ | more, capture_output=True, text=True, check=False)
            assert TOKEN not in done.stdout + done.stderr
            return done.returncode, done.stderr

        yield forge, run


@pytest.mark.parametrize("host", ["github"], indirect=True)
def test_one_comment_which_later_runs_write_over(host: tuple[Forge, Any]) -> None:
    forge, run = host
    marker = "<!-- access review of stack prod -->\n"
    theirs = [made(901, f"{marker}planted", "mallory", 8), made(902, "<!-- access review of stack dev -->\nof dev")]
    forge.comments = [dict(one) for one in theirs]
    assert run("comment", "first")[0] == 0
    assert run("comment", "second")[0] == 0
    assert forge.comments[:2] == theirs
    assert [one["body"] for one in forge.comments[2:]] == [f"{marker}second"]
    assert [line.partition(" ")[0] for line in forge.written] == ["POST", "POST", "PATCH", "POST"]
    assert forge.statuses == [{"state": "failure", "context": "access review of prod", "description": "refused"}] * 2
    assert run("comment", "third", OUTCOME="success")[0] == 0
    assert forge.statuses[-1]["state"] == "success"
    assert run("comment", "fourth", OUTCOME="cancelled")[0] == 0
    assert forge.statuses[-1]["state"] == "failure"
    assert all(TOKEN in token for token in forge.tokens)


def test_one_issue_which_is_opened_updated_and_closed(host: tuple[Forge, Any]) -> None:
    forge, run = host
    assert run("issue", outcome="clean")[0] == 0
    assert forge.written == []
    for text in ("first <b>", "second <b>"):
        assert run("issue", text)[0] == 0
        assert [(one["title"], one["open"]) for one in forge.issues] == [("Drift in stack prod", True)]
        assert forge.issues[0]["text"] in (text, f"<pre>{text.replace('<b>', '&lt;b&gt;')}</pre>")
    assert run("issue", outcome="clean")[0] == 0
    assert [one["open"] for one in forge.issues] == [False]
    assert run("issue", "again")[0] == 0
    assert [one["open"] for one in forge.issues] == [False, True]


def test_a_host_that_refuses_is_one_line(host: tuple[Forge, Any]) -> None:
    forge, run = host
    forge.down = True
    code, said = run("issue", "text")
    assert code == 1
    assert re.fullmatch(r"error: (?:GET|POST) http://127\.0\.0\.1:\d+/\S+: 403 Forbidden\n", said)


def test_what_the_environment_lacks_is_named() -> None:
    words = [sys.executable, str(CI / "scripts" / "forge.py"), "issue", "prod", "x"]
    for environ, said in (
        ({}, "error: this runs on GitHub Actions, GitLab CI or Azure Pipelines\n"),
        ({"GITLAB_CI": "true"}, "error: the environment has no CI_API_V4_URL\n"),
    ):
        done = subprocess.run(words, env=environ, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (1, said)
