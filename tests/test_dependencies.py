"""What is installed: no version with a known vulnerability by the lower bounds, and pinned files by their hashes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
FIXED = {
    "cryptography": "46.0.7",  # CVE-2026-39892, CVE-2026-34073, CVE-2026-26007, CVE-2024-12797
    "h11": "0.16.0",  # CVE-2025-43859
    "h2": "4.3.0",  # CVE-2025-57804
    "idna": "3.15",  # CVE-2026-45409, CVE-2024-3651
    "mkdocs-material": "9.5.32",  # reflected scripts in the search's links
    "msgpack": "1.2.1",  # GHSA-6v7p-g79w-8964
    "playwright": "1.56.0",  # CVE-2025-59288
    "protobuf": "5.29.6",  # CVE-2026-0994, CVE-2025-4565
    "pydantic": "2.4.0",  # CVE-2024-3772
    "pytest": "9.0.3",  # CVE-2025-71176
    "starlette": "0.49.1",  # CVE-2025-62727, CVE-2025-54121
}
"""Package -> the first version without the vulnerabilities that were known on 2026-11-27."""
PINNED = re.findall(
    r"^([\w.-]+)==([^\s;]+)[^\n]*?((?: \\\n    --hash=sha256:[0-9a-f]{64})*)$",
    (ROOT / "constraints.txt").read_text(),
    re.MULTILINE,
)


def bounds() -> dict[str, list[Version]]:
    found: dict[str, list[Version]] = {}
    for text in re.findall(r'"([\w-]+(?:\[\w+\])?>=[^"]+)"', (ROOT / "pyproject.toml").read_text()):
        one = Requirement(text)
        lowest = [Version(part.version) for part in one.specifier if part.operator == ">="]
        found.setdefault(canonicalize_name(one.name), []).extend(lowest)
    return found


@pytest.mark.parametrize("name", FIXED)
def test_lower_bounds_leave_out_known_vulnerabilities(name: str) -> None:
    assert bounds()[name]
    assert min(bounds()[name]) >= Version(FIXED[name])


def test_versions_between_the_lower_bound_and_a_fix_are_left_out() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    (protobuf,) = [Requirement(one) for one in re.findall(r'"(protobuf[^"]+)"', text)]
    known = {"6.30.0": False, "6.31.1": False, "6.32.1": False, "6.33.4": False, "6.33.5": True, "5.29.6": True}
    assert {version: protobuf.specifier.contains(version) for version in known} == known


def test_the_pinned_versions_are_within_the_bounds_and_have_hashes() -> None:
    assert len(PINNED) > 90
    assert [name for name, _, hashes in PINNED if not hashes] == []
    pinned: dict[str, Version] = {canonicalize_name(name): Version(version) for name, version, _ in PINNED}
    for name, lowest in bounds().items():
        if name in pinned:
            assert all(pinned[name] >= one for one in lowest), name


def test_setup_asks_for_the_hashes() -> None:
    makefile = (ROOT / "Makefile").read_text()
    assert "--require-hashes --requirement constraints.txt" in makefile
    assert "--no-deps --no-build-isolation --editable ." in makefile
