"""Veeam Backup for AWS, port 11005."""

from __future__ import annotations

from ..product import Product, assemble
from . import control, seeds
from .knobs import KNOBS
from .routes import TABLE
from .server import Server

PRODUCT = Product(
    "aws", "Veeam Backup for AWS", 1, seeds.ADMIN, seeds.ADMIN_PASSWORD, KNOBS, assemble(Server, TABLE, control)
)
