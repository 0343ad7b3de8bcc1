"""What the emulator refuses on create: the error's code and the field that it names."""

from __future__ import annotations

from collections.abc import Sized
from typing import TYPE_CHECKING, Any

import pytest

from tests.platforms.sandbox.google_client import ERRORS, codes, found

if TYPE_CHECKING:
    from tests.platforms.sandbox.google_client import GoogleSandbox

CAMPAIGN = "mutate_operations[1]/campaign_operation/create/"
BUDGET = "mutate_operations[0]/campaign_budget_operation/create/"
FIRST = "mutate_operations[0]/"
AD = FIRST + "ad_group_ad_operation/create/"
RSA = AD + "ad/responsive_search_ad/"


def refused(google: GoogleSandbox, operations: list[Any]) -> dict[str, str]:
    """Errors by code, and the proof that nothing was stored."""
    world = google.world
    tables: list[Sized] = [world.campaigns, world.ad_groups, world.ads, *world.objects.values()]
    before = [len(table) for table in tables]
    with pytest.raises(ERRORS) as caught:
        google.mutate(operations)
    assert before == [len(table) for table in tables]
    assert caught.value.error.code().name == "INVALID_ARGUMENT"
    return found(caught.value.failure)


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


TEN = [f"Headline number {number}" for number in range(10)]


@pytest.mark.parametrize(
    ("headlines", "descriptions", "code", "field"),
    [
        (TEN[:2], None, "collection_size_error.TOO_FEW", "headlines"),
        ([f"H {n}" for n in range(16)], None, "collection_size_error.TOO_MANY", "headlines"),
        ([*TEN[:3], "x" * 31], None, "string_length_error.TOO_LONG", "headlines[3]/text"),
        ([*TEN[:3], "\u5e83" * 16], None, "string_length_error.TOO_LONG", "headlines[3]/text"),
        ([*TEN[:3], " "], None, "string_length_error.EMPTY", "headlines[3]/text"),
        ([*TEN[:3], TEN[1]], None, "asset_error.DUPLICATE_ASSET", "headlines[3]"),
        (None, ["Only one."], "collection_size_error.TOO_FEW", "descriptions"),
        (None, list("abcde"), "collection_size_error.TOO_MANY", "descriptions"),
        (None, ["a", "d" * 91], "string_length_error.TOO_LONG", "descriptions[1]/text"),
    ],
)
def test_texts_of_search_ads(
    google: GoogleSandbox,
    headlines: list[str] | None,
    descriptions: list[str] | None,
    code: str,
    field: str,
) -> None:
    group = google.build()[4]
    errors = refused(google, [google.search_ad(group, headlines, descriptions)])
    assert errors == {code: RSA + field}


def test_thirty_and_ninety_characters_fit(google: GoogleSandbox) -> None:
    group = google.build()[4]
    headlines = [*TEN[:2], "x" * 30, "\u5e83" * 15]
    google.mutate([google.search_ad(group, headlines, ["a", "d" * 90])])
    assert len(google.world.list_ads(google.customer, ad_group_id=group.rpartition("/")[2])) == 2


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"ad__final_urls": []}, "field_error.REQUIRED", "ad/final_urls"),
        (
            {"ad__final_urls": ["www.example.com"]},
            "url_field_error.MISSING_PROTOCOL_IN_FINAL_URL",
            "ad/final_urls[0]",
        ),
        (
            {"ad__final_urls": ["ftp://www.example.com"]},
            "url_field_error.INVALID_PROTOCOL_IN_FINAL_URL",
            "ad/final_urls[0]",
        ),
        (
            {"ad__final_urls": ["https://www.example.com/" + "a" * 2048]},
            "string_length_error.TOO_LONG",
            "ad/final_urls[0]",
        ),
        (
            {"ad__responsive_search_ad__path2": "sale"},
            "ad_error.CANNOT_SET_PATH2_WITHOUT_PATH1",
            "ad/responsive_search_ad/path2",
        ),
        (
            {"ad__responsive_search_ad__path1": "p" * 16},
            "string_length_error.TOO_LONG",
            "ad/responsive_search_ad/path1",
        ),
    ],
)
def test_addresses_of_search_ads(
    google: GoogleSandbox, values: dict[str, Any], code: str, field: str
) -> None:
    group = google.build()[4]
    assert refused(google, [google.search_ad(group, **values)]) == {code: AD + field}


def test_a_fourth_enabled_search_ad_is_one_too_many(google: GoogleSandbox) -> None:
    group = google.build()[4]
    for number in range(2):
        google.mutate([google.search_ad(group, [f"{number} {text}" for text in TEN])])
    code = "resource_count_limit_exceeded_error.RESOURCE_LIMIT"
    assert refused(google, [google.search_ad(group)]) == {code: AD + "status"}
    google.mutate([google.search_ad(group, status="PAUSED")])
    paused = google.world.list_ads(google.customer, ad_group_id=group.rpartition("/")[2])[-1]
    name = google.name("adGroupAds", f"{paused.ad_group_id}~{paused.id}")
    with pytest.raises(ERRORS) as caught:
        google.mutate([google.updated("ad_group_ad", name, ["status"], status="ENABLED")])
    assert codes(caught.value.failure) == [code]
    details = caught.value.failure.errors[0].details.resource_count_details
    assert (details.limit, details.existing_count) == (3, 3)


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"text": "k" * 81}, "criterion_error.KEYWORD_TEXT_TOO_LONG", "keyword/text"),
        (
            {"text": "a b c d e f g h i j k"},
            "criterion_error.KEYWORD_HAS_TOO_MANY_WORDS",
            "keyword/text",
        ),
        ({"text": "coats!"}, "criterion_error.KEYWORD_HAS_INVALID_CHARS", "keyword/text"),
        ({"text": ""}, "field_error.REQUIRED", "keyword/text"),
        ({"keyword__match_type": "UNSPECIFIED"}, "field_error.REQUIRED", "keyword/match_type"),
        ({"bid_modifier": 11.0}, "range_error.TOO_HIGH", "bid_modifier"),
        ({"negative": True, "text": "autumn coats"}, None, None),
    ],
)
def test_keywords(
    google: GoogleSandbox, values: dict[str, Any], code: str | None, field: str | None
) -> None:
    group = google.build()[4]
    values = dict(values)
    operation = google.keyword(group, values.pop("text", "coats"), **values)
    if code is None:
        google.mutate([operation])
        return
    path = FIRST + "ad_group_criterion_operation/create/" + str(field)
    assert refused(google, [operation]) == {code: path}


def test_the_same_keyword_again_answers_the_one_there_is(google: GoogleSandbox) -> None:
    names = google.build()
    answer = google.mutate([google.keyword(names[4], "Autumn  Coats")])
    result = answer.mutate_operation_responses[0].ad_group_criterion_result
    assert result.resource_name == names[6]


def test_places_and_ages(google: GoogleSandbox) -> None:
    names = google.build()
    start = FIRST + "campaign_criterion_operation/create/"
    errors = refused(google, [google.location(names[1], 1)])
    path = start + "location/geo_target_constant"
    assert errors == {"criterion_error.INVALID_CRITERION_ID": path}
    errors = refused(google, [google.location(names[1], 2840, negative=True)])
    code = "campaign_criterion_error.CANNOT_TARGET_AND_EXCLUDE"
    assert errors == {code: start + "negative"}
    empty = google.created("ad_group_criterion", ad_group=names[4])
    path = FIRST + "ad_group_criterion_operation/create/ad_group"
    errors = refused(google, [empty])
    assert errors == {"ad_group_criterion_error.CONCRETE_TYPE_REQUIRED": path}
    change = google.updated("ad_group_criterion", names[7], ["status"], status="PAUSED")
    with pytest.raises(ERRORS) as caught:
        google.mutate([change])
    assert codes(caught.value.failure) == ["ad_group_criterion_error.CANT_UPDATE_NEGATIVE"]


def test_an_undeclared_campaign_blocks_the_account(google: GoogleSandbox) -> None:
    campaign = google.build()[1]
    key = campaign.rpartition("/")[2]
    stored = google.world.campaigns[key]
    message = type(google.client.get_type("Campaign")).pb().FromString(stored.raw["pb"])
    message.ClearField("contains_eu_political_advertising")
    pb = message.SerializeToString()
    google.world.update_campaign(key, raw={"pb": pb, "undeclared": True})
    query = (
        "SELECT campaign.id FROM campaign "
        "WHERE campaign.missing_eu_political_advertising_declaration = TRUE"
    )
    assert [row.campaign.resource_name for row in google.search(query)] == [campaign]
    errors = refused(google, [google.budget(), google.campaign(name="Another")])
    code = "mutate_error.EU_POLITICAL_ADVERTISING_DECLARATION_REQUIRED"
    assert errors == {code: CAMPAIGN.rstrip("/")}
    field = "contains_eu_political_advertising"
    value = "DOES_NOT_CONTAIN_EU_POLITICAL_ADVERTISING"
    google.mutate([google.updated("campaign", campaign, [field], **{field: value})])
    assert google.search(query) == []
    google.mutate([google.budget(), google.campaign(name="Another")])
