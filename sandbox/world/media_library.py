"""Helper objects of the vendors: images, creatives, budgets, assets, tokens."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager
from typing import Any

from sandbox.world.journal import Journal
from sandbox.world.model import Platform


class Shelves:
    """A dict of JSON-like objects per platform and kind, with undo and on disk."""

    def __init__(self, journal: Journal, lock: threading.RLock) -> None:
        self.lock = lock
        self.objects: dict[str, dict[str, dict[str, Any]]] = {}
        self._journal = journal

    def transaction(self) -> AbstractContextManager[None]:
        """Hold the lock; on an exception, take back every change made through this world."""
        return self._journal.transaction()

    def put_object(
        self, platform: Platform, kind: str, key: str, data: dict[str, Any]
    ) -> dict[str, Any]:
        """Add or replace; `data` must be JSON-like (dates, instants and bytes are fine)."""
        name = f"{platform}/{kind}"
        with self.transaction():
            shelf = self.objects.setdefault(name, {})
            old = shelf.get(key)
            shelf[key] = data
            self._journal.changed(
                "object", f"{name}/{key}", data, lambda: put_back(shelf, key, old)
            )
        return data

    def get_object(self, platform: Platform, kind: str, key: str) -> dict[str, Any] | None:
        return self.objects.get(f"{platform}/{kind}", {}).get(key)

    def list_objects(self, platform: Platform, kind: str) -> dict[str, dict[str, Any]]:
        with self.lock:
            return dict(self.objects.get(f"{platform}/{kind}", {}))

    def drop_object(self, platform: Platform, kind: str, key: str) -> None:
        name = f"{platform}/{kind}"
        with self.transaction():
            shelf = self.objects.get(name, {})
            old = shelf.pop(key, None)
            if old is not None:
                self._journal.changed(
                    "object", f"{name}/{key}", None, lambda: put_back(shelf, key, old)
                )


def put_back(shelf: dict[str, Any], key: str, value: Any) -> None:
    """Undo a change of one entry."""
    if value is None:
        shelf.pop(key, None)
    else:
        shelf[key] = value
