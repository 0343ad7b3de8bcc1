"""Bounds of each active campaign's budget, in whole minor units."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from optimization.stats.budget_input import PoolCampaign
from optimization.stats.budget_results import Binding, InfeasibleBudget, Limit
from optimization.stats.metrics import FloatArray
from optimization.stats.minor_units import from_minor, to_minor_ceiling, to_minor_floor

BANDS = (Decimal("0.19"), Decimal("0.25"), Decimal("0.35"), Decimal("0.50"))
DEFAULT_MAX_INCREASE = Decimal("0.5")
SHARE_OF_TWO = Decimal("0.75")
SHARE_OF_MANY = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class HardLimits:
    """Limits that no band may pass; `hi_name` says which of share and step is the tighter."""

    current: int
    lo: int
    hi: int
    hi_name: Binding


@dataclass(frozen=True, slots=True)
class Bounds:
    """Bounds of one run and the names of what sets them."""

    current: int
    lo: int
    hi: int
    lo_name: Binding
    hi_name: Binding


def default_share(active: int) -> Decimal:
    """Largest share of the total for one campaign, by the number of active ones."""
    if active == 1:
        return Decimal(1)
    return SHARE_OF_TWO if active == 2 else SHARE_OF_MANY


def hard_limits(campaigns: Sequence[PoolCampaign], total: int, digits: int) -> list[HardLimits]:
    """Hard limits of the active campaigns. Raises InfeasibleBudget."""
    limits = [_hard(campaign, total, len(campaigns), digits) for campaign in campaigns]
    if sum(limit.lo for limit in limits) > total:
        raise _minimums_exceed(campaigns, limits, total, digits)
    return limits


def _hard(campaign: PoolCampaign, total: int, active: int, digits: int) -> HardLimits:
    lo = to_minor_ceiling(campaign.minimum, digits)
    current = to_minor_floor(campaign.current, digits)
    share = default_share(active) if campaign.max_share is None else campaign.max_share
    by_share = int(share * total)
    if by_share < lo and campaign.max_share is not None and lo <= total:
        raise _minimum_above_share(campaign, by_share, lo, digits)
    rise = DEFAULT_MAX_INCREASE if campaign.max_increase is None else campaign.max_increase
    by_step = to_minor_floor(campaign.current * (1 + rise), digits)
    name: Binding = "share" if by_share <= by_step else "step_up"
    if lo >= min(by_share, by_step):
        name = "min"
    # The platform's minimum is stronger than a default share and than the step: below it the
    # campaign could not run at all.
    return HardLimits(current, lo, max(lo, min(by_share, by_step)), name)


def _minimum_above_share(
    campaign: PoolCampaign, by_share: int, lo: int, digits: int
) -> InfeasibleBudget:
    minimum, cap = from_minor(lo, digits), from_minor(by_share, digits)
    conflict = (Limit(campaign.id, "min_budget", minimum), Limit(campaign.id, "max_share", cap))
    return InfeasibleBudget(
        f"campaign {campaign.id!r}: min_budget {minimum} is above its max_share of the total "
        f"({cap}); raise the total or max_share, or pause the campaign",
        conflict,
    )


def _minimums_exceed(
    campaigns: Sequence[PoolCampaign], limits: list[HardLimits], total: int, digits: int
) -> InfeasibleBudget:
    """Names the fewest minimums that together exceed the total: the largest ones."""
    chosen: list[Limit] = []
    reached = 0
    for i in sorted(range(len(limits)), key=lambda i: (-limits[i].lo, i)):
        chosen.append(Limit(campaigns[i].id, "min_budget", from_minor(limits[i].lo, digits)))
        reached += limits[i].lo
        if reached > total:
            break
    names = ", ".join(f"{limit.campaign_id!r} {limit.value}" for limit in chosen)
    return InfeasibleBudget(
        f"total {from_minor(total, digits)} is below the minimum budgets of active campaigns "
        f"({names}); raise total, lower min_budget or pause a campaign",
        (*chosen, Limit(None, "total", from_minor(total, digits))),
    )


def run_bounds(limits: Sequence[HardLimits], capacity: FloatArray, total: int) -> list[Bounds]:
    """Narrowest daily band that can hold the total; at last the hard limits alone.

    `capacity` is in minor units. Narrow steps protect the platforms' learning; the band widens
    only when the total cannot be met inside it.
    """
    for band in BANDS:
        bounds = [_banded(limit, float(cap), band) for limit, cap in zip(limits, capacity)]
        if sum(b.lo for b in bounds) <= total <= sum(b.hi for b in bounds):
            return bounds
    return [Bounds(h.current, h.lo, h.hi, "min", h.hi_name) for h in limits]


def _banded(limit: HardLimits, capacity: float, band: Decimal) -> Bounds:
    down = to_minor_ceiling(limit.current * (1 - band), 0)
    up = int(limit.current * (1 + band))
    lo = limit.lo
    lo_name: Binding = "min"
    if min(down, limit.hi) > lo:
        lo, lo_name = min(down, limit.hi), "step_down"
    hi, hi_name = limit.hi, limit.hi_name
    if up < hi:
        hi, hi_name = up, "step_up"
    if capacity < hi:
        hi, hi_name = int(capacity), "capacity"
    return Bounds(limit.current, lo, max(lo, hi), lo_name, hi_name)
