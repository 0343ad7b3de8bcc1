"""What a rebalance writes, what it keeps, and each change's sentence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from optimization.stats.budget.budget_holds import BudgetHold
from optimization.stats.budget.results import (
    Allocation,
    Binding,
    CampaignAllocation,
    CampaignId,
    Interval,
)


@dataclass(frozen=True, slots=True)
class PlannedBudget:
    """One campaign's old and new daily budget in the pool's currency.

    `percent` is None without an old budget. `own_old` and `own_new` are in the campaign's own
    currency. `learning_cost` is shown beside the gain: revenue that a new learning phase costs.
    """

    id: CampaignId
    old: Decimal
    new: Decimal
    change: Decimal
    percent: float | None
    binding: Binding
    marginal_before: float | None
    marginal_after: float | None
    gain: Interval | None
    learning_cost: float
    sentence: str
    own_old: Decimal | None
    own_new: Decimal | None
    own_currency: str


@dataclass(frozen=True, slots=True)
class RebalancePlan:
    """`changes` are to be written in their order, decreases first; `kept` stay as they are.

    Sum of the active campaigns' `new` + unallocated == total, except under freezes, where nothing
    is split (`allocation` is None) and every budget stays. Moves under the dead zone remain only
    where the total cannot be met without them.
    """

    changes: tuple[PlannedBudget, ...]
    kept: tuple[PlannedBudget, ...]
    total: Decimal
    unallocated: Decimal
    currency: str
    gain: Interval | None
    sentence: str
    freezes: tuple[BudgetHold, ...]
    warnings: tuple[str, ...]
    allocation: Allocation | None


def plan_of(allocation: Allocation) -> RebalancePlan:
    """The plan of a split: what moves, decreases first, and what stays."""
    rows = [_change(row, allocation.reasons[row.id]) for row in allocation.campaigns]
    changes = tuple(sorted((row for row in rows if row.change), key=lambda row: row.change > 0))
    return RebalancePlan(
        changes=changes,
        kept=tuple(row for row in rows if not row.change),
        total=allocation.total,
        unallocated=allocation.unallocated,
        currency=allocation.currency,
        gain=allocation.gain,
        sentence=_sentence(allocation, changes),
        freezes=(),
        warnings=allocation.warnings,
        allocation=allocation,
    )


def _change(row: CampaignAllocation, sentence: str) -> PlannedBudget:
    new = row.current if row.binding == Binding.PAUSED else row.amount
    change = new - row.current
    return PlannedBudget(
        id=row.id,
        old=row.current,
        new=new,
        change=change,
        percent=percent_of(change, row.current),
        binding=row.binding,
        marginal_before=row.marginal_before,
        marginal_after=row.marginal_after,
        gain=row.gain,
        learning_cost=row.learning_cost,
        sentence=sentence,
        own_old=row.own_current,
        own_new=row.own_current if row.binding == Binding.PAUSED else row.own_amount,
        own_currency=row.own_currency,
    )


def _sentence(allocation: Allocation, changes: Sequence[PlannedBudget]) -> str:
    if not changes:
        return "Nothing is changed: no move is large enough to be worth an edit."
    currency = allocation.currency
    moved = sum((row.change for row in changes if row.change > 0), Decimal(0))
    lowered = sum(1 for row in changes if row.change < 0)
    said = (
        f"{lowered} budgets are lowered and {len(changes) - lowered} raised, by {moved} {currency} "
        "a day in all"
    )
    if allocation.gain is None:
        return f"{said}, in proportion, because there is too little history to compare."
    low, mean, high = allocation.gain.low, allocation.gain.mean, allocation.gain.high
    return (
        f"{said}; this is expected to bring {mean:,.2f} {currency} of revenue a day "
        f"(80 % interval {low:,.2f} to {high:,.2f})."
    )


def percent_of(change: Decimal, old: Decimal) -> float | None:
    return float(change / old) * 100 if old else None


def held_plan(
    campaigns: Sequence[Mapping[str, Any]],
    total: Decimal,
    currency: str,
    freezes: Sequence[BudgetHold],
) -> RebalancePlan:
    """The plan that keeps every budget because of `freezes`, one or more."""
    return RebalancePlan(
        changes=(),
        kept=tuple(_held(raw, currency, freezes[0]) for raw in campaigns),
        total=total,
        unallocated=Decimal(0),
        currency=currency,
        gain=None,
        sentence="Nothing is changed. " + " ".join(freeze.sentence for freeze in freezes),
        freezes=tuple(freezes),
        warnings=(),
        allocation=None,
    )


def _held(raw: Mapping[str, Any], currency: str, freeze: BudgetHold) -> PlannedBudget:
    """Read from what was given: a pool may be frozen because it cannot be read as one."""
    old = Decimal(str(raw["current_budget"]))
    own = str(raw.get("currency") or currency)
    return PlannedBudget(
        id=raw["id"],
        old=old,
        new=old,
        change=Decimal(0),
        percent=percent_of(Decimal(0), old),
        binding=Binding.FROZEN,
        marginal_before=None,
        marginal_after=None,
        gain=None,
        learning_cost=0.0,
        sentence=f"Kept at {old} {own}. {freeze.sentence}",
        own_old=old,
        own_new=old,
        own_currency=own,
    )
