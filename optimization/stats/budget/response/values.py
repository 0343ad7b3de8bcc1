"""Value of a conversion by campaign, robust against single large orders.

A day's revenue counts up to what its conversions usually bring plus six standard deviations. The
usual value is the campaign's own median, shrunk to the pool's; the deviation is that of the pool's
days, by the median absolute deviation, so that neither follows a single order.
"""

from dataclasses import dataclass

import numpy as np

from optimization.stats.budget.history import Panel
from optimization.stats.common.metrics import BoolArray, FloatArray, IntArray, ratio

VALUE_PRIOR = 3.0  # weight of the pool's value per conversion, in conversions
CENTRE_PRIOR = 5.0  # weight of the pool's median against a campaign's own, in conversions
CAP_SDS = 6.0
ORDER_CV_RANGE = (0.3, 2.0)
DAY_CV = 0.2  # of the value per conversion of a whole day, such as one of a sale
MAD_TO_SD = 1.4826
# When values stop coming: conversions since then, and the part of the days before that had a value.
STOPPED_CONVERSIONS, VALUED_PART = 10.0, 0.9


@dataclass(frozen=True, slots=True, eq=False)
class ConversionValues:
    """Per campaign, (campaigns,) each, in the pool's currency.

    `robust` and `plain` are the value of a conversion with and without the limit on a day's
    revenue, `variance` is that of `robust`, relative. `day` is the column of the panel whose
    revenue exceeds its limit most, -1 where none does; `counted` is what of it counts, `usual`
    the usual value of a conversion. `unvalued` are the conversions since values stopped coming:
    they do not lower the value.
    """

    robust: FloatArray
    plain: FloatArray
    variance: FloatArray
    day: IntArray
    counted: FloatArray
    usual: FloatArray
    unvalued: FloatArray


def estimate_values(panel: Panel, given: FloatArray) -> ConversionValues:
    """Values of a pool with conversions. `given` (campaigns,) replaces the estimate where it is not
    NaN. Without revenue anywhere, every conversion is worth 1."""
    money = panel.revenue if panel.revenue.sum() > 0 else panel.conversions
    stopped = _days_without_values(panel.conversions, money)
    count = np.where(stopped, 0.0, panel.conversions)
    usual = _usual_value(count, money)
    cv = _order_cv(count, money, usual)
    deviation = np.sqrt(cv**2 * np.maximum(count, 1.0) + (DAY_CV * count) ** 2)
    limit = usual[:, None] * (count + CAP_SDS * deviation)
    is_given = ~np.isnan(given)
    excess = np.where(is_given[:, None], 0.0, np.maximum(money - limit, 0.0))
    day = np.where(excess.any(axis=1), excess.argmax(axis=1), -1).astype(np.intp)
    at = np.arange(len(day)), day
    capped = money - excess
    return ConversionValues(
        robust=np.where(is_given, np.maximum(given, 1e-9), _shrunk_value(count, capped)),
        plain=np.where(is_given, np.maximum(given, 1e-9), _shrunk_value(count, money)),
        variance=np.where(is_given, 0.0, cv**2 / (count.sum(axis=1) + VALUE_PRIOR)),
        day=day,
        counted=capped[at],
        usual=usual,
        unvalued=np.where(is_given, 0.0, (panel.conversions * stopped).sum(axis=1)),
    )


def _days_without_values(count: FloatArray, money: FloatArray) -> BoolArray:
    """Days (campaigns, days) since a campaign whose conversions had a value reports none."""
    sold, valued = count > 0, (count > 0) & (money > 0)
    later = np.cumsum(valued[:, ::-1], axis=1)[:, ::-1] == 0
    since = (count * later).sum(axis=1)
    before = (sold & ~later).sum(axis=1)
    usually = valued.sum(axis=1) >= np.maximum(VALUED_PART * before, 1)
    enough = (since >= STOPPED_CONVERSIONS) & ((count * valued).sum(axis=1) >= STOPPED_CONVERSIONS)
    stopped: BoolArray = later & (usually & enough)[:, None]
    return stopped


def _shrunk_value(count: FloatArray, money: FloatArray) -> FloatArray:
    pool = float(money.sum() / count.sum())
    value = (money.sum(axis=1) + VALUE_PRIOR * pool) / (count.sum(axis=1) + VALUE_PRIOR)
    positive: FloatArray = np.maximum(value, 1e-9)
    return positive


def _usual_value(count: FloatArray, money: FloatArray) -> FloatArray:
    """Median value of a conversion, (campaigns,), shrunk to the pool's on the log scale."""
    sold = (count > 0) & (money > 0)
    weight = np.where(sold, count, 0.0)
    own = _weighted_median(np.where(sold, ratio(money, count), np.inf), weight)
    known = weight.sum(axis=1) > 0
    if not known.any():
        return np.full(len(count), float(money.sum() / count.sum()))
    size = weight.sum(axis=1)
    pool = _weighted_median(own[None, :], np.where(known, size, 0.0)[None, :])[0]
    log = np.log(np.where(known, own, pool))
    centre: FloatArray = np.exp((size * log + CENTRE_PRIOR * np.log(pool)) / (size + CENTRE_PRIOR))
    return centre


def _weighted_median(values: FloatArray, weight: FloatArray) -> FloatArray:
    """Of each row; values of weight 0 do not count."""
    order = np.argsort(np.where(weight > 0, values, np.inf), axis=1, kind="stable")
    reached = np.cumsum(np.take_along_axis(weight, order, axis=1), axis=1)
    half = (reached >= 0.5 * reached[:, -1:]).argmax(axis=1)
    middle: FloatArray = np.take_along_axis(values, order, axis=1)[np.arange(len(values)), half]
    return middle


def _order_cv(count: FloatArray, money: FloatArray, usual: FloatArray) -> float:
    """Coefficient of variation of one order's value, over all days of the pool with sales."""
    sold: BoolArray = (count > 0) & (money > 0)
    gap = np.abs(money / usual[:, None] - count) / np.sqrt(np.maximum(count, 1.0))
    middle = float(np.median(gap[sold])) if sold.any() else 0.0
    return float(np.clip(MAD_TO_SD * middle, *ORDER_CV_RANGE))
