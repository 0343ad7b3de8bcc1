"""What a launch has created on the platform so far, in sentences for page and incident."""

from __future__ import annotations

from collections.abc import Sequence

from agents.models import Strategy
from agents.plans import PlanMalformed, parse_plan
from campaigns.models import Campaign, Wanted


def references_of(strategy: Strategy) -> tuple[str, ...]:
    """The references of the campaigns that the plan makes; of a plan that cannot be read any more,
    of those that it made."""
    try:
        return parse_plan(strategy.plan).references
    except PlanMalformed:
        return tuple(campaign.reference for campaign in strategy.launched)


def what_exists(campaigns: Sequence[Campaign]) -> str:
    """What there is, and what of it spends: a failed launch leaves on what was switched on before.
    Needs no queries where ad groups and ads are prefetched."""
    there = [campaign for campaign in campaigns if campaign.remote_id]
    if not there:
        return "Nothing exists on the platform. It spends nothing."
    several = len(campaigns) > 1
    parts = [_there(campaign, named=several) for campaign in there]
    on = [f"“{campaign.name}”" for campaign in there if campaign.wanted == Wanted.ACTIVE]
    if not on:
        return " ".join([*parts, "It spends nothing."])
    spending = f"{' and '.join(on)} {'is' if len(on) == 1 else 'are'} on and may spend."
    return " ".join([spending, *parts])


def _there(campaign: Campaign, *, named: bool) -> str:
    groups = [group for group in campaign.ad_groups.all() if group.remote_id]
    ads = sum(1 for group in groups for ad in group.ads.all() if ad.remote_id)
    whose = f"the campaign “{campaign.name}”" if named else "the campaign"
    return (
        f"On the platform there is {whose}, {campaign.get_wanted_display()}, with "
        f"{_count_text(len(groups), 'ad group')} and {_count_text(ads, 'ad')}."
    )


def _count_text(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
