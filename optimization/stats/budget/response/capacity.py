"""Estimates the most that a campaign can spend a day, where it does not spend its budget."""

import numpy as np

from optimization.stats.budget.history import Panel
from optimization.stats.common.metrics import BoolArray, FloatArray, ratio

CAPACITY_DAYS = 7
CAPACITY_HEADROOM = 1.05
CAPACITY_Z = 1.6
CAPACITY_SLACK = 0.01
CAPACITY_PEERS = 3
USUAL_DELIVERY = 0.95
MIN_DAY_SD = 0.02
LARGEST_DELIVERY = 2.0  # Google may spend twice the daily budget on a day; more is a data error


def spend_capacity(panel: Panel) -> FloatArray:
    """The most that each campaign is expected to spend a day, (campaigns,); infinite where there is
    no sign of a limit.

    A campaign that in seven days spent clearly less of its budget than is usual on its platform is
    limited by its audience or bids: more budget would stay unspent.
    """
    funded = panel.seen & (panel.budget > 0)
    # The last seven days with a budget, which need not be consecutive.
    later = np.cumsum(funded[:, ::-1], axis=1)[:, ::-1]
    recent = funded & (later <= CAPACITY_DAYS)
    spend = np.minimum(panel.spend, LARGEST_DELIVERY * panel.budget)
    share = ratio(spend, np.where(recent, panel.budget, 0.0))
    days = recent.sum(axis=1)
    mean = ratio(share.sum(axis=1), days.astype(np.float64))
    typical, sd = _typical_delivery(panel, share, mean, recent)
    floor = typical - CAPACITY_Z * sd / np.sqrt(np.maximum(days, 1)) - CAPACITY_SLACK
    spent = ratio((panel.spend * recent).sum(axis=1), days.astype(np.float64))
    return np.where((days > 0) & (mean < floor), CAPACITY_HEADROOM * spent, np.inf)


def _typical_delivery(
    panel: Panel, share: FloatArray, mean: FloatArray, recent: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """Typical delivered share of each campaign's platform, and its sd from day to day."""
    typical, sd = np.zeros(len(mean)), np.zeros(len(mean))
    filled = recent.any(axis=1)
    square = np.where(recent, (share - mean[:, None]) ** 2, 0.0)
    for number in range(len(panel.platforms)):
        there = panel.platform == number
        peers = mean[there & filled]
        usual = float(np.median(peers)) if len(peers) >= CAPACITY_PEERS else USUAL_DELIVERY
        count = max(float(recent[there].sum()), 1.0)
        typical[there] = min(usual, 1.0)
        sd[there] = max(float(np.sqrt(square[there].sum() / count)), MIN_DAY_SD)
    return typical, sd
