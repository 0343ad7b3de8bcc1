"""The plan of a rebalance: which budgets change, which stay, and a sentence for each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from optimization.stats.budget.allocation.moves import move_lines
from optimization.stats.budget.budget_holds import BudgetHold
from optimization.stats.budget.results import (
    Allocation,
    Binding,
    CampaignAllocation,
    CampaignId,
    Interval,
    LargeOrder,
    Move,
)


@dataclass(frozen=True, slots=True)
class PlannedBudget:
    """One campaign's old and new daily budget in the pool's currency.

    `percent` is None without an old budget. `own_old` and `own_new` are in the campaign's own
    currency. `learning_cost` is the revenue that a new learning phase costs; `gain` excludes it.
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
    large_order: LargeOrder | None = None


@dataclass(frozen=True, slots=True)
class RebalancePlan:
    """`changes` are to be written in their order, decreases first; `unchanged` stay as they are.

    Sum of the active campaigns' `new` + unallocated == total, except with holds: then nothing is
    split (`allocation` is None) and every budget stays. Changes below the dead zone are made only
    where the total cannot be met without them.
    """

    changes: tuple[PlannedBudget, ...]
    unchanged: tuple[PlannedBudget, ...]
    total: Decimal
    unallocated: Decimal
    currency: str
    gain: Interval | None
    sentence: str
    holds: tuple[BudgetHold, ...]
    warnings: tuple[str, ...]
    allocation: Allocation | None
    forced: tuple[str, ...] = ()
    """The limits that force these changes although they are expected to cost revenue."""
    moves: tuple[Move, ...] = ()
    """The changes as money that goes from one campaign to another."""
    return_unit: str = ""
    why_unchanged: str = ""
    """Why nothing moves, where no change is made and none is held."""

    def lines(
        self,
        names: Mapping[CampaignId, str],
        *,
        applied: bool = False,
        minor_digits: Mapping[str, int] | None = None,
    ) -> tuple[str, ...]:
        """The moves in plain money, with the campaigns' `names`, and what they likely bring."""
        return move_lines(
            self.moves,
            self.gain,
            names,
            self.currency,
            unit=self.return_unit,
            applied=applied,
            minor_digits=minor_digits,
        )


def build_plan(allocation: Allocation) -> RebalancePlan:
    """The plan of an allocation: changes, decreases first, and unchanged budgets."""
    rows = [_plan_budget(row, allocation.reasons[row.id]) for row in allocation.campaigns]
    changes = tuple(sorted((row for row in rows if row.change), key=lambda row: row.change > 0))
    return RebalancePlan(
        changes=changes,
        unchanged=tuple(row for row in rows if not row.change),
        total=allocation.total,
        unallocated=allocation.unallocated,
        currency=allocation.currency,
        gain=allocation.gain,
        sentence=_plan_sentence(allocation, changes),
        holds=(),
        warnings=allocation.warnings,
        allocation=allocation,
        forced=allocation.forced,
        moves=allocation.moves,
        return_unit=allocation.return_unit,
        why_unchanged="" if changes else _why_unchanged(allocation),
    )


def _plan_budget(row: CampaignAllocation, sentence: str) -> PlannedBudget:
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
        large_order=row.large_order,
    )


def _why_unchanged(allocation: Allocation) -> str:
    if any(row.binding == Binding.NOISE for row in allocation.campaigns):
        return "no move gains more than chance would, or than it costs."
    return "no move is large enough to be worth an edit."


def _plan_sentence(allocation: Allocation, changes: Sequence[PlannedBudget]) -> str:
    if not changes:
        return f"Nothing is changed: {_why_unchanged(allocation)}"
    currency = allocation.currency
    up = sum((row.change for row in changes if row.change > 0), Decimal(0))
    down = -sum((row.change for row in changes if row.change < 0), Decimal(0))
    amount = max(up, down)
    lowered = sum(1 for row in changes if row.change < 0)
    raised = len(changes) - lowered
    budgets = "1 budget is" if lowered == 1 else f"{lowered} budgets are"
    text = f"{budgets} lowered and {raised} raised, by {amount} {currency} a day in all"
    if allocation.gain is None:
        return f"{text}, in proportion, because there is too little history to compare."
    low, mean, high = allocation.gain.low, allocation.gain.mean, allocation.gain.high
    is_money = allocation.return_unit == currency
    unit = f"{currency} of revenue" if is_money else allocation.return_unit
    if allocation.forced:
        return (
            f"{text}, forced because {' and '.join(allocation.forced)}; this is expected to cost "
            f"{-mean:,.2f} {unit} a day (80 % interval {-high:,.2f} to {-low:,.2f})."
        )
    return (
        f"{text}; this is expected to bring {mean:,.2f} {unit} a day "
        f"(80 % interval {low:,.2f} to {high:,.2f})."
    )


def percent_of(change: Decimal, old: Decimal) -> float | None:
    """The change in per cent of the old budget; None without one."""
    return float(change / old) * 100 if old else None


def build_unchanged_plan(
    campaigns: Sequence[Mapping[str, Any]],
    total: Decimal,
    currency: str,
    holds: Sequence[BudgetHold],
) -> RebalancePlan:
    """The plan that keeps every budget because of `holds`, one or more."""
    return RebalancePlan(
        changes=(),
        unchanged=tuple(_hold_budget(raw, currency, holds[0]) for raw in campaigns),
        total=total,
        unallocated=Decimal(0),
        currency=currency,
        gain=None,
        sentence="Nothing is changed. " + " ".join(hold.sentence for hold in holds),
        holds=tuple(holds),
        warnings=(),
        allocation=None,
    )


def _hold_budget(raw: Mapping[str, Any], currency: str, hold: BudgetHold) -> PlannedBudget:
    """Reads the raw input: mixed currencies are a reason to hold, and such a pool is not parsed."""
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
        sentence=f"Kept at {old} {own}. {hold.sentence}",
        own_old=old,
        own_new=old,
        own_currency=own,
    )
