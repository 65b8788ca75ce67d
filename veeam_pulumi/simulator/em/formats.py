"""Answers as JSON and as XML, from one description. JSON says null where XML says nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from xml.sax.saxutils import escape, quoteattr

NAMESPACE = "http://www.veeam.com/ent/v1.0"
_ROOT = (
    f' xmlns="{NAMESPACE}" xmlns:xsd="http://www.w3.org/2001/XMLSchema"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)
_CAPITALS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]+")


@dataclass
class Node:
    """An element: its attributes, then its children in the order of the schema. JSON makes no difference of the two.

    A child that is a list stands for its items: in JSON under the list's name, in XML one after the other, without an
    element around them. Only Links have one.
    """

    tag: str
    attributes: Mapping[str, str | int | None] = field(default_factory=dict)
    children: Mapping[str, object] = field(default_factory=dict)


def as_json(node: Node, camel: bool) -> dict[str, Any]:
    members = {**node.children, **node.attributes}
    return {_camel(name) if camel else name: _member(value, camel) for name, value in members.items()}


def as_xml(node: Node) -> str:
    return f'<?xml version="1.0" encoding="utf-8"?>{_element(node.tag, node, _ROOT)}'


def _member(value: object, camel: bool) -> Any:
    if isinstance(value, list):
        return [as_json(item, camel) for item in value]
    return as_json(value, camel) if isinstance(value, Node) else value


@cache
def _camel(name: str) -> str:
    """As .NET does it: UID becomes uid, NASJobs nasJobs, VbrCertificateThumbprint vbrCertificateThumbprint."""
    return _CAPITALS.sub(lambda found: found[0].lower(), name, count=1)


def _element(tag: str, value: object, extra: str = "") -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        items = "".join(_element(item.tag, item) for item in value)
        return f"<Links>{items}</Links>" if tag == "Links" else items
    if isinstance(value, Node):
        given = [(name, inner) for name, inner in value.attributes.items() if inner is not None]
        attributes = extra + "".join(f" {name}={quoteattr(_text(inner))}" for name, inner in given)
        inner = "".join(_element(name, child) for name, child in value.children.items())
        return f"<{tag}{attributes}>{inner}</{tag}>"
    return f"<{tag}>{escape(_text(value))}</{tag}>"


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
