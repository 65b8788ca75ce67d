r"""Names of accounts and groups: DOMAIN\user, user@domain.local, .\user, user."""

from __future__ import annotations

# Domains that every server knows without a directory: itself and the built-in groups.
_LOCAL = (".", "builtin", "vordefiniert", "nt authority", "")


def split(name: str) -> tuple[str, str]:
    """(domain, user) in lower case; the domain of a UPN is its first label, as NetBIOS names usually are."""
    if "\\" in name:
        domain, _, user = name.partition("\\")
    else:
        user, _, suffix = name.partition("@")
        domain = suffix.partition(".")[0]
    return domain.lower(), user.lower()


def key(name: str) -> str:
    r"""One key for all spellings of a principal: the real server compares SIDs. `.\x` and `x` are the same account."""
    domain, user = split(name)
    return f"{'' if domain == '.' else domain}\\{user}"


def canonical(name: str, form: str) -> str:
    """The name as the server hands it back. Whether it changes names at all is not documented."""
    domain, _ = split(name)
    if form == "as_typed" or domain in _LOCAL:
        return name
    plain = name.partition("\\")[2] if "\\" in name else name.partition("@")[0]
    return f"{plain}@{domain}.local" if form == "upn" else f"{domain.upper()}\\{plain}"


def resolvable(name: str, domains: tuple[str, ...], refused: tuple[str, ...]) -> bool:
    domain, user = split(name)
    if not user or key(name) in {key(other) for other in refused}:
        return False
    return domain in _LOCAL or "*" in domains or domain in {other.partition(".")[0] for other in domains}


def account_type(name: str) -> str:
    """Local or ActiveDirectory, as the users dialect calls it."""
    return "Local" if split(name)[0] in _LOCAL else "ActiveDirectory"
