"""Builds what a release consists of into dist/: wheel, source archive, bill of materials, pins. `make dist` runs it.

The same commit gives the same bytes: times are that of the commit (SOURCE_DATE_EPOCH), files are in order, and nobody's
user name is in them. It uses the pinned setuptools of the environment and asks no network. The bill of materials is
CycloneDX 1.6: what the wheel needs, with the versions and hashes of constraints.txt, which the tests run with;
requirements.txt has the same for pip.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import uuid
from datetime import datetime, timezone
from importlib.metadata import requires
from pathlib import Path
from typing import Any

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
NAME = "veeam-pulumi"
EXTRAS = ("simulator", "terraform", "policy")
"""What users install; the extras for developers and for the site are not in the bill."""
PINNED = re.compile(
    r"^(([\w.-]+)==([^\s;\\]+)(?:; ([^\n\\]+?))?((?: \\\n    --hash=sha256:[0-9a-f]{64})*))$", re.MULTILINE
)


def main(out: Path) -> None:
    """Writes the four files and SHA256SUMS; whatever was in the folder goes away."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    epoch = int(os.environ.get("SOURCE_DATE_EPOCH") or _git("log", "-1", "--format=%ct"))
    with tempfile.TemporaryDirectory() as place:
        source = Path(place, "source")
        _copy(source)
        build = "from setuptools import build_meta as b; b.build_sdist('dist'); b.build_wheel('dist')"
        environ = {**os.environ, "SOURCE_DATE_EPOCH": str(epoch), "PYTHONHASHSEED": "0", "TZ": "UTC"}
        # setuptools warns of every folder of templates that it is no package, which is right.
        done = subprocess.run([sys.executable, "-c", build], cwd=source, env=environ, capture_output=True, check=False)
        if done.returncode:
            sys.exit(done.stderr.decode())
        for file in sorted(source.joinpath("dist").iterdir()):
            data = file.read_bytes()
            out.joinpath(file.name).write_bytes(_same(data, epoch) if file.name.endswith(".tar.gz") else data)
    (wheel,) = out.glob("*.whl")
    version = wheel.name.split("-")[1]
    bill = json.dumps(bill_of_materials(version, wheel, epoch), indent=2) + "\n"
    out.joinpath(f"veeam_pulumi-{version}.cdx.json").write_text(bill)
    pins = "".join(one[0] + "\n" for one in PINNED.findall(_constraints()) if canonicalize_name(one[1]) in _closure())
    out.joinpath("requirements.txt").write_text(f"# What veeam-pulumi {version} needs with its extras.\n{pins}")
    sums = [f"{_sha256(file)}  {file.name}\n" for file in sorted(out.iterdir())]
    out.joinpath("SHA256SUMS").write_text("".join(sums))
    print("".join(sums), end="")


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def _copy(place: Path) -> None:
    """The files that git knows, as they are now: what else lies about does not get into a release."""
    for name in _git("ls-files", "-z").split("\0"):
        file = ROOT / name
        if name and (file.is_file() or file.is_symlink()):
            target = place / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target, follow_symlinks=False)
            if not file.is_symlink():  # umask and checkout have no part in it
                target.chmod(0o755 if os.access(file, os.X_OK) else 0o644)


def _same(archive: bytes, epoch: int) -> bytes:
    """A .tar.gz with its members in order, of one time and of nobody; setuptools takes these from the machine."""
    raw, out = io.BytesIO(), io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(archive)) as old, tarfile.open(fileobj=raw, mode="w") as new:
        for member in sorted(old.getmembers(), key=lambda one: one.name):
            member.mtime, member.uid, member.gid, member.uname, member.gname = epoch, 0, 0, "", ""
            member.pax_headers = {}
            new.addfile(member, old.extractfile(member) if member.isfile() else None)
    with gzip.GzipFile(fileobj=out, mode="wb", filename="", mtime=epoch) as packed:
        packed.write(raw.getvalue())
    return out.getvalue()


def bill_of_materials(version: str, wheel: Path, epoch: int) -> dict[str, Any]:
    """CycloneDX: the wheel, and all that it needs with the extras that users install."""
    pins: dict[str, list[tuple[str, str, list[str]]]] = {}
    for _, name, pinned, marker, hashes in PINNED.findall(_constraints()):
        found = re.findall(r"[0-9a-f]{64}", hashes)
        pins.setdefault(canonicalize_name(name), []).append((pinned, marker, found))
    depends = _closure()
    components = [
        {
            "type": "library",
            "bom-ref": _purl(name, pinned),
            "name": name,
            "version": pinned,
            "purl": _purl(name, pinned),
            "hashes": [{"alg": "SHA-256", "content": one} for one in hashes],
            **({"properties": [{"name": "python:marker", "value": marker}]} if marker else {}),
        }
        for name in sorted(depends)
        for pinned, marker, hashes in pins.get(name, [])
    ]
    own = {
        "type": "library",
        "bom-ref": _purl(NAME, version),
        "name": NAME,
        "version": version,
        "purl": _purl(NAME, version),
        "licenses": [{"license": {"id": "Apache-2.0"}}],
        "hashes": [{"alg": "SHA-256", "content": _sha256(wheel)}],
    }
    refs = {name: [_purl(name, pinned) for pinned, _, _ in versions] for name, versions in pins.items()}
    refs[NAME] = [_purl(NAME, version)]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, _sha256(wheel))}",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(epoch, timezone.utc).isoformat().replace("+00:00", "Z"),
            "component": own,
        },
        "components": components,
        "dependencies": [
            {"ref": ref, "dependsOn": sorted({to for one in needed for to in refs.get(one, [])})}
            for name, needed in sorted(depends.items())
            for ref in refs.get(name, [])
        ],
    }


def _closure() -> dict[str, list[str]]:
    """Package -> what it needs, of all that the wheel needs with EXTRAS."""
    queue, seen, depends = [(NAME, frozenset(EXTRAS))], set[tuple[str, frozenset[str]]](), dict[str, list[str]]()
    while queue:
        name, extras = queue.pop()
        if (name, extras) not in seen:
            seen.add((name, extras))
            needed = _needs(name, extras)
            depends.setdefault(name, []).extend(canonicalize_name(one.name) for one in needed)
            queue += [(canonicalize_name(one.name), frozenset(one.extras)) for one in needed]
    return depends


def _constraints() -> str:
    return (ROOT / "constraints.txt").read_text()


def _needs(name: str, extras: frozenset[str]) -> list[Requirement]:
    """What an installed package needs here, with these extras."""
    found = [Requirement(text) for text in requires(name) or []]
    return [one for one in found if any(_holds(one.marker, extra) for extra in (*extras, ""))]


def _holds(marker: Marker | None, extra: str) -> bool:
    return marker is None or marker.evaluate({"extra": extra})


def _purl(name: str, version: str) -> str:
    return f"pkg:pypi/{name}@{version}"


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "dist")
