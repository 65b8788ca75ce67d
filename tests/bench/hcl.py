"""Terraform: users of a backup server and the list of them, beside what is built into Terraform and does nothing: as
many resources, and the outputs of a state as data."""

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
    "data plan": ("-chdir=data", "plan", "-input=false", "-detailed-exitcode"),
    "destroy": ("destroy", "-input=false", "-auto-approve"),
}
PROCESSOR = ("validate", "no-op plan", "data plan")
"""Of these the processor's seconds, too."""
_PROVIDER = """
terraform {
  required_providers {
    veeam = {
      source = "veeam-pulumi/veeam"
    }
  }
}
"""
_OURS = """
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
_OUR_DATA = """
data "veeam_vbr_users" "all" {}
"""
_NO_DATA = """
data "terraform_remote_state" "all" {
  backend = "local"
  config  = { path = "../terraform.tfstate" }
}
"""


def measure_terraform(count: int, servers: Servers, folder: Path, step: Step) -> list[Measure]:
    """All operations. Raises Failed."""
    rows = {name: Measure(NAME, count, name) for name in OPERATIONS}
    processor = {name: Measure(NAME, count, f"{name}, CPU") for name in PROCESSOR}
    environ = connection("vbr", servers.connections["vbr"], CONCURRENCY)
    servers.requests("vbr")
    for who, head, text, data in (("ours", _PROVIDER, _OURS, _OUR_DATA), ("nothing", "", _NOTHING, _NO_DATA)):
        (work := folder / who).joinpath("data").mkdir(parents=True)
        (work / "main.tf").write_text(head + text.format(count=count, role=ROLE))
        (work / "data" / "main.tf").write_text(head + data)
        (folder / "cli.tfrc").write_text(install.override_block(folder / "stub"))
        install.install_override(folder / "stub")
        environ["TF_CLI_CONFIG_FILE"] = str(folder / "cli.tfrc")
        _run(work, OPERATIONS["validate"], environ)  # the first start of a version compiles it, and keeps its schema
        for name, row in rows.items():
            step(f"{NAME} x {count}, {who}: {name}")
            began, used = time.perf_counter(), _processor_seconds()
            _run(work, OPERATIONS[name], environ)
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
    fixed = {
        "VEEAM_MAX_DELETES": "none",
        "CHECKPOINT_DISABLE": "1",
        "NO_PROXY": "127.0.0.1",
        "TF_CLI_ARGS": "-no-color",
    }
    command, environ = [str(BINARY), *words], {**os.environ, **environ, **fixed}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)  # each start would compile what an installation has compiled
    done = subprocess.run(command, cwd=work, env=environ, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(f"terraform {' '.join(words)} ended with {done.returncode}\n{(done.stdout + done.stderr)[-2000:]}")
