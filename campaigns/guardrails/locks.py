"""The rows that a change holds, taken in one order: advertiser, account, campaign.

Everything that may raise holds its advertiser, since two raises that fit one by one could break a
cap together. What only lowers takes the campaign alone, so that a pause waits for no raise.
"""

from __future__ import annotations

from campaigns.models import Campaign
from core.models import Advertiser


def lock_campaign(campaign: Campaign, *, may_raise: bool) -> Campaign:
    """The row as it is now, held until the transaction ends. (no_key: inserts that refer to it,
    such as audit entries and figures, need not wait.)"""
    if may_raise:
        lock_advertiser(campaign.account.advertiser_id)
    rows = Campaign.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("account__advertiser").get(pk=campaign.pk)


def lock_advertiser(pk: int) -> None:
    rows = Advertiser.objects.select_for_update(no_key=True).filter(pk=pk)
    list(rows.values_list("pk"))
