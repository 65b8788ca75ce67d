"""Every test is run once, and the longest start first, on every worker."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests import order
from tests.__main__ import runs

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("name", order.LISTED)
def test_what_is_listed_is_there(name: str) -> None:
    file, _, function = name.partition("::")
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    assert function in [node.name for node in tree.body if isinstance(node, ast.FunctionDef)], "take it out"


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_every_worker_begins_with_long_ones(workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order, "LISTED", ["z.py::long", "a.py::longer"])
    names = [*(f"a.py::test_{number}" for number in range(7)), "a.py::longer[x]", "a.py::longer[y]", "z.py::long"]
    found = order.arranged({name: name for name in names}, workers)
    assert sorted(found) == sorted(names)
    pieces, start = [], 0
    for worker in range(workers):  # as `worksteal` cuts them
        size = (len(names) - start) // (workers - worker)
        pieces.append(found[start : start + size])
        start += size
    assert pieces[0][0] == "z.py::long"
    assert all("long" in piece[0] for piece in pieces)
    others = [name for piece in pieces for name in piece if "test_" in name]
    assert others == names[:7]  # what belongs together stays together


def test_what_took_long_and_is_not_listed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order, "LISTED", ["a.py::known"])
    took = [("a.py::known[1]", 99.0), ("a.py::new[1]", 11.0), ("a.py::new[2]", 12.0), ("a.py::quick", 9.0)]
    assert order.missing(took) == ["a.py::new"]


def test_every_file_of_tests_is_in_one_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)

    def inside(file: str, words: list[str]) -> bool:
        named = any(file == word or file.startswith(f"{word}/") for word in words)
        return named and f"--ignore={file}" not in words

    files = [str(path) for path in Path("tests").rglob("test_*.py")]
    assert len(files) > 150
    assert [file for file in files if sum(inside(file, words) for words in runs()) != 1] == []
