"""The list of what a new resource needs is the one by which every resource was made."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests import scaffold
from tests.docs.pages import ROOT, codes, page
from tests.docs.tables import page_name
from veeam_pulumi.estate.terraform_text import type_name as in_estate
from veeam_pulumi.products import file_of, resources
from veeam_pulumi.terraform.schema import type_name


@pytest.mark.parametrize("kind", sorted(resources()))
def test_every_kind_has_what_the_list_says(kind: str) -> None:
    for file, what, needs, _ in scaffold.listed(kind):
        assert (ROOT / file).exists(), f"{kind} has no {file}: {what}"
        text = (ROOT / file).read_text(encoding="utf-8")
        assert needs in text, f"{file} does not have {needs!r}: {what}"


def test_the_page_lists_the_same_files() -> None:
    rows = page("adding-a-resource.md").rows("The files")
    assert [codes(cells[0])[0] for cells in rows.values()] == [
        step.file.replace("{product}", "PRODUCT").replace("{snake}", "THING").replace("{dashed}", "THING")
        for step in scaffold.STEPS
    ]


def test_it_prints_python_that_can_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert scaffold.main(["em.ServerGroup"]) == 0
    printed = capsys.readouterr().out
    assert "veeam_pulumi/products/em/server_group.py" in printed
    for file, _, _, start in scaffold.listed("em.ServerGroup"):
        if file.endswith(".py"):
            ast.parse(start)


@pytest.mark.parametrize("kind", ["em.ServerGroup", "vbr.KmsServer", "m365.S3Repository", "vspc.Site"])
def test_files_are_those_in_which_a_kind_is_looked_for(kind: str) -> None:
    product, file = kind.partition(".")[0], file_of(kind)
    assert next(scaffold.listed(kind))[0] == f"veeam_pulumi/products/{product}/{file}.py"
    assert page_name(kind) in [Path(one).name for one, *_ in scaffold.listed(kind)]
    assert type_name(kind) == f"veeam_{product}_{file}" == in_estate(kind)


@pytest.mark.parametrize(
    "words", [[], ["em"], ["vbr.KMSServer"], ["m365.SPSite"], ["em.account"], ["em.Account", "more"]]
)
def test_what_is_no_kind_is_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert scaffold.main(words) == 2
    assert "usage" in capsys.readouterr().err
