"""Differences between the simulator and what somebody else's client expects, and who is right.

A call that is judged here has to go on failing in just that way: what works again is taken off the list.
"""

from __future__ import annotations

_NULL = "one of the hex, bytes, bytes_le, fields, or int arguments must be given"
_OLD_NULLS = (
    _NULL,
    "the simulator: null for a reseller, a plan or an object that there is none of is what a live console answered "
    "(resellerUid of a company); the contracts of 3.5.1 and 3.6 do not say that these may be null, later ones do",
)
_NO_ACTION = ("no step calls it", "nobody: it is about requests answered with 202, which these clients do not follow")
_PORTAL = ("GET", "/users/serviceProvider/localUserRule"), ("POST", "/users/serviceProvider/localUserRule")
_COMPANIES = ("GET", "/organizations/companies"), ("GET", "/organizations/companies/{}")
# (client, version, or "" for all of them, call) -> (a part of what it says, who is right and why)
JUDGED: dict[tuple[str, str, str], tuple[str, str]] = {
    **{
        ("veeam-spc", version, f"{method} {path}"): _OLD_NULLS
        for version in ("v3_5_1", "v3_6")
        for method, path in (
            *_PORTAL,
            ("GET", _PORTAL[0][1] + "/{}"),
            ("PATCH", _PORTAL[0][1] + "/{}"),
            *_COMPANIES,
            ("POST", _COMPANIES[0][1]),
            ("PATCH", _COMPANIES[1][1]),
        )
    },
    ("veeam-spc", "v3_5_1", "GET /infrastructure/sites/tenants"): (
        "JSONDecodeError",
        "the client: the contract of 3.5.1 has this path too; the simulator plays it from 3.6 on, as the product asks "
        "for a company's sites before",
    ),
    **{
        ("veeam-spc", "", call): _NO_ACTION
        for call in (
            "DELETE /asyncActions/{}",
            "DELETE /asyncActions/{}/result",
            "GET /asyncActions/{}",
            "GET /asyncActions/{}/result",
        )
    },
}
