"""Figures and structure come back: late data, restated days, zones, campaigns made elsewhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Sum

from agents.models import Strategy
from campaigns import services
from campaigns.models import Ad, Campaign, DailyMetric, MetricRevision
from campaigns.sync import metrics_sync
from campaigns.tasks import sync_due_accounts
from core import jobs
from core.common import dates
from core.models import Actor, AuditEntry, Incident
from platforms.errors import CallsUsedUp, PlatformUnavailable
from platforms.models import AdAccount
from platforms.registry import platform_for
from platforms.tiktok.client import TikTokClient
from tests.fixtures.plans import campaign_of
from tests.fixtures.world import Launch, Sandbox

PLATFORMS = ["google", "meta", "tiktok"]


def live_campaign(launch: Launch, platform: str) -> Campaign:
    campaign = campaign_of(Strategy.objects.get(brief=launch(platform)))
    assert campaign is not None
    return campaign


def sums(rows: Any) -> dict[str, Any]:
    found: dict[str, Any] = rows.aggregate(
        **{n: Sum(n) for n in ("impressions", "clicks", "spend_micros", "conversions")}
    )
    return found


@pytest.mark.parametrize("platform", PLATFORMS)
def test_figures_of_ads_add_up_to_their_campaign(
    platform: str, launch: Launch, sandbox: Sandbox
) -> None:
    campaign = live_campaign(launch, platform)
    sandbox.advance(days=5)
    metrics_sync.sync_account(campaign.account)
    ours = DailyMetric.objects.filter(campaign=campaign)
    by_campaign, by_ad = sums(ours.filter(level="campaign")), sums(ours.filter(level="ad"))
    assert by_campaign == by_ad
    assert by_campaign["impressions"] > 1000
    assert by_campaign["spend_micros"] > 0


@pytest.mark.parametrize("platform", PLATFORMS)
def test_restated_day_keeps_what_it_said_before(
    platform: str, launch: Launch, sandbox: Sandbox
) -> None:
    campaign = live_campaign(launch, platform)
    sandbox.advance(days=4)
    metrics_sync.sync_account(campaign.account)
    rows = DailyMetric.objects.filter(campaign=campaign, level="campaign")
    early = {m.day: m.conversions for m in rows}
    sandbox.advance(days=6)
    metrics_sync.sync_account(campaign.account)
    grown = [
        m
        for m in DailyMetric.objects.filter(campaign=campaign, level="campaign", day__in=early)
        if m.conversions > early[m.day]
    ]
    assert grown
    for metric in grown:
        oldest = metric.revisions.order_by("replaced_at").first()
        assert oldest is not None
        assert oldest.conversions == early[metric.day]
        assert oldest.seen_at < oldest.replaced_at <= metric.seen_at


@pytest.mark.parametrize("platform", PLATFORMS)
def test_second_sync_at_the_same_time_changes_nothing(
    platform: str, launch: Launch, sandbox: Sandbox
) -> None:
    campaign = live_campaign(launch, platform)
    sandbox.advance(days=3)
    metrics_sync.sync_account(campaign.account)
    rows, revisions = DailyMetric.objects.count(), MetricRevision.objects.count()
    again = metrics_sync.sync_account(campaign.account)
    assert (again.new, again.restated) == (0, 0)
    assert (DailyMetric.objects.count(), MetricRevision.objects.count()) == (rows, revisions)


def test_days_are_those_of_the_accounts_zone(
    sandbox: Sandbox, accounts: dict[str, AdAccount]
) -> None:
    for account in accounts.values():
        metrics_sync.sync_account(account)
        last = DailyMetric.objects.filter(account=account).order_by("-day").first()
        assert last is not None
        assert last.day <= dates.today(account.time_zone)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_campaign_made_elsewhere_is_listed_and_not_ours(
    platform: str, sandbox: Sandbox, accounts: dict[str, AdAccount]
) -> None:
    result = metrics_sync.sync_account(accounts[platform])
    found = Campaign.objects.filter(account=accounts[platform])
    assert result.structure.found_elsewhere == found.count() >= 1
    assert set(found.values_list("managed", "origin")) == {(False, "elsewhere")}
    assert all(c.ad_groups.count() >= 1 for c in found)


@pytest.mark.parametrize("platform", ["meta", "tiktok"])
def test_change_made_on_the_platform_is_taken_over_with_an_entry(
    platform: str, launch: Launch, sandbox: Sandbox
) -> None:
    campaign = live_campaign(launch, platform)
    remote = sandbox.world.get_campaign(campaign.remote_id)
    if platform == "meta":
        raw = {**remote.raw, "daily_budget": "35000"}
    else:
        raw = {**remote.raw, "budget": 350.0}
    sandbox.world.update_campaign(remote.id, daily_budget_micros=350_000_000, raw=raw)
    metrics_sync.sync_account(campaign.account)
    campaign.refresh_from_db()
    assert campaign.daily_budget_micros == 350_000_000
    entry = AuditEntry.objects.get(action="changed on the platform", target_id=campaign.pk)
    assert entry.after["daily_budget_micros"] == 350_000_000


@pytest.mark.parametrize(("is_told", "keys"), [(True, 0), (False, 1)])
def test_used_up_calls_are_one_incident(
    sandbox: Sandbox,
    accounts: dict[str, AdAccount],
    monkeypatch: pytest.MonkeyPatch,
    is_told: bool,
    keys: int,
) -> None:
    def used_up(*_: Any, **__: Any) -> None:
        error = CallsUsedUp("No more calls.", retry_after=3600.0, platform="tiktok")
        error.is_told = is_told
        raise error

    monkeypatch.setattr(TikTokClient, "read_structure", used_up)
    with pytest.raises(CallsUsedUp):
        metrics_sync.sync_account(accounts["tiktok"])
    key = f"sync:{accounts['tiktok'].pk}"
    assert Incident.objects.filter(key=key, resolved_at=None).count() == keys
    accounts["tiktok"].refresh_from_db()
    assert accounts["tiktok"].sync_error == "No more calls."


def test_failed_sync_opens_an_incident_and_a_good_one_closes_it(
    sandbox: Sandbox, accounts: dict[str, AdAccount], monkeypatch: pytest.MonkeyPatch
) -> None:
    account = accounts["meta"]
    from platforms.meta.client import MetaClient

    def closed(self: Any) -> Any:
        raise PlatformUnavailable("Nobody answers.", platform="meta")

    with monkeypatch.context() as patch:
        patch.setattr(MetaClient, "read_structure", closed)
        with pytest.raises(PlatformUnavailable):
            metrics_sync.sync_account(account)
    account.refresh_from_db()
    assert (account.sync_error, account.synced_at) == ("Nobody answers.", None)
    incident = Incident.objects.get(key=f"sync:{account.pk}")
    assert incident.resolved_at is None
    metrics_sync.sync_account(account)
    incident.refresh_from_db()
    assert incident.resolved_at is not None


def test_accounts_are_due_after_an_hour_of_market_time(
    sandbox: Sandbox, accounts: dict[str, AdAccount]
) -> None:
    sync_due_accounts()
    assert jobs.run_due() == 3
    sync_due_accounts()
    assert jobs.run_due() == 0
    sandbox.advance(hours=1.1)
    sync_due_accounts()
    assert jobs.run_due() == 3


def test_long_silence_is_read_whole(launch: Launch, sandbox: Sandbox) -> None:
    campaign = live_campaign(launch, "google")
    metrics_sync.sync_account(campaign.account)
    sandbox.advance(days=29)
    campaign.account.refresh_from_db()
    metrics_sync.sync_account(campaign.account)
    rows = DailyMetric.objects.filter(campaign=campaign, level="campaign")
    days = set(rows.values_list("day", flat=True))
    first = campaign.start
    assert first is not None
    wanted = {first + timedelta(days=i) for i in range(27)}
    assert wanted <= days


@pytest.mark.parametrize("platform", ["meta"])
def test_copy_made_on_the_platform_does_not_take_our_campaigns_place(
    platform: str, launch: Launch, sandbox: Sandbox
) -> None:
    campaign = live_campaign(launch, platform)
    remote = sandbox.world.get_campaign(campaign.remote_id)
    copy = replace(remote, id=remote.id + "9", name=remote.name + " – Copy", status="paused")
    sandbox.world.add_campaign(copy)
    metrics_sync.sync_account(campaign.account)
    campaign.refresh_from_db()
    assert (campaign.remote_id, campaign.wanted) == (remote.id, "active")
    assert not Campaign.objects.filter(remote_id=copy.id).exists()
    assert Incident.objects.filter(key__contains=f":campaign:{copy.id}").exists()


def test_change_made_while_the_platform_was_read_is_not_overwritten(
    launch: Launch, sandbox: Sandbox, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = live_campaign(launch, "google")
    from platforms.google.client import GoogleClient

    real = GoogleClient.read_structure

    def slow(self: Any) -> Any:
        found = real(self)
        services.set_status(actor=actor, campaign=campaign, to="paused")
        jobs.run_due()
        return found

    monkeypatch.setattr(GoogleClient, "read_structure", slow)
    metrics_sync.sync_account(campaign.account)
    campaign.refresh_from_db()
    assert (campaign.wanted, campaign.remote) == ("paused", "paused")


def kept_spend(**of: Any) -> int:
    """Micros; above zero, so that "the same" says something."""
    spent = sums(DailyMetric.objects.filter(**of))["spend_micros"]
    assert spent > 0
    return int(spent)


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("kind", ["ad", "ad_group", "campaign"])
def test_deleting_keeps_what_was_spent(
    platform: str, kind: str, launch: Launch, sandbox: Sandbox
) -> None:
    campaign = live_campaign(launch, platform)
    sandbox.advance(days=5)
    metrics_sync.sync_account(campaign.account)
    ads = list(Ad.objects.filter(ad_group__campaign=campaign).order_by("pk"))
    finished = {"day__lt": dates.today(campaign.account.time_zone)}
    by_ad = {ad.pk: kept_spend(ad=ad, level="ad", **finished) for ad in ads}
    by_campaign = kept_spend(campaign=campaign, level="campaign", **finished)
    remove = getattr(sandbox.world, f"update_{kind}")
    group = ads[0].ad_group
    remote = {"ad": ads[0].remote_id, "ad_group": group.remote_id, "campaign": campaign.remote_id}
    remove(remote[kind], status="removed")
    metrics_sync.sync_account(campaign.account)
    assert {ad.pk: kept_spend(ad=ad, level="ad", **finished) for ad in ads} == by_ad
    assert kept_spend(campaign=campaign, level="campaign", **finished) == by_campaign
    # Days later the vendor has credited invalid clicks; nothing is zero.
    sandbox.advance(days=3)
    metrics_sync.sync_account(campaign.account)
    later = {ad.pk: kept_spend(ad=ad, level="ad", **finished) for ad in ads}
    assert all(0.9 * by_ad[pk] < spent <= by_ad[pk] for pk, spent in later.items())
    assert kept_spend(campaign=campaign, level="campaign", **finished) == sum(later.values())


@pytest.mark.parametrize("platform", PLATFORMS)
def test_deleted_objects_keep_their_figures_even_where_the_report_leaves_them_out(
    platform: str, launch: Launch, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a vendor does that does not serve deleted objects at all."""
    campaign = live_campaign(launch, platform)
    sandbox.advance(days=5)
    metrics_sync.sync_account(campaign.account)
    ads = list(Ad.objects.filter(ad_group__campaign=campaign).order_by("pk"))
    before = [kept_spend(ad=ad, level="ad") for ad in ads]
    sandbox.world.update_ad(ads[0].remote_id, status="removed")
    with platform_for(campaign.account) as client:
        kind = type(client)
    monkeypatch.setattr(kind, "read_metrics", lambda self, level, first, last, **_: [])
    metrics_sync.sync_account(campaign.account)
    assert kept_spend(ad=ads[0], level="ad") == before[0]
    assert sums(DailyMetric.objects.filter(ad=ads[1], level="ad"))["spend_micros"] == 0
