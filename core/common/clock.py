"""The two clocks.

`market_now()` is market time: days, ages, due times, look-back. In sandbox mode it follows the
sandbox's clock, read at most a second old, so that a month can be played in a minute.
`real_now()` is real time: leases, time-outs, rate limits, sessions, tokens, audit stamps.
"""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

_FRESH_SECONDS = 1.0
_TIMEOUT_SECONDS = 5.0
_NEVER = datetime.min.replace(tzinfo=UTC)
_frozen: ContextVar[datetime | None] = ContextVar("frozen_market_time", default=None)


class _RemoteClock:
    """The sandbox's clock: one reading serves for a second, its own drift added."""

    def __init__(self, url: str = "") -> None:
        self.url = url
        self._read_at = float("-inf")
        self._reading = _NEVER
        self._stale = True

    def now(self) -> datetime:
        if self._stale or time.monotonic() - self._read_at > _FRESH_SECONDS:
            self._read()
        return self._reading + timedelta(seconds=time.monotonic() - self._read_at)

    def _read(self) -> None:
        """While the sandbox is away its last reading goes on: pages answer, and the stop switch
        can be pressed."""
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


def follow(url: str) -> None:
    """Make market time that of a sandbox clock; an empty url means real time."""
    global _remote
    _remote = _RemoteClock(url)


def forget() -> None:
    """Read the sandbox's clock afresh next time: call after moving it."""
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
def frozen(at: datetime) -> Iterator[None]:
    """Hold market time still within the block: one pass, one instant; and for tests."""
    token = _frozen.set(at)
    try:
        yield
    finally:
        _frozen.reset(token)
