r"""Names of accounts as Windows, directories and appliances write them: `TECH\john`, `john@tech.local`, `.\john`."""

from __future__ import annotations

from typing import Any

from ...server.names import fold


def _parts(name: str) -> tuple[str, str, bool]:
    """-> (user, domain, whether the domain stands behind an @)."""
    text = fold(name).removeprefix(".\\")
    if "\\" in text:
        domain, _, user = text.partition("\\")
        return user, domain, False
    user, _, domain = text.partition("@")
    return user, domain, bool(domain)


def alike(one: str, other: str) -> bool:
    r"""Whether two names look like one account: case apart, `.\x` like `x`, and `DOMAIN\x` like `x@domain.tld`.

    Only the server knows: it compares SIDs. For looking for what a request of ours made, and for protecting accounts.
    """
    (user, domain, upn), (other_user, other_domain, other_upn) = _parts(one), _parts(other)
    if user != other_user or domain == other_domain:
        return (user, domain) == (other_user, other_domain)
    # The first label of a UPN's domain is the NetBIOS name as a rule.
    return upn != other_upn and domain.partition(".")[0] == other_domain.partition(".")[0] != ""


def user_part(name: str) -> str:
    r"""What all forms of an account's name have in common: `john` of `TECH\john`, `john@tech.local` and `.\John`."""
    return _parts(name)[0]


def may_be_account(one: str, other: str) -> bool:
    r"""As `alike`, but a name without a domain may stand for any: `x` for `HOST\x`. For protecting accounts."""
    (user, domain, _), (other_user, other_domain, _) = _parts(one), _parts(other)
    return alike(one, other) or (user == other_user and "" in (domain, other_domain))


def account_type(name: str) -> str:
    r"""What the dialect `users` calls an account of that name: `Local` (`.\x`, or no domain) or `ActiveDirectory`."""
    local = name.startswith(".\\") or not {"\\", "@"} & set(name)
    return "Local" if local else "ActiveDirectory"


def name_of(row: dict[str, Any]) -> str:
    """The name in a row of either dialect."""
    return str(row.get("name") or row.get("username"))
