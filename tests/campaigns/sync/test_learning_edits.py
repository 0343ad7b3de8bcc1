"""What somebody edits on a platform is noted where it restarts learning, and holds the budget."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from google.ads.googleads.v26.resources.types.ad_group import (  # noqa: TID251
    AdGroup as GoogleAdGroup,
)
from google.ads.googleads.v26.resources.types.ad_group_criterion import (  # noqa: TID251
    AdGroupCriterion,
)
from google.ads.googleads.v26.resources.types.campaign import (  # noqa: TID251
    Campaign as GoogleCampaign,
)

from agents.models import Strategy
from campaigns.models import Ad, AdGroup, Campaign, LearningEdit
from campaigns.sync import metrics_sync
from tests.fixtures.plans import campaign_of
from tests.fixtures.world import Launch, Sandbox

Edit = Callable[[Sandbox, Campaign], None]


def group_of(sandbox: Sandbox, campaign: Campaign) -> Any:
    group = AdGroup.objects.get(campaign=campaign)
    return sandbox.world.ad_groups[group.remote_id]


def ad_of(sandbox: Sandbox, campaign: Campaign) -> Any:
    ad = Ad.objects.filter(ad_group__campaign=campaign).first()
    assert ad is not None
    return sandbox.world.ads[ad.remote_id]


def pause_a_keyword(sandbox: Sandbox, campaign: Campaign) -> None:
    name, group = "ad_group_criterion", group_of(sandbox, campaign).id
    for key, stored in sandbox.world.list_objects("google", name).items():
        criterion = AdGroupCriterion.pb(AdGroupCriterion())
        criterion.ParseFromString(stored["pb"])
        if key.startswith(f"{group}~") and criterion.keyword.text:
            criterion.status = 3  # PAUSED
            pb = criterion.SerializeToString()
            sandbox.world.put_object("google", name, key, {"pb": pb})
            return
    raise AssertionError("no keyword")


def on_the_content_network(sandbox: Sandbox, campaign: Campaign) -> None:
    row = sandbox.world.campaigns[campaign.remote_id]
    message = GoogleCampaign.pb(GoogleCampaign())
    message.ParseFromString(row.raw["pb"])
    message.network_settings.target_content_network = True
    raw = {**row.raw, "pb": message.SerializeToString()}
    sandbox.world.update_campaign(row.id, raw=raw)


def another_bid_of_the_group(sandbox: Sandbox, campaign: Campaign) -> None:
    row = group_of(sandbox, campaign)
    message = GoogleAdGroup.pb(GoogleAdGroup())
    message.ParseFromString(row.raw["pb"])
    message.cpc_bid_micros = 700_000
    sandbox.world.update_ad_group(row.id, raw={**row.raw, "pb": message.SerializeToString()})


def other_countries(sandbox: Sandbox, campaign: Campaign) -> None:
    targeting = dict(group_of(sandbox, campaign).targeting)
    targeting["geo_locations"] = {"countries": ["DE"]}
    sandbox.world.update_ad_group(group_of(sandbox, campaign).id, targeting=targeting)


def other_places(sandbox: Sandbox, campaign: Campaign) -> None:
    targeting = {**group_of(sandbox, campaign).targeting, "location_ids": ["2921044"]}
    sandbox.world.update_ad_group(group_of(sandbox, campaign).id, targeting=targeting)


def raw_of_group(**values: Any) -> Edit:
    def edit(sandbox: Sandbox, campaign: Campaign) -> None:
        group = group_of(sandbox, campaign)
        sandbox.world.update_ad_group(group.id, raw={**group.raw, **values})

    return edit


def raw_of_ad(**values: Any) -> Edit:
    def edit(sandbox: Sandbox, campaign: Campaign) -> None:
        ad = ad_of(sandbox, campaign)
        sandbox.world.update_ad(ad.id, raw={**ad.raw, **values})

    return edit


def other_creative(sandbox: Sandbox, campaign: Campaign) -> None:
    ads = [ad for ad in sandbox.world.ads.values() if ad.campaign_id == campaign.remote_id]
    raw_of_ad(creative_id=ads[-1].raw["creative_id"])(sandbox, campaign)


EDITS: list[tuple[str, Edit, str]] = [
    ("google", pause_a_keyword, "targeting"),
    ("google", on_the_content_network, "targeting"),
    ("google", another_bid_of_the_group, "bidding"),
    ("meta", other_countries, "targeting"),
    ("meta", raw_of_group(bid_amount=200), "bidding"),
    ("meta", raw_of_group(optimization_goal="LANDING_PAGE_VIEWS"), "goal"),
    ("meta", other_creative, "content"),
    ("tiktok", other_places, "targeting"),
    ("tiktok", raw_of_group(bid_type="BID_TYPE_CUSTOM", bid_price=1.2), "bidding"),
    ("tiktok", raw_of_group(optimization_goal="TRAFFIC_LANDING_PAGE_VIEW"), "goal"),
    ("tiktok", raw_of_ad(ad_text="Other words."), "content"),
]


@pytest.mark.parametrize(
    ("platform", "edit", "cause"), EDITS, ids=lambda one: getattr(one, "__name__", str(one))
)
def test_an_edit_on_the_platform_is_noted_once(
    launch: Launch, sandbox: Sandbox, platform: str, edit: Edit, cause: str
) -> None:
    campaign = campaign_of(Strategy.objects.get(brief=launch(platform)))
    assert campaign is not None
    for _ in range(2):
        metrics_sync.sync_account(campaign.account)
        sandbox.advance(hours=5)
    assert not LearningEdit.objects.exclude(cause="creative").exists()  # of the launch itself
    LearningEdit.objects.all().delete()
    edit(sandbox, campaign)
    for _ in range(2):
        metrics_sync.sync_account(campaign.account)
    assert list(LearningEdit.objects.values_list("campaign", "cause")) == [(campaign.pk, cause)]
