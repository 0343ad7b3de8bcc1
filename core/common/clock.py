"""The two clocks.

`market_now()` is market time: days, ages, due times, look-back. In sandbox mode it is the
sandbox's clock, read at most a second ago, so that a month can be played in a minute.
`real_now()` is real time: leases, time-outs, rate limits, sessions, tokens, audit timestamps.
"""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

_MAX_AGE_SECONDS = 1.0
_TIMEOUT_SECONDS = 5.0
_NEVER = datetime.min.replace(tzinfo=UTC)
_frozen: ContextVar[datetime | None] = ContextVar("frozen_market_time", default=None)


class _RemoteClock:
    """The sandbox's clock: a reading is reused for a second, plus the real time since then."""

    def __init__(self, url: str = "") -> None:
        self.url = url
        self._read_at = float("-inf")
        self._reading = _NEVER
        self._stale = True

    def now(self) -> datetime:
        if self._stale or time.monotonic() - self._read_at > _MAX_AGE_SECONDS:
            self._read()
        return self._reading + timedelta(seconds=time.monotonic() - self._read_at)

    def _read(self) -> None:
        """While the sandbox cannot be reached the last reading is used: pages still work, and the
        stop switch can be pressed."""
        try:
            self._reading = _fetch(self.url)
        except OSError:
            if self._reading is _NEVER:
                raise
            return
        self._read_at, self._stale = time.monotonic(), False

    def forget(self) -> None:
        self._stale = True


_remote = _RemoteClock()


def _fetch(url: str) -> datetime:
    with urllib.request.urlopen(url, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310 (loopback)
        return datetime.fromisoformat(json.load(answer)["now"])


def use_sandbox_clock(url: str) -> None:
    """Use a sandbox clock as market time; an empty url means real time."""
    global _remote
    _remote = _RemoteClock(url)


def discard_reading() -> None:
    """Read the sandbox's clock again at the next call; for use after moving it."""
    _remote.forget()


def market_now() -> datetime:
    """Market time, aware, UTC."""
    frozen = _frozen.get()
    if frozen is not None:
        return frozen
    return _remote.now() if _remote.url else real_now()


def real_now() -> datetime:
    """Real time, aware, UTC."""
    return datetime.now(UTC)


@contextmanager
def freeze(at: datetime) -> Iterator[None]:
    """Freeze market time within the block: for a run that needs one time, and for tests."""
    token = _frozen.set(at)
    try:
        yield
    finally:
        _frozen.reset(token)
