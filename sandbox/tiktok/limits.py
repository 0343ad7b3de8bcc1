"""TikTok's limits on the calls of one developer app: per second, minute and day, in real time.

A call above the limit of a second is refused until the next one; above that of a minute the app
is suspended for five minutes; above that of a day until midnight UTC. (TikTok, rate limits)
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sandbox.tiktok import errors


@dataclass(frozen=True)
class Limits:
    second: int
    minute: int
    day: int


LEVELS: Mapping[str, Limits] = {
    "basic": Limits(10, 600, 864_000),
    "advanced": Limits(20, 1_200, 1_728_000),
    "premium": Limits(30, 1_800, 2_592_000),
    "ultimate": Limits(50, 3_000, 4_320_000),
}
# Of single calls, below those of the app; documented for the basic level only.
OWN_LIMITS: Mapping[str, Limits] = {
    "ad/create": Limits(5, 150, 86_400),
    "report/task/create": Limits(2, 60, 4_500),
}
_SUSPENSION_SECONDS = 300.0
_DAY_SECONDS = 86_400


@dataclass
class _Count:
    """The calls of one limit: the last minute's moments, and how many there were on this day.
    A refused call counts like any other; while the app is suspended none does."""

    limits: Limits
    times: deque[float] = field(default_factory=deque)
    day: int = 0
    of_day: int = 0
    suspended_until: float = 0.0

    def allows(self, now: float) -> bool:
        if now < self.suspended_until:
            return False
        self._add(now)
        if len(self.times) > self.limits.minute:
            self.suspended_until = now + _SUSPENSION_SECONDS
        of_second = sum(1 for moment in self.times if moment > now - 1.0)
        return (
            of_second <= self.limits.second
            and len(self.times) <= self.limits.minute
            and self.of_day <= self.limits.day
        )

    def _add(self, now: float) -> None:
        today = int(now // _DAY_SECONDS)
        if today != self.day:
            self.day, self.of_day = today, 0
        self.of_day += 1
        self.times.append(now)
        while self.times[0] <= now - 60.0:
            self.times.popleft()


class CallLimits:
    """Counts the calls of the app of that level; without a level nothing is counted. Raises
    ValueError for an unknown level."""

    def __init__(self, level: str | None, clock: Callable[[], float] = time.time) -> None:
        if level is not None and level not in LEVELS:
            raise ValueError(f"level: {level!r} is unknown; one of {', '.join(LEVELS)}")
        self._clock = clock
        self._lock = threading.Lock()
        self._app = None if level is None else _Count(LEVELS[level])
        self._own = {path: _Count(limits) for path, limits in OWN_LIMITS.items()}

    def count(self, path: str) -> None:
        """Raises ApiError 40100 for a call above a limit; nothing is carried out then."""
        if self._app is None:
            return
        with self._lock:
            now = self._clock()
            counts = [self._app, *([self._own[path]] if path in self._own else [])]
            allowed = [count.allows(now) for count in counts]
        if not all(allowed):
            raise errors.ApiError(errors.TOO_FREQUENT, errors.TOO_FREQUENT_MESSAGE)
