"""Veeam Backup for AWS, port 11005."""

from __future__ import annotations

from ..product import Product, assemble
from .knobs import KNOBS
from .room import ADMIN, ADMIN_PASSWORD, Appliance
from .routes import TABLE

PRODUCT = Product("aws", "Veeam Backup for AWS", 1, ADMIN, ADMIN_PASSWORD, KNOBS, assemble(Appliance, TABLE))
