"""A backup server that was added twice, by two addresses.

* Enterprise Manager takes both, and then collects and licenses the same server twice.
* One whose create lost its answer is not taken back: nobody knew its id. The next run finds it, and says what it is.
* What tells is `VbrCertificateThumbprint`: where nobody gave one, it is that of the server itself. A server
  that could not be reached has none.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ...errors import AlreadyExists, VeeamError
from .servers import identifier, listed, one
from .session import EmSession

_OR_TWO = "if these are two servers, give each a certificate of its own"


def refuse_twin(session: EmSession, id: str, address: str, take_back: Callable[[], None]) -> None:
    """Takes a new server back that shows the certificate of another one, and raises AlreadyExists."""
    with session.servers.lock:  # of two addresses that are added at the same moment, one stays
        if (other := _twin(session, id)) is None:
            return
        try:
            take_back()
        except VeeamError as error:
            session.warn(f"{_same_as(address, other)}; the second address could not be taken back: {error}")
            return
    raise AlreadyExists(
        f"{_same_as('it', other)}; the second address was taken back",
        f"declare it once, by one address; {_OR_TWO}",
    )


def refuse_found_twin(session: EmSession, id: str) -> None:
    """Raises AlreadyExists where a server that is there already is another one's second address."""
    if (other := _twin(session, id)) is not None:
        raise AlreadyExists(
            f"it exists already (id {id}); {_same_as('it', other)}",
            f"declare it once, by one address, and remove the other one in Enterprise Manager; {_OR_TWO}",
            id=id,
        )


def _same_as(address: str, other: dict[str, Any]) -> str:
    return (
        f"{address} is the same server as {other.get('name')!r} (id {identifier(other)}): both show the certificate "
        f"{other.get('vbrcertificatethumbprint')}"
    )


def _twin(session: EmSession, id: str) -> dict[str, Any] | None:
    """Another server that shows the certificate of this one: it is the same, under a second address."""
    servers = session.servers
    with servers.lock:
        new = servers.made.pop(id, None) or one(session, id)
        if new is None or not _certificate(new):
            return None
        for row in listed(session):
            if identifier(row) != id and _certificate(row) == _certificate(new):
                other = one(session, identifier(row))  # it may be gone since, or another machine by now
                if other is not None and _certificate(other) == _certificate(new):
                    return other
        servers.rows[id] = new
    return None


def _certificate(row: dict[str, Any] | None) -> str:
    """The thumbprint that a server shows; "" where it shows none, or the documents' zeros."""
    text = re.sub(r"[\s:]", "", str((row or {}).get("vbrcertificatethumbprint") or "")).upper()
    return text if text.strip("0") else ""
