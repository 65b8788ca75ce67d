"""Named connections: their settings, where those come from, and the registry of live sessions.

Settings come from the stack's config `veeam:connections` (a map by name) and from the environment, which wins:
`VEEAM_<NAME>_<SETTING>`, upper-cased, `-` and dots as `_` (`VEEAM_VBR_PROD_TLS_CA_FILE`). The environment wins because
the engine configures refresh and destroy with the config of the last `up` unless it runs the program.
"""

from __future__ import annotations

import contextlib
import difflib
import ipaddress
import json
import os
import re
import ssl
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from . import log, tls
from .errors import SettingsError, VeeamError
from .session import Session, Warn
from .transport import Transport

NAME = re.compile(r"[a-z][a-z0-9-]*")
RESERVED = ("max", "log")  # VEEAM_MAX_DELETES, VEEAM_LOG and VEEAM_LOG_FORMAT are not settings of connections
AGAIN = "already changed? run with --run-program, or set {variable}"


class Tls(BaseModel):
    """Whom to trust; nothing here: the system's certificate store."""

    model_config = ConfigDict(extra="forbid")

    ca_file: str | None = None
    """A PEM file with the CA that issued the server's certificate."""
    thumbprint: str | None = None
    """The server certificate's own fingerprint: SHA-256, or the SHA-1 that Veeam's consoles show."""
    insecure: bool = False
    """Trust anybody. For a lab; warns every time."""

    @field_validator("thumbprint")
    @classmethod
    def _shape(cls, value: str | None) -> str | None:
        return value if value is None else tls.normal_thumbprint(value)


class Settings(BaseModel):
    """The settings of one connection."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(exclude=True)
    product: str
    url: str
    """`https://HOST[:PORT]`; without a port the product's own."""
    username: str | None = None
    password: SecretStr | None = None
    password_env: str | None = None
    """The name of an environment variable that holds the password."""
    password_file: str | None = None
    """A file that holds the password; a trailing line break does not count."""
    token: SecretStr | None = None
    """An API key, for products that have them, instead of user name and password."""
    api_version: str = "auto"
    """The API revision to speak; `auto` asks the server once."""
    api: Literal["auto", "security", "users"] = "auto"
    """The dialect of a VBR: `security` (13.0.1 and later) or `users`; `auto` asks the server once."""
    timeout: float = Field(30, gt=0)
    """Seconds that one request may take."""
    deadline: float = Field(600, gt=0)
    """Seconds that one operation may take, with everything it waits for."""
    concurrency: int = Field(4, ge=1, le=64)
    """Requests at one time."""
    proxy: str | None = Field(None, pattern=r"^https?://[^\s/]+/?$")
    """`http://HOST:PORT` of a proxy; without it HTTPS_PROXY and NO_PROXY count."""
    aliases: tuple[str, ...] = ()
    """Former names of this connection: state that names one is served by it."""
    tls: Tls = Tls()
    folder: Path = Field(default=Path(), exclude=True)

    def variable(self, key: str) -> str:
        """The environment variable that sets `key`."""
        return variable(self.name, key)

    def how_to_set(self, key: str, value: str = "…") -> str:
        """The command that sets `key`, and what else to know where it seems to be set already."""
        return how_to_set(self.name, key, value)

    def secret(self) -> SecretStr:
        """The password, from wherever it is kept. Raises SettingsError where there is none."""
        if self.password is not None:
            found = self.password.get_secret_value()
        elif self.password_env:
            found = os.environ.get(self.password_env, "")
            if not found:
                raise self._error(
                    f"the environment variable {self.password_env} (its password_env) is not set",
                    f"set {self.password_env}",
                )
        elif self.password_file:
            try:
                found = self.path(self.password_file).read_text(encoding="utf-8").rstrip("\r\n")
            except (OSError, UnicodeDecodeError) as error:
                raise self._error(
                    f"its password_file cannot be read ({error})", self.how_to_set("password_file", "FILE")
                ) from None
        else:
            raise self._error("it has no password", self.how_to_set("password"))
        log.learn(found)
        return SecretStr(found)

    def user(self) -> str:
        """The user name. Raises SettingsError where there is none."""
        if not self.username:
            raise self._error("it has no username", self.how_to_set("username", "NAME"))
        return self.username

    def path(self, text: str) -> Path:
        """A file of the settings; relative ones count from the folder of Pulumi.yaml."""
        return self.folder / Path(text).expanduser()

    def context(self, warn: Warn) -> ssl.SSLContext:
        """The TLS context that the settings ask for."""
        if self.tls.insecure:
            warn(f"connection {self.name}: TLS verification is off (tls.insecure): anybody can pose as this server")
            return tls.insecure_context()
        if self.tls.thumbprint:
            return tls.pinned_context(self.tls.thumbprint, lambda text: warn(f"connection {self.name}: {text}"))
        try:
            return tls.verifying_context(self.path(self.tls.ca_file) if self.tls.ca_file else None)
        except (OSError, ssl.SSLError) as error:
            raise self._error(
                f"its tls.ca_file {self.tls.ca_file} cannot be used ({error})", self.how_to_set("tls.ca_file", "FILE")
            ) from None

    def _error(self, cause: str, fix: str) -> SettingsError:
        return SettingsError(f"connection {self.name}: {cause}", fix)


def variable(name: str, key: str) -> str:
    """The environment variable that sets `key` of connection `name`."""
    return "VEEAM_" + re.sub(r"[-.]", "_", f"{name}.{key}").upper()


def how_to_set(name: str, key: str, value: str = "…") -> str:
    """The command that sets `key` of connection `name`."""
    if key in ("password", "token"):
        command = f"pulumi config set --path --secret 'veeam:connections.{name}.{key}'"
    else:
        shown = value if re.fullmatch(r"[\w.:/-]+|…", value) else f"'{value}'"
        command = f"pulumi config set --path 'veeam:connections.{name}.{key}' {shown}"
    return f"set it with `{command}` ({AGAIN.format(variable=variable(name, key))})"


# Setting -> where it stands in the map; the forms of environment variables follow from it.
_KEYS: dict[str, tuple[str, ...]] = {
    key: (key,) for key in Settings.model_fields if key not in ("name", "folder", "tls")
}
_KEYS |= {f"tls.{key}": ("tls", key) for key in Tls.model_fields}
_FROM_ENVIRONMENT = {re.sub(r"\.", "_", key).upper(): key for key in _KEYS}
_PASSWORDS = ("password", "password_env", "password_file")


class Connections:
    """The connections of one stack, and their live sessions; one per process.

    `config`: the value of `veeam:connections`, a map or its JSON text. `sessions`: what the products offer, by name.
    `folder`: where relative file names count from. `warn` gets everything the user should know that is no error.
    """

    def __init__(
        self,
        config: Mapping[str, Any] | str | None,
        *,
        sessions: Mapping[str, type[Session]],
        warn: Warn,
        environ: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> None:
        self._sessions, self._warn, self._folder = sessions, warn, folder or Path.cwd()
        self._live: dict[str, Session] = {}
        self._lock = threading.Lock()
        self._environ = dict(os.environ if environ is None else environ)
        self._config = _as_map(config)
        self._from_environment = self._read_environment()

    def _read_environment(self) -> dict[str, dict[str, str]]:
        """VEEAM_<NAME>_<SETTING> by connection; a longer name wins over a shorter one that it starts with."""
        texts = {k[6:]: v for k, v in self._environ.items() if k.startswith("VEEAM_")}
        texts = {k: v for k, v in texts.items() if k.partition("_")[0].lower() not in RESERVED}
        names = {_form(name): name for name in self._config}
        if len(names) < len(self._config):
            twins = [name for name in self._config if list(map(_form, self._config)).count(_form(name)) > 1]
            raise SettingsError(
                f"the connections {' and '.join(map(repr, twins))} have the same environment variables", "rename one"
            )
        known = sorted(names, key=len, reverse=True)
        for text in texts:
            taken = any(text.startswith(form + "_") and text[len(form) + 1 :] in _FROM_ENVIRONMENT for form in known)
            if text.endswith("_URL") and not taken:
                names.setdefault(text[:-4], text[:-4].lower().replace("_", "-"))
        found: dict[str, dict[str, str]] = {name: {} for name in names.values()}
        forms = sorted(names, key=len, reverse=True)
        for text, value in texts.items():
            candidates = [form for form in forms if text.startswith(form + "_")]
            for form in candidates:
                if key := _FROM_ENVIRONMENT.get(text[len(form) + 1 :]):
                    found[names[form]][key] = value
                    break
            else:
                if candidates:
                    setting = text[len(candidates[0]) + 1 :]
                    raise SettingsError(
                        f"the environment variable VEEAM_{text} names no setting {setting.lower()!r} of "
                        f"connection {names[candidates[0]]}",
                        f"settings are {', '.join(sorted(_KEYS))}",
                    )
        for name, values in found.items():
            if "tls.insecure" in values:
                raise SettingsError(
                    f"connection {name}: tls.insecure cannot be set by the environment",
                    f"set it in the stack's config, where a review sees it: "
                    f"`pulumi config set --path 'veeam:connections.{name}.tls.insecure' true`",
                )
        return found

    @property
    def names(self) -> list[str]:
        """All connections, from the config and from the environment."""
        return sorted({*self._config, *self._from_environment})

    def resolve(self, name: str) -> str | None:
        """The connection that serves `name`: itself, or the one that lists it in its `aliases`; else None."""
        if name in self.names:
            return name
        for known in self.names:
            if name in (self._value(known).get("aliases") or ()):
                return known
        return None

    def settings(self, name: str, product: str | None = None) -> Settings:
        """The settings of connection `name`, checked; no network, no password. Raises SettingsError."""
        found = self.resolve(name)
        if found is None:
            raise SettingsError(
                f"there is no connection {name!r} (known: {', '.join(self.names) or 'none'})",
                f"add it: `pulumi config set --path 'veeam:connections.{name}.url' https://HOST:PORT`; renamed? add "
                f"`pulumi config set --path 'veeam:connections.NEW-NAME.aliases[0]' {name}`; decommissioned for good? "
                f"`pulumi state delete URN` forgets a resource without touching a server "
                f"({AGAIN.format(variable=variable(name, 'url'))})",
            )
        settings = self._checked(found)
        if product and settings.product != product:
            fits = [known for known in self.names if self._value(known).get("product", known) == product]
            raise SettingsError(
                f"connection {found} is of product {settings.product}, this resource needs {product}",
                f"use connection={(fits or [product])[0]!r}" if fits else how_to_set(product, "url", "https://HOST"),
            )
        return settings

    def _value(self, name: str) -> dict[str, Any]:
        """The settings as given: config first, the environment over it."""
        given = self._config.get(name) or {}
        if not isinstance(given, Mapping):
            raise SettingsError(f"connection {name} is not a map of settings", how_to_set(name, "url", "https://HOST"))
        value = {key: item for key, item in given.items() if item is not None}
        if isinstance(given.get("tls"), Mapping):
            value["tls"] = dict(given["tls"])
        over = self._from_environment.get(name, {})
        if over.keys() & set(_PASSWORDS):  # a password from the environment replaces whichever way the config chose
            value = {key: item for key, item in value.items() if key not in _PASSWORDS}
        for key, text in over.items():
            *outer, last = _KEYS[key]
            target = value.setdefault("tls", {}) if outer else value
            if outer and last in ("ca_file", "thumbprint"):
                target.pop("ca_file" if last == "thumbprint" else "thumbprint", None)
            target[last] = [part.strip() for part in text.split(",")] if last == "aliases" else text
        if name in self._sessions:
            value.setdefault("product", name)
        return value

    def _checked(self, name: str) -> Settings:
        value = self._value(name)
        if not NAME.fullmatch(name) or name in RESERVED:
            raise SettingsError(
                f"{name!r} cannot be the name of a connection", f"use [a-z][a-z0-9-]*, but not {' or '.join(RESERVED)}"
            )
        try:
            settings = Settings(name=name, folder=self._folder, **value)
        except ValidationError as error:
            raise _explain(name, error) from None
        if settings.product not in self._sessions:
            raise SettingsError(
                f"connection {name}: product {settings.product!r} is not known",
                how_to_set(name, "product", "|".join(sorted(self._sessions))),
            )
        given = [key for key in _PASSWORDS if getattr(settings, key) is not None]
        if len(given) > 1:
            raise SettingsError(f"connection {name}: {' and '.join(given)} are both set", "keep one of them")
        chosen = [key for key in Tls.model_fields if getattr(settings.tls, key)]
        if len(chosen) > 1:
            raise SettingsError(f"connection {name}: tls.{' and tls.'.join(chosen)} are both set", "keep one of them")
        return settings.model_copy(update={"url": self._url(name, settings)})

    def _url(self, name: str, settings: Settings) -> str:
        """The URL with its port and without a trailing slash."""
        fix = how_to_set(name, "url", "https://HOST:PORT")
        try:
            parts = urlsplit(settings.url)
            host, port = parts.hostname, parts.port
            httpx.URL(settings.url)
            if host and not re.fullmatch(r"[\w.-]+|[0-9a-f:.]+", host):
                raise ValueError(f"{host!r} is no host")
        except (ValueError, httpx.InvalidURL) as error:
            raise SettingsError(f"connection {name}: its url is malformed ({error})", fix) from None
        if parts.scheme != "https":
            raise SettingsError(
                f"connection {name}: its url must start with https:// ({parts.scheme or 'nothing'}:// would send "
                "credentials in clear)",
                fix,
            )
        if not host or parts.username or parts.query or parts.fragment or parts.path.strip("/"):
            raise SettingsError(
                f"connection {name}: its url must be https://HOST[:PORT] and nothing else (no user, path or query)", fix
            )
        with contextlib.suppress(ValueError):  # a name
            host = f"[{host}]" if ipaddress.ip_address(host).version == 6 else host
        return f"https://{host}:{port or self._sessions[settings.product].default_port}"

    def open(self, name: str, product: str) -> Session:
        """The live session of connection `name`; made on first use, one per process. Raises SettingsError."""
        settings = self.settings(name, product)
        with self._lock:
            session = self._live.get(settings.name)
            if session is None:
                transport = Transport(settings, self._warn)
                session = self._sessions[product](settings, transport, self._warn)
                self._live[settings.name] = session
            return session

    def warn(self, message: str) -> None:
        self._warn(log.hide(message))

    def close(self) -> None:
        """Logs every session out, best effort."""
        with self._lock:
            live, self._live = self._live, {}
        for session in live.values():
            session.close()


def _form(name: str) -> str:
    return name.replace("-", "_").upper()


def _as_map(config: Mapping[str, Any] | str | None) -> dict[str, Any]:
    if isinstance(config, str):
        try:
            config = json.loads(config)
        except ValueError:
            config = ""
    if config is not None and not isinstance(config, Mapping):
        raise SettingsError(
            "veeam:connections is not a map of connections",
            "set each key by its path: `pulumi config set --path 'veeam:connections.vbr.url' https://HOST:9419`",
        )
    return dict(config or {})


def _explain(name: str, error: ValidationError) -> VeeamError:
    """The first mistake of a connection's settings, with the command that mends it. Never shows a value."""
    first = error.errors(include_input=False, include_url=False)[0]
    key = ".".join(str(part) for part in first["loc"] if not isinstance(part, int))
    if first["type"] == "extra_forbidden":
        near = difflib.get_close_matches(key, _KEYS, n=1)
        hint = f", did you mean {near[0]}?" if near else f" (settings are {', '.join(sorted(_KEYS))})"
        return SettingsError(
            f"connection {name}: there is no setting {key!r}{hint}",
            f"remove it with `pulumi config rm --path 'veeam:connections.{name}.{key}'`",
        )
    if first["type"] == "missing":
        return SettingsError(f"connection {name}: it has no {key}", how_to_set(name, key))
    allowed = get_args(Settings.model_fields[key].annotation) if first["type"] == "literal_error" else ()
    reason = f"must be one of {', '.join(allowed)}" if allowed else first["msg"].removeprefix("Value error, ")
    return SettingsError(f"connection {name}: {key}: {reason}", how_to_set(name, key))
