"""Upload of a video within a time limit, and polling until the vendor has prepared it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, BinaryIO

from platforms.errors import PlatformUnavailable, RateLimited

# Shorter than the sender's lease in campaigns.publishing.outbox_worker.
LONGEST_UPLOAD_SECONDS = 600.0
# Seconds between polls, about six in total; after that the job retries later.
POLL_WAITS = (0.2, 0.4, 0.8, 1.6, 3.0)
RETRY_SECONDS = 15.0


class TimedReader:
    """A file whose reads fail once the upload has taken too long: an upload longer than the
    sender's lease could be sent twice."""

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
        """Raises PlatformUnavailable after the time limit: the part sent so far has no effect."""
        if self._clock() > self._until:
            raise PlatformUnavailable(
                "The upload of the video took more than ten minutes. AdsEngine tries again; a "
                "smaller file uploads faster.",
                **self._about,
            )
        return self._file.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()


def wait_until(is_ready: Callable[[], bool], pause: Callable[[float], None], **about: Any) -> None:
    """Poll a few times. Raises RateLimited while the vendor is still preparing the video: the
    caller retries later and finds the uploaded video instead of sending it again."""
    for seconds in POLL_WAITS:
        if is_ready():
            return
        pause(seconds)
    if not is_ready():
        raise RateLimited(
            "The platform is still preparing the video.", retry_after=RETRY_SECONDS, **about
        )
