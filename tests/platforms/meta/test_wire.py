"""What only Meta does: the calls it gets, against a transport that answers from a list."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import date
from urllib.parse import parse_qs

import httpx
import pytest

from platforms.errors import (
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    Rejected,
    UnreadableAnswer,
)
from platforms.google.capabilities import CAPABILITIES as GOOGLE
from platforms.meta.client import MetaClient
from platforms.types import CampaignChange, RemoteRef
from tests.fixtures.specs import MEDIA, ad_spec, campaign_spec, video_ad_spec, video_file
from tests.platforms.meta.vendor import APP_SECRET, CAPABILITIES, TOKEN, Vendor, refusal

PROOF = hmac.new(APP_SECRET.encode(), TOKEN.encode(), hashlib.sha256).hexdigest()


def test_token_is_in_no_address(client: MetaClient, vendor: Vendor) -> None:
    vendor.on("GET act_77/campaigns", {"data": []})
    vendor.on("GET act_77/adsets", {"data": []})
    vendor.on("GET act_77/ads", {"data": []})
    vendor.on("POST 5", {"success": True})
    client.read_structure()
    client.set_status(RemoteRef("campaign", "5"), "paused")
    for request in vendor.requests:
        assert request.headers["Authorization"] == f"Bearer {TOKEN}"
        assert TOKEN not in str(request.url)
        assert APP_SECRET not in str(request.url)
        assert TOKEN.encode() not in request.content
    assert vendor.requests[0].url.params["appsecret_proof"] == PROOF
    assert vendor.forms("5") == [{"status": "PAUSED", "appsecret_proof": PROOF}]


def test_lists_and_booleans_are_json_in_the_form(client: MetaClient, vendor: Vendor) -> None:
    vendor.on("POST act_77/campaigns", {"id": "5"})
    client.create_campaign(campaign_spec(CAPABILITIES, date(2026, 3, 11)))
    form = vendor.forms("act_77/campaigns")[0]
    assert form["special_ad_categories"] == "[]"
    assert form["daily_budget"] == "20000"


def test_pages_are_followed_while_there_is_a_next(client: MetaClient, vendor: Vendor) -> None:
    rows = [{"campaign_id": str(n), "date_start": "2026-03-01"} for n in (1, 2)]
    vendor.on(
        "GET act_77/insights",
        {"data": rows[:1], "paging": {"cursors": {"after": "c1"}, "next": "http://x"}},
        {"data": rows[1:], "paging": {"cursors": {"after": "c2"}}},
    )
    found = client.read_metrics("campaign", date(2026, 3, 1), date(2026, 3, 1))
    assert [row.remote_id for row in found] == ["1", "2"]
    assert "after" not in vendor.requests[0].url.params
    assert vendor.requests[1].url.params["after"] == "c1"
    assert vendor.requests[1].url.params["time_increment"] == "1"


def test_resuming_reuses_creative_with_a_suffix(client: MetaClient, vendor: Vendor) -> None:
    spec = ad_spec(CAPABILITIES)
    named = {"id": "31", "name": f"Blue shoes [{spec.reference}] 2026-03-01-77aa"}
    vendor.on("GET 6/ads", {"data": []})
    vendor.on("GET act_77/adcreatives", {"data": [{"id": "30", "name": "other"}, named]})
    vendor.on("POST act_77/ads", {"id": "41"})
    ref = client.create_ad(RemoteRef("ad_group", "6"), spec, MEDIA, resuming=True)
    assert ref.remote_id == "41"
    assert json.loads(vendor.forms("act_77/ads")[0]["creative"]) == {"creative_id": "31"}


def test_image_goes_up_once(client: MetaClient, vendor: Vendor) -> None:
    vendor.on("POST act_77/adimages", {"images": {"shoes.png": {"hash": "h1"}}})
    vendor.on("POST act_77/adcreatives", {"id": "31"})
    vendor.on("POST act_77/ads", {"id": "41"})
    group = RemoteRef("ad_group", "6")
    for _ in range(2):
        client.create_ad(group, ad_spec(CAPABILITIES), MEDIA)
    assert [r.url.path for r in vendor.requests].count("/v26.0/act_77/adimages") == 1
    story = json.loads(vendor.forms("act_77/adcreatives")[0]["object_story_spec"])
    assert story["page_id"] == "99"
    assert story["link_data"]["image_hash"] == "h1"
    assert story["link_data"]["call_to_action"]["type"] == "LEARN_MORE"


def test_video_goes_up_in_parts_and_is_shown_with_poster_and_link(
    client: MetaClient, vendor: Vendor
) -> None:
    begun = {"upload_session_id": "8", "video_id": "55", "start_offset": "0", "end_offset": "4"}
    elsewhere = refusal(
        code=100,
        error_subcode=1363037,
        message="resume",
        error_data={"start_offset": "2", "end_offset": "6"},
    )
    done = {"start_offset": "6", "end_offset": "6"}
    vendor.on("GET act_77/advideos", {"data": [{"id": "9", "title": "other"}]})
    vendor.on("POST act_77/advideos", begun, elsewhere, done, {"success": True})
    vendor.on(
        "GET 55",
        {"status": {"video_status": "processing"}},
        {"status": {"video_status": "ready"}},
    )
    vendor.on("POST act_77/adimages", {"images": {"cover.png": {"hash": "h1"}}})
    vendor.on("POST act_77/adcreatives", {"id": "31"})
    vendor.on("POST act_77/ads", {"id": "41"})
    spec = video_ad_spec(CAPABILITIES, b"abcdef")
    assert client.create_ad(RemoteRef("ad_group", "6"), spec, MEDIA).remote_id == "41"
    sent = [r for r in vendor.requests if r.method == "POST" and r.url.path.endswith("advideos")]
    assert {r.url.host for r in sent} == {"graph-video.facebook.com"}
    assert b"\r\n\r\nabcd\r\n" in sent[1].content
    assert b"\r\n\r\ncdef\r\n" in sent[2].content
    assert b'name="start_offset"\r\n\r\n2\r\n' in sent[2].content
    assert parse_qs(sent[3].content.decode())["title"] == [video_file(b"abcdef").file_name]
    story = json.loads(vendor.forms("act_77/adcreatives")[0]["object_story_spec"])
    assert story == {
        "page_id": "99",
        "video_data": {
            "video_id": "55",
            "image_hash": "h1",
            "title": spec.headline,
            "message": spec.body,
            "call_to_action": {"type": "LEARN_MORE", "value": {"link": spec.landing_url}},
        },
    }


def test_upload_that_is_sent_back_for_ever_gives_up(client: MetaClient, vendor: Vendor) -> None:
    begun = {"upload_session_id": "8", "video_id": "55", "start_offset": "0", "end_offset": "4"}
    again = {"start_offset": "0", "end_offset": "4"}
    elsewhere = refusal(code=100, error_subcode=1363037, message="resume", error_data=again)
    vendor.on("GET act_77/advideos", {"data": []})
    vendor.on("POST act_77/adimages", {"images": {"cover.png": {"hash": "h1"}}})
    vendor.on("POST act_77/advideos", begun, elsewhere)
    with pytest.raises(Rejected):
        client.create_ad(RemoteRef("ad_group", "6"), video_ad_spec(CAPABILITIES, b"abcdef"), MEDIA)
    assert [r.url.path for r in vendor.requests].count("/v26.0/act_77/advideos") == 1 + 1 + 6


def test_a_video_that_is_there_is_used(client: MetaClient, vendor: Vendor) -> None:
    spec = video_ad_spec(CAPABILITIES, b"abcdef")
    title = video_file(b"abcdef").file_name
    broken = {"id": "50", "title": title, "status": {"video_status": "error"}}
    vendor.on("GET act_77/advideos", {"data": [broken, {"id": "55", "title": title}]})
    vendor.on("GET 55", {"status": {"video_status": "ready"}})
    vendor.on("POST act_77/adimages", {"images": {"cover.png": {"hash": "h1"}}})
    vendor.on("POST act_77/adcreatives", {"id": "31"})
    vendor.on("POST act_77/ads", {"id": "41"})
    client.create_ad(RemoteRef("ad_group", "6"), spec, MEDIA)
    assert [r.method for r in vendor.requests if r.url.path.endswith("/advideos")] == ["GET"]


def test_an_ad_of_texts_alone_is_refused_before_any_call(
    client: MetaClient, vendor: Vendor
) -> None:
    texts = ad_spec(GOOGLE)
    with pytest.raises(Rejected, match="has the format responsive_search") as raised:
        client.create_ad(RemoteRef("ad_group", "6"), texts, MEDIA)
    assert raised.value.field == "format"
    assert vendor.requests == []


def test_dates_are_changed_on_the_ad_sets(client: MetaClient, vendor: Vendor) -> None:
    vendor.on("GET 5/adsets", {"data": [{"id": "6"}, {"id": "7", "effective_status": "DELETED"}]})
    vendor.on("POST 6", {"success": True})
    client.update_campaign(RemoteRef("campaign", "5"), CampaignChange(end=date(2099, 1, 1)))
    assert vendor.forms("6")[0]["end_time"] == "2099-01-01T23:59:59-0500"


def test_gone_campaign_reads_as_none(client: MetaClient, vendor: Vendor) -> None:
    vendor.on("GET 5", refusal(code=100, error_subcode=33, message="does not exist"))
    assert client.read_campaign("5") is None


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.Response(502, text="<html>"), OutcomeUnknown),
        (refusal(500, code=1, message="unknown"), OutcomeUnknown),
        (httpx.Response(429, text=""), RateLimited),
        (httpx.Response(200, json={"success": True}), OutcomeUnknown),
    ],
)
def test_create_without_a_clear_answer(
    client: MetaClient, vendor: Vendor, answer: httpx.Response, kind: type[PlatformError]
) -> None:
    vendor.on("POST act_77/campaigns", answer)
    with pytest.raises(kind):
        client.create_campaign(campaign_spec(CAPABILITIES, date(2026, 3, 11)))
    assert len(vendor.requests) == 1


@pytest.mark.parametrize("rows", [[], [{"key": "US"}], [{"country_code": ""}]])
def test_search_that_names_no_country_blocks_none(
    vendor: Vendor, client: MetaClient, rows: list[dict[str, str]]
) -> None:
    vendor.on("GET search", {"data": rows})
    with pytest.raises(UnreadableAnswer):
        client.unserved_countries(["US"])
    vendor.on("GET search", {"data": [{"country_code": "DE"}]})
    assert client.unserved_countries(["US", "DE"]) == ["US"]
