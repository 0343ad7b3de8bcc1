"""Splits a daily budget over campaigns by marginal return, within hard limits."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np

from optimization.stats.budget.allocation.bounds import Bounds, hard_limits, run_bounds
from optimization.stats.budget.allocation.counterparts import MOST_COUNTERPARTS
from optimization.stats.budget.allocation.curve_split import CurveSplit, Split
from optimization.stats.budget.allocation.large_orders import counts_in_part, large_orders
from optimization.stats.budget.allocation.no_loss import (
    forcing_limits,
    without_loss,
)
from optimization.stats.budget.allocation.rows import Solution, build_allocation
from optimization.stats.budget.allocation.waterfill import SplitLimits, proportional_fill
from optimization.stats.budget.allocation.worth import certainty_of, is_young
from optimization.stats.budget.history import build_panel, parse_day
from optimization.stats.budget.input import PoolCampaign, parse_campaigns, parse_total
from optimization.stats.budget.response.capacity import spend_capacity
from optimization.stats.budget.response.response import Estimate, Response, estimate_response
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


@dataclass(frozen=True, slots=True, eq=False)
class _Problem:
    """What the split has to fit: limits in minor units, capacity in major ones."""

    digits: int
    bounds: Bounds
    spread: int
    capacity: FloatArray
    forced: tuple[str, ...]


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
    capacity = spend_capacity(panel)
    bounds = run_bounds(limits, capacity * 10.0**digits, total)
    spread = min(total, int(bounds.hi.sum()))
    forced = forcing_limits(active, limits, total, digits)
    problem = _Problem(digits, bounds, spread, capacity, forced)
    if estimate is None:
        return _split_by_proportion(problem)
    solution = _solve_with(problem, estimate)
    if not counts_in_part(estimate).any():
        return solution
    in_full = _solve_with(problem, estimate.in_full())
    return replace(solution, large_orders=large_orders(solution, in_full))


def _split_by_proportion(problem: _Problem) -> Solution:
    """The split without curves: budgets keep their proportions."""
    bounds = problem.bounds
    none = np.zeros(len(bounds.lo), dtype=np.bool_)
    units = np.zeros(0, dtype=np.intp)
    if len(bounds.lo):
        lo, hi, current = (a.astype(np.float64) for a in (bounds.lo, bounds.hi, bounds.current))
        x = proportional_fill(current, lo, hi, float(problem.spread))
        units = whole_units(x, bounds.lo, bounds.hi, problem.spread)
    return Solution(problem.digits, units, bounds, none, None, problem.capacity, none, none)


# Least certainty of each change, in sds: where all changes together are within noise, those that
# are more certain may not be.
CERTAINTIES = (0.0, 0.25, 0.5, 0.75, 1.0)


def _solve_with(problem: _Problem, estimate: Estimate) -> Solution:
    """The split by the estimated curves."""
    unit = 10.0**problem.digits
    in_major_units = certainty_of(estimate, problem.bounds, problem.capacity, unit)
    young, limits = is_young(estimate), _limits_of(problem)

    def sure(x: FloatArray) -> FloatArray:
        return in_major_units(x / unit)

    def build(split: Split) -> Solution:
        units, unchanged, small = _whole(problem, split)
        return Solution(
            problem.digits,
            units,
            problem.bounds,
            unchanged,
            estimate,
            problem.capacity,
            doubtful=unchanged & ~small,
            young=young,
        )

    def attempts() -> Iterator[Solution]:
        optimistic = CurveSplit(limits, _in_units(estimate.optimistic(), unit), sure)
        yield build(optimistic.split(CERTAINTIES[0]))
        expected = CurveSplit(limits, _in_units(estimate.expected(), unit), sure)
        for least in CERTAINTIES:
            yield build(expected.split(least))
        best = {least: expected.split(least, zone=0.0) for least in CERTAINTIES}
        for count in range(MOST_COUNTERPARTS + 1):
            for least in CERTAINTIES:
                funded = expected.with_counterparts(best[least], least, count)
                if funded is not None:
                    yield build(funded)

    return without_loss(attempts(), problem.forced)


def _limits_of(problem: _Problem) -> SplitLimits:
    bounds = problem.bounds
    lo, hi, current = (a.astype(np.float64) for a in (bounds.lo, bounds.hi, bounds.current))
    return SplitLimits(current, lo, hi, float(problem.spread))


def _in_units(response: Response, unit: float) -> Response:
    """Curves in minor units."""
    return Response(response.ceiling * unit, response.half * unit)


def _whole(problem: _Problem, split: Split) -> tuple[IntArray, BoolArray, BoolArray]:
    """Whole minor units of each campaign, which stay, and which of these because their change is
    too small."""
    bounds = problem.bounds
    tight_lo = np.where(split.unchanged, bounds.current, bounds.lo)
    tight_hi = np.where(split.unchanged, bounds.current, bounds.hi)
    units = whole_units(split.x, tight_lo, tight_hi, problem.spread)
    return units, split.unchanged & ~bounds.frozen, split.small
