"""Checks for reasons not to change any budget of a pool, each with a name and one sentence."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from optimization.stats.budget.history import parse_day
from optimization.stats.budget.input import PoolCampaign, parse_campaigns
from optimization.stats.budget.response.factors import AGES
from optimization.stats.budget.response.outlook import predict
from optimization.stats.budget.response.response import (
    MIN_CONVERSIONS,
    MIN_DAYS,
    Estimate,
    estimate_response,
)
from optimization.stats.budget.results import Completeness, MixedCurrency
from optimization.stats.budget.roll_back import RollBack, roll_back_test

__all__ = ["BudgetHold", "RollBack", "check_holds", "roll_back_test"]

MAX_DATA_AGE_HOURS = 26.0
"""Older figures move nothing, whatever the action: the one limit. Pages say sooner that figures are
behind (campaigns.sync.freshness), which holds nothing up."""
MAX_SPEND_RATIO = 1.2  # of the plan
MIN_Z = -4.0
OUTAGE_DAYS = 2  # an outage on one of the newest days stops changes


@dataclass(frozen=True, slots=True)
class BudgetHold:
    """Why budgets must not change. Names: stale_data, overspent, mixed_currency, little_history,
    outage, conversions_low. `platform` is set where a single platform is the cause."""

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
    `spent` and `planned` cover the same days. Raises ValueError for invalid rows.
    """
    found = [
        *_check_data_age(data_age_hours),
        *_check_spend(spent, planned, currency),
    ]
    try:
        pool = [one for one in parse_campaigns(campaigns, currency, as_of) if one.active]
    except MixedCurrency as err:
        return (*found, BudgetHold("mixed_currency", f"The currencies differ: {err}."))
    day = None if as_of is None else parse_day(as_of, "as_of")
    estimate = estimate_response(pool, day, completeness) if pool else None
    if estimate is None:
        return (*found, *_check_history(pool))
    return (*found, *_check_tracking(estimate), *_check_conversions(pool, day, completeness))


def _check_data_age(age: float | None) -> Iterator[BudgetHold]:
    if age is not None and not age <= MAX_DATA_AGE_HOURS:
        state = f"{age:.0f} hours old" if np.isfinite(age) else "missing"
        yield BudgetHold(
            "stale_data",
            f"The figures are {state}; budgets are changed only on figures of the last "
            f"{MAX_DATA_AGE_HOURS:.0f} hours.",
        )


def _check_spend(spent: float | None, planned: float | None, currency: str) -> Iterator[BudgetHold]:
    if spent is not None and planned is not None and spent > MAX_SPEND_RATIO * planned:
        yield BudgetHold(
            "overspent",
            f"{spent:,.2f} {currency} were spent, more than 20 % above the planned "
            f"{planned:,.2f}; find the cause first.",
        )


def _check_history(pool: Sequence[PoolCampaign]) -> Iterator[BudgetHold]:
    if not pool:
        return
    days = len({int(day) for one in pool for day in one.history.day})
    conversions = sum(float(one.history.column("conversions").sum()) for one in pool)
    yield BudgetHold(
        "little_history",
        f"There are {days} days and {conversions:,.0f} conversions of history; comparing campaigns "
        f"needs {MIN_DAYS} days and {MIN_CONVERSIONS:.0f} conversions.",
    )


def _check_tracking(estimate: Estimate) -> Iterator[BudgetHold]:
    newest = estimate.factors.masked[:, estimate.panel.age < OUTAGE_DAYS]
    for name, days in zip(estimate.panel.platforms, newest.sum(axis=1).tolist(), strict=True):
        if days:
            yield BudgetHold(
                "outage",
                f"{name} reported so few conversions recently that its tracking must have failed.",
                name,
            )


def _check_conversions(
    pool: Sequence[PoolCampaign], day: dt.date | None, completeness: Completeness | None
) -> Iterator[BudgetHold]:
    z, actual, expected = newest_day_z(pool, day, completeness)
    if z < MIN_Z:
        yield BudgetHold(
            "conversions_low",
            f"On the newest day {actual:,.0f} conversions were reported, but about "
            f"{expected:,.0f} were expected by now; find the cause first.",
        )


def newest_day_z(
    pool: Sequence[PoolCampaign], day: dt.date | None, completeness: Completeness | None
) -> tuple[float, float, float]:
    """The z-score of the pool's conversions on the newest day against the forecast from the days
    before; the conversions; the forecast. Zeros where no forecast is possible."""
    newest = max((int(one.history.day[-1]) for one in pool if len(one.history.day)), default=0)
    known = [one.until(newest - 1) for one in pool]
    as_of = dt.date.fromordinal(newest + 1) if day is None else day
    before = estimate_response(known, as_of, completeness) if newest else None
    if before is None:
        return 0.0, 0.0, 0.0
    spend, conversions = np.array([one.on(newest) for one in pool]).T
    age = min(max(as_of.toordinal() - 1 - newest, 0), AGES - 1)
    table = before.factors.completeness[:, [age]]
    weekday = np.array([newest % 7])
    ones = np.ones(len(pool))
    measured = completeness is not None
    expected = predict(before, spend[:, None], weekday, table, ones, lag_is_known=measured)
    total = float(conversions.sum())
    z = (total - expected.total) / expected.total_sd if expected.total_sd > 0 else 0.0
    return z, total, expected.total
