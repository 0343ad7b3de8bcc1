"""Estimates how much an account can gain from the best split of the same total."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from optimization.stats.budget.allocation.bounds import default_share
from optimization.stats.budget.allocation.waterfill import water_fill
from optimization.stats.budget.history import parse_day
from optimization.stats.budget.input import PoolCampaign, parse_campaigns
from optimization.stats.budget.response.capacity import spend_capacity
from optimization.stats.budget.response.effect import expected_effect
from optimization.stats.budget.response.response import Estimate, estimate_response
from optimization.stats.budget.results import Completeness, Interval
from optimization.stats.common.metrics import FloatArray

MAX_EXTRAPOLATION = 4.0  # the curve is not reliable above four times the usual spend


@dataclass(frozen=True, slots=True)
class Headroom:
    """Expected gain of a split without step limits: revenue a day, and per cent of the expected
    revenue of the current budgets; each with its 80 % interval."""

    gain: Interval
    percent: Interval
    sentence: str


def estimate_headroom(
    campaigns: Sequence[Mapping[str, Any]],
    *,
    total: Decimal | None = None,
    currency: str = "USD",
    as_of: dt.date | str | None = None,
    completeness: Completeness | None = None,
) -> Headroom | None:
    """Headroom at `total`, by default the sum of the active budgets. None with too little history,
    without budgets, or where the total does not fit the minimums."""
    pool = [one for one in parse_campaigns(campaigns, currency, as_of) if one.active]
    day = None if as_of is None else parse_day(as_of, "as_of")
    estimate = estimate_response(pool, day, completeness) if pool else None
    old = np.array([float(one.current) for one in pool])
    if estimate is None or old.sum() <= 0:
        return None
    capacity = spend_capacity(estimate.panel)
    amount = float(old.sum() if total is None else total)
    new = _free_split(pool, estimate, capacity, amount)
    if new is None:
        return None
    effect = expected_effect(estimate, old, new, capacity).total()
    base = float(estimate.expected().revenue(np.minimum(old, capacity)).sum())
    parts = [100 * value / base for value in (effect.low, effect.mean, effect.high)]
    percent = Interval(parts[0], parts[1], parts[2])
    return Headroom(effect, percent, _sentence(percent, len(pool)))


def _free_split(
    pool: Sequence[PoolCampaign], estimate: Estimate, capacity: FloatArray, total: float
) -> FloatArray | None:
    """Best split within minimums, shares and capacities only; frozen campaigns keep their budget.
    None where the minimums exceed the total."""
    share = float(default_share(len(pool))) * total
    old = np.array([float(one.current) for one in pool])
    frozen = np.array([bool(one.frozen) for one in pool])
    lo = np.array([float(one.effective_minimum) for one in pool])
    most = np.minimum(
        np.minimum(share, capacity), MAX_EXTRAPOLATION * np.maximum(estimate.usual, old)
    )
    caps = np.array([np.inf if one.ceiling is None else float(one.ceiling) for one in pool])
    lo = np.where(frozen, old, lo)
    hi = np.where(frozen, old, np.maximum(np.minimum(most, caps), lo))
    if lo.sum() > total:
        return None
    return water_fill(estimate.expected(), lo, hi, min(total, float(hi.sum())))


def _sentence(percent: Interval, campaigns: int) -> str:
    between = f"{percent.low:+.0f} to {percent.high:+.0f} %"
    return (
        f"A free split of the same budget over {campaigns} campaigns is expected to bring "
        f"{percent.mean:+.0f} % revenue (80 % interval {between})."
    )
