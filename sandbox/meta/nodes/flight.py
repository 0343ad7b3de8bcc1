"""Begin and end of Meta campaigns and ad sets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sandbox.meta import params as read
from sandbox.meta.params import Params


@dataclass(frozen=True)
class Flight:
    start: datetime | None
    end: datetime | None

    def days(self, zone: str) -> Params:
        """First and last day, as fields of the world's objects."""
        return {
            "start_date": self.start and read.first_day(self.start, zone),
            "end_date": self.end and read.last_day(self.end, zone),
        }

    def raw(self, end_name: str) -> Params:
        return {
            "start_time": self.start and self.start.isoformat(),
            end_name: self.end and self.end.isoformat(),
        }


def flight_of(params: Params, old: Params, end_name: str, zone: str) -> Flight:
    """What is sent, else what was set before. Campaigns end at stop_time, ad sets at end_time."""
    start, end = (
        read.instant(params, name, zone) if name in params else kept(old, name)
        for name in ("start_time", end_name)
    )
    return Flight(start, end)


def kept(raw: Params, name: str) -> datetime | None:
    return datetime.fromisoformat(raw[name]) if raw.get(name) else None
