"""The unmodified official client of Meta works against the emulator over plain HTTP."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from facebook_business.adobjects.ad import Ad
from facebook_business.adobjects.adaccount import AdAccount
from facebook_business.adobjects.adcreative import AdCreative
from facebook_business.adobjects.adimage import AdImage
from facebook_business.adobjects.adset import AdSet
from facebook_business.adobjects.campaign import Campaign
from facebook_business.api import FacebookAdsApi
from facebook_business.exceptions import FacebookRequestError
from facebook_business.session import FacebookSession

from sandbox.http.httpd import HttpServer
from sandbox.market.market import Market
from sandbox.meta.server import meta_app
from sandbox.world.clock import SandboxClock
from sandbox.world.world import World

START = datetime(2026, 10, 1, 6, tzinfo=UTC)
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + struct.pack(">II", 1200, 628) + b"\x08\x02\0\0\0"


@pytest.fixture
def world() -> World:
    return World(7, START, clock=SandboxClock(START, ticking=False))


@pytest.fixture
def account(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[AdAccount]:
    server = HttpServer(meta_app(world, world.clock, Market(world)))
    monkeypatch.setattr(FacebookSession, "GRAPH", server.url)
    ours = world.account("meta")
    session = FacebookSession(ours.app_id, ours.app_secret, ours.access_token)
    yield AdAccount(f"act_{ours.id}", api=FacebookAdsApi(session))
    session.requests.close()
    server.stop()


def _campaign(account: AdAccount, **changes: Any) -> Campaign:
    params = {
        "name": "From the official client",
        "objective": "OUTCOME_SALES",
        "special_ad_categories": [],
        "daily_budget": 5000,
        "status": "PAUSED",
    }
    return account.create_campaign(params={**params, **changes})


def _ad_set(account: AdAccount, campaign: Campaign, pixel: str) -> AdSet:
    return account.create_ad_set(
        params={
            "name": "Everyone in the US",
            "campaign_id": campaign["id"],
            "optimization_goal": "OFFSITE_CONVERSIONS",
            "billing_event": "IMPRESSIONS",
            "promoted_object": {"pixel_id": pixel, "custom_event_type": "PURCHASE"},
            "targeting": {
                "geo_locations": {"countries": ["US"]},
                "targeting_automation": {"advantage_audience": 1},
            },
            "status": "ACTIVE",
        }
    )


def _creative(account: AdAccount, page: str, digest: str) -> AdCreative:
    link = "https://shop.example.com/"
    data = {"link": link, "message": "New season", "image_hash": digest}
    story = {"page_id": page, "link_data": data}
    return account.create_ad_creative(params={"name": "Creative", "object_story_spec": story})


def _image(account: AdAccount, folder: Path) -> str:
    file = folder / "square.png"
    file.write_bytes(PNG)
    image = AdImage(parent_id=account.get_id_assured(), api=account.get_api())
    image[AdImage.Field.filename] = str(file)
    image.remote_create()
    return str(image[AdImage.Field.hash])


def _launch(account: AdAccount, world: World, folder: Path) -> tuple[Campaign, AdSet, Ad]:
    ours = world.account("meta")
    campaign = _campaign(account)
    ad_set = _ad_set(account, campaign, ours.pixel_id)
    creative = _creative(account, ours.page_id, _image(account, folder))
    ad = account.create_ad(
        params={
            "name": "Ad",
            "adset_id": ad_set["id"],
            "creative": {"creative_id": creative["id"]},
            "status": "ACTIVE",
        }
    )
    return campaign, ad_set, ad


def test_official_client_builds_a_tree_and_reads_it_back(
    account: AdAccount, world: World, tmp_path: Path
) -> None:
    campaign, ad_set, ad = _launch(account, world, tmp_path)
    campaign.api_get(fields=["name", "status", "daily_budget", "effective_status"])
    assert campaign["daily_budget"] == "5000"
    assert campaign["effective_status"] == "PAUSED"
    ad.api_get(fields=["effective_status", "creative", "adset_id"])
    assert ad["effective_status"] == "PENDING_REVIEW"
    assert ad["adset_id"] == ad_set["id"]
    assert world.campaigns[campaign["id"]].daily_budget_micros == 50_000_000


def test_official_client_updates_and_deletes(account: AdAccount, world: World) -> None:
    campaign = _campaign(account)
    campaign.api_update(params={"daily_budget": 7500, "status": "ACTIVE", "name": "Renamed"})
    kept = world.campaigns[campaign["id"]]
    assert (kept.name, kept.status, kept.daily_budget_micros) == ("Renamed", "active", 75_000_000)
    campaign.api_delete()
    assert kept.status == "removed"


def test_official_client_follows_pages(account: AdAccount) -> None:
    made = {_campaign(account, name=f"Campaign {number}")["id"] for number in range(7)}
    found = list(account.get_campaigns(fields=["name"], params={"limit": 3}))
    assert made <= {item["id"] for item in found}
    assert len(found) == len({item["id"] for item in found}) == 8


def test_official_client_reads_insights(account: AdAccount, world: World, tmp_path: Path) -> None:
    campaign, _, _ = _launch(account, world, tmp_path)
    campaign.api_update(params={"status": "ACTIVE"})
    world.clock.advance(days=5)
    params = {
        "level": "ad",
        "time_increment": 1,
        "time_range": {"since": "2026-10-01", "until": "2026-10-04"},
    }
    rows = list(campaign.get_insights(fields=["impressions", "spend", "actions"], params=params))
    assert [row["date_start"] for row in rows] == [f"2026-10-0{day}" for day in range(1, 5)]
    assert all(isinstance(row["impressions"], str) for row in rows)


def test_official_client_finds_deleted_objects_only_where_meta_shows_them(
    account: AdAccount, world: World, tmp_path: Path
) -> None:
    campaign, ad_set, ad = _launch(account, world, tmp_path)
    campaign.api_update(params={"status": "ACTIVE"})
    world.clock.advance(days=5)
    days = {"time_range": {"since": "2026-10-01", "until": "2026-10-04"}}
    [before] = ad.get_insights(fields=["spend"], params=days)
    ad.api_delete()
    assert list(AdSet(ad_set["id"], api=account.get_api()).get_ads()) == []
    assert list(account.get_ads(params={"effective_status": ["DELETED"]})) == []
    assert ad.api_get(fields=["effective_status"])["effective_status"] == "DELETED"
    by_ad = {"level": "ad", **days}
    assert list(campaign.get_insights(fields=["ad_id", "spend"], params=by_ad)) == []
    of_deleted = {"field": "ad.effective_status", "operator": "IN", "value": ["DELETED"]}
    [row] = account.get_insights(
        fields=["ad_id", "spend"], params={**by_ad, "filtering": [of_deleted]}
    )
    assert (row["ad_id"], row["spend"]) == (ad["id"], before["spend"])
    assert ad.get_insights(fields=["spend"], params=days)[0]["spend"] == before["spend"]
    assert campaign.get_insights(fields=["spend"], params=days)[0]["spend"] == before["spend"]
    with pytest.raises(FacebookRequestError) as caught:
        ad.api_update(params={"status": "ACTIVE"})
    assert caught.value.api_error_code() == 100


def test_official_client_runs_an_asynchronous_report(account: AdAccount) -> None:
    run = account.get_insights(fields=["spend"], params={"date_preset": "last_7d"}, is_async=True)
    run.api_get()
    assert (run["async_status"], run["async_percent_completion"]) == ("Job Running", 35)
    with pytest.raises(FacebookRequestError):
        run.get_result()
    run.api_get()
    assert (run["async_status"], run["async_percent_completion"]) == ("Job Completed", 100)
    assert float(next(iter(run.get_result()))["spend"]) > 0


def test_official_client_sends_a_batch(account: AdAccount, world: World) -> None:
    ids: list[str] = []
    batch = account.get_api().new_batch()
    for number in range(2):
        account.create_campaign(
            params={
                "name": f"In a batch {number}",
                "objective": "OUTCOME_TRAFFIC",
                "special_ad_categories": [],
                "daily_budget": 2000,
            },
            batch=batch,
            success=lambda response: ids.append(response.json()["id"]),
        )
    batch.execute()
    assert [world.campaigns[key].name for key in ids] == ["In a batch 0", "In a batch 1"]


def test_official_client_raises_with_code_and_sub_code(account: AdAccount) -> None:
    with pytest.raises(FacebookRequestError) as caught:
        account.create_campaign(
            params={"name": "x", "objective": "OUTCOME_SALES", "special_ad_categories": []}
        )
    assert caught.value.api_error_code() == 100
    assert caught.value.api_error_subcode() == 4834011


def test_restated_day_keeps_its_spend_within_the_limit(account: AdAccount, world: World) -> None:
    outside = next(item for item in world.campaigns.values() if item.platform == "meta")
    since = (START - timedelta(days=30)).date().isoformat()
    until = (START - timedelta(days=2)).date().isoformat()
    rows = Campaign(outside.id, api=account.get_api()).get_insights(
        fields=["spend"],
        params={"time_increment": 1, "time_range": {"since": since, "until": until}, "limit": 100},
    )
    budget = (outside.daily_budget_micros or 0) / 1e6
    assert max(float(row["spend"]) for row in rows) <= 1.75 * budget
