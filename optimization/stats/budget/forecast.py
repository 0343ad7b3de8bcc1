"""Revenue a day that budgets are expected to bring, with an interval that a day can be held to."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from scipy.special import ndtri

from optimization.stats.budget.history import Panel, as_day
from optimization.stats.budget.input import parse_campaigns
from optimization.stats.budget.response.capacity import spend_capacity
from optimization.stats.budget.response.outlook import Outlook, outlook
from optimization.stats.budget.response.response import Estimate, estimate_response
from optimization.stats.budget.results import CampaignId, Interval
from optimization.stats.common.metrics import FloatArray, ratio

DELIVERY_DAYS = 14


@dataclass(frozen=True, slots=True)
class Forecast:
    """Attributed revenue a day in the pool's currency, once all of it is reported; `days` is how
    many days the mean is of. Order noise is in the intervals."""

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
    completeness: Mapping[str, Sequence[float]] | None = None,
    coverage: float = 0.80,
) -> Forecast | None:
    """Forecast of the `days` from `as_of` on (or after the newest row) under daily `budgets` in
    the pool's currency; a campaign without one keeps its own. None with too little history."""
    pool = [one for one in parse_campaigns(campaigns, currency, as_of) if one.active]
    day = None if as_of is None else as_day(as_of, "as_of")
    estimate = estimate_response(pool, day, completeness) if pool else None
    if estimate is None:
        return None
    given = np.array([float(budgets.get(one.id, one.current)) for one in pool])
    seen = ahead(estimate, given, days)
    z = float(ndtri(0.5 + coverage / 2))
    rows = {one.id: interval(m, s, z, days) for one, m, s in zip(pool, seen.mean, seen.sd)}
    return Forecast(interval(seen.total, seen.total_sd, z, days), rows, days)


def ahead(estimate: Estimate, budgets: FloatArray, days: int) -> Outlook:
    """Revenue of the `days` after the panel under `budgets` (campaigns,), when it is mature."""
    panel = estimate.panel
    spend = np.repeat(delivered(panel, budgets)[:, None], days, axis=1)
    weekday = (panel.weekday[-1] + 1 + np.arange(days)) % 7
    whole = np.ones((len(panel.platforms), days))
    return outlook(estimate, spend, weekday, whole, estimate.order_value)


def delivered(panel: Panel, budgets: FloatArray) -> FloatArray:
    """Spend a day to expect of budgets, both (campaigns,)."""
    recent = panel.seen & (panel.budget > 0) & (panel.age < DELIVERY_DAYS)
    part = ratio((panel.spend * recent).sum(axis=1), (panel.budget * recent).sum(axis=1), empty=1.0)
    spend: FloatArray = np.minimum(budgets * np.minimum(part, 1.0), spend_capacity(panel))
    return spend


def interval(mean: float, sd: float, z: float, days: int) -> Interval:
    """A day's part of a sum over days; revenue is never negative."""
    low = max(mean - z * sd, 0.0)
    return Interval(float(low) / days, float(mean) / days, float(mean + z * sd) / days)
