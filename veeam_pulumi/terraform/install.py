"""Where `terraform init` and `tofu init` look for a provider on this machine, and the stub that stands there.

* Without any configuration both look into `~/.terraform.d/plugins` (the implied mirror), then nowhere else for what is
  there: no registry is asked.
* The layout is HOST/NAMESPACE/TYPE/VERSION/OS_ARCH/terraform-provider-TYPE; a lock file has the hash of the stub.
"""

from __future__ import annotations

import os
import platform
import shlex
import sys
from importlib.metadata import version
from pathlib import Path

HOSTS = ("registry.terraform.io", "registry.opentofu.org")
ADDRESS = "veeam-pulumi/veeam"
STUB = "terraform-provider-veeam"
# Terraform starts it in the configuration's folder. `-m` would let a `json.py` there pose as Python's own; -E keeps
# PYTHONPATH and PYTHONHOME of whoever runs Terraform out.
_PROGRAM = "'import sys; del sys.path[0]; from veeam_pulumi.terraform.__main__ import start; start()'"
_MACHINES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "i686": "386"}


def release() -> str:
    """The version of the provider: this package's."""
    return version("veeam-pulumi")


def platform_name() -> str:
    """`linux_amd64`"""
    machine = platform.machine().lower()
    return f"{platform.system().lower()}_{_MACHINES.get(machine, machine)}"


def implied_mirror() -> Path:
    return Path.home() / ".terraform.d" / "plugins"


def override_folder() -> Path:
    return Path.home() / ".terraform.d" / "veeam-dev"


def install(mirror: Path) -> list[Path]:
    """Puts the stub of this version into a mirror -> what was written. An older version there stays."""
    return [_write(mirror / host / ADDRESS / release() / platform_name() / STUB) for host in HOSTS]


def install_override(folder: Path) -> Path:
    """Puts the stub into a folder for `dev_overrides`."""
    return _write(folder / STUB)


def _write(stub: Path) -> Path:
    stub.parent.mkdir(parents=True, exist_ok=True)
    stub.write_text(f"#!/bin/sh\nexec {shlex.quote(sys.executable)} -E -c {_PROGRAM}\n", encoding="utf-8")
    stub.chmod(0o755)
    return stub


def uninstall(folder: Path) -> list[Path]:
    """Takes away every stub of ours below a mirror or an override's folder, and the folders left empty -> the stubs."""
    found = [folder / STUB, *(one for host in HOSTS for one in (folder / host / ADDRESS).glob(f"*/*/{STUB}"))]
    gone = []
    for stub in found:
        if stub.is_file() and "veeam_pulumi.terraform" in stub.read_text(encoding="utf-8", errors="replace"):
            stub.unlink()
            gone.append(stub)
            for above in stub.parents:
                if above == folder or any(above.iterdir()):
                    break
                above.rmdir()
    return gone


def provider_block() -> str:
    """What a configuration says to use the provider."""
    return f"""terraform {{
  required_providers {{
    veeam = {{
      source  = "{ADDRESS}"
      version = "{release()}"
    }}
  }}
}}
"""


def mirror_block(mirror: Path) -> str:
    """What the command line's configuration (TF_CLI_CONFIG_FILE) says to use a mirror."""
    include = ", ".join(f'"{host}/{ADDRESS}"' for host in HOSTS)
    return f"""provider_installation {{
  filesystem_mirror {{
    path    = "{_quoted(mirror)}"
    include = [{include}]
  }}
  direct {{
    exclude = [{include}]
  }}
}}
"""


def override_block(folder: Path) -> str:
    """What the command line's configuration says to take the provider from a folder, without `terraform init`."""
    return f"""provider_installation {{
  dev_overrides {{
    "{ADDRESS}" = "{_quoted(folder)}"
  }}
  direct {{}}
}}
"""


def _quoted(path: Path) -> str:
    return str(path).replace(os.sep, "/").replace('"', '\\"')
