"""Pictures and videos of a plan: there, and within the platform's limits."""

from __future__ import annotations

from collections.abc import Iterator

from agents.contracts import ExecutionContext, Problem
from agents.plans import ExecutionPlan
from campaigns.models import Asset
from platforms.spec.ads import SingleVideoAd
from platforms.types import RATIO_TOLERANCE


def images(context: ExecutionContext, plan: ExecutionPlan) -> Iterator[Problem]:
    """A platform of pictures has no ad without one."""
    groups = (group for campaign in plan.campaigns for group in campaign.ad_groups)
    if context.capabilities.image and any(not group.ads for group in groups):
        more = " or a video" if context.capabilities.video else ""
        name = context.account.get_platform_display()
        yield Problem("images", f"{name} needs a picture{more}. Upload one.")


def videos(context: ExecutionContext, plan: ExecutionPlan) -> Iterator[Problem]:
    """One problem per video, however many ads show it."""
    groups = (group for campaign in plan.campaigns for group in campaign.ad_groups)
    ads = (ad for group in groups for ad in group.ads if isinstance(ad, SingleVideoAd))
    videos = {ad.video.asset: ad.video for ad in ads}
    assets = Asset.objects.filter(advertiser=context.brief.advertiser).in_bulk(list(videos))
    for pk, video in videos.items():
        asset = assets.get(pk)
        if asset is None or asset.sha256 != video.sha256:
            yield Problem("images", "A video of this plan is gone. Upload it again.")
        else:
            yield from _video_limits(context, asset)


def _video_limits(context: ExecutionContext, asset: Asset) -> Iterator[Problem]:
    name, limits = context.account.get_platform_display(), context.capabilities.video
    if limits is None:
        yield Problem("images", f"{name} shows no videos here. Leave out “{asset.name}”.")
        return
    seconds, ratio = asset.duration_ms / 1000, asset.width / asset.height
    if not limits.min_seconds <= round(seconds, 1) <= limits.max_seconds:
        yield Problem(
            "images",
            f"“{asset.name}” lasts {seconds:.1f} seconds; {name} takes {limits.min_seconds} to "
            f"{limits.max_seconds}. Use another video.",
        )
    too_small = min(asset.width, asset.height) < limits.min_side
    if (
        too_small
        or not limits.min_ratio - RATIO_TOLERANCE <= ratio <= limits.max_ratio + RATIO_TOLERANCE
    ):
        yield Problem(
            "images",
            f"“{asset.name}” is {asset.width}×{asset.height}, which {name} does not take. Use an "
            f"upright, square or wide video of at least {limits.min_side} pixels on each side.",
        )
