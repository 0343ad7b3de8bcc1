"""How much of a daily budget the vendors spend on one day."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

import numpy as np

from sandbox.market import rng
from sandbox.market.rng import Floats
from sandbox.world.model import Campaign

# Largest spend of one day as a multiple of the daily budget. Google: 2, and 30.4 in a month; Meta:
# 1.75, and 7 in a week from Sunday; TikTok: 1.25, as its budget is a weekly average.
DAY_LIMIT = {"google": 2.0, "meta": 1.75, "tiktok": 1.25}
TYPICAL_FACTOR, _SD = 0.98, 0.13
_PEAK_CHANCE, _PEAK = 0.04, 1.5


def daily_factors(seed: int, campaign: Campaign, first: date, days: int) -> Floats:
    """Spend of each day as a multiple of its budget; never above the period's limit."""
    period = _month if campaign.platform == "google" else _week
    result = np.empty(days)
    day, last = first, first + timedelta(days)
    while day < last:
        begin, length, allowed = period(day)
        period_factors = _unlimited_factors(seed, campaign, begin, length)
        period_factors = period_factors * min(1.0, allowed / period_factors.sum())
        period_end = min(last, begin + timedelta(length))
        in_range = period_factors[(day - begin).days : (period_end - begin).days]
        result[(day - first).days : (period_end - first).days] = in_range
        day = period_end
    return result


def _unlimited_factors(seed: int, campaign: Campaign, begin: date, length: int) -> Floats:
    ordinals = np.arange(begin.toordinal(), begin.toordinal() + length, dtype=np.uint64)
    keys = rng.derive_keys(ordinals, 7) ^ np.uint64(rng.key(seed, "pace", campaign.id))
    pace = TYPICAL_FACTOR * np.exp(_SD * rng.normals(keys, 1))
    pace = np.where(rng.uniforms(keys, 2) < _PEAK_CHANCE, pace * _PEAK, pace)
    return np.asarray(np.clip(pace, 0.5, DAY_LIMIT[campaign.platform]), dtype=np.float64)


def _month(day: date) -> tuple[date, int, float]:
    return day.replace(day=1), monthrange(day.year, day.month)[1], 30.4


def _week(day: date) -> tuple[date, int, float]:
    return day - timedelta((day.weekday() + 1) % 7), 7, 7.0
