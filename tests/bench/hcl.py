"""Terraform: users of a backup server, and beside them as many resources built into Terraform, which do nothing."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from tests.bench.measure import CONCURRENCY, Measure, Step, summary
from tests.bench.objects import ROLE
from tests.bench.servers import Servers
from tests.bench.stack import Failed, connection
from veeam_pulumi.terraform import install

NAME = "terraform"
BINARY = shutil.which("terraform") or shutil.which("tofu")
MISSING = f"{NAME}: not measured, there is neither terraform nor tofu on PATH"
RUNS = 2
"""Of every operation: ours, nothing."""
OPERATIONS = {
    "validate": ("validate",),
    "plan": ("plan", "-input=false", "-out=bench.plan"),
    "apply": ("apply", "-input=false", "bench.plan"),
    "no-op plan": ("plan", "-input=false", "-detailed-exitcode"),
    "destroy": ("destroy", "-input=false", "-auto-approve"),
}
_OURS = """
terraform {{
  required_providers {{
    veeam = {{
      source = "veeam-pulumi/veeam"
    }}
  }}
}}

resource "veeam_vbr_user" "bench" {{
  for_each = toset([for number in range({count}) : format("TECH\\\\bench-%04d", number + 1)])
  name     = each.key
  roles    = ["{role}"]
}}
"""
_NOTHING = """
resource "terraform_data" "bench" {{
  for_each = toset([for number in range({count}) : format("TECH\\\\bench-%04d", number + 1)])
  input    = {{ name = each.key, roles = ["{role}"] }}
}}
"""


def measure_terraform(count: int, servers: Servers, folder: Path, step: Step) -> list[Measure]:
    """All operations. Raises Failed."""
    rows = {name: Measure(NAME, count, name) for name in OPERATIONS}
    processor = {name: Measure(NAME, count, f"{name}, CPU") for name in ("validate", "no-op plan")}
    environ = connection("vbr", servers.connections["vbr"], CONCURRENCY)
    servers.requests("vbr")
    for who, text in (("ours", _OURS), ("nothing", _NOTHING)):
        (work := folder / who).mkdir(parents=True)
        (work / "main.tf").write_text(text.format(count=count, role=ROLE))
        (folder / "cli.tfrc").write_text(install.override_block(folder / "stub"))
        install.install_override(folder / "stub")
        for name, row in rows.items():
            step(f"{NAME} x {count}, {who}: {name}")
            began, used = time.perf_counter(), _processor_seconds()
            _run(work, OPERATIONS[name], {**environ, "TF_CLI_CONFIG_FILE": str(folder / "cli.tfrc")})
            row.seconds[who] = time.perf_counter() - began
            if name in processor:  # what starting the provider costs, whatever else the machine does
                processor[name].seconds[who] = _processor_seconds() - used
            if who == "ours":
                row.requests[who] = servers.requests("vbr")
        step(summary(rows.values(), who), done=count)
    return [*rows.values(), *processor.values()]


def _processor_seconds() -> float:
    """Of Terraform and the providers that it started, all that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _run(work: Path, words: tuple[str, ...], environ: Mapping[str, str]) -> None:
    command = [str(BINARY), words[0], "-no-color", *words[1:]]
    environ = {**os.environ, **environ, "VEEAM_MAX_DELETES": "none", "CHECKPOINT_DISABLE": "1", "NO_PROXY": "127.0.0.1"}
    done = subprocess.run(command, cwd=work, env=environ, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(f"terraform {words[0]} ended with {done.returncode}\n{(done.stdout + done.stderr)[-2000:]}")
