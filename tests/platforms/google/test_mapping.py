"""What only Google does: the atomic tree, explicit masks, and how rows are read."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from google.ads.googleads.v26.services.types.google_ads_service import (  # noqa: TID251
    GoogleAdsRow,
    MutateGoogleAdsRequest,
)

from core.common.errors import InvalidInput
from core.common.money import Money
from platforms.errors import Rejected
from platforms.google import mapping, reading
from platforms.google.client import GoogleClient
from platforms.spec.campaign import CampaignSpec
from tests.fixtures.specs import campaign_spec, changed, in_countries

CAPABILITIES = GoogleClient.capabilities
TODAY = date(2026, 3, 10)
PLACES = {"US": "geoTargetConstants/2840", "CA": "geoTargetConstants/2124"}


def spec_of(**changes: Any) -> CampaignSpec:
    return changed(campaign_spec(CAPABILITIES, date(2026, 3, 12), amount="80.50"), **changes)


def tree_of(spec: CampaignSpec) -> mapping.OperationTree:
    return mapping.campaign_tree("1234567890", spec, PLACES, TODAY)


def creates(tree: mapping.OperationTree, kind: str) -> list[dict[str, Any]]:
    name = f"{kind}_operation"
    return [operation[name]["create"] for operation in tree.operations if name in operation]


# Mapping


def test_tree_is_one_request_that_the_sdk_accepts() -> None:
    tree = tree_of(spec_of(end=date(2026, 4, 30)))
    request = MutateGoogleAdsRequest(
        {"customer_id": "1234567890", "mutate_operations": tree.operations}
    )
    kinds = [
        MutateGoogleAdsRequest.pb(request).mutate_operations[i].WhichOneof("operation")
        for i in range(len(tree.operations))
    ]
    assert kinds == [
        "campaign_budget_operation",
        "campaign_operation",
        "campaign_criterion_operation",
        "ad_group_operation",
        *["ad_group_criterion_operation"] * 7,
        *["ad_group_ad_operation"] * 2,
    ]


def test_campaign_is_paused_declared_and_on_search_only() -> None:
    spec = spec_of(end=date(2026, 4, 30))
    campaign = creates(tree_of(spec), "campaign")[0]
    assert campaign["status"] == "PAUSED"
    assert campaign["name"] == f"Summer sale [{spec.reference}]"
    assert (
        campaign["contains_eu_political_advertising"] == "DOES_NOT_CONTAIN_EU_POLITICAL_ADVERTISING"
    )
    assert campaign["network_settings"]["target_content_network"] is False
    assert campaign["target_spend"] == {}
    assert campaign["start_date_time"] == "2026-03-12 00:00:00"
    assert campaign["end_date_time"] == "2026-04-30 23:59:59"


def test_budget_is_micros_and_not_shared() -> None:
    budget = creates(tree_of(spec_of()), "campaign_budget")[0]
    assert budget["amount_micros"] == 80_500_000
    assert budget["explicitly_shared"] is False


def test_past_start_becomes_today_and_no_end_is_left_out() -> None:
    campaign = creates(tree_of(spec_of(start=date(2026, 3, 1))), "campaign")[0]
    assert campaign["start_date_time"] == "2026-03-10 00:00:00"
    assert "end_date_time" not in campaign


def test_temporary_ids_are_unique_and_parents_come_first() -> None:
    spec = spec_of()
    two = changed(spec, ad_groups=spec.ad_groups + campaign_spec(CAPABILITIES, TODAY).ad_groups)
    tree = tree_of(two)
    named = [
        create["resource_name"]
        for operation in tree.operations
        for create in [next(iter(operation.values()))["create"]]
        if "resource_name" in create
    ]
    assert [name.rpartition("/")[2] for name in named] == ["-1", "-2", "-3", "-4"]
    order = [(made.kind, made.reference) for made in tree.created]
    expected: list[tuple[str, str]] = [("campaign", two.reference)]
    for group in two.ad_groups:
        expected.append(("ad_group", group.reference))
        expected += [("ad", ad.reference) for ad in group.ads]
    assert order == expected


def test_ages_and_gender_are_narrowed_by_exclusion() -> None:
    criteria = creates(tree_of(spec_of()), "ad_group_criterion")
    shut_out = [c for c in criteria if c.get("negative")]
    assert [c["age_range"]["type_"] for c in shut_out if "age_range" in c] == [
        "AGE_RANGE_18_24",
        "AGE_RANGE_45_54",
        "AGE_RANGE_55_64",
        "AGE_RANGE_65_UP",
    ]
    assert [c["gender"]["type_"] for c in shut_out if "gender" in c] == ["MALE"]
    keywords = [c["keyword"] for c in criteria if "keyword" in c]
    assert keywords == [
        {"text": "running shoes", "match_type": "PHRASE"},
        {"text": "trail shoes", "match_type": "PHRASE"},
    ]


def test_ad_carries_its_reference_in_the_address() -> None:
    spec = spec_of()
    ad = creates(tree_of(spec), "ad_group_ad")[0]["ad"]
    reference = spec.ad_groups[0].ads[0].reference
    assert ad["final_url_suffix"] == f"ae_ref={reference}"
    assert mapping.reference_of_suffix(f"utm_source=x&ae_ref={reference}") == reference
    assert mapping.reference_of_suffix("utm_source=x") == ""


def test_long_names_keep_the_limit_in_bytes() -> None:
    spec = spec_of(name="ä" * 300)
    name = creates(tree_of(spec), "campaign")[0]["name"]
    assert len(name.encode()) <= 255
    assert name.endswith(f"[{spec.reference}]")


def test_unserved_and_missing_countries_are_refused() -> None:
    spec = spec_of()
    for wrong in (in_countries(spec, "KP"), in_countries(spec)):
        with pytest.raises(Rejected) as raised:
            tree_of(wrong)
        assert raised.value.field == "countries"


def test_search_campaign_without_keywords_is_refused() -> None:
    spec = spec_of()
    group = spec.ad_groups[0]
    bare = changed(group, targeting=changed(group.targeting, keywords=()))
    with pytest.raises(Rejected) as raised:
        tree_of(changed(spec, ad_groups=(bare,)))
    assert raised.value.field == "keywords"


def test_mask_names_every_field_that_is_sent() -> None:
    assert mapping.update("campaign", "customers/1/campaigns/2", status="PAUSED", name="x") == {
        "campaign_operation": {
            "update": {"resource_name": "customers/1/campaigns/2", "status": "PAUSED", "name": "x"},
            "update_mask": {"paths": ["status", "name"]},
        }
    }


@pytest.mark.parametrize("bad", ["", "1 OR 1", "12'", "²"])
def test_only_digits_go_into_a_query(bad: str) -> None:
    with pytest.raises(InvalidInput):
        mapping.validate_id(bad)


# Reading


def row(**fields: Any) -> Any:
    return GoogleAdsRow.pb(GoogleAdsRow(fields))


def test_campaign_row_becomes_a_record() -> None:
    found = row(
        campaign={
            "id": 5,
            "name": "Sale [ae-abc]",
            "status": "ENABLED",
            "advertising_channel_type": "SEARCH",
            "bidding_strategy_type": "TARGET_SPEND",
            "start_date_time": "2026-03-12 00:00:00",
            "end_date_time": "2037-12-30 23:59:59",
        },
        campaign_budget={"amount_micros": 80_500_000, "reference_count": 1},
    )
    campaign = reading.tree([found], [], [], "USD")[0]
    assert (campaign.remote_id, campaign.reference) == ("5", "ae-abc")
    assert campaign.daily_budget == Money(Decimal("80.5"), "USD")
    assert (campaign.status, campaign.budget_on, campaign.objective) == (
        "active",
        "campaign",
        "traffic",
    )
    assert (campaign.start, campaign.end) == (date(2026, 3, 12), None)


def test_shared_budget_and_conversion_bidding_are_seen() -> None:
    found = row(
        campaign={
            "id": 5,
            "status": "ENABLED",
            "primary_status": "ENDED",
            "advertising_channel_type": "SEARCH",
            "bidding_strategy_type": "MAXIMIZE_CONVERSIONS",
        },
        campaign_budget={"amount_micros": 1_000_000, "reference_count": 2},
    )
    campaign = reading.tree([found], [], [], "USD")[0]
    assert (campaign.budget_on, campaign.objective, campaign.status) == (
        "shared",
        "conversions",
        "ended",
    )


@pytest.mark.parametrize(
    ("status", "approval", "review", "expected"),
    [
        ("ENABLED", "APPROVED", "REVIEWED", "active"),
        ("ENABLED", "UNKNOWN", "REVIEW_IN_PROGRESS", "in_review"),
        ("ENABLED", "DISAPPROVED", "REVIEWED", "rejected"),
        ("PAUSED", "APPROVED", "REVIEW_IN_PROGRESS", "paused"),
    ],
)
def test_ad_status_words(status: str, approval: str, review: str, expected: str) -> None:
    ad = row(
        campaign={"id": 5},
        ad_group={"id": 6},
        ad_group_ad={
            "status": status,
            "ad": {"id": 7, "final_url_suffix": "ae_ref=ae-xyz"},
            "policy_summary": {"approval_status": approval, "review_status": review},
        },
    )
    group = row(campaign={"id": 5}, ad_group={"id": 6, "name": "g", "status": "ENABLED"})
    tree = reading.tree([row(campaign={"id": 5, "status": "PAUSED"})], [group], [ad], "USD")
    read = tree[0].ad_groups[0].ads[0]
    assert (read.status, read.reference, read.remote_id) == (expected, "ae-xyz", "7")


def test_fractions_of_conversions_are_kept() -> None:
    metric = reading.metric_row(
        "campaign",
        row(
            campaign={"id": 5},
            segments={"date": "2026-03-01"},
            metrics={
                "impressions": 100,
                "clicks": 7,
                "cost_micros": 1_234_567,
                "conversions": 0.33,
                "conversions_value": 19.99,
            },
        ),
        "USD",
    )
    assert metric.conversions == Decimal("0.33")
    assert metric.revenue == Money(Decimal("19.99"), "USD")
    assert metric.spend == Money(Decimal("1.234567"), "USD")
