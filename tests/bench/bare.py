"""The requests of our resources by plain httpx: no engine, no provider, no checks; answers are read where needed."""

from __future__ import annotations

import base64
import ssl
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

import httpx

from tests.bench.objects import COMPANY
from tests.specimens import Arguments


class Bare:
    """A client of one server, logged in from entering to leaving, as a provider process is."""

    headers: ClassVar[Mapping[str, str]] = {}
    looks_alone: ClassVar[bool] = False
    """Whether no list tells what is there, so that every create has to look for itself."""

    def __init__(self, settings: Mapping[str, Any], concurrency: int) -> None:
        self.user, self.password, self._concurrency = settings["username"], settings["password"], concurrency
        self._client = httpx.Client(
            base_url=settings["url"],
            verify=ssl.create_default_context(cafile=settings["tls"]["ca_file"]),
            headers=dict(self.headers),
            timeout=60,
            trust_env=False,
            limits=httpx.Limits(max_connections=concurrency, max_keepalive_connections=concurrency),
        )

    def __enter__(self) -> Bare:
        self.login()
        return self

    def __exit__(self, *_: object) -> None:
        self.logout()
        self._client.close()

    def create_all(self, objects: Mapping[str, Arguments]) -> list[str]:
        """Creates them -> their ids."""
        self.before_create()
        items = list(objects.values())
        self.list()
        if self.looks_alone:
            self._each(self.look, items)
        first, *others = items
        id = self.create(first)
        self.after_first(id, first)
        return [id, *self._each(self.create, others)]

    def read_all(self, ids: list[str]) -> None:
        self.list()

    def delete_all(self, ids: list[str]) -> None:
        self.before_delete()
        self._each(self.delete, ids)

    def _each(self, work: Callable[[Any], Any], items: list[Any]) -> list[Any]:
        with ThreadPoolExecutor(self._concurrency) as pool:
            return list(pool.map(work, items))

    def send(self, method: str, path: str, *, expect: int = 200, **more: Any) -> httpx.Response:
        response = self._client.request(method, path, **more)
        if response.status_code != expect:
            raise RuntimeError(f"{method} {path} was answered with {response.status_code}: {response.text[:200]}")
        return response

    def get(self, path: str, **params: Any) -> Any:
        return self.send("GET", path, params=params).json()

    def grant(self, path: str) -> None:
        """The login of the products that have tokens."""
        form = {"grant_type": "password", "username": self.user, "password": self.password}
        token = self.send("POST", path, data=form).json()["access_token"]
        self._client.headers["Authorization"] = f"Bearer {token}"

    def keep(self, name: str, value: str) -> None:
        """A header of all requests from now on."""
        self._client.headers[name] = value

    # What a product does.

    def login(self) -> None:
        raise NotImplementedError

    def logout(self) -> None:
        pass

    def before_create(self) -> None:
        pass

    def before_delete(self) -> None:
        pass

    def look(self, one: Arguments) -> None:
        """Whether it is there already."""

    def after_first(self, id: str, one: Arguments) -> None:
        """What is asked once, after the first create."""

    def list(self) -> None:
        """All of them, from the server."""
        raise NotImplementedError

    def create(self, one: Arguments) -> str:
        raise NotImplementedError

    def delete(self, id: str) -> None:
        raise NotImplementedError


class Aws(Bare):
    """Users of Backup for AWS."""

    headers: ClassVar = {"x-api-version": "1.0-rev0"}
    users = "/api/v1/users"

    def login(self) -> None:
        self.send("GET", f"{self.users}/isFirstLogin")
        self.grant("/api/v1/token")

    def logout(self) -> None:
        self.send("DELETE", "/api/v1/token", expect=204)

    def after_first(self, id: str, one: Arguments) -> None:
        """Which role it got."""
        form = {"grant_type": "password", "username": one["name"], "password": one["password"]}
        token = self.send("POST", "/api/v1/token", data=form).json()["access_token"]
        self.send("DELETE", "/api/v1/token", headers={"Authorization": f"Bearer {token}"}, expect=204)

    def list(self) -> None:
        seen, total = 0, 1
        while seen < total:
            page = self.get(self.users, Offset=seen, Limit=200)
            seen, total = seen + len(page["results"]), page["totalCount"]

    def create(self, one: Arguments) -> str:
        self.send("POST", self.users, json=one, expect=201)
        return str(one["name"])

    def delete(self, id: str) -> None:
        self.send("DELETE", f"{self.users}/{id}", expect=204)


class Em(Bare):
    """Backup servers of Enterprise Manager."""

    headers: ClassVar = {"Accept": "application/json"}
    looks_alone = True
    servers = "/api/backupServers"

    def login(self) -> None:
        basic = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        login = {"Authorization": f"Basic {basic}"}
        answer = self.send("POST", "/api/sessionMngr/", params={"v": "latest"}, headers=login, expect=201)
        self.keep("X-RestSvcSessionId", answer.headers["X-RestSvcSessionId"])
        self._session = {key.lower(): value for key, value in answer.json().items()}["sessionid"]

    def logout(self) -> None:
        self.send("DELETE", f"/api/logonSessions/{self._session}", expect=204)

    def look(self, one: Arguments) -> None:
        address = one["dns_name_or_ip_address"]
        wanted = {"type": "BackupServer", "format": "Entities", "filter": f'IpOrDnsName=="{address}"'}
        self.get("/api/query", **wanted)

    def list(self) -> None:
        self.get(self.servers, format="Entity")

    def create(self, one: Arguments) -> str:
        body = {"Description": one["description"], "DnsNameOrIpAddress": one["dns_name_or_ip_address"], "Port": 9392}
        body |= {"Username": one["username"], "Password": one["password"]}
        made = self.send("POST", self.servers, params={"action": "create"}, json=body, expect=201).json()
        id = {key.lower(): value for key, value in made.items()}["uid"].rpartition(":")[2]
        self.get(f"{self.servers}/{id}", format="Entity")
        return str(id)

    def delete(self, id: str) -> None:
        self.send("DELETE", f"{self.servers}/{id}", expect=204)


class Vbr(Bare):
    """Users of Backup & Replication, `/api/v1/security/users`."""

    users = "/api/v1/security/users"

    def login(self) -> None:
        self.send("GET", "/api/v1/serverTime", headers={"x-api-version": "1.3-rev2"}, expect=400)
        self.keep("x-api-version", "1.3-rev1")
        self.send("GET", "/api/v1/serverTime")
        self.grant("/api/oauth2/token")
        self.get(self.users, limit=1)

    def logout(self) -> None:
        self.send("POST", "/api/oauth2/logout")

    def before_create(self) -> None:
        self.before_delete()

    def before_delete(self) -> None:
        roles = self.get("/api/v1/security/roles", skip=0, limit=200)["data"]
        self._roles = {role["name"]: {"id": role["id"], "name": role["name"]} for role in roles}

    def list(self) -> None:
        seen, total = 0, 1
        while seen < total:
            page = self.get(self.users, skip=seen, limit=200)
            seen, total = seen + len(page["data"]), page["pagination"]["total"]

    def create(self, one: Arguments) -> str:
        roles = [self._roles[name] for name in one["roles"]]
        body = {"name": one["name"], "type": "InternalUser", "roles": roles, "isServiceAccount": False}
        return str(self.send("POST", self.users, json=body, expect=201).json()["id"])

    def after_first(self, id: str, one: Arguments) -> None:
        """Whether the server keeps what it accepts."""
        self.get(f"{self.users}/{id}")

    def delete(self, id: str) -> None:
        self.send("DELETE", f"{self.users}/{id}", expect=204)


class Vspc(Bare):
    """Users of Service Provider Console."""

    headers: ClassVar = {"X-Client-Version": "3.6.1"}
    users = "/api/v3/users"

    def login(self) -> None:
        self.grant("/api/v3/token")

    def before_delete(self) -> None:
        self.get(f"{self.users}/me")

    def list(self) -> None:
        seen, total = 0, 1
        while seen < total:
            page = self.get(self.users, offset=seen, limit=200)
            seen, total = seen + len(page["data"]), page["meta"]["pagingInfo"]["total"]

    def create(self, one: Arguments) -> str:
        profile = {"firstName": one["profile"]["first_name"], "lastName": None, "email": one["profile"]["email"]}
        body = {
            "organizationUid": COMPANY,
            "role": one["role"],
            "profile": {**profile, "address": None, "phone": None},
            "credentials": {"userName": one["user_name"], "password": one["password"]},
            "backupResource": None,
        }
        headers = {"X-Request-id": str(uuid.uuid4())}
        return str(self.send("POST", self.users, json=body, headers=headers).json()["data"]["instanceUid"])

    def delete(self, id: str) -> None:
        self.send("DELETE", f"{self.users}/{id}", headers={"X-Request-id": str(uuid.uuid4())})


CLIENTS: dict[str, type[Bare]] = {"aws": Aws, "em": Em, "vbr": Vbr, "vspc": Vspc}
