"""Runs a transaction again that the database gave up for another one's sake.

Two transactions that wait for each other end by the database cancelling one of them: nothing of it
is stored, and a second try succeeds once the other one is through.
"""

from __future__ import annotations

import functools
import logging
import random
import sqlite3
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import OperationalError, transaction

from core.common.errors import AdsEngineError

log = logging.getLogger(__name__)
P = ParamSpec("P")
T = TypeVar("T")

ATTEMPTS = 5
_FIRST_WAIT_SECONDS = 0.05
# SQLite waits for its lock itself; when that took longer, a person should not wait again.
_LONGEST_SECONDS = 8.0


class Contended(AdsEngineError):
    """Others changed the same things at the same time, in every one of the attempts."""

    code = "contended"
    is_transient = True


def retried_on_deadlock(service: Callable[P, T]) -> Callable[P, T]:
    """Decorates a function whose whole effect is one transaction, above `transaction.atomic`.

    After a deadlock, a failed serialization or a locked SQLite file it runs again, up to ATTEMPTS
    times, with growing random waits; then Contended. Inside another transaction it runs once:
    only the outermost one can be run again. The function must read again what it changes, as
    objects that were passed to it keep what a cancelled attempt wrote to them.
    """

    @functools.wraps(service)
    def retried(*args: P.args, **kwargs: P.kwargs) -> T:
        if transaction.get_connection().in_atomic_block:
            return service(*args, **kwargs)
        started = time.monotonic()
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return service(*args, **kwargs)
            except OperationalError as error:
                if not is_contention(error):
                    raise
                log.info("attempt %s of %s met another one", attempt, service.__name__)
                too_long = time.monotonic() - started > _LONGEST_SECONDS
                if attempt == ATTEMPTS or too_long:
                    raise _contended() from error
            time.sleep(_FIRST_WAIT_SECONDS * 2**attempt * random.random())  # noqa: S311
        raise AssertionError("there is at least one attempt")

    return retried


def is_contention(error: Exception) -> bool:
    """The database cancelled the transaction because of another one; nothing of it is stored."""
    if isinstance(error, Contended):
        return True
    cause = error.__cause__
    if isinstance(cause, sqlite3.OperationalError):
        primary = getattr(cause, "sqlite_errorcode", 0) & 0xFF
        return primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    from psycopg import errors  # costs time, and SQLite does not need it

    return isinstance(cause, errors.DeadlockDetected | errors.SerializationFailure)


def _contended() -> Contended:
    return Contended(
        "Somebody else is changing the same campaigns at this moment, so nothing was changed. "
        "Please try again."
    )
