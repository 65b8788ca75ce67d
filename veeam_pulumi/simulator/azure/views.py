"""A user as answers show it."""

from __future__ import annotations

from typing import Any

from ..store import Doc


def user(user: Doc, href: str = "") -> dict[str, Any]:
    """`href`: its address, for links, which are an object by relation here; without it there are none."""
    shown = {name: value for name, value in user.items() if name != "password"}
    if href:
        shown["_links"] = {"self": {"href": href}, "update": {"href": href}, "delete": {"href": href}}
    return shown
