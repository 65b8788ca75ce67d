"""Logs in with veeam-easy-connect, and reads a list. Runs in that client's environment; see generated.py."""

from __future__ import annotations

import json
import sys
from typing import Any
from urllib.parse import urlsplit

from veeam_easy_connect import VeeamEasyConnect  # type: ignore[import-not-found,unused-ignore]

READS = {"vbr": "/api/v1/security/users", "aws": "/api/v1/users", "ent_man": "/api/backupServers"}


def main() -> None:
    for told in json.load(sys.stdin):
        outcome = "ok"
        try:
            _log_in(told)
        except Exception as error:  # whatever the client says is the finding
            outcome = f"{type(error).__name__}: {error}"[:300]
        print(json.dumps({"op": told["kind"], "outcome": outcome}))


def _log_in(told: dict[str, Any]) -> None:
    address = urlsplit(told["url"])
    connect = VeeamEasyConnect(told["username"], told["password"], told["ca_file"])
    own = connect.api_settings[told["kind"]]  # data: its ports are the products' own
    own["url"] = f":{address.port}/{own['url'].partition('/')[2]}"
    if "x-api-version" in own.get("headers", {}):
        own["headers"]["x-api-version"] = told["revision"]
    getattr(connect, told["kind"])().login(address.hostname or "")
    if not connect.get(told["url"] + READS[told["kind"]]):
        raise AssertionError("nothing was read")


if __name__ == "__main__":
    main()
