"""Remembers for a while that a service did not answer."""

from __future__ import annotations

import time
from collections.abc import Callable


class Away:
    """True from `begin` until its seconds are over. While it is true nobody need ask the service
    again and wait for another time-out."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._clock = seconds, clock
        self._until = float("-inf")

    def __bool__(self) -> bool:
        return self._clock() < self._until

    def begin(self) -> None:
        self._until = self._clock() + self._seconds

    def end(self) -> None:
        self._until = float("-inf")
