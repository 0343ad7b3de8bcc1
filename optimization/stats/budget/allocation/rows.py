"""The answer of an allocation, one row per campaign, out of the solved arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from optimization.stats.budget.allocation.bounds import Bounds
from optimization.stats.budget.allocation.reasons import reason
from optimization.stats.budget.input import PoolCampaign
from optimization.stats.budget.rates import own_units
from optimization.stats.budget.response.effect import Effect, expected_effect, learning_cost
from optimization.stats.budget.response.factors import AGES
from optimization.stats.budget.response.response import Estimate, has_revenue
from optimization.stats.budget.results import Allocation, Binding, CampaignAllocation, Diagnosis
from optimization.stats.common.metrics import BoolArray, FloatArray, IntArray
from optimization.stats.common.minor_units import digits_of, from_minor, subtract, to_minor_floor

OUTAGE_DAYS = 7


@dataclass(frozen=True, slots=True, eq=False)
class Solved:
    """Answer for the active campaigns, by position; money in minor units of `digits` decimals,
    but `capacity` in major ones."""

    digits: int
    units: IntArray
    bounds: Bounds
    kept: BoolArray
    estimate: Estimate | None
    capacity: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class _Expected:
    """Per active campaign: return of the next unit of spend, effect, cost of learning."""

    before: list[float]
    after: list[float]
    effect: Effect
    learning: list[float]
    diagnoses: list[Diagnosis]


def allocation_of(
    pool: Sequence[PoolCampaign],
    solved: Solved,
    total: Decimal,
    currency: str,
    minor_digits: Mapping[str, int] | None = None,
) -> Allocation:
    """The frozen answer for all campaigns of the pool, paused ones too."""
    expected = None if solved.estimate is None else _expected(solved, solved.estimate)
    rows: list[CampaignAllocation] = []
    own_digits = {own: digits_of(own, minor_digits) for own in {c.currency for c in pool}}
    position = 0
    for campaign in pool:
        if campaign.active:
            rows.append(_row(solved, expected, campaign, position, own_digits[campaign.currency]))
            position += 1
        else:
            rows.append(_paused(campaign, solved.digits))
    spread = from_minor(int(solved.units.sum()), solved.digits)
    proportional = expected is None
    marginal = None if expected is None else _common_marginal(solved, expected)
    return Allocation(
        amounts={row.id: row.amount for row in rows},
        unallocated=subtract(total, spread),
        reasons={
            row.id: reason(row, currency, marginal, proportional=proportional) for row in rows
        },
        campaigns=tuple(rows),
        warnings=_warnings(pool, solved),
        total=total,
        currency=currency,
        gain=None if expected is None else expected.effect.total(),
        marginal=marginal,
    )


def _warnings(pool: Sequence[PoolCampaign], solved: Solved) -> tuple[str, ...]:
    found = [text for campaign in pool for text in campaign.warnings]
    if solved.estimate is None:
        return tuple(found)
    if not has_revenue(pool):
        found.append("No campaign reports revenue, so every conversion counts the same.")
    panel, masked = solved.estimate.panel, solved.estimate.factors.masked
    for name, days in zip(panel.platforms, masked.sum(axis=1).tolist()):
        if days:
            found.append(
                f"{days} days of {name} are left out: so few conversions were reported that the "
                "tracking must have failed."
            )
    return tuple(found)


def _expected(solved: Solved, estimate: Estimate) -> _Expected:
    unit = 10.0**solved.digits
    old, new = solved.bounds.current / unit, solved.units / unit
    curves = estimate.expected()
    effect = expected_effect(estimate, old, new, solved.capacity)
    return _Expected(
        before=curves.marginal(old).tolist(),
        after=curves.marginal(new).tolist(),
        effect=effect,
        learning=learning_cost(curves.revenue(new), old, new).tolist(),
        diagnoses=_diagnoses(estimate),
    )


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
    return [Diagnosis(*row) for row in zip(*known, shapes, *(column.tolist() for column in seen))]


def _common_marginal(solved: Solved, expected: _Expected) -> float | None:
    """Median return of the next unit among the campaigns that no limit holds."""
    units, bounds = solved.units, solved.bounds
    free = (units > bounds.lo) & (units < bounds.hi) & ~solved.kept
    return float(np.median(np.array(expected.after)[free])) if free.any() else None


def _paused(campaign: PoolCampaign, digits: int) -> CampaignAllocation:
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


def _row(
    solved: Solved, expected: _Expected | None, campaign: PoolCampaign, i: int, own_digits: int
) -> CampaignAllocation:
    units = int(solved.units[i])
    bounds, digits = solved.bounds, solved.digits
    gain = expected.effect.of(i) if expected else None
    return CampaignAllocation(
        id=campaign.id,
        amount=from_minor(units, digits),
        current=from_minor(to_minor_floor(campaign.current, digits), digits),
        lo=from_minor(int(bounds.lo[i]), digits),
        hi=from_minor(int(bounds.hi[i]), digits),
        binding=_binding(solved, units, i),
        marginal_before=expected.before[i] if expected else None,
        marginal_after=expected.after[i] if expected else None,
        expected_revenue_change=gain.mean if gain else None,
        gain=gain,
        learning_cost=expected.learning[i] if expected else 0.0,
        diagnosis=expected.diagnoses[i] if expected else None,
        why_frozen=campaign.frozen,
        minimum=campaign.least,
        learning=campaign.learning,
        own_current=campaign.own_current,
        own_amount=_own_amount(campaign, units, digits, own_digits),
        own_currency=campaign.currency,
    )


def _own_amount(campaign: PoolCampaign, units: int, digits: int, own_digits: int) -> Decimal:
    kept = units == to_minor_floor(campaign.current, digits)
    amount = from_minor(units, digits)
    if campaign.rate == 1:
        return amount
    return from_minor(own_units(campaign, amount, kept=kept, digits=own_digits), own_digits)


def _binding(solved: Solved, units: int, i: int) -> Binding:
    bounds = solved.bounds
    if bounds.frozen[i]:
        return Binding.FROZEN
    if solved.kept[i]:
        return Binding.DEAD
    if units >= bounds.hi[i]:
        return bounds.hi_name[i]
    return bounds.lo_name[i] if units <= bounds.lo[i] else Binding.NONE
