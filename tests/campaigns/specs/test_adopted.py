"""An adopted campaign is read into the plan language, and what it cannot say is told."""

from __future__ import annotations

from typing import Any

import pytest

from agents.models import Strategy
from campaigns import services
from campaigns.models import Ad, AdGroup, Campaign, SpecVersion
from campaigns.specs.in_force import SpecUnknown, spec_of
from campaigns.specs.versions import read_back
from campaigns.sync import metrics_sync
from core import jobs
from core.common.money import Money
from core.models import Actor, AuditEntry
from platforms.models import AdAccount
from tests.fixtures.plans import campaign_of
from tests.fixtures.world import Launch, Sandbox

PLATFORMS = ["google", "meta", "tiktok"]


def forgotten(launch: Launch, platform: str) -> Campaign:
    """A campaign that our rows know as made elsewhere: found by a sync, with names of its own."""
    campaign = campaign_of(Strategy.objects.get(brief=launch(platform)))
    SpecVersion.objects.filter(campaign=campaign)._raw_delete("default")
    Ad.objects.filter(ad_group__campaign=campaign).update(reference="")
    AdGroup.objects.filter(campaign=campaign).update(reference="", targeting={})
    Campaign.objects.filter(pk=campaign.pk).update(reference="", origin="elsewhere", managed=False)
    campaign.refresh_from_db()
    return campaign


def told(campaign: Campaign) -> list[str]:
    entries = AuditEntry.objects.filter(action="read settings", target_id=campaign.pk)
    return list(entries.values_list("reason", flat=True))


@pytest.mark.parametrize("platform", PLATFORMS)
def test_an_adopted_campaign_has_a_spec_in_force_and_nothing_is_written_there(
    launch: Launch, actor: Actor, sandbox: Sandbox, platform: str
) -> None:
    campaign = forgotten(launch, platform)
    with pytest.raises(SpecUnknown):
        spec_of(campaign)
    writes = len(sandbox.world.journal) if hasattr(sandbox.world, "journal") else 0
    names = {one.name for one in sandbox.world.campaigns.values()}
    services.adopt(actor=actor, campaign=campaign)
    jobs.run_due()
    campaign.refresh_from_db()
    version = SpecVersion.objects.get(campaign=campaign, origin="adopted")
    assert (version.unsupported, told(campaign)) == ([], ["AdsEngine knows all its settings."])
    assert {one.name for one in sandbox.world.campaigns.values()} == names
    assert writes == (len(sandbox.world.journal) if writes else 0)
    spec = spec_of(campaign)
    assert spec == read_back(version)
    [group] = spec.ad_groups
    rows = Ad.objects.filter(ad_group__campaign=campaign)
    assert {ad.reference for ad in group.ads} == {row.reference for row in rows}
    assert (spec.reference, len(group.ads)) == (campaign.reference, rows.count())


@pytest.mark.parametrize("platform", PLATFORMS)
def test_what_rows_want_goes_before_what_was_read(
    launch: Launch, actor: Actor, sandbox: Sandbox, platform: str
) -> None:
    campaign = forgotten(launch, platform)
    services.adopt(actor=actor, campaign=campaign)
    jobs.run_due()
    campaign.refresh_from_db()
    lower = Money.parse(200, "USD")
    services.set_daily_budget(actor=actor, campaign=campaign, budget=lower)
    services.set_status(actor=actor, campaign=campaign, to="paused")
    first = Ad.objects.filter(ad_group__campaign=campaign).order_by("pk")[0]
    Ad.objects.filter(pk=first.pk).update(wanted="archived")
    campaign.refresh_from_db()
    spec = spec_of(campaign)
    assert (spec.budget.amount, spec.status) == (lower, "paused")
    shown = {ad.reference for group in spec.ad_groups for ad in group.ads}
    assert first.reference not in shown
    assert len(shown) == Ad.objects.filter(ad_group__campaign=campaign).count() - 1


@pytest.mark.parametrize(
    ("platform", "name", "why"),
    [
        ("meta", "Website sales, made in Ads Manager", "it has objective OUTCOME_SALES"),
        ("tiktok", "Web conversions, made by hand", "it has objective_type WEB_CONVERSIONS"),
    ],
)
def test_what_cannot_be_described_is_told_in_its_history(
    accounts: dict[str, AdAccount],
    actor: Actor,
    sandbox: Sandbox,
    platform: str,
    name: str,
    why: str,
) -> None:
    metrics_sync.sync_account(accounts[platform])
    campaign = Campaign.objects.get(name=name)
    services.adopt(actor=actor, campaign=campaign)
    jobs.run_due()
    assert told(campaign) == [
        f"AdsEngine cannot describe this campaign: {why}. Its settings are left alone."
    ]
    assert not SpecVersion.objects.filter(campaign=campaign).exists()
    with pytest.raises(SpecUnknown):
        spec_of(campaign)


def test_a_setting_that_the_language_cannot_say_is_named(
    launch: Launch, actor: Actor, sandbox: Sandbox
) -> None:
    campaign = forgotten(launch, "meta")
    group = AdGroup.objects.get(campaign=campaign)
    row: Any = sandbox.world.ad_groups[group.remote_id]
    counted = [{"event_type": "CLICK_THROUGH", "window_days": 7}]
    sandbox.world.update_ad_group(row.id, raw={**row.raw, "attribution_spec": counted})
    services.adopt(actor=actor, campaign=campaign)
    jobs.run_due()
    version = SpecVersion.objects.get(campaign=campaign, origin="adopted")
    assert [one["field"] for one in version.unsupported] == ["attribution_spec"]
    [says] = told(campaign)
    assert says.startswith("Settings that AdsEngine leaves as they are: attribution_spec (")
