"""The files of a new repository: the templates with the project's name in them, and where a host looks for them."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from ..installed_from import requirement

TEMPLATES = Path(__file__).parents[1] / "templates"
DESCRIPTION = "Who can log in to the company's backups"
PASSPHRASE = "access"  # of Pulumi.dev.yaml, which holds nothing worth protecting
TENANTS_PASSPHRASE = "quickstart"  # the same, of stacks/tenants
SCRIPTS = {"ci/scripts/": "ci/"}
PLACES: dict[str, dict[str, str]] = {
    "github": {"ci/github/": ".github/workflows/", **SCRIPTS},
    "gitlab": {"ci/gitlab/": "", **SCRIPTS},
    "azure": {"ci/azure/azure-pipelines": "azure-pipelines", "ci/azure/azure-ready": "ci/azure-ready", **SCRIPTS},
    "none": {},
}
"""Host -> where it looks for what stands where in the templates."""
OWNED = ("roster.yaml", "policy.json", "policy/", "ci/", "requirements.txt", "Pulumi*.yaml")
"""What decides who can log in, and what checks that."""
OWNERS = {
    "github": (".github/CODEOWNERS", ".github/workflows/"),
    "gitlab": (".gitlab/CODEOWNERS", ".gitlab-ci.yml"),
}
"""Host -> where it looks for owners, and what its pipelines are; Azure DevOps has branch policies instead."""
NAME = r"[A-Za-z0-9_.-]{1,100}"
"""What Pulumi takes as a project's name."""


def written(project: str, ci: str, owner: str = "@access-owners") -> dict[str, str]:
    """The files of a new repository: path -> text."""
    places, found = {"access/": "", **PLACES[ci]}, {}
    for file in sorted(TEMPLATES.rglob("*")):
        path = file.relative_to(TEMPLATES).as_posix()
        for start, place in places.items():
            if path.startswith(start) and file.is_file() and file.suffix != ".pyc":
                # In YAML a name such as 1.0 or null has to be a text.
                named = f'"{project}"' if file.suffix == ".yaml" else project
                text = file.read_text(encoding="utf-8").replace("${PROJECT}", named)
                found[place + path.removeprefix(start)] = text.replace("${DESCRIPTION}", DESCRIPTION)
    found["requirements.txt"] = f"{found['requirements.txt'].splitlines()[0].partition('. `')[0]}.\n{requirement()}"
    if ci in OWNERS:
        lines = [f"/{path} {owner}" for path in (*OWNED, *OWNERS[ci])]
        found[OWNERS[ci][0]] = "\n".join(["# Who approves changes of access, and of what checks them.", *lines, ""])
    # What only `pulumi new` reads is not for the repository.
    found["Pulumi.yaml"] = found["Pulumi.yaml"].partition("template:\n")[0]
    return found


def of_tenants(content: dict[str, str], project: str) -> dict[str, str]:
    """The project of stacks/tenants in a folder of its own: its dev stack has the servers of `simulator` there.

    `content`: what `written` gives.
    """
    kept = {name: content[name] for name in (".gitignore", "requirements.txt")}
    about = "The users of a service provider's companies"
    kept["Pulumi.yaml"] = content["Pulumi.yaml"].replace(DESCRIPTION, about)
    kept["README.md"] = (TEMPLATES / "tenants" / "README.md").read_text(encoding="utf-8").replace("${PROJECT}", project)
    for file in sorted((TEMPLATES / "tenants" / "stack").iterdir()):
        if file.suffix in (".py", ".csv") or (file.suffix == ".yaml" and file.name != "Pulumi.yaml"):
            text = file.read_text(encoding="utf-8").replace("../../build/simulator", ".simulator")
            kept[file.name] = text.replace("`make sim`", "`veeam-pulumi simulator --port-base 9400 --out .simulator`")
    return kept


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
