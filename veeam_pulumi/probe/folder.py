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
answer. Nothing was changed on the server. It sent one login, {requests} requests in all, and no wrong password.

Every password, token, account, name, address and id is replaced by a stand-in of the same form: letters for letters,
digits for digits. What is kept is listed in `veeam_pulumi/probe/standins.py`: words of the product, versions, dates,
switches, counts and the sentences of errors. Look into the files before you send them: they are yours.

`summary.md` says what we assumed, and what your server says.
"""


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
        (folder / "README.md").write_text(README.format(requests=found.requests), encoding="utf-8")
        (folder / "summary.md").write_text(summary(found), encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"the folder {folder} cannot be written ({error.strerror})", "name another one") from None
    return folder


def read(folder: Path) -> Probe:
    """A probe that was kept. Raises SettingsError where there is none."""
    answers = []
    try:
        for file in sorted(folder.glob("*-[0-9][0-9]-*.json")):
            told = json.loads(file.read_text(encoding="utf-8"))
            answers.append(Recorded(**{name: told[name] for name in Recorded.__dataclass_fields__}))
    except (OSError, ValueError, KeyError, TypeError):
        raise SettingsError(f"the folder {folder} holds a file that no probe wrote", "probe again") from None
    if not answers:
        raise SettingsError(f"the folder {folder} holds no answers of a probe", "name one that --probe --out has made")
    product, _, version = folder.name.partition("-")
    return Probe(product, version, answers)


def summary(found: Probe) -> str:
    """What was assumed and what the server says, as a table."""
    lines = [
        f"# {found.product} {found.version or '(no version)'}: what we assumed, what the server says",
        "",
        "| question | assumed | the server says | |",
        "|---|---|---|---|",
    ]
    for one in found.answers:
        wrong = f"**otherwise**{f' (could {one.danger})' if one.danger else ''}"
        verdict = wrong if one.verdict == "otherwise" else one.verdict
        lines.append(f"| {one.question} | {one.assumed} | {one.said} | {verdict} |")
    if found.error:
        lines += ["", f"It could not be asked to the end ({found.error}): see `veeam-pulumi doctor`."]
    return "\n".join(lines) + "\n"
