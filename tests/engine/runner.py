#!/usr/bin/env python3
"""The embedded engine as a RUNNER of the conformance corpus: runner.py up|preview|refresh|destroy FLAGS…"""

import itertools
import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from veeam_pulumi.engine import Engine, EngineError

FLAGS = {
    "--refresh": "refresh",
    "--expect-no-changes": "expect_no_changes",
    "--run-program": "run_program",
    "--diff": "diff",
    "--json": "json",
    "--continue-on-error": "continue_on_error",
    "--target-dependents": "target_dependents",
}


def configure(engine: Engine, settings: dict[str, dict[str, object]], last: Path) -> None:
    """Puts the stack's configuration into Pulumi.<stack>.yaml; what has not changed is left alone."""
    if last.exists() and json.loads(last.read_text()) == settings:
        return
    config = engine.config()
    config.text["config"] = {config.full(key): value for key, value in settings["config"].items()}
    config.write()
    for path, value in settings["secrets"].items():
        engine.config().set(path, str(value), secret=True, path=True)
    last.write_text(json.dumps(settings))


def main(operation: str, *flags: str) -> int:
    """One step: the operation, and the state after it."""
    state = Path(os.environ["CONF_STATE"])
    engine = Engine(Path.cwd(), os.environ["CONF_STACK"], environ={"PULUMI_BACKEND_URL": f"file://{state}"})
    if engine.stack not in engine.stacks():
        engine.init()
    settings = json.loads(Path(os.environ["CONF_CONFIG"]).read_text())
    configure(engine, settings, state / f"{engine.stack}.config.json")
    given: dict[str, object] = {FLAGS[flag]: True for flag in flags if flag in FLAGS}
    for name in ("target", "replace"):
        given[name] = [value for flag, value in itertools.pairwise(flags) if flag == f"--{name}"]
    code = getattr(engine, operation)(**given).exit_code
    Path(os.environ["CONF_EXPORT"]).write_text(json.dumps(engine.export(show_secrets=True)))
    return int(code)


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except EngineError as problem:
        sys.exit(f"error: {problem}")
