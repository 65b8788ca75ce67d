"""Pipelines for a repository with one stack, whose servers' passwords come from the environment."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

_GITHUB, _GITLAB, _AZURE = ".github/workflows/", ".gitlab-ci.yml", "azure-pipelines.yml"
_PASSPHRASE = "PULUMI_CONFIG_PASSPHRASE"
_STACKS = ("dev", "staging", "prod")
_NO_PASSWORDS = (f"{_GITHUB}preview.yml",)
"""A preview sends no request, and runs what a pull request proposes: it gets none."""


def of_one_stack(content: Mapping[str, str], stack: str, variables: Collection[str]) -> dict[str, str]:
    """The files of a repository whose pipelines are for `stack`, the last of three in the templates, alone.

    `variables`: of the environment, with the passwords of the servers. What asks servers gets them from the host's
    secrets of the same names; GitLab's jobs have all that their environment has.
    """
    return {path: _one(path, text, stack, variables) for path, text in content.items()}


def _one(path: str, text: str, stack: str, variables: Collection[str]) -> str:
    if not (path.startswith(_GITHUB) or path in (_GITLAB, _AZURE)):
        return text
    text = text.replace(f"{', '.join(_STACKS[:-1])} and {_STACKS[-1]} in turn, each behind", f"{stack}, behind")
    text = text.replace(f"{', '.join(_STACKS[:-1])} and {_STACKS[-1]} in turn", stack)
    text = text.replace(", ".join(_STACKS), stack)
    for other in _STACKS[:-1]:
        text = re.sub(rf"^( *)(?:up )?{other}:\n(?:\1 +.*\n)+\n?", "", text, flags=re.MULTILINE)
    text = re.sub(r"\n    needs: staging\b|, up staging(?=\])", "", text)
    if path not in _NO_PASSWORDS:
        text = _with_passwords(path, text, variables)
    return text


def _with_passwords(path: str, text: str, variables: Collection[str]) -> str:
    secret = "$({})" if path == _AZURE else "${{{{ secrets.{} }}}}"

    def more(line: re.Match[str]) -> str:
        added = [f"{line['indent']}{name}: {secret.format(name)}\n" for name in variables]
        return line[0] + "".join(added)

    head, _, rest = text.partition("stage: review") if path == _AZURE else ("", "", text)  # before it is the preview
    rest = re.sub(rf"^(?P<indent> +){_PASSPHRASE}: .*\n", more, rest, flags=re.MULTILINE)
    return f"{head}stage: review{rest}" if head else rest
