"""One folder per product, one file per resource. What is in a folder is registered by being there."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from types import ModuleType
from typing import Any

from ..core.resource import Resource
from ..core.session import Session


def _modules() -> list[ModuleType]:
    names = [name for _, name, is_package in pkgutil.walk_packages(__path__, f"{__name__}.") if not is_package]
    return [importlib.import_module(name) for name in sorted(names)]


@cache
def sessions() -> dict[str, type[Session]]:
    """The products by name: how to log in to each."""
    found = [item for module in _modules() for item in vars(module).values() if isinstance(item, type)]
    return {item.product: item for item in found if issubclass(item, Session) and item is not Session}


@cache
def resources() -> dict[str, Resource[Any]]:
    """The resources by kind (`vbr.User`), one instance each."""
    found = [item for module in _modules() for item in vars(module).values() if isinstance(item, type)]
    return {item.kind: item() for item in found if issubclass(item, Resource) and item is not Resource}
