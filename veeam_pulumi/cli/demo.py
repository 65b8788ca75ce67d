"""`veeam-pulumi demo`: the quickstart stack against simulated servers, every step checked on the servers themselves."""

from __future__ import annotations

from typing import Annotated

import typer

from .failure import fail

Hcl = Annotated[bool, typer.Option("--terraform", help="Let Terraform or OpenTofu tell the story.")]


def demo(terraform: Hcl = False) -> None:
    """See everything once, on simulated servers.

    Runs the quickstart stack: preview, up, drift, refresh, rotation, destroy.

    Exit code 0 only if every step left the servers as it should.

    \b
    Examples:
      veeam-pulumi demo
      veeam-pulumi demo --terraform
    """
    from ..demo.engines import run
    from ..demo.story import Failed
    from ..engine import EngineError

    try:
        run(terraform)
    except ModuleNotFoundError as error:
        fail(f"the demo needs {error.name}, which is not installed: install this package again")
    except (Failed, EngineError) as error:
        fail(error)
