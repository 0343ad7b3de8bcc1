"""What a platform refuses of the campaign as a whole: its budget, its declarations."""

from __future__ import annotations

from core.common.money import Money
from platforms.rules.capabilities import Capabilities
from platforms.rules.rule import Problems, name_of
from platforms.spec.campaign import CampaignSpec
from platforms.types import SpecProblem


def politics(can: Capabilities, spec: CampaignSpec) -> Problems:
    if spec.declarations.political_ads and not can.political_ads:
        yield SpecProblem(
            "political_ads",
            f"{name_of(can)} carries no political ads. Leave the account out.",
            "declarations.political_ads",
        )


def politics_sentence(can: Capabilities) -> str:
    return "" if can.political_ads else f"{name_of(can)} carries no political ads."


def budget(can: Capabilities, spec: CampaignSpec) -> Problems:
    amount = spec.budget.amount
    if amount is None:
        return
    currency, path = amount.currency, "budget.amount"
    if can.currencies is not None and currency not in can.currencies:
        yield SpecProblem("accounts", currency_refusal(can, currency), f"{path}.currency")
    step = can.budget_step(currency)
    if amount.micros % step:
        least = Money.from_micros(step, currency)
        yield SpecProblem(
            "total_budget",
            f"{name_of(can)} takes daily budgets in {currency} in steps of {least}. Choose another "
            "total or other days.",
            path,
        )


def budget_sentence(can: Capabilities) -> str:
    least = can.min_daily_budget_usd
    return (
        f"A daily budget is at least the account's minimum, usually {least} US "
        f"dollar{'' if least == 1 else 's'}, and a multiple of the smallest amount that the "
        "platform counts."
    )


def currency_refusal(can: Capabilities, currency: str) -> str:
    return (
        f"Budgets in {currency} cannot be set on {name_of(can)}: its list of currencies does not "
        f"say in which unit it counts {currency}. Use an ad account in another currency."
    )
