"""Disapproved ads are told with the vendor's words; the end of a review is told once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from agents.models import Strategy
from campaigns.models import Ad, Campaign, DailyMetric
from campaigns.overview.activity import activity
from campaigns.services import set_ad_status, set_status
from campaigns.sync import metrics_sync, review_ended
from core import jobs
from core.common import clock
from core.models import Actor, Advertiser, AuditEntry, Incident
from tests.fixtures.plans import campaign_of
from tests.fixtures.world import Launch, Sandbox

PLATFORMS = ["google", "meta", "tiktok"]
PHRASE = "miracle cure"


@pytest.fixture(params=PLATFORMS)
def campaign(request: pytest.FixtureRequest, launch: Launch, sandbox: Sandbox) -> Campaign:
    found = campaign_of(Strategy.objects.get(brief=launch(request.param)))
    assert found is not None
    metrics_sync.sync_account(found.account)
    return found


def ads_of(campaign: Campaign) -> list[Ad]:
    return list(Ad.objects.filter(ad_group__campaign=campaign).order_by("pk"))


def write(sandbox: Sandbox, ad: Ad, text: str) -> None:
    """Somebody changes the text on the platform before the review is over."""
    sandbox.world.update_ad(ad.remote_id, texts=[text])


def told(campaign: Campaign) -> list[Incident]:
    key = f"review:{campaign.account_id}:{campaign.pk}"
    return list(Incident.objects.filter(key=key, resolved_at=None))


def test_all_ads_disapproved_is_told_with_words_money_and_next_step(
    campaign: Campaign, sandbox: Sandbox
) -> None:
    ads = ads_of(campaign)
    for ad in ads:
        write(sandbox, ad, f"A {PHRASE} for feet.")
    sandbox.advance(days=1)
    for _ in range(2):
        metrics_sync.sync_account(campaign.account)
    assert [ad.remote for ad in ads_of(campaign)] == ["rejected"] * len(ads)
    [incident] = told(campaign)
    platform = campaign.account.get_platform_display()
    assert f"all {len(ads)} ads disapproved by {platform}" in incident.title
    assert incident.detail.count(PHRASE) == len(ads)
    assert incident.at_stake == f"It shows no ad: {campaign.daily_budget} a day is not spent."
    assert incident.next_step


def test_some_ads_disapproved_closes_when_they_are_approved(
    campaign: Campaign, sandbox: Sandbox
) -> None:
    ads = ads_of(campaign)
    write(sandbox, ads[0], f"A {PHRASE} for feet.")
    sandbox.advance(days=1)
    metrics_sync.sync_account(campaign.account)
    [incident] = told(campaign)
    assert f"1 of {len(ads)} ads disapproved" in incident.title
    assert "may spend all of it" in incident.at_stake
    write(sandbox, ads[0], "Light boots.")
    metrics_sync.sync_account(campaign.account)
    assert told(campaign) == []


def test_incident_closes_when_the_ads_are_paused_here(
    campaign: Campaign, sandbox: Sandbox, actor: Actor
) -> None:
    [first, *_] = ads_of(campaign)
    write(sandbox, first, f"A {PHRASE} for feet.")
    sandbox.advance(days=1)
    metrics_sync.sync_account(campaign.account)
    assert len(told(campaign)) == 1
    set_ad_status(actor=actor, ad=first, to="paused")
    jobs.run_due()
    metrics_sync.sync_account(campaign.account)
    assert told(campaign) == []


def test_incident_closes_when_the_ad_is_deleted(campaign: Campaign, sandbox: Sandbox) -> None:
    [first, *_] = ads_of(campaign)
    write(sandbox, first, f"A {PHRASE} for feet.")
    sandbox.advance(days=1)
    metrics_sync.sync_account(campaign.account)
    assert len(told(campaign)) == 1
    sandbox.world.update_ad(first.remote_id, status="removed")
    metrics_sync.sync_account(campaign.account)
    assert told(campaign) == []


def ended(campaign: Campaign) -> list[Incident]:
    key = f"review-ended:{campaign.account_id}:{campaign.pk}"
    return list(Incident.objects.filter(key=key, resolved_at=None))


def test_review_that_ended_is_noted_once_and_told_until_money_is_spent(
    campaign: Campaign, sandbox: Sandbox, advertiser: Advertiser
) -> None:
    Campaign.objects.update(start=clock.market_now().date())  # as if it had begun
    ads = ads_of(campaign)
    assert {ad.remote for ad in ads} == {"in_review"}
    noted = AuditEntry.objects.filter(action="review ended", target_id=campaign.pk)
    assert not noted.exists()
    assert ended(campaign) == []
    sandbox.advance(hours=3)
    for _ in range(2):
        metrics_sync.sync_account(campaign.account)
    assert noted.get().after == {"approved": len(ads), "disapproved": 0}
    [incident] = ended(campaign)
    platform = campaign.account.get_platform_display()
    assert incident.title == f"{campaign.name}: {platform} approved all {len(ads)} ads"
    assert incident.at_stake == f"It may spend {campaign.daily_budget} a day now."
    assert incident.next_step.startswith("Nothing to do.")
    assert incident.times_seen == 1
    assert told(campaign) == []
    says = [item.says for item in activity(advertiser).items]
    assert f"review ended: {len(ads)} ads approved, 0 not" in says
    sandbox.advance(days=2)
    metrics_sync.sync_account(campaign.account)
    assert DailyMetric.objects.filter(campaign=campaign, spend_micros__gt=0).exists()
    assert ended(campaign) == []


def test_review_that_ended_before_the_first_day_is_told_for_a_day(
    campaign: Campaign, sandbox: Sandbox
) -> None:
    start = clock.market_now().date() + timedelta(days=20)
    Campaign.objects.update(start=start)
    sandbox.advance(hours=3)
    metrics_sync.sync_account(campaign.account)
    [incident] = ended(campaign)
    assert incident.at_stake.startswith(f"From {start:%-d %B} it may spend ")
    sandbox.advance(hours=20)
    DailyMetric.objects.all().delete()
    Campaign.objects.update(start=start)  # the sync has read the platform's own first day
    review_ended.close_those_that_spend(campaign.account)
    assert len(ended(campaign)) == 1
    sandbox.advance(hours=5)
    review_ended.close_those_that_spend(campaign.account)
    assert ended(campaign) == []


def test_review_that_ended_is_closed_when_the_campaign_is_paused(
    campaign: Campaign, sandbox: Sandbox, actor: Actor
) -> None:
    sandbox.advance(hours=3)
    metrics_sync.sync_account(campaign.account)
    assert len(ended(campaign)) == 1
    set_status(actor=actor, campaign=campaign, to="paused")
    jobs.run_due()
    metrics_sync.sync_account(campaign.account)
    assert ended(campaign) == []


def test_review_that_ended_with_disapproved_ads_is_told_once(
    campaign: Campaign, sandbox: Sandbox
) -> None:
    write(sandbox, ads_of(campaign)[0], f"A {PHRASE} for feet.")
    sandbox.advance(hours=3)
    metrics_sync.sync_account(campaign.account)
    assert len(told(campaign)) == 1
    assert ended(campaign) == []
