"""Sending a video, which takes long: bounded in time, read from where it lies; and waiting until
the vendor has prepared it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, BinaryIO

from platforms.errors import PlatformUnavailable, RateLimited

# Whoever sends holds a lease of campaigns.publishing.outbox_worker, which is longer than this.
LONGEST_UPLOAD_SECONDS = 600.0
# Looks in one go, some six seconds together; after that the job comes back later.
LOOKS = (0.2, 0.4, 0.8, 1.6, 3.0)
COME_BACK_SECONDS = 15.0


class TimedReader:
    """A file that refuses to be read when its upload has taken too long: what takes longer than
    the sender's lease could be sent twice."""

    def __init__(
        self,
        file: BinaryIO,
        platform: str,
        account: str,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._file, self._clock = file, clock
        self._until = clock() + LONGEST_UPLOAD_SECONDS
        self._about = {"platform": platform, "account": account}

    def read(self, size: int = -1) -> bytes:
        """Raises PlatformUnavailable after the time: nothing was made of what was sent."""
        if self._clock() > self._until:
            raise PlatformUnavailable(
                "The video took more than ten minutes to go up. AdsEngine tries again; a smaller "
                "file goes faster.",
                **self._about,
            )
        return self._file.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()


def wait_until(is_ready: Callable[[], bool], pause: Callable[[float], None], **about: Any) -> None:
    """Look a few times. Raises RateLimited while the vendor is still at it: the caller comes back,
    and finds what was sent instead of sending it again."""
    for seconds in LOOKS:
        if is_ready():
            return
        pause(seconds)
    if not is_ready():
        raise RateLimited(
            "The platform is still preparing the video.", retry_after=COME_BACK_SECONDS, **about
        )
