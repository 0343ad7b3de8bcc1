"""Scripted faults: what the emulators shall do wrong, where, and how often."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

KINDS = (
    "throttle",  # the vendor's own rate-limit answer
    "server_error",  # the vendor's own "try later"
    "timeout_before",  # the connection dies before anything was done (detail: seconds to hang)
    "lose_answer",  # it was done, then the connection dies (detail: seconds to hang)
    "expired_token",
    "http_200_error",  # an error in the body of a 200, where the vendor does that
    "delay",  # detail: seconds
)


@dataclass
class Fault:
    platform: str
    operation: str
    kind: str
    left: int
    detail: dict[str, Any] = field(default_factory=dict)

    def wait(self) -> None:
        """Hang for as long as the script says."""
        time.sleep(float(self.detail.get("seconds", 0)))


class Faults:
    """A queue of faults. `operation` is a shell pattern over the emulator's operation names.

    Meta: "campaigns.create", "adset.update", "insights.read", ...; TikTok: the path without
    slashes at its ends, "campaign/create"; Google: "Service.Method". "videos.processing" is no
    call: a "delay" there is how long Meta or TikTok take to prepare the next video.
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
        """The first queued fault for this call, used up by one; None when there is none."""
        if not self._queue:
            return None
        with self._lock:
            for fault in self._queue:
                if fault.platform == platform and fnmatchcase(operation, fault.operation):
                    fault.left -= 1
                    if fault.left == 0:
                        self._queue.remove(fault)
                    return fault
        return None

    def pending(self) -> list[Fault]:
        with self._lock:
            return list(self._queue)

    def clear(self) -> None:
        with self._lock:
            self._queue.clear()
