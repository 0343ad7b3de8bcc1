"""When an ad can deliver, and with which budget, from the histories of the world."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from sandbox.market.rng import Floats
from sandbox.world import review
from sandbox.world.model import Ad, AdGroup, Campaign

Interval = tuple[float, float]  # seconds since the epoch
_FOREVER = 32_503_680_000.0


@lru_cache(maxsize=8192)
def day_start(zone: str, day: date) -> float:
    """The moment at which this day begins in this zone, in seconds since the epoch."""
    return datetime.combine(day, time(), ZoneInfo(zone)).timestamp()


def local_day(zone: str, moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(zone)).date()


def day_edges(zone: str, first: date, days: int) -> Floats:
    """The begin of each day, then the end of the last day."""
    return np.array([day_start(zone, first + timedelta(n)) for n in range(days + 1)])


def active_times(entity: Campaign | AdGroup | Ad, zone: str) -> list[Interval]:
    """Intervals in which the entity was active and between its start and end dates."""
    intervals: list[Interval] = []
    history = entity.history
    for index, state in enumerate(history):
        begin = state.at.timestamp()
        end = history[index + 1].at.timestamp() if index + 1 < len(history) else _FOREVER
        if state.start_date is not None:
            begin = max(begin, day_start(zone, state.start_date))
        if state.end_date is not None:
            end = min(end, day_start(zone, state.end_date + timedelta(1)))
        if state.status == "active" and begin < end:
            intervals.append((begin, end))
    return intervals


def review_times(ad: Ad) -> list[Interval]:
    return [
        (begin.timestamp(), _FOREVER if end is None else end.timestamp())
        for begin, end in review.approved_times(ad)
    ]


def overlap(*lists: Sequence[Interval]) -> list[Interval]:
    """The times that are in every list."""
    result = list(lists[0])
    for other in lists[1:]:
        pairs = ((max(a, c), min(b, d)) for a, b in result for c, d in other)
        result = [(begin, end) for begin, end in pairs if begin < end]
    return result


def day_shares(intervals: Iterable[Interval], edges: Floats, until: float) -> Floats:
    """The share of each day, 0 to 1, that the intervals cover up to `until`."""
    begin, end = edges[:-1], edges[1:]
    covered = np.zeros(len(begin))
    for start, stop in intervals:
        stop = min(stop, until)
        covered += np.clip(np.minimum(stop, end) - np.maximum(start, begin), 0.0, None)
    return np.asarray(covered / (end - begin), dtype=np.float64)


def daily_budgets(entity: Campaign | AdGroup, edges: Floats) -> Floats:
    """Budget per day in units of the currency: the average over the day."""
    total = np.zeros(len(edges) - 1)
    span = edges[1:] - edges[:-1]
    history = entity.history
    for index, state in enumerate(history):
        begin = -_FOREVER if index == 0 else state.at.timestamp()
        end = history[index + 1].at.timestamp() if index + 1 < len(history) else _FOREVER
        inside = np.clip(np.minimum(end, edges[1:]) - np.maximum(begin, edges[:-1]), 0.0, None)
        total += inside / span * (state.daily_budget_micros or 0) / 1e6
    return total


def signature_on(ad: Ad, day_end: datetime) -> str:
    """The signature of the ad at the end of this day."""
    earlier = [state.signature for state in ad.history if state.at < day_end]
    return earlier[-1] if earlier else ad.history[0].signature


def to_datetime(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
