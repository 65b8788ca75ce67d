"""Fingerprints of backup servers' certificates: Enterprise Manager knows the SHA-1 one, as 40 digits."""

from __future__ import annotations

from ...server.tls import normal_thumbprint


def valid(text: str | None) -> str | None:
    """The text as it is. Raises ValueError where it is another kind of fingerprint, or none."""
    if text is not None and len(normal_thumbprint(text)) != 40:
        raise ValueError("must be the certificate's SHA-1 fingerprint, of 40 hex digits: this is the SHA-256 one")
    return text


def comparable(text: str) -> str:
    """A fingerprint as the server writes it, from a state whatever it has."""
    try:
        return normal_thumbprint(text)
    except ValueError:
        return text
