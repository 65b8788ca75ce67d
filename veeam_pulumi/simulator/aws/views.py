"""A user as answers show it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from ..store import Doc


def user(user: Doc, origin: str = "") -> dict[str, Any]:
    """`origin`: scheme, host and port for links; without it there are none."""
    shown = {key: user[key] for key in ("name", "description", "mfaEnabled", "isDefault")}
    if origin:
        href = f"{origin}/api/v1/users/{quote(user['name'], safe='')}"
        mfa = "DisableMfa" if user["mfaEnabled"] else "EnableMfa"
        shown["_links"] = [
            {"method": "GET", "rel": "self", "href": href},
            {"method": "PUT", "rel": "update", "href": href},
            # The collection example of 2.0 has this link for the default administrator too, who cannot be deleted.
            {"method": "DELETE", "rel": "delete", "href": href},
            {"method": "POST", "rel": mfa, "href": f"{href}/{mfa[0].lower()}{mfa[1:]}"},
        ]
    return shown
