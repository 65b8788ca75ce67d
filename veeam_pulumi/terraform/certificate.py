"""A certificate for one run, its own issuer, for `localhost`; written by hand.

`cryptography` makes the key and the signature. Its `x509`, which could write the certificate, takes longer to load
than a whole answer takes, and Terraform starts the provider three times a plan.
"""

from __future__ import annotations

import base64
import os
import time

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

# What X.509 calls things (RFC 5280, RFC 5480), as DER has them.
_EC_KEY = bytes.fromhex("06072a8648ce3d0201")
_P256 = bytes.fromhex("06082a8648ce3d030107")
_ECDSA_SHA256 = bytes.fromhex("06082a8648ce3d040302")
_COMMON_NAME = bytes.fromhex("0603550403")
_ALTERNATIVE_NAME = bytes.fromhex("0603551d11")
_BASIC_CONSTRAINTS = bytes.fromhex("0603551d13")
_INTEGER, _BITS, _OCTETS, _TEXT, _TIME, _LIST, _SET, _TRUE = 2, 3, 4, 12, 23, 0x30, 0x31, bytes.fromhex("0101ff")
_LASTS = 30 * 24 * 3600


def own() -> tuple[bytes, str]:
    """A new certificate as DER; and as PEM, with its private key."""
    key = ec.generate_private_key(ec.SECP256R1())
    numbers = key.private_numbers()
    point = b"\x04" + b"".join(one.to_bytes(32, "big") for one in (numbers.public_numbers.x, numbers.public_numbers.y))
    name = _der(_LIST, _der(_SET, _der(_LIST, _COMMON_NAME, _der(_TEXT, b"localhost"))))
    now = time.time()
    extensions = _der(
        _LIST,
        _der(_LIST, _ALTERNATIVE_NAME, _der(_OCTETS, _der(_LIST, _der(0x82, b"localhost")))),
        _der(_LIST, _BASIC_CONSTRAINTS, _TRUE, _der(_OCTETS, _der(_LIST, _TRUE))),
    )
    signed = _der(
        _LIST,
        _der(0xA0, _der(_INTEGER, b"\x02")),  # version 3
        _der(_INTEGER, b"\x01" + os.urandom(15)),
        _der(_LIST, _ECDSA_SHA256),
        name,
        _der(_LIST, _moment(now - 300), _moment(now + _LASTS)),
        name,
        _der(_LIST, _der(_LIST, _EC_KEY, _P256), _der(_BITS, b"\x00", point)),
        _der(0xA3, extensions),
    )
    signature = key.sign(signed, ec.ECDSA(SHA256()))
    certificate = _der(_LIST, signed, _der(_LIST, _ECDSA_SHA256), _der(_BITS, b"\x00", signature))
    secret = _der(
        _LIST,
        _der(_INTEGER, b"\x01"),
        _der(_OCTETS, numbers.private_value.to_bytes(32, "big")),
        _der(0xA0, _P256),
    )
    return certificate, _pem("EC PRIVATE KEY", secret) + _pem("CERTIFICATE", certificate)


def _der(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    size = len(content)
    length = bytes([size]) if size < 0x80 else bytes([0x82, size >> 8, size & 0xFF])
    if 0x80 <= size < 0x100:  # DER wants the shortest form
        length = bytes([0x81, size])
    return bytes([tag]) + length + content


def _moment(seconds: float) -> bytes:
    return _der(_TIME, time.strftime("%y%m%d%H%M%SZ", time.gmtime(seconds)).encode())


def _pem(what: str, der: bytes) -> str:
    return f"-----BEGIN {what}-----\n{base64.encodebytes(der).decode()}-----END {what}-----\n"
