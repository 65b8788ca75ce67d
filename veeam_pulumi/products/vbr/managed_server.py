r"""A server that Veeam Backup & Replication manages: a Windows, Linux, vSphere or Hyper-V host or cluster.

* Every write is answered with a session to wait for, see `server_sessions`. What it made is `resourceId` of the
  finished session where that is a server's id (the contract's example has the session's own); else it is found by type
  and name.
* Type and name cannot be changed. PUT takes the whole model: what is read goes back, with what changed over it.
* A failed create may leave a server behind: it is named, and never deleted here.
* A delete is answered before the server is gone: GET shows it for a while. One that is in use is refused, by the
  session or with 400.
* POST /{id}/updateSingleUseCredentials also turns permanent credentials into single-use ones; the way back is a PUT.
* Hosts below a vCenter are in no list, unless asked for.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import partial
from typing import Annotated, Any, ClassVar, cast

from pydantic import BaseModel, Field

from ... import vocabulary
from ...errors import AnswerLost, Protected, ServerRefused, ServerUnreachable, VeeamError
from ...resource.fields import (
    ConnectionName,
    Inputs,
    Normal,
    Problem,
    Row,
    State,
    computed,
    identity,
    plain,
    replace,
    secret,
    unordered,
    write_only,
)
from ...resource.grant import Grant, text
from ...resource.identity import path_part
from ...resource.resource import Resource
from ...resource.types import Address, Guid, Number, Secret, Switch, Text
from ...server.body import require_row
from ...server.names import fold
from . import presented, server_sessions, server_types
from .presented import SshFingerprint, Thumbprint, Watch
from .server_types import SINGLE_USE, NetworkSettings, SingleUseCredentials, SshSettings, StorageType, Type
from .session import VbrSession

PATH = "/api/v1/backupInfrastructure/managedServers"
_IN_USE = "if it is in use, take it out of the jobs, proxies, repositories and protection groups that use it first"
_Hidden = Annotated[Secret | None, secret, write_only]


class ManagedServerInputs(Inputs):
    connection: ConnectionName = "vbr"
    name: Annotated[Address, identity, replace, Normal(fold)] = Field(
        description="DNS name or IP address of the host, or of the cluster. Case does not matter."
    )
    type: Annotated[Type, identity, replace] = Field(
        description="What it is; `ViHost` is a vCenter Server or an ESXi host. Hyper-V needs 13.0.0."
    )
    description: Text = Field("", description="Any text.")
    credentials_id: Guid | None = Field(
        None, description="The id of credentials that the backup server keeps. Needed where the storage is `Permanent`."
    )
    credentials_storage_type: StorageType = Field(
        "Permanent",
        description="How to log in to Windows, Linux and Hyper-V hosts: with kept credentials, with some that are used "
        "once (Linux), or with a certificate that was put on the host.",
    )
    single_use_credentials: Annotated[SingleUseCredentials | None, write_only] = Field(
        None, description="The account of credentials that are used once and not kept."
    )
    single_use_password: _Hidden = Field(None, description="Its password.")
    single_use_private_key: _Hidden = Field(None, description="Its private key: a PEM file as base64, on one line.")
    single_use_passphrase: _Hidden = Field(None, description="The passphrase of that key.")
    single_use_root_password: _Hidden = Field(None, description="The password of root, for su.")
    handshake_code: _Hidden = Field(None, description="What pairs a Linux host, for the storage `Certificate`.")
    ssh_fingerprint: SshFingerprint = None
    certificate_thumbprint: Thumbprint = None
    watch_fingerprint: Watch = True
    port: Annotated[server_types.Port | None, computed] = Field(
        None, description="The port of vSphere; the server takes 443 when left out."
    )
    network_settings: Annotated[NetworkSettings | None, computed] = Field(
        None, description="Of Windows and Hyper-V hosts; what is left out is up to the server."
    )
    ssh_settings: Annotated[SshSettings | None, computed] = Field(
        None, description="Of Linux hosts; what is left out is up to the server."
    )
    max_task_count: Annotated[Number | None, computed] = Field(None, ge=1, description="Of Hyper-V: tasks at one time.")
    hv_servers: Annotated[list[Annotated[Address, Normal(fold)]] | None, unordered, computed] = Field(
        None, min_length=1, description="The hosts of a Hyper-V cluster, in any order; all of them when left out."
    )
    add_all_servers: Annotated[Switch | None, computed] = Field(None, description="Of SCVMM: all its hosts are added.")


class ManagedServerOutputs(BaseModel):
    status: str | None = Field(None, description="`Available` or `Unavailable`, when it was last looked at.")
    vi_host_type: str | None = Field(None, description="Of vSphere: `VC`, `ESXi` or `ESX`.")
    is_backup_server: bool = Field(False, description="Whether it is the backup server itself, which is never deleted.")


class VbrManagedServer(Resource[ManagedServerInputs, VbrSession]):
    """A server that a backup server manages: a Windows, Linux, vSphere or Hyper-V host or cluster.

    The id is the server's UUID. Adding one may install components, which takes minutes: the connection's `deadline`
    has to be long enough. Deleting it removes no backup. What the server trusts a host by is never shown: a refresh
    asks the host again.
    """

    kind = "vbr.ManagedServer"
    inputs = ManagedServerInputs
    outputs = ManagedServerOutputs
    follows: ClassVar = server_types.FOLLOWS

    def problems(self, inputs: State) -> Iterator[Problem]:
        return server_types.problems(inputs)

    def needs(self, inputs: State) -> Iterator[Problem]:
        return server_types.needs(inputs)

    def create(self, session: VbrSession, inputs: ManagedServerInputs) -> tuple[str, State | None]:
        server_types.require_complete(session, inputs)
        presented.require_given(session, plain(inputs))
        look = partial(self.find, session, inputs)
        try:
            answer = session.request("POST", PATH, body=server_types.new(inputs))
        except AnswerLost:  # it may take the server minutes
            if (made := server_sessions.appears(session, look, patient=False)) is None:
                raise
            return made, None
        try:
            done = server_sessions.finish(session, answer, self.label(plain(inputs)))
        except ServerUnreachable as error:
            raise AnswerLost(error.cause, error.fix) from None
        except ServerRefused as error:
            error.fix = f"{error.fix}{self._left(session, inputs)}"
            raise
        if done is not None and (id := done.get("resourceId")):
            with contextlib.suppress(VeeamError):  # some servers give the session's own id
                if self.matches(row := self.row(session, id), inputs):
                    return str(row["id"]), self.values(session, row)
        made = server_sessions.appears(session, look, patient=True)
        if made is None:
            lost = "its session got lost" if done is None else "it is not listed, though its session succeeded"
            raise AnswerLost(f"the server accepted it, but {lost}")
        return made, None

    def _left(self, session: VbrSession, inputs: ManagedServerInputs) -> str:
        """What to do about a server that a failed create left behind."""
        with contextlib.suppress(VeeamError):
            if (left := self.find(session, inputs)) is not None:
                return f"; it is listed all the same (id {left}): {vocabulary.head.adopt}"
        return ""

    def row(self, session: VbrSession, id: str) -> Row:
        return cast(Row, require_row(session.get(_path(id)), server_types.ROW, "id", id))

    def rows(self, session: VbrSession) -> Iterator[tuple[str, Row]]:
        return ((str(row["id"]), row) for row in session.rows(PATH, shape=server_types.ROW))

    def values(self, session: VbrSession, row: Row) -> State:
        return server_types.values(row)

    def unlisted(self, session: VbrSession, live: State, state: State) -> State:
        return presented.untrusted(session, live, state)

    def update(
        self, session: VbrSession, id: str, old: State, new: ManagedServerInputs, changed: frozenset[str]
    ) -> None:
        said = plain(new)
        if changed & {*server_types.FINGERPRINTS.values()} and said.get(server_types.FINGERPRINTS.get(new.type, "")):
            presented.require_presented(session, said)
        if new.credentials_storage_type == "SingleUse" and changed & {*SINGLE_USE, "credentials_storage_type"}:
            server_types.require_complete(session, new)
            self._send(session, said, "POST", f"{_path(id)}/updateSingleUseCredentials", server_types.single_use(new))
            changed -= {*SINGLE_USE, "credentials_storage_type", "credentials_id"}
        if changed:
            body = server_types.changed_row(self.row(session, id), new, changed)
            self._send(session, said, "PUT", _path(id), body)

    def _send(self, session: VbrSession, said: State, method: str, path: str, body: Any = None) -> None:
        answer = session.request(method, path, body=body)
        if server_sessions.finish(session, answer, self.label(said)) is None:
            raise AnswerLost(f"the session of {answer.what} got lost before it ended")

    def delete(self, session: VbrSession, id: str, state: State) -> None:
        try:
            self._send(session, state, "DELETE", _path(id))
        except ServerRefused as error:
            error.fix = "; ".join(filter(None, (error.fix, _IN_USE)))
            raise
        server_sessions.wait_until_gone(session, _path(id))

    def protect(self, session: VbrSession, id: str, state: State) -> None:
        if state.get("is_backup_server"):
            fix = f"out of the state with {vocabulary.head.forget}"
            raise Protected("it is the backup server itself, which always manages itself", fix)

    def matches(self, row: Row, inputs: ManagedServerInputs) -> bool:
        return row.get("type") == inputs.type and fold(str(row.get("name"))) == fold(inputs.name)

    def grant(self, values: State) -> Grant:
        # It lets nobody log in to the backup server, and nobody holds it: what may be done to it is in roles of users.
        own = values.get("is_backup_server") is True
        return Grant("", text(values.get("connection") or "vbr"), built_in=own, principal="server")

    def collection(self, session: VbrSession) -> str:
        return PATH


def _path(id: str) -> str:
    return f"{PATH}/{path_part(id)}"
