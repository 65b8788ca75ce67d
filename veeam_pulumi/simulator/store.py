"""What the servers remember: in memory, and in a SQLite file as well when one is given."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

Doc = dict[str, Any]


class Store:
    """Named shelves of JSON documents. Callers hold the simulator's lock, so one connection serves all threads."""

    def __init__(self, path: Path | None) -> None:
        self._shelves: dict[str, dict[str, str]] = {}
        self._db: sqlite3.Connection | None = None
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)  # holds password hashes and the throw-away CA's key: for its owner alone
            self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            try:
                self._load(self._db)
            except sqlite3.Error as error:
                self.close()
                raise ValueError(f"{path} is not a state file of the simulator: {error}") from None

    def _load(self, db: sqlite3.Connection) -> None:
        db.execute("PRAGMA synchronous=OFF")
        db.execute("CREATE TABLE IF NOT EXISTS item (shelf TEXT, key TEXT, doc TEXT, PRIMARY KEY (shelf, key))")
        for shelf, key, doc in db.execute("SELECT shelf, key, doc FROM item ORDER BY rowid"):
            self._shelves.setdefault(shelf, {})[key] = doc

    def shelf(self, name: str) -> Shelf:
        return Shelf(name, self._shelves.setdefault(name, {}), self._db)

    def close(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None


class Shelf:
    """Documents by key, in the order in which they were first put there. Hands out copies only.

    They are kept as text: to parse it is three to six times cheaper than to copy what was parsed, and a list of a
    thousand users is asked for a thousand times while they are created.
    """

    def __init__(self, name: str, docs: dict[str, str], db: sqlite3.Connection | None) -> None:
        self._name, self._docs, self._db = name, docs, db

    def get(self, key: str) -> Doc | None:
        text = self._docs.get(key)
        return None if text is None else json.loads(text)

    def all(self) -> list[Doc]:
        found: list[Doc] = json.loads(f"[{','.join(self._docs.values())}]")
        return found

    def put(self, key: str, doc: Doc) -> None:
        self._docs[key] = text = json.dumps(doc)
        if self._db is not None:
            self._db.execute(
                "INSERT INTO item (shelf, key, doc) VALUES (?, ?, ?) "
                "ON CONFLICT (shelf, key) DO UPDATE SET doc = excluded.doc",
                (self._name, key, text),
            )

    def remove(self, key: str) -> None:
        self._docs.pop(key, None)
        if self._db is not None:
            self._db.execute("DELETE FROM item WHERE shelf = ? AND key = ?", (self._name, key))

    def clear(self) -> None:
        self._docs.clear()
        if self._db is not None:
            self._db.execute("DELETE FROM item WHERE shelf = ?", (self._name,))

    def __len__(self) -> int:
        return len(self._docs)
