"""Nothing is undocumented, and nothing documented does not exist: compared with the code, page by page.

A page that is missing or out of date fails here, and the failure says what is missing where.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pulumi
import pytest
import typer

import veeam_pulumi
from tests.docs import rights, tables
from tests.docs.pages import FOLDER, ROOT, Page, codes, page, pages
from veeam_pulumi import errors, stack_settings
from veeam_pulumi.cli.main import app
from veeam_pulumi.products import resources, sessions
from veeam_pulumi.resource import descriptions
from veeam_pulumi.server.settings import variable

PACKAGE = Path(veeam_pulumi.__file__).parent
SPEAKING = (
    "errors.py",
    "vocabulary.py",
    "stack_settings.py",
    "server",
    "resource",
    "products",
    "dynamic",
    "doctor",
    "probe",
    "engine",
    "cli",
    "stack_connections.py",
)
"""The folders of the package whose messages the pages explain."""
SECTIONS = [
    "Example",
    "Arguments",
    "Outputs",
    "What a change sends",
    "Id and get",
    "Adopting",
    "Privileges",
    "Server versions",
    "Drift that cannot be seen",
    "Quirks of the server",
    "Errors",
]
KINDS = pytest.mark.parametrize("kind", sorted(resources()))


def page_of(kind: str) -> Page:
    """`em.BackupServer` -> docs/em-backup-server.md"""
    return page(tables.page_name(kind))


# ---- resources


@KINDS
def test_every_resource_has_a_page_with_every_section(kind: str) -> None:
    found = page_of(kind)
    assert found.path.exists(), f"write {found.path.name}"
    title, *sections = re.findall(r"^#{1,2} +(.*)$", found.prose, re.MULTILINE)
    assert title == f"veeam.{kind}"
    assert sections == SECTIONS


@KINDS
def test_every_field_says_what_it_is_in_its_model(kind: str) -> None:
    resource = resources()[kind]
    found = {"": descriptions.of_resource(resource), **descriptions.of_fields(resource)}
    assert [name for name, text in found.items() if not text] == [], f"{kind}: give these Field(description=…)"
    assert [name for name, text in found.items() if not text.endswith(".")] == [], "sentences end with a dot"


@pytest.mark.parametrize(("file", "text"), [pytest.param(*one, id=one[0].name) for one in tables.files().items()])
def test_what_fields_mean_is_said_as_in_the_models(file: Path, text: str) -> None:
    assert file.read_text(encoding="utf-8") == text, "run python -m tests.docs.tables --write"


def test_how_tables_and_docstrings_are_made() -> None:
    account = resources()["em.Account"]
    assert (
        '| `type` | `str` | `"User"` | What the name stands for. `User`, `Group`, `ExternalUser` or `ExternalGroup`. '
        "| replaces |"
    ) in list(tables.argument_rows(account))
    said = tables.parameter_texts(resources()["em.BackupServer"])
    assert said["password"].startswith("Required unless `adopt`. That account's password.")
    page = "## Arguments\n\nSome.\n\n| a |\n|---|\n| b |\n\n## Outputs\n\n| c |\n"
    assert tables.with_table(page, "Arguments", ["| x |"]) == "## Arguments\n\nSome.\n\n| x |\n\n## Outputs\n\n| c |\n"
    assert tables.with_table("## Arguments\n\n## Outputs\n\n| c |\n", "Arguments", ["| x |"]).count("x") == 0


@KINDS
def test_the_role_that_is_needed_and_every_revision_are_named(kind: str) -> None:
    session = sessions()[resources()[kind].product]
    assert session.manager_role in page_of(kind).sections["Privileges"]
    versions = page_of(kind).sections["Server versions"]
    assert [one for one in session.revisions if one not in versions] == []


# ---- connections


SETTINGS = tables.settings()


def test_every_setting_of_a_stack_is_on_the_page_and_the_other_way_round() -> None:
    """What a page tells to set, and a run then refuses as unknown, helps nobody."""
    rows = " ".join(page("connections.md").rows("Settings of a stack"))
    assert {*re.findall(r"veeam:(\w+)", rows)} == {*stack_settings.SETTINGS}
    told = {
        name for file in FOLDER.glob("*.md") for name in re.findall(r"veeam:([a-z]\w*)(?![\w:/])", file.read_text())
    }
    assert told - {*stack_settings.SETTINGS} == set()


def test_every_setting_says_what_it_means_and_whose_it_is() -> None:
    assert list(page("connections.md").rows("Settings")) == list(SETTINGS)
    assert [name for name, (_, meaning) in SETTINGS.items() if not meaning.endswith(".")] == []
    owners = {name: re.match(r"Only for `(\w+)`", meaning) for name, (_, meaning) in SETTINGS.items()}
    assert {name: found[1] for name, found in owners.items() if found} == {
        "api": "vbr", "format": "em", "token": "vspc", "read_only": "vspc",
    }  # fmt: skip


def test_every_product_is_in_the_table_with_its_port_and_resources() -> None:
    rows = page("connections.md").rows("Products")
    assert {name: cells[2] for name, cells in rows.items()} == {
        name: str(session.default_port) for name, session in sessions().items()
    }
    for kind, resource in resources().items():
        assert f"[veeam.{kind}]({page_of(kind).path.name})" in rows[resource.product][1]


@pytest.mark.parametrize("one", pages(), ids=lambda one: one.path.name)
def test_settings_and_variables_that_a_page_names_exist(one: Page) -> None:
    for key in re.findall(r"veeam:connections\.[\w-]+\.([\w.]+)", one.text):
        assert key in SETTINGS, key
    endings = tuple(variable("x", key).removeprefix("VEEAM_X") for key in SETTINGS)
    read = page("command-line.md").rows("Environment variables")
    for name in re.findall(r"\bVEEAM_[A-Z_]+\b", one.text):
        assert name in read or name.endswith(endings), name


# ---- the command line


def commands(command: Any, path: str = "veeam-pulumi") -> Iterator[tuple[str, Any]]:
    yield path, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, f"{path} {name}")


COMMANDS = dict(commands(typer.main.get_command(app)))


def test_every_command_is_documented_and_no_other() -> None:
    assert {title for title in page("command-line.md").sections if title.startswith("veeam-pulumi")} == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_documented_with_its_default(name: str) -> None:
    text = page("command-line.md")
    if not COMMANDS[name].params:
        return
    rows = {cell: cells[1] for cell, cells in text.rows(name).items() if re.match(r"-|[A-Z]", cell)}
    assert rows == {", ".join(names_of(one)): default_of_option(one) for one in COMMANDS[name].params}


def names_of(parameter: Any) -> list[str]:
    if parameter.param_type_name == "argument":
        return [parameter.metavar or parameter.name.upper()]
    return [*parameter.opts, *parameter.secondary_opts]


def default_of_option(parameter: Any) -> str:
    if parameter.required:
        return "required"
    if parameter.default is False:
        return "off"
    return "none" if parameter.default is None else f"`{getattr(parameter.default, 'value', parameter.default)}`"


def test_every_environment_variable_that_the_code_reads_is_documented() -> None:
    read = {text for text in constants("") if re.fullmatch(r"(VEEAM|PULUMI)_[A-Z_]*[A-Z]", text)}
    assert set(page("command-line.md").rows("Environment variables")) == read


def test_the_embedded_engine_supports_or_refuses_every_resource_option() -> None:
    sections = page("engine.md").sections
    named = codes(sections["What it supports"] + sections["What it refuses"])
    assert [option for option in vars(pulumi.ResourceOptions()) if option not in named] == []


# ---- contributors


def test_the_architecture_page_lists_every_room() -> None:
    named = {name for cell in page("architecture.md").rows("The rooms") for name in cell.split(", ")}
    outside = {name for name in named if (ROOT / name).is_dir()}
    rooms = {f"{path.name}/" if path.is_dir() else path.name for path in PACKAGE.iterdir() if path.name[0] not in "_."}
    rooms -= {"py.typed", "templates/"}
    assert rooms - named == set(), "add the room to docs/architecture.md"
    assert named - rooms - outside == {"veeam_pulumi/__init__.py"}


def test_contributing_lists_every_make_target() -> None:
    targets = re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE)
    text = (ROOT / "CONTRIBUTING.md").read_text()
    assert [
        target for target in targets if f"`make {target}`" not in text and target not in ("help", "setup", "clean")
    ] == []


# ---- errors


def classes(base: type[Exception]) -> set[str]:
    return {base.__name__, *(name for one in base.__subclasses__() for name in classes(one))}


def test_every_error_class_is_documented_and_no_other() -> None:
    titles = {
        title for title in page("troubleshooting.md").sections if re.fullmatch(r"[A-Z]\w*[A-Z]\w*|Protected", title)
    }
    assert titles == classes(errors.VeeamError) - {"VeeamError"}


def sources(name: str) -> list[Path]:
    """The files of a folder of the package, or the one file."""
    path = PACKAGE / name
    return [path] if path.is_file() else [*path.rglob("*.py")]


@cache
def constants(folder: str) -> list[str]:
    """Every text in the code of a folder of the package; of one with values in it, the parts between them."""
    nodes = [node for path in sources(folder) for node in ast.walk(ast.parse(path.read_text()))]
    return [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]


def messages(*skipped: str) -> list[str]:
    """The messages that the pages explain: what stands in backticks at the beginning of a row."""
    found = []
    for one in (
        page("troubleshooting.md"),
        page("password.md"),
        *(page_of(kind) for kind in resources() if page_of(kind).path.exists()),
    ):
        titles = ["Errors"] if "Errors" in one.sections else [title for title in one.sections if title not in skipped]
        found += [name for title in titles for name, cells in one.rows(title).items() if cells[0].startswith("`")]
    return found


@pytest.mark.parametrize("message", messages("What Pulumi says"))
def test_every_message_that_is_explained_is_one_of_the_code(message: str) -> None:
    known = [text.replace("`", "") for folder in SPEAKING for text in constants(folder)]
    for part in message.split("…"):
        pieces = [part] if any(part in text for text in known) else re.split(r'[():;"]', part)
        assert [piece for piece in pieces if not any(piece.strip() in text for text in known)] == []


def raised() -> Iterator[tuple[str, str]]:
    """(where, the longest fixed part) of every error, problem and warning in the code."""
    spoken = classes(errors.VeeamError) | {"cls", "reworded", "_error", "warn", "_warn", "Problem"}
    for path in [path for folder in SPEAKING for path in sources(folder)]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and node.args:
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                said = node.args[1 if name == "Problem" and len(node.args) > 1 else 0]
                parts = said.values if isinstance(said, ast.JoinedStr) else [said]
                texts = [str(one.value).replace("`", "").strip() for one in parts if isinstance(one, ast.Constant)]
                if name in spoken and len(longest := max(texts, key=len, default="")) >= 8:
                    yield f"{path.relative_to(PACKAGE)}:{node.lineno}", longest


def test_every_message_of_the_code_is_explained() -> None:
    explained = "\n".join(messages())
    assert [(where, text) for where, text in raised() if text not in explained] == []


def test_every_refused_option_has_its_alternative() -> None:
    from veeam_pulumi.dynamic.provider import REFUSED

    rows = codes(" ".join(cells[0] for cells in page("real-pulumi.md").rows("What does not work").values()))
    assert set(REFUSED) <= set(rows)


# ---- the pages among themselves


@pytest.mark.parametrize("one", pages(), ids=lambda one: one.path.name)
def test_links_lead_somewhere(one: Page) -> None:
    for link in one.links:
        name, _, anchor = link.partition("#")
        target = one.path.parent / name if name else one.path
        assert target.exists(), link
        assert not anchor or anchor in Page(target).anchors, link


def test_the_index_and_the_readme_name_every_page() -> None:
    names = {path.name for path in FOLDER.glob("*.md")} - {"README.md"}
    assert names <= set(page("README.md").links)
    readme = (ROOT / "README.md").read_text()
    assert [name for name in names if f"docs/{name}" not in readme] == []


# ---- rights


def test_the_page_of_rights_is_made_from_the_tables() -> None:
    assert rights.PAGE.read_text() == rights.text(), "run python -m tests.docs.rights"
