"""Start and end of Meta campaigns and ad sets."""

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
        """As fields of `raw`."""
        return {
            "start_time": self.start and self.start.isoformat(),
            end_name: self.end and self.end.isoformat(),
        }


def flight_of(params: Params, stored: Params, end_name: str, zone: str) -> Flight:
    """Sent times, else stored ones. `end_name`: stop_time for campaigns, end_time for ad sets."""
    start, end = (
        read.time_value(params, name, zone) if name in params else parse_stored_time(stored, name)
        for name in ("start_time", end_name)
    )
    return Flight(start, end)


def parse_stored_time(raw: Params, name: str) -> datetime | None:
    return datetime.fromisoformat(raw[name]) if raw.get(name) else None
