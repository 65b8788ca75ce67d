"""Servers that answer as the APIs of GitHub, GitLab and Azure DevOps do, as far as `forge.py` asks them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Rows = list[dict[str, Any]]


class Forge:
    """Comments and issues, and every request: (method, path without its query, body)."""

    def __init__(self) -> None:
        self.url = ""
        self.comments: Rows = []
        self.issues: Rows = []
        self.statuses: Rows = []
        self.asked: list[tuple[str, str, Any]] = []
        self.tokens: set[str] = set()
        self.down = False

    @property
    def written(self) -> list[str]:
        """The requests that change something."""
        return [f"{method} {path}" for method, path, _ in self.asked if method != "GET" and not path.endswith("wiql")]

    def answer(self, method: str, path: str, query: str, body: Any) -> Any:
        self.asked.append((method, path, body))
        name = path.rpartition("/")[2]
        if name in ("user", "connectionData"):
            return {"id": 7, "authenticatedUser": {"id": 7}}
        if name == "wiql":
            return {"workItems": [{"id": one["number"]} for one in self.issues if one["open"]]}
        if method == "GET":
            rows = self.comments if name in ("comments", "notes", "threads") else [o for o in self.issues if o["open"]]
            first = "page=" not in query or "page=1" in query.split("&")
            return {"value": rows} if name == "threads" else rows if first else []
        if isinstance(body, list):  # a JSON patch
            body = {one["path"].rpartition(".")[2]: one["value"] for one in body}
        return self.write(method, path, body)

    def write(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        if "/statuses/" in path:
            self.statuses.append(body)
            return {}
        comments = any(part in path for part in ("/comments", "/notes", "/threads"))
        found = next((one for one in self.issues if path.endswith(f"/{one['number']}")), None)
        if method != "POST" and comments:
            one = next(one for one in self.comments if f"/{one['id']}/" in f"{path}/")
            one |= made(one["id"], text_of(body))
        elif comments and ("pull" in path or "merge_requests" in path or path.endswith("/issues/5/comments")):
            self.comments.append(made(901 + len(self.comments), text_of(body)))
        elif found is not None:
            found["text"] = text_of(body) or found["text"]
            found["open"] = not ({"closed", "close", "Done"} & {str(value) for value in body.values()})
        elif not comments:
            number = 100 + len(self.issues)
            title = body.get("title") or body["Title"]
            self.issues.append({"number": number, "iid": number, "open": True, "title": title, "text": text_of(body)})
        return {}


def text_of(body: dict[str, Any]) -> str:
    if "comments" in body:
        return str(body["comments"][0]["content"])
    return str(next((body[key] for key in ("body", "description", "Description", "content") if key in body), ""))


def made(number: int, text: str, author: str = "github-actions[bot]", by: int = 7) -> dict[str, Any]:
    """A comment in the form of all three."""
    first = {"id": 1, "content": text, "author": {"id": by}}
    return {"id": number, "body": text, "user": {"login": author}, "author": {"id": by}, "comments": [first]}


@contextmanager
def running() -> Iterator[Forge]:
    forge = Forge()

    class Handler(BaseHTTPRequestHandler):
        def handle_one(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"null")
            forge.tokens.add(self.headers.get("Authorization") or self.headers.get("PRIVATE-TOKEN") or "")
            path, _, query = self.path.partition("?")
            content = b"{}" if forge.down else json.dumps(forge.answer(self.command, path, query, body)).encode()
            self.send_response(403 if forge.down else 200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = handle_one

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    forge.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield forge
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
