"""Whether a week of moved budgets earned less than keeping them would have."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from scipy.special import ndtri

from optimization.stats.budget.forecast import delivered, interval
from optimization.stats.budget.input import PoolCampaign, parse_campaigns
from optimization.stats.budget.response.factors import AGES
from optimization.stats.budget.response.outlook import outlook
from optimization.stats.budget.response.response import Estimate, estimate_response
from optimization.stats.budget.results import CampaignId, Interval
from optimization.stats.common.metrics import FloatArray

Completeness = Mapping[str, Sequence[float]]
JUDGED_DAYS = 7
COVERAGE = 0.99  # it is looked at every day: a narrower one calls by chance
LARGEST_SPEND_GAP = 0.25


@dataclass(frozen=True, slots=True)
class RollBack:
    """`actual` is the revenue a day that was reported, scaled to the spend that keeping would
    have had; `forecast` what keeping would have been reported by now, with its 99 % interval."""

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
    """Judge the seven days from `changed_on`, by what is reported on the morning of `as_of`.

    `old_budgets` are those of before, in the pool's currency. The forecast is made of the rows
    before `changed_on` alone. Nothing is rolled back before seven days are complete, without
    history, or where spend differs by more than a quarter, so that revenue cannot be compared.
    """
    nothing = Interval(0.0, 0.0, 0.0)
    first, last = changed_on.toordinal(), changed_on.toordinal() + JUDGED_DAYS - 1
    if last >= as_of.toordinal():
        return RollBack(False, "Seven days are not complete yet.", 0.0, nothing, 0)
    pool = [one for one in parse_campaigns(campaigns, currency, as_of) if one.active]
    before = [one.until(first - 1) for one in pool]
    estimate = estimate_response(before, as_of, completeness) if pool else None
    if estimate is None:
        return RollBack(False, "Too little history from before the change.", 0.0, nothing, 0)
    if _failed_tracking(pool, as_of, first, completeness):
        return RollBack(False, "Tracking failed on some of the days.", 0.0, nothing, 0)
    given = np.array([float(old_budgets.get(one.id, one.current)) for one in pool])
    spend = delivered(estimate.panel, given)
    rows = np.array([one.between(first, last) for one in pool])
    spent, earned = float(rows[:, 0].sum()), float(rows[:, 2].sum())
    revenue = earned if earned > 0 else float((rows[:, 1] * estimate.order_value).sum())
    kept = float(spend.sum()) * JUDGED_DAYS
    if not abs(spent - kept) <= LARGEST_SPEND_GAP * kept:
        return RollBack(False, "Spend differs too much to compare revenue.", 0.0, nothing, 0)
    band = _keeping(estimate, spend, first, as_of.toordinal(), measured=completeness is not None)
    actual = revenue * kept / spent / JUDGED_DAYS if spent > 0 else 0.0
    return _judged(actual, band, currency)


def _failed_tracking(
    pool: Sequence[PoolCampaign], as_of: dt.date, first: int, completeness: Completeness | None
) -> bool:
    found = estimate_response(pool, as_of, completeness)
    if found is None:
        return False
    day = as_of.toordinal() - 1 - found.panel.age
    within = (day >= first) & (day < first + JUDGED_DAYS)
    return bool(found.factors.masked[:, within].sum() > 0)


def _keeping(
    estimate: Estimate, spend: FloatArray, first: int, as_of: int, *, measured: bool
) -> Interval:
    """Revenue a day of the old budgets, as reported by `as_of`."""
    days = first + np.arange(JUDGED_DAYS)
    ages = np.minimum(as_of - 1 - days, AGES - 1)
    seen = outlook(
        estimate,
        np.repeat(spend[:, None], JUDGED_DAYS, axis=1),
        days % 7,
        estimate.factors.completeness[:, ages],
        estimate.order_value,
        lag_is_known=measured,
    )
    z = float(ndtri(0.5 + COVERAGE / 2))
    return interval(seen.total, seen.total_sd, z, JUDGED_DAYS)


def _judged(actual: float, band: Interval, currency: str) -> RollBack:
    low = actual < band.low
    found = f"{actual:,.2f} {currency} of revenue a day at equal spend"
    expected = f"{band.low:,.2f} to {band.high:,.2f} that keeping the budgets led to expect"
    reason = (
        f"{found} is below the {expected} (99 % interval)."
        if low
        else f"{found} is not below the {expected} (99 % interval)."
    )
    return RollBack(low, reason, actual, band, JUDGED_DAYS)
