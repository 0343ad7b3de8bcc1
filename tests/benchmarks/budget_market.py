"""Simulated ad accounts, day by day, with response curves that policies cannot see.

Hidden: a response curve per campaign (60 % Michaelis-Menten, 25 % power, 15 % S-shaped), weekday
factors and common shocks of each platform, drift, decline, audience capacity, tracking outages,
corrected days. Visible each morning: a platform's report at that time; conversions are reported
late. A budget change of more than 20 % costs 12 % of the response, fading by 0.6 a day.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimization.stats.common.metrics import BoolArray, FloatArray
from tests.benchmarks.budget_curves import LEVEL, VALUE, best_split, draw_curves
from tests.benchmarks.budget_families import HISTORY, Family

PLATFORMS = 3
AGES = 14
LAG = np.array(
    [
        [0.58, 0.74, 0.83, 0.88, 0.92, 0.94, 0.96, 0.97, 0.98, 0.985, 0.99, 0.995, 0.998, 1.0],
        [0.50, 0.68, 0.77, 0.83, 0.87, 0.91, 0.94, 0.955, 0.97, 0.98, 0.985, 0.99, 0.995, 1.0],
        [0.64, 0.78, 0.85, 0.89, 0.92, 0.94, 0.96, 0.97, 0.98, 0.985, 0.99, 0.995, 0.998, 1.0],
    ]
)
DELIVERY, DELIVERY_SD = 0.97, 0.02
DAY_NOISE = 0.06  # variance of the gamma factor on a campaign's day
SHOCK_SD, WEEKDAY_SD, DRIFT_SD = 0.08, 0.10, 0.012
OUTAGE_RATE, OUTAGE_LEFT = 0.012, 0.15
RESTATED_RATE, RESTATED, RESTATED_AGE = 0.03, 0.92, 5
LEARNING_STEP, LEARNING_COST, LEARNING_FADE = 0.20, 0.12, 0.6
COST_PER_CLICK = 0.8


class Market:
    """One account: all hidden parameters, drawn once from the seed."""

    def __init__(self, family: Family, seed: int) -> None:
        rng = np.random.default_rng([seed, family.campaigns, family.number])
        n, days = family.campaigns, HISTORY + family.days
        self.family, self.seed, self.days = family, seed, days
        self.platform = rng.integers(0, PLATFORMS, n)
        self.curves = draw_curves(family, rng)
        self.value = VALUE * np.exp(rng.normal(0, 0.0 if family.alike else 0.5, n))
        self.start = self._start(rng)
        self.total = float(self.start.sum())
        self.minimum = np.minimum(0.05 * self.start.mean(), 0.5 * self.start)
        self.capacity = self._capacity(rng)
        weekday = np.exp(rng.normal(0, WEEKDAY_SD, (PLATFORMS, 7)))
        weekday /= weekday.mean(axis=1, keepdims=True)
        shock = np.exp(rng.normal(0, SHOCK_SD, (PLATFORMS, days)))
        common = weekday[:, np.arange(days) % 7] * shock
        self.outage: BoolArray = rng.random((PLATFORMS, days)) < OUTAGE_RATE
        self.restated: BoolArray = rng.random((PLATFORMS, days)) < RESTATED_RATE
        self.factor: FloatArray = common[self.platform] * self._levels(rng)

    def _start(self, rng: np.random.Generator) -> FloatArray:
        family, curves = self.family, self.curves
        if family.start == "optimal":
            total = float(curves.scale.sum())
            low, high = 0.02 * curves.scale, np.minimum(12 * curves.scale, 0.4 * total)
            base = best_split(curves.revenue, low, high, total, pieces=300)
        else:
            base = curves.scale * (curves.level / LEVEL) ** family.skill
        start: FloatArray = base * np.exp(rng.normal(0, family.misfit_sd, family.campaigns))
        return np.round(start, 2)

    def _capacity(self, rng: np.random.Generator) -> FloatArray:
        low, high = self.family.capacity
        limited = rng.random(self.family.campaigns) < self.family.limited
        unlimited: FloatArray = np.full(self.family.campaigns, np.inf)
        return np.where(limited, self.start * rng.uniform(low, high, len(limited)), unlimited)

    def _levels(self, rng: np.random.Generator) -> FloatArray:
        """Drift and decline, (campaigns, days), around 1."""
        n = self.family.campaigns
        drift_sd = 0.0 if self.family.alike else DRIFT_SD
        drift = np.cumsum(rng.normal(0, drift_sd, (n, self.days)), axis=1)
        declining = rng.random(n) < self.family.declining
        begin = rng.integers(HISTORY - 7, self.days - 20, n)
        rate = np.where(rng.random(n) < 0.4, 0.5, 0.05)  # at once, or by 5 % a day
        age = np.maximum(np.arange(self.days)[None, :] - begin[:, None], 0)
        left = np.maximum(np.exp(-rate[:, None] * age), 0.2)
        levels: FloatArray = np.exp(drift) * np.where(declining[:, None], left, 1.0)
        return levels

    def spend(self, budget: FloatArray, share: float | FloatArray = DELIVERY) -> FloatArray:
        return np.minimum(budget * share, self.capacity)

    def revenue(self, day: int, spend: FloatArray) -> FloatArray:
        """Mean revenue of that day at this spend, without learning costs."""
        return self.factor[:, day] * self.curves.revenue(spend)


@dataclass(frozen=True)
class Report:
    """The platforms' report on a morning, (campaigns, days) up to yesterday."""

    budget: FloatArray
    spend: FloatArray
    clicks: FloatArray
    conversions: FloatArray
    revenue: FloatArray


class Account:
    """The market played with one policy, after 28 days of unchanged budgets."""

    def __init__(self, market: Market) -> None:
        self.market, self.day = market, 0
        shape = (market.family.campaigns, market.days)
        self.budget, self.spend, self.clicks = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        self.orders, self.reported, self.sales = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        self.mean_revenue = np.zeros(market.days)
        self.learning = np.zeros(shape[0])
        for _ in range(HISTORY):
            self.play_day(market.start)

    def play_day(self, budget: FloatArray) -> None:
        """Play one day with these budgets; `mean_revenue` is the revenue without order noise."""
        market, day = self.market, self.day
        rng = np.random.default_rng([market.seed, 7, day])
        before = self.budget[:, day - 1] if day else budget
        jump = np.abs(budget - before) > LEARNING_STEP * before + 0.01
        self.learning = np.where(jump, 1.0, LEARNING_FADE * self.learning)
        share = np.minimum(rng.normal(DELIVERY, DELIVERY_SD, len(budget)), 1.0)
        spend = market.spend(budget, share)
        mean = market.revenue(day, spend) * (1 - LEARNING_COST * self.learning)
        self.mean_revenue[day] = mean.sum()
        self.budget[:, day], self.spend[:, day] = budget, spend
        self._count(rng, day, mean / market.value)
        self.day += 1
        self._report_late(rng)

    def _count(self, rng: np.random.Generator, day: int, mean: FloatArray) -> None:
        noise = rng.gamma(1 / DAY_NOISE, DAY_NOISE, len(mean))
        orders = rng.poisson(mean * noise).astype(np.float64)
        self.orders[:, day] = orders
        self.sales[:, day] = self.market.value * rng.gamma(np.maximum(orders, 1e-9) * 2.0, 0.5)
        self.clicks[:, day] = rng.poisson(self.spend[:, day] / COST_PER_CLICK)

    def _report_late(self, rng: np.random.Generator) -> None:
        """Report the conversions of the last 14 days that become visible this morning."""
        days = np.arange(max(0, self.day - AGES), self.day)
        ages = self.day - 1 - days
        lag = LAG[self.market.platform]
        before = np.where(ages > 0, lag[:, ages - 1], 0.0)
        chance = np.clip((lag[:, ages] - before) / np.maximum(1 - before, 1e-9), 0.0, 1.0)
        hidden = (self.orders[:, days] - self.reported[:, days]).astype(np.int64)
        self.reported[:, days] += rng.binomial(hidden, chance)

    def report(self) -> Report:
        """This morning's report, with tracking outages and corrections of old days."""
        known = slice(0, self.day)
        market, old = self.market, self.day - 1 - np.arange(self.day) >= RESTATED_AGE
        share = np.where(market.outage[:, known], OUTAGE_LEFT, 1.0)
        share = np.where(market.restated[:, known] & old, share * RESTATED, share)[market.platform]
        conversions = np.floor(self.reported[:, known] * share + 0.5)
        part = conversions / np.maximum(self.orders[:, known], 1.0)
        return Report(
            budget=self.budget[:, known],
            spend=self.spend[:, known],
            clicks=self.clicks[:, known],
            conversions=conversions,
            revenue=self.sales[:, known] * part,
        )
