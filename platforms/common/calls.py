"""Around every outgoing call, gRPC or HTTP: the pace, the one retry decision, the record.

Only `RateLimited` and `PlatformUnavailable` are tried again, since both say that nothing was done.
A write whose answer was lost is `OutcomeUnknown`, which is never tried again here: the caller has
to look first.
"""

from __future__ import annotations

import random
import re
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from platforms.errors import OutcomeUnknown, PlatformError, PlatformUnavailable, RateLimited
from platforms.interface import CallRecord, ClientConfig

T = TypeVar("T")

_TOKEN_IN_TEXT = re.compile(
    r"(access_token|appsecret_proof|refresh_token|Bearer)([=: \"']+)[^\s&\"']+"
)
_DETAIL_LENGTH = 500
_SHORTEST_SECRET = 6
# Once a call has given up, the caller's next try should not come at once.
_GAVE_UP_WAIT = 60.0


def redact(text: str, secrets: Iterable[str]) -> str:
    """The text without any of the secrets and without anything that looks like a token."""
    for secret in secrets:
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, "***")
    return _TOKEN_IN_TEXT.sub(r"\1\2***", text)


@dataclass
class Trace:
    """What a sender learns on the way and support wants to see."""

    request_id: str = ""


@dataclass(frozen=True)
class RetryPolicy:
    """Times in seconds. `patience` bounds all waits of one call together; a call that has taken
    `longest_call` with its waits and time-outs is not sent again."""

    attempts: int = 4
    first_wait: float = 0.2
    longest_wait: float = 2.0
    patience: float = 5.0
    longest_call: float = 20.0

    def wait(self, error: PlatformError, attempt: int, jitter: float) -> float:
        """Back-off with jitter (0 to 1), never shorter than what the vendor advises."""
        backoff = min(self.longest_wait, self.first_wait * 2.0 ** (attempt - 1))
        advised = error.retry_after if isinstance(error, RateLimited) else 0.0
        return max(advised, backoff) + jitter * backoff / 2


class Governor:
    """The pace of one account: requests a second, and a halt near the vendor's own limit.

    Reads halt earlier than writes, so that a large report never keeps a pause from going out.
    """

    read_limit, write_limit = 85.0, 97.0
    longest_halt = 300.0

    def __init__(
        self, per_second: float | None = None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._per_second = per_second
        self._clock = clock
        self._lock = threading.Lock()
        self._next = 0.0
        self._usage = 0.0
        self._halt_until = 0.0

    def note_usage(self, percent: float, seconds_to_regain: float = 0.0) -> None:
        """The vendor's figure after a call: percent of the allowance that is used up."""
        with self._lock:
            self._usage = percent
            halt = min(self.longest_halt, seconds_to_regain or _GAVE_UP_WAIT)
            self._halt_until = self._clock() + halt

    def halted_for(self, *, is_write: bool) -> float:
        """Seconds until a call may go out again; 0 when it may go now."""
        limit = self.write_limit if is_write else self.read_limit
        if self._usage < limit:
            return 0.0
        return max(0.0, self._halt_until - self._clock())

    def take_turn(self) -> float:
        """Seconds to wait before sending, the turn being taken. A second's worth may go at once."""
        if not self._per_second:
            return 0.0
        with self._lock:
            now = self._clock()
            wait = max(0.0, self._next - now - 1.0)
            self._next = max(now, self._next) + 1 / self._per_second
            return wait


_governors: dict[tuple[str, str], Governor] = {}
_governors_lock = threading.Lock()


def governor_for(platform: str, account: str, per_second: float | None = None) -> Governor:
    """The one governor of an account in this process."""
    with _governors_lock:
        key = (platform, account)
        if key not in _governors:
            _governors[key] = Governor(per_second)
        return _governors[key]


def forget_governors() -> None:
    """Start the pace afresh: for tests."""
    with _governors_lock:
        _governors.clear()


class Calls:
    """Sends one client's calls. Randomness, sleep and clock are given, so tests decide them."""

    def __init__(
        self,
        platform: str,
        config: ClientConfig,
        *,
        governor: Governor | None = None,
        policy: RetryPolicy | None = None,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.platform = platform
        self.config = config
        self.governor = governor or governor_for(platform, config.account_id)
        self.policy = policy or RetryPolicy()
        self._sleep, self._jitter, self._clock = sleep, jitter, clock

    def run(self, operation: str, send: Callable[[Trace], T], *, is_write: bool) -> T:
        """Send until it succeeds, is refused, or patience ends. Raises platforms.errors."""
        started, waited = self._clock(), 0.0
        for attempt in range(1, self.policy.attempts + 1):
            try:
                return self._once(operation, send, is_write=is_write)
            except (RateLimited, PlatformUnavailable) as error:
                wait = self.policy.wait(error, attempt, self._jitter())
                waited += wait
                late = self._clock() - started > self.policy.longest_call
                if late or attempt == self.policy.attempts or waited > self.policy.patience:
                    raise self._given_up(error) from error.__cause__
            self._sleep(wait)
        raise AssertionError("a retry policy has at least one attempt")

    def pause(self, seconds: float) -> None:
        """Wait between looks at something that a vendor is still preparing."""
        self._sleep(seconds)

    def _once(self, operation: str, send: Callable[[Trace], T], *, is_write: bool) -> T:
        halt = self.governor.halted_for(is_write=is_write)
        if halt:
            raise RateLimited(
                "This account has used up its calls for now.",
                retry_after=halt,
                platform=self.platform,
                account=self.config.account_id,
            )
        turn = self.governor.take_turn()
        if turn:
            self._sleep(turn)
        return self._recorded(operation, send)

    def _recorded(self, operation: str, send: Callable[[Trace], T]) -> T:
        trace, started = Trace(), self._clock()
        try:
            result = send(trace)
        except PlatformError as error:
            self._redact(error)
            self._record(operation, started, trace, error)
            raise
        self._record(operation, started, trace, None)
        return result

    def _record(
        self, operation: str, started: float, trace: Trace, error: PlatformError | None
    ) -> None:
        code = detail = ""
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

    def _given_up(self, error: PlatformError) -> PlatformError:
        if isinstance(error, RateLimited):
            error.retry_after = max(error.retry_after, _GAVE_UP_WAIT)
        return error


def lost_after_create(error: PlatformError) -> OutcomeUnknown:
    """An object was created, then a step behind it failed: only a look tells what exists."""
    return OutcomeUnknown(
        "It was created, but the step behind it failed. AdsEngine looks first before going on.",
        platform=error.platform,
        account=error.account,
        vendor_code=error.vendor_code,
        vendor_subcode=error.vendor_subcode,
        vendor_message=error.vendor_message,
        request_id=error.request_id,
    )
