"""Where this package itself was installed from, as a line for requirements.txt: PEP 610, `direct_url.json`.

A name that only an index could resolve is written only where an index resolved it: elsewhere anybody could register it.
"""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError, distribution
from typing import Any
from urllib.parse import urlsplit, urlunsplit

NAME = "veeam-pulumi"
EXTRAS = "[policy,simulator]"
_VENDOR = """\
# It was installed from {place}, which a pipeline cannot reach. Bring it along, then name the file instead:
#   pip wheel --no-deps --wheel-dir vendor {given}
#   ./vendor/{wheel}{extras}
"""


def requirement() -> str:
    """The lines that install the same again, a hash with it where it is a file. Comments say what is left to do."""
    try:
        found = distribution(NAME)
    except PackageNotFoundError:  # a checkout on the path, installed by nobody
        return _vendored("0", "a folder", "PATH/TO/veeam_pulumi")
    text = found.read_text("direct_url.json")
    if text is None:
        return f"{NAME}{EXTRAS}=={found.version}\n"
    return _direct(json.loads(text), found.version)


def _direct(origin: dict[str, Any], version: str) -> str:
    url = _without_password(str(origin.get("url") or ""))
    folder = f"#subdirectory={origin['subdirectory']}" if origin.get("subdirectory") else ""
    if vcs := origin.get("vcs_info"):
        return f"{NAME}{EXTRAS} @ {vcs['vcs']}+{url}@{vcs['commit_id']}{folder}\n"
    if "archive_info" in origin and (digest := _sha256(origin["archive_info"])):
        line = f"{NAME}{EXTRAS} @ {url}#sha256={digest}\n"
        return (_vendored(version, "a file", url) if url.startswith("file:") else "") + line
    return f"{_vendored(version, 'a folder', url)}{NAME}{EXTRAS} @ {url}\n"


def _sha256(archive: dict[str, Any]) -> str:
    algorithm, _, digest = str(archive.get("hash") or "").partition("=")
    return str((archive.get("hashes") or {}).get("sha256") or (digest if algorithm == "sha256" else ""))


def _vendored(version: str, place: str, given: str) -> str:
    wheel = f"veeam_pulumi-{version}-py3-none-any.whl"
    return _VENDOR.format(place=place, given=given, wheel=wheel, extras=EXTRAS)


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
