"""Reads one allocation pool: an advertiser's managed, active campaigns in one currency."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet

from campaigns.guardrails import limits
from campaigns.lifecycle import IS_OPTIMISED
from campaigns.models import AdGroup, Campaign, RemoteState
from campaigns.spend.group_budgets import step_micros
from core.common import dates
from core.common.money import MICROS, Money
from core.models import Advertiser
from optimization.budgets.pool_history import histories
from optimization.stats.budget.allocator import BudgetAllocator
from platforms.models import AdAccount


def pool_campaigns(advertiser: Advertiser, currency: str) -> QuerySet[Campaign]:
    """The campaigns that run today and whose budgets may move: not those of the holdout, and none
    with an ad group whose budget is for its whole flight, as that is pacing's."""
    accounts = AdAccount.objects.filter(advertiser=advertiser, currency=currency)
    today = [_runs_today(account) for account in accounts]
    return (
        Campaign.objects.filter(
            IS_OPTIMISED,
            reduce(or_, today, Q(pk__in=[])),
            account__advertiser=advertiser,
            account__currency=currency,
            account__state=AdAccount.State.CONNECTED,
            budget_on__in=Campaign.OWN_BUDGET,
            held_out=False,
            daily_budget_micros__gt=0,
        )
        .exclude(remote__in=[RemoteState.ENDED, RemoteState.ABSENT])
        .exclude(pk__in=_with_flight_budgets().values("campaign_id"))
        .select_related("account__advertiser")
        .prefetch_related("ad_groups")
    )


def _with_flight_budgets() -> QuerySet[AdGroup]:
    gone = (RemoteState.ENDED, RemoteState.ABSENT)
    return AdGroup.objects.filter(total_budget_micros__gt=0).exclude(remote__in=gone)


def _runs_today(account: AdAccount) -> Q:
    """On a day of the account: what has ended, or not begun, leaves its money to nobody."""
    today = dates.today(account.time_zone)
    begun = Q(start=None) | Q(start__lte=today)
    return Q(account=account) & begun & (Q(end=None) | Q(end__gte=today))


def pool_currencies(advertiser: Advertiser) -> list[str]:
    accounts = AdAccount.objects.filter(advertiser=advertiser, state=AdAccount.State.CONNECTED)
    return sorted(set(accounts.values_list("currency", flat=True)))


def unit_of(campaigns: Iterable[Campaign]) -> int:
    """Micros of which each of these budgets is a multiple: what all of their platforms count.
    Meta, for one, takes whole forints."""
    return max(step_micros(campaign.account) for campaign in campaigns)


def allocator_of(currency: str, campaigns: list[Campaign]) -> BudgetAllocator:
    """It splits in whole units of the pool."""
    digits = len(str(MICROS)) - len(str(unit_of(campaigns)))  # powers of ten
    return BudgetAllocator(currency=currency, minor_digits={currency: digits})


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
    """Its own floor and ceiling beside those of all campaigns of the account; with its budget on
    ad groups, what all of them need at least."""
    if campaign.budget_on == Campaign.BudgetOn.AD_GROUP:
        least = limits.minimum(campaign.account, campaign).micros
    floor = max(least, campaign.floor_micros or 0)
    known = (None if most is None else most.micros, campaign.ceiling_micros)
    ceilings = [micros for micros in known if micros is not None]
    bounds = {"min_budget": campaign.account.money(floor).amount}
    return bounds | ({"ceiling": campaign.account.money(min(ceilings)).amount} if ceilings else {})
