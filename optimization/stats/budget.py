"""Splits a daily budget over campaigns towards the best marginal return, inside hard limits."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from optimization.stats.bounds import Bounds, hard_limits, run_bounds
from optimization.stats.budget_input import PoolCampaign, parse_campaigns, parse_total
from optimization.stats.budget_reasons import reason
from optimization.stats.budget_results import (
    Allocation,
    Binding,
    CampaignAllocation,
    InfeasibleBudget,
    Limit,
    MixedCurrency,
)
from optimization.stats.metrics import BoolArray, FloatArray
from optimization.stats.minor_units import digits_of, from_minor, subtract, to_minor_floor
from optimization.stats.money_split import whole_units
from optimization.stats.response import Response, estimate_response, has_revenue, spend_capacity
from optimization.stats.waterfill import freeze_small_moves, proportional_fill, water_fill

__all__ = ["Allocation", "InfeasibleBudget", "Limit", "MixedCurrency", "allocate"]


def allocate(
    total: Decimal,
    campaigns: Sequence[Mapping[str, Any]],
    *,
    currency: str = "USD",
    as_of: dt.date | str | None = None,
    minor_digits: Mapping[str, int] | None = None,
) -> Allocation:
    """Daily budgets whose sum with `unallocated` is exactly `total`.

    Each campaign is a mapping of id, platform, status ("active" or "paused"), min_budget,
    current_budget, optional max_share and max_increase (fractions; 0.5 is +50 %), history
    (equal-length lists date, budget, spend, impressions, clicks, conversions, revenue) and
    optional currency. `as_of` is the last day whose rows count. `minor_digits` replaces the
    built-in table of decimal places by currency.

    Raises InfeasibleBudget when the limits leave no split, MixedCurrency, or ValueError naming
    campaign and field.
    """
    digits = digits_of(currency, minor_digits)
    amount = parse_total(total)
    pool = parse_campaigns(campaigns, currency, as_of)
    active = [campaign for campaign in pool if campaign.active]
    solved = _solve(active, to_minor_floor(amount, digits), digits)
    rows = [_row(solved, campaign, digits) for campaign in pool]
    spread = from_minor(sum(solved.units.values()), digits)
    return Allocation(
        amounts={row.id: row.amount for row in rows},
        unallocated=subtract(amount, spread),
        reasons={
            row.id: reason(row, currency, proportional=solved.response is None) for row in rows
        },
        campaigns=tuple(rows),
        warnings=_warnings(pool, solved),
        total=amount,
        currency=currency,
    )


def _warnings(pool: Sequence[PoolCampaign], solved: "Solved") -> tuple[str, ...]:
    found = [text for campaign in pool for text in campaign.warnings]
    if solved.response is not None and not has_revenue(pool):
        found.append("No campaign reports revenue, so every conversion counts the same.")
    return tuple(found)


@dataclass(frozen=True, slots=True, eq=False)
class Solved:
    """Answer for the active campaigns, by position."""

    position: Mapping[str | int, int]
    units: Mapping[str | int, int]
    bounds: list[Bounds]
    frozen: BoolArray
    response: Response | None


def _solve(active: Sequence[PoolCampaign], total: int, digits: int) -> Solved:
    limits = hard_limits(active, total, digits)
    unit = 10.0**digits
    bounds = run_bounds(limits, spend_capacity(active) * unit, total)
    response = estimate_response(active) if active else None
    spendable = min(total, sum(b.hi for b in bounds))
    units, frozen = _split(bounds, spendable, _in_units(response, unit))
    ids = [campaign.id for campaign in active]
    return Solved(
        position={campaign_id: i for i, campaign_id in enumerate(ids)},
        units=dict(zip(ids, units)),
        bounds=bounds,
        frozen=frozen,
        response=response,
    )


def _in_units(response: Response | None, unit: float) -> Response | None:
    """The same curves with spend and revenue in minor units."""
    if response is None:
        return None
    return Response(ceiling=response.ceiling * unit, half=response.half * unit)


def _split(
    bounds: Sequence[Bounds], total: int, response: Response | None
) -> tuple[list[int], BoolArray]:
    """Whole minor units of each campaign, and which were kept by the dead zone."""
    if not bounds:
        return [], np.zeros(0, dtype=np.bool_)
    lo = np.array([b.lo for b in bounds], dtype=np.float64)
    hi = np.array([b.hi for b in bounds], dtype=np.float64)
    current = np.array([b.current for b in bounds], dtype=np.float64)

    def solve(free: BoolArray, rest: float) -> FloatArray:
        if response is None:
            return proportional_fill(current[free], lo[free], hi[free], rest)
        part = Response(response.ceiling[free], response.half[free])
        return water_fill(part, lo[free], hi[free], rest)

    x = solve(np.ones(len(bounds), dtype=np.bool_), float(total))
    frozen = np.zeros(len(bounds), dtype=np.bool_)
    if response is not None:
        x, frozen = freeze_small_moves(x, current, lo, hi, float(total), solve)
    tight_lo = [b.current if kept else b.lo for b, kept in zip(bounds, frozen)]
    tight_hi = [b.current if kept else b.hi for b, kept in zip(bounds, frozen)]
    return whole_units(x.tolist(), tight_lo, tight_hi, total), frozen


def _row(solved: Solved, campaign: PoolCampaign, digits: int) -> CampaignAllocation:
    zero = from_minor(0, digits)
    if not campaign.active:
        return CampaignAllocation(
            campaign.id, zero, campaign.current, zero, zero, "paused", None, None, None
        )
    i = solved.position[campaign.id]
    bounds, units = solved.bounds[i], solved.units[campaign.id]
    before, after, change = _effect(solved.response, i, campaign, units / 10.0**digits)
    return CampaignAllocation(
        id=campaign.id,
        amount=from_minor(units, digits),
        current=campaign.current,
        lo=from_minor(bounds.lo, digits),
        hi=from_minor(bounds.hi, digits),
        binding=_binding(bounds, units, kept=bool(solved.frozen[i])),
        marginal_before=before,
        marginal_after=after,
        expected_revenue_change=change,
    )


def _effect(
    response: Response | None, i: int, campaign: PoolCampaign, new: float
) -> tuple[float | None, float | None, float | None]:
    if response is None:
        return None, None, None
    one = Response(response.ceiling[i : i + 1], response.half[i : i + 1])
    spend = np.array([float(campaign.current), new])
    marginal, revenue = one.marginal(spend), one.revenue(spend)
    return float(marginal[0]), float(marginal[1]), float(revenue[1] - revenue[0])


def _binding(bounds: Bounds, units: int, *, kept: bool) -> Binding:
    if kept:
        return "dead"
    if units >= bounds.hi:
        return bounds.hi_name
    return bounds.lo_name if units <= bounds.lo else "none"
