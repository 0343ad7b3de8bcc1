"""What the incidents share that are kept one per campaign of an account and close by themselves."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from campaigns.lifecycle import IS_OURS
from campaigns.models import Campaign, RemoteState, Wanted
from core.models import Incident
from platforms.models import AdAccount

WANTED_ADS = ~Q(wanted__in=[Wanted.PAUSED, Wanted.ARCHIVED]) & ~Q(remote=RemoteState.ABSENT)


def running(account: AdAccount) -> QuerySet[Campaign]:
    """Our campaigns that should run and, as last read, are there and have not ended."""
    ours = account.campaigns.filter(IS_OURS, wanted=Wanted.ACTIVE)
    return ours.exclude(remote__in=[RemoteState.ABSENT, RemoteState.ENDED])


def key_of(kind: str, account: AdAccount, campaign_id: int) -> str:
    return f"{_prefix(kind, account)}{campaign_id}"


def told(kind: str, account: AdAccount) -> set[int]:
    """Ids of the campaigns whose incident of this kind is open."""
    prefix = _prefix(kind, account)
    found = Incident.objects.filter(
        advertiser=account.advertiser_id, key__startswith=prefix, resolved_at=None
    )
    return {int(key.removeprefix(prefix)) for key in found.values_list("key", flat=True)}


def resolve(kind: str, account: AdAccount, campaign_ids: Iterable[int]) -> None:
    for pk in campaign_ids:
        Incident.resolve(account.advertiser, key_of(kind, account, pk))


def budget_text(campaign: Campaign) -> str:
    """The money at stake in a sentence."""
    if campaign.total_budget_micros is not None:
        return f"{campaign.account.money(campaign.total_budget_micros)} over its flight"
    if campaign.daily_budget is None:
        return "its budget"
    if campaign.budget_on == Campaign.BudgetOn.SHARED:
        return f"its part of the {campaign.daily_budget} a day that it shares"
    return f"{campaign.daily_budget} a day"


def _prefix(kind: str, account: AdAccount) -> str:
    return f"{kind}:{account.pk}:"
