"""One sentence per campaign: how its budget changes and why."""

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


def reason_text(
    row: CampaignAllocation,
    currency: str,
    marginal: float | None,
    *,
    proportional: bool,
    return_unit: str,
) -> str:
    """The sentence for one row. `marginal` is the return of the next unit of spend in campaigns
    that no limit binds; `return_unit` the currency, or "conversions" where no campaign reports
    revenue; `proportional` is set when there was too little history for curves."""
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
    if row.binding == Binding.DEAD:
        return f"{move}: the best change is too small to be worth an edit."
    return f"{move}: {_return_text(row, currency, return_unit, marginal)}{limit}."


def _move_text(current: Decimal, amount: Decimal, currency: str) -> str:
    if amount == current:
        return f"Kept at {amount} {currency}"
    word = "Raise" if amount > current else "Lower"
    return f"{word} from {current} to {amount} {currency}"


def _return_text(
    row: CampaignAllocation, currency: str, return_unit: str, marginal: float | None
) -> str:
    change = row.diagnosis.change if row.diagnosis else 0
    fell = change < 0 and row.amount < row.current
    rose = change > 0 and row.amount > row.current
    recent = "its return fell recently; " if fell else "its return rose recently; " if rose else ""
    after = 0.0 if row.marginal_after is None else row.marginal_after
    others = "" if marginal is None else f", and {marginal:.2f} in campaigns that no limit binds"
    return (
        f"{recent}the next 1 {currency} here is expected to bring {after:.2f} {return_unit}{others}"
    )
