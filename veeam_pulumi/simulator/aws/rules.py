"""What the appliance accepts as a name, a description and a password. Each rule answers with messages; none is good."""

from __future__ import annotations

import re
import string

_NAME = re.compile(r"[a-z0-9_-]*\$?")


def name_errors(name: str, admin_refused: bool) -> list[str]:
    """At most 32 of lower-case Latin letters, digits, _ and -, and a $ at the end; `admin` is refused since 5a."""
    errors = []
    if not name:
        errors.append("Name cannot be empty.")
    if len(name) > 32:
        errors.append("Name cannot be longer than 32 characters.")
    if not _NAME.fullmatch(name):
        wrong = " ".join(sorted({char for char in name if not re.match(r"[a-z0-9_-]", char)}))
        errors.append(f"Name contains invalid characters ({wrong})")
    if admin_refused and name == "admin":
        errors.append("Name 'admin' is reserved.")
    return errors


def description_errors(description: str) -> list[str]:
    return ["Description cannot be longer than 255 characters."] if len(description) > 255 else []


def password_errors(password: str, rules: str) -> list[str]:
    """2.0: upper, lower, digit. 10: upper, lower, special. Both: 8 or more, and no monotonic sequence (abc, 123)."""
    errors = []
    if len(password) < 8:
        errors.append("Password must contain at least 8 characters.")
    if rules == "v10" and len(password) > 255:
        errors.append("Password cannot be longer than 255 characters.")
    if not any(char.isupper() for char in password):
        errors.append("Password must contain an uppercase letter.")
    if not any(char.islower() for char in password):
        errors.append("Password must contain a lowercase letter.")
    if rules == "v2" and not any(char.isdigit() for char in password):
        errors.append("Password must contain a digit.")
    if rules == "v10" and not any(char in string.punctuation for char in password):
        errors.append("Password must contain a special character.")
    if _monotonic(password):
        errors.append("Password cannot contain a monotonic character sequence.")
    return errors


def _monotonic(password: str) -> bool:
    # assumed: three neighbours, upwards, case ignored; the guide only gives the examples abc and 123.
    low = password.lower()
    return any(
        low[at : at + 3].isalnum()
        and low[at : at + 3].isascii()
        and ord(low[at + 2]) - ord(low[at + 1]) == ord(low[at + 1]) - ord(low[at]) == 1
        for at in range(len(low) - 2)
    )
