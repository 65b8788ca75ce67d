"""Secrets as Pulumi's passphrase provider keeps them, so that either engine can read what the other wrote."""

import functools
import hashlib
import os
from base64 import b64decode, b64encode
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .values import EngineError

_CHECK = "pulumi"  # the text that every salt carries encrypted, to tell a wrong passphrase


@functools.lru_cache(maxsize=32)
def _key(phrase: str, salt: bytes) -> bytes:
    """A million rounds cost a third of a second: one derivation per passphrase and salt."""
    return hashlib.pbkdf2_hmac("sha256", phrase.encode(), salt, 1_000_000, 32)


def new_salt() -> bytes:
    return os.urandom(8)


def passphrase(environ: Mapping[str, str], cwd: Path) -> str:
    """The passphrase: PULUMI_CONFIG_PASSPHRASE wins if set, even if empty; else the file that ..._FILE names."""
    if "PULUMI_CONFIG_PASSPHRASE" in environ:
        return environ["PULUMI_CONFIG_PASSPHRASE"]
    if not (named := environ.get("PULUMI_CONFIG_PASSPHRASE_FILE")):
        raise EngineError(
            "passphrase must be set with PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE environment"
            " variables (an empty PULUMI_CONFIG_PASSPHRASE is a valid passphrase)"
        )
    try:
        return (cwd / named).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise EngineError(f"the file that PULUMI_CONFIG_PASSPHRASE_FILE names cannot be read: {error}") from None


class Crypter:
    """Encrypts and decrypts with a passphrase and a salt: the `encryptionsalt` of a stack, or a new one."""

    def __init__(self, phrase: str, salt: str | None = None):
        """A wrong passphrase is found here, before anything is done with it."""
        try:
            version, raw, check = (salt or f"v1:{b64encode(new_salt()).decode()}:").split(":", 2)
            self._cipher = AESGCM(_key(phrase, b64decode(raw)))
        except ValueError:
            version = ""
            check = ""
        if version != "v1" or (salt and not check):
            raise EngineError("the encryption salt of the stack is malformed: expected `v1:<salt>:v1:<nonce>:<text>`")
        self.salt = salt or f"v1:{raw}:{self.encrypt(_CHECK)}"
        if salt and self.decrypt(check) != _CHECK:
            raise EngineError("incorrect passphrase")

    def encrypt(self, text: str) -> str:
        """`v1:<nonce>:<ciphertext>` with a fresh nonce."""
        nonce = os.urandom(12)
        sealed = self._cipher.encrypt(nonce, text.encode(), None)
        return f"v1:{b64encode(nonce).decode()}:{b64encode(sealed).decode()}"

    def decrypt(self, text: str) -> str:
        """The text that `encrypt` (or Pulumi) was given."""
        try:
            _, nonce, sealed = text.split(":")
            return self._cipher.decrypt(b64decode(nonce), b64decode(sealed), None).decode()
        except InvalidTag:
            raise EngineError(
                "incorrect passphrase; set PULUMI_CONFIG_PASSPHRASE (or _FILE) to that of this stack"
            ) from None
        except ValueError:
            raise EngineError("a secret is not in Pulumi's passphrase format `v1:<nonce>:<text>`") from None
