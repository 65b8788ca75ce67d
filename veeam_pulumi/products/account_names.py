r"""Names of accounts as Windows, directories and appliances write them: `TECH\john`, `john@tech.local`, `.\john`.

* The local administrators' group (Windows) and the account veeamadmin (appliance) are there from an installation of
  Backup & Replication or Enterprise Manager. Windows names the group in its own language: BUILTIN\Administrators,
  VORDEFINIERT\Administratoren.
"""

from __future__ import annotations

from ..server.names import fold

BUILT_IN_DOMAINS = ("builtin", "vordefiniert")
BUILT_IN_GROUPS = ("admin", "админ", "rendszergazd", "järjestelmänvalvoj")
"""How the group of local administrators begins, in the languages of Windows."""


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


def is_default_administrator(name: str) -> bool:
    """Whether a name is one that an installation brings along."""
    domain, _, plain = fold(name).rpartition("\\")
    return (domain in BUILT_IN_DOMAINS and plain.startswith(BUILT_IN_GROUPS)) or (
        domain in ("", ".") and plain == "veeamadmin"
    )
