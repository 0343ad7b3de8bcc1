"""What the emulator refuses of budgets, campaigns and ad groups: the code and the field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.google.client import ERRORS
from tests.sandbox.google.refusals import CAMPAIGN, FIRST, refused

if TYPE_CHECKING:
    from tests.sandbox.google.client import GoogleSandbox

BUDGET = "mutate_operations[0]/campaign_budget_operation/create/"


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"amount_micros": -1_000_000}, "NEGATIVE_MONEY_AMOUNT", "amount_micros"),
        ({"amount_micros": 5_005_000}, "NON_MULTIPLE_OF_MINIMUM_CURRENCY_UNIT", "amount_micros"),
        ({"amount_micros": 990_000}, "BUDGET_BELOW_PER_DAY_MINIMUM", "amount_micros"),
        ({"amount_micros": 2 * 10**15}, "MONEY_AMOUNT_TOO_LARGE", "amount_micros"),
        (
            {"delivery_method": "ACCELERATED"},
            "CANNOT_USE_ACCELERATED_DELIVERY_MODE",
            "delivery_method",
        ),
        (
            {"total_amount_micros": 5_000_000},
            "TOTAL_BUDGET_AMOUNT_MUST_BE_UNSET_FOR_BUDGET_PERIOD_DAILY",
            "total_amount_micros",
        ),
    ],
)
def test_budget_amounts(
    google: GoogleSandbox, values: dict[str, Any], code: str, field: str
) -> None:
    errors = refused(google, [google.budget(**values)])
    assert errors == {f"campaign_budget_error.{code}": BUDGET + field}


def test_too_small_a_budget_names_the_smallest(google: GoogleSandbox) -> None:
    with pytest.raises(ERRORS) as caught:
        google.mutate([google.budget(amount_micros=500_000)])
    details = caught.value.failure.errors[0].details.budget_per_day_minimum_error_details
    assert details.currency_code == "USD"
    assert details.minimum_budget_amount_micros == 1_000_000
    assert details.failed_budget_amount_micros == 500_000


def test_yen_budgets_are_whole_yen(google: GoogleSandbox) -> None:
    google.world.account("google").currency = "JPY"
    errors = refused(google, [google.budget(amount_micros=1_500_000)])
    code = "campaign_budget_error.NON_MULTIPLE_OF_MINIMUM_CURRENCY_UNIT"
    assert errors == {code: BUDGET + "amount_micros"}
    google.mutate([google.budget(amount_micros=2_000_000)])


def test_a_budget_is_shared_unless_told_otherwise(google: GoogleSandbox) -> None:
    named = google.created("campaign_budget", amount_micros=5_000_000, name="Common pot")
    google.mutate([named])
    [row] = google.search(
        "SELECT campaign_budget.explicitly_shared, campaign_budget.status, "
        "campaign_budget.delivery_method, campaign_budget.period FROM campaign_budget "
        "WHERE campaign_budget.name = 'Common pot'"
    )
    assert row.campaign_budget.explicitly_shared is True
    assert row.campaign_budget.delivery_method.name == "STANDARD"
    assert row.campaign_budget.period.name == "DAILY"
    nameless = google.created("campaign_budget", amount_micros=5_000_000)
    assert refused(google, [nameless]) == {"field_error.REQUIRED": BUDGET + "name"}
    assert refused(google, [named]) == {"campaign_budget_error.DUPLICATE_NAME": BUDGET + "name"}


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"name": ""}, "field_error.REQUIRED", "name"),
        ({"name": "Two\nlines"}, "campaign_error.INVALID_CAMPAIGN_NAME", "name"),
        ({"name": "Spring sale search"}, "campaign_error.DUPLICATE_CAMPAIGN_NAME", "name"),
        (
            {"advertising_channel_type": None},
            "field_error.REQUIRED",
            "advertising_channel_type",
        ),
        (
            {"advertising_channel_type": "VIDEO"},
            "operation_access_denied_error.OPERATION_NOT_PERMITTED_FOR_CAMPAIGN_TYPE",
            "advertising_channel_type",
        ),
        (
            {"advertising_channel_type": "SHOPPING"},
            "campaign_error.MISSING_SHOPPING_SETTING",
            "shopping_setting",
        ),
        ({"target_spend": None}, "field_error.REQUIRED", "campaign_bidding_strategy"),
        (
            {"contains_eu_political_advertising": None},
            "field_error.REQUIRED",
            "contains_eu_political_advertising",
        ),
        (
            {"status": "REMOVED"},
            "operation_access_denied_error.CREATE_AS_REMOVED_NOT_PERMITTED",
            "status",
        ),
        (
            {"network_settings__target_google_search": False},
            "campaign_error.CAMPAIGN_MUST_TARGET_AT_LEAST_ONE_NETWORK",
            "network_settings",
        ),
        (
            {
                "network_settings__target_google_search": False,
                "network_settings__target_search_network": True,
            },
            "campaign_error.CANNOT_TARGET_SEARCH_NETWORK_WITHOUT_GOOGLE_SEARCH",
            "network_settings/target_search_network",
        ),
        (
            {"advertising_channel_type": "DISPLAY"},
            "campaign_error.CANNOT_TARGET_SEARCH_NETWORK",
            "network_settings/target_google_search",
        ),
        (
            {"target_spend__cpc_bid_ceiling_micros": 1_234_567},
            "bidding_error.BID_TOO_MANY_FRACTIONAL_DIGITS",
            "target_spend/cpc_bid_ceiling_micros",
        ),
        ({"target_roas__target_roas": 0.001}, "range_error.TOO_LOW", "target_roas/target_roas"),
        (
            {"manual_cpm": "ManualCpm"},
            "bidding_error.BIDDING_STRATEGY_NOT_ALLOWED_FOR_SEARCH_ONLY_CAMPAIGNS",
            "manual_cpm",
        ),
        (
            {"start_date_time": "2026-11-15 00:00:00"},
            "campaign_error.CANNOT_SET_DATE_TO_PAST",
            "start_date_time",
        ),
        (
            {"start_date_time": "20261120"},
            "date_error.INVALID_STRING_DATE_TIME_SECONDS",
            "start_date_time",
        ),
        (
            {"start_date_time": "2026-11-20 08:00:00"},
            "date_error.DATE_RANGE_ERROR_START_TIME_MUST_BE_THE_START_OF_A_DAY",
            "start_date_time",
        ),
        (
            {
                "start_date_time": "2026-11-20 00:00:00",
                "end_date_time": "2026-11-19 23:59:59",
            },
            "date_range_error.START_DATE_AFTER_END_DATE",
            "end_date_time",
        ),
        (
            {"end_date_time": "2026-11-30 00:00:00"},
            "date_error.DATE_RANGE_ERROR_END_TIME_MUST_BE_THE_END_OF_A_DAY",
            "end_date_time",
        ),
    ],
)
def test_campaigns(google: GoogleSandbox, values: dict[str, Any], code: str, field: str) -> None:
    if "manual_cpm" in values or "target_roas__target_roas" in values:
        values = {"target_spend": None} | values
    if "manual_cpm" in values:
        values = values | {"manual_cpm": google.client.get_type("ManualCpm")}
    errors = refused(google, [google.budget(), google.campaign(**values)])
    assert errors == {code: CAMPAIGN + field}


def test_today_is_the_day_of_the_account(google: GoogleSandbox) -> None:
    google.world.clock.advance(hours=11)  # 2026-11-17 02:00 UTC is still the 16th in New York
    values: dict[str, Any] = {
        "start_date_time": "2026-11-16 00:00:00",
        "end_date_time": "2026-11-16 23:59:59",
    }
    google.mutate([google.budget(), google.campaign(**values)])


def test_a_performance_max_campaign_needs_its_own_budget_and_no_ad_groups(
    google: GoogleSandbox,
) -> None:
    values = {
        "advertising_channel_type": "PERFORMANCE_MAX",
        "network_settings__target_google_search": None,
        "target_spend": None,
        "maximize_conversions": google.client.get_type("MaximizeConversions"),
    }
    shared = google.budget(explicitly_shared=True, name="Pot")
    errors = refused(google, [shared, google.campaign(**values)])
    assert errors == {"campaign_error.BUDGET_CANNOT_BE_SHARED": CAMPAIGN + "campaign_budget"}
    errors = refused(google, [google.budget(), google.campaign(**values), google.ad_group()])
    path = "mutate_operations[2]/ad_group_operation/create/campaign"
    assert errors == {"ad_group_error.CANNOT_ADD_AD_GROUP_FOR_CAMPAIGN_TYPE": path}
    spend = values | {
        "maximize_conversions": None,
        "target_spend": google.client.get_type("TargetSpend"),
    }
    errors = refused(google, [google.budget(), google.campaign(**spend)])
    code = "bidding_error.CANNOT_CREATE_CAMPAIGN_WITH_BIDDING_STRATEGY"
    assert errors == {code: CAMPAIGN + "target_spend"}


def test_ad_groups(google: GoogleSandbox) -> None:
    campaign = google.build()[1]
    start = FIRST + "ad_group_operation/create/"
    named = google.created("ad_group", name="Everyone", campaign=campaign)
    assert refused(google, [named]) == {"ad_group_error.DUPLICATE_ADGROUP_NAME": start + "name"}
    nameless = google.created("ad_group", campaign=campaign)
    assert refused(google, [nameless]) == {"ad_group_error.MISSING_ADGROUP_NAME": start + "name"}
    wrong = google.created("ad_group", name="New", campaign=campaign, type_="DISPLAY_STANDARD")
    code = "ad_group_error.AD_GROUP_TYPE_NOT_VALID_FOR_ADVERTISING_CHANNEL_TYPE"
    assert refused(google, [wrong]) == {code: start + "type"}
    orphan = google.created("ad_group", name="New")
    assert refused(google, [orphan]) == {"field_error.REQUIRED": start + "campaign"}
    lost = google.created("ad_group", name="New", campaign=google.name("campaigns", 5))
    assert refused(google, [lost]) == {"mutate_error.RESOURCE_NOT_FOUND": start + "campaign"}
    odd = google.created("ad_group", name="New", campaign=google.name("adGroups", 5))
    code = "request_error.RESOURCE_NAME_MALFORMED"
    assert refused(google, [odd]) == {code: start + "campaign"}
