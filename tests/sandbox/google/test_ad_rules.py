"""What the emulator refuses of ads, keywords and places: the code and the field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.google.client import ERRORS, codes
from tests.sandbox.google.refusals import CAMPAIGN, FIRST, refused

if TYPE_CHECKING:
    from tests.sandbox.google.client import GoogleSandbox

AD = FIRST + "ad_group_ad_operation/create/"
RSA = AD + "ad/responsive_search_ad/"
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
