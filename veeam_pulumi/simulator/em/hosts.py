"""The backup servers that are not there: what Enterprise Manager would find behind an address."""

from __future__ import annotations

import hashlib
import ipaddress
import re
from dataclasses import dataclass
from functools import cache

from .knobs import Settings

_DOMAIN = "lab.local"


@dataclass(frozen=True)
class Failure:
    """Why a task failed; `needs`: the flag of its result that says what would help, if anything would."""

    message: str
    needs: str = ""


@cache
def full_name(address: str) -> str:
    """What the name service says: vbr01 is vbr01.lab.local, 172.17.53.48 is 172-17-53-48.lab.local."""
    try:
        ipaddress.ip_address(address)
    except ValueError:
        return address if "." in address else f"{address}.{_DOMAIN}"
    return f"{re.sub('[.:]+', '-', address).strip('-')}.{_DOMAIN}"


@cache
def thumbprint(address: str) -> str:
    """Of the certificate behind an address: SHA-1 of `veeam ` and its full name in lower case, upper-case hex."""
    return hashlib.sha1(f"veeam {full_name(address).lower()}".encode()).hexdigest().upper()


def connect(settings: Settings, address: str, password: str | None, expected: str | None) -> Failure | None:
    """What goes wrong when the server is connected, with the credentials and the thumbprint that were given."""
    how = settings.text("task_result")
    certificate = Failure(f"The certificate of backup server {address} is not trusted.", "ConfirmationNeeded")
    if how != "ok":
        failed = Failure(f"Failed to connect to backup server {address}: the connection was refused.")
        return failed if how == "failed" else certificate
    if address.lower() in settings.offline:
        return None  # accepted, and the credentials are kept until the server can be reached
    if settings.text("credentials") == "strict" and password is not None and "wrong" in password.lower():
        return Failure(f"Failed to connect to backup server {address}: invalid credentials.", "CredentialsNeeded")
    if settings.text("thumbprint") != "any" and expected and expected != thumbprint(settings.host(address)):
        return certificate
    return None
