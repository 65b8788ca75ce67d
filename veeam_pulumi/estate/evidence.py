"""A review of access as a page to sign: Markdown by person, confirmed by a pull request that dates the roster.

Which part serves which rule stands at its end, so that an auditor finds it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from ..markdown import code
from ..resource.grant import WORDS

RULES = (
    ("Servers: rows of complete lists", "NIS2 11.2.2(e), SOC 2 CC6.1"),
    ("Who can what, by which role", "NIS2 11.2.1, DORA RTS art. 21(a), ISO 27001 A.5.18, NIST CP-9(8)"),
    ("Accounts that can delete backups", "NIST CP-9(7), SOC 2 CC6.1"),
    ("Status: declared, adopted, unmanaged", "NIS2 11.2.2(e), SOC 2 CC6.2"),
    ("Until, owner", "NIS2 11.2.2(b) and (d), DORA RTS art. 21(e)(iii)"),
    ("Approved by", "NIS2 11.2.2(c), ISO 27001 A.5.18"),
    ("Reviewed: by and on, and the commit that says so", "NIS2 11.2.3, DORA RTS art. 21(e)(iv), SOC 2 CC6.3"),
    ("Second factor, service accounts, shared names", "NIS2 11.3, DORA RTS art. 21(c)"),
    ("Snapshots: each with the SHA-256 of the one before", "NIS2 11.2.2(f), SOC 2 CC6.3"),
)
"""Part of the report -> the rules that it serves."""


def evidence(document: Mapping[str, Any]) -> str:
    """The page for a document of `document.py`."""
    return "\n".join(_lines(document)) + "\n"


def _lines(document: Mapping[str, Any]) -> Iterator[str]:
    yield "# Review of access to backups"
    yield f"\n{document['at']}, {document['tool']}. Tick what is right; what is not, change in the same pull request."
    yield "Then set `reviewed: {by: NAME, on: DATE}` on each entry of the roster that you confirmed.\n"
    for server in document["servers"]:
        rows = ", ".join(f"{number} {kind}" for kind, number in server["rows"].items())
        state = f"**incomplete**: {code(server['problem'])}" if server["problem"] else f"complete: {rows}"
        about = f"{code(server['server'])} {server['product']} {server['version']}".strip()
        yield f"* {code(server['connection'])} {about}: {state}"
    for _, grants in groupby(document["grants"], key=lambda grant: grant["person"]):
        of_person = list(grants)
        first = of_person[0]
        yield f"\n## {code(first['name'])}\n"
        if first["reviewed_on"]:
            yield f"Last reviewed by {code(first['reviewed_by'])} on {first['reviewed_on']}.\n"
        for grant in of_person:
            yield f"- [ ] {_grant(grant)}"
    if document["objects"]:
        yield "\n## What gives rights to whoever holds it\n"
    for one in document["objects"]:
        rights = ", ".join(WORDS[right] for right in one["can"]) or "none of these rights"
        yield f"- [ ] {one['principal']} {code(one['name'])} on {code(one['connection'])}; {rights}; {one['standing']}"
    yield "\n## Which rule asks for what\n"
    yield "| part | rule |"
    yield "|---|---|"
    for part, rule in RULES:
        yield f"| {part} | {rule} |"


def _grant(grant: Mapping[str, Any]) -> str:
    rights = ", ".join(WORDS[right] for right in grant["can"]) or "none of these rights"
    parts = [
        f"{code(grant['account'])} on {code(grant['connection'])}",
        f"{', '.join(map(code, grant['roles'])) or 'no role shown'}",
        rights,
        grant["standing"],
        "a group: members are decided in the directory" if grant["group"] else "",
        "disabled" if not grant["enabled"] else "",
        "no second factor" if grant["mfa"] is False else "",
        f"until {grant['until']}" if grant["until"] else "",
        f"approved by {code(grant['approved_by'])}" if grant["approved_by"] else "",
        "unknown: counts as able" if grant["unknown"] else "",
        f"a guess: {code(grant['guess'])}" if grant["guess"] else "",
    ]
    return "; ".join(filter(None, parts))
