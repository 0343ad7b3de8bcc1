"""What only one platform knows of a campaign, an ad group or an ad. Common code never reads it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from platforms.spec.base import Micros, Node, RemoteId, SetOf

Code = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{0,60}$")]


class GoogleCampaign(Node):
    platform: Literal["google"]
    search_partners: bool = False
    display_network: bool = False
    presence: Literal["presence", "presence_or_interest"] = "presence"
    brand_guidelines: bool = False


class MetaCampaign(Node):
    platform: Literal["meta"]
    spending_limit_micros: Micros | None = None


class TikTokCampaign(Node):
    platform: Literal["tiktok"]
    app_promotion_type: Code | None = None


class GoogleAdGroup(Node):
    platform: Literal["google"]
    optimised_targeting: bool = False


class MetaAdGroup(Node):
    platform: Literal["meta"]
    goal: Code
    billing: Code
    destination: Code | None = None
    promoted_object: RemoteId | None = None
    frequency_impressions: Annotated[int, Field(ge=1, le=90)] | None = None
    frequency_days: Annotated[int, Field(ge=1, le=90)] | None = None


class TikTokAdGroup(Node):
    platform: Literal["tiktok"]
    goal: Code
    billing: Code
    pacing: Literal["smooth", "fast"] = "smooth"
    promotion_type: Code = "WEBSITE"


class GoogleAd(Node):
    platform: Literal["google"]


class MetaAd(Node):
    platform: Literal["meta"]
    page: RemoteId | None = None
    instagram_account: RemoteId | None = None
    enhancements: SetOf[Code] = ()
    may_be_shared: bool = True


class TikTokAd(Node):
    platform: Literal["tiktok"]
    identity: RemoteId | None = None
    identity_type: Code | None = None
    music: RemoteId | None = None


CampaignPart = Annotated[
    GoogleCampaign | MetaCampaign | TikTokCampaign, Field(discriminator="platform")
]
AdGroupPart = Annotated[
    GoogleAdGroup | MetaAdGroup | TikTokAdGroup, Field(discriminator="platform")
]
AdPart = Annotated[GoogleAd | MetaAd | TikTokAd, Field(discriminator="platform")]
PLATFORMS = ("google", "meta", "tiktok")
