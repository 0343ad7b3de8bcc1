"""TikTok's own fields for the campaigns that were in the account before."""

from __future__ import annotations

from sandbox.tiktok import ads
from sandbox.tiktok import params as read
from sandbox.tiktok.params import Params, Tik
from sandbox.world.model import Ad, AdGroup, Campaign


def dress_outside_campaigns(tik: Tik) -> None:
    """Give outside campaigns what an advertiser would have set by hand; once per world."""
    world = tik.world
    with world.transaction():
        for campaign in world.list_campaigns(tik.account.id):
            if campaign.outside and not campaign.raw:
                _dress(tik, campaign)


def _dress(tik: Tik, campaign: Campaign) -> None:
    campaign.raw = {
        "budget_mode": "BUDGET_MODE_DYNAMIC_DAILY_BUDGET",
        "budget": (campaign.daily_budget_micros or 0) / 1e6,
        "budget_optimize_on": True,
        "special_industries": [],
    }
    tik.world.touch(campaign)
    for group in tik.world.list_ad_groups(tik.account.id, campaign.id):
        _dress_group(tik, campaign, group)
    for ad in tik.world.list_ads(tik.account.id, campaign.id):
        _dress_ad(tik, ad)


def _dress_group(tik: Tik, campaign: Campaign, group: AdGroup) -> None:
    goal: Params = {"optimization_goal": "CLICK", "billing_event": "CPC"}
    if campaign.objective == "WEB_CONVERSIONS":
        goal = {
            "optimization_goal": "CONVERT",
            "billing_event": "OCPM",
            "pixel_id": tik.account.pixel_id,
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
        "schedule_start_time": read.shown(group.created_at),
    }
    group.targeting = {"location_ids": ["6252001"], "gender": "GENDER_UNLIMITED"}
    tik.world.touch(group)


def _dress_ad(tik: Tik, ad: Ad) -> None:
    number = f"ad-site-i18n-sg/{tik.world.new_id('tiktok')}"
    image = {"image_id": number, "file_name": f"{ad.name}.jpg", "width": 720, "height": 1280}
    tik.world.put_object("tiktok", "images", number, image)
    ad.raw = {
        "ad_format": "SINGLE_IMAGE",
        "ad_text": ad.texts[0],
        "image_ids": [number],
        "call_to_action": "SHOP_NOW",
        "landing_page_url": "https://shop.example.com/",
        "identity_type": "TT_USER",
        "identity_id": tik.account.identity_id,
    }
    ad.signature = ads.signature(ad.raw)
    ad.history[-1].signature = ad.signature
    tik.world.touch(ad)
