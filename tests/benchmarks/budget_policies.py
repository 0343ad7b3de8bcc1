"""Policies that set tomorrow's budgets from this morning's report: ours and simpler ones.

Each takes the account (it may read its report, current budgets, total and minimums, nothing that
is hidden) and returns new budgets, (campaigns,). The benchmark counts violations of limits.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np

from optimization.stats.budget.allocation.waterfill import proportional_fill
from optimization.stats.budget.split import allocate
from optimization.stats.common.metrics import FloatArray, ratio
from tests.benchmarks.budget_market import Account

NAMES = ("google", "meta", "tiktok")
FIRST_DAY = np.datetime64("2026-01-05")  # a Monday
RECENT = 7
RULE_STEP = 0.19
HARD_STEP, HARD_SHARE = 0.5, 0.5
Policy = Callable[[Account], FloatArray]


def unchanged(account: Account) -> FloatArray:
    """The starting budgets."""
    return account.market.start


def equal(account: Account) -> FloatArray:
    """The same budget for every campaign, from the first day on."""
    market = account.market
    return _round_to_cents(np.full(market.family.campaigns, market.total / market.family.campaigns))


def by_return(account: Account) -> FloatArray:
    """In proportion to the last week's ROAS, within the common limits."""
    total = account.market.total
    return _round_to_cents(proportional_fill(_recent_return(account), *_limits(account), total))


def rule(account: Account) -> FloatArray:
    """Current budget times ROAS over the mean ROAS, by at most 19 % either way."""
    roas = _recent_return(account)
    current = account.budget[:, account.day - 1]
    pool = float((roas * current).sum() / current.sum())
    change = np.clip(roas / max(pool, 1e-9), 1 - RULE_STEP, 1 + RULE_STEP)
    budgets: FloatArray = current * change
    # The rule has no total of its own; it is scaled down where it would exceed the account's.
    return _round_to_cents(budgets * min(1.0, account.market.total / float(budgets.sum())))


def ours(account: Account) -> FloatArray:
    """`optimization.stats.budget.split.allocate`, as the daily rebalance calls it."""
    result = allocate(total_of(account), inputs_of(account), as_of=day_of(account.day))
    return np.array([float(result.amounts[i]) for i in range(account.market.family.campaigns)])


def total_of(account: Account) -> Decimal:
    return Decimal(f"{account.market.total:.2f}")


def inputs_of(account: Account) -> list[dict[str, Any]]:
    """The input of `allocate`, from this morning's report."""
    report, market = account.report(), account.market
    dates = FIRST_DAY + np.arange(account.day)
    views = np.zeros(account.day)
    return [
        {
            "id": i,
            "platform": NAMES[market.platform[i]],
            "status": "active",
            "min_budget": _cents(market.minimum[i]),
            "current_budget": _cents(report.budget[i, -1]),
            "history": {
                "date": dates,
                "budget": report.budget[i],
                "spend": report.spend[i],
                "impressions": views,
                "clicks": report.clicks[i],
                "conversions": report.conversions[i],
                "revenue": report.revenue[i],
            },
        }
        for i in range(market.family.campaigns)
    ]


def _round_to_cents(budgets: FloatArray) -> FloatArray:
    """Rounds down to cents; the remaining cents go to the largest budget."""
    cents = np.floor(budgets * 100 + 1e-6)
    cents[budgets.argmax()] += round(float(budgets.sum()) * 100) - cents.sum()
    rounded: FloatArray = cents / 100
    return rounded


def _cents(amount: float) -> Decimal:
    return Decimal(f"{amount:.2f}")


def day_of(number: int) -> dt.date:
    return dt.date(2026, 1, 5) + dt.timedelta(days=number)


def _recent_return(account: Account) -> FloatArray:
    report = account.report()
    spend, revenue = report.spend[:, -RECENT:], report.revenue[:, -RECENT:]
    return ratio(revenue.sum(axis=1), spend.sum(axis=1))


def _limits(account: Account) -> tuple[FloatArray, FloatArray]:
    """Minimum, +50 % a day, half of the total."""
    market, current = account.market, account.budget[:, account.day - 1]
    hi = np.minimum(current * (1 + HARD_STEP), HARD_SHARE * market.total)
    return market.minimum, np.maximum(hi, market.minimum)


POLICIES: dict[str, Policy] = {
    "ours": ours,
    "equal": equal,
    "by_return": by_return,
    "rule": rule,
}
