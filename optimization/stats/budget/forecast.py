"""Forecasts the revenue a day of given budgets, with an interval."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from scipy.special import ndtri

from optimization.stats.budget.history import Panel, parse_day
from optimization.stats.budget.input import parse_campaigns
from optimization.stats.budget.response.capacity import spend_capacity
from optimization.stats.budget.response.outlook import Prediction, predict
from optimization.stats.budget.response.response import Estimate, estimate_response
from optimization.stats.budget.results import CampaignId, Completeness, Interval
from optimization.stats.common.metrics import FloatArray, ratio

DELIVERY_DAYS = 14


@dataclass(frozen=True, slots=True)
class Forecast:
    """Attributed revenue a day in the pool's currency, once all of it is reported, averaged over
    `days`. The intervals include the randomness of orders."""

    total: Interval
    campaigns: Mapping[CampaignId, Interval]
    days: int


def forecast(
    campaigns: Sequence[Mapping[str, Any]],
    budgets: Mapping[CampaignId, Decimal],
    *,
    days: int = 7,
    currency: str = "USD",
    as_of: dt.date | str | None = None,
    completeness: Completeness | None = None,
    coverage: float = 0.80,
) -> Forecast | None:
    """Forecast for the `days` from `as_of` on (or after the newest row) with daily `budgets` in
    the pool's currency; a campaign that is not in `budgets` keeps its current one. None with too
    little history."""
    pool = [one for one in parse_campaigns(campaigns, currency, as_of) if one.active]
    day = None if as_of is None else parse_day(as_of, "as_of")
    estimate = estimate_response(pool, day, completeness) if pool else None
    if estimate is None:
        return None
    daily = np.array([float(budgets.get(one.id, one.current)) for one in pool])
    sums = forecast_revenue(estimate, daily, days)
    z = float(ndtri(0.5 + coverage / 2))
    rows = {
        one.id: daily_interval(m, s, z, days)
        for one, m, s in zip(pool, sums.mean, sums.sd, strict=True)
    }
    return Forecast(daily_interval(sums.total, sums.total_sd, z, days), rows, days)


def forecast_revenue(estimate: Estimate, budgets: FloatArray, days: int) -> Prediction:
    """Revenue of the `days` after the panel with `budgets` (campaigns,), when all is reported."""
    panel = estimate.panel
    spend = np.repeat(expected_spend(panel, budgets)[:, None], days, axis=1)
    weekday = (panel.weekday[-1] + 1 + np.arange(days)) % 7
    completeness = np.ones((len(panel.platforms), days))
    return predict(estimate, spend, weekday, completeness, estimate.order_value)


def expected_spend(panel: Panel, budgets: FloatArray) -> FloatArray:
    """Expected spend a day with these budgets, both (campaigns,)."""
    recent = panel.seen & (panel.budget > 0) & (panel.age < DELIVERY_DAYS)
    part = ratio((panel.spend * recent).sum(axis=1), (panel.budget * recent).sum(axis=1), empty=1.0)
    spend: FloatArray = np.minimum(budgets * np.minimum(part, 1.0), spend_capacity(panel))
    return spend


def daily_interval(mean: float, sd: float, z: float, days: int) -> Interval:
    """The interval a day, from mean and sd of a sum over days; revenue is never negative."""
    low = max(mean - z * sd, 0.0)
    return Interval(float(low) / days, float(mean) / days, float(mean + z * sd) / days)
