"""The TikTok emulator's ads, pictures and videos."""

from __future__ import annotations

import hashlib
import time

import pytest

from tests.fixtures.videos import film
from tests.sandbox.tiktok.client import Body, Tik, png, refused


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ad_text": None}, "ad_text"),
        ({"ad_text": "x" * 101}, "100"),
        ({"ad_text": "漢" * 51}, "100"),
        ({"ad_text": "Hot\nnow"}, "control"),
        ({"tracking_pixel_id": "5"}, "tracking_pixel_id"),
        ({"call_to_action": ["SHOP_NOW"]}, "call_to_action"),
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
    refused(tik.post("ad/create", {"adgroup_id": group, "creatives": creatives}), words)
    assert set(tik.world.ads) == before


def test_media_of_the_other_family_are_refused(tik: Tik) -> None:
    """An image id is no video, and a video id no cover."""
    tik.world.faults.add("tiktok", "videos.processing", "delay", seconds=0)
    video = _send_film(tik, film())["data"][0]["video_id"]
    image = tik.image()
    group = tik.done("adgroup/create", tik.group(tik.new_campaign()))["adgroup_id"]
    for changes in (
        {"ad_format": "SINGLE_VIDEO", "video_id": image, "image_ids": [image]},
        {"ad_format": "SINGLE_IMAGE", "image_ids": [video]},
    ):
        body = {"adgroup_id": group, "creatives": [tik.creative(**changes)]}
        assert tik.post("ad/create", body)["code"] == 40053
    assert tik.world.list_ads(tik.ours.id, ad_group_id=group) == []


def test_name_of_an_image_cannot_be_that_of_a_video(tik: Tik) -> None:
    tik.upload(png(), file_name="both.mp4")
    assert _send_film(tik, film(), file_name="both.mp4")["code"] == 40911
    assert tik.world.list_objects("tiktok", "videos") == {}


def test_flat_fields_make_no_ad(tik: Tik) -> None:
    group = tik.done("adgroup/create", tik.group(tik.new_campaign()))["adgroup_id"]
    refused(tik.post("ad/create", {"adgroup_id": group, **tik.creative()}), "creatives")


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
    refused(tik.post("ad/update", body), "ad_format")
    tik.done("ad/update", {**body, "patch_update": True})
    assert tik.world.ads[ad].raw["ad_text"] == "Patched"
    assert tik.world.ads[ad].raw["call_to_action"] == "SHOP_NOW"


def test_image_is_checked_and_found(tik: Tik) -> None:
    made = tik.upload(png(), file_name="first.png")["data"]
    assert (made["width"], made["height"]) == (720, 1280)
    info = tik.get("file/image/ad/info", image_ids=[made["image_id"]])["data"]["list"]
    assert info[0]["signature"] == made["signature"]
    found = tik.get("file/image/ad/search", filtering={"file_name": "first"})["data"]["list"]
    assert [row["image_id"] for row in found] == [made["image_id"]]


@pytest.mark.parametrize(
    ("content", "changes", "code"),
    [
        (png(), {"file_name": "taken.png"}, 40911),
        (png(), {"image_signature": "0" * 32}, 40900),
        (png(), {"image_signature": None}, 40002),
        (b"GIF89a", {}, 40904),
        (png(4000, 4000), {}, 40904),
    ],
)
def test_bad_upload_is_refused(tik: Tik, content: bytes, changes: Body, code: int) -> None:
    tik.upload(png(), file_name="taken.png")
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
    image = tik.upload(png(*cover))["data"]["image_id"]
    group = tik.done("adgroup/create", tik.group(tik.new_campaign()))["adgroup_id"]
    creative = tik.creative(ad_format="SINGLE_VIDEO", video_id=video, image_ids=[image])
    answer = tik.post("ad/create", {"adgroup_id": group, "creatives": [creative]})
    assert answer["code"] == code
    assert words in answer["message"]
    assert len(tik.world.list_ads(tik.ours.id, ad_group_id=group)) == (1 if code == 0 else 0)
