"""The files of a new repository: the templates with the project's name in them, and where a host looks for them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ..installed_from import requirement

TEMPLATES = Path(__file__).parents[1] / "templates"
SCRIPTS = {"ci/scripts/": "ci/"}
PLACES: dict[str, dict[str, str]] = {
    "github": {"ci/github/": ".github/workflows/", **SCRIPTS},
    "gitlab": {"ci/gitlab/": "", **SCRIPTS},
    "azure": {"ci/azure/azure-pipelines": "azure-pipelines", "ci/azure/azure-ready": "ci/azure-ready", **SCRIPTS},
    "none": {},
}
"""Host -> where it looks for what stands where in the templates."""
OWNED = ("policy.json", "policy/", "ci/", "requirements.txt", "Pulumi*.yaml")
"""What decides who can log in, and what checks that, beside what a template is about."""
OWNERS = {
    "github": (".github/CODEOWNERS", ".github/workflows/"),
    "gitlab": (".gitlab/CODEOWNERS", ".gitlab-ci.yml"),
}
"""Host -> where it looks for owners, and what its pipelines are; Azure DevOps has branch policies instead."""
NAME = r"[A-Za-z0-9_.-]{1,100}"
"""What Pulumi takes as a project's name."""
RULES = "policy.json"
EXAMPLES = r"roster\.yaml|servers\.yaml|tenants.*\.csv|Pulumi\.\w+\.yaml"


@dataclass(frozen=True)
class Template:
    """What a repository can be about."""

    about: str
    passphrase: str
    """Of Pulumi.dev.yaml, which holds nothing worth protecting."""
    owned: tuple[str, ...]
    """The files that say who can log in, or what is managed."""
    project: str = ""
    """The stack in stacks/ that it is a copy of, by the name of its project; empty: it has files of its own."""


KINDS = {
    "access": Template("Who can log in to the company's backups", "access", ("roster.yaml",)),
    "tenants": Template(
        "The users of a service provider's companies", "quickstart", ("tenants*.csv",), "veeam-tenants"
    ),
    "servers": Template("The backup servers of Enterprise Manager", "quickstart", ("servers.yaml",), "veeam-servers"),
}
DESCRIPTION = KINDS["access"].about


def written(
    project: str, ci: str, owner: str = "@access-owners", kind: str = "access", *, examples: bool = True
) -> dict[str, str]:
    """The files of a new repository: path -> text. Without `examples`: neither people nor servers, nor their stacks."""
    found = _base(project, ci)
    if kind != "access":
        found = _of_stack(project, kind, found, with_policies=ci != "none")
    if not examples:
        found = {path: text for path, text in found.items() if not re.fullmatch(EXAMPLES, path)}
        found |= {path: _about_nobody(text) for path, text in found.items() if path == RULES}
    found["requirements.txt"] = f"{found['requirements.txt'].splitlines()[0].partition('. `')[0]}.\n{requirement()}"
    if ci in OWNERS:
        paths = (*KINDS[kind].owned, *OWNED, *OWNERS[ci])
        lines = [f"/{path} {owner}" for path in paths]
        found[OWNERS[ci][0]] = "\n".join(["# Who approves changes of access, and of what checks them.", *lines, ""])
    # What only `pulumi new` reads is not for the repository.
    found["Pulumi.yaml"] = found["Pulumi.yaml"].partition("template:\n")[0]
    return found


def _base(project: str, ci: str) -> dict[str, str]:
    places, found = {"access/": "", **PLACES[ci]}, {}
    for file in sorted(TEMPLATES.rglob("*")):
        path = file.relative_to(TEMPLATES).as_posix()
        for start, place in places.items():
            if path.startswith(start) and file.is_file() and file.suffix != ".pyc":
                # In YAML a name such as 1.0 or null has to be a text.
                named = f'"{project}"' if file.suffix == ".yaml" else project
                text = file.read_text(encoding="utf-8").replace("${PROJECT}", named)
                found[place + path.removeprefix(start)] = text.replace("${DESCRIPTION}", DESCRIPTION)
    return found


def _of_stack(project: str, kind: str, base: Mapping[str, str], *, with_policies: bool) -> dict[str, str]:
    """A stack of stacks/ in a folder of its own: its dev stack has the servers of `simulator` there."""
    template = KINDS[kind]
    access = {path.relative_to(TEMPLATES / "access").as_posix() for path in (TEMPLATES / "access").rglob("*")}
    kept = {path: text for path, text in base.items() if path not in access}
    kept |= {name: base[name] for name in (".gitignore", "requirements.txt")}
    if with_policies:
        kept |= {path: text for path, text in base.items() if path.startswith("policy/")}
        kept[RULES] = _about_nobody(base[RULES])
    kept["Pulumi.yaml"] = base["Pulumi.yaml"].replace(DESCRIPTION, template.about)
    kept["README.md"] = (TEMPLATES / kind / "README.md").read_text(encoding="utf-8").replace("${PROJECT}", project)
    for file in sorted((TEMPLATES / kind / "stack").iterdir()):
        if file.suffix in (".py", ".csv") or (file.suffix == ".yaml" and file.name != "Pulumi.yaml"):
            text = file.read_text(encoding="utf-8").replace("../../build/simulator", ".simulator")
            text = text.replace(f"  {template.project}:", f"  {project}:")
            kept[file.name] = text.replace("`make sim`", "`veeam-pulumi simulator --port-base 9400 --out .simulator`")
    return kept


def _about_nobody(rules: str) -> str:
    """The policies' configuration of the template, without what names its examples."""
    limits = {name: rule for name, rule in json.loads(rules).items() if name == "few-administrators"}
    return json.dumps({"no-unapproved-administrators": {"approvals": []}, **limits}, indent=2) + "\n"


def write(folder: Path, content: dict[str, str]) -> None:
    """Writes all of it or nothing."""
    made: list[Path] = []
    try:
        for path, text in content.items():
            file = folder / path
            for one in reversed((file, *file.parents)):
                if not one.exists():
                    made.append(one)
                    if one != file:
                        one.mkdir()
            file.write_text(text, encoding="utf-8", newline="\n")
            if text.startswith("#!"):
                file.chmod(0o755)
    except BaseException:
        for one in reversed(made):
            with suppress(OSError):  # the first one is what has to be said
                one.rmdir() if one.is_dir() else one.unlink(missing_ok=True)
        raise
