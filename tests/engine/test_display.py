"""What a run prints, of secrets and of texts that somebody else wrote."""

import json

from tests.engine.conftest import Project
from veeam_pulumi.engine.display import _children
from veeam_pulumi.pulumi_state import MASKED

PASSWORD = 'Canary-Pw-"1"-größe'
LAUGHS = "\n".join(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}' if n else 'ha'] * 9)}]" for n in range(7))


def test_a_secret_that_the_program_prints_logs_or_raises_is_hidden(embedded: Project) -> None:
    embedded.set("pw", PASSWORD, secret=True)
    embedded.set("deep.list[0].pw", "Deep-Canary-2", secret=True, path=True)
    body = 'pw = pulumi.Config().require("pw")\nprint("printed", pw)\npulumi.log.warn("logged " + pw)\n'
    body += 'print(pulumi.Config().require("deep"), repr(pw))\npulumi.export("url", "https://" + pw)\n'
    for end, code in (("", 0), ('raise ValueError("raised " + pw)\n', 1)):
        embedded.program(body + end)
        for flags in ({}, {"json": True}):
            result = embedded.preview(**flags)
            assert result.exit_code == code
            assert f"logged {MASKED}" in embedded.text
            said = embedded.text + json.dumps(json.loads(embedded.text), ensure_ascii=False) if flags else embedded.text
            assert "Canary" not in said + str(result.error)
    assert f"ValueError: raised {MASKED}" in embedded.text


def test_a_secret_of_the_state_is_hidden_too(embedded: Project) -> None:
    embedded.program('Thing("a", secret="Canary-State-3")\n')
    assert embedded.up().exit_code == 0
    (embedded.folder / "faults.json").write_text(json.dumps({"a": ["update"]}))
    provider = embedded.folder / "own.py"
    provider.write_text(
        provider.read_text()
        .replace('is refused"', 'is refused: {olds}"')
        .replace("def act(method, name, props):", "def act(method, name, props):\n    olds = props")
    )
    embedded.program('Thing("a", secret="Canary-State-4", role="new")\n')
    assert embedded.up().exit_code == 1
    assert "is refused" in embedded.text
    assert "Canary" not in embedded.text


def test_texts_are_never_taken_for_yaml(embedded: Project) -> None:
    """254 bytes that are nine to the power of seven words as YAML."""
    assert len(LAUGHS) < 512
    embedded.program(f'Thing("a", role={LAUGHS!r})\npulumi.export("text", {LAUGHS!r})\n')
    assert embedded.up(diff=True).exit_code == 0
    assert "x6: &x6 [*x5, *x5" in embedded.text
    assert len(embedded.text) < 5000


def test_a_structure_that_is_nested_without_end_is_shown_as_text() -> None:
    for depth in (21, 900, 30_000):
        text = "[" * depth + "]" * depth
        (line,) = _children({"a": ""}, {"a": text}, 0)
        assert line.endswith(f'=> "{text}"')
    assert len(list(_children({"a": ""}, {"a": '{"b": [1, 2]}'}, 0))) > 3
    assert len(list(_children({"a": ""}, {"a": json.dumps(["x"] * 100_000)}, 0))) == 1


def test_what_a_terminal_would_act_on_is_shown_as_a_code(embedded: Project) -> None:
    nasty = "red \x1b[31m bell \x07 bidi \u202e zero \u200b c1 \x9b31m"
    embedded.program(
        f"Thing('a', role={nasty!r})\npulumi.export('out', {nasty!r})\nprint({nasty!r})\npulumi.log.error({nasty!r})\n"
    )
    embedded.up(diff=True)
    assert embedded.text.replace("\n", "").isprintable()
    assert r"red \x1b[31m bell \x07 bidi \u202e zero \u200b c1 \x9b31m" in embedded.text
    assert r"bidi \u202e" in embedded.text
