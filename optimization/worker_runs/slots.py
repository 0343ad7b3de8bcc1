"""When the workers' runs are due, by market time. Each slot has one run."""

from __future__ import annotations

from datetime import datetime, time

from core.common import dates
from core.models import Advertiser

OPTIMIZE_HOURS = 4
REBALANCE_AT = time(3, 0)


def optimize_slot(at: datetime) -> str:
    """The four-hour slot of market time."""
    return f"{at:%Y-%m-%d}T{at.hour // OPTIMIZE_HOURS * OPTIMIZE_HOURS:02d}"


def rebalance_slot(advertiser: Advertiser, at: datetime) -> str | None:
    """The advertiser's day, once it is three o'clock there; before that none is due.

    Three o'clock by the wall clock comes on every day once or, where clocks go forward over it,
    an hour late: never twice.
    """
    local = at.astimezone(dates.zone(advertiser.time_zone))
    return local.date().isoformat() if local.time() >= REBALANCE_AT else None
