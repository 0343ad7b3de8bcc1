"""Update masks, immutable fields, removal, and edits made outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.world.model import Ad
from tests.sandbox.google.client import ERRORS, codes, found

if TYPE_CHECKING:
    from tests.sandbox.google.client import GoogleSandbox


def key(name: str) -> str:
    return name.rpartition("/")[2]


def test_a_budget_change_reaches_the_campaign(google: GoogleSandbox) -> None:
    budget, campaign, *_ = google.build()
    mask = ["amount_micros"]
    google.mutate([google.updated("campaign_budget", budget, mask, amount_micros=70_000_000)])
    assert google.world.campaigns[key(campaign)].daily_budget_micros == 70_000_000


def test_a_shared_budget_is_dealt_to_running_campaigns(google: GoogleSandbox) -> None:
    pot = google.budget(explicitly_shared=True, name="Pot", amount_micros=90_000_000)
    first = google.campaign(-2, name="First", status="ENABLED")
    second = google.campaign(-3, name="Second", status="ENABLED")
    google.mutate([pot, first, second])
    rows = [row for row in google.world.campaigns.values() if row.name in ("First", "Second")]
    assert [row.daily_budget_micros for row in rows] == [45_000_000, 45_000_000]


def test_false_and_zero_are_written_when_the_mask_names_them(google: GoogleSandbox) -> None:
    campaign = google.build(
        network_settings__target_content_network=True,
        target_spend__cpc_bid_ceiling_micros=2_000_000,
    )[1]
    mask = ["network_settings.target_content_network", "target_spend.cpc_bid_ceiling_micros"]
    google.mutate(
        [google.updated("campaign", campaign, mask, network_settings__target_content_network=False)]
    )
    [row] = google.search(
        "SELECT campaign.network_settings.target_content_network, "
        "campaign.network_settings.target_google_search, "
        "campaign.target_spend.cpc_bid_ceiling_micros, campaign.bidding_strategy_type "
        f"FROM campaign WHERE campaign.id = {key(campaign)}"
    )
    assert row.campaign.network_settings.target_content_network is False
    assert row.campaign.network_settings.target_google_search is True
    assert row.campaign.target_spend.cpc_bid_ceiling_micros == 0
    assert row.campaign.bidding_strategy_type.name == "TARGET_SPEND"


def test_only_masked_fields_change(google: GoogleSandbox) -> None:
    campaign = google.build()[1]
    google.mutate([google.updated("campaign", campaign, ["name"], name="New", status="ENABLED")])
    row = google.world.campaigns[key(campaign)]
    assert (row.name, row.status) == ("New", "paused")


def test_the_bidding_strategy_switches_by_a_field_inside(google: GoogleSandbox) -> None:
    campaign = google.build()[1]
    mask = ["maximize_conversions.target_cpa_micros"]
    values = {"maximize_conversions__target_cpa_micros": 12_000_000}
    google.mutate([google.updated("campaign", campaign, mask, **values)])
    [row] = google.search(
        "SELECT campaign.bidding_strategy_type, campaign.maximize_conversions.target_cpa_micros "
        f"FROM campaign WHERE campaign.id = {key(campaign)}"
    )
    assert row.campaign.bidding_strategy_type.name == "MAXIMIZE_CONVERSIONS"
    assert row.campaign.maximize_conversions.target_cpa_micros == 12_000_000


@pytest.mark.parametrize(
    ("mask", "code", "field"),
    [
        ([], "field_mask_error.FIELD_MASK_MISSING", "update_mask"),
        (["maximize_conversions"], "field_mask_error.FIELD_HAS_SUBFIELDS", "update_mask"),
        (["start_date"], "field_mask_error.FIELD_NOT_FOUND", "update_mask"),
        (
            ["advertising_channel_type"],
            "field_error.IMMUTABLE_FIELD",
            "update/advertising_channel_type",
        ),
        (["serving_status"], "field_error.IMMUTABLE_FIELD", "update/serving_status"),
    ],
)
def test_masks_that_are_refused(
    google: GoogleSandbox, mask: list[str], code: str, field: str
) -> None:
    campaign = google.build()[1]
    operation = google.updated("campaign", campaign, mask, advertising_channel_type="DISPLAY")
    with pytest.raises(ERRORS) as refused:
        google.mutate([operation])
    path = f"mutate_operations[0]/campaign_operation/{field}"
    assert found(refused.value.failure) == {code: path}
    assert google.world.campaigns[key(campaign)].objective == "SEARCH"


def test_a_create_takes_no_mask(google: GoogleSandbox) -> None:
    operation = google.budget()
    operation.campaign_budget_operation.update_mask.paths.append("name")
    with pytest.raises(ERRORS) as refused:
        google.mutate([operation])
    assert codes(refused.value.failure) == ["field_mask_error.FIELD_MASK_NOT_ALLOWED"]


def test_keyword_text_is_fixed(google: GoogleSandbox) -> None:
    keyword = google.build()[6]
    values = {"keyword__text": "winter coats"}
    with pytest.raises(ERRORS) as refused:
        google.mutate([google.updated("ad_group_criterion", keyword, ["keyword.text"], **values)])
    path = "mutate_operations[0]/ad_group_criterion_operation/update/keyword/text"
    assert found(refused.value.failure) == {"field_error.IMMUTABLE_FIELD": path}


def test_a_started_campaign_keeps_its_start(google: GoogleSandbox) -> None:
    campaign = google.build()[1]
    values = {"start_date_time": "2026-12-01 00:00:00"}
    with pytest.raises(ERRORS) as refused:
        google.mutate([google.updated("campaign", campaign, ["start_date_time"], **values)])
    code = "campaign_error.CANNOT_MODIFY_START_DATE_IF_ALREADY_STARTED"
    assert codes(refused.value.failure) == [code]


def test_an_end_can_be_set_and_cleared(google: GoogleSandbox) -> None:
    campaign = google.build()[1]
    mask = ["end_date_time"]
    google.mutate([google.updated("campaign", campaign, mask, end_date_time="2026-11-30 23:59:59")])
    assert str(google.world.campaigns[key(campaign)].end_date) == "2026-11-30"
    google.mutate([google.updated("campaign", campaign, mask)])
    assert google.world.campaigns[key(campaign)].end_date is None


def test_a_budget_in_use_stays(google: GoogleSandbox) -> None:
    budget, campaign, *_ = google.build()
    with pytest.raises(ERRORS) as refused:
        google.mutate([google.removed("campaign_budget", budget)])
    code = "campaign_budget_error.CAMPAIGN_BUDGET_IN_USE"
    path = "mutate_operations[0]/campaign_budget_operation/remove"
    assert found(refused.value.failure) == {code: path}
    google.mutate([google.removed("campaign", campaign), google.removed("campaign_budget", budget)])
    [row] = google.search(
        "SELECT campaign_budget.status FROM campaign_budget "
        f"WHERE campaign_budget.id = {key(budget)}"
    )
    assert row.campaign_budget.status.name == "REMOVED"


def test_what_does_not_exist_is_not_found(google: GoogleSandbox) -> None:
    name = google.name("campaigns", 99)
    with pytest.raises(ERRORS) as refused:
        google.mutate([google.updated("campaign", name, ["status"], status="PAUSED")])
    path = "mutate_operations[0]/campaign_operation/update/resource_name"
    assert found(refused.value.failure) == {"mutate_error.RESOURCE_NOT_FOUND": path}


def test_pausing_an_ad_group_and_an_ad(google: GoogleSandbox) -> None:
    names = google.build()
    google.mutate(
        [
            google.updated("ad_group", names[4], ["status"], status="PAUSED"),
            google.updated("ad_group_ad", names[5], ["status"], status="PAUSED"),
        ]
    )
    assert google.world.ad_groups[key(names[4])].status == "paused"
    assert google.world.ads[key(names[5]).partition("~")[2]].status == "paused"


def test_an_edit_made_outside_shows(google: GoogleSandbox) -> None:
    campaign = google.build()[1]
    google.world.update_campaign(
        key(campaign), name="Renamed by hand", status="active", daily_budget_micros=9_000_000
    )
    [row] = google.search(
        "SELECT campaign.name, campaign.status, campaign_budget.amount_micros FROM campaign "
        f"WHERE campaign.id = {key(campaign)}"
    )
    assert row.campaign.name == "Renamed by hand"
    assert row.campaign.status.name == "ENABLED"
    assert row.campaign_budget.amount_micros == 9_000_000


def test_an_ad_made_outside_is_listed(google: GoogleSandbox) -> None:
    group = google.world.ad_groups["171000000001"]
    made = google.world.now()
    parents = (google.customer, group.campaign_id, group.id)
    google.world.add_ad(
        Ad("799", "google", *parents, "By hand", "paused", made, texts=["Come and see"])
    )
    [row] = google.search(
        "SELECT ad_group_ad.status, ad_group_ad.ad.responsive_search_ad.headlines "
        "FROM ad_group_ad WHERE ad_group_ad.ad.id = 799"
    )
    assert row.ad_group_ad.status.name == "PAUSED"
    assert row.ad_group_ad.ad.responsive_search_ad.headlines[0].text == "Come and see"
