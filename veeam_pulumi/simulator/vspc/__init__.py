"""Veeam Service Provider Console, REST API v3, port 1280."""

from __future__ import annotations

from ..product import Product, assemble
from . import control, seeds
from .knobs import KNOBS
from .routes import TABLE
from .server import Server

PRODUCT = Product(
    "vspc",
    "Veeam Service Provider Console",
    4,
    seeds.ADMIN,
    seeds.ADMIN_PASSWORD,
    KNOBS,
    assemble(Server, TABLE, control),
)
