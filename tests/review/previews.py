"""Previews as the engines write them, built from what a case is about."""

from __future__ import annotations

import base64
from typing import Any

PROJECT = "urn:pulumi:prod::veeam-access"
STACK = f"{PROJECT}::pulumi:pulumi:Stack::veeam-access-prod"
SERVERS = {
    "aws": "backup-aws.example.com:11005",
    "azure": "backup-azure.example.com:443",
    "em": "em01.example.com:9398",
    "vbr": "vbr01.example.com:9419",
    "vspc": "vspc.example.com:1280",
}
Values = dict[str, Any]
Step = dict[str, Any]


def vbr(account: str, *roles: str, **more: Any) -> Values:
    """Inputs of a user of Backup & Replication, as they are after its check."""
    values: Values = {"type": "InternalUser", "is_service_account": False, "description": "", "is_enabled": True}
    return {"name": account, "roles": list(roles), **values, "connection": "vbr", "adopt": False, **more}


def aws(name: str, **more: Any) -> Values:
    return {"name": name, "password": "[secret]", "description": "", "connection": "aws", "adopt": False, **more}


def vspc(name: str, role: str, **more: Any) -> Values:
    values: Values = {
        "organization_uid": "79817d6d-4b00-4e22-b673-8758f02fa0ef",
        "password": "[secret]",
        "status": "Enabled",
    }
    profile = {"first_name": "Stan", "last_name": "Smith", "email": "s.smith@alpha.com"}
    values |= {"profile": profile, "mfa_policy_status": "Disabled", "connection": "vspc", "adopt": False}
    return {"user_name": name, "role": role, **values, **more}


def em(server: str, username: str, **more: Any) -> Values:
    values: Values = {"password": "[secret]", "description": "", "port": 9392, "connection": "em", "adopt": False}
    return {"dns_name_or_ip_address": server, "username": username, **values, **more}


def provider(kind: str) -> str:
    """How the provider of a kind stands in a state file."""
    body = b"\x8c\x14veeam_pulumi.dynamic\x94\x8c\x04load\x94\x93\x94\x8c" + bytes([len(kind)]) + kind.encode()
    body += b"\x94\x85\x94R\x94."
    return base64.b64encode(b"\x80\x04\x95" + len(body).to_bytes(8, "little") + body).decode()


def state(kind: str, name: str, values: Values, *, owner: str = "", known: bool = True, **more: Any) -> Values:
    """A resource in a state file, or (not `known`) as a preview has it before it is created."""
    product, _, word = kind.partition(".")
    token = f"pulumi-python:dynamic/veeam/{product}:{word}"
    parent = f"{PROJECT}::veeam:access:Person::{owner}" if owner else STACK
    chain = "veeam:access:Person$" if owner else ""
    values = {"__provider": provider(kind), **values}
    outputs = {**values, "server": SERVERS[product], "schema": 1, "adopted": False} if known else values
    made = {"urn": f"{PROJECT}::{chain}{token}::{name}", "custom": True, "type": token, "parent": parent}
    return {**made, "inputs": values, "outputs": {**outputs, **more.pop("outputs", {})}, **more}


def step(op: str, old: Values | None, new: Values | None) -> Step:
    one = new or old or {}
    return {"op": op, "urn": one["urn"], "oldState": old, "newState": new, "detailedDiff": None}


def create(kind: str, name: str, values: Values, **more: Any) -> Step:
    return step("create", None, state(kind, name, values, known=False, **more))


def delete(kind: str, name: str, values: Values, **more: Any) -> Step:
    return step("delete", state(kind, name, values, **more), None)


def update(kind: str, name: str, old: Values, new: Values, op: str = "update", **more: Any) -> Step:
    return step(op, state(kind, name, old, **more), state(kind, name, new, **more))


def same(kind: str, name: str, values: Values, **more: Any) -> Step:
    return update(kind, name, values, values, "same", **more)


def looked(*steps: Step, recorded: dict[str, Values] | None = None) -> list[Step]:
    """The steps of `preview --refresh`: first what each resource was recorded with, if that is not what was found."""
    refreshes = []
    for one in steps:
        if one["oldState"]:
            was = dict(one["oldState"])
            if values := (recorded or {}).get(was["urn"].rpartition("::")[2]):
                was |= {"inputs": {**was["inputs"], **values}, "outputs": {**was["outputs"], **values}}
            refreshes.append({**one, "op": "refresh", "oldState": was, "newState": was})
    return [*refreshes, *steps]


def gone(old: Values) -> Step:
    """The refresh step of an object that no step follows, or one that creates it again."""
    return {"op": "refresh", "urn": old["urn"], "oldState": old, "newState": old}


def preview(*steps: Step, diagnostics: list[Values] | None = None) -> Values:
    """The whole document, with the stack and the people as the engine adds them."""
    people: dict[str, Step] = {}
    for one in steps:
        parent = ((one["newState"] or one["oldState"]) or {})["parent"]
        if parent != STACK:
            person = {"urn": parent, "custom": False, "type": "veeam:access:Person", "parent": STACK}
            people.setdefault(parent, step("same", person, person))
    root = {"urn": STACK, "custom": False, "type": "pulumi:pulumi:Stack"}
    every = [step("same", root, root), *people.values(), *steps]
    summary: dict[str, int] = {}
    for one in every:
        if one["op"] != "refresh":
            summary[one["op"]] = summary.get(one["op"], 0) + 1
    document: Values = {"steps": every, "duration": 1, "changeSummary": summary}
    return document | ({"diagnostics": diagnostics} if diagnostics else {})
