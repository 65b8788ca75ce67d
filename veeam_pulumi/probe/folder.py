"""What a probe keeps: one JSON file an answer, a page for the owner, and a summary of what was assumed."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from pathlib import Path

from ..errors import SettingsError
from .ask import Probe, Recorded

README = """# Answers of a server of yours

`veeam-pulumi doctor --probe` asked one of your servers and kept its answers here: status, headers and body, one file an
answer. {changed} It sent one own login, {requests} requests in all, and no wrong password.

Passwords, tokens, accounts, names, addresses and ids are replaced by stand-ins of the same form: letters for letters,
digits for digits. What is kept is listed in `veeam_pulumi/probe/standins.py`: words of the product, versions, dates,
switches, counts and the sentences of errors. Look into the files before you send them: they are yours.

`summary.md` says what we assumed, and what your server says.
"""
WROTE = "It made one object, changed it and removed it (`write-…`), and changed nothing else."


def write(found: Probe, out: Path) -> Path:
    """Keeps a probe in a new folder below `out` -> that folder. Raises SettingsError where it cannot."""
    name = re.sub(r"[^\w.-]", "", f"{found.product}-{found.version or 'unknown'}")
    folder, number = out / name, 1
    try:
        while True:
            try:
                folder.mkdir(parents=True)
                break
            except FileExistsError:
                number += 1
                folder = out / f"{name}-{number}"
        for index, one in enumerate(found.answers, 1):
            document = {**asdict(one), "kind": "recorded", "source": "veeam-pulumi doctor --probe", "note": one.assumed}
            text = json.dumps(document, indent=2, ensure_ascii=False)
            (folder / f"{found.product}-{index:02}-{one.question}.json").write_text(f"{text}\n", encoding="utf-8")
        changed = WROTE if found.wrote else "Nothing was changed on the server."
        (folder / "README.md").write_text(README.format(changed=changed, requests=found.requests), encoding="utf-8")
        (folder / "summary.md").write_text(summary(found, kept=True), encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"the folder {folder} cannot be written ({error.strerror})", "name another one") from None
    return folder


def read(folder: Path) -> Probe:
    """A probe that was kept. Raises SettingsError where there is none."""
    answers = []
    try:
        for file in sorted(folder.glob("*-[0-9][0-9]-*.json")):
            told = json.loads(file.read_text(encoding="utf-8"))
            answer = Recorded(**{name: told[name] for name in Recorded.__dataclass_fields__ if name in told})
            _require_form(answer)
            answers.append(answer)
    except (OSError, RecursionError, ValueError, KeyError, TypeError):
        raise SettingsError(f"the folder {folder} holds a file that no probe wrote", "probe again") from None
    if not answers:
        raise SettingsError(f"the folder {folder} holds no answers of a probe", "name one that --probe --out has made")
    product, _, version = folder.name.partition("-")
    return Probe(product, version, answers)


def _require_form(answer: Recorded) -> None:
    """Raises TypeError for what no probe writes."""
    texts = (answer.question, answer.request, answer.assumed, answer.verdict, answer.danger, answer.why)
    headers = [*answer.headers, *answer.headers.values()] if isinstance(answer.headers, dict) else [None]
    if not all(isinstance(one, str) for one in (*texts, *headers)) or type(answer.status) is not int:
        raise TypeError


def summary(found: Probe, *, kept: bool = False) -> str:
    """What was assumed and what the server says, as a table. `kept`: without what only the owner is told."""
    lines = [
        f"# {found.product} {found.version or '(no version)'}: what we assumed, what the server says",
        "",
        "| question | assumed | the server says | |",
        "|---|---|---|---|",
    ]
    for one in found.answers:
        if not one.verdict:  # one of several to one question
            continue
        wrong = f"**otherwise**{f' (could {one.danger})' if one.danger else ''}"
        verdict = wrong if one.verdict == "otherwise" else one.verdict
        lines.append(f"| {one.question} | {one.assumed} | {one.said.replace('|', '/')} | {verdict} |")
    if found.left:
        lines += ["", "**Look at the server**" + (": its owner was told why." if kept else f": {found.left}.")]
    if found.error:
        lines += ["", f"It could not be asked to the end ({found.error}): see `veeam-pulumi doctor`."]
    return "\n".join(lines) + "\n"
