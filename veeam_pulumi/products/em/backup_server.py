r"""A backup server that Enterprise Manager knows.

* POST /api/backupServers?action=create is answered with 200, 201, 202 or 204, with or without a Task, a Location or the
  server itself, depending on version and document. The id is looked up: in the finished task's `Related` link, in
  Location, by the query `IpOrDnsName`, by Name. The query may lag behind the task.
* GET never shows the address, user name or password. The address is only a field of the query; Name is the address as
  a rule, and a resolved name or a label sometimes.
* A server that cannot be reached may be accepted all the same; then `version` stays empty.
* PUT wants the address. What happens to fields that are left out is not said, so all that is known is sent; user name
  and password only when they changed, because with them Enterprise Manager authenticates anew.
* `VbrCertificateThumbprint` (SHA-1, 40 digits) is the confirmation that the console asks for. Left out, the server
  stores what it was shown.
* An unknown id is answered with 404, 400 or 500: a server is gone when a complete list does not have it, and the login
  is an administrator's, who sees all.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel, Field

from ... import vocabulary
from ...errors import (
    AlreadyExists,
    AnswerLost,
    ServerRefused,
    ServerUnreachable,
    UnexpectedAnswer,
)
from ...resource.fields import (
    ConnectionName,
    Inputs,
    Normal,
    Row,
    State,
    computed,
    identity,
    kept,
    secret,
    write_only,
)
from ...resource.grant import Grant, text
from ...resource.identity import path_part
from ...resource.resource import Resource
from ...resource.types import Address, Name, Number, Secret, Text
from ...server.names import fold
from . import thumbprint, wire
from .servers import SERVERS, at, every, identifier, linked, not_found, number, one, values_of
from .session import EmSession
from .task import finish
from .twin import refuse_found_twin, refuse_twin

Port = Annotated[Number, Field(ge=1, le=65535)]
FIRST_PORT = 9392
"""What is sent at create. Enterprise Manager 13 stores 443 for some servers, so what it stores is not compared."""


class BackupServerInputs(Inputs):
    connection: ConnectionName = "em"
    dns_name_or_ip_address: Annotated[Address, identity, kept, Normal(fold)] = Field(
        description="DNS name, IPv4 or IPv6 address of the backup server; of a cluster its virtual one. Case does not "
        "matter."
    )
    username: Annotated[Name, write_only] = Field(
        description=r"An administrator of the backup server: `DOMAIN\name`, `HOST\name`, or `name@DOMAIN` where "
        "Enterprise Manager or the backup server runs on Linux."
    )
    password: Annotated[Secret, secret, write_only] = Field(
        description="That account's password. It is sent when the server is added, and when it or the user name "
        "changes."
    )
    description: Text = Field("", description="Any text.")
    port: Annotated[Port | None, computed] = Field(
        None,
        description="The port for connecting: 9392 on Windows, **443 on an appliance**. Left out, 9392 is sent at "
        "create, and what the server has is kept.",
    )
    wcf_port: Annotated[Port | None, computed] = Field(
        None, description="The port for collecting data, such as 9405; the server chooses when left out."
    )
    vbr_certificate_thumbprint: Annotated[
        str | None, AfterValidator(thumbprint.valid), computed, Normal(thumbprint.comparable)
    ] = Field(
        None,
        description="SHA-1 fingerprint of the backup server's certificate: 40 hexadecimal digits; colons, blanks and "
        "case do not matter. Left out, the server stores what it was shown.",
    )


class BackupServerOutputs(BaseModel):
    name: str = Field(description="The name that Enterprise Manager shows: the address as a rule.")
    uid: str = Field(description="`urn:veeam:BackupServer:` and the id, as other requests want it.")
    version: str | None = Field(
        None, description="The build of the backup server; none until Enterprise Manager has reached it."
    )


class EmBackupServer(Resource[BackupServerInputs, EmSession]):
    """A backup server that an Enterprise Manager collects data from.

    The id is the server's GUID. Enterprise Manager never returns the address, the user name or the password: what
    somebody else changed there cannot be seen. Removing it from Enterprise Manager leaves the backup server itself as
    it is.
    """

    kind = "em.BackupServer"
    inputs = BackupServerInputs
    outputs = BackupServerOutputs
    derived: ClassVar = {"name": "dns_name_or_ip_address"}
    follows: ClassVar = dict.fromkeys(("version", "vbr_certificate_thumbprint"), ("dns_name_or_ip_address",))
    found_in_list = False  # rows have a name, not the address: only the query tells

    def create(self, session: EmSession, inputs: BackupServerInputs) -> tuple[str, State | None]:
        session.servers.sent.add(fold(inputs.dns_name_or_ip_address))
        answer = wire.send(session, "POST", f"{SERVERS}?action=create", _spec(inputs, {}))
        try:
            made = finish(session, answer)
        except ServerRefused as error:  # accepted, then failed in its task
            if (left := self.find(session, inputs)) is not None:
                error.fix = f"{error.fix}; it is listed all the same (id {left}): {vocabulary.head.adopt}".lstrip("; ")
            raise
        row = self._appears(session, inputs, linked(made) or linked({"href": answer.headers.get("location")}))
        session.servers.made[identifier(row)] = row
        return identifier(row), values_of(row)

    def _appears(self, session: EmSession, inputs: BackupServerInputs, id: str | None) -> dict[str, Any]:
        """The new server, once a look shows it. Not the one new row of a list: others may be adding servers too."""
        seconds = 0.5
        while True:
            found = id or self.find(session, inputs)
            if found is not None and (row := one(session, found)) is not None:
                return row
            if not session.transport.wait(seconds):
                raise ServerUnreachable(
                    f"the server accepted it{f' as {id}' if id else ''}, but does not list it within the connection's "
                    f"deadline of {session.settings.deadline:g} s",
                    f"run again: if it appeared, {vocabulary.head.adopt}; {session.connection.how_to_set('deadline')}",
                )
            seconds = min(10.0, seconds * 1.5)

    def refuse_found(self, session: EmSession, id: str) -> None:
        refuse_found_twin(session, id)

    def after_create(self, session: EmSession, id: str, inputs: BackupServerInputs) -> None:
        refuse_twin(session, id, inputs.dns_name_or_ip_address, lambda: self.delete(session, id, {}))

    def blind_spot(self, session: EmSession, id: str, state: State) -> str:
        if session.may_read(session.manager_list):
            return ""
        return f"the account {session.settings.username!r} is no {session.manager_role} (any more)"

    def row(self, session: EmSession, id: str) -> Row:
        row = one(session, id)
        if row is None:
            raise not_found(id)
        return row

    def rows(self, session: EmSession) -> Iterator[tuple[str, Row]]:
        return ((identifier(row), row) for row in every(session))

    def values(self, session: EmSession, row: Row) -> State:
        return values_of(row)

    def update(self, session: EmSession, id: str, old: State, new: BackupServerInputs, changed: frozenset[str]) -> None:
        if "dns_name_or_ip_address" in changed and (other := self.find(session, new)) not in (None, id):
            raise AlreadyExists(
                f"another backup server (id {other}) has this address already", "choose another address"
            )
        row = one(session, id)
        if row is None:
            raise not_found(id)
        if "dns_name_or_ip_address" in changed:  # another machine has another certificate
            row = {key: value for key, value in row.items() if key != "vbrcertificatethumbprint"}
        spec = _spec(new, row)
        if not changed & {"username", "password"}:
            spec = {key: value for key, value in spec.items() if key not in ("Username", "Password")}
        finish(session, wire.send(session, "PUT", f"{SERVERS}/{path_part(id)}", spec))

    def delete(self, session: EmSession, id: str, state: State) -> None:
        try:
            answer = session.request("DELETE", f"{SERVERS}/{path_part(id)}")
            if finish(session, answer) is None and answer.body.strip() and one(session, id) is not None:
                raise AnswerLost("the task of the deletion got lost, and the backup server is still listed")
        except (ServerRefused, UnexpectedAnswer):
            if one(session, id) is None:
                raise not_found(id) from None
            raise

    def find(self, session: EmSession, inputs: BackupServerInputs) -> str | None:
        return at(session, inputs.dns_name_or_ip_address)

    def grant(self, values: State) -> Grant:
        # It lets nobody log in to Enterprise Manager: it names an account of the backup server.
        account, connection = text(values.get("username")), text(values.get("connection") or "em")
        return Grant(account, connection, principal="server")

    def collection(self, session: EmSession) -> str:
        return SERVERS


def _spec(inputs: BackupServerInputs, row: dict[str, Any]) -> dict[str, Any]:
    """The request body; what the program leaves open stays as the server (`row`) has it."""
    wcf_port = inputs.wcf_port or row.get("wcfport")
    confirmed = inputs.vbr_certificate_thumbprint or row.get("vbrcertificatethumbprint")
    return {
        "Description": inputs.description,
        "DnsNameOrIpAddress": inputs.dns_name_or_ip_address,
        "Port": inputs.port or number(row.get("port")) or FIRST_PORT,
        "Username": inputs.username,
        "Password": inputs.password,
        **({"VbrCertificateThumbprint": thumbprint.comparable(confirmed)} if confirmed else {}),
        **({"WcfPort": number(wcf_port)} if number(wcf_port) else {}),
    }
