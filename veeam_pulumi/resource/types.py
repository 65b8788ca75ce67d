"""What values arguments may have: no more than compare knows, so that what passes `check` reads back as the same.

Text is neither number nor switch, whatever it says: `"9393"` would be written on every run, because the server answers
9393. Characters that nobody sees (control characters, zero widths, turned directions) are never meant in a name: they
make two accounts of what looks like one. Whole numbers may come as floats, which is what engines make of them.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, StrictBool

from .. import vocabulary
from ..server.characters import TURNS, doubtful, hidden, is_reserved, unseen
from .fields import Normal, local
from .identity import normal_id

_BREAKS = "\t\n"
"""The control characters that a description may have."""


def _text(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError(f"must be text, not {_kind(value)}")
    return value


def _number(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"must be a {'whole ' if isinstance(value, float) else ''}number{vocabulary.head.as_number}")
    return value


def _switch(value: Any) -> Any:
    if not isinstance(value, bool):
        raise ValueError(f"must be True or False, not {_kind(value)}{vocabulary.head.as_switch}")
    return value


def _kind(value: Any) -> str:
    kinds = {bool: "True or False", int: "a number", float: "a number", str: "text", list: "a list", dict: "a map"}
    return kinds.get(type(value), type(value).__name__)


def _visible(text: str) -> str:
    """Refuses what nobody sees and no server keeps as it is; line breaks and tabs may be in a description."""
    for character in doubtful(text):
        control = unicodedata.category(character) in ("Cc", "Cs") and character not in _BREAKS
        if control or character in TURNS or is_reserved(character):
            raise ValueError(f"holds the character U+{ord(character):04X}, which cannot be seen: take it out")
    return text


def _name(text: str) -> str:
    """Refuses names that do not read as what they are."""
    for character in doubtful(text):
        if unseen(character):
            raise ValueError(f"holds the character U+{ord(character):04X}, which cannot be seen: take it out")
    if text != text.strip():
        raise ValueError(f"begins or ends with a blank: write {text.strip()!r}")
    return text


def _seen(secret: SecretStr) -> SecretStr:
    if found := hidden(secret.get_secret_value()):
        raise ValueError(f"{found}: nobody could type it; one at the end comes from a file")
    return secret


def _seen_lines(secret: SecretStr) -> SecretStr:
    if found := hidden(secret.get_secret_value(), allowed="\t\r\n"):
        raise ValueError(f"{found}: it may have line breaks and tabs only")
    return secret


def _guid(text: str) -> str:
    if re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", text, re.IGNORECASE):
        return text
    if normal_id(text) != text:
        raise ValueError(f"must be written as {normal_id(text)}")
    raise ValueError("must be a UUID such as 79817d6d-4b00-4e22-b673-8758f02fa0ef")


def _address(text: str) -> str:
    """Refuses what is more than a DNS name or an IP address, and says what to write."""
    host = text
    port: int | None = None
    try:
        if "://" in host:
            parts = urlsplit(host)
            host, port = parts.hostname or "", parts.port
        elif found := re.fullmatch(r"\[([0-9A-Fa-f:.]+)\](?::(\d+))?|([^:\s/]+):(\d+)", host):
            host = found[1] or found[3]
            port = int(found[2] or found[4] or 0) or None
        host = host.split("/")[0].rstrip(".")
        if ":" in host:
            ipaddress.ip_address(host)
    except ValueError:
        raise ValueError("must be a DNS name or an IP address, such as vbr01.example.com") from None
    if not re.fullmatch(r"[\w.:-]+", host):
        raise ValueError("must be a DNS name or an IP address, such as vbr01.example.com")
    if host != text:
        raise ValueError(f"must be a DNS name or an IP address: write {host!r}{f' and port {port}' if port else ''}")
    return text


Text = Annotated[str, BeforeValidator(_text), AfterValidator(_visible)]
"""Free text: a description."""
Name = Annotated[str, Field(min_length=1), BeforeValidator(_text), AfterValidator(_name)]
"""What something is found by: an account, a role, a user name."""
Guid = Annotated[str, BeforeValidator(_text), AfterValidator(_guid), Normal(normal_id)]
"""An object's id on a server. Case does not matter; other forms are refused with the right one."""
Address = Annotated[str, Field(min_length=1), BeforeValidator(_text), AfterValidator(_name), AfterValidator(_address)]
"""A DNS name or an IP address, and nothing else."""
Number = Annotated[int, BeforeValidator(_number)]
Switch = Annotated[bool, BeforeValidator(_switch)]
Secret = Annotated[SecretStr, Field(min_length=1), AfterValidator(_seen)]
"""A password."""
SecretText = Annotated[SecretStr, Field(min_length=1), AfterValidator(_seen_lines)]
"""A secret of several lines: a private key."""
VerifyPassword = Annotated[
    StrictBool,
    local,
    Field(
        description="Log in with the password once after it was set, and out again; one that does not let in is an "
        "error. An account that is disabled, or needs a second factor, is not tried."
    ),
]
