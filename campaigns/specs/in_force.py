"""The spec in force, composed from our rows: what is wanted now.

It is never stored: a worker's budget move or a pause writes rows and thereby changes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import Q
from pydantic import ValidationError

from campaigns.models import Ad, AdGroup, Asset, Campaign, RemoteState, SpecVersion, Wanted
from core.common.errors import InvalidInput
from core.common.money import Money
from platforms.models import Platform
from platforms.spec.ads import Ad as AdNode
from platforms.spec.ads import Media, PinnedText, ResponsiveSearchAd, SingleImageAd, SingleVideoAd
from platforms.spec.campaign import AdGroupSpec, CampaignSpec
from platforms.spec.errors import malformed
from platforms.spec.platform_parts import (
    GoogleCampaign,
    MetaAdGroup,
    MetaCampaign,
    TikTokAdGroup,
    TikTokCampaign,
)
from platforms.spec.settings import BudgetSpec, Schedule
from platforms.spec.targeting import Keyword, Locations, Targeting
from platforms.spec.text import parse_spec

RETIRED = Q(wanted=Wanted.ARCHIVED) | (Q(remote=RemoteState.ABSENT) & ~Q(remote_id=""))
"""Kept in our rows, and left out of specs and comparisons."""


class SpecUnknown(InvalidInput):
    """Our rows do not say the whole of a campaign, as of one that was made elsewhere."""

    code = "spec_unknown"


def spec_of(campaign: Campaign) -> CampaignSpec:
    """Raises SpecUnknown."""
    try:
        return _campaign(campaign)
    except ValidationError as error:
        raise SpecUnknown(f"“{campaign}”: {malformed(error).problems[0]}", field="spec") from error


def status_of(row: Campaign | AdGroup | Ad) -> Any:
    return "active" if row.wanted == Wanted.ACTIVE else "paused"


def _campaign(campaign: Campaign) -> CampaignSpec:
    platform = campaign.account.platform
    groups = list(campaign.ad_groups.exclude(RETIRED))
    approved = campaign.spec_versions.filter(origin=SpecVersion.Origin.APPROVED).first()
    if approved is None or campaign.start is None:
        raise SpecUnknown(f"“{campaign}” was not launched here.", field="spec")
    objective: Any = campaign.objective
    return CampaignSpec(
        reference=campaign.reference,
        name=campaign.name,
        status=status_of(campaign),
        objective=objective,
        kind="search" if platform == Platform.GOOGLE else "auction",
        budget=_budget(campaign),
        schedule=Schedule(start=campaign.start, end=campaign.end),
        locations=_places(groups) if platform == Platform.GOOGLE else Locations(),
        declarations=parse_spec(approved.text).declarations,
        ad_groups=tuple(_ad_group(campaign, group) for group in groups),
        part=_CAMPAIGN_PARTS[platform](),
    )


def _budget(campaign: Campaign) -> BudgetSpec:
    if campaign.budget_on == Campaign.BudgetOn.AD_GROUP:
        return BudgetSpec(level="ad_group")
    return BudgetSpec(amount=campaign.daily_budget)


def _places(groups: Iterable[AdGroup]) -> Locations:
    """Google keeps them on the campaign."""
    codes = (code for group in groups for code in group.targeting.get("countries", ()))
    return Locations(countries=tuple(dict.fromkeys(codes)))


def _ad_group(campaign: Campaign, group: AdGroup) -> AdGroupSpec:
    said, platform = group.targeting, campaign.account.platform
    if not said:
        raise SpecUnknown(f"The targeting of “{group}” is not known.", field="targeting")
    places = Locations(countries=tuple(said["countries"]))
    ads = group.ads.exclude(RETIRED).select_related("creative").prefetch_related("creative__assets")
    part = _GROUP_PARTS.get(platform)
    return AdGroupSpec(
        reference=group.reference,
        name=group.name,
        status=status_of(group),
        budget=_own_budget(campaign, group),
        targeting=Targeting(
            locations=Locations() if platform == Platform.GOOGLE else places,
            age_min=said["age_min"],
            age_max=said["age_max"],
            gender=said["gender"],
            keywords=tuple(Keyword(text=text) for text in said["keywords"]),
        ),
        ads=tuple(_ad(platform, ad) for ad in ads),
        part=part() if part else None,
    )


def _own_budget(campaign: Campaign, group: AdGroup) -> Money | None:
    if campaign.budget_on != Campaign.BudgetOn.AD_GROUP or group.daily_budget_micros is None:
        return None
    return campaign.account.money(group.daily_budget_micros)


def _ad(platform: str, ad: Ad) -> AdNode:
    creative = ad.creative
    if creative is None:
        raise SpecUnknown(f"What “{ad}” shows is not known.", field="creative")
    common: dict[str, Any] = {
        "reference": ad.reference,
        "name": ad.name,
        "status": status_of(ad),
        "landing_url": creative.landing_url,
    }
    asset = next(iter(creative.assets.all()), None)
    if asset is None or platform == Platform.GOOGLE:
        return ResponsiveSearchAd(
            format="responsive_search",
            headlines=tuple(PinnedText(text=text) for text in creative.headlines),
            descriptions=tuple(PinnedText(text=text) for text in creative.descriptions),
            **common,
        )
    common |= {
        # TikTok shows no headline.
        "headline": next(iter(creative.headlines), "") if platform == Platform.META else "",
        "body": next(iter(creative.descriptions), ""),
        "call_to_action": creative.call_to_action,
    }
    media = media_of(asset)
    if media.role == "video":
        return SingleVideoAd(format="single_video", video=media, **common)
    return SingleImageAd(format="single_image", image=media, **common)


def media_of(asset: Asset) -> Media:
    """How an ad's one picture or video is named in a spec."""
    if not asset.is_video:
        return Media(asset=asset.pk, sha256=asset.sha256, role="landscape")
    return Media(
        asset=asset.pk,
        sha256=asset.sha256,
        role="video",
        cover_sha256=asset.poster_sha256 or None,
        duration_ms=asset.duration_ms,
    )


_CAMPAIGN_PARTS: dict[str, Callable[[], Any]] = {
    Platform.GOOGLE: lambda: GoogleCampaign(platform="google", presence="presence_or_interest"),
    Platform.META: lambda: MetaCampaign(platform="meta"),
    Platform.TIKTOK: lambda: TikTokCampaign(platform="tiktok"),
}
_GROUP_PARTS: dict[str, Callable[[], Any]] = {
    Platform.META: lambda: MetaAdGroup(platform="meta", goal="LINK_CLICKS", billing="IMPRESSIONS"),
    Platform.TIKTOK: lambda: TikTokAdGroup(platform="tiktok", goal="CLICK", billing="CPC"),
}
