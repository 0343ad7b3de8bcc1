"""Bounds of each active campaign's budget, in whole minor units."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from optimization.stats.budget.allocation.bounds_conflict import (
    lower_limit_above_share,
    lower_limits_above_total,
)
from optimization.stats.budget.allocation.waterfill import DEAD_ZONE
from optimization.stats.budget.input import PoolCampaign
from optimization.stats.budget.results import Binding
from optimization.stats.common.metrics import BoolArray, FloatArray, IntArray
from optimization.stats.common.minor_units import to_minor_ceiling, to_minor_floor

# Per cent a day, widened only when the total cannot be met within the narrower one.
BANDS = (19, 25, 35, 50)
DEFAULT_MAX_INCREASE = Decimal("0.5")
SHARE_OF_TWO = Decimal("0.75")
SHARE_OF_MANY = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class HardLimits:
    """Hard limits of one campaign, and the names of the lower and the upper one."""

    current: int
    lo: int
    hi: int
    lo_name: Binding
    hi_name: Binding


@dataclass(frozen=True, slots=True, eq=False)
class Bounds:
    """Bounds of one run, (campaigns,) each, and the names of the limits behind them."""

    current: IntArray
    lo: IntArray
    hi: IntArray
    lo_name: list[Binding]
    hi_name: list[Binding]
    frozen: BoolArray


def default_share(active: int) -> Decimal:
    """Largest share of the total for one campaign, by the number of active ones."""
    if active == 1:
        return Decimal(1)
    return SHARE_OF_TWO if active == 2 else SHARE_OF_MANY


def hard_limits(campaigns: Sequence[PoolCampaign], total: int, digits: int) -> list[HardLimits]:
    """Hard limits of the active campaigns. Raises InfeasibleBudget."""
    share = default_share(len(campaigns))
    limits = [_campaign_limits(campaign, total, share, digits) for campaign in campaigns]
    if sum(limit.lo for limit in limits) > total:
        raise lower_limits_above_total(campaigns, [limit.lo for limit in limits], total, digits)
    return limits


def _campaign_limits(
    campaign: PoolCampaign, total: int, usual_share: Decimal, digits: int
) -> HardLimits:
    current = to_minor_floor(campaign.current, digits)
    if campaign.frozen:
        return HardLimits(current, current, current, Binding.FROZEN, Binding.FROZEN)
    lo, lo_name = to_minor_ceiling(campaign.effective_minimum, digits), Binding.MIN
    if campaign.max_step is not None:
        by_step = to_minor_ceiling(
            campaign.current * max(1 - campaign.max_step, Decimal(0)), digits
        )
        if by_step > lo:
            lo, lo_name = by_step, Binding.STEP_DOWN
    hi, hi_name = _upper_limit(campaign, total, usual_share, digits, lo)
    if lo >= hi:
        hi_name = lo_name
    # The minimum overrides a default share and the step up: below its minimum a campaign cannot
    # run.
    return HardLimits(current, lo, max(lo, hi), lo_name, hi_name)


def _upper_limit(
    campaign: PoolCampaign, total: int, usual_share: Decimal, digits: int, lo: int
) -> tuple[int, Binding]:
    share = usual_share if campaign.max_share is None else campaign.max_share
    by_share = int(share * total)
    if by_share < lo and campaign.max_share is not None and lo <= total:
        raise lower_limit_above_share(campaign, by_share, lo, digits)
    rises = [r for r in (campaign.max_increase, campaign.max_step) if r is not None]
    rise = min(rises, default=DEFAULT_MAX_INCREASE)
    by_step = min(to_minor_floor(campaign.current * (1 + rise), digits), total)
    by_share_first = by_share <= by_step
    hi, name = (by_share, Binding.SHARE) if by_share_first else (by_step, Binding.STEP_UP)
    if campaign.ceiling is not None:
        by_cap = to_minor_floor(campaign.ceiling, digits)
        if by_cap < hi:
            return max(by_cap, lo), Binding.CAP
    return hi, name


def run_bounds(limits: Sequence[HardLimits], capacity: FloatArray, total: int) -> Bounds:
    """Bounds of the narrowest daily band in which the total fits, else the hard limits alone.

    `capacity` is in minor units. Small steps protect the platforms' learning, so the band is
    widened only when the total cannot be met within it.
    """
    current = np.array([limit.current for limit in limits], dtype=np.intp)
    lo = np.array([limit.lo for limit in limits], dtype=np.intp)
    hi = np.array([limit.hi for limit in limits], dtype=np.intp)
    frozen = np.array([limit.lo_name == Binding.FROZEN for limit in limits], dtype=np.bool_)
    # What a campaign leaves unspent of its budget is cut only where that is worth an edit.
    near = (capacity < current) & (capacity >= (1 - DEAD_ZONE) * current)
    most = np.where(near, current, np.where(frozen, np.inf, capacity))
    most = np.minimum(most, hi).astype(np.intp)
    for band in BANDS:
        down, up = -(-current * (100 - band) // 100), current * (100 + band) // 100
        low = np.maximum(lo, np.minimum(down, hi))
        high = np.maximum(low, np.minimum(most, up))
        if low.sum() <= total <= high.sum():
            return Bounds(
                current,
                low,
                high,
                _low_names(limits, low, lo),
                _high_names(limits, up, most, hi),
                frozen,
            )
    names = [limit.lo_name for limit in limits], [limit.hi_name for limit in limits]
    return Bounds(current, lo, hi, *names, frozen)


def _low_names(limits: Sequence[HardLimits], low: IntArray, lo: IntArray) -> list[Binding]:
    by_band = (low > lo).tolist()
    return [
        Binding.STEP_DOWN if band else limit.lo_name
        for limit, band in zip(limits, by_band, strict=True)
    ]


def _high_names(
    limits: Sequence[HardLimits], up: IntArray, most: IntArray, hi: IntArray
) -> list[Binding]:
    by_capacity = ((most < hi) & (most <= up)).tolist()
    by_band = (up < hi).tolist()
    return [
        Binding.CAPACITY if capacity else Binding.STEP_UP if band else limit.hi_name
        for limit, capacity, band in zip(limits, by_capacity, by_band, strict=True)
    ]
