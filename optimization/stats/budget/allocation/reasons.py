"""One sentence per campaign: how its budget changes and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from optimization.stats.budget.results import Binding, CampaignAllocation

_LIMIT_TEXTS = {
    Binding.MIN: "limited by its minimum",
    Binding.SHARE: "limited by its largest share of the total",
    Binding.CAP: "limited by its ceiling",
    Binding.STEP_UP: "limited by the largest step up",
    Binding.STEP_DOWN: "limited by the largest step down",
    Binding.CAPACITY: "limited because it has not been spending its budget",
}


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
        if row.marginal_before is not None
    ]
    total = sum(weight for weight, _ in weighted)
    if not total:
        return None
    mean = sum(weight * value for weight, value in weighted) / total
    return GroupReturn(len(weighted), mean)


def reason_text(
    row: CampaignAllocation,
    currency: str,
    returns: PoolReturns,
    *,
    proportional: bool,
    return_unit: str,
    kept: bool = False,
) -> str:
    """The sentence for one row. `return_unit` is the currency, or "conversions" where no campaign
    reports revenue; `proportional` is set when there was too little history for curves, `kept`
    when no split is expected to bring more than the present one."""
    if row.binding == Binding.PAUSED:
        return "Paused, so it gets nothing."
    if row.binding == Binding.FROZEN:
        return f"Kept at {row.amount} {currency}: {row.frozen_reason}."
    if row.amount == 0 and row.current == 0:
        return "No current budget to grow from; set a first budget to include it."
    limit = f"; {_LIMIT_TEXTS[row.binding]}" if row.binding in _LIMIT_TEXTS else ""
    move = _move_text(row.current, row.amount, currency)
    if proportional:
        return f"{move} in proportion, because there is too little history to compare{limit}."
    if kept:
        return f"{move}: no other split is expected to bring more."
    if row.binding == Binding.DEAD:
        return f"{move}: the best change is too small to be worth an edit."
    return f"{move}: {_return_text(row, currency, return_unit, returns)}{limit}."


def _move_text(current: Decimal, amount: Decimal, currency: str) -> str:
    if amount == current:
        return f"Kept at {amount} {currency}"
    word = "Raise" if amount > current else "Lower"
    return f"{word} from {current} to {amount} {currency}"


def _return_text(
    row: CampaignAllocation, currency: str, return_unit: str, returns: PoolReturns
) -> str:
    change = row.diagnosis.change if row.diagnosis else 0
    fell = change < 0 and row.amount < row.current
    rose = change > 0 and row.amount > row.current
    recent = "its return fell recently; " if fell else "its return rose recently; " if rose else ""
    here = 0.0 if row.marginal_before is None else row.marginal_before
    return (
        f"{recent}the next 1 {currency} here is expected to bring {here:.2f} {return_unit}"
        f"{_comparison(row, return_unit, returns)}"
    )


def _comparison(row: CampaignAllocation, return_unit: str, returns: PoolReturns) -> str:
    if row.amount == row.current:
        return ""
    is_raise = row.amount > row.current
    other, word = (returns.lowered, "lowered") if is_raise else (returns.raised, "raised")
    if other is None:
        return ""
    one = other.campaigns == 1
    budgets = "campaign whose budget is" if one else "campaigns whose budgets are"
    return f"; in the {budgets} {word}, {other.mean:.2f} {return_unit}"
