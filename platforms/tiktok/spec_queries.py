"""The rows of one TikTok campaign's whole tree, as the plan language needs them.

Source: TikTok API for Business v1.3, campaign, ad group and ad get, files.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from platforms.common.answers import id_in, rows_in, text_in
from platforms.tiktok.queries import TikTokQueries

Row = dict[str, Any]
MOST_IMAGES, MOST_VIDEOS = 100, 60  # ids of one call


@dataclass(frozen=True)
class CampaignRows:
    campaign: Row
    ad_groups: list[Row]
    ads: list[Row]
    names: dict[str, str]
    """Image or video id to the name of the file."""
    countries: dict[str, str]
    """Location id to country code."""


def campaign_rows(queries: TikTokQueries, campaign_id: str) -> CampaignRows | None:
    """None where there is no such campaign. Raises platforms.errors."""
    campaign = queries.row("campaign", campaign_id)
    if campaign is None:
        return None
    groups = queries.rows_of_campaign("ad_group", campaign_id)
    ads = queries.rows_of_campaign("ad", campaign_id)
    countries = {place: code for code, place in queries.location_ids().items()}
    return CampaignRows(campaign, groups, ads, _names(queries, ads), countries)


def _names(queries: TikTokQueries, ads: list[Row]) -> dict[str, str]:
    images = sorted({image for ad in ads for image in ad.get("image_ids") or ()})
    videos = sorted({text_in(ad, "video_id") for ad in ads} - {""})
    return {
        **_file_names(queries, "image", images, MOST_IMAGES),
        **_file_names(queries, "video", videos, MOST_VIDEOS),
    }


def _file_names(queries: TikTokQueries, kind: str, ids: Sequence[str], most: int) -> dict[str, str]:
    key = f"{kind}_id"
    return {
        id_in(row, key) if kind == "video" else text_in(row, key): text_in(row, "file_name")
        for part in _parts(ids, most)
        for row in rows_in(queries.files(kind, part).get("list"), "list")
    }


def _parts(ids: Sequence[str], most: int) -> Iterator[Sequence[str]]:
    return (ids[at : at + most] for at in range(0, len(ids), most))
