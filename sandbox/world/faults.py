"""Scripted faults: which calls of the emulators fail, how, and how often."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

KINDS = (
    "throttle",  # the vendor's own rate-limit answer
    "server_error",  # the vendor's own "try later"
    "timeout_before",  # the connection closes before anything is done (detail: seconds to wait)
    "lose_answer",  # it is done, then the connection closes (detail: seconds to wait)
    "expired_token",
    "http_200_error",  # an error in the body of a 200, where the vendor does so
    "delay",  # detail: seconds
)


@dataclass
class Fault:
    platform: str
    operation: str
    kind: str
    remaining: int
    detail: dict[str, Any] = field(default_factory=dict)

    def wait(self) -> None:
        """Wait the scripted seconds before the answer."""
        time.sleep(float(self.detail.get("seconds", 0)))


class Faults:
    """A queue of faults. `operation` is a shell pattern over the emulator's operation names.

    Meta: "campaigns.create", "campaigns.validate", "adset.update", ...; TikTok: the path without
    slashes at its ends, "campaign/create"; Google: "Service.Method", "Service.ValidateMutate"
    where it only validates. "videos.processing" is
    not a call: a "delay" there is the time that Meta or TikTok need to prepare the next video.
    """

    def __init__(self) -> None:
        self._queue: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, platform: str, operation: str, kind: str, times: int = 1, **detail: Any) -> Fault:
        """Queue a fault. Raises ValueError for an unknown kind or times below 1."""
        if kind not in KINDS:
            raise ValueError(f"kind: {kind!r} is unknown; one of {', '.join(KINDS)}")
        if isinstance(times, bool) or not isinstance(times, int) or times < 1:
            raise ValueError("times: must be a whole number above 0")
        fault = Fault(platform, operation, kind, times, detail)
        with self._lock:
            self._queue.append(fault)
        return fault

    def take(self, platform: str, operation: str) -> Fault | None:
        """The first queued fault of this call, with `remaining` reduced by one; or None."""
        if not self._queue:
            return None
        with self._lock:
            for fault in self._queue:
                if fault.platform == platform and fnmatchcase(operation, fault.operation):
                    fault.remaining -= 1
                    if fault.remaining == 0:
                        self._queue.remove(fault)
                    return fault
        return None

    def pending(self) -> list[Fault]:
        with self._lock:
            return list(self._queue)

    def clear(self) -> None:
        with self._lock:
            self._queue.clear()
