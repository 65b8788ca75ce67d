r"""A credential that a backup server keeps: a user name, and the secrets that it logs in to other machines with.

* Several credentials may have one user name: people tell them apart by the description. So the natural key is the user
  name, the type and the description, and no server enforces it.
* `uniqueId` is the client's to choose, and every revision shows it. Each create sends a new one: of what is there after
  a lost answer, the one that has it is what this create made, and no other is taken for it.
* PUT takes the whole model, and no secret: those have changepassword, changeprivatekey (with the passphrase) and
  changerootpassword. No revision shows a secret; the model of 1.2 lists privateKey and passphrase all the same.
* The type ManagedService and `authenticationType` came with 1.3-rev0. `SSHPort` is spelled like that.
* One in use is not deleted: 400 UnknownError, `… currently in use`, also for some seconds after the server that used it
  was removed (seen by others). DELETE declares no 400.
* Rows of the product's own appliances (`isDefaultAppliance`, 1.3-rev2) are not deletable, and hidden from the list.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from typing import Annotated, Literal

from pydantic import BaseModel, Field, PrivateAttr

from ...errors import AlreadyExists, InvalidInput, UnexpectedAnswer
from ...resource.fields import (
    ConnectionName,
    Inputs,
    Problem,
    Row,
    State,
    identity,
    local,
    replace,
    secret,
    write_only,
)
from ...resource.grant import Grant, Right, Source, text
from ...resource.resource import Resource
from ...resource.types import Name, Number, Secret, SecretText, Switch, Text
from ...server.body import require_row
from ...server.names import fold
from . import credential_key
from . import credential_rows as rows
from . import credential_types as types
from .session import VbrSession

Type = Literal["Standard", "Linux", "ManagedService"]
AuthenticationType = Literal["Password", "SshKey"]
Encoding = Literal["base64", "pem"]


class CredentialInputs(Inputs):
    connection: ConnectionName = "vbr"
    username: Annotated[Name, identity] = Field(
        description=r"The account: `DOMAIN\name`, `name@domain.tld`, a local user, or `DOMAIN\account$` of the type "
        "`ManagedService`. Case does not matter, but for the type `Linux`."
    )
    type: Annotated[Type, replace] = Field(
        "Standard",
        description="What it is for: Windows, hypervisors and whatever else takes a password; Linux; or a managed "
        "service account, whose password the directory keeps (13.0 and later).",
    )
    description: Annotated[Text, identity] = Field(
        "", description="Any text. It tells credentials with the same user name and type apart."
    )
    password: Annotated[Secret | None, secret, write_only] = Field(
        None,
        description="Needed by the type `Standard`, and by `Linux` with the authentication type `Password`; with "
        "`SshKey` it is the account's for sudo. Not for `ManagedService`.",
    )
    authentication_type: AuthenticationType = Field(
        "Password", description="How to log in to a Linux machine. Type `Linux` only."
    )
    private_key: Annotated[SecretText | None, secret, write_only] = Field(
        None, description="The text of the key file (PEM), or its base64. Authentication type `SshKey` only."
    )
    passphrase: Annotated[Secret | None, secret, write_only] = Field(
        None, description="What the private key is encrypted with. It is sent with the key."
    )
    private_key_encoding: Annotated[Encoding, local] = Field(
        "base64",
        description="How the text of a key file is sent: in base64, as in the contract's example, or as it is.",
    )
    ssh_port: Annotated[Number, Field(ge=1, le=65535)] = Field(
        22, description="The port of the SSH server. Type `Linux` only."
    )
    elevate_to_root: Switch = Field(False, description="Whether to work as root, with sudo. Type `Linux` only.")
    add_to_sudoers: Switch = Field(
        False, description="Whether to add the account to the sudoers file. Type `Linux` only."
    )
    use_su: Switch = Field(False, description="Whether to use `su` where sudo fails. Type `Linux` only.")
    root_password: Annotated[Secret | None, secret, write_only] = Field(
        None, description="The password of root, for `add_to_sudoers` and `use_su`. Type `Linux` only."
    )
    _unique_id: str = PrivateAttr(default_factory=lambda: str(uuid.uuid4()))
    """What the server knows the credential by that is created with these inputs."""
    _sent: bool = PrivateAttr(False)
    """Whether its create was sent."""


class CredentialOutputs(BaseModel):
    unique_id: str | None = Field(None, description="The text that the credential was created under.")
    creation_time: str | None = Field(None, description="When it was made, as the server writes it.")


class VbrCredential(Resource[CredentialInputs, VbrSession]):
    """A credential that a backup server keeps: the account that it logs in to other machines with.

    It lets nobody log in to the backup server. The id is the server's UUID, which managed servers and jobs refer to.
    Secrets are never returned: what somebody else changed there cannot be seen. One that is in use is not deleted.
    """

    kind = "vbr.Credential"
    inputs = CredentialInputs
    outputs = CredentialOutputs

    def problems(self, inputs: State) -> Iterator[Problem]:
        return types.problems(inputs, self.fields)

    def needs(self, inputs: State) -> Iterator[Problem]:
        return types.needs(inputs)

    def create(self, session: VbrSession, inputs: CredentialInputs) -> tuple[str, State | None]:
        rows.require_type(session, inputs.type)
        inputs._sent = True
        body = {**rows.wire(session, inputs), "uniqueId": inputs._unique_id, **rows.secrets(inputs)}
        made = session.write("POST", rows.PATH, body)
        id = made.get("id") if isinstance(made, dict) else None
        id = id if id and isinstance(id, str) else self.find(session, inputs)
        if id is None:
            raise InvalidInput("the server accepted the credential, but does not list it", "look at it, then run again")
        try:
            return id, rows.complete(session, require_row(made, rows.ROW, "id", id))
        except UnexpectedAnswer:  # read again, where what is wrong with it is said
            return id, None

    def row(self, session: VbrSession, id: str) -> Row:
        found: Row = require_row(session.get(rows.path(id)), rows.ROW, "id", id)
        if found.get("isDefaultAppliance") is True:
            raise InvalidInput("it is a credential of the product's own appliances", "leave it to the server's console")
        return found

    def rows(self, session: VbrSession) -> Iterator[tuple[str, Row]]:
        for row in session.rows(rows.PATH, shape=rows.ROW):
            if row.get("isDefaultAppliance") is not True:
                yield str(row["id"]), row

    def values(self, session: VbrSession, row: Row) -> State:
        return rows.values(row)

    def update(self, session: VbrSession, id: str, old: State, new: CredentialInputs, changed: frozenset[str]) -> None:
        if "authentication_type" in changed and new.authentication_type == "SshKey" and new.private_key is None:
            raise InvalidInput("the authentication type SshKey needs the private key", "give private_key")
        if changed & {"username", "description"}:
            self._refuse_twin(session, id, new)
        if changed & {*rows.TEXTS, *rows.LINUX}:
            row = self.row(session, id)
            kept = {key: row[key] for key in rows.ROW if row.get(key) is not None}
            session.write("PUT", rows.path(id), {"description": "", **kept, **rows.wire(session, new, changed)})
        for names, action, body in rows.changes_of_secrets(new):
            if changed & names:
                session.write("POST", f"{rows.path(id)}/{action}", body)

    def _refuse_twin(self, session: VbrSession, id: str, new: CredentialInputs) -> None:
        """Raises AlreadyExists where another credential would be the same to people."""
        for other, row in self.rows(session):
            if other.lower() != id.lower() and self.matches(row, new):
                raise AlreadyExists(
                    f"another credential (id {other}) has this user name, type and description already",
                    "choose another description",
                    id=other,
                )

    def delete(self, session: VbrSession, id: str, state: State) -> None:
        rows.delete_when_free(session, id)

    def matches(self, row: Row, inputs: CredentialInputs) -> bool:
        return not credential_key.differences(self, row, inputs, rows.TEXTS)

    def picked(self, session: VbrSession, rows: Iterable[tuple[str, Row]], inputs: CredentialInputs) -> str | None:
        known = list(rows)
        if own := [id for id, row in known if row.get("uniqueId") == inputs._unique_id]:
            return own[0]
        if inputs.adopt and not inputs._sent:
            return credential_key.adopted(self, known, inputs)
        found = next((id for id, row in known if self.matches(row, inputs)), None)
        if found and inputs._sent:
            raise UnexpectedAnswer(
                f"the server has one with this user name, type and description by now (id {found}), but not with the "
                f"unique id {inputs._unique_id} that was sent"
            )
        return found

    def same(self, name: str, old: State, new: State) -> bool:
        if name == "username" and "Linux" not in (old.get("type"), new.get("type")):
            had, said = old.get(name), new.get(name)
            return isinstance(had, str) and isinstance(said, str) and fold(had) == fold(said)
        return super().same(name, old, new)

    def key(self, values: State) -> str:
        return repr([values.get("type"), fold(str(values.get("username"))), values.get("description") or ""])

    def grant(self, values: State) -> Grant:
        kind, connection = text(values.get("type")), text(values.get("connection") or "vbr")
        # Of an account on other machines: who reaches the secret, the roles of the users of this server say.
        held: dict[Right, tuple[Source, ...]] = {"secrets": (Source("", "the password or key that it keeps"),)}
        rights = {} if kind == "ManagedService" else held
        return Grant("", connection, principal="credential", rights=rights, type=kind)

    def collection(self, session: VbrSession) -> str:
        return rows.PATH
