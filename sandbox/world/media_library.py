"""Storage of vendor objects without a class here: images, creatives, budgets, assets, tokens."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager
from typing import Any

from sandbox.world.journal import Journal
from sandbox.world.model import Platform


class ObjectStore:
    """A dict of JSON-like objects per platform and kind, with undo, saved on disk."""

    def __init__(self, journal: Journal, lock: threading.RLock) -> None:
        self.lock = lock
        self.objects: dict[str, dict[str, dict[str, Any]]] = {}
        self._journal = journal

    def transaction(self) -> AbstractContextManager[None]:
        """Hold the lock; on an exception, undo every change made through this world."""
        return self._journal.transaction()

    def put_object(
        self, platform: Platform, kind: str, key: str, data: dict[str, Any]
    ) -> dict[str, Any]:
        """Add or replace; `data` must be JSON-like (dates, instants and bytes are fine)."""
        name = f"{platform}/{kind}"
        with self.transaction():
            entries = self.objects.setdefault(name, {})
            old = entries.get(key)
            entries[key] = data
            self._journal.record_change(
                "object", f"{name}/{key}", data, lambda: restore_entry(entries, key, old)
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
            entries = self.objects.get(name, {})
            old = entries.pop(key, None)
            if old is not None:
                self._journal.record_change(
                    "object", f"{name}/{key}", None, lambda: restore_entry(entries, key, old)
                )


def restore_entry(entries: dict[str, Any], key: str, value: Any) -> None:
    """Set one entry back to its old value; None removes it."""
    if value is None:
        entries.pop(key, None)
    else:
        entries[key] = value
