"""The lanes of background work: each is a queue with workers of its own.

Work that a hanging vendor can hold up never shares workers with another vendor's, nor with what
lowers spend: pausing, lowering and stopping have one lane per vendor, which nothing else enters.
"""

from __future__ import annotations

from dataclasses import dataclass

VENDORS = ("google", "meta", "tiktok")
DEFAULT = ""
"""The lane of what calls no vendor: analyses, proposals, reports."""
TIMETABLE = "timetable"
"""The queue of beat's own short tasks, the sweeper among them."""
_DEFAULT_QUEUE = "celery"


@dataclass(frozen=True)
class Workers:
    """One process that serves one queue. A pool of threads costs one process's memory, and a
    thread that waits for a vendor costs nothing else; what computes gets processes."""

    queue: str
    pool: str
    size: int


def work_lane(platform: str) -> str:
    """The lane of a vendor's launches, syncs and checks; the default one where no vendor is
    called."""
    return f"work_{platform}" if platform in VENDORS else DEFAULT


def lower_lane(platform: str) -> str:
    """The lane of what pauses or lowers on a vendor. Nothing else may enter it."""
    return f"lower_{platform}" if platform in VENDORS else DEFAULT


LOWER_LANES = tuple(map(lower_lane, VENDORS))
LANES = (DEFAULT, *map(work_lane, VENDORS), *LOWER_LANES)


def queue_of(lane: str) -> str:
    """The queue of a lane. Raises LookupError on a lane without workers: its jobs would wait
    for ever."""
    if lane not in LANES:
        raise LookupError(f"no workers serve the lane {lane!r}; the lanes are {LANES}")
    return lane or _DEFAULT_QUEUE


# What an installation runs, by the name of the process.
WORKERS: dict[str, Workers] = {
    "worker": Workers(_DEFAULT_QUEUE, "prefork", 2),
    "timetable": Workers(TIMETABLE, "threads", 2),
    **{f"work-{name}": Workers(work_lane(name), "threads", 4) for name in VENDORS},
    **{f"lower-{name}": Workers(lower_lane(name), "threads", 4) for name in VENDORS},
}
QUEUES = tuple(workers.queue for workers in WORKERS.values())
