"""Transactions of the world, in memory and on disk."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sandbox.world.store import StateStore


class Journal:
    """Records how to undo changes, and which rows must be written to disk."""

    def __init__(self, lock: threading.RLock, store: StateStore | None) -> None:
        self._lock = lock
        self._store = store
        self._undo: list[Callable[[], None]] = []
        self._dirty: dict[tuple[str, str], Any] = {}
        self._depth = 0

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold the lock; the outermost transaction writes to disk, or undoes all on an exception.

        An inner transaction whose exception is caught undoes only its own changes.
        """
        with self._lock:
            mark = len(self._undo)
            dirty = dict(self._dirty)
            self._depth += 1
            try:
                yield
            except BaseException:
                while len(self._undo) > mark:
                    self._undo.pop()()
                self._dirty = dirty
                raise
            finally:
                self._depth -= 1
                if self._depth == 0:
                    self._finish()

    def record_change(
        self, kind: str, key: str, value: Any, undo: Callable[[], None] | None = None
    ) -> None:
        """Call inside a transaction. A value of None means that the row was deleted."""
        if undo is not None:
            self._undo.append(undo)
        if self._store is not None:
            self._dirty[(kind, key)] = value

    def _finish(self) -> None:
        self._undo.clear()
        if self._store is not None and self._dirty:
            rows = [(kind, key, value) for (kind, key), value in self._dirty.items()]
            self._dirty = {}
            self._store.put_many(rows)

    def close(self) -> None:
        with self._lock:
            if self._store is not None:
                self._store.close()
                self._store = None
