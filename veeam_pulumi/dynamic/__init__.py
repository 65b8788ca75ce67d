"""The Pulumi head: one shell for every resource (provider.py) and one module of typed classes per product."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
