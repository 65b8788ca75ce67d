"""One folder per product, one file per resource. What is in a folder is registered by being there."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from typing import Any

from ..resource.grant import Grant, unknown_kind
from ..resource.resource import Resource
from ..server.delete_limit import MOST as MOST_DELETES
from ..server.session import Session

__all__ = ["MOST_DELETES", "grant", "resources", "sessions"]


def _registered(base: type[Any]) -> list[Any]:
    """The classes of this package that derive from `base`."""
    for _, name, is_package in pkgutil.walk_packages(__path__, f"{__name__}."):
        if not is_package:
            importlib.import_module(name)
    own = f"{__name__}."
    return [found for found in base.__subclasses__() if found.__module__.startswith(own)]


@cache
def sessions() -> dict[str, type[Session]]:
    """The products by name: how to log in to each."""
    return {found.product: found for found in _registered(Session)}


@cache
def resources() -> dict[str, Resource[Any, Any]]:
    """The resources by kind (`vbr.User`), one instance each."""
    return {found.kind: found() for found in _registered(Resource)}


def grant(kind: str, values: Mapping[str, Any]) -> Grant:
    """What an object of a kind lets its holder do; a kind that is not registered counts as every right."""
    found = resources().get(kind)
    return found.grant(dict(values)) if found else unknown_kind(kind, values)
