"""`python -m veeam_pulumi.policy FOLDER`: the rules without a policy engine, for pipelines and the embedded engine.

The folder's project files are looked at, and with `--resources` what a stack declares: the output of `preview --json`
or `stack export`. Exit code 1 if a mandatory rule is broken, 2 if it was called wrongly.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from .resources import of_document
from .rules import examine


def main(words: list[str] | None = None) -> int:
    """Prints a line for each finding."""
    parser = argparse.ArgumentParser(prog="python -m veeam_pulumi.policy", description="Hold a stack to the rules.")
    parser.add_argument("folder", type=Path, help="where projects are, with everything below")
    parser.add_argument("--resources", type=Path, help="output of `preview --json` or `stack export`")
    parser.add_argument("--config", type=Path, help="the file that --policy-pack-config names")
    parser.add_argument("--project", default="", help="only the project of this name")
    given = parser.parse_args(words)
    try:
        config = _read(given.config) if given.config else {}
        resources = of_document(_read(given.resources)) if given.resources else []
        found = examine(resources, config, folder=given.folder / "policy", project=given.project)
    except ValueError as error:
        parser.error(str(error))
    for one in found:
        print(one)
    return int(any(one.level == "mandatory" for one in found))


def _read(file: Path) -> dict[str, Any]:
    """A JSON file; its content may be secret, so an error shows nothing of it."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{file} cannot be read as JSON ({type(error).__name__})") from None
    if not isinstance(found, dict):
        raise ValueError(f"{file} does not hold a JSON object")
    return found


if __name__ == "__main__":
    sys.exit(main())
