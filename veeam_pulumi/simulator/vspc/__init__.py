"""Veeam Service Provider Console, REST API v3, port 1280."""

from __future__ import annotations

from ..product import Product, assemble
from .knobs import KNOBS
from .room import Console
from .routes import TABLE
from .seeds import ADMIN, ADMIN_PASSWORD

PRODUCT = Product("vspc", "Veeam Service Provider Console", 4, ADMIN, ADMIN_PASSWORD, KNOBS, assemble(Console, TABLE))
