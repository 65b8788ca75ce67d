"""docs/rights.md from the tables of the products: `python -m tests.docs.rights` writes it; a test compares."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping

from tests.docs.pages import FOLDER
from veeam_pulumi.products import sessions
from veeam_pulumi.resource.grant import RIGHTS, WORDS, RoleRights

PAGE = FOLDER / "rights.md"
TITLES = {
    "aws": "Backup for AWS",
    "azure": "Backup for Azure",
    "em": "Enterprise Manager",
    "m365": "Backup for Microsoft 365",
    "vbr": "Backup & Replication",
    "vspc": "Service Provider Console",
}
HEAD = """# Which role can do what

What the roles of each product let their holders do, by the product's published API contracts and its guide.
[who](who.md), reviews, policies and rosters all read these tables, which are in `veeam_pulumi/products/*/rights.py`;
this page is made from them.

| words | meaning |
|---|---|
| **can delete backups** | by itself, or with a flag of the operation that is named |
| **may delete backups** | takes away what holds them; whether files go too is not said |
| **can weaken protection** | jobs, retention, immutability, keys, repositories, alarms, licences, agents |
| **can grant access** | users, roles, identity providers, keys for others |
| **can reach secrets** | stores, replaces, exports or reveals credentials and keys |
| **can restore** | reads data out, or overwrites production |
| **can make API keys** | for itself |

What no table knows counts as every right, and says so: a custom role, an unknown role, a server that does not show one.

A Backup & Replication server of 13.0.1 or later lists the permissions of each role: [who](who.md) asks for them once a
role and believes them where they differ. Of custom roles they are the only source.
"""
TAIL = """
## What no API shows

| what | what it means for these tables |
|---|---|
| members of groups of Windows, a directory or an identity provider | decided there: a group is a line of its own |
| tape, and what only a console can do | named as such where the guide says so |
| four-eyes authorization and immutability | no request shows the switches |
| files, hypervisors and buckets under a repository | whoever reaches these needs no role of a product |
| Backup & Replication before 13.0.1 | has no users in its API |

## From one product to another

| who | is also | because |
|---|---|---|
| Portal Administrator of Enterprise Manager | administrator of every server below it | the account that it keeps |
| who can use the proxy of a console | administrator of the products behind an agent | it acts with the most rights |
| who can configure identity providers of a console | any role | a mapping rule can give every role |
| an administrator of the host or the domain | Backup Administrator | `BUILTIN\\Administrators` is one |
| Backup Administrator | root on every managed server | the stored credentials, and their export |
| Restore Operator | administrator of restored machines | what is restored can be chosen |
"""


def text() -> str:
    """The whole page."""
    parts = [HEAD]
    for product in sorted(sessions()):
        module = importlib.import_module(f"veeam_pulumi.products.{product}.rights")
        about = " ".join((module.__doc__ or "").split("\n\n", 1)[-1].split())
        parts.append(f"\n## {TITLES[product]}\n\n{about}\n\n" + "\n".join(_table(module.ROLES)) + "\n")
    return "".join(parts) + TAIL


def _table(roles: Mapping[str, RoleRights]) -> Iterator[str]:
    used = [right for right in RIGHTS if any(right in one for one in roles.values())]
    yield "| role | " + " | ".join(WORDS[right] for right in used) + " |"
    yield "|---|" + "---|" * len(used)
    for role, rights in roles.items():
        cells = [rights.get(right, "–").replace("|", "\\|").replace("*", "\\*") for right in used]
        yield f"| {role} | " + " | ".join(cells) + " |"


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
