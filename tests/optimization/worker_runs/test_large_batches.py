"""A run's largest batch, with tests of several ads each, on both databases."""

from __future__ import annotations

from datetime import timedelta

from campaigns.models import Ad, AdGroup, Campaign
from core.models import Advertiser
from optimization.loading import with_accounts
from optimization.models import ABTest, Arm
from optimization.worker_runs.campaign_run import optimize_campaigns
from optimization.worker_runs.optimize_run import CHUNK
from platforms.models import AdAccount
from tests.optimization.live import today

ADS = 5


def test_a_whole_chunk_of_campaigns_with_tests_of_five_ads_is_analysed(
    acting: Advertiser, account: AdAccount
) -> None:
    on = {"wanted": "active", "remote": "active"}
    campaigns = Campaign.objects.bulk_create(
        Campaign(account=account, name=f"C{n}", remote_id=f"c{n}", **on) for n in range(CHUNK)
    )
    groups = AdGroup.objects.bulk_create(
        AdGroup(campaign=c, name="All", remote_id=f"g{c.pk}", **on) for c in campaigns
    )
    ads = Ad.objects.bulk_create(
        Ad(ad_group=group, name=f"Ad {n}", remote_id=f"a{group.pk}-{n}", **on)
        for group in groups
        for n in range(ADS)
    )
    start = today(account) - timedelta(days=5)
    tests = ABTest.objects.bulk_create(
        ABTest(campaign=c, name=c.name, started_on=start, created_by="x") for c in campaigns
    )
    Arm.objects.bulk_create(Arm(test=tests[at // ADS], ad=ad) for at, ad in enumerate(ads))
    found = optimize_campaigns(with_accounts(Campaign.objects.order_by("pk")))
    assert {outcome.state for outcome in found.values()} == {"done"}
    assert len(found) == CHUNK
