"""Tests whether a week with changed budgets earned less than the old budgets would have."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from scipy.special import ndtri

from optimization.stats.budget.forecast import daily_interval, expected_spend
from optimization.stats.budget.input import PoolCampaign, parse_campaigns
from optimization.stats.budget.response.factors import AGES
from optimization.stats.budget.response.outlook import predict
from optimization.stats.budget.response.response import Estimate, estimate_response
from optimization.stats.budget.results import CampaignId, Completeness, Interval
from optimization.stats.common.metrics import FloatArray

TEST_DAYS = 7
COVERAGE = 0.99  # tested every day: a narrower interval would roll back by chance
MAX_SPEND_GAP = 0.25


@dataclass(frozen=True, slots=True)
class RollBack:
    """`actual` is the reported revenue a day, scaled to the expected spend of the old budgets;
    `forecast` their expected revenue a day, as far as reported by now, with its 99 % interval."""

    roll_back: bool
    reason: str
    actual: float
    forecast: Interval
    days: int


def roll_back_test(
    campaigns: Sequence[Mapping[str, Any]],
    old_budgets: Mapping[CampaignId, Decimal],
    *,
    changed_on: dt.date,
    as_of: dt.date,
    currency: str,
    completeness: Completeness | None = None,
) -> RollBack:
    """Test the seven days from `changed_on` with the data reported on the morning of `as_of`.

    `old_budgets` are those before the change, in the pool's currency. The forecast uses only rows
    before `changed_on`. Nothing is rolled back before seven days are complete, without history, or
    where spend differs by more than a quarter, so that revenue cannot be compared.
    """
    nothing = Interval(0.0, 0.0, 0.0)
    first, last = changed_on.toordinal(), changed_on.toordinal() + TEST_DAYS - 1
    if last >= as_of.toordinal():
        return RollBack(False, "Seven days are not complete yet.", 0.0, nothing, 0)
    pool = [one for one in parse_campaigns(campaigns, currency, as_of) if one.active]
    before = [one.until(first - 1) for one in pool]
    estimate = estimate_response(before, as_of, completeness) if pool else None
    if estimate is None:
        return RollBack(False, "Too little history from before the change.", 0.0, nothing, 0)
    if _has_tracking_outage(pool, as_of, first, completeness):
        return RollBack(False, "Tracking failed on some of the days.", 0.0, nothing, 0)
    old = np.array([float(old_budgets.get(one.id, one.current)) for one in pool])
    spend = expected_spend(estimate.panel, old)
    rows = np.array([one.between(first, last) for one in pool])
    spent, earned = float(rows[:, 0].sum()), float(rows[:, 2].sum())
    revenue = earned if earned > 0 else float((rows[:, 1] * estimate.order_value).sum())
    old_spend = float(spend.sum()) * TEST_DAYS
    if not abs(spent - old_spend) <= MAX_SPEND_GAP * old_spend:
        return RollBack(False, "Spend differs too much to compare revenue.", 0.0, nothing, 0)
    band = _forecast_old_budgets(
        estimate, spend, first, as_of.toordinal(), measured=completeness is not None
    )
    actual = revenue * old_spend / spent / TEST_DAYS if spent > 0 else 0.0
    return _decide(actual, band, currency)


def _has_tracking_outage(
    pool: Sequence[PoolCampaign], as_of: dt.date, first: int, completeness: Completeness | None
) -> bool:
    found = estimate_response(pool, as_of, completeness)
    if found is None:
        return False
    day = as_of.toordinal() - 1 - found.panel.age
    within = (day >= first) & (day < first + TEST_DAYS)
    return bool(found.factors.masked[:, within].sum() > 0)


def _forecast_old_budgets(
    estimate: Estimate, spend: FloatArray, first: int, as_of: int, *, measured: bool
) -> Interval:
    """Expected revenue a day with the old budgets, as far as reported by `as_of`."""
    days = first + np.arange(TEST_DAYS)
    ages = np.minimum(as_of - 1 - days, AGES - 1)
    sums = predict(
        estimate,
        np.repeat(spend[:, None], TEST_DAYS, axis=1),
        days % 7,
        estimate.factors.completeness[:, ages],
        estimate.order_value,
        lag_is_known=measured,
    )
    z = float(ndtri(0.5 + COVERAGE / 2))
    return daily_interval(sums.total, sums.total_sd, z, TEST_DAYS)


def _decide(actual: float, band: Interval, currency: str) -> RollBack:
    low = actual < band.low
    reason = (
        f"{actual:,.2f} {currency} of revenue a day at equal spend is {'' if low else 'not '}below "
        f"the {band.low:,.2f} to {band.high:,.2f} expected with the old budgets (99 % interval)."
    )
    return RollBack(low, reason, actual, band, TEST_DAYS)
