"""The same market without the workers: with unchanged budgets, and with the oracle's split."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from core.common.money import MICROS
from optimization.stats.common.metrics import FloatArray, IntArray
from optimization.stats.common.money_split import whole_units
from sandbox.market.market import Market
from sandbox.world.world import World
from tests.benchmarks.budget_curves import best_split
from tests.benchmarks.sandbox_curves import Curves
from tests.benchmarks.sandbox_world import FLOOR, START

MATURE = timedelta(days=16)  # by then all orders of a day are reported
LARGEST_STEP, LARGEST_SHARE = 0.5, 0.5  # guardrails: raise of a budget a day, share of the total


@dataclass(frozen=True)
class Result:
    """Spend and revenue of the played days according to the platforms' final reports, USD."""

    spend: float
    revenue: float

    def gain_over(self, base: Result) -> float:
        """Revenue gain at equal spend over `base`, in per cent. Higher spend is corrected for at
        the average return; lower spend is not."""
        equal = max(self.spend / base.spend, 1.0)
        return 100 * (self.revenue / equal / base.revenue - 1)


def result_of(market: Market, days: int) -> Result:
    """The result of the days from START on, in each account's own time zone."""
    world, first = market.world, START.date()
    last = first + timedelta(days=days - 1)
    as_of = START + timedelta(days=days) + MATURE
    rows = [
        row
        for account in world.accounts.values()
        for row in market.rows(account.id, first, last, as_of)
    ]
    spend = sum(row.spend_micros for row in rows) / MICROS
    return Result(spend, sum(row.revenue_micros for row in rows) / MICROS)


def play_unchanged(world: World, days: int) -> Result:
    """The result with unchanged budgets."""
    world.clock.advance(days=days + 1)
    return result_of(Market(world), days)


def play_oracle(world: World, days: int) -> Result:
    """The result with the best split of the total every morning, within floors and guardrails, with
    knowledge of all curves and creatives, but not of the day's random noise."""
    curves = Curves(Market(world))
    campaigns = list(world.campaigns.values())
    least = np.array([FLOOR[c.platform] for c in campaigns], dtype=np.float64)
    budgets = np.array([(c.daily_budget_micros or 0) / MICROS for c in campaigns])
    for _ in range(days):
        cents = _best(curves, budgets, least)
        for campaign, amount in zip(campaigns, cents.tolist(), strict=True):
            world.update_campaign(campaign.id, daily_budget_micros=amount * 10_000)
        budgets = cents / 100
        world.clock.advance(days=1)
    world.clock.advance(days=1)
    return result_of(Market(world), days)


def _best(curves: Curves, budgets: FloatArray, least: FloatArray) -> IntArray:
    """The best split in cents, with the same sum as `budgets`."""
    total = float(budgets.sum())
    most = np.minimum(budgets * (1 + LARGEST_STEP), LARGEST_SHARE * total)
    most = np.maximum(np.minimum(most, np.maximum(curves.largest(total), budgets)), least)
    low, high = np.ceil(least * 100), np.floor(most * 100 + 1e-6)
    target = best_split(curves.revenue, low / 100, high / 100, total, pieces=200) * 100
    return whole_units(target, low.astype(np.intp), high.astype(np.intp), round(total * 100))
