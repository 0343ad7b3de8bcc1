"""Faults of the emulators' calls: scripted ones, and ones that hit calls at random."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
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
    "stale_read",  # TikTok's lists: as it was before the writes since this was queued
    # What a broken proxy answers in the vendor's place (detail: carried_out, default true; over
    # HTTP also cut: the first half of the answer instead of a page of HTML).
    "garbage",
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

    @property
    def is_carried_out(self) -> bool:
        """Whether the call behind a garbage answer is carried out."""
        return bool(self.detail.get("carried_out", True))


@dataclass(frozen=True)
class RandomFaults:
    """Each call is disturbed with the probability `share`, by one of `kinds`: kind, weight and
    detail."""

    share: float
    kinds: tuple[tuple[str, float, dict[str, Any]], ...]
    generator: random.Random

    def draw(self, platform: str, operation: str) -> Fault | None:
        if self.generator.random() >= self.share:
            return None
        weights = [weight for _, weight, _ in self.kinds]
        [(kind, _, detail)] = self.generator.choices(self.kinds, weights)
        return Fault(platform, operation, kind, 0, detail)


class Faults:
    """A queue of faults, and faults at random beside it.

    `operation` is a shell pattern over the emulator's operation names.

    Meta: "campaigns.create", "campaigns.validate", "adset.update", ...; TikTok: the path without
    slashes at its ends, "campaign/create"; Google: "Service.Method", "Service.ValidateMutate"
    where it only validates. "videos.processing" is
    not a call: a "delay" there is the time that Meta or TikTok need to prepare the next video.
    """

    def __init__(self) -> None:
        self._queue: list[Fault] = []
        self._random: RandomFaults | None = None
        self._lock = threading.Lock()
        self.calls = 0
        self.disturbed: Counter[str] = Counter()
        """Calls so far, and how many of them met a fault, by its kind."""

    def add(self, platform: str, operation: str, kind: str, times: int = 1, **detail: Any) -> Fault:
        """Queue a fault. Raises ValueError for an unknown kind or times below 1."""
        _check_kind(kind)
        if isinstance(times, bool) or not isinstance(times, int) or times < 1:
            raise ValueError("times: must be a whole number above 0")
        fault = Fault(platform, operation, kind, times, detail)
        with self._lock:
            self._queue.append(fault)
        return fault

    def disturb(self, share: float, kinds: Sequence[Mapping[str, Any]], *, seed: int) -> None:
        """From now on disturb that share of all calls, until `clear`. Of `kinds` each has a "kind"
        and perhaps a "weight" (default 1) and a "detail". Raises ValueError."""
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share <= 1:
            raise ValueError("share: must be above 0 and at most 1, as 0.3")
        if not kinds:
            raise ValueError("kinds: name at least one")
        parsed = tuple(_parse_kind(entry) for entry in kinds)
        with self._lock:
            self._random = RandomFaults(float(share), parsed, random.Random(seed))

    def of_call(self, platform: str, operation: str) -> Fault | None:
        """The fault that this call meets: a queued one, else one at random; or None."""
        fault = self.take(platform, operation)
        with self._lock:
            if fault is None and self._random is not None:
                fault = self._random.draw(platform, operation)
            self.calls += 1
            if fault is not None:
                self.disturbed[fault.kind] += 1
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
        """Drop what is queued, and disturb nothing at random any more."""
        with self._lock:
            self._queue.clear()
            self._random = None


def _check_kind(kind: object) -> None:
    if kind not in KINDS:
        raise ValueError(f"kind: {kind!r} is unknown; one of {', '.join(KINDS)}")


def _parse_kind(entry: Mapping[str, Any]) -> tuple[str, float, dict[str, Any]]:
    if not isinstance(entry, Mapping):
        raise ValueError("kinds: each must be an object with a kind")
    _check_kind(entry.get("kind"))
    weight, detail = entry.get("weight", 1), entry.get("detail", {})
    if isinstance(weight, bool) or not isinstance(weight, int | float) or weight <= 0:
        raise ValueError("weight: must be a number above 0")
    if not isinstance(detail, dict):
        raise ValueError("detail: must be an object")
    return str(entry["kind"]), float(weight), detail
