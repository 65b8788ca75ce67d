"""Veeam Backup Enterprise Manager, port 9398."""

from __future__ import annotations

import re

from starlette.applications import Starlette
from starlette.routing import Route

from ..exchange import Room
from ..product import Product, World, assemble
from .accounts import ADMIN, ADMIN_PASSWORD
from .knobs import KNOBS
from .room import Manager
from .routes import TABLE


def _build(world: World) -> tuple[Room, Starlette]:
    """Paths are read in any case, and with or without a slash at the end."""
    room, app = assemble(Manager, TABLE)(world)
    for route in app.routes:
        if isinstance(route, Route):
            route.path_regex = re.compile(route.path_regex.pattern.removesuffix("$") + "/?$", re.IGNORECASE)
    return room, app


PRODUCT = Product("em", "Veeam Backup Enterprise Manager", 3, ADMIN, ADMIN_PASSWORD, KNOBS, _build)
