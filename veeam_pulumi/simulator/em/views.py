"""A backup server as references and entities show it. Neither holds its address or its credentials."""

from __future__ import annotations

from typing import Any

from .formats import Node

# In the order of recorded answers; Alternate comes first, and leads to the other of the two forms.
_LINKS = (
    ("Edit", "", "BackupServerReference"),
    ("Delete", "", "BackupServerReference"),
    ("Down", "/jobs", "JobReferenceList"),
    ("Down", "/managedServers", "ManagedServerReferenceList"),
    ("Down", "/repositories", "RepositoryReferenceList"),
    ("Down", "/externalRepositories", "ExternalRepositoryReferenceList"),
    ("Down", "/credentials", "CredentialsList"),
    ("Create", "/credentials?action=create", None),
    ("Down", "/passwords", "PasswordKeyList"),
    ("Create", "/passwords?action=create", None),
    ("VeeamZip", "?action=veeamzip", None),
    ("QuickBackup", "?action=quickbackup", None),
    ("Start", "?action=collect", None),
)


def link(rel: str, href: str, type_: str | None = None, name: str | None = None) -> Node:
    return Node("Link", {"Rel": rel, "Href": href, "Name": name, "Type": type_})


def path(known: dict[str, Any]) -> str:
    return f"/api/backupServers/{known['id']}"


def reference(known: dict[str, Any], base: str, tag: str = "Ref") -> Node:
    href = base + path(known)
    names = {"Name": known["name"], "UID": known["uid"]}
    alternate = link("Alternate", f"{href}?format=Entity", "BackupServer", known["name"])
    return Node(tag, {"Type": "BackupServerReference", "Href": href, **names}, {"Links": [alternate]})


def entity(known: dict[str, Any], base: str, certificates: bool) -> Node:
    href = base + path(known)
    alternate = link("Alternate", href, "BackupServerReference", known["name"])
    shown: dict[str, Any] = {
        "Links": [alternate, *(link(rel, href + rest, type_) for rel, rest, type_ in _LINKS)],
        "Description": known["description"],
        "Port": known["port"],
        "Version": known["version"],
    }
    if certificates:
        shown["WcfPort"] = known["wcfPort"]
        shown["VbrCertificateThumbprint"] = known["vbrCertificateThumbprint"]
    names = {"Name": known["name"], "UID": known["uid"]}
    return Node("BackupServer", {"Type": "BackupServer", "Href": f"{href}?format=Entity", **names}, shown)
