"""Compares a campaign read from the platform with the approved plan."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from campaigns.models import RemoteState
from platforms.common.references import strip_reference
from platforms.models import AdAccount
from platforms.types import RemoteCampaign


def compare(spec: dict[str, Any], remote: RemoteCampaign | None, account: AdAccount) -> list[str]:
    """One sentence per difference; an empty list when it is as planned."""
    if remote is None:
        return ["The campaign cannot be found."]
    found: list[str] = []
    if strip_reference(remote.name)[1] != spec["reference"]:
        found.append("Its name does not carry our reference.")
    budget = remote.daily_budget
    if budget is None or budget.micros != spec["daily_budget_micros"]:
        planned = account.money(spec["daily_budget_micros"])
        found.append(f"The daily budget is {budget or 'not set'}, planned was {planned}.")
    if remote.status == RemoteState.ACTIVE.value:
        found.append("It is already on.")
    ads_there = sum(len(group.ads) for group in remote.ad_groups)
    ads_planned = sum(len(group["ads"]) for group in spec["ad_groups"])
    if (len(remote.ad_groups), ads_there) != (len(spec["ad_groups"]), ads_planned):
        found.append(
            f"It has {len(remote.ad_groups)} ad groups and {ads_there} ads, planned were "
            f"{len(spec['ad_groups'])} and {ads_planned}."
        )
    found.extend(_media_differences(spec, remote))
    return found


def _media_differences(spec: dict[str, Any], remote: RemoteCampaign) -> Iterator[str]:
    """Ads that show a picture where a video was planned, or the other way round."""
    shown = {ad.reference: ad.media_kind for group in remote.ad_groups for ad in group.ads}
    for ad in (ad for group in spec["ad_groups"] for ad in group["ads"]):
        planned = "video" if ad.get("video") else "picture" if ad["image"] else ""
        there = shown.get(ad["reference"], "")
        if planned and there and planned != there:
            yield f"The ad {ad['name']} shows a {there}, planned was a {planned}."
