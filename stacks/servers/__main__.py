"""Backup servers in Enterprise Manager: servers.yaml lists them, by environment.

Each is registered with the thumbprint of the certificate that it shows, read over its own connection, and with one
service account for all: its password is one secret, so a rotation is one `pulumi config set`. One that is there already
is taken over as it is by `adopt: true`.
"""

from pathlib import Path
from typing import Any

import pulumi

import veeam_pulumi as veeam
from veeam_pulumi.access import servers
from veeam_pulumi.access.located import Mistaken

config, veeam_config = pulumi.Config(), pulumi.Config("veeam")
environment = veeam_config.get("environment") or pulumi.get_stack()
manager = veeam_config.get("connection") or "em"

try:
    declared = servers.read(Path(veeam_config.get("file") or "servers.yaml"), environment)
except Mistaken as found:
    raise pulumi.RunError(str(found)) from None


def ours(server: servers.Server) -> dict[str, Any]:
    """What is set of a server, unless it is adopted: who logs in there, and what it showed, stays as it is then."""
    if server.adopt:
        return {}
    return {
        "username": config.require("username"),
        "password": config.require_secret("password"),
        "vbr_certificate_thumbprint": veeam.vbr.get_server_certificate(server.connection).thumbprint,
    }


registered = {
    server.name: veeam.em.BackupServer(server.name, **server.said, **ours(server), connection=manager)
    for server in declared
}
pulumi.export("servers", {name: server.id for name, server in registered.items()})
pulumi.export("thumbprints", {name: server.vbr_certificate_thumbprint for name, server in registered.items()})
