"""One folder per product, one file per resource. What is in a folder is registered by being there."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from ..resource.grant import Grant, unknown_kind
from ..resource.resource import Resource
from ..server.delete_limit import MOST as MOST_DELETES
from ..server.delete_limit import limit as most_deletes
from ..server.session import Session

__all__ = [
    "MOST_DELETES",
    "PRODUCTS",
    "file_of",
    "files",
    "grant",
    "in_file",
    "most_deletes",
    "of_product",
    "resources",
    "sessions",
]

PRODUCTS = tuple(name for _, name, is_package in pkgutil.iter_modules(__path__) if is_package)


@cache
def of_product(product: str) -> Mapping[str, Resource[Any, Any]]:
    """The resources of a product by kind; no other product is loaded."""
    package = f"{__name__}.{product}"
    for _, name, _ in pkgutil.walk_packages([f"{__path__[0]}/{product}"], f"{package}."):
        importlib.import_module(name)
    found = [one for one in Resource.__subclasses__() if one.__module__.startswith(f"{package}.")]
    # By file, whichever of them somebody loaded before.
    return {one.kind: _made(one) for one in sorted(found, key=lambda one: one.__module__)}


@cache
def _made(found: type[Resource[Any, Any]]) -> Resource[Any, Any]:
    """The one instance of a class."""
    return found()


@cache
def in_file(product: str, file: str) -> Resource[Any, Any] | None:
    """The resource of one file (em/backup_server.py); its neighbours are not loaded for it. None: no such file."""
    if file not in files(product):
        return None
    module = importlib.import_module(f"{__name__}.{product}.{file}")
    return next((_made(found) for found in Resource.__subclasses__() if found.__module__ == module.__name__), None)


@cache
def files(product: str) -> tuple[str, ...]:
    """The names of a product's files, of which some have a resource; none is loaded. No such product: none."""
    return (
        tuple(name for _, name, _ in pkgutil.iter_modules([f"{__path__[0]}/{product}"])) if product in PRODUCTS else ()
    )


def file_of(kind: str) -> str:
    """`em.BackupServer` -> `backup_server`: a kind is in the file of its name."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", kind.partition(".")[2]).lower()


class _Sessions(Mapping[str, type[Session]]):
    """By product; no resource is loaded for it: every connection's settings are read, and a process often needs one."""

    def __getitem__(self, product: str) -> type[Session]:
        if product not in PRODUCTS:
            raise KeyError(product)
        module = importlib.import_module(f"{__name__}.{product}.session")
        (found,) = [one for one in Session.__subclasses__() if one.__module__ == module.__name__]
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(PRODUCTS)

    def __len__(self) -> int:
        return len(PRODUCTS)


class _Resources(Mapping[str, Resource[Any, Any]]):
    """By kind; loaded likewise."""

    def __getitem__(self, kind: str) -> Resource[Any, Any]:
        found = in_file(kind.partition(".")[0], file_of(kind))
        if found is None or found.kind != kind:
            raise KeyError(kind)
        return found

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


def complete(kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs or the state of an object, with what absent means in them; of an unknown kind as they are."""
    found = resources().get(kind)
    return found.complete(dict(values)) if found else dict(values)
