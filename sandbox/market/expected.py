"""What a daily budget brings on an ordinary day, without chance: for oracles and comparisons."""

from __future__ import annotations

import numpy as np

from sandbox.market import auction, late_conversions, pacing
from sandbox.market.auction import Tree
from sandbox.market.ground_truth import ad_truth, campaign_truth
from sandbox.market.rng import Floats


def spend_of(seed: int, tree: Tree, budgets: Floats) -> Floats:
    """Mean spend a day by daily budget, both in units of the currency."""
    truth = campaign_truth(seed, tree.campaign, tree.currency)
    wished = np.asarray(budgets, dtype=np.float64)[:, None] * pacing.USUAL
    return np.asarray((wished * auction.room(truth, wished, np.ones_like(wished)))[:, 0])


def revenue_of(seed: int, tree: Tree, budgets: Floats) -> Floats:
    """Mean revenue a day by daily budget, in units of the currency, once all orders are known.

    All ads are taken as running; fatigue, weekday and the day's shocks are left out.
    """
    truth = campaign_truth(seed, tree.campaign, tree.currency)
    spend = spend_of(seed, tree, budgets)
    impressions = np.array([truth.impressions(amount) for amount in spend.tolist()])
    return np.asarray(impressions * _worth(seed, tree), dtype=np.float64)


def _worth(seed: int, tree: Tree) -> float:
    """Revenue of one impression, over the campaign's ads."""
    truth = campaign_truth(seed, tree.campaign, tree.currency)
    platform = tree.campaign.platform
    ads = [ad_truth(seed, truth, platform, ad.history[-1].signature) for ad in tree.ads]
    taste = auction.ad_weights(seed, tree)
    worth = np.array([ad.revenue_per_impression for ad in ads])
    kept = late_conversions.CREDIT_KEPT if platform == "google" else 1.0
    return float((taste * worth).sum() / taste.sum()) * (1 - auction.INVALID_RATE) * kept
