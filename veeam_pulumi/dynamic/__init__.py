"""The Pulumi head: one shell for every resource (provider.py) and one module of typed classes per product."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pulumi.dynamic import ResourceProvider


def load(kind: str) -> ResourceProvider:
    """The provider of a resource kind.

    The stacks of every user hold a reference to this very function, by this module and name, with the kind as its
    argument: it may never move, and every kind ever released must stay valid.
    """
    from . import process

    process.prepare()
    if kind == "vbr.ServerCertificate":
        from .certificate import CertificateProvider

        return CertificateProvider()
    if kind == "Password":
        from .password import PasswordProvider

        return PasswordProvider()
    if kind == "BreakGlass":
        from .break_glass import BreakGlassProvider

        return BreakGlassProvider()
    from .provider import Provider

    return Provider(kind)


def typed_class(kind: str) -> Any:
    """The class that declares a kind in programs: `vbr.User` -> the class `User` of the module `dynamic.vbr`."""
    product, _, name = kind.partition(".")
    return getattr(importlib.import_module(f".{product}", __package__), name)
