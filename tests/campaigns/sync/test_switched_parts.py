"""Ad groups and ads that somebody switches on the platform are told until both sides agree."""

from __future__ import annotations

from typing import Any

import pytest

from agents.models import Strategy
from campaigns.models import Ad, AdGroup, Campaign
from campaigns.services import set_ad_status
from campaigns.sync import metrics_sync
from core import jobs
from core.models import Actor, Incident
from tests.fixtures.plans import campaign_of
from tests.fixtures.world import Launch, Sandbox

PLATFORMS = ["google", "meta", "tiktok"]


@pytest.fixture(params=PLATFORMS)
def campaign(request: pytest.FixtureRequest, launch: Launch, sandbox: Sandbox) -> Campaign:
    found = campaign_of(Strategy.objects.get(brief=launch(request.param)))
    assert found is not None
    sandbox.advance(days=1)
    metrics_sync.sync_account(found.account)
    return found


def first_ad(campaign: Campaign) -> Ad:
    ad = Ad.objects.filter(ad_group__campaign=campaign).order_by("pk").first()
    assert ad is not None
    return ad


def opened(campaign: Campaign) -> list[Incident]:
    found = Incident.objects.filter(advertiser=campaign.account.advertiser, resolved_at=None)
    return list(found.order_by("pk"))


@pytest.mark.parametrize("kind", ["ad_group", "ad"])
def test_part_that_was_paused_there_is_told_once_until_it_runs_again(
    campaign: Campaign, sandbox: Sandbox, kind: str
) -> None:
    part: Any = AdGroup.objects.get(campaign=campaign) if kind == "ad_group" else first_ad(campaign)
    update = getattr(sandbox.world, f"update_{kind}")
    update(part.remote_id, status="paused")
    for _ in range(2):
        metrics_sync.sync_account(campaign.account)
    [incident] = opened(campaign)
    assert incident.key == f"switched:{campaign.account_id}:{campaign.pk}"
    assert incident.detail.endswith(f"{part.name[:80]}: active here, paused there.")
    assert incident.at_stake == (
        f"Less runs than was decided here: part of {campaign.daily_budget} a day may not be spent."
    )
    update(part.remote_id, status="active")
    metrics_sync.sync_account(campaign.account)
    assert opened(campaign) == []


def test_ad_that_is_paused_here_and_was_switched_on_there_is_told_until_it_is_taken_over(
    campaign: Campaign, sandbox: Sandbox, actor: Actor
) -> None:
    ad = first_ad(campaign)
    set_ad_status(actor=actor, ad=ad, to="paused")
    jobs.run_due()
    metrics_sync.sync_account(campaign.account)
    assert opened(campaign) == []
    sandbox.world.update_ad(ad.remote_id, status="active")
    metrics_sync.sync_account(campaign.account)
    [incident] = opened(campaign)
    assert incident.detail == f"Ad {ad.name[:80]}: paused here, active there."
    assert incident.at_stake == f"What is paused here takes part of {campaign.daily_budget} a day."
    ad.refresh_from_db()
    set_ad_status(actor=actor, ad=ad, to="active")
    metrics_sync.sync_account(campaign.account)
    assert len(opened(campaign)) == 1  # while the change is under way nothing is known
    jobs.run_due()
    metrics_sync.sync_account(campaign.account)
    assert opened(campaign) == []


def test_what_nobody_manages_here_is_followed_and_not_told(
    campaign: Campaign, sandbox: Sandbox
) -> None:
    Campaign.objects.filter(pk=campaign.pk).update(managed=False)
    ad = first_ad(campaign)
    sandbox.world.update_ad(ad.remote_id, status="paused")
    metrics_sync.sync_account(campaign.account)
    ad.refresh_from_db()
    assert (ad.wanted, ad.remote) == ("paused", "paused")
    assert opened(campaign) == []
