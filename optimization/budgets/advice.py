"""The optimiser's view of each campaign's budget: increase, decrease, pause or keep, and why.

It is recorded with every run; budgets are written by the rebalance, or by a person.
"""

from __future__ import annotations

from collections import defaultdict

from campaigns.models import Campaign
from core.common import dates
from core.common.errors import AdsEngineError, RateMissing
from core.common.money import Money
from core.models import Advertiser, convert
from optimization.budgets.pool import allocation_inputs, allocator_of
from optimization.budgets.pool_history import Columns
from optimization.budgets.pool_total import steered_total
from optimization.stats.budget.optimizer import Advice, BudgetOptimizer, Verb
from optimization.stored_results.budgets import BudgetView

PACE_DAYS = 7
BREAK_EVEN = 1.0


def advice_on(advertiser: Advertiser, campaigns: list[Campaign]) -> dict[int, BudgetView]:
    """Campaign id to its view; where a pool cannot be split, to the reason why."""
    pools: dict[str, list[Campaign]] = defaultdict(list)
    for campaign in campaigns:
        if campaign.daily_budget_micros and campaign.has_own_budget:
            pools[campaign.account.currency].append(campaign)
    found: dict[int, BudgetView] = {}
    for currency, pool in pools.items():
        try:
            found |= _advice(advertiser, currency, pool)
        except (AdsEngineError, ValueError) as err:
            why = getattr(err, "user_message", str(err))
            found |= {c.pk: BudgetView(Verb.KEEP, why) for c in pool}
    return found


def _advice(advertiser: Advertiser, currency: str, pool: list[Campaign]) -> dict[int, BudgetView]:
    """Holdout campaigns get a recommendation too, which is not applied."""
    inputs = allocation_inputs(pool)
    allocator = allocator_of(currency, pool)
    total = steered_total(advertiser, currency, pool).amount
    allocation = allocator.allocate(total, inputs, as_of=dates.today(advertiser.time_zone))
    advice = _optimizer(advertiser, currency).advise(allocation)
    return {row["id"]: _view(advice[row["id"]], row["history"], currency) for row in inputs}


def _optimizer(advertiser: Advertiser, currency: str) -> BudgetOptimizer:
    target = advertiser.target_cpa_micros
    if target is None:
        return BudgetOptimizer(least_return=BREAK_EVEN)
    try:
        day = dates.today(advertiser.time_zone)
        cpa = convert(Money.from_micros(target, advertiser.currency), currency, day)
    except RateMissing:  # no rate: the other conditions of a pause still hold
        return BudgetOptimizer(least_return=BREAK_EVEN)
    return BudgetOptimizer(least_return=BREAK_EVEN, target_cpa=float(cpa.amount))


def _view(advice: Advice, history: Columns, currency: str) -> BudgetView:
    gain = advice.gain
    return BudgetView(
        verb=advice.verb,
        reason=advice.reason,
        old=advice.old,
        new=advice.new,
        currency=currency,
        gain=None if gain is None else (gain.low, gain.mean, gain.high),
        stop_chance=advice.stop_chance,
        pace=_pace(history),
    )


def _pace(history: Columns) -> float | None:
    """Spend of the newest seven days as a share of its budgets; None without a budget."""
    spend, budget = history["spend"][-PACE_DAYS:].sum(), history["budget"][-PACE_DAYS:].sum()
    return round(float(spend / budget), 4) if budget > 0 else None
