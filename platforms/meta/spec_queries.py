"""The rows of one Meta campaign's whole tree, as the plan language needs them.

Source: Meta Marketing API v26.0, campaign, ad set, ad, ad image, ad video.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from platforms.common.answers import object_in, required_text_in, text_in
from platforms.errors import Rejected, RemoteObjectMissing
from platforms.meta import reading
from platforms.meta.api import MetaApi

Row = dict[str, Any]
_STATUS = "id,name,status,configured_status,effective_status"
_CAMPAIGN = (
    f"{_STATUS},objective,buying_type,daily_budget,lifetime_budget,bid_strategy,"
    "special_ad_categories,special_ad_category_country,spend_cap,promoted_object"
)
_AD_SETS = (
    f"{_STATUS},campaign_id,daily_budget,lifetime_budget,start_time,end_time,targeting,"
    "bid_strategy,bid_amount,bid_constraints,optimization_goal,billing_event,destination_type,"
    "promoted_object,attribution_spec,dsa_beneficiary,dsa_payor,frequency_control_specs,"
    "is_dynamic_creative"
)
_ADS = (
    f"{_STATUS},adset_id,campaign_id,"
    "creative{id,name,object_story_spec,asset_feed_spec,url_tags},tracking_specs,conversion_domain"
)


@dataclass(frozen=True)
class CampaignRows:
    campaign: Row
    ad_sets: list[Row]
    ads: list[Row]
    names: dict[str, str]
    """Image hash or video id to the name of the file."""


def campaign_rows(api: MetaApi, campaign_id: str) -> CampaignRows | None:
    """None where there is no such campaign. Raises platforms.errors."""
    try:
        campaign = api.get(campaign_id, fields=_CAMPAIGN)
    except RemoteObjectMissing:
        return None
    if reading.is_gone(campaign):
        return None
    ad_sets = [r for r in api.rows(f"{campaign_id}/adsets", fields=_AD_SETS) if not _gone(r)]
    ads = [row for row in api.rows(f"{campaign_id}/ads", fields=_ADS) if not _gone(row)]
    return CampaignRows(campaign, ad_sets, ads, _names(api, ads))


def story_of(ad: Row) -> Row:
    creative = object_in(ad.get("creative"), "creative")
    return object_in(creative.get("object_story_spec"), "object_story_spec")


def _gone(row: Row) -> bool:
    return reading.is_gone(row)


def _names(api: MetaApi, ads: list[Row]) -> dict[str, str]:
    stories = [story_of(ad) for ad in ads]
    hashes = {text_in(object_in(s.get("link_data"), "link_data"), "image_hash") for s in stories}
    videos = {text_in(object_in(s.get("video_data"), "video_data"), "video_id") for s in stories}
    return _image_names(api, hashes - {""}) | {
        video: _video_name(api, video) for video in sorted(videos - {""})
    }


def _video_name(api: MetaApi, video_id: str) -> str:
    """Empty for one that this account may not read, as that of a page's post: none of ours."""
    try:
        return text_in(api.get(video_id, fields="title"), "title")
    except Rejected:
        return ""


def _image_names(api: MetaApi, hashes: set[str]) -> dict[str, str]:
    if not hashes:
        return {}
    path = f"{api.account}/adimages"
    rows = api.rows(path, fields="hash,name", hashes=json.dumps(sorted(hashes)))
    return {required_text_in(row, "hash"): text_in(row, "name") for row in rows}
