"""What the package shows, what it loads, and which way its parts may lean on each other."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import veeam_pulumi

PACKAGE = Path(veeam_pulumi.__file__).parent


def imports(folder: str) -> set[str]:
    """Every module that the files of a folder import, absolute names."""
    found = set()
    for path in (PACKAGE / folder).rglob("*.py"):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        for dots, module in re.findall(r"^\s*(?:from|import) +(\.*)([\w.]*)", path.read_text(), re.MULTILINE):
            outer = [*parts[: len(parts) - len(dots)]] if dots else []
            found.add(".".join([*outer, *filter(None, module.split("."))]))
    return found


def test_the_public_surface_is_exactly_this() -> None:
    assert veeam_pulumi.__all__ == ["Password", "aws", "em", "errors", "vbr", "vspc"]
    assert dir(veeam_pulumi) == ["Password", "aws", "em", "errors", "vbr", "vspc"]
    assert veeam_pulumi.errors.VeeamError.__name__ == "VeeamError"
    assert veeam_pulumi.Password.__name__ == "Password"
    assert veeam_pulumi.aws.__all__ == ["User"]
    assert veeam_pulumi.em.__all__ == ["BackupServer"]
    assert veeam_pulumi.vbr.__all__ == ["ServerCertificate", "User", "get_server_certificate"]
    assert veeam_pulumi.vspc.__all__ == ["User"]
    with pytest.raises(AttributeError, match="has no attribute 'tape'"):
        veeam_pulumi.tape  # noqa: B018


@pytest.mark.parametrize(
    ("folder", "never"),
    [
        ("server", ("pulumi", "veeam_pulumi.products", "veeam_pulumi.dynamic", "veeam_pulumi.engine")),
        ("products", ("pulumi", "veeam_pulumi.dynamic", "veeam_pulumi.engine", "veeam_pulumi.simulator")),
        (
            "simulator",
            ("pulumi", "veeam_pulumi.server", "veeam_pulumi.resource", "veeam_pulumi.products", "veeam_pulumi.dynamic"),
        ),
        (
            "engine",
            (
                "veeam_pulumi.server",
                "veeam_pulumi.resource",
                "veeam_pulumi.products",
                "veeam_pulumi.dynamic",
                "veeam_pulumi.simulator",
            ),
        ),
        (
            "policy",
            (
                "pulumi",
                "veeam_pulumi.engine",
                "veeam_pulumi.simulator",
                "veeam_pulumi.cli",
                "veeam_pulumi.dynamic",
                "veeam_pulumi.access",
                "veeam_pulumi.review",
                "veeam_pulumi.server",
            ),
        ),
        (
            "review",
            (
                "pulumi",
                "veeam_pulumi.engine",
                "veeam_pulumi.simulator",
                "veeam_pulumi.cli",
                "veeam_pulumi.dynamic",
                "veeam_pulumi.access",
                "veeam_pulumi.policy",
                "veeam_pulumi.server",
            ),
        ),
        ("dynamic", ("veeam_pulumi.engine", "veeam_pulumi.simulator", "veeam_pulumi.cli")),
    ],
)
def test_arrows_point_one_way(folder: str, never: tuple[str, ...]) -> None:
    found = imports(folder)
    assert found
    assert [name for name in found if f"{name}.".startswith(tuple(f"{one}." for one in never))] == []


@pytest.mark.parametrize(
    "code",
    [
        "import veeam_pulumi, veeam_pulumi.resource.lifecycle; veeam_pulumi.errors",
        "from veeam_pulumi.products import resources, sessions; resources(); sessions()",
        "import veeam_pulumi.cli.main",
        "import veeam_pulumi.simulator",
        "import veeam_pulumi.policy.rules, veeam_pulumi.policy.command, veeam_pulumi.review.comment",
    ],
)
def test_only_the_pulumi_head_loads_pulumi(code: str) -> None:
    check = f"import sys; {code}; print(sorted(name for name in sys.modules if name in ('pulumi', 'grpc')))"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_resource_files_start_with_the_server_facts_and_stay_small() -> None:
    files = [path for path in (PACKAGE / "products").glob("*/*.py") if path.name not in ("__init__.py", "session.py")]
    for path in files:
        text = path.read_text()
        assert text.startswith(('"""', 'r"""')), path
        assert len(text.splitlines()) <= 220, path


def test_no_file_is_a_drawer_for_everything() -> None:
    names = {path.stem for path in PACKAGE.rglob("*.py")}
    assert not names & {"utils", "helpers", "common", "misc", "managers"}


def imported_files(root: Path) -> dict[str, set[str]]:
    """Module -> the modules of the same folder tree that it imports, also those for type checkers alone."""
    modules = {path: ".".join(path.relative_to(root.parent).with_suffix("").parts) for path in root.rglob("*.py")}
    names = {name.removesuffix(".__init__") for name in modules.values()}
    found: dict[str, set[str]] = {name: set() for name in names}
    for path, module in modules.items():
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.ImportFrom) or not node.level:
                continue
            package = module.split(".")[: -node.level]
            base = ".".join([*package, *(node.module or "").split(".")]).rstrip(".")
            targets = {f"{base}.{alias.name}" for alias in node.names}
            found[module.removesuffix(".__init__")] |= (targets & names) or ({base} & names)
    return found


def test_the_simulator_has_no_import_cycle() -> None:
    left = imported_files(PACKAGE / "simulator")
    while free := {name for name, needs in left.items() if not needs & left.keys() - {name}}:
        left = {name: needs for name, needs in left.items() if name not in free}
    assert left == {}


def test_every_simulated_product_has_the_same_files() -> None:
    """Whoever knows one product finds the same thing in every other; more files are named after what they serve."""
    names = ["about", "bodies", "control", "errors", "knobs", "routes", "seeds", "server", "sessions", "views"]
    for folder in (path for path in (PACKAGE / "simulator").iterdir() if (path / "routes.py").exists()):
        assert set(names) <= {path.stem for path in folder.glob("*.py")}, folder.name
