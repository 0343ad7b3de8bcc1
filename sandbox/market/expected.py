"""Expected spend and revenue of a daily budget on an average day, for oracles and comparisons."""

from __future__ import annotations

import numpy as np

from sandbox.market import auction, late_conversions, pacing
from sandbox.market.auction import CampaignTree
from sandbox.market.ground_truth import ad_truth, campaign_truth
from sandbox.market.rng import Floats


def expected_spend(seed: int, tree: CampaignTree, budgets: Floats) -> Floats:
    """Mean spend per day for each daily budget, both in units of the currency."""
    truth = campaign_truth(seed, tree.campaign, tree.currency)
    desired = np.asarray(budgets, dtype=np.float64)[:, None] * pacing.TYPICAL_FACTOR
    factor = auction.capacity_factor(truth, desired, np.ones_like(desired))
    return np.asarray((desired * factor)[:, 0])


def expected_revenue(seed: int, tree: CampaignTree, budgets: Floats) -> Floats:
    """Mean revenue per day for each daily budget, in units of the currency, with all late orders.

    Assumes that all ads run; without fatigue, weekday and daily shocks.
    """
    truth = campaign_truth(seed, tree.campaign, tree.currency)
    spend = expected_spend(seed, tree, budgets)
    impressions = np.array([truth.impressions(amount) for amount in spend.tolist()])
    return np.asarray(impressions * _revenue_per_impression(seed, tree), dtype=np.float64)


def _revenue_per_impression(seed: int, tree: CampaignTree) -> float:
    """Mean revenue of one impression over the campaign's ads."""
    truth = campaign_truth(seed, tree.campaign, tree.currency)
    platform = tree.campaign.platform
    ads = [ad_truth(seed, truth, platform, ad.history[-1].signature) for ad in tree.ads]
    weights = auction.ad_weights(seed, tree)
    revenue = np.array([ad.revenue_per_impression for ad in ads])
    credit = late_conversions.MEAN_CREDIT if platform == "google" else 1.0
    return float((weights * revenue).sum() / weights.sum()) * (1 - auction.INVALID_RATE) * credit
