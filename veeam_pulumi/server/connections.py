"""Named connections: where their settings come from, and the registry of live sessions.

Settings come from the configuration of whoever runs this, a map by name, and from the environment, which wins:
`VEEAM_<NAME>_<SETTING>`, upper-cased, `-` and dots as `_` (`VEEAM_VBR_PROD_TLS_CA_FILE`). The environment wins because
an engine may hand over the configuration of its last run instead of that of today.
"""

from __future__ import annotations

import contextlib
import ipaddress
import json
import os
import re
import threading
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urlsplit

from pydantic import SecretStr, ValidationError

from .. import redaction, vocabulary
from ..errors import SettingsError, VeeamError, meant
from .delete_limit import limit
from .holders import Holders
from .session import Session
from .settings import (
    CONNECTION_NAME,
    Connection,
    Declared,
    Settings,
    Tls,
    Warn,
    already_changed,
    credentials,
    fault,
    how_to_set,
    is_connection_name,
    variable,
)

RESERVED = ("max", "log")  # VEEAM_MAX_DELETES, VEEAM_LOG and VEEAM_LOG_FORMAT are not settings of connections

_LABEL = "(?!xn--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_PLAIN = re.compile(rf"https://({_LABEL}(?:\.{_LABEL})*)(?::[1-9]\d{{0,4}})?/?", re.IGNORECASE | re.ASCII)
_OF_ONE = ("url", "aliases", "moved_from")
"""The settings that belong to one server."""


class Connections:
    """All connections, and their live sessions; one per process.

    `config`: the map of connections, or its JSON text. `sessions`: what the products offer, by name.
    `folder`: where relative file names count from. `warn` gets everything the user should know that is not an error.
    `max_deletes`: the limit of deletions, a number or `none`; VEEAM_MAX_DELETES wins over it.
    """

    def __init__(
        self,
        config: Mapping[str, Any] | str | None,
        *,
        sessions: Mapping[str, type[Session]],
        warn: Warn,
        environ: Mapping[str, str] | None = None,
        folder: Path | None = None,
        max_deletes: str | None = None,
        defaults: Mapping[str, Any] | str | None = None,
    ) -> None:
        self._sessions, self._warn, self._folder = sessions, warn, folder or Path.cwd()
        self._declared = Declared({product: session.settings_model for product, session in sessions.items()})
        self._live: dict[str, Session] = {}
        self.holders = Holders()
        self._lock = threading.Lock()
        self._config = {name: self._guarded(given) for name, given in _as_map(config).items()}
        self._defaults: dict[str, Any] = self._guarded(_defaults(defaults, self._declared))
        environ = os.environ if environ is None else environ
        self._from_environment = self._read_environment(environ)
        self._most_deletes = limit(environ.get("VEEAM_MAX_DELETES") or max_deletes)

    def _read_environment(self, environ: Mapping[str, str]) -> dict[str, dict[str, Any]]:
        """VEEAM_<NAME>_<SETTING> by connection; a longer name wins over a shorter one that it starts with."""
        texts = {k[6:]: v for k, v in environ.items() if k.startswith("VEEAM_")}
        texts = {k: v for k, v in texts.items() if k.partition("_")[0].lower() not in RESERVED}
        names = {_form(name): name for name in self._config}
        if len(names) < len(self._config):
            twins = [name for name in self._config if list(map(_form, self._config)).count(_form(name)) > 1]
            raise SettingsError(
                f"the connections {' and '.join(map(repr, twins))} have the same environment variables", "rename one"
            )
        configured, forms = list(names), self._declared.by_variable
        for text in texts:
            taken = any(setting in forms for _, setting in _readings(text, configured))
            if text.endswith("_URL") and not taken:
                names.setdefault(text[:-4], text[:-4].lower().replace("_", "-"))
        found: dict[str, dict[str, Any]] = {name: {} for name in names.values()}
        for text, value in texts.items():
            readings = _readings(text, names)
            known = [(form, forms[setting]) for form, setting in readings if setting in forms]
            if known:
                form, key = known[0]
                found[names[form]] |= self._guarded({key: value})
            elif readings:
                form, setting = readings[0]
                raise SettingsError(
                    f"the environment variable VEEAM_{text}: connection {names[form]} has no such setting",
                    meant(setting, forms, form=f"VEEAM_{form}_{{}}")
                    or f"settings are {', '.join(sorted(self._declared.keys))}",
                )
        for name, values in found.items():
            if "tls.insecure" in values:
                raise SettingsError(
                    f"connection {name}: tls.insecure cannot be set by the environment",
                    f"set it in {vocabulary.head.place}, where a review sees it: "
                    + vocabulary.head.set(name, "tls.insecure", "true"),
                )
        return found

    @property
    def names(self) -> list[str]:
        """All connections, from the config and from the environment."""
        return sorted({*self._config, *self._from_environment})

    def overridden(self, name: str, keys: Iterable[str]) -> bool:
        """Whether the environment has all of these settings of a connection (`url`, `tls.ca_file`)."""
        over = self._from_environment.get(name, {}).keys()
        ways, trust = {*self._declared.credentials}, {"tls.ca_file", "tls.thumbprint"}
        # One way to the password, or to the certificate, takes the place of the others.
        return all(key in over or any(key in some and over & some for some in (ways, trust)) for key in keys)

    def resolve(self, name: str) -> str | None:
        """The connection that serves `name`: itself, or the one that lists it in its `aliases`; else None."""
        if name in self.names:
            return name
        for known in self.names:
            if name in (self._value(known).get("aliases") or ()):
                return known
        return None

    def get(self, name: str, product: str | None = None) -> Connection:
        """Connection `name` with its settings, checked; no network, no password. Raises SettingsError."""
        found = self.resolve(name)
        if found is None:
            hint = meant(name, self.names, before=", ", form="{!r}")
            raise SettingsError(
                f"there is no connection {name!r}{hint} (known: {', '.join(self.names) or 'none'})",
                f"add it: {vocabulary.head.set(name, 'url', 'https://HOST:PORT')}{already_changed(name, 'url')}; "
                f"renamed? add {vocabulary.head.set('NEW-NAME', 'aliases[0]', name)}; decommissioned for good? "
                f"forget its resources, no server is touched: {vocabulary.head.forget}",
            )
        settings = self._checked(found)
        if product and settings.product != product:
            fits = [known for known in self.names if self._value(known).get("product", known) == product]
            if fits:
                fix = f"use {vocabulary.head.use(fits[0])}"
            elif found == product:
                fix = how_to_set(found, "product", product)
            else:
                fix = how_to_set(product, "url", "https://HOST")
            raise SettingsError(
                f"connection {found} is of product {settings.product}, this resource needs {product}", fix
            )
        return Connection(found, settings, self._folder, self._most_deletes)

    def server(self, name: str, product: str) -> str:
        """The `host:port` of connection `name`; no network. Raises SettingsError."""
        return urlsplit(self.get(name, product).settings.url).netloc

    def home(self, server: str) -> str:
        """The same text for all addresses of one server, as far as `moved_from` tells."""
        found = {server}
        while more := {one for some in self._addresses if found & some for one in some} - found:
            found |= more
        return min(found)

    @cached_property
    def _addresses(self) -> list[set[str]]:
        """The addresses of each connection's server, those before it moved too."""
        found = []
        for name in self.names:
            with contextlib.suppress(SettingsError):  # said where the connection is used
                settings = self._checked(name)
                found.append({urlsplit(settings.url).netloc, *settings.moved_from})
        return found

    def _value(self, name: str) -> dict[str, Any]:
        """The settings as given: config first, the environment over it."""
        given = self._config.get(name) or {}
        if not isinstance(given, Mapping):
            raise SettingsError(f"connection {name} is not a map of settings", how_to_set(name, "url", "https://HOST"))
        over = self._from_environment.get(name, {})
        if self._defaults:
            own = {"product": name} if name in self._sessions else {}
            given = self._over_defaults({**own, **given}, over.get("product"))
        value = {key: item for key, item in given.items() if item is not None}
        if isinstance(given.get("tls"), Mapping):
            value["tls"] = dict(given["tls"])
        ways = self._declared.credentials.keys()
        if over.keys() & ways:  # a password from the environment replaces whichever way the config chose
            value = {key: item for key, item in value.items() if key not in ways}
        if over.keys() & {"tls.ca_file", "tls.thumbprint"} and isinstance(value.get("tls"), dict):
            value["tls"] = {key: item for key, item in value["tls"].items() if key not in ("ca_file", "thumbprint")}
        for key, text in over.items():
            *outer, last = self._declared.keys[key]
            target = value.setdefault("tls", {}) if outer else value
            target[last] = [part.strip() for part in text.split(",")] if last in ("aliases", "moved_from") else text
        if name in self._sessions:
            value.setdefault("product", name)
        return value

    def _over_defaults(self, given: Mapping[str, Any], product: str | None) -> dict[str, Any]:
        """A connection's settings over the defaults: its own way to the secret or the certificate is whole.

        What only some products have is a default for the connections of these.
        """
        fields = self._declared.model(product or given.get("product") or self._defaults.get("product")).model_fields
        ways = self._declared.credentials.keys()
        chosen = ways if given.keys() & ways else set[str]()
        value = {key: item for key, item in self._defaults.items() if key in fields and key not in chosen}
        value |= dict(given)
        own, common = given.get("tls"), self._defaults.get("tls")
        if isinstance(own, Mapping) and isinstance(common, Mapping):
            trust = {"ca_file", "thumbprint", "insecure"}
            kept = {key: item for key, item in common.items() if key not in trust or not trust & own.keys()}
            value["tls"] = {**kept, **own}
        return value

    def _guarded(self, given: Any) -> Any:
        """Settings as they were given, a secret as SecretStr, from here on hidden wherever text leaves the process."""
        if not isinstance(given, Mapping):
            return given
        found = dict(given)
        for key, value in given.items():
            if not isinstance(value, str):
                continue
            if key in ("url", "proxy"):
                redaction.learn_url(value)
            elif key in self._declared.secret:
                redaction.learn(value)
            if key in self._declared.secret:
                found[key] = SecretStr(value)
        return found

    def _checked(self, name: str) -> Settings:
        value = self._value(name)
        if not is_connection_name(name) or name in RESERVED:
            raise SettingsError(
                f"{name!r} cannot be the name of a connection",
                f"use {CONNECTION_NAME}, but not {' or '.join(RESERVED)}",
            )
        product = value.get("product")
        if isinstance(product, str) and product not in self._sessions:
            raise SettingsError(
                f"connection {name}: product {product!r} is not known",
                how_to_set(name, "product", "|".join(sorted(self._sessions))),
            )
        model, from_environment = self._declared.model(product), self._from_environment.get(name, {})
        for key in value.keys() - model.model_fields.keys():
            if product and (owners := self._declared.owners(key)):
                removed = f"remove it with {vocabulary.head.remove(name, key)}"
                raise SettingsError(
                    f"connection {name}: {key} is a setting of {' and '.join(owners)}, not of {product}",
                    f"remove the variable {variable(name, key)}" if key in from_environment else removed,
                )
        try:
            settings = model(**value)
        except ValidationError as error:
            raise _explain(name, error, model, self._declared.keys_of(product)) from None
        ways = credentials(model)
        for key, way in ways.items():
            secret = getattr(settings, key)
            if isinstance(secret, SecretStr) and (why := fault(secret.get_secret_value(), header=way.in_header)):
                over = key in from_environment
                origin = f"the environment variable {variable(name, key)}" if over else f"its {key}"
                fix = f"set {variable(name, key)}, or remove it" if over else how_to_set(name, key)
                raise SettingsError(f"connection {name}: {origin} {why}; nothing was sent", fix)
        given = [key for key in ways if getattr(settings, key) is not None]
        for both in (given, [f"tls.{key}" for key in Tls.model_fields if getattr(settings.tls, key)]):
            if len(both) > 1:
                raise SettingsError(
                    f"connection {name}: {' and '.join(both)} are both set",
                    f"keep one of them, and remove the other with {vocabulary.head.remove(name, both[1])}",
                )
        return settings.model_copy(update={"url": self._url(name, settings)})

    def _url(self, name: str, settings: Settings) -> str:
        """The URL with its port and without a trailing slash."""
        fix = how_to_set(name, "url", "https://HOST:PORT")
        try:
            parts = urlsplit(settings.url)
            host, port = parts.hostname, parts.port
            if (host and not re.fullmatch(r"[\w.-]+|[0-9a-f:.]+", host)) or not (
                is_plain(settings.url) or is_taken(settings.url)
            ):
                raise ValueError
        except ValueError:
            parts = None  # the reason may be a piece of a password before an @, so it is in no error and no context
        if parts is None:
            raise SettingsError(f"connection {name}: its url is malformed (no valid host or port)", fix)
        if "://" not in settings.url and re.fullmatch(r"[\w.-]+(:\d+)?/?", settings.url):
            # Only where it is a host and nothing else: more than that may hold a password.
            raise SettingsError(
                f"connection {name}: its url must start with https://; write https://{settings.url}", fix
            )
        if parts.scheme != "https" or "://" not in settings.url:
            sent = f" ({parts.scheme}:// would send credentials in plain text)" if parts.scheme == "http" else ""
            raise SettingsError(f"connection {name}: its url must start with https://{sent}", fix)
        if not host or parts.username or parts.query or parts.fragment or parts.path.strip("/"):
            raise SettingsError(
                f"connection {name}: its url must be https://HOST[:PORT] and nothing else (no user, path or query)", fix
            )
        with contextlib.suppress(ValueError):  # a name
            host = f"[{host}]" if ipaddress.ip_address(host).version == 6 else host
        return f"https://{host}:{port or self._sessions[settings.product].default_port}"

    def open(self, name: str, product: str) -> Session:
        """The live session of connection `name`; made on first use, one per process. Raises SettingsError."""
        connection = self.get(name, product)
        with self._lock:
            session = self._live.get(connection.name)
            if session is None:
                from .transport import Transport

                transport = Transport(connection, self._warn)
                session = self._sessions[product](connection, transport, self._warn)
                self._live[connection.name] = session
            return session

    def warn(self, message: str) -> None:
        self._warn(redaction.line(message, 3000))

    def close(self) -> None:
        """Logs every session out, best effort."""
        with self._lock:
            live, self._live = self._live, {}
        for session in live.values():
            session.close()


def is_plain(url: str) -> bool:
    """Whether a URL is `https://`, a host of ASCII labels or an IPv4 address, a port: what every client takes."""
    found = _PLAIN.fullmatch(url)
    if found is None or re.search("[a-z]", found[1].rpartition(".")[2], re.IGNORECASE):
        return found is not None
    try:
        return bool(ipaddress.IPv4Address(found[1]))
    except ValueError:
        return False


def is_taken(url: str) -> bool:
    """Whether the HTTP client takes a URL. It is loaded by who connects, and here for what is not plain: a process that
    only checks arguments starts faster."""
    import httpx

    from .proxy import require_host

    try:
        require_host(httpx.URL(url))
    except (ValueError, httpx.InvalidURL):
        return False
    return True


def _form(name: str) -> str:
    return name.replace("-", "_").upper()


def _readings(text: str, forms: Iterable[str]) -> list[tuple[str, str]]:
    """What `NAME_SETTING` may mean: (form of a name, form of a setting), the longest name first."""
    fits = [form for form in sorted(forms, key=len, reverse=True) if text.startswith(f"{form}_")]
    return [(form, text[len(form) + 1 :]) for form in fits]


def _as_map(config: Mapping[str, Any] | str | None) -> dict[str, Any]:
    if isinstance(config, str):
        try:
            config = json.loads(config)
        except (RecursionError, ValueError):
            config = ""
    if config is not None and not isinstance(config, Mapping):
        raise SettingsError(
            f"{vocabulary.head.connections} is not a map of connections",
            f"set each key by its path: {vocabulary.head.set('vbr', 'url', 'https://HOST:9419')}",
        )
    return dict(config or {})


def _defaults(given: Mapping[str, Any] | str | None, declared: Declared) -> dict[str, Any]:
    """What holds for every connection that does not say otherwise. Raises SettingsError for what cannot."""
    try:
        found = json.loads(given) if isinstance(given, str) else given
    except (RecursionError, ValueError):
        found = ""
    if found is not None and not isinstance(found, Mapping):
        raise SettingsError("the defaults of connections are not a map of settings", "set each key by its path")
    for key in (*_OF_ONE, *sorted((found or {}).keys() - {outer for outer, *_ in declared.keys.values()})):
        if key in (found or {}):
            raise SettingsError(
                f"the defaults of connections cannot have {key}", "take it out, or set it on one connection"
            )
    return dict(found or {})


def _explain(name: str, error: ValidationError, model: type[Settings], keys: list[str]) -> VeeamError:
    """The first mistake of a connection's settings, with the command that fixes it. Never shows a value."""
    first = error.errors(include_input=False, include_url=False)[0]
    key = ".".join(str(part) for part in first["loc"] if not isinstance(part, int)).strip()
    if first["type"] == "extra_forbidden":
        hint = meant(key, keys, before=", ") or f" (settings are {', '.join(keys)})"
        return SettingsError(
            f"connection {name}: there is no setting {key!r}{hint}",
            f"remove it with {vocabulary.head.remove(name, key)}",
        )
    if first["type"] == "missing":
        return SettingsError(f"connection {name}: it has no {key}", how_to_set(name, key))
    allowed = get_args(model.model_fields[key].annotation) if first["type"] == "literal_error" else ()
    if allowed:
        reason = f"must be one of {', '.join(allowed)}"
    elif first["type"] in ("float_parsing", "int_parsing", "bool_parsing"):
        reason = "must be true or false" if first["type"] == "bool_parsing" else "must be a number"
    else:
        reason = first["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
    return SettingsError(f"connection {name}: {key}: {reason}", how_to_set(name, key))
