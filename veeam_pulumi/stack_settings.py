"""The settings of a stack, beside those of its connections: `veeam:NAME`, whatever the project is called."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from .errors import SettingsError

NAMESPACE = "veeam:"
SETTINGS = {
    "connections": "the servers and how to log in to them",
    "defaults": "settings that hold for every connection",
    "maxDeletes": "how many objects a run may delete on a connection",
    "environment": "which part of a roster or of a list of servers counts",
    "companies": "the UUIDs of a Service Provider Console's companies",
    "passwords": "given passwords, in place of generated ones",
    "currentPasswords": "what accounts have now, where that is needed to give them another password",
    "rotation": "what rotates the generated passwords",
    "file": "another file than roster.yaml, servers.yaml or tenants.csv",
    "connection": "another connection for the users of companies, or for Enterprise Manager",
}


def check(keys: Iterable[str]) -> None:
    """Raises SettingsError for the first key of our namespace that is not a setting, and names the nearest."""
    for key in sorted(keys):
        name = key.removeprefix(NAMESPACE)
        if not key.startswith(NAMESPACE) or name in SETTINGS:
            continue
        near = difflib.get_close_matches(name, SETTINGS, n=1, cutoff=0.5)
        hint = f"did you mean {NAMESPACE}{near[0]}?" if near else f"settings are {', '.join(SETTINGS)};"
        raise SettingsError(f"unknown setting {key}", f"{hint} take {key} out of the stack's config")
