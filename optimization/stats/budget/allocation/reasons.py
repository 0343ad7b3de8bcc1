"""One plain sentence per campaign: what its budget does and why."""

from decimal import Decimal

from optimization.stats.budget.results import Binding, CampaignAllocation

_HELD = {
    Binding.MIN: "held at its minimum",
    Binding.SHARE: "held at its largest share of the total",
    Binding.CAP: "held at its ceiling",
    Binding.STEP_UP: "held at the largest step up",
    Binding.STEP_DOWN: "held at the largest step down",
    Binding.CAPACITY: "limited because it has not been spending its budget",
}


def reason(
    row: CampaignAllocation, currency: str, marginal: float | None, *, proportional: bool
) -> str:
    """The sentence for one row. `marginal` is the return of the next unit that the free campaigns
    share; `proportional` when there was too little history for curves."""
    if row.binding == Binding.PAUSED:
        return "Paused, so it gets nothing."
    if row.binding == Binding.FROZEN:
        return f"Kept at {row.amount} {currency}: {row.why_frozen}."
    if row.amount == 0 and row.current == 0:
        return "No current budget to grow from; set a first budget to include it."
    held = f", {_HELD[row.binding]}" if row.binding in _HELD else ""
    move = _move(row.current, row.amount, currency)
    if proportional:
        return f"{move} in proportion, because there is too little history to compare{held}."
    if row.binding == Binding.DEAD:
        return f"{move}: the best change is too small to be worth an edit."
    return f"{move}: {_why(row, marginal)}{held}."


def _move(current: Decimal, amount: Decimal, currency: str) -> str:
    if amount == current:
        return f"Kept at {amount} {currency}"
    word = "Raise" if amount > current else "Lower"
    return f"{word} from {current} to {amount} {currency}"


def _why(row: CampaignAllocation, marginal: float | None) -> str:
    change = row.diagnosis.change if row.diagnosis else 0
    fell = change < 0 and row.amount < row.current
    rose = change > 0 and row.amount > row.current
    lately = (
        "its return fell lately, and " if fell else "its return rose lately, and " if rose else ""
    )
    after = 0.0 if row.marginal_after is None else row.marginal_after
    others = "" if marginal is None else f", and {marginal:.2f} where no limit holds"
    return f"{lately}its next unit of spend is expected to return {after:.2f}{others}"
