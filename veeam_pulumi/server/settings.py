"""The settings of one connection: what they are, how each is set, and what they make of TLS and passwords.

What every product's connection has stands here. A product declares its own in `products/PRODUCT/settings.py`, as a
model that derives from this one, and its session names that model.
"""

from __future__ import annotations

import contextlib
import os
import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, get_args
from urllib.parse import unquote

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from .. import redaction, vocabulary
from ..errors import SettingsError
from . import characters, tls
from .delete_limit import MOST

Warn = Callable[[str], None]
CONNECTION_NAME = "[a-z][a-z0-9-]*"


def is_connection_name(text: str) -> bool:
    return re.fullmatch(CONNECTION_NAME, text) is not None


@dataclass(frozen=True)
class Credential:
    """Marks the settings that say how to prove who logs in: a connection has one of them."""

    in_header: bool = False
    """It is sent in a header as it is, which cannot hold every character."""


class Tls(BaseModel):
    """Whom to trust; nothing here: the system's certificate store."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    ca_file: str | None = Field(
        None,
        description="A PEM file with the CA that issued the server's certificate, instead of the system's store.",
    )
    thumbprint: str | None = Field(
        None,
        description="The fingerprint of the server's own certificate: SHA-256 (64 hex digits), or the SHA-1 (40) that "
        "Veeam's consoles show.",
    )
    insecure: bool = Field(False, description="Trust anybody. For a lab: it warns every time.")

    @field_validator("thumbprint")
    @classmethod
    def _shape(cls, value: str | None) -> str | None:
        return value if value is None else tls.normal_thumbprint(value)


class Settings(BaseModel):
    """The settings of one connection."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    product: str = Field(description="The product; may be left out where the connection has the product's name.")
    url: str = Field(
        description="`https://HOST[:PORT]` and nothing else; without a port the product's own. `http://` is refused."
    )
    username: str | None = Field(None, description="The account. Needed at the first login.")
    password: Annotated[SecretStr | None, Credential()] = Field(None, description="Its password, as a secret.")
    password_env: Annotated[str | None, Credential()] = Field(
        None, description="The name of an environment variable that holds the password."
    )
    password_file: Annotated[str | None, Credential()] = Field(
        None, description="A file that holds the password; a line break at its end does not count."
    )
    api_version: str = Field(
        "auto", description="The API version to speak. A fixed one is for a server that answers `auto` wrongly."
    )
    timeout: float = Field(
        30, gt=0, description="Seconds that one request may take, from the connection to the last byte of its answer."
    )
    deadline: float = Field(
        600,
        gt=0,
        description="Seconds that one operation (a create, a delete, …) may take, with all its requests and waits.",
    )
    concurrency: int = Field(
        4,
        ge=1,
        le=64,
        description="Requests at one time, 1 to 64.",
    )
    proxy: SecretStr | None = Field(
        None,
        description="`http://HOST:PORT` of a proxy, as a secret if it has a password. Without it HTTPS_PROXY and "
        "NO_PROXY count.",
    )
    aliases: tuple[str, ...] = Field(
        (), description="A list of former names of this connection: state that names one is served by it."
    )
    moved_from: tuple[str, ...] = Field(
        (), description="A list of former addresses of this server, `host:port` each, as state has them."
    )
    tls: Tls = Field(Tls(), description="Whom to trust. Without it the system's store of certificates.")

    @field_validator("proxy")
    @classmethod
    def _proxy(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.fullmatch(r"https?://[^\s/]+/?", value.get_secret_value()):
            raise ValueError("must be http://HOST:PORT or https://HOST:PORT")
        if value is not None and (why := fault(unquote(value.get_secret_value()))):
            raise ValueError(why)
        return value

    @field_validator("moved_from")
    @classmethod
    def _addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            if not re.fullmatch(r"([\w.-]+|\[[0-9A-Fa-f:.]+\]):\d{1,5}", one):
                raise ValueError("must be addresses as state has them, HOST:PORT each")
        return tuple(one.lower() for one in value)

    def __reduce__(self) -> Any:
        """What an engine pickles ends in a state file; passwords must not."""
        raise TypeError("the settings of a connection hold secrets, so they are not pickled")


def _keys(model: type[BaseModel]) -> dict[str, tuple[str, ...]]:
    """Each setting as users write it, and where it is in the map: `tls.ca_file` -> ("tls", "ca_file")."""
    found = {key: (key,) for key in model.model_fields if key != "tls"}
    return found | {f"tls.{key}": ("tls", key) for key in Tls.model_fields}


def credentials(model: type[Settings]) -> dict[str, Credential]:
    """The settings that say how to prove who logs in, by name."""
    fields = model.model_fields.items()
    return {key: one for key, info in fields for one in info.metadata if isinstance(one, Credential)}


def secrets(model: type[Settings]) -> set[str]:
    """The settings whose values nobody may see."""
    return {key for key, info in model.model_fields.items() if SecretStr in get_args(info.annotation)}


class Declared:
    """What may be set on connections: the common settings, and each product's own."""

    def __init__(self, models: Mapping[str, type[Settings]]) -> None:
        self._models = models
        every: list[type[Settings]] = [Settings, *models.values()]
        self.keys = {key: path for model in every for key, path in _keys(model).items()}
        self.by_variable = {key.replace(".", "_").upper(): key for key in self.keys}
        self.secret = {key for model in every for key in secrets(model)}
        self.credentials = {key: one for model in every for key, one in credentials(model).items()}

    def model(self, product: Any) -> type[Settings]:
        """The settings of a product's connections; the common ones where the product is not known."""
        return self._models.get(product, Settings) if isinstance(product, str) else Settings

    def keys_of(self, product: Any) -> list[str]:
        return sorted(_keys(self.model(product)))

    def owners(self, key: str) -> list[str]:
        """The products that have a setting which others do not have."""
        if key in Settings.model_fields:
            return []
        return [product for product, model in self._models.items() if key in model.model_fields]


@dataclass(frozen=True)
class Connection:
    """One connection: its settings, and what is given beside them."""

    name: str
    settings: Settings
    folder: Path = Path()
    """Where the relative file names of the settings count from."""
    most_deletes: int | None = MOST
    """How many objects one run may delete on it; None for no limit."""

    def moved_from_added(self, server: str) -> str:
        """The command that adds a former address of this server."""
        return self.how_to_set(f"moved_from[{len(self.settings.moved_from)}]", server)

    def how_to_set(self, key: str, value: str = "…") -> str:
        """How `key` is set where it is set now: in the environment, which wins, or else in what the head has."""
        if key == "password" and self.settings.password_env:
            return f"set the environment variable {self.settings.password_env}"
        if key == "password" and self.settings.password_file:
            return f"correct {self.settings.password_file}"
        if (set_by := variable(self.name, key)) in os.environ:
            return f"set the environment variable {set_by}" if value == "…" else f"set {set_by}={value}"
        return how_to_set(self.name, key, value)

    def secret(self) -> SecretStr:
        """The password, from wherever it is kept. Raises SettingsError for none, and for one that cannot be meant."""
        kept = self.settings
        if kept.password is not None:
            found, origin, fix = kept.password.get_secret_value(), "its password", self.how_to_set("password")
        elif kept.password_env:
            origin = f"the environment variable {kept.password_env} (its password_env)"
            fix = self.how_to_set("password")
            if kept.password_env not in os.environ:
                raise self._error(f"{origin} is not set", fix)
            found = os.environ[kept.password_env]
        elif kept.password_file:
            origin, fix = f"its password_file {kept.password_file}", self.how_to_set("password_file", "FILE")
            found = self._read(kept.password_file)
        else:
            raise self._error("it has no password", self.how_to_set("password"))
        redaction.learn(found)
        if why := fault(found):
            raise self._error(f"{origin} {why}; nothing was sent", fix)
        return SecretStr(found)

    def _read(self, file: str) -> str:
        """The text of a password file. What is said about a broken one shows no byte of it."""
        fix = self.how_to_set("password_file", "FILE")
        try:
            content = self.path(file).read_bytes()
        except (OSError, ValueError) as error:
            raise self._error(f"its password_file cannot be read ({error})", fix) from None
        with contextlib.suppress(UnicodeDecodeError):  # which carries what it could not read
            return content.decode().rstrip("\r\n")
        raise self._error("its password_file cannot be read (it is not UTF-8 text)", fix)

    def user(self) -> str:
        """The user name. Raises SettingsError where there is none."""
        if not self.settings.username:
            raise self._error("it has no username", self.how_to_set("username", "NAME"))
        if why := fault(self.settings.username):
            raise self._error(f"its username {why}; nothing was sent", self.how_to_set("username", "NAME"))
        return self.settings.username

    def path(self, text: str) -> Path:
        """A file of the settings; relative ones count from `folder`."""
        return self.folder / Path(text).expanduser()

    def context(self, warn: Warn) -> ssl.SSLContext:
        """The TLS context that the settings ask for."""
        trust = self.settings.tls
        if trust.insecure:
            warn(f"connection {self.name}: TLS verification is off (tls.insecure): anybody can pose as this server")
            return tls.insecure_context()
        if self.settings.tls.thumbprint:
            return tls.pinned_context(
                self.settings.tls.thumbprint, lambda text: warn(f"connection {self.name}: {text}")
            )
        try:
            return tls.verifying_context(self.path(trust.ca_file) if trust.ca_file else None)
        except (OSError, ssl.SSLError) as error:
            raise self._error(
                f"its tls.ca_file {trust.ca_file} cannot be used ({error})",
                self.how_to_set("tls.ca_file", "FILE"),
            ) from None

    def _error(self, cause: str, fix: str) -> SettingsError:
        return SettingsError(f"connection {self.name}: {cause}", fix)


def fault(secret: str, *, header: bool = False) -> str | None:
    """Why a secret cannot be meant or sent as it is, without a character of it; `header`: it is sent in one, bare."""
    if not secret.strip():
        return "is blank" if secret else "is empty"
    if found := characters.hidden(secret):
        return found
    if header and not re.fullmatch("[!-~]+", secret):
        return "has a character that no header can hold: blanks and what is not ASCII"
    return None


def variable(name: str, key: str) -> str:
    """The environment variable that sets `key` of connection `name`."""
    return "VEEAM_" + re.sub(r"[-.]", "_", f"{name}.{key.partition('[')[0]}").upper()


def how_to_set(name: str, key: str, value: str = "…") -> str:
    """The next step of an error: the command that sets `key`, and what else to know where it seems to be set."""
    return f"set {key} with {vocabulary.head.set(name, key, value)}{already_changed(name, key)}"


def already_changed(name: str, key: str) -> str:
    """What else to know where a setting seems to be set already; nothing where that cannot be."""
    changed = vocabulary.head.changed.format(variable=variable(name, key))
    return f" ({changed})" if changed else ""
