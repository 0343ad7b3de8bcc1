"""When budgets must stay: named reasons, each with one plain sentence, before a change is asked."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from optimization.stats.budget.history import as_day
from optimization.stats.budget.input import PoolCampaign, parse_campaigns
from optimization.stats.budget.response.factors import AGES
from optimization.stats.budget.response.outlook import outlook
from optimization.stats.budget.response.response import (
    MIN_CONVERSIONS,
    MIN_DAYS,
    Estimate,
    estimate_response,
)
from optimization.stats.budget.results import MixedCurrency
from optimization.stats.budget.roll_back import RollBack, roll_back_test

__all__ = ["BudgetHold", "RollBack", "check_holds", "roll_back_test"]

Completeness = Mapping[str, Sequence[float]]
OLDEST_HOURS = 26.0
"""Older figures move nothing, whatever the action: the one limit. Pages say sooner that figures are
behind (campaigns.freshness), which holds nothing up."""
LARGEST_SPEND = 1.2  # of the plan
LEAST_Z = -4.0
OUTAGE_DAYS = 2  # a mask on one of the newest days stops changes


@dataclass(frozen=True, slots=True)
class BudgetHold:
    """Why budgets stay. Names: stale_data, overspent, mixed_currency, little_history, outage,
    conversions_low. `platform` is set where one alone is the cause."""

    name: str
    sentence: str
    platform: str | None = None


def check_holds(
    campaigns: Sequence[Mapping[str, Any]],
    *,
    currency: str,
    as_of: dt.date | str | None = None,
    data_age_hours: float | None = None,
    spent: float | None = None,
    planned: float | None = None,
    completeness: Completeness | None = None,
) -> tuple[BudgetHold, ...]:
    """Every reason to keep all budgets of a pool today; empty when there is none.

    `campaigns` and `completeness` are as for `budget.allocate`, rows up to the day before `as_of`.
    `spent` and `planned` are of the same days. Raises ValueError for rows that cannot be meant.
    """
    plain = [
        *_stale(data_age_hours),
        *_overspent(spent, planned, currency),
    ]
    try:
        pool = [one for one in parse_campaigns(campaigns, currency, as_of) if one.active]
    except MixedCurrency as err:
        return (*plain, BudgetHold("mixed_currency", f"The currencies differ: {err}."))
    day = None if as_of is None else as_day(as_of, "as_of")
    estimate = estimate_response(pool, day, completeness) if pool else None
    if estimate is None:
        return (*plain, *_little(pool))
    return (*plain, *_outages(estimate), *_low(pool, day, completeness))


def _stale(age: float | None) -> Iterator[BudgetHold]:
    if age is not None and not age <= OLDEST_HOURS:
        said = f"{age:.0f} hours old" if np.isfinite(age) else "not there yet"
        yield BudgetHold(
            "stale_data",
            f"The figures are {said}; budgets move on ones of up to {OLDEST_HOURS:.0f} hours.",
        )


def _overspent(spent: float | None, planned: float | None, currency: str) -> Iterator[BudgetHold]:
    if spent is not None and planned is not None and spent > LARGEST_SPEND * planned:
        yield BudgetHold(
            "overspent",
            f"{spent:,.2f} {currency} were spent where {planned:,.2f} were planned, more than "
            "20 % over; the cause has to be found first.",
        )


def _little(pool: Sequence[PoolCampaign]) -> Iterator[BudgetHold]:
    if not pool:
        return
    days = len({int(day) for one in pool for day in one.history.day})
    made = sum(float(one.history.column("conversions").sum()) for one in pool)
    yield BudgetHold(
        "little_history",
        f"There are {days} days and {made:,.0f} conversions of history; comparing campaigns takes "
        f"{MIN_DAYS} days and {MIN_CONVERSIONS:.0f} conversions.",
    )


def _outages(estimate: Estimate) -> Iterator[BudgetHold]:
    newest = estimate.factors.masked[:, estimate.panel.age < OUTAGE_DAYS]
    for name, days in zip(estimate.panel.platforms, newest.sum(axis=1).tolist()):
        if days:
            yield BudgetHold(
                "outage",
                f"{name} reported so few conversions lately that its tracking must have failed.",
                name,
            )


def _low(
    pool: Sequence[PoolCampaign], day: dt.date | None, completeness: Completeness | None
) -> Iterator[BudgetHold]:
    z, made, expected = newest_day_z(pool, day, completeness)
    if z < LEAST_Z:
        yield BudgetHold(
            "conversions_low",
            f"On the newest day {made:,.0f} conversions were reported where about {expected:,.0f} "
            "were expected by now; the cause has to be found first.",
        )


def newest_day_z(
    pool: Sequence[PoolCampaign], day: dt.date | None, completeness: Completeness | None
) -> tuple[float, float, float]:
    """How far the pool's conversions of the newest day are from what the days before it led to
    expect, in standard deviations; the conversions; the expectation. Zeros where none can be had.
    """
    newest = max((int(one.history.day[-1]) for one in pool if len(one.history.day)), default=0)
    known = [one.until(newest - 1) for one in pool]
    as_of = dt.date.fromordinal(newest + 1) if day is None else day
    before = estimate_response(known, as_of, completeness) if newest else None
    if before is None:
        return 0.0, 0.0, 0.0
    spend, made = np.array([one.on(newest) for one in pool]).T
    age = min(max(as_of.toordinal() - 1 - newest, 0), AGES - 1)
    table = before.factors.completeness[:, [age]]
    weekday = np.array([newest % 7])
    ones = np.ones(len(pool))
    measured = completeness is not None
    seen = outlook(before, spend[:, None], weekday, table, ones, lag_is_known=measured)
    total = float(made.sum())
    z = (total - seen.total) / seen.total_sd if seen.total_sd > 0 else 0.0
    return z, total, seen.total
