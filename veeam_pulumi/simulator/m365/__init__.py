"""Veeam Backup for Microsoft 365, port 4443."""

from __future__ import annotations

from ..product import Product, assemble
from . import control, seeds
from .knobs import KNOBS
from .routes import TABLE
from .server import Server

PRODUCT = Product(
    "m365",
    "Veeam Backup for Microsoft 365",
    6,
    seeds.ADMIN,
    seeds.ADMIN_PASSWORD,
    KNOBS,
    assemble(Server, TABLE, control),
)
