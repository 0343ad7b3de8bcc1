"""A cache of long lists that are built once and returned page by page."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

_MAX_LISTS = 8
_MAX_SECONDS = 120.0


class ListCache:
    """The latest lists, so that all pages of a list are of the same moment."""

    def __init__(self) -> None:
        self._lists: OrderedDict[str, tuple[float, list[Any]]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str, first_page: bool, build: Callable[[], list[Any]]) -> list[Any]:
        """A new list for the first page, else the list that its first page built."""
        with self._lock:
            cached = self._lists.get(key)
        if not first_page and cached is not None and time.monotonic() - cached[0] < _MAX_SECONDS:
            return cached[1]
        built = build()
        with self._lock:
            self._lists[key] = (time.monotonic(), built)
            self._lists.move_to_end(key)
            while len(self._lists) > _MAX_LISTS:
                self._lists.popitem(last=False)
        return built
