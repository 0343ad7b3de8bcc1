"""One sentence per campaign: how its budget changes and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from optimization.stats.budget.results import (
    YOUNG_DAYS,
    Binding,
    CampaignAllocation,
    LargeOrder,
)

_LIMIT_TEXTS = {
    Binding.MIN: "limited by its minimum",
    Binding.SHARE: "limited by its largest share of the total",
    Binding.CAP: "limited by its ceiling",
    Binding.STEP_UP: "limited by the largest step up",
    Binding.STEP_DOWN: "limited by the largest step down",
    Binding.CAPACITY: "limited because it has not been spending its budget",
}
# Why a budget is raised or lowered whatever its return.
_RAISE_CAUSES = {Binding.MIN: "its minimum requires it"}
_CUT_CAUSES = {
    Binding.CAP: "its ceiling requires it",
    Binding.SHARE: "its largest share of the total allows no more",
    Binding.CAPACITY: "it has not been spending its budget",
}
_NOISE_TEXT = "a change is expected to gain too little to tell from chance, or less than it costs"


@dataclass(frozen=True, slots=True)
class GroupReturn:
    """Return of the next unit of spend over several campaigns at their current budgets, weighted
    by how much each budget changes."""

    campaigns: int
    mean: float


@dataclass(frozen=True, slots=True)
class PoolReturns:
    """The returns of the lowered and of the raised budgets; None where there is no such budget or
    no expected return."""

    lowered: GroupReturn | None
    raised: GroupReturn | None


def pool_returns(rows: Sequence[CampaignAllocation]) -> PoolReturns:
    """What the money brings where it is taken, and where it is added."""
    return PoolReturns(
        lowered=_group_return([row for row in rows if row.amount < row.current]),
        raised=_group_return([row for row in rows if row.amount > row.current]),
    )


def _group_return(rows: Sequence[CampaignAllocation]) -> GroupReturn | None:
    weighted = [
        (float(abs(row.amount - row.current)), row.marginal_before)
        for row in rows
        if row.marginal_before is not None and not _is_required(row)
    ]
    total = sum(weight for weight, _ in weighted)
    if not total:
        return None
    mean = sum(weight * value for weight, value in weighted) / total
    return GroupReturn(len(weighted), mean)


@dataclass(frozen=True, slots=True)
class PoolView:
    """What every sentence of a pool needs. `return_unit` is the currency, or "conversions" where no
    campaign reports revenue; `proportional` is set when there was too little history for curves,
    `kept` when no split is expected to bring more than the present one."""

    currency: str
    digits: int
    return_unit: str
    returns: PoolReturns
    proportional: bool
    kept: bool


def reason_text(row: CampaignAllocation, view: PoolView) -> str:
    """The sentences for one row: how its budget changes and why, and a day that counts in part."""
    order = "" if row.large_order is None else f" {_order_text(row.large_order, row, view)}"
    return _budget_text(row, view) + order


def _budget_text(row: CampaignAllocation, view: PoolView) -> str:
    if row.binding == Binding.PAUSED:
        return "Paused, so it gets nothing."
    if row.binding == Binding.FROZEN:
        return f"Kept at {row.amount} {view.currency}: {row.frozen_reason}."
    if row.amount == 0 and row.current == 0:
        return "No current budget to grow from; set a first budget to include it."
    move = _move_text(row.current, row.amount, view.currency)
    if view.proportional:
        limit = _limit_text(row)
        return f"{move} in proportion, because there is too little history to compare{limit}."
    return f"{move}: {_cause_text(row, view)}."


def _cause_text(row: CampaignAllocation, view: PoolView) -> str:
    if row.binding == Binding.YOUNG:
        return f"{_history_text(row)}, and its return is judged from {YOUNG_DAYS} days on"
    if row.binding == Binding.NOISE:
        return _NOISE_TEXT
    if view.kept:
        return "no other split is expected to bring more"
    if row.binding == Binding.DEAD:
        return "the best change is too small to be worth an edit"
    return _requirement(row) or f"{_return_text(row, view)}{_limit_text(row)}"


def _limit_text(row: CampaignAllocation) -> str:
    return f"; {_LIMIT_TEXTS[row.binding]}" if row.binding in _LIMIT_TEXTS else ""


def _requirement(row: CampaignAllocation) -> str:
    """What requires a change that does not follow the returns; empty where it follows them."""
    if row.amount == row.current:
        return ""
    is_raise = row.amount > row.current
    by_limit = _limit_that_requires(row)
    if by_limit or not _is_young(row):
        return by_limit
    higher = "higher" if is_raise else "lower"
    return f"the {higher} total needs it; {_history_text(row)}, so its return is not known yet"


def _is_required(row: CampaignAllocation) -> bool:
    """Whether a change does not follow the returns."""
    return bool(_limit_that_requires(row)) or _is_young(row)


def _limit_that_requires(row: CampaignAllocation) -> str:
    causes = _RAISE_CAUSES if row.amount > row.current else _CUT_CAUSES
    return causes.get(row.binding, "")


def _is_young(row: CampaignAllocation) -> bool:
    return row.diagnosis is not None and row.diagnosis.active_days < YOUNG_DAYS


def _history_text(row: CampaignAllocation) -> str:
    days = 0 if row.diagnosis is None else row.diagnosis.active_days
    if not days:
        return "it has no history of spend"
    return f"it has {days} day{'s' if days > 1 else ''} of spend"


def _order_text(order: LargeOrder, row: CampaignAllocation, view: PoolView) -> str:
    revenue, counted = (f"{value:,.{view.digits}f}" for value in (order.revenue, order.counted))
    plural = "" if order.conversions == 1 else "s"
    what = (
        f"On {order.day.day} {order.day:%B %Y}, {order.conversions:,.10g} conversion{plural} "
        f"brought {revenue} {view.currency}, {order.times:,.0f} times the usual value; the day "
        f"counts as {counted} {view.currency}"
    )
    if not order.decides:
        return f"{what}."
    full = order.amount_in_full
    verb = "kept at" if full == row.current else "raised to" if full > row.current else "lowered to"
    return f"{what}. That day alone decides: in full, the budget would be {verb} {full}."


def _move_text(current: Decimal, amount: Decimal, currency: str) -> str:
    if amount == current:
        return f"Kept at {amount} {currency}"
    word = "Raise" if amount > current else "Lower"
    return f"{word} from {current} to {amount} {currency}"


def _return_text(row: CampaignAllocation, view: PoolView) -> str:
    change = row.diagnosis.change if row.diagnosis else 0
    fell = change < 0 and row.amount < row.current
    rose = change > 0 and row.amount > row.current
    recent = "its return fell recently; " if fell else "its return rose recently; " if rose else ""
    here = 0.0 if row.marginal_before is None else row.marginal_before
    return (
        f"{recent}the next 1 {view.currency} here is expected to bring {here:.2f} "
        f"{view.return_unit}{_comparison(row, view)}"
    )


def _comparison(row: CampaignAllocation, view: PoolView) -> str:
    if row.amount == row.current:
        return ""
    is_raise = row.amount > row.current
    returns = view.returns
    other, word = (returns.lowered, "lowered") if is_raise else (returns.raised, "raised")
    if other is None:
        return ""
    one = other.campaigns == 1
    budgets = "campaign whose budget is" if one else "campaigns whose budgets are"
    return f"; in the {budgets} {word}, {other.mean:.2f} {view.return_unit}"
