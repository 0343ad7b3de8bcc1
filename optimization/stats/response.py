"""Response of each campaign's revenue to its daily spend, from daily history.

Curve: R(x) = rho h(x) with h(x) = x (k + 1) xr / (k xr + x), so that h(xr) = xr at the usual
spend xr, and rho is the ROAS there. Level rho: Gamma posterior drawn to the pool's ROAS. The
shape k is fixed at the prior mean.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optimization.stats.budget_input import History, PoolCampaign
from optimization.stats.metrics import FloatArray

SHAPE_K = 2.0
DAILY_DISCOUNT = 0.955  # half-life of 15 days
LEVEL_PRIOR = 1 / 0.55**2
VALUE_PRIOR = 3.0  # conversions' worth of the pool's value per conversion
MIN_DAYS = 7
MIN_CONVERSIONS = 10.0
CAPACITY_DAYS = 7
CAPACITY_HEADROOM = 1.05
CAPACITY_Z = 1.6
CAPACITY_SLACK = 0.01
CAPACITY_PEERS = 3
USUAL_DELIVERY = 0.95
MIN_DAY_SD = 0.02
LEAST_SPEND = 1e-6  # the platforms' micro unit
LARGEST_DELIVERY = 2.0  # Google may spend twice the daily budget on a day; more is a data fault


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


def estimate_response(campaigns: Sequence[PoolCampaign]) -> Response | None:
    """Curves of the active campaigns; None with too little history in the pool.

    Too little is under 7 days or 10 conversions in all. Without any revenue a conversion counts
    as one unit of value.
    """
    histories = [campaign.history for campaign in campaigns]
    days = {int(day) for history in histories for day in history.day}
    conversions = sum(float(history.column("conversions").sum()) for history in histories)
    if len(days) < MIN_DAYS or conversions < MIN_CONVERSIONS:
        return None
    newest = max(days)
    # Without revenue anywhere, every conversion is worth the same.
    money = "revenue" if has_revenue(campaigns) else "conversions"
    earned = [float(history.column(money).sum()) for history in histories]
    value = sum(earned) / conversions
    usual = np.array([_usual_spend(campaign) for campaign in campaigns])
    sums = np.array(
        [
            _weighted_sums(history, newest, xr, worth, value)
            for history, xr, worth in zip(histories, usual, earned)
        ]
    )
    worth, counts, exposure, values = sums.T
    pool_level = float(worth.sum() / exposure.sum()) if exposure.sum() > 0 else 1.0
    level = (LEVEL_PRIOR + counts) / (LEVEL_PRIOR / pool_level + exposure / values)
    return Response(ceiling=level * (SHAPE_K + 1) * usual, half=SHAPE_K * usual)


def _usual_spend(campaign: PoolCampaign) -> float:
    """Mean spend of the days with spend; without any, the current budget."""
    spend = campaign.history.column("spend")
    spent = spend[spend > LEAST_SPEND]
    fallback = max(float(campaign.current), float(campaign.minimum), LEAST_SPEND)
    return float(spent.mean()) if len(spent) else fallback


def has_revenue(campaigns: Sequence[PoolCampaign]) -> bool:
    """Whether any campaign reports revenue."""
    return any(campaign.history.column("revenue").sum() > 0 for campaign in campaigns)


def _weighted_sums(
    history: History, newest: int, usual: float, earned: float, pool_value: float
) -> tuple[float, float, float, float]:
    """Discounted revenue worth, conversions and curve exposure, and the value per conversion."""
    conversions, spend = history.column("conversions"), history.column("spend")
    value = (earned + VALUE_PRIOR * pool_value) / (float(conversions.sum()) + VALUE_PRIOR)
    weight = DAILY_DISCOUNT ** (newest - history.day).astype(np.float64)
    exposure = spend * (SHAPE_K + 1) * usual / (SHAPE_K * usual + spend)
    counts = float((weight * conversions).sum())
    return counts * value, counts, float((weight * exposure).sum()), value


def spend_capacity(campaigns: Sequence[PoolCampaign]) -> FloatArray:
    """Most that each campaign can be expected to spend a day; infinite where nothing suggests so.

    A campaign that delivered clearly less of its budget in seven days than is usual on its
    platform is limited by its audience or bids: more budget would stay unspent.
    """
    recent = [_recent_delivery(campaign.history) for campaign in campaigns]
    usual = {
        name: _usual_delivery([r[0] for r, c in zip(recent, campaigns) if c.platform == name])
        for name in {campaign.platform for campaign in campaigns}
    }
    out = np.full(len(campaigns), np.inf)
    for i, (shares, spent) in enumerate(recent):
        typical, sd = usual[campaigns[i].platform]
        floor = typical - CAPACITY_Z * sd / np.sqrt(max(len(shares), 1)) - CAPACITY_SLACK
        if len(shares) and shares.mean() < floor:
            out[i] = CAPACITY_HEADROOM * spent.mean()
    return out


def _recent_delivery(history: History) -> tuple[FloatArray, FloatArray]:
    """Share of budget delivered and spend, over the last seven days with a budget."""
    budget, spend = history.column("budget"), history.column("spend")
    funded = budget > 0
    budget, spend = budget[funded][-CAPACITY_DAYS:], spend[funded][-CAPACITY_DAYS:]
    return np.minimum(spend, LARGEST_DELIVERY * budget) / budget, spend


def _usual_delivery(peers: list[FloatArray]) -> tuple[float, float]:
    """Typical delivered share of a platform, and its sd from day to day."""
    filled = [shares for shares in peers if len(shares)]
    means = [float(shares.mean()) for shares in filled]
    usual = float(np.median(means)) if len(means) >= CAPACITY_PEERS else USUAL_DELIVERY
    spread = np.concatenate([np.zeros(1), *(shares - shares.mean() for shares in filled)])
    return min(usual, 1.0), max(float(spread.std()), MIN_DAY_SD)
