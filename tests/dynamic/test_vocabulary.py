"""What messages call things, by who runs: the same vocabulary in each head's words."""

from __future__ import annotations

import inspect

import pytest

from veeam_pulumi import vocabulary
from veeam_pulumi.dynamic.vocabulary import PulumiWords
from veeam_pulumi.pulumi_state import ENGINE_COMMAND
from veeam_pulumi.terraform.vocabulary import TerraformWords

NAMES = {name for name in vars(vocabulary.Vocabulary) if not name.startswith("_")}


@pytest.mark.parametrize("words", [PulumiWords(), TerraformWords(), vocabulary._Nobodys()])
def test_every_head_has_every_word(words: vocabulary.Vocabulary) -> None:
    assert {name for name, _ in inspect.getmembers(words) if not name.startswith("_")} >= NAMES
    assert words.set("vbr-prod", "url", "https://vbr01") != words.remove("vbr-prod", "url")


def test_commands_are_those_of_the_engine_that_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    words = PulumiWords()
    words.stack = lambda: ""  # programs of earlier tests ran in this process
    assert words.forget == "`pulumi state delete URN`"
    monkeypatch.setenv(ENGINE_COMMAND, "veeam-pulumi engine")
    words.stack = lambda: "prod"
    assert words.set("vbr", "password") == (
        "`veeam-pulumi engine config set --path --secret 'veeam:connections.vbr.password' --stack prod`"
    )
    assert words.set("vbr", "username", r"LAB\svc") == (
        r"`veeam-pulumi engine config set --path 'veeam:connections.vbr.username' 'LAB\svc' --stack prod`"
    )
    assert words.make_ours == "drop adopt=True first (`veeam-pulumi engine up --stack prod` makes it ours)"


def test_the_library_alone_names_no_engine() -> None:
    words = vocabulary._Nobodys()
    said = " ".join(str(getattr(words, name)) for name in NAMES) + words.set("vbr", "url") + words.set_limit(3)
    assert not {"pulumi", "terraform", "adopt=True"} & set(said.split())
