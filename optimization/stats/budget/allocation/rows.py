"""Builds the result of an allocation, one row per campaign, from the solution's arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np

from optimization.stats.budget.allocation.bounds import Bounds
from optimization.stats.budget.allocation.moves import pair_moves
from optimization.stats.budget.allocation.reasons import PoolView, pool_returns, reason_text
from optimization.stats.budget.input import PoolCampaign
from optimization.stats.budget.rates import to_own_minor
from optimization.stats.budget.response.effect import Effect, expected_effect, learning_cost
from optimization.stats.budget.response.factors import AGES
from optimization.stats.budget.response.response import Estimate, Response, has_revenue
from optimization.stats.budget.results import (
    Allocation,
    Binding,
    CampaignAllocation,
    Diagnosis,
    LargeOrder,
)
from optimization.stats.common.metrics import BoolArray, FloatArray, IntArray
from optimization.stats.common.minor_units import digits_of, from_minor, subtract, to_minor_floor

OUTAGE_DAYS = 7


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """Solution for the active campaigns, by position. `unchanged` are those that stay because their
    change is too small or, if `doubtful`, too uncertain. Money is in minor units of `digits`
    decimals, `capacity` in major ones."""

    digits: int
    units: IntArray
    bounds: Bounds
    unchanged: BoolArray
    estimate: Estimate | None
    capacity: FloatArray
    doubtful: BoolArray
    young: BoolArray
    kept: bool = False
    """Every budget stays, because no split is expected to bring more."""
    forced: tuple[str, ...] = ()
    """The limits that force a split which is expected to bring less."""
    large_orders: Mapping[int, LargeOrder] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class _ExpectedValues:
    """Per active campaign: return of the next unit of spend, effect, learning cost."""

    before: list[float]
    after: list[float]
    effect: Effect
    learning: list[float]
    diagnoses: list[Diagnosis]


def build_allocation(
    pool: Sequence[PoolCampaign],
    solution: Solution,
    total: Decimal,
    currency: str,
    minor_digits: Mapping[str, int] | None = None,
) -> Allocation:
    """The result for all campaigns of the pool, including paused ones."""
    expected = None if solution.estimate is None else _expected_values(solution, solution.estimate)
    rows: list[CampaignAllocation] = []
    own_digits = {own: digits_of(own, minor_digits) for own in {c.currency for c in pool}}
    position = 0
    for campaign in pool:
        if campaign.active:
            rows.append(
                _active_row(solution, expected, campaign, position, own_digits[campaign.currency])
            )
            position += 1
        else:
            rows.append(_paused_row(campaign, solution.digits))
    spread = from_minor(int(solution.units.sum()), solution.digits)
    marginal = None if expected is None else _common_marginal(solution, expected)
    active = [row for row in rows if row.binding != Binding.PAUSED]
    return_unit = currency if has_revenue(pool) else "conversions"
    view = PoolView(
        currency=currency,
        digits=solution.digits,
        return_unit=return_unit,
        returns=pool_returns(active),
        proportional=expected is None,
        kept=solution.kept,
    )
    return Allocation(
        amounts={row.id: row.amount for row in rows},
        unallocated=subtract(total, spread),
        reasons={row.id: reason_text(row, view) for row in rows},
        campaigns=tuple(rows),
        warnings=_warnings(pool, solution),
        total=total,
        currency=currency,
        gain=None if expected is None else expected.effect.total(),
        marginal=marginal,
        forced=solution.forced,
        moves=pair_moves(
            active,
            None if expected is None else expected.effect.mean,
            None if expected is None else expected.effect.sd,
            solution.digits,
        ),
        return_unit=return_unit,
    )


def _warnings(pool: Sequence[PoolCampaign], solution: Solution) -> tuple[str, ...]:
    found = [text for campaign in pool for text in campaign.warnings]
    if solution.estimate is None:
        return tuple(found)
    if not has_revenue(pool):
        found.append("No campaign reports revenue, so every conversion counts the same.")
    found += _stopped_values(pool, solution.estimate)
    panel, masked = solution.estimate.panel, solution.estimate.factors.masked
    for name, days in zip(panel.platforms, masked.sum(axis=1).tolist(), strict=True):
        if days:
            found.append(
                f"{days} days of {name} are left out: so few conversions were reported that the "
                "tracking must have failed."
            )
    return tuple(found)


def _stopped_values(pool: Sequence[PoolCampaign], estimate: Estimate) -> list[str]:
    active = [campaign for campaign in pool if campaign.active]
    return [
        f"Campaign {campaign.id!r}: its newest {count:,.0f} conversions were reported without a "
        "value; they count with the value of those before."
        for campaign, count in zip(active, estimate.values.unvalued.tolist(), strict=True)
        if count
    ]


def _expected_values(solution: Solution, estimate: Estimate) -> _ExpectedValues:
    unit = 10.0**solution.digits
    old, new = solution.bounds.current / unit, solution.units / unit
    curves = estimate.expected()
    effect = expected_effect(estimate, old, new, solution.capacity)
    return _ExpectedValues(
        before=_next_unit(curves, old, solution.capacity),
        after=_next_unit(curves, new, solution.capacity),
        effect=effect,
        learning=learning_cost(curves.revenue(new), old, new).tolist(),
        diagnoses=_diagnoses(estimate),
    )


def _next_unit(curves: Response, budget: FloatArray, capacity: FloatArray) -> list[float]:
    """Revenue of the next unit of budget; nothing where it would not be spent."""
    marginal: list[float] = np.where(budget > capacity, 0.0, curves.marginal(budget)).tolist()
    return marginal


def _diagnoses(estimate: Estimate) -> list[Diagnosis]:
    panel, factors, level = estimate.panel, estimate.factors, estimate.level
    there = panel.platform
    age = min(int(panel.age[-1]), AGES - 1)
    columns = (
        level.mean,
        level.a,
        level.k,
        estimate.usual,
        estimate.value,
        level.change,
        factors.weekday[there, panel.weekday[-1]],
        factors.completeness[there, age],
        factors.masked.sum(axis=1)[there],
    )
    out = factors.masked[:, -OUTAGE_DAYS:].sum(axis=1) > 0
    seen = (
        (panel.spend > 0).sum(axis=1),
        panel.spend.sum(axis=1),
        panel.conversions.sum(axis=1),
        out[there],
    )
    known = [column.tolist() for column in columns]
    shapes = [tuple(row) for row in level.weights.tolist()]
    return [
        Diagnosis(*row)
        for row in zip(*known, shapes, *(column.tolist() for column in seen), strict=True)
    ]


def _common_marginal(solution: Solution, expected: _ExpectedValues) -> float | None:
    """Median return of the next unit of spend among the campaigns that no limit binds."""
    units, bounds = solution.units, solution.bounds
    free = (units > bounds.lo) & (units < bounds.hi) & ~solution.unchanged
    return float(np.median(np.array(expected.after)[free])) if free.any() else None


def _paused_row(campaign: PoolCampaign, digits: int) -> CampaignAllocation:
    zero, current = from_minor(0, digits), to_minor_floor(campaign.current, digits)
    return CampaignAllocation(
        campaign.id,
        zero,
        from_minor(current, digits),
        zero,
        zero,
        Binding.PAUSED,
        None,
        None,
        None,
        own_amount=zero,
        own_current=campaign.own_current,
        own_currency=campaign.currency,
    )


def _active_row(
    solution: Solution,
    expected: _ExpectedValues | None,
    campaign: PoolCampaign,
    i: int,
    own_digits: int,
) -> CampaignAllocation:
    units = int(solution.units[i])
    bounds, digits = solution.bounds, solution.digits
    gain = expected.effect.for_campaign(i) if expected else None
    return CampaignAllocation(
        id=campaign.id,
        amount=from_minor(units, digits),
        current=from_minor(to_minor_floor(campaign.current, digits), digits),
        lo=from_minor(int(bounds.lo[i]), digits),
        hi=from_minor(int(bounds.hi[i]), digits),
        binding=_binding(solution, units, i),
        marginal_before=expected.before[i] if expected else None,
        marginal_after=expected.after[i] if expected else None,
        expected_revenue_change=gain.mean if gain else None,
        gain=gain,
        learning_cost=expected.learning[i] if expected else 0.0,
        diagnosis=expected.diagnoses[i] if expected else None,
        frozen_reason=campaign.frozen,
        minimum=campaign.effective_minimum,
        learning=campaign.learning,
        own_current=campaign.own_current,
        own_amount=_own_amount(campaign, units, digits, own_digits),
        own_currency=campaign.currency,
        large_order=solution.large_orders.get(i),
    )


def _own_amount(campaign: PoolCampaign, units: int, digits: int, own_digits: int) -> Decimal:
    unchanged = units == to_minor_floor(campaign.current, digits)
    amount = from_minor(units, digits)
    if campaign.rate == 1:
        return amount
    return from_minor(
        to_own_minor(campaign, amount, unchanged=unchanged, digits=own_digits), own_digits
    )


def _binding(solution: Solution, units: int, i: int) -> Binding:
    bounds = solution.bounds
    if bounds.frozen[i]:
        return Binding.FROZEN
    if solution.unchanged[i]:
        return _unchanged_binding(solution, i)
    if units >= bounds.hi[i] or bounds.current[i] > bounds.hi[i]:
        return bounds.hi_name[i]
    is_low = units <= bounds.lo[i] or bounds.current[i] < bounds.lo[i]
    return bounds.lo_name[i] if is_low else Binding.NONE


def _unchanged_binding(solution: Solution, i: int) -> Binding:
    """Why a budget stays that no limit holds."""
    if solution.young[i]:
        return Binding.YOUNG
    return Binding.NOISE if solution.doubtful[i] else Binding.DEAD
