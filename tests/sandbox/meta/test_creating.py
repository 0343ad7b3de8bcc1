"""What the Meta emulator takes and refuses when something is created."""

from __future__ import annotations

import base64
import hashlib
import struct

import pytest

from tests.sandbox.meta.client import Body, Graph, changed, refused, targeting

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + struct.pack(">II", 1200, 628) + b"\x08\x02\0\0\0"


def test_campaign_reads_back_as_text(graph: Graph) -> None:
    made = graph.make("campaigns", graph.campaign())
    fields = "name,objective,status,effective_status,daily_budget,special_ad_categories"
    assert graph.get(made, fields=fields) == {
        "id": made,
        "name": "Ours",
        "objective": "OUTCOME_SALES",
        "status": "PAUSED",
        "effective_status": "PAUSED",
        "daily_budget": "5000",
        "special_ad_categories": [],
    }
    assert graph.get(made) == {"id": made}


@pytest.mark.parametrize(
    ("changes", "field", "subcode"),
    [
        ({"special_ad_categories": None}, "special_ad_categories", None),
        ({"special_ad_categories": ["CATS"]}, "special_ad_categories", None),
        ({"special_ad_categories": ["CREDIT"]}, "special_ad_category_country", None),
        ({"name": None}, "name", None),
        ({"objective": None}, "objective", None),
        ({"objective": "CONVERSIONS"}, "objective", None),
        ({"status": "ARCHIVED"}, "status", None),
        ({"daily_budget": None}, "is_adset_budget_sharing_enabled", 4834011),
        (
            {"daily_budget": None, "is_adset_budget_sharing_enabled": True},
            "bid_strategy",
            4834005,
        ),
        ({"lifetime_budget": 90000}, "daily_budget", None),
        ({"daily_budget": 99}, "daily_budget", 1885272),
        ({"daily_budget": 100_000_001}, "daily_budget", 1885261),
        ({"daily_budget": "12.50"}, "daily_budget", None),
        ({"bid_strategy": "CHEAP"}, "bid_strategy", None),
        ({"spend_cap": 9999}, "spend_cap", None),
        ({"stop_time": "2026-09-01", "start_time": "2026-10-02"}, "stop_time", None),
    ],
)
def test_bad_campaign_is_refused_and_not_made(
    graph: Graph, changes: Body, field: str, subcode: int | None
) -> None:
    before = set(graph.world.campaigns)
    refused(graph.post(f"{graph.act}/campaigns", graph.campaign(**changes)), field, subcode)
    assert set(graph.world.campaigns) == before


def test_too_low_budget_names_the_minimum(graph: Graph) -> None:
    error = graph.post(f"{graph.act}/campaigns", graph.campaign(daily_budget=1)).json()["error"]
    assert "1.00 USD" in error["error_user_msg"]


@pytest.mark.parametrize(
    ("changes", "field", "subcode"),
    [
        ({"name": None}, "name", None),
        ({"billing_event": None}, "billing_event", None),
        ({"optimization_goal": None}, "optimization_goal", None),
        ({"optimization_goal": "REACH"}, "optimization_goal", 2490408),
        ({"billing_event": "LINK_CLICKS"}, "billing_event", None),
        ({"targeting": None}, "targeting", 1885364),
        ({"targeting": targeting(geo_locations={})}, "targeting", 1885364),
        ({"targeting": targeting(targeting_automation=None)}, "targeting", 1870227),
        ({"targeting": targeting(age_max=40)}, "targeting", 1870189),
        ({"promoted_object": None}, "promoted_object", 1815430),
        ({"daily_budget": 1000}, "daily_budget", 1885621),
        ({"bid_amount": 100}, "bid_amount", None),
        ({"bid_strategy": "COST_CAP"}, "bid_amount", 2490487),
        ({"targeting": targeting(geo_locations={"countries": ["DE"]})}, "dsa_beneficiary", None),
        ({"end_time": "2026-09-30T00:00:00-0700"}, "end_time", None),
        ({"targeting": targeting(geo_locations={"countries": ["AB"]})}, "targeting", None),
        ({"targeting": targeting(geo_locations={"countries": ["us"]})}, "targeting", None),
        ({"targeting": targeting(geo_locations={"countries": ["US", "CU"]})}, "targeting", None),
        (
            {"targeting": targeting(geo_locations={"cities": [{"key": "1", "country": "FR"}]})},
            "dsa_beneficiary",
            None,
        ),
        (
            {"targeting": targeting(geo_locations={"country_groups": ["worldwide"]})},
            "dsa_beneficiary",
            None,
        ),
        (
            {"targeting": targeting(flexible_spec=[{"interests": [{"id": "600000000000001"}]}])},
            "targeting",
            1487079,
        ),
        ({"targeting": targeting(publisher_platforms=["myspace"])}, "targeting", None),
        ({"targeting": targeting(instagram_positions=["explore"])}, "targeting", 2490589),
        ({"bid_strategy": "LOWEST_COST_WITH_MIN_ROAS"}, "bid_constraints", None),
        (
            {
                "bid_strategy": "LOWEST_COST_WITH_MIN_ROAS",
                "bid_constraints": {"roas_average_floor": 99},
            },
            "bid_constraints",
            None,
        ),
        ({"bid_constraints": {"roas_average_floor": 20_000}}, "bid_constraints", None),
    ],
)
def test_bad_ad_set_is_refused_and_not_made(
    graph: Graph, changes: Body, field: str, subcode: int | None
) -> None:
    campaign = graph.make("campaigns", graph.campaign())
    before = set(graph.world.ad_groups)
    refused(graph.post(f"{graph.act}/adsets", graph.ad_set(campaign, **changes)), field, subcode)
    assert set(graph.world.ad_groups) == before


def test_ad_set_needs_a_budget_when_the_campaign_has_none(graph: Graph) -> None:
    body = graph.campaign(daily_budget=None, is_adset_budget_sharing_enabled=False)
    campaign = graph.make("campaigns", body)
    refused(graph.post(f"{graph.act}/adsets", graph.ad_set(campaign)), "daily_budget")
    made = graph.make("adsets", graph.ad_set(campaign, daily_budget=2000))
    assert graph.get(made, fields="daily_budget")["daily_budget"] == "2000"


def test_lifetime_budget_needs_an_end(graph: Graph) -> None:
    body = graph.campaign(daily_budget=None, is_adset_budget_sharing_enabled=False)
    campaign = graph.make("campaigns", body)
    ad_set = graph.ad_set(campaign, lifetime_budget=30_000)
    refused(graph.post(f"{graph.act}/adsets", ad_set), "end_time")
    made = graph.make("adsets", {**ad_set, "end_time": "2026-10-31T09:00:00-0700"})
    assert graph.world.ad_groups[made].daily_budget_micros == 10_000_000


@pytest.mark.parametrize(
    ("story", "field", "subcode"),
    [
        ({"page_id": None}, "object_story_spec", None),
        ({"link_data": None}, "object_story_spec", None),
        ({"link_data": {"message": "no link"}}, "link", None),
        (
            {"link_data": {"link": "https://x.example.com", "image_hash": "0" * 32}},
            "image_hash",
            None,
        ),
        ({"photo_data": {"url": "https://x.example.com"}}, "object_story_spec", 1487929),
        ({"instagram_actor_id": "1"}, "object_story_spec", None),
    ],
)
def test_bad_creative_is_refused(
    graph: Graph, story: Body, field: str, subcode: int | None
) -> None:
    good = graph.creative()["object_story_spec"]
    body = graph.creative(object_story_spec=changed(good, story))
    refused(graph.post(f"{graph.act}/adcreatives", body), field, subcode)


def test_ad_needs_a_known_creative(graph: Graph) -> None:
    ad_set = graph.make("adsets", graph.ad_set(graph.make("campaigns", graph.campaign())))
    body = {"name": "Ad", "adset_id": ad_set, "creative": {"creative_id": "1"}}
    refused(graph.post(f"{graph.act}/ads", body), "creative")
    assert graph.world.list_ads(graph.ours.id, ad_group_id=ad_set) == []


def test_image_is_known_by_its_hash(graph: Graph) -> None:
    encoded = base64.b64encode(PNG).decode()
    answer = graph.post(f"{graph.act}/adimages", {"bytes": encoded}).json()
    digest = answer["images"]["bytes"]["hash"]
    assert digest == hashlib.md5(PNG, usedforsecurity=False).hexdigest()
    parts = {"filename": ("a.png", PNG)}
    again = graph.http.post(f"/{graph.act}/adimages", files=parts).json()
    assert again["images"]["a.png"]["hash"] == digest
    found = graph.get(f"{graph.act}/adimages", hashes=[digest], fields="hash,width,height")
    assert [(i["width"], i["height"]) for i in found["data"]] == [(1200, 628)]


def test_what_is_no_image_is_refused(graph: Graph) -> None:
    body = {"bytes": base64.b64encode(b"GIF89a").decode()}
    refused(graph.post(f"{graph.act}/adimages", body), "bytes")


def test_validate_only_checks_and_writes_nothing(graph: Graph) -> None:
    before = set(graph.world.campaigns)
    option = {"execution_options": ["validate_only"]}
    good = graph.post(f"{graph.act}/campaigns", graph.campaign(**option))
    assert good.json() == {"success": True}
    bad = graph.post(f"{graph.act}/campaigns", graph.campaign(daily_budget=1, **option))
    refused(bad, "daily_budget", 1885272)
    assert set(graph.world.campaigns) == before


@pytest.mark.parametrize(
    "narrow", [{"age_min": 21}, {"genders": [1]}, {"exclusions": {"interests": [{"id": "6"}]}}]
)
def test_special_category_keeps_its_audience_whole(graph: Graph, narrow: Body) -> None:
    special = {"special_ad_categories": ["CREDIT"], "special_ad_category_country": ["US"]}
    campaign = graph.make("campaigns", graph.campaign(**special))
    automation = {"targeting_automation": {"advantage_audience": 0}}
    body = graph.ad_set(campaign, targeting=targeting(**automation, **narrow))
    refused(graph.post(f"{graph.act}/adsets", body), "targeting")
    assert graph.world.list_ad_groups(graph.ours.id, campaign) == []
    graph.make("adsets", graph.ad_set(campaign, targeting=targeting(**automation)))


def test_flight_with_a_daily_budget_is_longer_than_a_day(graph: Graph) -> None:
    body = graph.campaign(daily_budget=None, is_adset_budget_sharing_enabled=False)
    campaign = graph.make("campaigns", body)
    start = {"start_time": "2026-10-05T00:00:00-0700"}
    day = {**start, "end_time": "2026-10-06T00:00:00-0700"}
    refused(
        graph.post(f"{graph.act}/adsets", graph.ad_set(campaign, daily_budget=900, **day)),
        "end_time",
    )
    longer = {**start, "end_time": "2026-10-06T00:00:01-0700"}
    made = graph.make("adsets", graph.ad_set(campaign, daily_budget=900, **longer))
    refused(graph.post(made, {"end_time": "2026-10-05T20:00:00-0700"}), "end_time")
    assert graph.get(made, fields="end_time")["end_time"] == longer["end_time"]


def test_link_to_an_app_store_is_refused_at_the_ad_of_a_traffic_campaign(graph: Graph) -> None:
    campaign = graph.make("campaigns", graph.campaign(objective="OUTCOME_TRAFFIC"))
    traffic = {"optimization_goal": "LINK_CLICKS", "promoted_object": None}
    ad_set = graph.make("adsets", graph.ad_set(campaign, **traffic))
    link = {"link": "https://apps.apple.com/app/id1", "message": "Get it"}
    story = {"page_id": graph.ours.page_id, "link_data": link}
    creative = graph.make("adcreatives", graph.creative(object_story_spec=story))
    body = {"name": "Ad", "adset_id": ad_set, "creative": {"creative_id": creative}}
    refused(graph.post(f"{graph.act}/ads", body), "link", 1487810)
    assert graph.world.list_ads(graph.ours.id, ad_group_id=ad_set) == []


def test_dynamic_ad_set_holds_one_dynamic_ad(graph: Graph) -> None:
    campaign = graph.make("campaigns", graph.campaign())
    ad_set = graph.make("adsets", graph.ad_set(campaign, is_dynamic_creative=True))
    plain = graph.make("adcreatives", graph.creative())
    feed = {"bodies": [{"text": "New"}], "link_urls": [{"website_url": "https://x.example.com/"}]}
    story = {"page_id": graph.ours.page_id}
    body = graph.creative(object_story_spec=story, asset_feed_spec=feed)
    dynamic = graph.make("adcreatives", body)

    def ad(creative: str) -> Body:
        return {"name": "Ad", "adset_id": ad_set, "creative": {"creative_id": creative}}

    refused(graph.post(f"{graph.act}/ads", ad(plain)), "creative", 1885998)
    graph.make("ads", ad(dynamic))
    refused(graph.post(f"{graph.act}/ads", ad(dynamic)), "adset_id")


def test_url_tags_begin_without_a_question_mark(graph: Graph) -> None:
    for tags in ("?a=b", "&a=b"):
        refused(graph.post(f"{graph.act}/adcreatives", graph.creative(url_tags=tags)), "url_tags")
    graph.make("adcreatives", graph.creative(url_tags="a=b"))


def test_interest_that_was_searched_is_taken(graph: Graph) -> None:
    [found] = graph.get("search", type="adinterest", q="running")["data"]
    campaign = graph.make("campaigns", graph.campaign())
    interests = [{"interests": [{"id": found["id"], "name": found["name"]}]}]
    made = graph.make(
        "adsets", graph.ad_set(campaign, targeting=targeting(flexible_spec=interests))
    )
    assert graph.world.ad_groups[made].targeting["flexible_spec"] == interests
