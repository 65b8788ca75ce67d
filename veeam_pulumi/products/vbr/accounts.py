r"""Names of accounts as Windows, directories and appliances write them: `TECH\john`, `john@tech.local`, `.\john`."""

from __future__ import annotations

from typing import Any


def _parts(name: str) -> tuple[str, str, bool]:
    """-> (user, domain, whether the domain stands behind an @)."""
    text = name.casefold().removeprefix(".\\")
    if "\\" in text:
        domain, _, user = text.partition("\\")
        return user, domain, False
    user, _, domain = text.partition("@")
    return user, domain, bool(domain)


def same_account(one: str, other: str) -> bool:
    r"""Whether two names are one account: case apart, `.\x` as `x`, and `DOMAIN\x` as `x@domain.tld`."""
    (user, domain, upn), (other_user, other_domain, other_upn) = _parts(one), _parts(other)
    if user != other_user or domain == other_domain:
        return (user, domain) == (other_user, other_domain)
    # The first label of a UPN's domain is the NetBIOS name as a rule.
    return upn != other_upn and domain.partition(".")[0] == other_domain.partition(".")[0] != ""


def user_part(name: str) -> str:
    r"""What all forms of an account's name have in common: `john` of `TECH\john`, `john@tech.local` and `.\John`."""
    return _parts(name)[0]


def may_be_account(one: str, other: str) -> bool:
    r"""As `same_account`, but a name without a domain may stand for any: `x` for `HOST\x`. For protecting accounts."""
    (user, domain, _), (other_user, other_domain, _) = _parts(one), _parts(other)
    return same_account(one, other) or (user == other_user and "" in (domain, other_domain))


def account_type(name: str) -> str:
    r"""What the dialect `users` calls an account of that name: `Local` (`.\x`, or no domain) or `ActiveDirectory`."""
    local = name.startswith(".\\") or not {"\\", "@"} & set(name)
    return "Local" if local else "ActiveDirectory"


def name_of(row: dict[str, Any]) -> str:
    """The name in a row of either dialect."""
    return str(row.get("name") or row.get("username"))
