"""The market's clock: real time plus an offset that can be increased."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

MAX_ADVANCE = timedelta(days=400)


def _real_now() -> datetime:
    return datetime.now(UTC)


class SandboxClock:
    """Market time. It ticks with real time from `start` unless `ticking` is False.

    `start` must carry a time zone (ValueError otherwise); `now()` is always UTC.
    """

    def __init__(
        self,
        start: datetime | None = None,
        *,
        ticking: bool = True,
        real: Callable[[], datetime] = _real_now,
    ) -> None:
        begin = real() if start is None else start
        if begin.tzinfo is None:
            raise ValueError("start: a time zone is missing; write it with an offset, such as Z")
        self._real = real if ticking else _fixed_clock(real())
        self._lock = threading.Lock()
        self._offset = begin.astimezone(UTC) - self._real()
        self.on_change: Callable[[], None] | None = None

    def now(self) -> datetime:
        with self._lock:
            return self._real() + self._offset

    @property
    def offset(self) -> timedelta:
        """Market time minus real time; saved with the world."""
        return self._offset

    def restore(self, offset: timedelta) -> None:
        with self._lock:
            self._offset = offset

    def advance(self, *, days: float = 0, hours: float = 0) -> datetime:
        """Move forward and return the new time. Raises ValueError unless the step is above zero
        and at most 400 days."""
        seconds = days * 86_400 + hours * 3_600
        if not 0 < seconds <= MAX_ADVANCE.total_seconds():
            raise ValueError(
                f"the step must be above 0 and at most {MAX_ADVANCE.days} days; got {seconds} s"
            )
        with self._lock:
            self._offset += timedelta(seconds=seconds)
        if self.on_change is not None:
            self.on_change()
        return self.now()


def _fixed_clock(moment: datetime) -> Callable[[], datetime]:
    return lambda: moment
