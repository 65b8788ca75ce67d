"""What each type of credential takes and needs. Which secret goes with which authentication type no schema says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...resource.fields import UNKNOWN, InputField, Marker, Problem, State

LINUX = (
    "authentication_type", "ssh_port", "elevate_to_root", "add_to_sudoers", "use_su", "private_key", "root_password",
)  # fmt: skip


def problems(inputs: State, fields: Mapping[str, InputField]) -> Iterator[Problem]:
    """What does not go together. Values may be UNKNOWN or missing."""
    kind = inputs.get("type")
    given = {name for name, value in inputs.items() if value not in (None, UNKNOWN)}
    if kind in ("Standard", "ManagedService"):
        for name in LINUX:
            if name in given and inputs[name] != fields[name].default:
                yield Problem(name, "is for the type Linux", secret=Marker.secret in fields[name].markers)
    if kind == "ManagedService" and "password" in given:
        yield Problem("password", "is not for the type ManagedService: the directory keeps it", secret=True)
    if kind == "Linux" and inputs.get("authentication_type") == "Password" and "private_key" in given:
        yield Problem("private_key", "is for the authentication type SshKey", secret=True)
    if "passphrase" in given and inputs.get("private_key") is None:
        yield Problem("passphrase", "is sent with the private key: give private_key, too", secret=True)


def needs(inputs: State) -> Iterator[Problem]:
    """What is missing for creating one."""
    kind, how = inputs.get("type"), inputs.get("authentication_type")
    if inputs.get("password") is None and (kind == "Standard" or (kind == "Linux" and how == "Password")):
        with_password = " with the authentication type Password" if kind == "Linux" else ""
        yield Problem("password", f"is required by the type {kind}{with_password}", secret=True)
    if kind == "Linux" and how == "SshKey" and inputs.get("private_key") is None:
        yield Problem("private_key", "is required by the authentication type SshKey", secret=True)
