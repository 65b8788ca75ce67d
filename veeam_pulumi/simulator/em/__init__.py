"""Veeam Backup Enterprise Manager, port 9398."""

from __future__ import annotations

import re

from starlette.routing import Route

from ..product import Environment, Product, Running, assemble
from . import control, seeds
from .knobs import KNOBS
from .routes import TABLE
from .server import Server


def _build(environment: Environment) -> Running:
    """Paths are read in any case, and with or without a slash at the end."""
    running = assemble(Server, TABLE, control)(environment)
    for route in running.application.routes:  # which all servers of a process share
        if isinstance(route, Route) and not route.path_regex.flags & re.IGNORECASE:
            route.path_regex = re.compile(route.path_regex.pattern.removesuffix("$") + "/?$", re.IGNORECASE)
    return running


PRODUCT = Product("em", "Veeam Backup Enterprise Manager", 3, seeds.ADMIN, seeds.ADMIN_PASSWORD, KNOBS, _build)
