"""The certificate of a Veeam Backup & Replication server, as the server itself tells of it.

* GET /api/v1/serverCertificate is for everybody: no login, but `x-api-version` like every request.
* The thumbprint is SHA-1, 40 upper-case digits without separators, the form that Enterprise Manager wants.
* The end of its validity is called `validBy`. A renewed certificate is another one at the same path.
"""

from __future__ import annotations

import re

from ...errors import UnexpectedAnswer, VeeamError
from ...resource.fields import State
from ...server.body import fitting
from ...server.connections import Connections
from ...server.deadline import operation
from .session import VbrSession

KIND = "vbr.ServerCertificate"
CERTIFICATE = "/api/v1/serverCertificate"
_KEYS = {
    "thumbprint": "thumbprint", "subject": "subject", "issued_to": "issuedTo", "issued_by": "issuedBy",
    "valid_from": "validFrom", "valid_to": "validBy", "serial_number": "serialNumber",
}  # fmt: skip
FIELDS = (*_KEYS, "server")
"""What is known of a certificate, and the `host:port` it was asked of."""


def read(connections: Connections, connection: str) -> State:
    """The certificate of the connection's backup server. Sends no credentials."""
    session: VbrSession | None = None
    try:
        found = connections.open(connection, "vbr")
        assert isinstance(found, VbrSession)
        session = found
        with operation(session.settings.deadline):
            return {**_ask(session), "server": session.server}
    except VeeamError as error:
        raise error.fill(about=KIND, server=session.where if session else "") from None


def _ask(session: VbrSession) -> State:
    answer = session.transport.send("GET", CERTIFICATE, headers=session.headers())
    if not answer.ok:
        raise session.problem(answer)
    body = fitting(answer.json(), dict.fromkeys(_KEYS.values(), str), "the certificate")
    row = body if isinstance(body, dict) else {}
    if not re.fullmatch("[0-9A-Fa-f]{40}", row.get("thumbprint") or ""):
        raise UnexpectedAnswer(f"{answer.what} was answered with {answer.status}, but without a SHA-1 thumbprint")
    return {name: row[key] for name, key in _KEYS.items() if row.get(key) is not None}
