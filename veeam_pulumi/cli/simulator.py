"""`veeam-pulumi simulator`: the servers, until Ctrl-C."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import Annotated

import typer

from .failure import fail


def simulator(
    knobs: Annotated[
        list[str] | None,
        typer.Argument(metavar="KNOB=VALUE", help="Behaviour to switch on, such as vbr.dialect=users aws.mfa=pending."),
    ] = None,
    port_base: Annotated[
        int,
        typer.Option(
            metavar="PORT",
            min=0,
            max=65000,
            help="Port of the control plane; the products get the next ones: aws, vbr, em, vspc, azure, m365."
            " 0: free ports.",
        ),
    ] = 0,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", file_okay=False, help="Where connections.yaml, ca.pem and control.json go."),
    ] = None,
    state: Annotated[
        Path | None,
        typer.Option(metavar="FILE", dir_okay=False, help="Keep the servers' state in this SQLite file."),
    ] = None,
) -> None:
    """Run simulated Veeam servers on this machine.

    For trying, demos and tests.

    Nothing is real but the protocol. Stop it with Ctrl-C.

    \b
    Examples:
      veeam-pulumi simulator
      veeam-pulumi simulator --port-base 9400 --out .simulator vbr.dialect=users
    """
    try:
        from ..simulator import FAULT_KINDS, Simulator
        from ..simulator.knobs import parse_pairs
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in ("starlette", "uvicorn"):
            raise
        fail(f"the simulator needs {package}, which is not installed: install this package again")
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        with Simulator(knobs=parse_pairs(knobs or []), port_base=port_base, out=out, state=state) as sim:
            for name, connection in sim.connections().items():
                typer.echo(f"{name:<8} {connection['url']}  as {connection['username']}")
            typer.echo(f"control  {sim.control_url}  ({', '.join(FAULT_KINDS)}: POST /faults)")
            if out is not None:
                typer.echo(f"files    {out}/connections.yaml  {out}/ca.pem  {out}/control.json")
            typer.echo("\nIn another shell, in a project that uses these connections:")
            for variable, value in sim.variables().items():
                typer.echo(f"  export {variable}='{value}'")
            typer.echo("  pulumi up")
            typer.echo(f"\nTo see what it was sent:\n  curl -s {sim.control_url}/requests\n\nCtrl-C stops it.")
            stop.wait()
    except (ValueError, OSError) as error:
        fail(error)
