"""The cache on Redis: one that does not answer is an empty cache, not an error.

The cache holds only what can be done without (the demo's progress, an account's open circuit), so
no page fails, and none waits for long, because of it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

from core.away import Away

log = logging.getLogger(__name__)
T = TypeVar("T")

# Of the process: each thread has a cache object of its own.
away = Away(10.0)


def _or_default(call: Callable[[], T], default: T) -> T:
    if away:
        return default
    try:
        return call()
    except (RedisError, OSError):
        away.begin()
        log.warning("the cache does not answer; going on without it", exc_info=True)
        return default


class TolerantRedisCache(RedisCache):
    """Of Django's methods those that the project uses."""

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        call = super().get
        return _or_default(lambda: call(key, default, version), default)

    def set(
        self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> None:
        call = super().set
        _or_default(lambda: call(key, value, timeout, version), None)

    def add(
        self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        call = super().add
        return _or_default(lambda: call(key, value, timeout, version), False)

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        """Raises ValueError for a key that is not there; an empty cache counts from zero."""
        call = super().incr
        return _or_default(lambda: call(key, delta, version), delta)

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        call = super().touch
        return _or_default(lambda: call(key, timeout, version), False)

    def delete(self, key: Any, version: int | None = None) -> bool:
        call = super().delete
        return _or_default(lambda: call(key, version), False)
