"""Small values that all workers of an installation share: in Redis, else in one file.

A store that does not answer raises StateAway, at most `_SECONDS` late, and is then left alone for
a while: nobody waits for it again.
"""

from __future__ import annotations

import json
import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

from core.away import Away
from platforms.types import SharedState, State, StateAway

log = logging.getLogger(__name__)
T = TypeVar("T")
Change = Callable[[State, float], tuple[State | None, T]]

_SECONDS = 0.5  # for one answer of the store
_AWAY_SECONDS = 10.0
_KEPT_SECONDS = 90_000  # a day and an hour: what counts a day is not lost before it ends
_TRIES = 50  # as often as other workers changed the value first


class ProcessState:
    """Of this process only."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._values: dict[str, State] = {}
        self._lock = threading.Lock()
        self._clock = clock

    def update(self, key: str, change: Change[T]) -> T:
        with self._lock:
            state, result = change(self._values.get(key, {}), self._clock())
            if state is not None:
                self._values[key] = state
            return result

    def clear(self) -> None:
        with self._lock:
            self._values.clear()


class FileState:
    """In an SQLite file, for all processes of one machine. A killed process holds no lock."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._away = Away(_AWAY_SECONDS)

    def update(self, key: str, change: Change[T]) -> T:
        if self._away:
            raise StateAway
        try:
            # Python's own transactions would begin at the first write: two could read the same.
            with closing(
                sqlite3.connect(self._path, timeout=_SECONDS, isolation_level=None)
            ) as file:
                return self._update(file, key, change)
        except (sqlite3.Error, OSError) as error:
            _leave_alone(self._away, error)
            raise StateAway from error

    def _update(self, file: sqlite3.Connection, key: str, change: Change[T]) -> T:
        file.execute("PRAGMA synchronous=OFF")  # after a power failure the count begins anew
        file.execute("BEGIN IMMEDIATE")
        file.execute("CREATE TABLE IF NOT EXISTS state (key TEXT PRIMARY KEY, value TEXT)")
        row = file.execute("SELECT value FROM state WHERE key = ?", (key,)).fetchone()
        state, result = change(_parse(row[0] if row else None), time.time())
        if state is not None:
            file.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (key, json.dumps(state)))
        file.execute("COMMIT")
        return result


class RedisState:
    """In Redis, for all machines, by Redis's clock."""

    def __init__(self, url: str) -> None:
        from redis import Redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        self._redis = Redis.from_url(
            url,
            socket_timeout=_SECONDS,
            socket_connect_timeout=_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        self._away = Away(_AWAY_SECONDS)

    def update(self, key: str, change: Change[T]) -> T:
        from redis.exceptions import RedisError, WatchError

        if self._away:
            raise StateAway
        try:
            for _ in range(_TRIES):
                try:
                    return self._update(f"adsengine:{key}", change)
                except WatchError:  # another worker was first: from its value once more
                    continue
        except (RedisError, OSError) as error:
            _leave_alone(self._away, error)
            raise StateAway from error
        raise StateAway

    def _update(self, key: str, change: Change[T]) -> T:
        with self._redis.pipeline() as pipe_of_redis:
            pipe: Any = pipe_of_redis  # typed for queued commands; while it watches, they answer
            pipe.watch(key)
            text = pipe.get(key)
            seconds, micros = pipe.time()
            state, result = change(_parse(text), seconds + micros / 1e6)
            if state is not None:
                pipe.multi()
                pipe.set(key, json.dumps(state), ex=_KEPT_SECONDS)
                pipe.execute()
            return result


def _leave_alone(away: Away, error: Exception) -> None:
    away.begin()
    log.warning("what workers share cannot be read; each goes on by itself: %s", error)


def shared_state(redis_url: str, path: Path) -> SharedState:
    return RedisState(redis_url) if redis_url else FileState(path)


def _parse(text: str | bytes | None) -> State:
    """What cannot be read counts as nothing."""
    try:
        value = json.loads(text) if text else {}
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
