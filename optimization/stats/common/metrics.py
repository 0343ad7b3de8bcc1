"""The ratio metrics: what is counted over what."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.common.measures import MEASURES

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.intp]

FIELDS = MEASURES


@dataclass(frozen=True, slots=True)
class RatioMetric:
    """`numerator` over `exposure`, always oriented so that more is better.

    CPA is analysed as conversions per spend and shown as its inverse (`inverted`).
    `events` is the count that says how much is known.
    """

    name: str
    label: str
    numerator: str
    exposure: str
    events: str
    min_events: float
    inverted: bool = False

    @property
    def is_value(self) -> bool:
        """Whether it adds up order values, which differ, rather than counts."""
        return self.numerator == "revenue"


METRICS = {
    "ctr": RatioMetric("ctr", "CTR", "clicks", "impressions", "clicks", 25),
    "cvr": RatioMetric("cvr", "CVR", "conversions", "clicks", "conversions", 25),
    "cpa": RatioMetric("cpa", "CPA", "conversions", "spend", "conversions", 10, inverted=True),
    "roas": RatioMetric("roas", "ROAS", "revenue", "spend", "conversions", 10),
    "rpm": RatioMetric(
        "rpm", "revenue per impression", "revenue", "impressions", "conversions", 10
    ),
}


def metric_named(name: str) -> RatioMetric:
    """The metric of that name in any case; ValueError names the allowed ones."""
    found = METRICS.get(name.lower()) if isinstance(name, str) else None
    if found is None:
        raise ValueError(f"unknown metric {name!r}; use one of {', '.join(METRICS)}")
    return found


def field(values: FloatArray, name: str) -> FloatArray:
    """One measure, shape (tests, arms, days), out of values (tests, fields, arms, days)."""
    column: FloatArray = values[:, FIELDS.index(name)]
    return column


def ratio(numerator: FloatArray, denominator: FloatArray, empty: float = 0.0) -> FloatArray:
    """Elementwise quotient; `empty` where the denominator is not positive."""
    positive = denominator > 0
    quotient = numerator / np.where(positive, denominator, 1.0)
    return np.where(positive, quotient, empty)


def order_value(values: FloatArray) -> FloatArray:
    """Average revenue per conversion of each test, shape (tests,).

    With less than one conversion, all revenue counts as one order: the most cautious reading.
    """
    revenue = field(values, "revenue").sum(axis=(1, 2))
    conversions = field(values, "conversions").sum(axis=(1, 2))
    return ratio(revenue, np.maximum(conversions, 1.0))


def count_scale(metric: RatioMetric, values: FloatArray) -> FloatArray:
    """Variance per unit of the numerator, shape (tests,): 1 for counts, 2 AOV for revenue.

    Compound Poisson: Var/mean = E[v^2]/E[v] = AOV (1 + cv^2), with cv taken as at least 1.
    """
    if not metric.is_value:
        return np.ones(len(values))
    scale = 2.0 * order_value(values)
    return np.where(scale > 0, scale, 1.0)
