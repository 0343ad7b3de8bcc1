"""The two clocks.

`market_now()` is market time: days, ages, due times, look-back. In sandbox mode it is the
sandbox's clock, read at most a second ago, so that a month can be played in a minute; while the
sandbox does not answer, the last reading goes on with real time.
`real_now()` is real time: leases, time-outs, rate limits, sessions, tokens, audit timestamps.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from pathlib import Path

_MAX_AGE_SECONDS = 1.0
_TIMEOUT_SECONDS = 0.5
# After a failed reading the sandbox is not asked again for this long: the last reading serves.
_RETRY_AFTER_SECONDS = 5.0
_LONGEST_ANSWER = 10_000
_frozen: ContextVar[datetime | None] = ContextVar("frozen_market_time", default=None)


class MarketClockUnreachable(OSError):
    """The sandbox's clock cannot be read, and nobody has read it before."""


class _RemoteClock:
    """The sandbox's clock: a reading is reused for a second, plus the real time since then.

    While the sandbox does not answer the last reading goes on, also one that an earlier process
    left in the file `memory`: pages still work, and the stop switch can be pressed. Of many
    threads one asks; the others use the last reading instead of waiting for it.
    """

    def __init__(self, url: str = "", memory: Path | None = None) -> None:
        self.url = url
        self._memory = memory
        self._asking = threading.Lock()
        self._reading: tuple[datetime, float] | None = None  # market time, and when it was read
        self._ask_at = float("-inf")
        self._failed_until = float("-inf")
        self._discarded = False

    def now(self) -> datetime:
        if self._must_ask():
            self._ask()
        reading = self._reading or self._remembered()
        if reading is None:
            raise MarketClockUnreachable(f"the sandbox's clock at {self.url} does not answer")
        at, read_at = reading
        return at + timedelta(seconds=time.monotonic() - read_at)

    def forget(self) -> None:
        self._discarded = True

    def _must_ask(self) -> bool:
        now = time.monotonic()
        return now >= self._failed_until and (self._discarded or now >= self._ask_at)

    def _ask(self) -> None:
        """Who discarded the reading, or has none, waits for the one who asks, but not long."""
        wait = _TIMEOUT_SECONDS if self._discarded or self._reading is None else 0.0
        if not self._asking.acquire(timeout=wait):
            return
        try:
            if self._must_ask():  # another thread may have asked meanwhile
                self._read()
        finally:
            self._asking.release()

    def _read(self) -> None:
        self._discarded = False
        try:
            at = _fetch(self.url)
        except _UNREADABLE:
            self._failed_until = time.monotonic() + _RETRY_AFTER_SECONDS
            return
        read_at = time.monotonic()
        self._reading, self._ask_at = (at, read_at), read_at + _MAX_AGE_SECONDS
        if self._memory is not None:
            _write(self._memory, {"market": at.isoformat(), "real": real_now().isoformat()})

    def _remembered(self) -> tuple[datetime, float] | None:
        """What an earlier process read, gone on by the real time since."""
        if self._memory is None:
            return None
        try:
            known = json.loads(self._memory.read_text(encoding="utf-8"))
            at, real = (datetime.fromisoformat(known[key]) for key in ("market", "real"))
            return at + (real_now() - real), time.monotonic()
        except (OSError, *_UNREADABLE):
            return None


_remote = _RemoteClock()
# What a clock that is broken may bring about: no connection, no HTTP, no JSON, no time.
_UNREADABLE = (OSError, HTTPException, LookupError, TypeError, ValueError)


def _fetch(url: str) -> datetime:
    with urllib.request.urlopen(url, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310 (loopback)
        at = datetime.fromisoformat(json.loads(answer.read(_LONGEST_ANSWER))["now"])
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    return at


def _write(memory: Path, known: dict[str, str]) -> None:
    draft = memory.with_name(f".{memory.name}.{os.getpid()}")
    with contextlib.suppress(OSError):  # without it only a new process has no reading
        draft.write_text(json.dumps(known), encoding="utf-8")
        draft.replace(memory)


def use_sandbox_clock(url: str, memory: Path | None = None) -> None:
    """Use a sandbox clock as market time; an empty url means real time. `memory` is a file in
    which the last reading outlives the process."""
    global _remote
    _remote = _RemoteClock(url, memory)


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
