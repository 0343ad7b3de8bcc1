"""The TikTok emulator refuses, pages, counts and fails like the vendor."""

from __future__ import annotations

import hashlib
import json
import struct
import time
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from platforms.sandbox.clock import SandboxClock
from platforms.sandbox.market import Market
from platforms.sandbox.tiktok_server import tiktok_app
from platforms.sandbox.webapp import ConnectionDropped
from platforms.sandbox.world import World
from tests.fixtures.films import film

START = datetime(2026, 10, 1, 6, tzinfo=UTC)
Body = dict[str, Any]


def _png(width: int = 720, height: int = 1280) -> bytes:
    return b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + struct.pack(">II", width, height) + b"\x08\x02"


class Tik:
    """A caller that writes lists in queries as JSON text."""

    def __init__(self) -> None:
        clock = SandboxClock(START, ticking=False)
        self.world = World(7, START, clock=clock)
        self.ours = self.world.account("tiktok")
        app: Any = tiktok_app(self.world, clock, Market(self.world))
        self.http = httpx.Client(
            transport=httpx.WSGITransport(app),
            base_url="http://tiktok/open_api/v1.3",
            headers={"Access-Token": self.ours.access_token},
        )

    def post(self, path: str, body: Body) -> Body:
        sent = {"advertiser_id": self.ours.id, **body}
        answer: Body = self.http.post(f"/{path}/", json=sent).json()
        return answer

    def get(self, path: str, **params: Any) -> Body:
        sent = {"advertiser_id": self.ours.id, **params}
        query = {k: v if isinstance(v, str) else json.dumps(v) for k, v in sent.items()}
        answer: Body = self.http.get(f"/{path}/", params=query).json()
        return answer

    def done(self, path: str, body: Body) -> Body:
        answer = self.post(path, body)
        assert answer["code"] == 0, answer
        data: Body = answer["data"]
        return data

    def campaign(self, **changes: Any) -> Body:
        body = {
            "campaign_name": "Ours",
            "objective_type": "WEB_CONVERSIONS",
            "budget_mode": "BUDGET_MODE_DYNAMIC_DAILY_BUDGET",
            "budget": 100.0,
            "budget_optimize_on": True,
            "operation_status": "DISABLE",
        }
        return _changed(body, changes)

    def group(self, campaign: str, **changes: Any) -> Body:
        body = {
            "campaign_id": campaign,
            "adgroup_name": "Everyone",
            "billing_event": "OCPM",
            "optimization_goal": "CONVERT",
            "optimization_event": "SHOPPING",
            "pixel_id": self.ours.pixel_id,
            "promotion_type": "WEBSITE",
            "placement_type": "PLACEMENT_TYPE_NORMAL",
            "placements": ["PLACEMENT_TIKTOK"],
            "location_ids": ["6252001"],
            "bid_type": "BID_TYPE_NO_BID",
            "schedule_type": "SCHEDULE_FROM_NOW",
            "schedule_start_time": "2026-10-01 06:00:00",
        }
        return _changed(body, changes)

    def own_budget(self, **changes: Any) -> Body:
        body = {"budget_mode": "BUDGET_MODE_DAY", "budget": 20.0, "pacing": "PACING_MODE_SMOOTH"}
        return _changed(body, changes)

    def creative(self, **changes: Any) -> Body:
        body = {
            "ad_name": "Ad",
            "ad_format": "SINGLE_IMAGE",
            "ad_text": "New season",
            "image_ids": [self.image()],
            "call_to_action": "SHOP_NOW",
            "landing_page_url": "https://shop.example.com/",
            "identity_type": "TT_USER",
            "identity_id": self.ours.identity_id,
        }
        return _changed(body, changes)

    def upload(self, content: bytes, **changes: Any) -> Body:
        form = {
            "advertiser_id": self.ours.id,
            "upload_type": "UPLOAD_BY_FILE",
            "file_name": f"{len(self.world.list_objects('tiktok', 'images'))}.png",
            "image_signature": hashlib.md5(content, usedforsecurity=False).hexdigest(),
        }
        files = {"image_file": ("a.png", content)}
        sent = _changed(form, changes)
        answer: Body = self.http.post("/file/image/ad/upload/", data=sent, files=files).json()
        return answer

    def image(self) -> str:
        return str(self.upload(_png())["data"]["image_id"])

    def new_campaign(self, **changes: Any) -> str:
        return str(self.done("campaign/create", self.campaign(**changes))["campaign_id"])

    def tree(self, texts: tuple[str, ...] = ("One", "Two")) -> tuple[str, str, list[str]]:
        campaign = self.new_campaign(operation_status="ENABLE")
        group = self.done("adgroup/create", self.group(campaign))["adgroup_id"]
        creatives = [self.creative(ad_name=text, ad_text=text) for text in texts]
        ads = self.done("ad/create", {"adgroup_id": group, "creatives": creatives})["ad_ids"]
        return campaign, group, ads


def _changed(body: Body, changes: Body) -> Body:
    return {key: value for key, value in {**body, **changes}.items() if value is not None}


@pytest.fixture
def tik() -> Tik:
    return Tik()


def _refused(answer: Body, words: str, code: int = 40002) -> None:
    assert answer["code"] == code, answer
    assert words in answer["message"]
    assert answer["data"] == {}
    assert answer["request_id"]


# -- transport ---------------------------------------------------------------------------------


def test_trailing_slash_is_part_of_the_path(tik: Tik) -> None:
    answer = tik.http.get("/campaign/get", params={"advertiser_id": tik.ours.id})
    assert (answer.status_code, answer.text) == (404, "404 page not found")


def test_wrong_method_does_not_reach_the_api(tik: Tik) -> None:
    assert tik.http.get("/campaign/create/").status_code == 405


@pytest.mark.parametrize(("token", "code"), [(None, 40104), ("wrong", 40105)])
def test_token_travels_in_its_own_header(tik: Tik, token: str | None, code: int) -> None:
    del tik.http.headers["Access-Token"]
    headers = {"Access-Token": token} if token else {"Authorization": tik.ours.access_token}
    answer = tik.http.get("/pixel/list/", headers=headers, params={"advertiser_id": tik.ours.id})
    assert (answer.status_code, answer.json()["code"]) == (200, code)


def test_somebody_elses_account_is_refused(tik: Tik) -> None:
    answer = tik.post("campaign/create", {**tik.campaign(), "advertiser_id": "42"})
    _refused(answer, "No permission to operate advertiser 42", 40001)


def test_lists_in_queries_may_hold_python_booleans(tik: Tik) -> None:
    text = "{'campaign_ids': ['1'], 'is_smart': True}"
    assert tik.get("campaign/get", filtering=text)["data"]["list"] == []
    _refused(tik.get("campaign/get", filtering="{campaign_ids"), "filtering")


# -- campaigns ---------------------------------------------------------------------------------


def test_disabled_campaign_reads_back_disabled(tik: Tik) -> None:
    made = tik.new_campaign()
    row = tik.get("campaign/get", filtering={"campaign_ids": [made]})["data"]["list"][0]
    assert row["operation_status"] == "DISABLE"
    assert row["secondary_status"] == "CAMPAIGN_STATUS_DISABLE"
    assert (row["budget"], row["campaign_name"]) == (100.0, "Ours")
    assert tik.world.campaigns[made].status == "paused"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"campaign_name": None}, "Missing required field(s): campaign_name."),
        ({"objective_type": None, "budget_mode": None}, "objective_type, budget_mode"),
        ({"budget": None}, "Missing required field(s): budget."),
        ({"objective_type": "CONVERSIONS"}, "objective_type"),
        ({"budget": 49.99}, "at least 50.00 USD"),
        ({"budget": "100"}, "budget: must be a number"),
        ({"budget": 100.001}, "two decimals"),
        ({"budget_mode": "BUDGET_MODE_DAY"}, "budget_optimize_on"),
        ({"campaign_name": "Sale \U0001f525"}, "emoji"),
        ({"campaign_name": "漢" * 257}, "512"),
        ({"operation_status": "DELETE"}, "operation_status"),
        ({"objective_type": "APP_PROMOTION"}, "app_promotion_type"),
        ({"special_industries": ["CATS"]}, "special_industries"),
        ({"request_id": "abc"}, "request_id"),
    ],
)
def test_bad_campaign_is_refused_and_not_made(tik: Tik, changes: Body, words: str) -> None:
    before = set(tik.world.campaigns)
    _refused(tik.post("campaign/create", tik.campaign(**changes)), words)
    assert set(tik.world.campaigns) == before


def test_smallest_budget_is_accepted(tik: Tik) -> None:
    made = tik.new_campaign(budget=50)
    assert tik.world.campaigns[made].daily_budget_micros == 50_000_000


def test_minimum_follows_the_currency(tik: Tik) -> None:
    tik.ours.currency = "JPY"
    _refused(tik.post("campaign/create", tik.campaign(budget=7499)), "at least 7500.00 JPY")
    tik.new_campaign(budget=7500)


def test_repeated_request_id_makes_one_campaign(tik: Tik) -> None:
    body = tik.campaign(request_id="900719925474099312")
    tik.done("campaign/create", body)
    before = set(tik.world.campaigns)
    _refused(tik.post("campaign/create", body), "Duplicate request", 40050)
    assert set(tik.world.campaigns) == before


def test_refused_request_does_not_use_up_its_request_id(tik: Tik) -> None:
    body = tik.campaign(request_id="77")
    assert tik.post("campaign/create", {**body, "budget": 1})["code"] == 40002
    tik.done("campaign/create", body)


def test_duplicate_name_needs_a_request_id(tik: Tik) -> None:
    tik.new_campaign()
    _refused(tik.post("campaign/create", tik.campaign()), "exists", 40052)
    tik.new_campaign(request_id="1")


def test_update_changes_name_and_budget_only(tik: Tik) -> None:
    made = tik.new_campaign()
    changes = {"campaign_id": made, "campaign_name": "New", "budget": 120.0}
    tik.done("campaign/update", {**changes, "objective_type": "TRAFFIC"})
    campaign = tik.world.campaigns[made]
    assert (campaign.name, campaign.daily_budget_micros) == ("New", 120_000_000)
    assert campaign.objective == "WEB_CONVERSIONS"
    _refused(tik.post("campaign/update", changes), "Nothing to update", 40012)
    _refused(tik.post("campaign/update", {"campaign_id": made, "budget": 10.0}), "at least 50.00")
    assert campaign.daily_budget_micros == 120_000_000


def test_deleted_campaign_is_hidden_and_cannot_be_changed(tik: Tik) -> None:
    made = tik.new_campaign()
    switch = {"campaign_ids": [made], "operation_status": "DELETE"}
    tik.done("campaign/status/update", switch)
    rule = {"campaign_ids": [made]}
    assert tik.get("campaign/get", filtering=rule)["data"]["list"] == []
    shown = tik.get("campaign/get", filtering={**rule, "primary_status": "STATUS_ALL"})
    assert shown["data"]["list"][0]["operation_status"] == "DELETE"
    _refused(
        tik.post("campaign/status/update", {**switch, "operation_status": "ENABLE"}), "deleted"
    )


def test_status_of_many_is_all_or_nothing(tik: Tik) -> None:
    made = tik.new_campaign()
    switch = {"campaign_ids": [made, "1"], "operation_status": "ENABLE"}
    _refused(tik.post("campaign/status/update", switch), "1 doesn't exist", 40007)
    assert tik.world.campaigns[made].status == "paused"


def test_pages_have_numbers(tik: Tik) -> None:
    made = {tik.new_campaign(campaign_name=f"C{number}") for number in range(5)}
    seen = []
    for number in (1, 2, 3, 4):
        data = tik.get("campaign/get", page=number, page_size=2)["data"]
        assert data["page_info"] == {
            "page": number,
            "page_size": 2,
            "total_number": 7,
            "total_page": 4,
        }
        seen += [row["campaign_id"] for row in data["list"]]
    assert made <= set(seen)
    assert len(seen) == len(set(seen)) == 7


# -- ad groups ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "words", "code"),
    [
        ({"adgroup_name": None}, "Missing required field(s): adgroup_name.", 40002),
        ({"schedule_start_time": None}, "schedule_start_time", 40002),
        ({"billing_event": "CPC"}, "use OCPM", 40002),
        ({"optimization_goal": "REACH", "billing_event": "CPM"}, "optimization_goal", 40002),
        ({"promotion_type": None}, "promotion_type", 40002),
        ({"pixel_id": None}, "Please select a pixel", 40002),
        ({"pixel_id": "1"}, "pixel_id", 40002),
        ({"optimization_event": None}, "together", 40002),
        ({"optimization_event": "ON_WEB_ORDER"}, "optimization_event", 40002),
        ({"placements": None}, "placements", 40002),
        ({"location_ids": None}, "location_ids", 40002),
        ({"location_ids": ["1"]}, "not a known location", 40002),
        ({"location_ids": ["6252001", "5332921"]}, "lies inside", 40002),
        ({"age_groups": ["AGE_13_17"]}, "13-17", 40065),
        ({"age_groups": ["OLD"]}, "age_groups", 40002),
        ({"bid_type": None}, "bid_type", 40002),
        ({"bid_type": "BID_TYPE_CUSTOM"}, "conversion_bid_price", 40002),
        ({"schedule_type": "SCHEDULE_START_END"}, "schedule_end_time", 40002),
        ({"schedule_start_time": "2026-09-30 06:00:00"}, "12 hours", 40002),
        ({"schedule_start_time": "tomorrow"}, "YYYY-MM-DD HH:MM:SS", 40002),
        ({"campaign_id": "5"}, "Campaign 5 doesn't exist", 40007),
    ],
)
def test_bad_ad_group_is_refused_and_not_made(
    tik: Tik, changes: Body, words: str, code: int
) -> None:
    campaign = tik.new_campaign()
    before = set(tik.world.ad_groups)
    _refused(tik.post("adgroup/create", tik.group(campaign, **changes)), words, code)
    assert set(tik.world.ad_groups) == before


def test_budget_of_an_ad_group_is_ignored_under_campaign_optimisation(tik: Tik) -> None:
    campaign = tik.new_campaign()
    body = tik.group(campaign, budget=5.0, budget_mode="BUDGET_MODE_DAY")
    made = tik.done("adgroup/create", body)["adgroup_id"]
    assert tik.world.ad_groups[made].daily_budget_micros is None
    tik.done("adgroup/update", {"adgroup_id": made, "adgroup_name": "B", "budget": 500.0})
    assert tik.world.ad_groups[made].daily_budget_micros is None
    assert tik.world.campaigns[campaign].daily_budget_micros == 100_000_000


def test_own_budget_of_an_ad_group_has_a_minimum(tik: Tik) -> None:
    campaign = tik.new_campaign(budget_optimize_on=None, budget_mode="BUDGET_MODE_INFINITE")
    low = tik.group(campaign, **tik.own_budget(budget=19.99))
    _refused(tik.post("adgroup/create", low), "at least 20.00 USD")
    made = tik.done("adgroup/create", tik.group(campaign, **tik.own_budget()))["adgroup_id"]
    assert tik.world.ad_groups[made].daily_budget_micros == 20_000_000
    tik.done("adgroup/budget/update", {"budget": [{"adgroup_id": made, "budget": 35.5}]})
    assert tik.world.ad_groups[made].daily_budget_micros == 35_500_000


def test_total_budget_must_cover_each_day(tik: Tik) -> None:
    campaign = tik.new_campaign(budget_optimize_on=None, budget_mode="BUDGET_MODE_INFINITE")
    flight = {
        "schedule_type": "SCHEDULE_START_END",
        "schedule_end_time": "2026-11-01 06:00:00",
        **tik.own_budget(budget_mode="BUDGET_MODE_TOTAL", budget=619.0),
    }
    _refused(tik.post("adgroup/create", tik.group(campaign, **flight)), "at least 620.00 USD")
    made = tik.done("adgroup/create", tik.group(campaign, **{**flight, "budget": 620.0}))
    assert tik.world.ad_groups[made["adgroup_id"]].daily_budget_micros == 20_000_000


def test_sent_placements_are_ignored_with_automatic_placement(tik: Tik) -> None:
    body = tik.group(tik.new_campaign(), placement_type="PLACEMENT_TYPE_AUTOMATIC")
    made = tik.done("adgroup/create", body)
    assert made["placements"] == ["PLACEMENT_TIKTOK", "PLACEMENT_PANGLE"]


def test_goal_of_an_ad_group_cannot_change(tik: Tik) -> None:
    _, group, _ = tik.tree()
    answer = tik.post("adgroup/update", {"adgroup_id": group, "optimization_goal": "CLICK"})
    _refused(answer, "cannot be changed")


def test_partial_success_lists_what_failed(tik: Tik) -> None:
    _, group, _ = tik.tree()
    switch = {"adgroup_ids": [group, "9"], "operation_status": "DISABLE"}
    assert tik.post("adgroup/status/update", switch)["code"] == 40007
    assert tik.world.ad_groups[group].status == "active"
    answer = tik.post("adgroup/status/update", {**switch, "allow_partial_success": True})
    assert answer["code"] == 20001
    assert [row["adgroup_id"] for row in answer["data"]["error_list"]] == ["9"]
    assert tik.world.ad_groups[group].status == "paused"


# -- ads and media -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ad_text": None}, "ad_text"),
        ({"ad_text": "x" * 101}, "100"),
        ({"ad_text": "Hot \U0001f525"}, "emoji"),
        ({"image_ids": ["nothing"]}, "nothing doesn't exist"),
        ({"image_ids": []}, "image_ids"),
        ({"ad_format": "SINGLE_VIDEO"}, "video_id"),
        ({"ad_format": "POSTER"}, "ad_format"),
        ({"identity_id": None, "identity_type": None}, "identity_type, identity_id"),
        ({"identity_type": "CUSTOMIZED_USER"}, "identity_type"),
        ({"identity_id": "5"}, "identity_id"),
        ({"call_to_action": None}, "call_to_action"),
        ({"landing_page_url": None}, "landing_page_url"),
        ({"landing_page_url": "shop.example.com"}, "landing_page_url"),
    ],
)
def test_bad_creative_is_refused_and_no_ad_is_made(tik: Tik, changes: Body, words: str) -> None:
    group = tik.done("adgroup/create", tik.group(tik.new_campaign()))["adgroup_id"]
    before = set(tik.world.ads)
    creatives = [tik.creative(), tik.creative(**changes)]
    _refused(tik.post("ad/create", {"adgroup_id": group, "creatives": creatives}), words)
    assert set(tik.world.ads) == before


def test_flat_fields_make_no_ad(tik: Tik) -> None:
    group = tik.done("adgroup/create", tik.group(tik.new_campaign()))["adgroup_id"]
    _refused(tik.post("ad/create", {"adgroup_id": group, **tik.creative()}), "creatives")


def test_ad_goes_through_review(tik: Tik) -> None:
    campaign, _, ads = tik.tree(("Fine", "Get rich quick"))

    def states() -> list[str]:
        rows = tik.get("ad/get", filtering={"campaign_ids": [campaign]})["data"]["list"]
        found = {row["ad_id"]: row["secondary_status"] for row in rows}
        return [found[ad] for ad in ads]

    assert states() == ["AD_STATUS_AUDIT", "AD_STATUS_AUDIT"]
    tik.world.clock.advance(hours=3)
    assert states() == ["AD_STATUS_DELIVERY_OK", "AD_STATUS_AUDIT_DENY"]
    tik.done("campaign/status/update", {"campaign_ids": [campaign], "operation_status": "DISABLE"})
    assert states() == ["AD_STATUS_CAMPAIGN_DISABLE", "AD_STATUS_AUDIT_DENY"]


def test_ad_update_replaces_unless_it_patches(tik: Tik) -> None:
    _, group, (ad, _) = tik.tree()
    patch = {"ad_id": ad, "ad_text": "Patched"}
    body = {"adgroup_id": group, "creatives": [patch]}
    _refused(tik.post("ad/update", body), "ad_format")
    tik.done("ad/update", {**body, "patch_update": True})
    assert tik.world.ads[ad].raw["ad_text"] == "Patched"
    assert tik.world.ads[ad].raw["call_to_action"] == "SHOP_NOW"


def test_image_is_checked_and_found(tik: Tik) -> None:
    made = tik.upload(_png(), file_name="first.png")["data"]
    assert (made["width"], made["height"]) == (720, 1280)
    info = tik.get("file/image/ad/info", image_ids=[made["image_id"]])["data"]["list"]
    assert info[0]["signature"] == made["signature"]
    found = tik.get("file/image/ad/search", filtering={"file_name": "first"})["data"]["list"]
    assert [row["image_id"] for row in found] == [made["image_id"]]


@pytest.mark.parametrize(
    ("content", "changes", "code"),
    [
        (_png(), {"file_name": "taken.png"}, 40911),
        (_png(), {"image_signature": "0" * 32}, 40900),
        (_png(), {"image_signature": None}, 40002),
        (b"GIF89a", {}, 40904),
        (_png(4000, 4000), {}, 40904),
    ],
)
def test_bad_upload_is_refused(tik: Tik, content: bytes, changes: Body, code: int) -> None:
    tik.upload(_png(), file_name="taken.png")
    before = tik.world.list_objects("tiktok", "images")
    assert tik.upload(content, **changes)["code"] == code
    assert tik.world.list_objects("tiktok", "images") == before


def _send_film(tik: Tik, content: bytes, **changes: str) -> Body:
    form = {
        "advertiser_id": tik.ours.id,
        "file_name": "a.mp4",
        "video_signature": hashlib.md5(content, usedforsecurity=False).hexdigest(),
        **changes,
    }
    files = {"video_file": ("a.mp4", content)}
    answer: Body = tik.http.post("/file/video/ad/upload/", data=form, files=files).json()
    return answer


def test_video_upload_answers_with_a_list_and_is_transcoded_first(tik: Tik) -> None:
    data = _send_film(tik, film(540, 960))["data"]
    assert [(row["width"], row["height"], row["duration"]) for row in data] == [(540, 960, 6.0)]
    number = data[0]["video_id"]
    assert not tik.get("file/video/ad/info", video_ids=[number])["data"]["list"][0]["displayable"]
    time.sleep(0.35)
    assert tik.get("file/video/ad/info", video_ids=[number])["data"]["list"][0]["displayable"]
    found = tik.get("file/video/ad/search", filtering={"video_name": "A.MP"})["data"]["list"]
    assert [row["video_id"] for row in found] == [number]


@pytest.mark.parametrize(
    ("content", "changes", "code"),
    [
        (film(), {"file_name": "taken.mp4"}, 40911),
        (film(), {"video_signature": "0" * 32}, 40900),
        (b"\x00\x00\x00\x18ftypmp42", {}, 40904),
        (film()[:-500], {}, 40904),
    ],
)
def test_bad_video_is_refused(tik: Tik, content: bytes, changes: Body, code: int) -> None:
    _send_film(tik, film(colour="#111111"), file_name="taken.mp4")
    before = tik.world.list_objects("tiktok", "videos")
    assert _send_film(tik, content, **changes)["code"] == code
    assert tik.world.list_objects("tiktok", "videos") == before


@pytest.mark.parametrize(
    ("done", "cover", "code", "words"),
    [
        (False, (720, 1280), 40901, "transcoded"),
        (True, (1280, 720), 40002, "aspect ratio"),
        (True, (720, 1280), 0, "OK"),
    ],
)
def test_a_video_ad_needs_a_finished_film_and_a_cover_of_its_shape(
    tik: Tik, done: bool, cover: tuple[int, int], code: int, words: str
) -> None:
    tik.world.faults.add("tiktok", "videos.processing", "delay", seconds=0 if done else 60)
    video = _send_film(tik, film())["data"][0]["video_id"]
    image = tik.upload(_png(*cover))["data"]["image_id"]
    group = tik.done("adgroup/create", tik.group(tik.new_campaign()))["adgroup_id"]
    creative = tik.creative(ad_format="SINGLE_VIDEO", video_id=video, image_ids=[image])
    answer = tik.post("ad/create", {"adgroup_id": group, "creatives": [creative]})
    assert answer["code"] == code
    assert words in answer["message"]
    assert len(tik.world.list_ads(tik.ours.id, ad_group_id=group)) == (1 if code == 0 else 0)


# -- reports -----------------------------------------------------------------------------------


def _report(tik: Tik, level: str, dimensions: list[str], **changes: Any) -> Body:
    sent = {
        "report_type": "BASIC",
        "service_type": "AUCTION",
        "data_level": f"AUCTION_{level}",
        "dimensions": dimensions,
        "metrics": ["spend", "impressions", "clicks", "complete_payment", "ctr"],
        "start_date": "2026-10-01",
        "end_date": "2026-10-07",
        "page_size": 1000,
    }
    return tik.get("report/integrated/get", **_changed(sent, changes))


def _total(rows: list[Body], name: str) -> float:
    return round(sum(float(row["metrics"][name]) for row in rows), 2)


def test_ad_rows_add_up_to_ad_groups_and_campaigns(tik: Tik) -> None:
    campaign, _, _ = tik.tree()
    tik.world.clock.advance(days=10)
    totals = []
    for level, name in (("AD", "ad_id"), ("ADGROUP", "adgroup_id"), ("CAMPAIGN", "campaign_id")):
        rows = _report(tik, level, [name, "stat_time_day"])["data"]["list"]
        names = ("spend", "impressions", "clicks", "complete_payment")
        totals.append([_total(rows, metric) for metric in names])
    assert totals[0] == totals[1] == totals[2]
    own = {"field_name": "campaign_ids", "filter_type": "IN", "filter_value": f'["{campaign}"]'}
    rows = _report(tik, "CAMPAIGN", ["campaign_id", "stat_time_day"], filtering=[own])["data"][
        "list"
    ]
    assert [row["dimensions"]["stat_time_day"] for row in rows] == [
        f"2026-10-0{day} 00:00:00" for day in range(1, 8)
    ]
    assert all(isinstance(value, str) for row in rows for value in row["metrics"].values())


def test_report_pages_cover_everything_once(tik: Tik) -> None:
    tik.tree()
    tik.world.clock.advance(days=10)
    whole = _report(tik, "AD", ["ad_id", "stat_time_day"])["data"]["list"]
    seen: list[Body] = []
    for number in range(1, 100):
        data = _report(tik, "AD", ["ad_id", "stat_time_day"], page=number, page_size=10)["data"]
        seen += data["list"]
        if number == data["page_info"]["total_page"]:
            break
    assert seen == whole
    assert len(whole) > 30


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"start_date": None}, "start_date"),
        ({"start_date": "2026-09-01"}, "30 days"),
        ({"end_date": "2026-09-30"}, "before"),
        ({"metrics": ["conversions"]}, "conversions doesn't exist"),
        ({"dimensions": ["campaign_id", "stat_time_day"]}, "campaign_id is not allowed"),
        ({"dimensions": ["stat_time_day"]}, "ad_id is required"),
        ({"data_level": "AD"}, "data_level"),
        ({"report_type": "AUDIENCE"}, "report_type"),
        ({"page_size": 1001}, "page_size"),
    ],
)
def test_bad_report_question_is_refused(tik: Tik, changes: Body, words: str) -> None:
    dimensions = changes.pop("dimensions", ["ad_id", "stat_time_day"])
    _refused(_report(tik, "AD", dimensions, **changes), words)


# -- the account, tokens, faults ---------------------------------------------------------------


def test_account_shows_what_pre_flight_needs(tik: Tik) -> None:
    fields = ["advertiser_id", "status", "currency", "timezone"]
    query = {"advertiser_ids": json.dumps([tik.ours.id]), "fields": json.dumps(fields)}
    row = tik.http.get("/advertiser/info/", params=query).json()["data"]["list"][0]
    assert row == {
        "advertiser_id": tik.ours.id,
        "status": "STATUS_ENABLE",
        "currency": "USD",
        "timezone": "Etc/UTC",
    }
    assert tik.get("identity/get")["data"]["identity_list"][0]["identity_type"] == "TT_USER"
    pixel = tik.get("pixel/list")["data"]["pixels"][0]
    assert "SHOPPING" in [event["optimization_event"] for event in pixel["events"]]
    regions = tik.get("tool/region", placements=["PLACEMENT_TIKTOK"], objective_type="TRAFFIC")
    assert "6252001" in [row["location_id"] for row in regions["data"]["region_info"]]


def test_auth_code_works_once(tik: Tik) -> None:
    body = {"app_id": tik.ours.app_id, "secret": tik.ours.app_secret, "auth_code": "code-1"}
    token = tik.http.post("/oauth2/access_token/", json=body).json()["data"]["access_token"]
    again = tik.http.post("/oauth2/access_token/", json=body).json()
    assert again["code"] == 40110
    tik.http.headers["Access-Token"] = token
    assert tik.get("pixel/list")["code"] == 0
    app = {"app_id": tik.ours.app_id, "secret": tik.ours.app_secret}
    tik.http.post("/oauth2/revoke_token/", json={**app, "access_token": token})
    assert tik.get("pixel/list")["code"] == 40105


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("throttle", 40100),
        ("server_error", 50000),
        ("expired_token", 40102),
        ("http_200_error", 40002),
    ],
)
def test_scripted_fault_answers_like_the_vendor_once(tik: Tik, kind: str, code: int) -> None:
    before = set(tik.world.campaigns)
    tik.world.faults.add("tiktok", "campaign/create", kind)
    assert tik.post("campaign/create", tik.campaign())["code"] == code
    assert set(tik.world.campaigns) == before
    tik.new_campaign()


def test_lost_answer_is_found_again_by_its_request_id(tik: Tik) -> None:
    body = tik.campaign(request_id="5")
    tik.world.faults.add("tiktok", "campaign/create", "lose_answer")
    with pytest.raises(ConnectionDropped):
        tik.post("campaign/create", body)
    assert tik.post("campaign/create", body)["code"] == 40050
    found = tik.get("campaign/get", filtering={"campaign_name": "Ours"})["data"]["list"]
    assert len(found) == 1


def test_time_out_before_the_commit_leaves_nothing(tik: Tik) -> None:
    body = tik.campaign(request_id="5")
    tik.world.faults.add("tiktok", "campaign/create", "timeout_before")
    with pytest.raises(ConnectionDropped):
        tik.post("campaign/create", body)
    tik.done("campaign/create", body)
