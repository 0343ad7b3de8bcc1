"""What TikTok learns the delivery of its objects for.

Source: TikTok API for Business v1.3, fields of ad group and ad; its learning phase restarts at
changes of targeting, bidding, optimisation event and creative.
"""

from __future__ import annotations

from typing import Any

from platforms.common.digests import digest_of
from platforms.types import LearningTerms

Row = dict[str, Any]

_TARGETING = (
    "placement_type",
    "placements",
    "location_ids",
    "zipcode_ids",
    "age_groups",
    "gender",
    "languages",
    "interest_category_ids",
    "interest_keyword_ids",
    "actions",
    "audience_ids",
    "excluded_audience_ids",
    "operating_systems",
    "device_model_ids",
    "device_price_ranges",
    "network_types",
    "carrier_ids",
    "household_income",
    "spending_power",
    "dayparting",
    "targeting_expansion",
    "smart_audience_enabled",
)
_BIDDING = (
    "bid_type",
    "bid_price",
    "conversion_bid_price",
    "deep_bid_type",
    "deep_cpa_bid",
    "roas_bid",
    "pacing",
)
_GOAL = (
    "optimization_goal",
    "optimization_event",
    "secondary_optimization_event",
    "billing_event",
    "pixel_id",
    "app_id",
    "promotion_type",
)
_CONTENT = (
    "ad_text",
    "video_id",
    "image_ids",
    "landing_page_url",
    "call_to_action",
    "call_to_action_id",
    "identity_id",
    "music_id",
    "tiktok_item_id",
    "catalog_id",
    "product_set_id",
)


def of_ad_group(row: Row) -> LearningTerms:
    return LearningTerms(
        targeting=digest_of(row, _TARGETING),
        bidding=digest_of(row, _BIDDING),
        goal=digest_of(row, _GOAL),
    )


def of_ad(row: Row) -> LearningTerms:
    return LearningTerms(content=digest_of(row, _CONTENT))
