"""A program that the CLI's language host runs prints no traceback when it is interrupted.

The CLI interrupts the program as soon as one resource fails, and at Ctrl-C (3.260): that would be 26 lines of
KeyboardInterrupt among the errors, which are about nothing that the program did. There is no hook for it but Python's.
"""

from __future__ import annotations

import sys
from types import TracebackType


def quiet_when_interrupted() -> None:
    """Called by whatever program imports the package, as one whose resources are all gone may do no more with it."""
    hosted = any(word.endswith("pulumi-language-python-exec") for word in sys.orig_argv)
    if hosted and sys.excepthook is sys.__excepthook__:
        sys.excepthook = _but_interrupts


def _but_interrupts(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if not issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
