"""Secrets as Pulumi's passphrase provider keeps them, so that either engine can read what the other wrote."""

import base64
import functools
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from veeam_pulumi.engine.values import EngineError

_CHECK = "pulumi"  # the text that every salt carries encrypted, to tell a wrong passphrase


@functools.lru_cache(maxsize=32)
def _key(phrase: str, salt: bytes) -> bytes:
    """A million rounds cost a third of a second: one derivation per passphrase and salt."""
    return hashlib.pbkdf2_hmac("sha256", phrase.encode(), salt, 1_000_000, 32)


def passphrase(environ: Mapping[str, str], cwd: Path) -> str:
    """The passphrase: PULUMI_CONFIG_PASSPHRASE wins if set, even if empty; else the file that ..._FILE names."""
    if "PULUMI_CONFIG_PASSPHRASE" in environ:
        return environ["PULUMI_CONFIG_PASSPHRASE"]
    if named := environ.get("PULUMI_CONFIG_PASSPHRASE_FILE"):
        try:
            return (cwd / named).read_text(encoding="utf-8").rstrip("\r\n")
        except OSError as problem:
            raise EngineError(f"the file that PULUMI_CONFIG_PASSPHRASE_FILE names cannot be read: {problem}") from None
    raise EngineError(
        "passphrase must be set with PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE environment"
        " variables (an empty PULUMI_CONFIG_PASSPHRASE is a valid passphrase)"
    )


class Crypter:
    """Encrypts and decrypts with a passphrase and a salt (the `encryptionsalt` of a stack)."""

    def __init__(self, phrase: str, salt: str | None = None):
        """A missing salt makes a new one; a wrong passphrase is found here, before anything is done with it."""
        if salt is None:
            raw = os.urandom(8)
            self._cipher = AESGCM(_key(phrase, raw))
            self.salt = f"v1:{base64.b64encode(raw).decode()}:{self.encrypt(_CHECK)}"
            return
        version, _, rest = salt.partition(":")
        encoded, _, check = rest.partition(":")
        if version != "v1" or not check:
            raise EngineError("the encryption salt of the stack is malformed: expected `v1:<salt>:v1:<nonce>:<text>`")
        self.salt = salt
        self._cipher = AESGCM(_key(phrase, _decoded(encoded)))
        if self.decrypt(check) != _CHECK:
            raise EngineError("incorrect passphrase")

    def encrypt(self, text: str) -> str:
        """`v1:<nonce>:<ciphertext>` with a fresh nonce."""
        nonce = os.urandom(12)
        sealed = self._cipher.encrypt(nonce, text.encode(), None)
        return f"v1:{base64.b64encode(nonce).decode()}:{base64.b64encode(sealed).decode()}"

    def decrypt(self, text: str) -> str:
        """The text that `encrypt` (or Pulumi) was given."""
        version, _, rest = text.partition(":")
        nonce, _, sealed = rest.partition(":")
        if version != "v1":
            raise EngineError(
                "a secret is not in Pulumi's passphrase format (`v1:…`); was it made by another provider?"
            )
        try:
            return self._cipher.decrypt(_decoded(nonce), _decoded(sealed), None).decode()
        except (InvalidTag, ValueError):
            raise EngineError(
                "incorrect passphrase: set PULUMI_CONFIG_PASSPHRASE (or _FILE) to the one this stack was made with"
            ) from None


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise EngineError("a secret or the encryption salt of the stack is not valid base64") from None
