"""Saves a sandbox's world between runs: one SQLite file, a row per object."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from sandbox.world import codec

_UPSERT = (
    "INSERT INTO item VALUES (?, ?, ?)"
    " ON CONFLICT (kind, id) DO UPDATE SET value = excluded.value"  # keeps the order of creation
)


class StateStore:
    """JSON rows by kind and id. Not thread-safe: the caller holds the world's lock."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        # In this mode a killed process loses nothing; a power failure may.
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS item"
            " (kind TEXT, id TEXT, value TEXT, PRIMARY KEY (kind, id))"
        )

    def put_many(self, rows: Iterable[tuple[str, str, Any]]) -> None:
        """Write all rows or none; a value of None deletes the row."""
        encoded = [(kind, key, None if v is None else codec.encode(v)) for kind, key, v in rows]
        with self._db:
            self._db.execute("BEGIN")
            for kind, key, text in encoded:
                if text is None:
                    self._db.execute("DELETE FROM item WHERE kind=? AND id=?", (kind, key))
                else:
                    self._db.execute(_UPSERT, (kind, key, text))

    def read(self, kind: str) -> Iterator[tuple[str, Any]]:
        query = "SELECT id, value FROM item WHERE kind=? ORDER BY rowid"
        for key, text in self._db.execute(query, (kind,)).fetchall():
            yield key, codec.decode(text)

    def close(self) -> None:
        self._db.close()
