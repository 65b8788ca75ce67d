"""Veeam Backup for Microsoft Azure, port 443."""

from __future__ import annotations

from ..product import Product, assemble
from . import control, seeds
from .knobs import KNOBS
from .routes import TABLE
from .server import Server

PRODUCT = Product(
    "azure", "Veeam Backup for Azure", 5, seeds.ADMIN, seeds.ADMIN_PASSWORD, KNOBS, assemble(Server, TABLE, control)
)
