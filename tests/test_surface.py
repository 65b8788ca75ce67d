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


NAME = PACKAGE.name
BELOW = {"errors", "redaction", "vocabulary"}
"""What everybody may use: the one exception tree, what hides secrets, what a head's users call things."""
SERVER = BELOW | {"server"}
RESOURCE = SERVER | {"resource"}
PRODUCTS = RESOURCE | {"products"}
ROOMS: dict[str, set[str]] = {
    # How to talk to servers, and what is on them: no head is known here, and no Pulumi.
    "redaction": set(),
    "vocabulary": set(),
    "errors": {"redaction", "vocabulary"},
    "server": BELOW,
    "resource": SERVER,
    "products": RESOURCE,
    # The heads. None reads another.
    "dynamic": PRODUCTS | {"pulumi_state", "stack_settings", "pulumi_yaml"},
    "terraform": PRODUCTS,
    # What knows Pulumi, and nothing of Veeam. Hiding secrets in text is nobody's in particular.
    "pulumi_state": set(),
    "limited_yaml": set(),
    "pulumi_yaml": {"limited_yaml"},
    "markdown": set(),
    "engine": {"pulumi_state", "redaction", "pulumi_yaml"},
    # What stands beside the heads.
    "access": PRODUCTS | {"pulumi_state", "limited_yaml"},
    "review": PRODUCTS - {"server"} | {"markdown", "pulumi_state"},
    "policy": PRODUCTS - {"server"} | {"pulumi_state", "pulumi_yaml"},
    "doctor": PRODUCTS | {"pulumi_state"},
    "probe": PRODUCTS | {"doctor", "simulator"},
    "estate": PRODUCTS | {"markdown", "pulumi_state", "access", "policy", "engine", "stack_connections"},
    "stack_settings": {"errors"},
    "stack_connections": PRODUCTS | {"pulumi_state", "engine", "stack_settings"},
    # A bug must not be able to agree with itself.
    "simulator": set(),
    "demo": {"simulator", "engine", "terraform"},
    "installed_from": set(),
    "hosted": set(),
    "repository": {"installed_from"},
    "": {"errors", "dynamic", "hosted"},  # the public surface
}
"""Which way the rooms may lean on each other; `cli` sees all."""
EXCEPTIONS = {
    ("access", "dynamic"): "declaring a roster is a Pulumi program, which uses the classes of users",
    ("access", ""): "the same, by their public names",
}
MODULES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
    if "templates" not in path.parts
}


def imported(name: str, *, at_start: bool = False) -> set[str]:
    """What a module imports, by absolute names: modules of ours as far as they are some.

    `at_start`: without what is imported for type checkers alone, and without what a package's `__init__` imports of its
    own files when a function of it is called.
    """
    path = MODULES[name]
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    tree = ast.parse(path.read_text(encoding="utf-8"))
    left_out: set[ast.AST] = set()
    if at_start:
        for node in ast.walk(tree):
            checking = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
            called = isinstance(node, ast.FunctionDef) and path.name == "__init__.py"
            left_out |= set(ast.walk(node)) if checking or called else set()
    found = set()
    for node in ast.walk(tree):
        if node in left_out:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            outer = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*outer, *filter(None, [node.module])])
            found |= {one if (one := f"{base}.{alias.name}") in MODULES else base for alias in node.names}
    return found


def room(name: str) -> str:
    """`server` for veeam_pulumi.server.tls; "" for what is not in one."""
    return name.split(".")[1] if name.count(".") else ""


def test_the_public_surface_is_exactly_this() -> None:
    assert veeam_pulumi.__all__ == ["Password", "aws", "azure", "em", "errors", "m365", "vbr", "vspc"]
    assert dir(veeam_pulumi) == ["Password", "aws", "azure", "em", "errors", "m365", "vbr", "vspc"]
    assert veeam_pulumi.errors.VeeamError.__name__ == "VeeamError"
    assert veeam_pulumi.Password.__name__ == "Password"
    assert veeam_pulumi.aws.__all__ == ["User"]
    assert veeam_pulumi.azure.__all__ == ["User"]
    assert veeam_pulumi.em.__all__ == ["Account", "BackupServer"]
    assert veeam_pulumi.m365.__all__ == ["Operator", "RestoreRole", "RoleItem"]
    assert veeam_pulumi.vbr.__all__ == [
        *("Backup", "Computer", "Credential", "InventoryObject", "InventoryScope", "Job", "ManagedServer"),
        *("NetworkSettings", "Repository", "RepositoryScope", "RestoreBackupScope", "RestoreOptions"),
        *("RestorePermissionsScope", "RestoreTargetScope", "RestoreTargets", "Role", "ServerCertificate", "Share"),
        *("SingleUseCredentials", "SshSettings", "User", "Workload", "get_server_certificate"),
    ]
    assert veeam_pulumi.vspc.__all__ == [
        *("AgentsManagement", "ApiKey", "BackupResource", "Company", "CompanyServices", "HostedServices"),
        *(
            "LocalUserRule",
            "Organization",
            "OwnerCredentials",
            "Profile",
            "RemoteServices",
            "ServersManagement",
            "User",
        ),
    ]
    with pytest.raises(AttributeError, match="has no attribute 'tape'"):
        veeam_pulumi.tape  # noqa: B018


def test_every_room_has_its_arrows() -> None:
    rooms = {room(name) for name in MODULES} - {"cli"}
    assert rooms - set(ROOMS) == set(), "say in ROOMS what a new room may import"


@pytest.mark.parametrize("name", ROOMS)
def test_arrows_point_one_way(name: str) -> None:
    wrong = []
    for module in (module for module in MODULES if room(module) == name):
        for other in imported(module):
            if other.split(".")[0] != NAME or room(other) in {name, *ROOMS[name]}:
                continue
            if (name, room(other)) not in EXCEPTIONS:
                wrong.append(f"{module} imports {other}")
    assert wrong == []


@pytest.mark.parametrize("name", ["errors", "redaction", "vocabulary", "server", "resource", "products", "simulator"])
def test_what_knows_no_pulumi_imports_none(name: str) -> None:
    found = {other for module in MODULES if room(module) == name for other in imported(module)}
    assert found
    assert {other for other in found if other.split(".")[0] in ("pulumi", "pulumi_policy", "grpc")} == set()


def test_no_module_imports_itself_over_others() -> None:
    left = {name: {one for one in imported(name, at_start=True) if one in MODULES} for name in MODULES}
    while free := {name for name, needs in left.items() if not needs & left.keys() - {name}}:
        left = {name: needs for name, needs in left.items() if name not in free}
    # What is left are the cycles, and what imports them.
    while outer := left.keys() - {one for needs in left.values() for one in needs}:
        left = {name: needs for name, needs in left.items() if name not in outer}
    assert {name: sorted(needs & left.keys()) for name, needs in left.items()} == {}


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


def test_kinds_have_one_order_whatever_was_loaded_before() -> None:
    """It is that of reports and pages."""
    code = "from veeam_pulumi.products import *; {}print(*resources())"
    orders = [
        subprocess.run([sys.executable, "-c", code.format(before)], capture_output=True, text=True, check=True).stdout
        for before in ("", "in_file('vspc', 'user'); in_file('vbr', 'user'); ")
    ]
    assert orders[0] == orders[1]


def test_resource_files_start_with_the_server_facts_and_stay_small() -> None:
    from veeam_pulumi.products import resources

    for kind, resource in resources().items():
        text = MODULES[type(resource).__module__].read_text(encoding="utf-8")
        assert text.startswith(('"""', 'r"""')), kind
        assert text.split('"""')[1].count("\n* ") >= 2, f"{kind}: its file starts with the facts about the server"
        assert 60 <= len(text.splitlines()) <= 220, kind


def test_every_kind_can_be_found_in_a_list_or_says_that_it_cannot() -> None:
    from veeam_pulumi.products import resources

    for kind, resource in resources().items():
        looks = "matches" in vars(type(resource)) or not resource.found_in_list
        assert looks, f"{kind}: add `matches`; or `found_in_list = False`, with a `find` of its own"


def test_no_file_is_a_drawer_for_everything() -> None:
    names = {word for name in MODULES for word in name.split(".")}
    assert not names & {"utils", "util", "helpers", "helper", "common", "misc", "managers", "manager", "core", "lib"}


def test_every_simulated_product_has_the_same_files() -> None:
    """Whoever knows one product finds the same thing in every other; more files are named after what they serve."""
    names = ["about", "bodies", "control", "errors", "knobs", "routes", "seeds", "server", "sessions", "views"]
    for folder in (path for path in (PACKAGE / "simulator").iterdir() if (path / "routes.py").exists()):
        assert set(names) <= {path.stem for path in folder.glob("*.py")}, folder.name


PULUMIS = re.compile(
    r"(?<!veeam[-_])pulumi|terraform|adopt=True|(?-i:\bURN\b)|(?<!urn:)veeam:|\bstacks?\b|ResourceOptions"
    r"|state (delete|rename|rm)|--[a-z]+-program|`(up|refresh|preview|destroy|apply|import|moved)`",
    re.IGNORECASE,
)


@pytest.mark.parametrize("room", ["server", "resource", "products"])
def test_below_the_heads_nobody_speaks_of_an_engine(room: str) -> None:
    """Constants and docstrings; what the next step is called comes from the vocabulary of the head that runs."""
    found = [
        f"{path.relative_to(PACKAGE)}:{node.lineno}: {said[0]!r}"
        for path in (PACKAGE / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and (said := PULUMIS.search(node.value))
    ]
    assert found == [], "say it with vocabulary.head"


def test_the_words_of_engines_are_found_where_they_stand() -> None:
    for text in ("run `pulumi up`", "set adopt=True", "the next `up`", "veeam:maxDeletes", "`import` it", "state rm X"):
        assert PULUMIS.search(text), text
    for text in ("veeam-pulumi", "urn:veeam:BackupServer:1", "it came up again", "a refresh token"):
        assert not PULUMIS.search(text), text
