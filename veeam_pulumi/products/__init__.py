"""One folder per product, one file per resource. What is in a folder is registered by being there."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, cast

from ..resource.grant import Grant, unknown_kind
from ..resource.resource import Resource
from ..server.delete_limit import MOST as MOST_DELETES
from ..server.session import Session

__all__ = ["MOST_DELETES", "PRODUCTS", "grant", "of_product", "resources", "sessions"]

PRODUCTS = tuple(name for _, name, is_package in pkgutil.iter_modules(__path__) if is_package)


@cache
def _registered(base: type[Any], product: str) -> list[Any]:
    """The classes of a product that derive from `base`; only its modules are loaded for that."""
    package = f"{__name__}.{product}"
    for _, name, _ in pkgutil.walk_packages([f"{__path__[0]}/{product}"], f"{package}."):
        importlib.import_module(name)
    return [found for found in base.__subclasses__() if found.__module__.startswith(f"{package}.")]


@cache
def of_product(product: str) -> Mapping[str, Resource[Any, Any]]:
    """The resources of a product by kind; no other product is loaded."""
    return {found.kind: found() for found in _registered(Resource, product)}


class _Sessions(Mapping[str, type[Session]]):
    """By product. Each product is loaded when it is asked for: a process often talks to one."""

    def __getitem__(self, product: str) -> type[Session]:
        if product not in PRODUCTS:
            raise KeyError(product)
        for found in _registered(Session, product):
            return cast(type[Session], found)
        raise KeyError(product)

    def __iter__(self) -> Iterator[str]:
        return (product for product in PRODUCTS if _registered(Session, product))

    def __len__(self) -> int:
        return sum(1 for _ in self)


class _Resources(Mapping[str, Resource[Any, Any]]):
    """By kind; loaded likewise."""

    def __getitem__(self, kind: str) -> Resource[Any, Any]:
        product = kind.partition(".")[0]
        if product not in PRODUCTS:
            raise KeyError(kind)
        return of_product(product)[kind]

    def __iter__(self) -> Iterator[str]:
        return (kind for product in PRODUCTS for kind in of_product(product))

    def __len__(self) -> int:
        return sum(1 for _ in self)


_SESSIONS, _RESOURCES = _Sessions(), _Resources()


def sessions() -> Mapping[str, type[Session]]:
    """The products by name: how to log in to each."""
    return _SESSIONS


def resources() -> Mapping[str, Resource[Any, Any]]:
    """The resources by kind (`vbr.User`), one instance each."""
    return _RESOURCES


def grant(kind: str, values: Mapping[str, Any]) -> Grant:
    """What an object of a kind lets its holder do; a kind that is not registered counts as every right."""
    found = resources().get(kind)
    return found.grant(dict(values)) if found else unknown_kind(kind, values)
