"""Long lists are made once and then handed out page by page."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

_KEPT_LISTS = 8
_KEPT_SECONDS = 120.0


class RecentLists:
    """The lists behind the latest first pages, so that all pages show one moment."""

    def __init__(self) -> None:
        self._lists: OrderedDict[str, tuple[float, list[Any]]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str, first: bool, make: Callable[[], list[Any]]) -> list[Any]:
        """A new list for a first page, else the one that its first page made."""
        with self._lock:
            kept = self._lists.get(key)
        if not first and kept is not None and time.monotonic() - kept[0] < _KEPT_SECONDS:
            return kept[1]
        made = make()
        with self._lock:
            self._lists[key] = (time.monotonic(), made)
            self._lists.move_to_end(key)
            while len(self._lists) > _KEPT_LISTS:
                self._lists.popitem(last=False)
        return made
