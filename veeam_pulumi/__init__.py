"""Users and backup servers of Veeam products as Pulumi resources.

    import veeam_pulumi as veeam

    veeam.aws.User("operator", name="operator", password=secret)
    veeam.vbr.User("john", name=r"TECH\\john", roles=["Veeam Backup Operator"])

One module per product: `aws` (Backup for AWS), `azure` (Backup for Azure), `em` (Enterprise Manager), `m365` (Backup
for Microsoft 365), `vbr` (Backup & Replication), `vspc` (Service Provider Console). `errors` is what they raise.
`Password` is a generated password.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from . import hosted

if TYPE_CHECKING:
    from . import errors
    from .dynamic import aws, azure, em, m365, vbr, vspc
    from .dynamic.password import Password

__all__ = ["Password", "aws", "azure", "em", "errors", "m365", "vbr", "vspc"]

hosted.quiet_when_interrupted()


def __getattr__(name: str) -> Any:
    # Loaded on first use: importing pulumi takes 0.2 s, and the command line needs none of it.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name == "Password":
        return importlib.import_module(".dynamic.password", __name__).Password
    return importlib.import_module(".errors" if name == "errors" else f".dynamic.{name}", __name__)


def __dir__() -> list[str]:
    return list(__all__)
