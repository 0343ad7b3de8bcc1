"""How far the vendors go over or under a daily budget on one day."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

import numpy as np

from sandbox.market import rng
from sandbox.market.rng import Floats
from sandbox.world.model import Campaign

# Most of a daily budget that may go out on one day. Google: twice, and 30.4 times in a month;
# Meta: 75 % over, and 7 times in a week from Sunday on; TikTok: 125 % of a weekly average.
DAY_LIMIT = {"google": 2.0, "meta": 1.75, "tiktok": 1.25}
USUAL, _SD = 0.98, 0.13
_PEAK_CHANCE, _PEAK = 0.04, 1.5


def factors(seed: int, campaign: Campaign, first: date, days: int) -> Floats:
    """Spend of each day as a multiple of its budget; never more than the period allows."""
    period = _month if campaign.platform == "google" else _week
    result = np.empty(days)
    day, last = first, first + timedelta(days)
    while day < last:
        begin, length, allowed = period(day)
        whole = _raw(seed, campaign, begin, length)
        whole = whole * min(1.0, allowed / whole.sum())
        upto = min(last, begin + timedelta(length))
        inside = whole[(day - begin).days : (upto - begin).days]
        result[(day - first).days : (upto - first).days] = inside
        day = upto
    return result


def _raw(seed: int, campaign: Campaign, begin: date, length: int) -> Floats:
    ordinals = np.arange(begin.toordinal(), begin.toordinal() + length, dtype=np.uint64)
    keys = rng.mixed(ordinals, 7) ^ np.uint64(rng.key(seed, "pace", campaign.id))
    pace = USUAL * np.exp(_SD * rng.normals(keys, 1))
    pace = np.where(rng.uniforms(keys, 2) < _PEAK_CHANCE, pace * _PEAK, pace)
    return np.asarray(np.clip(pace, 0.5, DAY_LIMIT[campaign.platform]), dtype=np.float64)


def _month(day: date) -> tuple[date, int, float]:
    return day.replace(day=1), monthrange(day.year, day.month)[1], 30.4


def _week(day: date) -> tuple[date, int, float]:
    return day - timedelta((day.weekday() + 1) % 7), 7, 7.0
