"""Reads one allocation pool: an advertiser's managed, active campaigns in one currency."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from campaigns.guardrails import limits
from campaigns.lifecycle import IS_OPTIMISED
from campaigns.models import Campaign
from core.common.money import Money
from core.models import Advertiser
from optimization.budgets.pool_history import histories
from platforms.models import AdAccount


def pool_campaigns(advertiser: Advertiser, currency: str) -> QuerySet[Campaign]:
    """The campaigns whose budgets may move: not those that are held out for the proof."""
    return Campaign.objects.filter(
        IS_OPTIMISED,
        account__advertiser=advertiser,
        account__currency=currency,
        account__state=AdAccount.State.CONNECTED,
        budget_on__in=Campaign.OWN_BUDGET,
        held_out=False,
        daily_budget_micros__gt=0,
    ).select_related("account__advertiser")


def pool_currencies(advertiser: Advertiser) -> list[str]:
    accounts = AdAccount.objects.filter(advertiser=advertiser, state=AdAccount.State.CONNECTED)
    return sorted(set(accounts.values_list("currency", flat=True)))


def allocation_inputs(campaigns: list[Campaign]) -> list[dict[str, Any]]:
    """The mappings that optimization.stats.budget.allocate takes; a few queries in all."""
    history = histories(campaigns)
    accounts = {campaign.account_id: campaign.account for campaign in campaigns}
    least = {pk: limits.minimum(account).micros for pk, account in accounts.items()}
    most = {pk: limits.maximum(account) for pk, account in accounts.items()}
    return [
        {
            **_settings(campaign),
            **_bounds(campaign, least[campaign.account_id], most[campaign.account_id]),
            "history": history[campaign.pk],
        }
        for campaign in campaigns
    ]


def _settings(campaign: Campaign) -> dict[str, Any]:
    account = campaign.account
    return {
        "id": campaign.pk,
        "platform": account.platform,
        "status": "active",
        "currency": account.currency,
        "current_budget": account.money(campaign.daily_budget_micros or 0).amount,
        "max_increase": float(account.advertiser.max_step),
        "incrementality": float(campaign.incrementality),
    }


def _bounds(campaign: Campaign, least: int, most: Money | None) -> dict[str, Any]:
    """Its own floor and ceiling beside those of all campaigns of the account."""
    floor = max(least, campaign.floor_micros or 0)
    known = (None if most is None else most.micros, campaign.ceiling_micros)
    ceilings = [micros for micros in known if micros is not None]
    bounds = {"min_budget": campaign.account.money(floor).amount}
    return bounds | ({"ceiling": campaign.account.money(min(ceilings)).amount} if ceilings else {})
