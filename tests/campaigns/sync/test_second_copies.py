"""Two remote objects of one of our references: the one that no row knows is paused and told of, and
neither is listed as made elsewhere."""

from __future__ import annotations

from typing import Any

import pytest

from campaigns.models import Ad, AdGroup, Campaign
from campaigns.specs import versions
from campaigns.specs.media_source import AssetMedia
from campaigns.sync import metrics_sync
from core.models import AuditEntry, Incident
from platforms.errors import PlatformUnavailable
from platforms.registry import client_class, platform_for
from platforms.types import RemoteRef
from tests.fixtures.plans import campaign_of
from tests.fixtures.world import Launch, Sandbox, strategy_of


def live(launch: Launch, platform: str) -> Campaign:
    return campaign_of(strategy_of(launch(platform)))


def make_again(campaign: Campaign, kind: str) -> RemoteRef:
    """What a worker sends that froze between its last check and its send: the same once more."""
    version = versions.approved(campaign)
    assert version is not None
    spec = versions.read_back(version)
    group = AdGroup.objects.get(campaign=campaign)
    with platform_for(campaign.account) as client:
        if kind == "campaign":
            return client.create_campaign(spec)[0]
        if kind == "ad_group":
            parent = RemoteRef("campaign", campaign.remote_id)
            return client.create_ad_group(parent, spec.ad_groups[0], spec)
        parent = RemoteRef("ad_group", group.remote_id, campaign.remote_id)
        return client.create_ad(
            parent, spec.ad_groups[0].ads[0], AssetMedia(campaign.account.advertiser_id)
        )


def status_of(sandbox: Sandbox, ref: RemoteRef) -> str:
    world = sandbox.world
    read = {"campaign": world.get_campaign, "ad_group": world.get_ad_group, "ad": world.get_ad}
    return str(read[ref.kind](ref.remote_id).status)


@pytest.mark.parametrize(
    ("platform", "kind"),
    [("meta", "campaign"), ("meta", "ad_group"), ("meta", "ad"), ("tiktok", "ad")],
)
def test_second_object_is_paused_and_told_of(
    platform: str, kind: str, launch: Launch, sandbox: Sandbox
) -> None:
    campaign = live(launch, platform)
    copy = make_again(campaign, kind)
    with platform_for(campaign.account) as client:
        client.set_status(copy, "active")
    rows = (Campaign.objects.count(), AdGroup.objects.count(), Ad.objects.count())
    metrics_sync.sync_account(campaign.account)  # the first one reads what was made elsewhere
    elsewhere = Campaign.objects.filter(origin="elsewhere")
    assert not elsewhere.filter(remote_id=copy.remote_id).exists()
    assert not Ad.objects.filter(ad_group__campaign=campaign, remote_id=copy.remote_id).exists()
    assert AdGroup.objects.filter(campaign=campaign).count() == rows[1]
    assert Ad.objects.filter(ad_group__campaign=campaign).count() == rows[2]
    assert status_of(sandbox, copy) == "paused"
    campaign.refresh_from_db()
    assert campaign.remote_id != copy.remote_id
    assert sandbox.world.get_campaign(campaign.remote_id).status == "active"
    incident = Incident.objects.get(
        key=f"second_copy:{campaign.account_id}:{kind}:{copy.remote_id}"
    )
    assert incident.detail.endswith("It ran, and is paused now.")
    assert copy.remote_id in incident.next_step
    assert AuditEntry.objects.get(action="pause second copy").after[kind] == copy.remote_id


def test_incident_stays_while_there_are_two_and_closes_when_one_is_gone(
    launch: Launch, sandbox: Sandbox
) -> None:
    campaign = live(launch, "meta")
    copy = make_again(campaign, "campaign")
    for times in (1, 2):
        metrics_sync.sync_account(campaign.account)
        incident = Incident.objects.get(key__startswith="second_copy:")
        assert (incident.resolved_at, incident.times_seen) == (None, times)
        assert incident.detail.endswith("It is paused.")
    with platform_for(campaign.account) as client:
        client.set_status(copy, "archived")
    metrics_sync.sync_account(campaign.account)
    incident.refresh_from_db()
    assert incident.resolved_at is not None


def test_pause_that_fails_is_told_and_tried_again_by_the_next_sync(
    launch: Launch, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = live(launch, "meta")
    copy = make_again(campaign, "ad")
    with platform_for(campaign.account) as client:
        client.set_status(copy, "active")

    def closed(*_: Any) -> None:
        raise PlatformUnavailable("Nobody answers.", platform="meta")

    with monkeypatch.context() as patch:
        patch.setattr(client_class("meta"), "set_status", closed)
        metrics_sync.sync_account(campaign.account)
    assert status_of(sandbox, copy) == "active"
    incident = Incident.objects.get(key__startswith="second_copy:")
    assert "It could not be paused: Nobody answers." in incident.detail
    metrics_sync.sync_account(campaign.account)
    assert status_of(sandbox, copy) == "paused"


@pytest.mark.parametrize("platform", ["google", "meta", "tiktok"])
def test_one_object_of_each_reference_is_no_copy(
    platform: str, launch: Launch, sandbox: Sandbox
) -> None:
    campaign = live(launch, platform)
    metrics_sync.sync_account(campaign.account)
    assert not Incident.objects.filter(key__startswith="second_copy:").exists()
