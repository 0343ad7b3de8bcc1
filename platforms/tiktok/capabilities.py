"""What TikTok takes here. Source: TikTok API for Business v1.3, and its guide to in-feed ads."""

from __future__ import annotations

from platforms.rules.capabilities import Capabilities
from platforms.tiktok import mapping
from platforms.types import VideoLimits

CAPABILITIES = Capabilities(
    platform="tiktok",
    supports={
        "objective": frozenset(mapping.OBJECTIVES),
        "kind": frozenset({"auction"}),
        "budget.amount": None,
        "schedule.start": None,
        "schedule.end": None,
        "part.platform": None,
        "ad_groups.status": None,
        "ad_groups.targeting.locations.countries": None,
        "ad_groups.targeting.age_min": None,
        "ad_groups.targeting.age_max": None,
        "ad_groups.targeting.gender": None,
        "ad_groups.part.platform": None,
        "ad_groups.part.goal": frozenset({"CLICK"}),
        "ad_groups.part.billing": frozenset({"CPC"}),
        "ad_groups.ads.status": None,
        "ad_groups.ads.format": frozenset({"single_image", "single_video"}),
        "ad_groups.ads.landing_url": None,
        "ad_groups.ads.body": None,
        "ad_groups.ads.call_to_action": None,
        "ad_groups.ads.image": None,
        "ad_groups.ads.video": None,
    },
    atomic_tree=False,
    keywords=False,
    ad_format="image",
    headlines=(0, 0),  # an ad shows the identity's name and one text
    headline_length=0,
    descriptions=(1, 1),
    description_length=100,
    image=True,
    # TikTok's guide to in-feed video ads: 5 to 60 seconds, up to 500 MB, at least 540 pixels on the
    # shorter side, upright 9:16 to wide 16:9.
    video=VideoLimits(5, 60, 500_000_000, 540, 9 / 16, 16 / 9),
    age_bounds=mapping.AGE_BOUNDS,
    min_daily_budget_usd=50,
    min_group_budget_usd=20,
    emoji=False,
    wide_texts=True,
    finds_places=True,
    political_ads=False,
    # Dates are on the ad groups, and an update of an ad group may reset its lists.
    update_schedule=False,
)
