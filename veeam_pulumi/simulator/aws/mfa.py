"""A user's second factor. What enableMfa answers is secret and shown once; success codes are as irregular as here."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import struct

from ..credentials import hash_password, password_matches
from ..routing import Call, Reply
from ..store import Doc
from . import bodies, users
from .server import Server

PENDING_CODE = "000000"  # what `aws.mfa=pending` takes from a user who has no second factor of their own


def enable(server: Server, call: Call) -> Reply:
    """Step 1: the key and the scratch codes. Nothing changes until acceptMfa proves that they arrived."""
    user = users.user_of(server, call)
    key = base64.b32encode(secrets.token_bytes(20)).decode()
    scratch = [f"{secrets.randbelow(10**8):08d}" for _ in range(5)]
    token = server.tokens.ticket(f"accept:{user['name'].lower()}", 600)
    server.pending_mfa[user["name"].lower()] = (token, key, [hash_password(code) for code in scratch])
    return Reply(
        200,
        {
            "userName": user["name"],
            "qrString": f"otpauth://totp/Veeam:{user['name']}?secret={key}&issuer=Veeam",
            "secretKey": key,
            "scratchCodes": scratch,
            "token": token,
        },
    )


def accept(server: Server, call: Call) -> Reply:
    user, spec = users.user_of(server, call), bodies.read(server, call)
    token, key, scratch = server.pending_mfa.get(user["name"].lower(), ("", "", []))
    if not token or spec.get("token") != token or server.tokens.peek(token) is None:
        server.refuse(call, "validationError", "The MFA setup token is not valid.")
    if spec.get("code") not in _codes(key, server.clock.now()):
        server.refuse(call, "validationError", "The verification code is incorrect.")
    server.tokens.spend(token)
    del server.pending_mfa[user["name"].lower()]
    server.mfa_keys[user["name"].lower()] = key
    server.save({**user, "mfaEnabled": True, "scratch": scratch})
    return Reply(201)  # 1.0-rev0: Created, with an empty body


def disable(server: Server, call: Call) -> Reply:
    user = users.user_of(server, call)
    server.mfa_keys.pop(user["name"].lower(), None)
    server.save({**user, "mfaEnabled": False, "scratch": []})
    return Reply(200)  # 1.0-rev0: OK, with an empty body


def code_is_right(server: Server, user: Doc, code: str) -> bool:
    """A code of the moment, or a scratch code, which is then used up."""
    if not user["mfaEnabled"]:
        return code == PENDING_CODE
    key = server.mfa_keys.get(user["name"].lower())
    if key and code in _codes(key, server.clock.now()):
        return True
    left = [stored for stored in user["scratch"] if not password_matches(code, stored)]
    if len(left) == len(user["scratch"]):
        return False
    server.save({**user, "scratch": left})
    return True


def _codes(key: str, now: float) -> set[str]:
    """RFC 6238: six digits, SHA-1, 30 seconds; the step before counts too, for clocks that differ."""
    return {_code(key, int(now // 30) - back) for back in (0, 1)}


def _code(key: str, step: int) -> str:
    digest = hmac.new(base64.b32decode(key), struct.pack(">Q", step), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at : at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"
