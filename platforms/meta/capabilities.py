"""What Meta takes here. Source: Meta Marketing API v26.0, and Meta's guide to ads."""

from __future__ import annotations

from platforms.meta import mapping
from platforms.meta.money import CURRENCIES, WHOLE_UNITS
from platforms.rules.capabilities import Capabilities
from platforms.types import VideoLimits

CAPABILITIES = Capabilities(
    platform="meta",
    supports={
        "objective": frozenset(mapping.OBJECTIVES),
        "kind": frozenset({"auction"}),
        "budget.amount": None,
        "schedule.start": None,
        "schedule.end": None,
        "declarations.political_ads": None,
        "declarations.payer": None,
        "declarations.beneficiary": None,
        "part.platform": None,
        "ad_groups.status": None,
        "ad_groups.targeting.locations.countries": None,
        "ad_groups.targeting.age_min": None,
        "ad_groups.targeting.age_max": None,
        "ad_groups.targeting.gender": None,
        "ad_groups.part.platform": None,
        "ad_groups.part.goal": frozenset({"LINK_CLICKS"}),
        "ad_groups.part.billing": frozenset({"IMPRESSIONS"}),
        "ad_groups.ads.status": None,
        "ad_groups.ads.format": frozenset({"single_image", "single_video"}),
        "ad_groups.ads.landing_url": None,
        "ad_groups.ads.headline": None,
        "ad_groups.ads.body": None,
        "ad_groups.ads.call_to_action": None,
        "ad_groups.ads.image": None,
        "ad_groups.ads.video": None,
    },
    atomic_tree=False,
    keywords=False,
    ad_format="image",
    headlines=(1, 1),
    headline_length=40,
    descriptions=(1, 1),
    description_length=125,
    image=True,
    # Meta's guide to ads: a video in the feeds has 1 second to 241 minutes and up to 4 GB, is at
    # least 120 pixels wide, and portrait videos are shown in the stories' 9:16.
    video=VideoLimits(1, 241 * 60, 4 << 30, 120, 9 / 16, 16 / 9),
    age_bounds=tuple(range(18, 66)),
    min_daily_budget_usd=1,
    min_group_budget_usd=5,
    validates="campaign",
    finds_places=True,
    start_ahead_days=37 * 30,  # error 3018: more than 37 months ahead
    whole_currencies=WHOLE_UNITS,
    currencies=CURRENCIES,
)
