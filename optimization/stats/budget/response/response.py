"""Estimates the response of each campaign's revenue to its daily spend from daily history.

Curve: R(x) = rho h(x) with h(x) = x (k + 1) xr / (k xr + x), so that h(xr) = xr at the usual
spend xr, and rho is the return there. Level rho: Gamma posterior on discounted conversions, shrunk
to the pool's return; after a recent change only the latest days are used.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from optimization.stats.budget.history import Panel, build_panel
from optimization.stats.budget.input import PoolCampaign
from optimization.stats.budget.response.factors import Factors, estimate_factors
from optimization.stats.budget.response.level import Level, estimate_level
from optimization.stats.budget.response.shape import PRIOR_K, saturate
from optimization.stats.budget.response.values import ConversionValues, estimate_values
from optimization.stats.budget.results import Completeness
from optimization.stats.common.metrics import FloatArray, ratio

SPEND_DISCOUNT = 0.98
MIN_DAYS = 7
MIN_CONVERSIONS = 10.0
MIN_SPEND = 1e-6  # the platforms' micro unit


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
    """Estimates for the active campaigns, by position; arrays are (campaigns,).

    `usual` is the spend at which the level is measured. `order_value` is the shrunk value of a
    conversion, `value` the part of it that the ads cause; `values` says how it was found.
    """

    usual: FloatArray
    value: FloatArray
    order_value: FloatArray
    level: Level
    factors: Factors
    panel: Panel
    values: ConversionValues

    def optimistic(self) -> Response:
        """Curves for the split: levels a little above their mean where there is little data."""
        return self._response(self.level.optimistic)

    def expected(self) -> Response:
        """Curves at the posterior means."""
        return self._response(self.level.mean)

    def in_full(self) -> "Estimate":
        """The estimates as they would be if single large orders counted in full."""
        factor = self.values.plain / self.values.robust
        return replace(
            self,
            value=self.value * factor,
            order_value=self.values.plain,
            level=replace(self.level, b=self.level.b / factor),
        )

    def _response(self, rho: FloatArray) -> Response:
        half = self.level.k * self.usual
        return Response(ceiling=rho * (self.usual + half), half=half)


def estimate_response(
    campaigns: Sequence[PoolCampaign],
    as_of: date | None = None,
    completeness: Completeness | None = None,
) -> Estimate | None:
    """Estimates for the active campaigns; None with too little history in the pool.

    Too little is under 7 days or under 10 conversions in total. Without any revenue a conversion
    counts as one unit of value. `completeness` replaces the estimated reporting lag, by platform.
    """
    panel = build_panel([c.history for c in campaigns], [c.platform for c in campaigns], as_of)
    conversions = panel.conversions.sum()
    if panel.seen.any(axis=0).sum() < MIN_DAYS or conversions < MIN_CONVERSIONS:
        return None
    usual = _usual_spend(campaigns, panel)
    relative = panel.spend / usual[:, None]
    effort = saturate(relative, PRIOR_K) * usual[:, None]
    factors = estimate_factors(panel, effort, completeness)
    values = estimate_values(
        panel, np.array([np.nan if c.value is None else c.value for c in campaigns])
    )
    value = values.robust * np.array([c.incrementality for c in campaigns])
    level = estimate_level(panel, factors, relative, usual, value)
    return Estimate(usual, value, values.robust, level, factors, panel, values)


def _usual_spend(campaigns: Sequence[PoolCampaign], panel: Panel) -> FloatArray:
    """Mean spend of the days with spend, recent days weighted more; else the current budget."""
    spent = panel.spend > MIN_SPEND
    weight = spent * SPEND_DISCOUNT ** panel.age.astype(np.float64)
    mean = ratio((weight * panel.spend).sum(axis=1), weight.sum(axis=1))
    fallback = [max(float(c.current), float(c.minimum), MIN_SPEND) for c in campaigns]
    return np.where(mean > 0, mean, fallback)


def has_revenue(campaigns: Sequence[PoolCampaign]) -> bool:
    """Whether any campaign reports revenue, or was given a value per conversion."""
    return any(c.value is not None or c.history.column("revenue").sum() > 0 for c in campaigns)
