"""Counts attempts on the cache that all processes share."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

from django.core.cache import cache

from core.common import clock


@dataclass(frozen=True)
class Attempts:
    """At most `most` attempts of one key in each window of `seconds`.

    A cache that does not answer counts nothing, and nobody waits for it (core.cache): for so long
    guessing is not slowed here, and nobody is locked out.
    """

    name: str
    most: int
    seconds: int

    def take(self, key: str) -> int:
        """Count an attempt: 0 if it may go on, else the seconds until the next one may."""
        name, left = self._window(key)
        cache.add(name, 0, self.seconds)
        try:
            taken = cache.incr(name)
        except ValueError:  # it expired between the two calls
            return 0
        # A cache in files counts up into an entry of its default time, five minutes.
        cache.touch(name, self.seconds)
        return left if taken > self.most else 0

    def wait(self, key: str) -> int:
        """The same without counting."""
        name, left = self._window(key)
        return left if (cache.get(name) or 0) >= self.most else 0

    def _window(self, key: str) -> tuple[str, int]:
        """The window's name in the cache, and the whole seconds until its end."""
        now = clock.real_now().timestamp()
        number = int(now // self.seconds)
        digest = hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
        left = math.ceil((number + 1) * self.seconds - now)
        return f"attempts:{self.name}:{number}:{digest}", max(left, 1)


RESET_MAILS = Attempts("reset-address", most=10, seconds=3600)
"""Asked for from one address."""
RESET_MAILS_TO = Attempts("reset-to", most=3, seconds=3600)
"""To one mailbox, which is not to be filled by others."""
OLD_PASSWORDS = Attempts("old-password", most=5, seconds=900)
"""Wrong ones on the page that changes it: a session that somebody took over guesses there."""
WRONG_TOKENS = Attempts("token", most=30, seconds=60)
"""API tokens that do not exist, from one address."""


def in_words(seconds: int) -> str:
    """E.g. "in 40 seconds", "in 5 minutes"."""
    if seconds < 90:
        return f"in {seconds} second{'' if seconds == 1 else 's'}"
    return f"in {math.ceil(seconds / 60)} minutes"
