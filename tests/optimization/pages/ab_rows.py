"""Campaigns whose ads are compared, and a look at them."""

from __future__ import annotations

from datetime import timedelta

from campaigns.models import Campaign
from core.models import Actor, ActorKind
from optimization import services
from optimization.models import ABTest
from platforms.models import AdAccount
from tests.campaigns.page_rows import YESTERDAY, deliver, make_ad, make_campaign

ACTOR = Actor(ActorKind.PERSON, "ann")


def campaign_with_ads(
    account: AdAccount, *clicks: int, name: str = "Boots", days: int = 14
) -> Campaign:
    """One ad for each number of clicks a day, of 2,000 impressions."""
    campaign = make_campaign(account, name)
    for number, count in enumerate(clicks):
        ad = make_ad(campaign, f"Ad {'ABCDEFGH'[number]}")
        for back in range(days):
            deliver(ad, YESTERDAY - timedelta(days=back), clicks=count + (back + number) % 3)
    return campaign


def look_at(campaign: Campaign) -> ABTest:
    test = services.create_test(actor=ACTOR, campaign=campaign)
    services.analyse_test(test)
    return test
