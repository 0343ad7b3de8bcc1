"""Adds TikTok's own fields to the campaigns of the initial world."""

from __future__ import annotations

from sandbox.tiktok import ads
from sandbox.tiktok import params as read
from sandbox.tiktok.params import Params, TikTok
from sandbox.world.model import Ad, AdGroup, Campaign


def complete_outside_campaigns(tiktok: TikTok) -> None:
    """Set the fields that an advertiser would have set by hand; once per world."""
    world = tiktok.world
    with world.transaction():
        for campaign in world.list_campaigns(tiktok.account.id):
            if campaign.outside and not campaign.raw:
                _complete_campaign(tiktok, campaign)


def _complete_campaign(tiktok: TikTok, campaign: Campaign) -> None:
    campaign.raw = {
        "budget_mode": "BUDGET_MODE_DYNAMIC_DAILY_BUDGET",
        "budget": (campaign.daily_budget_micros or 0) / 1e6,
        "budget_optimize_on": True,
        "special_industries": [],
    }
    tiktok.world.touch(campaign)
    for group in tiktok.world.list_ad_groups(tiktok.account.id, campaign.id):
        _complete_ad_group(tiktok, campaign, group)
    for ad in tiktok.world.list_ads(tiktok.account.id, campaign.id):
        _complete_ad(tiktok, ad)


def _complete_ad_group(tiktok: TikTok, campaign: Campaign, group: AdGroup) -> None:
    goal: Params = {"optimization_goal": "CLICK", "billing_event": "CPC"}
    if campaign.objective == "WEB_CONVERSIONS":
        goal = {
            "optimization_goal": "CONVERT",
            "billing_event": "OCPM",
            "pixel_id": tiktok.account.pixel_id,
            "optimization_event": "SHOPPING",
        }
    group.raw = goal | {
        "promotion_type": "WEBSITE",
        "placement_type": "PLACEMENT_TYPE_NORMAL",
        "placements": ["PLACEMENT_TIKTOK"],
        "pacing": "PACING_MODE_SMOOTH",
        "bid_type": "BID_TYPE_NO_BID",
        "budget_mode": "BUDGET_MODE_DAY",
        "budget": 0.0,
        "schedule_type": "SCHEDULE_FROM_NOW",
        "schedule_start_time": read.format_time(group.created_at),
    }
    group.targeting = {"location_ids": ["6252001"], "gender": "GENDER_UNLIMITED"}
    tiktok.world.touch(group)


def _complete_ad(tiktok: TikTok, ad: Ad) -> None:
    image_id = f"ad-site-i18n-sg/{tiktok.world.new_id('tiktok')}"
    image = {"image_id": image_id, "file_name": f"{ad.name}.jpg", "width": 720, "height": 1280}
    tiktok.world.put_object("tiktok", "images", image_id, image)
    ad.raw = {
        "ad_format": "SINGLE_IMAGE",
        "ad_text": ad.texts[0],
        "image_ids": [image_id],
        "call_to_action": "SHOP_NOW",
        "landing_page_url": "https://shop.example.com/",
        "identity_type": "TT_USER",
        "identity_id": tiktok.account.identity_id,
    }
    ad.signature = ads.creative_signature(ad.raw)
    ad.history[-1].signature = ad.signature
    tiktok.world.touch(ad)
