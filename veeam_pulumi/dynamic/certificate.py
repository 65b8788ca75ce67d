"""The shell around a backup server's certificate: read at the first `up` and by refreshes, remembered in state.

It is not an object that anybody manages: nothing is written, and deleting it forgets it. State remembers it so that a
preview sends no request and still knows the thumbprint.
"""

from __future__ import annotations

from typing import Any

import pulumi
from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)

from ..errors import SettingsError
from ..products.vbr import certificate
from ..resource.fields import State
from . import load, process, provider


class CertificateProvider(ResourceProvider):
    """create, read and update ask the server; diff compares the connection alone."""

    serialize_as_secret_always = False

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return load, (certificate.KIND,)

    def configure(self, req: ConfigureRequest) -> None:
        provider.configure(req)

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        process.program_runs()
        failures = []
        if isinstance(name := news.get("connection"), str):
            try:
                provider.connections().get(name, "vbr")
            except SettingsError as error:
                failures.append(CheckFailure("connection", error.shown()))
        return CheckResult(news, failures)

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        return DiffResult(_olds.get("connection") != _news.get("connection"), [])

    def create(self, props: dict[str, Any]) -> CreateResult:
        state = _read(props)
        return CreateResult(state["server"], state)

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        return ReadResult(id_, _read(props), {"connection": props["connection"]})

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        return UpdateResult(_read(_news))

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """There is nothing on the server to delete."""


def _read(props: dict[str, Any]) -> State:
    name = props["connection"]
    return {**certificate.read(provider.connections(), name), "connection": name}


def declare(
    resource: pulumi.dynamic.Resource, resource_name: str, connection: Any, opts: pulumi.ResourceOptions | None
) -> None:
    """Registers the certificate of a connection's server with the engine."""
    provider.refuse(opts, f"{certificate.KIND} {resource_name!r}", provider.REFUSED)
    props = {**dict.fromkeys(certificate.FIELDS), "connection": connection}
    pulumi.dynamic.Resource.__init__(resource, load(certificate.KIND), resource_name, props, opts)
