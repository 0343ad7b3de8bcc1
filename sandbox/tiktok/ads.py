"""Ads of the TikTok emulator: create, update, list, review."""

from __future__ import annotations

import json
from typing import Any

from sandbox.tiktok import adgroups, errors, objects
from sandbox.tiktok import params as read
from sandbox.tiktok.campaigns import matches_ids_and_state, matches_name, select_fields
from sandbox.tiktok.params import Params, TikTok
from sandbox.world import review, video_probe
from sandbox.world.model import Ad, AdGroup

FORMATS = ("SINGLE_VIDEO", "SINGLE_IMAGE", "CAROUSEL_ADS", "LIVE_CONTENT", "CATALOG_CAROUSEL")
CALLS_TO_ACTION = frozenset(
    "LEARN_MORE SHOP_NOW SIGN_UP DOWNLOAD_NOW BOOK_NOW CONTACT_US APPLY_NOW ORDER_NOW SUBSCRIBE"
    " VIEW_NOW WATCH_NOW GET_QUOTE INSTALL_NOW READ_MORE VISIT_STORE PLAY_GAME LISTEN_NOW"
    " GET_TICKETS_NOW GET_SHOWTIMES EXPERIENCE_NOW INTERESTED PREORDER_NOW CHECK_AVAILABLILITY"
    " JOIN_THIS_HASHTAG SHOOT_WITH_THIS_EFFECT VIEW_VIDEO_WITH_THIS_EFFECT".split()
)
IDENTITIES = ("TT_USER", "BC_AUTH_TT", "AUTH_CODE")
_OBJECTIVES_WITH_URL = ("TRAFFIC", "WEB_CONVERSIONS", "PRODUCT_SALES")
_TEXT_LENGTH = 100
_RATIO_TOLERANCE = 0.01  # whole pixels rarely give an exact ratio
_MAX_ADS = 50  # not deleted, in one ad group
_RAW_FIELDS = (
    "ad_format",
    "ad_text",
    "video_id",
    "image_ids",
    "music_id",
    "call_to_action",
    "call_to_action_id",
    "landing_page_url",
    "identity_type",
    "identity_id",
    "identity_authorized_bc_id",
    "display_name",
    "tiktok_item_id",
    "tracking_pixel_id",
    "impression_tracking_url",
    "click_tracking_url",
    "utm_params",
)


def create_ads(tiktok: TikTok, params: Params) -> Params:
    """ad/create: 1 to 20 creatives, all or none. Raises ApiError."""
    read.require(params, ["adgroup_id", "creatives"])
    group = tiktok.ad_group(params["adgroup_id"])
    objects.check_not_deleted(tiktok, group)
    creatives = _read_creatives(params)
    others = tiktok.world.list_ads(tiktok.account.id, ad_group_id=group.id, removed=False)
    if len(others) + len(creatives) > _MAX_ADS:
        raise errors.ApiError(errors.AD_LIMIT, f"An ad group holds at most {_MAX_ADS} ads.")
    for creative in creatives:
        _check_creative(tiktok, group, creative)
    ads = [_add_ad(tiktok, group, creative) for creative in creatives]
    return {"ad_ids": [ad.id for ad in ads], "creatives": [ad_row(tiktok, ad) for ad in ads]}


def update_ads(tiktok: TikTok, params: Params) -> Params:
    """ad/update: replaces each creative, or only what is sent with patch_update."""
    read.require(params, ["adgroup_id", "creatives"])
    group = tiktok.ad_group(params["adgroup_id"])
    changed = []
    for creative in _read_creatives(params):
        read.require(creative, ["ad_id"])
        ad = tiktok.ad(creative["ad_id"])
        if ad.ad_group_id != group.id:
            raise errors.invalid(f"ad_id: {ad.id} is not in ad group {group.id}.")
        objects.check_not_deleted(tiktok, ad)
        if read.boolean(params, "patch_update"):
            creative = {"ad_name": ad.name, **ad.raw, **creative}
        _check_creative(tiktok, group, creative)
        changed.append(_replace_creative(tiktok, ad, creative))
    return {
        "ad_ids": [ad.id for ad in changed],
        "creatives": [ad_row(tiktok, ad) for ad in changed],
    }


def update_ad_status(tiktok: TikTok, params: Params) -> Params:
    """ad/status/update: all or nothing. Raises ApiError."""
    ad_ids = read.ids(params, "ad_ids")
    read.require(params, ["operation_status"])
    status = read.choice(params, "operation_status", read.STATUS_FROM_TIKTOK) or ""
    for ad_id in ad_ids:
        objects.check_not_deleted(tiktok, tiktok.ad(ad_id))
    for ad_id in ad_ids:
        tiktok.world.update_ad(ad_id, status=read.STATUS_FROM_TIKTOK[status])
    return {"ad_ids": ad_ids, "status": status}


def list_ads(tiktok: TikTok, params: Params) -> Params:
    """ad/get."""
    filtering = read.json_value(params, "filtering", dict) or {}
    campaigns = read.filter_ids(filtering, "campaign_ids")
    groups = read.filter_ids(filtering, "adgroup_ids")
    ads = [
        item
        for item in tiktok.world.list_ads(tiktok.account.id)
        if matches_ids_and_state(tiktok, item, filtering, "ad_ids")
        and matches_name(item.name, filtering, "ad_name")
        and (not campaigns or item.campaign_id in campaigns)
        and (not groups or item.ad_group_id in groups)
    ]
    fields = read.json_value(params, "fields", list)
    rows = [select_fields(ad_row(tiktok, ad), fields, "ad_id") for ad in reversed(ads)]
    return read.page(rows, params)


def review_info(tiktok: TikTok, params: Params) -> Params:
    """ad/review_info: the result of the review."""
    answer = {}
    for ad_id in read.ids(params, "ad_ids", 100):
        ad = tiktok.ad(ad_id)
        statuses = {"pending": "IN_REVIEW", "approved": "ALL_AVAILABLE", "refused": "UNAVAILABLE"}
        info: Params = {
            "review_status": statuses[review.verdict(ad, tiktok.now())],
            "reject_info": [],
        }
        if info["review_status"] == "UNAVAILABLE":
            reason = f"The wording '{review.disallowed_phrase(ad)}' is not allowed."
            info["reject_info"] = [{"reasons": [reason], "suggestion": "Change the ad text."}]
        answer[ad_id] = info
    return {"ad_review_map": answer}


def ad_row(tiktok: TikTok, ad: Ad) -> Params:
    return {
        "advertiser_id": ad.account_id,
        "campaign_id": ad.campaign_id,
        "adgroup_id": ad.ad_group_id,
        "ad_id": ad.id,
        "ad_name": ad.name,
        **ad.raw,
        "operation_status": read.STATUS_TO_TIKTOK[ad.status],
        "secondary_status": ad_secondary_status(tiktok, ad),
        "create_time": read.format_time(ad.created_at),
        "modify_time": read.format_time(ad.updated_at or ad.created_at),
    }


def ad_secondary_status(tiktok: TikTok, ad: Ad) -> str:
    group_status = adgroups.ad_group_secondary_status(tiktok, tiktok.ad_group(ad.ad_group_id))
    if ad.status == "removed" or group_status == "ADGROUP_STATUS_DELETE":
        return "AD_STATUS_DELETE"
    verdict = review.verdict(ad, tiktok.now())
    if verdict != "approved":
        return "AD_STATUS_AUDIT" if verdict == "pending" else "AD_STATUS_AUDIT_DENY"
    if group_status == "ADGROUP_STATUS_CAMPAIGN_DISABLE":
        return "AD_STATUS_CAMPAIGN_DISABLE"
    if group_status == "ADGROUP_STATUS_DISABLE":
        return "AD_STATUS_ADGROUP_DISABLE"
    if ad.status == "paused":
        return "AD_STATUS_DISABLE"
    return group_status.replace("ADGROUP_", "AD_")


def creative_signature(creative: Params) -> str:
    """Identifies the content of a creative for the market."""
    media = [creative.get("video_id"), *(creative.get("image_ids") or [])]
    return json.dumps([creative.get("ad_text"), media, creative.get("tiktok_item_id")])


def _read_creatives(params: Params) -> list[Params]:
    creatives = read.json_value(params, "creatives", list) or []
    if not 1 <= len(creatives) <= 20 or not all(isinstance(c, dict) for c in creatives):
        raise errors.invalid("creatives: must hold 1 to 20 objects.")
    return creatives


def _check_creative(tiktok: TikTok, group: AdGroup, creative: Params) -> None:
    read.require(creative, ["ad_format"])
    kind = read.choice(creative, "ad_format", FORMATS)
    if creative.get("ad_name"):
        read.valid_text(creative, "ad_name", read.NAME_LENGTH)
    if not creative.get("tiktok_item_id"):
        read.valid_text(creative, "ad_text", _TEXT_LENGTH)
        _check_media(tiktok, str(kind), creative)
    _check_identity(tiktok, creative)
    action = read.choice(creative, "call_to_action", CALLS_TO_ACTION)
    if not action and not creative.get("call_to_action_id"):
        raise errors.missing(["call_to_action"])
    if creative.get("tracking_pixel_id") not in (None, "", tiktok.account.pixel_id):
        raise errors.invalid("tracking_pixel_id: is not a pixel of this advertiser.")
    if tiktok.campaign(group.campaign_id).objective in _OBJECTIVES_WITH_URL:
        _check_url(creative)


def _check_media(tiktok: TikTok, kind: str, creative: Params) -> None:
    image_ids = read.json_value(creative, "image_ids", list) or []
    video = _require_ready_video(tiktok, creative) if kind == "SINGLE_VIDEO" else None
    low, high = {"CAROUSEL_ADS": (2, 35)}.get(kind, (1, 1))
    if not low <= len(image_ids) <= high:
        raise errors.invalid(f"image_ids: {kind} needs {low} to {high} image(s).")
    for image_id in image_ids:
        image = tiktok.world.get_object("tiktok", "images", str(image_id))
        if tiktok.world.get_object("tiktok", "videos", str(image_id)) is not None:
            raise errors.ApiError(errors.WRONG_MEDIA, f"image_ids: {image_id} is a video.")
        if image is None:
            raise errors.invalid(f"image_ids: {image_id} doesn't exist.")
        if video is not None and not _same_shape(image, video):
            raise errors.invalid("image_ids: the cover's aspect ratio differs from the video's.")
    if kind == "CAROUSEL_ADS":
        read.require(creative, ["music_id"])


def _require_ready_video(tiktok: TikTok, creative: Params) -> Params:
    read.require(creative, ["video_id"])
    video = tiktok.world.get_object("tiktok", "videos", str(creative["video_id"]))
    if tiktok.world.get_object("tiktok", "images", str(creative["video_id"])) is not None:
        raise errors.ApiError(errors.WRONG_MEDIA, f"video_id: {creative['video_id']} is an image.")
    if video is None:
        raise errors.invalid(f"video_id: {creative['video_id']} doesn't exist.")
    if not video_probe.is_processed(video):
        raise errors.ApiError(errors.NOT_READY, f"Video {video['video_id']} is being transcoded.")
    return video


def _same_shape(image: Params, video: Params) -> bool:
    ratios = [item["width"] / item["height"] for item in (image, video)]
    return bool(abs(ratios[0] - ratios[1]) <= _RATIO_TOLERANCE * ratios[1])


def _check_identity(tiktok: TikTok, creative: Params) -> None:
    """Custom identities cannot be used for new campaigns since January 2026. (TikTok, identity)"""
    read.require(creative, ["identity_type", "identity_id"])
    kind = creative["identity_type"]
    if kind not in IDENTITIES:
        raise errors.not_one_of("identity_type", kind, IDENTITIES)
    if str(creative["identity_id"]) != tiktok.account.identity_id:
        raise errors.invalid(f"identity_id: {creative['identity_id']} is not available.")
    if kind == "BC_AUTH_TT":
        read.require(creative, ["identity_authorized_bc_id"])


def _check_url(creative: Params) -> None:
    read.require(creative, ["landing_page_url"])
    if not str(creative["landing_page_url"]).startswith(("http://", "https://")):
        raise errors.invalid("landing_page_url: must be an http or https address.")


def _add_ad(tiktok: TikTok, group: AdGroup, creative: Params) -> Ad:
    read.choice(creative, "operation_status", ("ENABLE", "DISABLE"))
    ad_id = tiktok.world.new_id("tiktok")
    ad = Ad(
        ad_id,
        "tiktok",
        tiktok.account.id,
        group.campaign_id,
        group.id,
        creative.get("ad_name") or f"Ad {ad_id}",
        "active",  # DISABLE is ignored, as in campaign/create
        tiktok.now(),
        **_content_fields(creative),
    )
    return tiktok.world.add_ad(ad)


def _replace_creative(tiktok: TikTok, ad: Ad, creative: Params) -> Ad:
    name = creative.get("ad_name") or ad.name
    content = _content_fields(creative)
    removed = dict.fromkeys(set(ad.raw) - set(content["raw"]))
    content["raw"] = {**removed, **content["raw"]}
    return tiktok.world.update_ad(ad.id, name=name, **content)


def _content_fields(creative: Params) -> dict[str, Any]:
    return {
        "signature": creative_signature(creative),
        "texts": [str(creative["ad_text"])] if creative.get("ad_text") else [],
        "raw": {key: creative[key] for key in _RAW_FIELDS if creative.get(key) is not None},
    }
