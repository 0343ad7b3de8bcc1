"""What is deleted at TikTok keeps what it cost, read by read, through our tables."""

from __future__ import annotations

from typing import Any

import pytest

from agents.models import Strategy
from campaigns.models import Ad, Campaign, DailyMetric
from campaigns.sync import metrics_sync
from tests.fixtures.plans import campaign_of
from tests.fixtures.world import Launch, Sandbox


def kept(campaign: Campaign) -> set[tuple[Any, ...]]:
    """Every figure of the finished days."""
    rows = DailyMetric.objects.filter(campaign=campaign)
    last = rows.latest("day").day
    fields = ("level", "ad", "day", "impressions", "clicks", "spend_micros", "conversions")
    return set(rows.exclude(day=last).values_list(*fields))


@pytest.mark.parametrize("kind", ["ad", "ad_group", "campaign"])
def test_deleting_keeps_what_was_spent(launch: Launch, sandbox: Sandbox, kind: str) -> None:
    campaign = campaign_of(Strategy.objects.get(brief=launch("tiktok")))
    assert campaign is not None
    sandbox.advance(days=5)
    metrics_sync.sync_account(campaign.account)
    before = kept(campaign)
    ad = Ad.objects.filter(ad_group__campaign=campaign).order_by("pk")[0]
    assert sum(row[5] for row in before if row[1] == ad.pk) > 0
    world = sandbox.world
    if kind == "ad":
        world.update_ad(ad.remote_id, status="removed")
    elif kind == "ad_group":
        world.update_ad_group(ad.ad_group.remote_id, status="removed")
    else:
        world.update_campaign(campaign.remote_id, status="removed")
    for _ in range(2):
        metrics_sync.sync_account(campaign.account)
        assert kept(campaign) == before
