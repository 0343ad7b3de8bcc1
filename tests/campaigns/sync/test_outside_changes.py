"""A budget or status that somebody changed on the platform is told; reading it approves nothing."""

from __future__ import annotations

from typing import Any

import pytest

from agents.models import Strategy
from campaigns import services
from campaigns.models import Ad, AdGroup, Campaign, LearningEdit, SpendApproval
from campaigns.sync import metrics_sync
from core import jobs
from core.common.money import Money
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
    found.refresh_from_db()
    return found


def set_budget(sandbox: Sandbox, campaign: Campaign, units: int) -> None:
    remote = sandbox.world.get_campaign(campaign.remote_id)
    raw = dict(remote.raw)
    if campaign.account.platform == "meta":
        raw["daily_budget"] = str(units * 100)
    elif campaign.account.platform == "tiktok":
        raw["budget"] = float(units)
    sandbox.world.update_campaign(remote.id, daily_budget_micros=units * 1_000_000, raw=raw)


def opened(campaign: Campaign) -> list[Incident]:
    found = Incident.objects.filter(advertiser=campaign.account.advertiser, resolved_at=None)
    return list(found.order_by("pk"))


def sync(campaign: Campaign) -> None:
    metrics_sync.sync_account(campaign.account)
    campaign.refresh_from_db()


def only(campaign: Campaign) -> Incident:
    [incident] = opened(campaign)
    assert incident.key == f"outside:{campaign.account_id}:{campaign.pk}"
    return incident


def test_outside_raise_is_one_incident_with_before_after_and_money_and_approves_nothing(
    campaign: Campaign, sandbox: Sandbox
) -> None:
    before, approvals = campaign.daily_budget, SpendApproval.objects.count()
    set_budget(sandbox, campaign, 450)
    for _ in range(2):
        sync(campaign)
    incident = only(campaign)
    assert incident.detail == f"Daily budget: {before} before, $450.00 now."
    assert incident.at_stake == "It may spend $150.00 a day more than was decided here."
    assert SpendApproval.objects.count() == approvals
    set_budget(sandbox, campaign, 500)
    sync(campaign)
    assert only(campaign).detail == f"Daily budget: {before} before, $500.00 now."
    set_budget(sandbox, campaign, 300)
    sync(campaign)
    assert opened(campaign) == []


@pytest.mark.parametrize("units", [290, 460])
def test_outside_raise_closes_when_the_budget_is_set_here(
    campaign: Campaign, sandbox: Sandbox, actor: Actor, units: int
) -> None:
    set_budget(sandbox, campaign, 450)
    sync(campaign)
    only(campaign)
    services.set_daily_budget(actor=actor, campaign=campaign, budget=Money.parse(units, "USD"))
    jobs.run_due()
    sync(campaign)
    assert campaign.daily_budget_micros == units * 1_000_000
    assert opened(campaign) == []


def test_outside_pause_says_what_is_not_spent_and_closes_when_it_runs_again(
    campaign: Campaign, sandbox: Sandbox
) -> None:
    sandbox.world.update_campaign(campaign.remote_id, status="paused")
    sync(campaign)
    incident = only(campaign)
    assert incident.detail == "Status: active before, paused now."
    assert incident.at_stake == f"It does not run: {campaign.daily_budget} a day is not spent."
    sandbox.world.update_campaign(campaign.remote_id, status="active")
    sync(campaign)
    assert opened(campaign) == []


def test_deleted_campaign_is_told_until_it_is_archived_here(
    campaign: Campaign, sandbox: Sandbox, actor: Actor
) -> None:
    sandbox.world.update_campaign(campaign.remote_id, status="removed")
    for _ in range(2):
        sync(campaign)
    incident = only(campaign)
    assert "deleted on" in incident.title
    assert incident.times_seen == 1
    groups = AdGroup.objects.filter(campaign=campaign).values_list("remote", flat=True)
    ads = Ad.objects.filter(ad_group__campaign=campaign).values_list("remote", flat=True)
    assert {campaign.remote, *groups, *ads} == {"absent"}
    services.set_status(actor=actor, campaign=campaign, to="archived")
    jobs.run_due()
    sync(campaign)
    assert opened(campaign) == []


@pytest.mark.parametrize("campaign", ["tiktok"], indirect=True)
def test_list_that_lags_behind_our_own_pause_shows_no_outside_change(
    campaign: Campaign, sandbox: Sandbox, actor: Actor, settings: Any
) -> None:
    settings.PUBLISH_SETTLE_SECONDS = 180
    sandbox.fault("tiktok", "campaign/get", "stale_read")
    services.set_status(actor=actor, campaign=campaign, to="paused")
    jobs.run_due()
    sync(campaign)
    assert campaign.wanted == "paused"
    assert opened(campaign) == []
    settings.PUBLISH_SETTLE_SECONDS = 0  # the time is over, and the list shows it
    sync(campaign)
    assert (campaign.wanted, campaign.remote) == ("paused", "paused")
    assert opened(campaign) == []


@pytest.mark.parametrize("kind", ["ad_group", "ad"])
def test_deleted_part_is_marked_and_comes_back_when_it_is_listed_again(
    campaign: Campaign, sandbox: Sandbox, kind: str
) -> None:
    group = AdGroup.objects.get(campaign=campaign)
    ads = list(Ad.objects.filter(ad_group=group).order_by("pk"))
    row: Any = group if kind == "ad_group" else ads[0]
    update = getattr(sandbox.world, f"update_{kind}")
    update(row.remote_id, status="removed")
    sync(campaign)
    group.refresh_from_db()
    states = [ad.remote for ad in Ad.objects.filter(ad_group=group).order_by("pk")]
    if kind == "ad_group":
        assert (group.remote, set(states)) == ("absent", {"absent"})
    else:
        assert (group.remote, states) == ("active", ["absent", *["active"] * (len(ads) - 1)])
    assert opened(campaign) == []
    update(row.remote_id, status="active")
    sync(campaign)
    row.refresh_from_db()
    assert row.remote == "active"


def test_outside_steps_of_the_budget_are_kept_with_their_amounts(
    campaign: Campaign, sandbox: Sandbox
) -> None:
    assert campaign.daily_budget_micros is not None
    old = campaign.daily_budget_micros // 1_000_000
    for dollars in (old + 4, old + 8):
        set_budget(sandbox, campaign, dollars)
        sync(campaign)
        sync(campaign)
    edits = LearningEdit.objects.filter(campaign=campaign, cause="budget").order_by("pk")
    assert [(edit.old_micros, edit.new_micros) for edit in edits] == [
        (old * 1_000_000, (old + 4) * 1_000_000),
        ((old + 4) * 1_000_000, (old + 8) * 1_000_000),
    ]
