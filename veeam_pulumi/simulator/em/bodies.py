"""The body of create and PUT: BackupServerSpec, as JSON without a root, or as XML in the order of the schema."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

from ..routing import Call
from .formats import NAMESPACE
from .server import Server

JSON, XML = "application/json", ("application/xml", "text/xml")  # text/xml: older servers
_FIRST, _LAST = ("Description", "DnsNameOrIpAddress"), ("Password", "WcfPort", "VbrCertificateThumbprint")
_ORDERS = {"schema": (*_FIRST, "Port", "Username", *_LAST), "seed": (*_FIRST, "Username", "Port", *_LAST)}
_FIELDS = {name.lower(): name for name in _ORDERS["schema"]}
_PORTS = ("Port", "WcfPort")
_NEEDED = {
    "docs": ("Description", "DnsNameOrIpAddress", "Port", "Username", "Password"),
    "schema": ("DnsNameOrIpAddress", "Username", "Password"),
}


def for_create(server: Server, call: Call) -> dict[str, Any]:
    return _checked(server, call, _NEEDED[server.settings.text("required")])


def for_update(server: Server, call: Call) -> dict[str, Any]:
    """Of all the fields, only the address is required."""
    return _checked(server, call, ("DnsNameOrIpAddress",))


def _checked(server: Server, call: Call, needed: tuple[str, ...]) -> dict[str, Any]:
    """The fields that the body holds; ports as numbers, everything else as text."""
    spec = {name: value for name, value in _read(server, call).items() if value is not None}
    for name in needed:
        if name not in spec or (spec[name] == "" and name != "Description"):
            raise server.refusal(call, 400, f"The field '{name}' is required.")
    for name, value in spec.items():
        if name in _PORTS:
            # Number in the JSON examples, String in the table of fields: both are taken.
            if isinstance(value, bool) or not re.fullmatch(r"\d{1,5}", str(value)) or not 0 < int(value) < 65536:
                raise server.refusal(call, 400, f"The value '{value}' is not valid for {name}.")
            spec[name] = int(value)
        elif not isinstance(value, str):
            raise server.refusal(call, 400, f"The value of {name} must be a string.")
    return spec


def is_json(server: Server, call: Call) -> bool:
    """Whether the body is read as JSON, by its media type or by what is asked for: a knob decides."""
    media = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != JSON and media not in XML:
        # assumed for bodies; seen at the logon
        raise server.refusal(call, 415, f"The media type '{media}' is not supported.")
    return server.wants_json(call) if server.settings.text("parser") == "accept" else media == JSON


def json_object(server: Server, call: Call) -> dict[str, Any]:
    try:
        body = call.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        # Seen on 9.5U4, for an XML body under an Accept with application/json.
        raise server.refusal(call, 400, "Node [root] does not exist.")
    return body


def xml_root(server: Server, call: Call, name: str) -> ElementTree.Element:
    try:
        if b"<!DOCTYPE" in call.raw:
            raise ElementTree.ParseError("no document types")
        root = ElementTree.fromstring(call.raw)
    except (ElementTree.ParseError, ValueError, LookupError):
        raise server.refusal(call, 400, "There is an error in XML document (1, 1).") from None
    space, _, tag = root.tag.rpartition("}")
    if (space, tag) != (f"{{{NAMESPACE}", name):
        raise server.refusal(call, 400, f"<{tag} xmlns='{space.removeprefix('{')}'> was not expected.")
    return root


def _read(server: Server, call: Call) -> dict[str, Any]:
    return _from_json(server, call) if is_json(server, call) else _from_xml(server, call)


def _from_json(server: Server, call: Call) -> dict[str, Any]:
    """assumed: keys in any case, as .NET reads them by default; keys that it does not know are ignored."""
    body = json_object(server, call)
    return {_FIELDS[key.lower()]: value for key, value in body.items() if key.lower() in _FIELDS}


def _from_xml(server: Server, call: Call) -> dict[str, Any]:
    root = xml_root(server, call, "BackupServerSpec")
    tags = [child.tag.removeprefix(f"{{{NAMESPACE}}}") for child in root]
    choice = server.settings.text("xml_order")
    orders = [order for name, order in _ORDERS.items() if choice in ("either", name)]
    if not any(tags == [name for name in order if name in tags] for order in orders):
        # The order is documented as important; assumed: that it is refused, and not read wrong.
        raise server.refusal(call, 400, f"Invalid order of elements, or an unknown one: {', '.join(tags)}.")
    return {tag: child.text or "" for tag, child in zip(tags, root, strict=True)}
