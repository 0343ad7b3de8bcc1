"""Builds the errors for conflicting limits, naming as few limits as possible."""

from collections.abc import Sequence

from optimization.stats.budget.input import PoolCampaign
from optimization.stats.budget.results import InfeasibleBudget, Limit
from optimization.stats.common.minor_units import from_minor, to_minor_ceiling


def lower_limit_name(campaign: PoolCampaign, lo: int, digits: int) -> str:
    """The name of the limit that sets a campaign's lower bound."""
    if campaign.frozen:
        return "frozen"
    if lo > to_minor_ceiling(campaign.effective_minimum, digits):
        return "max_step"
    is_minimum = campaign.floor is None or campaign.floor <= campaign.minimum
    return "min_budget" if is_minimum else "floor"


def lower_limit_above_share(
    campaign: PoolCampaign, by_share: int, lo: int, digits: int
) -> InfeasibleBudget:
    """The error for a campaign whose lower bound is above its share of the total."""
    least, cap = from_minor(lo, digits), from_minor(by_share, digits)
    name = lower_limit_name(campaign, lo, digits)
    return InfeasibleBudget(
        f"campaign {campaign.id!r}: {name} {least} is above its max_share of the total "
        f"({cap}); raise the total or max_share, or pause the campaign",
        (Limit(campaign.id, name, least), Limit(campaign.id, "max_share", cap)),
    )


def lower_limits_above_total(
    campaigns: Sequence[PoolCampaign], least: Sequence[int], total: int, digits: int
) -> InfeasibleBudget:
    """The error for lower bounds that exceed the total; names the largest until they exceed it."""
    chosen: list[Limit] = []
    reached = 0
    for i in sorted(range(len(least)), key=lambda i: (-least[i], i)):
        name = lower_limit_name(campaigns[i], least[i], digits)
        chosen.append(Limit(campaigns[i].id, name, from_minor(least[i], digits)))
        reached += least[i]
        if reached > total:
            break
    names = ", ".join(f"{limit.campaign_id!r} {limit.name} {limit.value}" for limit in chosen)
    return InfeasibleBudget(
        f"total {from_minor(total, digits)} is below what active campaigns must get ({names}); "
        "raise total, lower these limits or pause a campaign",
        (*chosen, Limit(None, "total", from_minor(total, digits))),
    )
