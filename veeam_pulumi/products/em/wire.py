"""What goes over the wire to Enterprise Manager and back: JSON or XML, read into one form.

* Keys are PascalCase in version 12, camelCase in 13.0 (`VbrCertificateThumbprint`, `vbrCertificateThumbprint`; `UID`,
  `uid`), and both will live on: the common form has them in lower case.
* JSON may start with a byte-order mark. Answers to a JSON request may be XML, and the other way round.
* In XML, absent is left out; JSON says null. XML elements in a request must be in order.
* The document of 13.0.1 has Username before Port, the schema of 9.5 Port first: the document's order is sent, and the
  schema's after a 400.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from pydantic import SecretBytes

from ... import redaction
from ...errors import ServerRefused
from ...server.body import countable, sane

if TYPE_CHECKING:
    from xml.etree import ElementTree

    from ...server.answer import Answer
    from .session import EmSession

DOCUMENT = ("Description", "DnsNameOrIpAddress", "Username", "Port", "Password", "WcfPort", "VbrCertificateThumbprint")
SCHEMA = ("Description", "DnsNameOrIpAddress", "Port", "Username", "Password", "WcfPort", "VbrCertificateThumbprint")
NAMESPACE = "http://www.veeam.com/ent/v1.0"
_LISTS = frozenset(
    {"backupservers", "enterpriseaccountinroles", "links", "refs", "supportedversions"}
    # Roots of answers about accounts: what is a list in JSON stands directly below them.
    | {"entityreferences", "enterpriseaccounts", "enterpriseaccountinrolelist", "enterpriseaccounthierarchyscopes"}
)


def read(text: bytes) -> Any:
    """A body in either format -> the common form. Raises ValueError for what is neither."""
    plain = countable(text).decode("utf-8-sig").strip()
    if plain.startswith("<"):
        # A page of a proxy; and no document type ever gets to the parser, in whatever encoding.
        if "<!doctype" in plain.lower() or "\0" in plain:
            raise ValueError("no XML of the product")
        from xml.etree import ElementTree  # every process loads this file, few ever read XML

        root = ElementTree.fromstring(plain)
        found = _element(root)
        return sane(found if isinstance(found, dict) else {_name(root.tag): found})
    return _lower(sane(json.loads(plain)))


def _lower(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key).lower(): _lower(item) for key, item in value.items()}
    return [_lower(item) for item in value] if isinstance(value, list) else value


def _name(tag: str) -> str:
    return tag.rpartition("}")[2].lower()


def _element(element: ElementTree.Element) -> Any:
    """An element: a list, an object of its attributes and children, or its text."""
    if _name(element.tag) in _LISTS:
        return [_element(child) for child in element]
    found: dict[str, Any] = {_name(key): value for key, value in element.attrib.items()}
    found |= {_name(child.tag): _element(child) for child in element}
    return found or (element.text or "").strip()


def _written(key: str, value: Any) -> str:
    if isinstance(value, Mapping):
        return f"<{key}>{''.join(_written(name, inner) for name, inner in value.items())}</{key}>"
    if isinstance(value, list):
        return "".join(_written(key.removesuffix("s"), inner) for inner in value)
    return f"<{key}>{escape(str(value).lower() if isinstance(value, bool) else str(value), quote=False)}</{key}>"


def xml(root: str, values: Mapping[str, Any], order: Sequence[str]) -> SecretBytes:
    """A request body in XML: `values` (they may hold SecretStr) in the given order, as documents show it.

    What is a list in JSON (`Roles.EnterpriseRoles`) is as many elements of the singular name.
    """
    shown = redaction.reveal({key: values[key] for key in order if key in values})
    lines = [f"  {_written(key, value)}" for key, value in shown.items()]
    head = '<?xml version="1.0" encoding="utf-8"?>'
    schema = 'xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    text = "\n".join([head, f'<{root} xmlns="{NAMESPACE}" {schema}>', *lines, f"</{root}>"])
    return SecretBytes(text.encode())


def send(session: EmSession, method: str, path: str, spec: dict[str, Any]) -> Answer:
    """A backup server's specification, in the format of the connection."""
    if session.settings.format == "json":
        return session.request(method, path, body=spec)
    try:
        return session.request(method, path, body=xml("BackupServerSpec", spec, DOCUMENT))
    except ServerRefused as error:
        if error.status != 400:
            raise
        try:  # refused as malformed, so nothing was done
            return session.request(method, path, body=xml("BackupServerSpec", spec, SCHEMA))
        except ServerRefused:
            raise error from None
