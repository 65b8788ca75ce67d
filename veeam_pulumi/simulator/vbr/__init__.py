"""Veeam Backup & Replication, port 9419."""

from __future__ import annotations

from ..product import Product, assemble
from . import control, seeds
from .knobs import KNOBS
from .routes import TABLE
from .server import Server

PRODUCT = Product(
    "vbr", "Veeam Backup & Replication", 2, seeds.ADMIN, seeds.ADMIN_PASSWORD, KNOBS, assemble(Server, TABLE, control)
)
