"""Where a campaign stands in its platform's own manager, for accounts of the real platforms."""

from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings

from campaigns.models import Campaign
from platforms.models import AdAccount, Platform

NAMES = {
    Platform.GOOGLE.value: "Google Ads",
    Platform.META.value: "Meta Ads Manager",
    Platform.TIKTOK.value: "TikTok Ads Manager",
}


def vendor_link(campaign: Campaign) -> tuple[str, str] | None:
    """The manager's name and the address there. None in the sandbox, which has no such pages, for
    imported reports, and where the account is not connected or the campaign not made yet.

    TikTok has no address of one campaign: the link leads to the account's list.
    """
    account = campaign.account
    name = NAMES.get(account.platform)
    connected = account.state == AdAccount.State.CONNECTED
    if settings.SANDBOX or name is None or not connected or not campaign.remote_id:
        return None
    return name, _address(account, campaign.remote_id)


def _address(account: AdAccount, remote_id: str) -> str:
    if account.platform == Platform.GOOGLE:
        customer = account.external_id.replace("-", "")
        query = urlencode({"campaignId": remote_id, "__e": customer})
        return f"https://ads.google.com/aw/adgroups?{query}"
    if account.platform == Platform.META:
        number = account.external_id.removeprefix("act_")
        query = urlencode({"act": number, "selected_campaign_ids": remote_id})
        return f"https://adsmanager.facebook.com/adsmanager/manage/campaigns?{query}"
    query = urlencode({"aadvid": account.external_id})
    return f"https://ads.tiktok.com/i18n/perf/campaign?{query}"
