"""The spec in force: the newest text that was approved or adopted, with what our rows want now.

It is never stored: a worker's budget move or a pause writes rows and thereby changes it, and no
later edit can give back an old budget. Targeting and content change with a new text alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Q

from campaigns.models import Ad, AdGroup, Asset, Campaign, RemoteState, SpecVersion, Wanted
from core.common.errors import InvalidInput
from core.common.money import Money
from platforms.spec.ads import Media
from platforms.spec.campaign import AdGroupSpec, CampaignSpec
from platforms.spec.errors import SpecMalformed
from platforms.spec.settings import BudgetSpec
from platforms.spec.text import parse_spec, serialise

RETIRED = Q(wanted=Wanted.ARCHIVED) | (Q(remote=RemoteState.ABSENT) & ~Q(remote_id=""))
"""Kept in our rows, and left out of specs and comparisons."""
_BASES = (SpecVersion.Origin.APPROVED, SpecVersion.Origin.ADOPTED)
Rows = Mapping[str, Any]  # reference to AdGroup or Ad


class SpecUnknown(InvalidInput):
    """There is no text of a campaign, as of one that was made elsewhere and not adopted."""

    code = "spec_unknown"


def spec_of(campaign: Campaign) -> CampaignSpec:
    """Nodes that were made on the platform are not in it, as nothing here wants anything of them.
    Raises SpecUnknown."""
    base = campaign.spec_versions.filter(origin__in=_BASES).first()
    if base is None or campaign.start is None:
        raise SpecUnknown(f"“{campaign}” was not launched or adopted here.", field="spec")
    groups = _rows(AdGroup.objects.filter(campaign=campaign))
    ads = _rows(Ad.objects.filter(ad_group__campaign=campaign))
    try:
        return _composed(campaign, parse_spec(base.text), groups, ads)
    except SpecMalformed as error:
        raise SpecUnknown(f"“{campaign}”: {error.problems[0]}", field="spec") from error


def _rows(found: Any) -> Rows:
    return {row.reference: row for row in found.exclude(RETIRED).exclude(reference="")}


def _composed(campaign: Campaign, text: CampaignSpec, groups: Rows, ads: Rows) -> CampaignSpec:
    days = {"start": campaign.start, "end": campaign.end}
    spec = text.model_copy(
        update={
            "name": campaign.name,
            "status": status_of(campaign),
            "budget": _budget(campaign, text),
            "schedule": text.schedule.model_copy(update=days),
            "ad_groups": tuple(
                _ad_group(campaign, group, groups[group.reference], ads)
                for group in text.ad_groups
                if group.reference in groups
            ),
        }
    )
    return parse_spec(serialise(spec))  # checked as if it had been read


def _budget(campaign: Campaign, text: CampaignSpec) -> BudgetSpec:
    if campaign.budget_on == Campaign.BudgetOn.AD_GROUP:
        return BudgetSpec(level="ad_group", period=text.budget.period)
    if campaign.total_budget_micros is not None:
        total = campaign.account.money(campaign.total_budget_micros)
        return BudgetSpec(period="flight", amount=total)
    return text.budget.model_copy(update={"amount": campaign.daily_budget})


def _ad_group(campaign: Campaign, group: AdGroupSpec, row: AdGroup, ads: Rows) -> AdGroupSpec:
    shown = tuple(
        ad.model_copy(update={"name": own.name, "status": status_of(own)})
        for ad in group.ads
        if (own := ads.get(ad.reference)) is not None
    )
    budget = _own_budget(campaign, row)
    update = {"name": row.name, "status": status_of(row), "budget": budget, "ads": shown}
    return group.model_copy(update=update)


def _own_budget(campaign: Campaign, group: AdGroup) -> Money | None:
    if campaign.budget_on != Campaign.BudgetOn.AD_GROUP:
        return None
    micros = group.total_budget_micros or group.daily_budget_micros
    return None if micros is None else campaign.account.money(micros)


def status_of(row: Campaign | AdGroup | Ad) -> Any:
    return "active" if row.wanted == Wanted.ACTIVE else "paused"


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
