"""The circuit breaker of one account: a vendor that does not answer is left alone for a while.

After several failures in a row calls fail at once instead of waiting for one time-out each, so
that one account's hanging calls cannot hold every worker. What lowers spend is always sent.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from platforms.errors import CircuitOpen, OutcomeUnknown, PlatformError, PlatformUnavailable


class Breaker:
    """Closed: calls are sent. Open: they fail at once. Half open, after the pause: one call is
    sent as a probe; its answer closes the circuit, its failure begins another pause."""

    failures_to_open = 5
    pause_seconds = 30.0
    # A probe whose worker was killed must not keep the circuit open for ever.
    probe_seconds = 60.0

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._open_until = 0.0
        self._probe_until = 0.0

    @property
    def is_open(self) -> bool:
        return self._failures >= self.failures_to_open

    def wait_seconds(self, *, lowers: bool = False) -> float:
        """Seconds until a call may be sent; 0 when it may be sent now, which counts as the probe
        of a circuit that is half open."""
        with self._lock:
            now = self._clock()
            if not self.is_open or lowers:
                return 0.0
            wait = max(self._open_until, self._probe_until) - now
            if wait > 0:
                return wait
            self._probe_until = now + self.probe_seconds
            return 0.0

    def probe_not_sent(self) -> None:
        """The call that asked was not sent after all: the next one is the probe."""
        with self._lock:
            self._probe_until = 0.0

    def record(self, error: PlatformError | None) -> None:
        """Count the outcome of a call that was sent. A refusal is an answer too."""
        failed = isinstance(error, PlatformUnavailable | OutcomeUnknown)
        with self._lock:
            self._probe_until = 0.0
            self._failures = self._failures + 1 if failed else 0
            if self.is_open:
                self._open_until = self._clock() + self.pause_seconds


def circuit_open(platform: str, account: str, wait: float) -> CircuitOpen:
    return CircuitOpen(
        "The platform has not answered several times in a row. AdsEngine tries again by itself "
        f"in {max(round(wait), 1)} seconds.",
        retry_after=wait,
        platform=platform,
        account=account,
    )
