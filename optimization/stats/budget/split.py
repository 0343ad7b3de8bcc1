"""Splits a daily budget over campaigns by marginal return, within hard limits."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from optimization.stats.budget.allocation.bounds import Bounds, hard_limits, run_bounds
from optimization.stats.budget.allocation.no_loss import forcing_limits, without_loss
from optimization.stats.budget.allocation.rows import Solution, build_allocation
from optimization.stats.budget.allocation.waterfill import (
    freeze_small_moves,
    proportional_fill,
    water_fill,
)
from optimization.stats.budget.history import build_panel, parse_day
from optimization.stats.budget.input import PoolCampaign, parse_campaigns, parse_total
from optimization.stats.budget.response.capacity import spend_capacity
from optimization.stats.budget.response.response import Response, estimate_response
from optimization.stats.budget.results import (
    Allocation,
    Completeness,
    InfeasibleBudget,
    Interval,
    Limit,
    MixedCurrency,
)
from optimization.stats.common.metrics import BoolArray, FloatArray, IntArray
from optimization.stats.common.minor_units import digits_of, from_minor, to_minor_floor
from optimization.stats.common.money_split import whole_units

__all__ = [
    "Allocation",
    "Completeness",
    "InfeasibleBudget",
    "Interval",
    "Limit",
    "MixedCurrency",
    "allocate",
    "current_total",
]


def allocate(
    total: Decimal,
    campaigns: Sequence[Mapping[str, Any]],
    *,
    currency: str = "USD",
    as_of: dt.date | str | None = None,
    minor_digits: Mapping[str, int] | None = None,
    completeness: Completeness | None = None,
) -> Allocation:
    """Daily budgets whose sum with `unallocated` is exactly `total`.

    Each campaign is a mapping of id, platform, status ("active" or "paused"), min_budget,
    current_budget and history (equal-length lists or arrays date, budget, spend, impressions,
    clicks, conversions, revenue). Optional: currency; limits max_share, max_increase (0.5 is
    +50 %), max_step (either way), floor, ceiling, frozen (a reason: the budget stays); learning;
    incrementality (part of the conversions that the ads cause); value_per_conversion; rate, for
    a campaign of another currency: units of the pool's `currency` for one of its own. Its money
    and history are then in its own currency; results are in the pool's currency.

    `as_of` is the last day whose rows count. `minor_digits` replaces the built-in table of
    decimal places by currency. `completeness` is, by platform, the measured part of a day's
    conversions that is reported at each age in days, newest first; it replaces the estimate.

    Raises InfeasibleBudget when the limits leave no split, MixedCurrency, or ValueError naming
    campaign and field.
    """
    digits = digits_of(currency, minor_digits)
    amount = parse_total(total)
    pool = parse_campaigns(campaigns, currency, as_of)
    active = [campaign for campaign in pool if campaign.active]
    day = None if as_of is None else parse_day(as_of, "as_of")
    solved = _solve(
        active, to_minor_floor(amount, digits), digits, _ReportTiming(day, completeness)
    )
    return build_allocation(pool, solved, amount, currency, minor_digits)


def current_total(
    campaigns: Sequence[Mapping[str, Any]],
    *,
    currency: str = "USD",
    minor_digits: Mapping[str, int] | None = None,
) -> Decimal:
    """Sum of the active campaigns' budgets, each in whole minor units of the pool's currency."""
    digits = digits_of(currency, minor_digits)
    pool = parse_campaigns(campaigns, currency, None)
    return from_minor(sum(to_minor_floor(c.current, digits) for c in pool if c.active), digits)


@dataclass(frozen=True, slots=True)
class _ReportTiming:
    """How complete the reports are, as given by the caller."""

    as_of: dt.date | None
    completeness: Completeness | None


def _solve(
    active: Sequence[PoolCampaign], total: int, digits: int, timing: _ReportTiming
) -> Solution:
    limits = hard_limits(active, total, digits)
    estimate = estimate_response(active, timing.as_of, timing.completeness) if active else None
    panel = (
        build_panel([c.history for c in active], [c.platform for c in active], timing.as_of)
        if estimate is None
        else estimate.panel
    )
    unit = 10.0**digits
    capacity = spend_capacity(panel)
    bounds = run_bounds(limits, capacity * unit, total)
    spread = min(total, int(bounds.hi.sum()))

    def solve(response: Response | None) -> Solution:
        curves = None if response is None else _to_minor_units(response, unit)
        units, unchanged = _split(bounds, spread, curves)
        return Solution(digits, units, bounds, unchanged, estimate, capacity)

    if estimate is None:
        return solve(None)
    return without_loss(
        solve(estimate.optimistic()),
        lambda: solve(estimate.expected()),
        forcing_limits(active, limits, total, digits),
    )


def _to_minor_units(response: Response, unit: float) -> Response:
    """The same curves with spend and revenue in minor units."""
    return Response(ceiling=response.ceiling * unit, half=response.half * unit)


def _split(bounds: Bounds, total: int, curves: Response | None) -> tuple[IntArray, BoolArray]:
    """Whole minor units of each campaign, and which stay because their change is too small."""
    lo, hi = bounds.lo.astype(np.float64), bounds.hi.astype(np.float64)
    current = bounds.current.astype(np.float64)

    def solve(free: BoolArray, rest: float) -> FloatArray:
        if curves is None:
            return proportional_fill(current[free], lo[free], hi[free], rest)
        part = Response(curves.ceiling[free], curves.half[free])
        return water_fill(part, lo[free], hi[free], rest)

    unchanged = np.zeros(len(lo), dtype=np.bool_)
    if not len(lo):
        return np.zeros(0, dtype=np.intp), unchanged
    x = solve(~unchanged, float(total))
    if curves is not None:
        x, unchanged = freeze_small_moves(x, current, lo, hi, float(total), solve)
    tight_lo = np.where(unchanged, bounds.current, bounds.lo)
    tight_hi = np.where(unchanged, bounds.current, bounds.hi)
    return whole_units(x, tight_lo, tight_hi, total), unchanged & ~bounds.frozen
