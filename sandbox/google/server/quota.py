"""Counts a project's operations of the last 24 hours and refuses above its access level.

The level is `raw["access_level"]` of the account: standard (default), basic, explorer or test. Each
mutated item and each search is one operation, also where nothing is carried out.
(Google Ads API, access levels)
"""

import datetime as dt
import threading
from collections import deque
from typing import Any

from sandbox.google.errors import Problem, quota_details, refusal
from sandbox.world.world import World

_DAY = dt.timedelta(days=1)
_OPERATIONS = {"test": 15_000, "explorer": 2_880, "basic": 15_000, "standard": None}


class OperationQuota:
    """Safe to use from any thread."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._counted: deque[tuple[dt.datetime, int]] = deque()
        self._lock = threading.Lock()

    def count(self, request: Any) -> None:
        """Raises Refusal, and counts nothing, where the request is beyond what is left."""
        level = self._world.account("google").raw.get("access_level", "standard")
        limit = _OPERATIONS[level]
        if limit is None:
            return
        operations, now = operations_in(request), self._world.now()
        with self._lock:
            while self._counted and self._counted[0][0] <= now - _DAY:
                self._counted.popleft()
            used = sum(count for _, count in self._counted)
            if used + operations <= limit:
                self._counted.append((now, operations))
                return
            freed = self._counted[0][0] + _DAY - now if self._counted else _DAY
        message = f"The access level {level} allows {limit} operations in 24 hours."
        details = quota_details(freed.total_seconds())
        raise refusal([Problem("quota_error", "RESOURCE_EXHAUSTED", message, details=details)])


def operations_in(request: Any) -> int:
    fields = request.DESCRIPTOR.fields_by_name
    for name in ("mutate_operations", "operations"):
        if name in fields:
            return max(len(getattr(request, name)), 1)
    return 1
