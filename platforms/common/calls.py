"""Sends every platform call, gRPC or HTTP, with rate limit, retries and one record per request.

Only `RateLimited` and `PlatformUnavailable` are retried: in both cases nothing was carried out. A
write whose answer was lost is `OutcomeUnknown` and is never retried here: the caller reads back
first.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from platforms.common.call_limits.breaker import Breaker, circuit_open
from platforms.common.call_limits.pace import process_state
from platforms.common.call_limits.turns import Turns
from platforms.common.redaction import redact
from platforms.errors import (
    CallsUsedUp,
    CircuitOpen,
    PlatformError,
    PlatformUnavailable,
    RateLimited,
)
from platforms.interface import CallRecord, ClientConfig

T = TypeVar("T")

_DETAIL_LENGTH = 500
# Seconds; after the last attempt failed, the caller should not retry at once.
_WAIT_AFTER_LAST_ATTEMPT = 60.0
_WAIT_OF_WHAT_LOWERS = 15.0


@dataclass
class Trace:
    """Details of a call that are known only while it runs, for the call record."""

    request_id: str = ""
    note: str = ""
    """What was odd about an answer that could still be used."""


@dataclass(frozen=True)
class RetryPolicy:
    """Times in seconds. `longest_total_wait` limits the sum of all waits of one call; a call that
    has taken `longest_call`, with its waits and time-outs, is not sent again."""

    attempts: int = 4
    first_wait: float = 0.2
    longest_wait: float = 2.0
    longest_total_wait: float = 5.0
    longest_call: float = 20.0

    def wait(self, error: PlatformError, attempt: int, jitter: float) -> float:
        """Back-off with jitter (0 to 1), never shorter than the vendor's retry_after."""
        backoff = min(self.longest_wait, self.first_wait * 2.0 ** (attempt - 1))
        advised = error.retry_after if isinstance(error, RateLimited) else 0.0
        return max(advised, backoff) + jitter * backoff / 2


class Governor:
    """A halt near the vendor's own limit for one account, and the account's circuit breaker.

    Reads halt earlier than writes, so a large report never blocks the pausing of a campaign.
    """

    read_limit, write_limit = 85.0, 97.0
    longest_halt = 300.0

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._usage = 0.0
        self._halt_until = 0.0
        self.breaker = Breaker(clock)

    def record_usage(self, percent: float, seconds_to_regain: float = 0.0) -> None:
        """Save the vendor's figure after a call: percent of the allowance that is used."""
        with self._lock:
            self._usage = percent
            halt = min(self.longest_halt, seconds_to_regain or _WAIT_AFTER_LAST_ATTEMPT)
            self._halt_until = self._clock() + halt

    def halt_seconds(self, *, is_write: bool) -> float:
        """Seconds until a call may be sent; 0 when it may be sent now."""
        limit = self.write_limit if is_write else self.read_limit
        if self._usage < limit:
            return 0.0
        return max(0.0, self._halt_until - self._clock())


_governors: dict[tuple[str, str], Governor] = {}
_governors_lock = threading.Lock()


def governor_for(platform: str, account: str) -> Governor:
    """The governor of an account, one per process."""
    with _governors_lock:
        key = (platform, account)
        if key not in _governors:
            _governors[key] = Governor()
        return _governors[key]


def reset_governors() -> None:
    """Drop all governors, and what this process counted alone: for tests."""
    with _governors_lock:
        _governors.clear()
    process_state.clear()


class Calls:
    """Sends one client's calls. Jitter, sleep and clock are parameters, for tests."""

    def __init__(
        self,
        platform: str,
        config: ClientConfig,
        *,
        governor: Governor | None = None,
        policy: RetryPolicy | None = None,
        turns: Turns | None = None,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.platform = platform
        self.config = config
        self.governor = governor or governor_for(platform, config.account_id)
        self.policy = policy or RetryPolicy(attempts=config.attempts)
        self._turns = turns or Turns(platform, config)
        self._sleep, self._jitter, self._clock = sleep, jitter, clock
        self.writes_sent = 0
        """Writes that left, whatever became of them."""

    def run(
        self, operation: str, send: Callable[[Trace], T], *, is_write: bool, lowers: bool = False
    ) -> T:
        """Send until it succeeds, is refused, or the retry policy ends. Raises platforms.errors.

        `lowers`: a write that pauses or lowers; it is sent even while the circuit is open, or the
        allowance nearly used up.
        """
        started, waited = self._clock(), 0.0
        lowers = lowers or self.config.lowers
        for attempt in range(1, self.policy.attempts + 1):
            try:
                return self._send_once(operation, send, is_write=is_write, lowers=lowers)
            except CircuitOpen:
                raise
            except (RateLimited, PlatformUnavailable) as error:
                wait = self.policy.wait(error, attempt, self._jitter())
                waited += wait
                too_late = self._clock() - started > self.policy.longest_call
                if (
                    too_late
                    or attempt == self.policy.attempts
                    or waited > self.policy.longest_total_wait
                ):
                    raise self._final_error(error, lowers) from error.__cause__
            self._sleep(wait)
        raise AssertionError("a retry policy has at least one attempt")

    def pause(self, seconds: float) -> None:
        """Wait between two polls of something that a vendor is still preparing."""
        self._sleep(seconds)

    def _check_circuit(self, lowers: bool) -> None:
        wait = self.governor.breaker.wait_seconds(lowers=lowers)
        if wait:
            raise circuit_open(self.platform, self.config.account_id, wait)

    def _send_once(
        self, operation: str, send: Callable[[Trace], T], *, is_write: bool, lowers: bool
    ) -> T:
        halt = self.governor.halt_seconds(is_write=is_write)
        if halt and not lowers:
            raise RateLimited(
                "This account has used up its calls for now.",
                retry_after=halt,
                platform=self.platform,
                account=self.config.account_id,
            )
        turn = self._turns.wait(operation, lowers=lowers)
        self._check_circuit(lowers)
        if is_write:
            self._ask_before_write()
            self.writes_sent += 1
        try:
            result = self._send_and_record(operation, send)
        except CallsUsedUp as error:
            self._turns.refused(operation, error, lowers=lowers)
            raise
        self._turns.answered(operation, turn)
        return result

    def _ask_before_write(self) -> None:
        try:
            self.config.before_write()
        except BaseException:
            self.governor.breaker.probe_not_sent()
            raise

    def _send_and_record(self, operation: str, send: Callable[[Trace], T]) -> T:
        trace, started = Trace(), self._clock()
        try:
            result = send(trace)
        except PlatformError as error:
            self._redact(error)
            self._record(operation, started, trace, error)
            raise
        self._record(operation, started, trace, None)
        return result

    def _count_outcome(self, error: PlatformError | None) -> None:
        breaker = self.governor.breaker
        was_open = breaker.is_open
        breaker.record(error)
        if was_open or breaker.is_open:
            self.config.circuit_changed(breaker.pause_seconds if breaker.is_open else 0.0)

    def _record(
        self, operation: str, started: float, trace: Trace, error: PlatformError | None
    ) -> None:
        self._count_outcome(error)
        code, detail = "", trace.note[:_DETAIL_LENGTH]
        if error:
            vendor = "/".join(part for part in (error.vendor_code, error.vendor_subcode) if part)
            code = vendor or error.code
            detail = (error.vendor_message or error.user_message)[:_DETAIL_LENGTH]
        self.config.record(
            CallRecord(
                platform=self.platform,
                account=self.config.account_id,
                operation=operation,
                ok=error is None,
                duration_ms=round((self._clock() - started) * 1000),
                error_code=code,
                request_id=trace.request_id or (error.request_id or "" if error else ""),
                detail=detail,
            )
        )

    def _redact(self, error: PlatformError) -> None:
        secrets = list(self.config.secrets.values())
        error.vendor_message = redact(error.vendor_message, secrets)
        error.user_message = redact(error.user_message, secrets)
        error.args = (error.user_message,)

    def _final_error(self, error: PlatformError, lowers: bool) -> PlatformError:
        if isinstance(error, RateLimited):
            least = _WAIT_OF_WHAT_LOWERS if lowers else _WAIT_AFTER_LAST_ATTEMPT
            error.retry_after = max(error.retry_after, least)
        return error
