"""Roles, operators and items, and directory objects as answers show them."""

from __future__ import annotations

from typing import Any

from ..store import Doc

# RESTUser.type -> RESTRbacUser.type: two words for one thing.
_MAILBOXES = {"User": "User", "Shared": "SharedMailbox", "Public": "PublicMailbox"}


def role(role: Doc) -> dict[str, Any]:
    """Neither operators nor items: they are three more requests."""
    shown = {name: role[name] for name in ("id", "organizationId", "name", "description", "roleType")}
    return {**shown, "_links": {}}


def organization(one: Doc) -> dict[str, Any]:
    return {
        "type": "Office365",
        "id": one["id"],
        "name": one["name"],
        "officeName": one["name"],
        "isExchangeOnline": True,
        "isSharePointOnline": True,
        "isTeamsOnline": True,
        "region": "Worldwide",
        "_links": {},
        "_actions": {},
    }


def found(one: Doc) -> dict[str, Any]:
    """An object of the directory, as a look-up shows it."""
    common = {"id": one["id"], "eTag": None, "displayName": one["displayName"], "msid": None, "dataLocation": None}
    if one["kind"] == "User":
        more = {"onPremisesSid": "", "name": one["name"], "type": one["type"], "locationType": "Cloud", "office": ""}
        return {**common, **more, "assignedLicenses": None}
    if one["kind"] == "Group":
        more = {"onPremisesSid": "", "name": one["name"], "managedBy": "", "site": "", "locationType": "Cloud"}
        return {**common, **more, "type": one["type"]}
    if one["kind"] == "Team":
        return {**common, "description": "", "mail": one["name"]}
    del common["displayName"]
    title = {"name": one["displayName"], "title": one["displayName"], "url": one["name"], "parentUrl": ""}
    return {**common, **title, "isCloud": True, "isPersonal": False, "isAvailable": True, "siteCollectionError": ""}


def member(one: Doc) -> dict[str, Any]:
    """The same object inside an operator or item, with other words for its type."""
    names = {"id": one["id"], "displayName": one["displayName"], "name": one["name"]}
    if one["kind"] == "User":
        return {**names, "onPremisesSid": "", "type": _MAILBOXES[one["type"]]}
    if one["kind"] == "Group":
        return {**names, "onPremisesSid": "", "type": one["type"]}
    if one["kind"] == "Team":
        return {"id": one["id"], "description": "", "displayName": one["displayName"], "mail": one["name"]}
    site = {"id": one["id"], "url": one["name"], "title": one["displayName"], "parentUrl": ""}
    return {**site, "isCloud": True, "isPersonal": False}
