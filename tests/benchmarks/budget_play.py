"""Plays a policy in a simulated account and measures its gain and its violations of limits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimization.stats.common.metrics import FloatArray
from tests.benchmarks.budget_families import HISTORY, Family
from tests.benchmarks.budget_market import LEARNING_STEP, Account, Market
from tests.benchmarks.budget_oracle import oracle_revenue
from tests.benchmarks.budget_policies import HARD_SHARE, HARD_STEP, Policy, unchanged

CENT = 0.01 + 1e-9


@dataclass(frozen=True)
class Outcome:
    """One account with one policy over the rebalanced days.

    `leak` is the part of the total by which the budgets are too high, or too low although the
    limits allow more, as a mean over days; `violations` and `jumps` (steps above 20 %) are shares
    of campaign-days; `churn` is the mean change of a budget a day.
    """

    revenue: float
    spend: float
    leak: float
    violations: float
    churn: float
    jumps: float


def play(market: Market, policy: Policy) -> Outcome:
    account = Account(market)
    for _ in range(market.family.days):
        account.play_day(policy(account))
    return _outcome(account)


def _outcome(account: Account) -> Outcome:
    market = account.market
    new = account.budget[:, HISTORY:]
    old = account.budget[:, HISTORY - 1 : -1]
    step = np.abs(new - old) / np.maximum(old, 1e-9)
    return Outcome(
        revenue=float(account.mean_revenue[HISTORY:].sum()),
        spend=float(account.spend[:, HISTORY:].sum()),
        leak=_total_error(market, old, new),
        violations=float(_violations(market, old, new).mean()),
        churn=float(step.mean()),
        jumps=float((step > LEARNING_STEP + 1e-6).mean()),
    )


def _total_error(market: Market, old: FloatArray, new: FloatArray) -> float:
    """The relative error of the budgets' sum; steps and shares may allow less than the total."""
    total = round(market.total * 100)
    most = np.floor(100 * np.minimum(old * (1 + HARD_STEP), HARD_SHARE * market.total) + 1e-6)
    room = np.maximum(most, np.round(100 * market.minimum)[:, None]).sum(axis=0)
    budgeted = _cents(new.sum(axis=0))
    short = np.maximum(np.minimum(room, total) - budgeted, 0.0)
    return float((short + np.maximum(budgeted - total, 0.0)).mean()) / total


def _cents(amount: FloatArray) -> FloatArray:
    whole: FloatArray = np.round(amount * 100)
    return whole


def _violations(market: Market, old: FloatArray, new: FloatArray) -> FloatArray:
    """1 for a budget below its minimum, raised above its share or step, or not in whole cents, else
    0. A budget that starts above the usual share may stay: nobody set that limit."""
    low = new < np.round(market.minimum, 2)[:, None] - CENT
    steep = new > np.maximum(old * (1 + HARD_STEP), market.minimum[:, None]) + CENT
    large = (new > HARD_SHARE * market.total + CENT) & (new > old + CENT)
    cents = np.abs(new * 100 - np.round(new * 100)) > 1e-4
    broken: FloatArray = (low | steep | large | cents).astype(np.float64)
    return broken


@dataclass(frozen=True)
class Comparison:
    """A policy on all seeds of a family, (seeds,): gains in per cent against unchanged budgets."""

    gain: FloatArray
    oracle: FloatArray
    spend: FloatArray
    outcomes: list[Outcome]

    @property
    def share(self) -> float:
        """Share of the oracle's gain, in per cent."""
        return 100 * float(self.gain.mean() / self.oracle.mean())

    @property
    def standard_error(self) -> float:
        """Of the mean gain over the seeds; 0 with a single one."""
        count = len(self.gain)
        return float(self.gain.std(ddof=1) / np.sqrt(count)) if count > 1 else 0.0


def compare(family: Family, policies: dict[str, Policy]) -> dict[str, Comparison]:
    """Every policy on every seed of the family."""
    markets = [Market(family, seed) for seed in family.seeds]
    baseline = [play(market, unchanged) for market in markets]
    base = np.array([one.revenue for one in baseline])
    spent = np.array([one.spend for one in baseline])
    oracle = 100 * (np.array([oracle_revenue(market) for market in markets]) / base - 1)
    out = {}
    for name, policy in policies.items():
        outcomes = [play(market, policy) for market in markets]
        gain = 100 * (np.array([one.revenue for one in outcomes]) / base - 1)
        spend = 100 * (np.array([one.spend for one in outcomes]) / spent - 1)
        out[name] = Comparison(gain, oracle, spend, outcomes)
    return out
