"""Ads of the TikTok emulator."""

from __future__ import annotations

import json
from typing import Any

from sandbox.tiktok import adgroups, errors
from sandbox.tiktok import campaigns as tiktok_campaigns
from sandbox.tiktok import params as read
from sandbox.tiktok.params import Params, Tik
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
_SITES = ("TRAFFIC", "WEB_CONVERSIONS", "PRODUCT_SALES")
_TEXT_LENGTH = 100
_RATIO_SLACK = 0.01  # whole pixels never give a ratio exactly
_MOST_ADS = 50  # not deleted, in one ad group
_KEPT = (
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


def create(tik: Tik, params: Params) -> Params:
    """ad/create: 1 to 20 creatives, all or none. Raises ApiError."""
    read.require(params, ["adgroup_id", "creatives"])
    group = tik.ad_group(params["adgroup_id"])
    tiktok_campaigns.check_alive(group)
    creatives = _creatives(params)
    others = tik.world.list_ads(tik.account.id, ad_group_id=group.id, removed=False)
    if len(others) + len(creatives) > _MOST_ADS:
        raise errors.ApiError(errors.AD_LIMIT, f"An ad group holds at most {_MOST_ADS} ads.")
    for creative in creatives:
        _check(tik, group, creative)
    ads = [_add(tik, group, creative) for creative in creatives]
    return {"ad_ids": [ad.id for ad in ads], "creatives": [shown(tik, ad) for ad in ads]}


def update(tik: Tik, params: Params) -> Params:
    """ad/update: replaces each creative, or only what is sent with patch_update."""
    read.require(params, ["adgroup_id", "creatives"])
    group = tik.ad_group(params["adgroup_id"])
    changed = []
    for creative in _creatives(params):
        read.require(creative, ["ad_id"])
        ad = tik.ad(creative["ad_id"])
        if ad.ad_group_id != group.id:
            raise errors.invalid(f"ad_id: {ad.id} is not in ad group {group.id}.")
        tiktok_campaigns.check_alive(ad)
        if read.flag(params, "patch_update"):
            creative = {"ad_name": ad.name, **ad.raw, **creative}
        _check(tik, group, creative)
        changed.append(_replace(tik, ad, creative))
    return {"ad_ids": [ad.id for ad in changed], "creatives": [shown(tik, ad) for ad in changed]}


def update_status(tik: Tik, params: Params) -> Params:
    """ad/status/update: all or nothing. Raises ApiError."""
    numbers = read.ids(params, "ad_ids")
    read.require(params, ["operation_status"])
    word = read.choice(params, "operation_status", read.NEUTRAL) or ""
    for number in numbers:
        tiktok_campaigns.check_alive(tik.ad(number))
    for number in numbers:
        tik.world.update_ad(number, status=read.NEUTRAL[word])
    return {"ad_ids": numbers, "status": word}


def listed(tik: Tik, params: Params) -> Params:
    """ad/get."""
    rule = read.structure(params, "filtering", dict) or {}
    campaigns = [str(value) for value in rule.get("campaign_ids") or []]
    groups = [str(value) for value in rule.get("adgroup_ids") or []]
    found = [
        item
        for item in tik.world.list_ads(tik.account.id)
        if tiktok_campaigns.passes(item, rule, "ad_ids", item.id)
        and tiktok_campaigns.named(item.name, rule, "ad_name")
        and (not campaigns or item.campaign_id in campaigns)
        and (not groups or item.ad_group_id in groups)
    ]
    wanted = read.structure(params, "fields", list)
    rows = [tiktok_campaigns.pick(shown(tik, ad), wanted, "ad_id") for ad in reversed(found)]
    return read.page(rows, params)


def reviews(tik: Tik, params: Params) -> Params:
    """ad/review_info: what the review said."""
    answer = {}
    for number in read.ids(params, "ad_ids", 100):
        ad = tik.ad(number)
        words = {"pending": "IN_REVIEW", "approved": "ALL_AVAILABLE", "refused": "UNAVAILABLE"}
        info: Params = {"review_status": words[review.verdict(ad, tik.now())], "reject_info": []}
        if info["review_status"] == "UNAVAILABLE":
            reason = f"The wording '{review.disallowed_phrase(ad)}' is not allowed."
            info["reject_info"] = [{"reasons": [reason], "suggestion": "Change the ad text."}]
        answer[number] = info
    return {"ad_review_map": answer}


def shown(tik: Tik, ad: Ad) -> Params:
    return {
        "advertiser_id": ad.account_id,
        "campaign_id": ad.campaign_id,
        "adgroup_id": ad.ad_group_id,
        "ad_id": ad.id,
        "ad_name": ad.name,
        **ad.raw,
        "operation_status": read.SWITCH[ad.status],
        "secondary_status": secondary_status(tik, ad),
        "create_time": read.shown(ad.created_at),
        "modify_time": read.shown(ad.updated_at or ad.created_at),
    }


def secondary_status(tik: Tik, ad: Ad) -> str:
    above = adgroups.secondary_status(tik, tik.ad_group(ad.ad_group_id))
    if ad.status == "removed" or above == "ADGROUP_STATUS_DELETE":
        return "AD_STATUS_DELETE"
    verdict = review.verdict(ad, tik.now())
    if verdict != "approved":
        return "AD_STATUS_AUDIT" if verdict == "pending" else "AD_STATUS_AUDIT_DENY"
    if above == "ADGROUP_STATUS_CAMPAIGN_DISABLE":
        return "AD_STATUS_CAMPAIGN_DISABLE"
    if above == "ADGROUP_STATUS_DISABLE":
        return "AD_STATUS_ADGROUP_DISABLE"
    if ad.status == "paused":
        return "AD_STATUS_DISABLE"
    return above.replace("ADGROUP_", "AD_")


def signature(creative: Params) -> str:
    """What is shown: the market's identity of a creative."""
    media = [creative.get("video_id"), *(creative.get("image_ids") or [])]
    return json.dumps([creative.get("ad_text"), media, creative.get("tiktok_item_id")])


def _creatives(params: Params) -> list[Params]:
    creatives = read.structure(params, "creatives", list) or []
    if not 1 <= len(creatives) <= 20 or not all(isinstance(c, dict) for c in creatives):
        raise errors.invalid("creatives: must hold 1 to 20 objects.")
    return creatives


def _check(tik: Tik, group: AdGroup, creative: Params) -> None:
    read.require(creative, ["ad_format"])
    kind = read.choice(creative, "ad_format", FORMATS)
    if creative.get("ad_name"):
        read.checked_text(creative, "ad_name", read.NAME_LENGTH)
    if not creative.get("tiktok_item_id"):
        read.checked_text(creative, "ad_text", _TEXT_LENGTH)
        _check_media(tik, str(kind), creative)
    _check_identity(tik, creative)
    action = creative.get("call_to_action")
    if not action and not creative.get("call_to_action_id"):
        raise errors.missing(["call_to_action"])
    if action and action not in CALLS_TO_ACTION:
        raise errors.not_one_of("call_to_action", action, CALLS_TO_ACTION)
    if tik.campaign(group.campaign_id).objective in _SITES:
        _check_url(creative)


def _check_media(tik: Tik, kind: str, creative: Params) -> None:
    pictures = creative.get("image_ids") or []
    video = _video(tik, creative) if kind == "SINGLE_VIDEO" else None
    least, most = {"CAROUSEL_ADS": (2, 35)}.get(kind, (1, 1))
    if not least <= len(pictures) <= most:
        raise errors.invalid(f"image_ids: {kind} needs {least} to {most} image(s).")
    for picture in pictures:
        image = tik.world.get_object("tiktok", "images", str(picture))
        if image is None:
            raise errors.invalid(f"image_ids: {picture} doesn't exist.")
        if video is not None and not _same_shape(image, video):
            raise errors.invalid("image_ids: the cover's aspect ratio differs from the video's.")
    if kind == "CAROUSEL_ADS":
        read.require(creative, ["music_id"])


def _video(tik: Tik, creative: Params) -> Params:
    read.require(creative, ["video_id"])
    video = tik.world.get_object("tiktok", "videos", str(creative["video_id"]))
    if video is None:
        raise errors.invalid(f"video_id: {creative['video_id']} doesn't exist.")
    if not video_probe.is_processed(video):
        raise errors.ApiError(errors.NOT_READY, f"Video {video['video_id']} is being transcoded.")
    return video


def _same_shape(image: Params, video: Params) -> bool:
    ratios = [item["width"] / item["height"] for item in (image, video)]
    return bool(abs(ratios[0] - ratios[1]) <= _RATIO_SLACK * ratios[1])


def _check_identity(tik: Tik, creative: Params) -> None:
    """A custom identity is closed for new campaigns since January 2026. (TikTok, identity)"""
    read.require(creative, ["identity_type", "identity_id"])
    kind = creative["identity_type"]
    if kind not in IDENTITIES:
        raise errors.not_one_of("identity_type", kind, IDENTITIES)
    if str(creative["identity_id"]) != tik.account.identity_id:
        raise errors.invalid(f"identity_id: {creative['identity_id']} is not available.")
    if kind == "BC_AUTH_TT":
        read.require(creative, ["identity_authorized_bc_id"])


def _check_url(creative: Params) -> None:
    read.require(creative, ["landing_page_url"])
    if not str(creative["landing_page_url"]).startswith(("http://", "https://")):
        raise errors.invalid("landing_page_url: must be an http or https address.")


def _add(tik: Tik, group: AdGroup, creative: Params) -> Ad:
    word = read.choice(creative, "operation_status", ("ENABLE", "DISABLE")) or "ENABLE"
    number = tik.world.new_id("tiktok")
    ad = Ad(
        number,
        "tiktok",
        tik.account.id,
        group.campaign_id,
        group.id,
        creative.get("ad_name") or f"Ad {number}",
        read.NEUTRAL[word],
        tik.now(),
        **_content(creative),
    )
    return tik.world.add_ad(ad)


def _replace(tik: Tik, ad: Ad, creative: Params) -> Ad:
    name = creative.get("ad_name") or ad.name
    content = _content(creative)
    absent = dict.fromkeys(set(ad.raw) - set(content["raw"]))
    content["raw"] = {**absent, **content["raw"]}
    return tik.world.update_ad(ad.id, name=name, **content)


def _content(creative: Params) -> dict[str, Any]:
    return {
        "signature": signature(creative),
        "texts": [str(creative["ad_text"])] if creative.get("ad_text") else [],
        "raw": {key: creative[key] for key in _KEPT if creative.get(key) is not None},
    }
