"""Servers that answer as the products do, for tests and for trying things out."""

from __future__ import annotations

from .faults import KINDS as FAULT_KINDS
from .faults import Fault, FaultError
from .knobs import KnobError
from .request_log import Record
from .simulator import DEFAULT_PRODUCTS, PRODUCTS, Simulator
from .wire import Traffic

__all__ = [
    "DEFAULT_PRODUCTS",
    "FAULT_KINDS",
    "PRODUCTS",
    "Fault",
    "FaultError",
    "KnobError",
    "Record",
    "Simulator",
    "Traffic",
]
