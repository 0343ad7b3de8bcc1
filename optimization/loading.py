"""Campaigns by the thousand: their few accounts and advertisers are read once and shared."""

from __future__ import annotations

from django.db.models import QuerySet

from campaigns.models import Campaign
from platforms.models import AdAccount


def with_accounts(campaigns: QuerySet[Campaign]) -> list[Campaign]:
    """The campaigns with `account.advertiser` at hand; two queries, whatever their number."""
    found = list(campaigns)
    ids = {campaign.account_id for campaign in found}
    accounts = AdAccount.objects.select_related("advertiser").in_bulk(ids)
    for campaign in found:
        campaign.account = accounts[campaign.account_id]
    return found
