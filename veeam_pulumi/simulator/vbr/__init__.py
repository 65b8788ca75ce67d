"""Veeam Backup & Replication, port 9419."""

from __future__ import annotations

from ..product import Product, assemble
from .knobs import KNOBS
from .room import ADMIN, ADMIN_PASSWORD, Server
from .routes import TABLE

PRODUCT = Product("vbr", "Veeam Backup & Replication", 2, ADMIN, ADMIN_PASSWORD, KNOBS, assemble(Server, TABLE))
