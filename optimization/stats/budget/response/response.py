"""Response of each campaign's revenue to its daily spend, from daily history.

Curve: R(x) = rho h(x) with h(x) = x (k + 1) xr / (k xr + x), so that h(xr) = xr at the usual
spend xr, and rho is the return there. Level rho: Gamma posterior on discounted conversions, drawn
to the pool's return; a level that changed lately is taken from the latest days.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from optimization.stats.budget.history import Panel, build_panel
from optimization.stats.budget.input import PoolCampaign
from optimization.stats.budget.response.factors import Factors, estimate_factors
from optimization.stats.budget.response.level import Level, estimate_level
from optimization.stats.budget.response.shape import PRIOR_K, saturate
from optimization.stats.common.metrics import FloatArray, ratio

VALUE_PRIOR = 3.0  # conversions' worth of the pool's value per conversion
SPEND_DISCOUNT = 0.98
MIN_DAYS = 7
MIN_CONVERSIONS = 10.0
LEAST_SPEND = 1e-6  # the platforms' micro unit


@dataclass(frozen=True, slots=True, eq=False)
class Response:
    """R(x) = ceiling x / (half + x) per campaign, both (campaigns,)."""

    ceiling: FloatArray
    half: FloatArray

    def revenue(self, spend: FloatArray) -> FloatArray:
        return self.ceiling * spend / (self.half + spend)

    def marginal(self, spend: FloatArray) -> FloatArray:
        """Revenue of the next unit of spend."""
        return self.ceiling * self.half / (self.half + spend) ** 2


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """What is known of the active campaigns, by position; arrays are (campaigns,).

    `usual` is the spend at which the level is measured. `order_value` of a conversion is shrunk;
    `value` is that part of it which the ads caused.
    """

    usual: FloatArray
    value: FloatArray
    order_value: FloatArray
    level: Level
    factors: Factors
    panel: Panel

    def optimistic(self) -> Response:
        """Curves for the split: levels a little above their mean where little is known."""
        return self._response(self.level.optimistic)

    def expected(self) -> Response:
        """Curves at the posterior means."""
        return self._response(self.level.mean)

    def _response(self, rho: FloatArray) -> Response:
        half = self.level.k * self.usual
        return Response(ceiling=rho * (self.usual + half), half=half)


def estimate_response(
    campaigns: Sequence[PoolCampaign],
    as_of: date | None = None,
    completeness: Mapping[str, Sequence[float]] | None = None,
) -> Estimate | None:
    """What the history says of the active campaigns; None with too little of it in the pool.

    Too little is under 7 days or 10 conversions in all. Without any revenue a conversion counts
    as one unit of value. `completeness` replaces the estimated reporting lag, by platform.
    """
    panel = build_panel([c.history for c in campaigns], [c.platform for c in campaigns], as_of)
    conversions = panel.conversions.sum()
    if panel.seen.any(axis=0).sum() < MIN_DAYS or conversions < MIN_CONVERSIONS:
        return None
    usual = _usual_spend(campaigns, panel)
    relative = panel.spend / usual[:, None]
    effort = saturate(relative, PRIOR_K) * usual[:, None]
    factors = estimate_factors(panel, effort, completeness)
    order_value = _values(campaigns, panel)
    value = order_value * np.array([c.incrementality for c in campaigns])
    level = estimate_level(panel, factors, relative, usual, value)
    return Estimate(usual, value, order_value, level, factors, panel)


def _usual_spend(campaigns: Sequence[PoolCampaign], panel: Panel) -> FloatArray:
    """Mean spend of the days with spend, recent ones more; without any, the current budget."""
    spent = panel.spend > LEAST_SPEND
    weight = spent * SPEND_DISCOUNT ** panel.age.astype(np.float64)
    mean = ratio((weight * panel.spend).sum(axis=1), weight.sum(axis=1))
    fallback = [max(float(c.current), float(c.minimum), LEAST_SPEND) for c in campaigns]
    return np.where(mean > 0, mean, fallback)


def has_revenue(campaigns: Sequence[PoolCampaign]) -> bool:
    """Whether any campaign reports revenue, or was given a value per conversion."""
    return any(c.value is not None or c.history.column("revenue").sum() > 0 for c in campaigns)


def _values(campaigns: Sequence[PoolCampaign], panel: Panel) -> FloatArray:
    """Worth of a conversion, shrunk to the pool's."""
    # Without revenue anywhere, every conversion is worth the same.
    money = panel.revenue if panel.revenue.sum() > 0 else panel.conversions
    earned, made = money.sum(axis=1), panel.conversions.sum(axis=1)
    pool = float(earned.sum() / made.sum())
    value = (earned + VALUE_PRIOR * pool) / (made + VALUE_PRIOR)
    given = np.array([np.nan if c.value is None else c.value for c in campaigns])
    value = np.where(np.isnan(given), value, given)
    worth: FloatArray = np.maximum(value, 1e-9)
    return worth
