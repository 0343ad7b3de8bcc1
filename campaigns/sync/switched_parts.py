"""Tells of ad groups and ads that somebody switched on or off on the platform.

What is paused here and runs there takes money that was meant for others; what should run and is
paused there leaves it unspent. One incident per campaign, which closes when both sides agree.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from django.db.models import Q

from campaigns.models import Ad, AdGroup, Campaign, RemoteState, Wanted
from campaigns.sync import campaign_incidents
from campaigns.sync.campaign_incidents import budget_text, key_of, resolve, told
from core.models import Incident
from platforms.models import AdAccount

KIND = "switched"
NAMED = 10  # parts that an incident lists; the rest is counted
Part = AdGroup | Ad
_DIFFERS = Q(wanted=Wanted.PAUSED, remote=RemoteState.ACTIVE) | Q(
    wanted=Wanted.ACTIVE, remote=RemoteState.PAUSED
)


def report(account: AdAccount, busy: Collection[int]) -> None:
    """After the structure was stored. Of the campaigns in `busy`, which have a change under way,
    nothing is known: their incidents stay as they are."""
    running = campaign_incidents.running(account)
    found = _found(account)
    ours = running.filter(pk__in=list(found)).exclude(pk__in=list(busy))
    for campaign in ours.select_related("account__advertiser"):
        _open(campaign, found[campaign.pk])
    kept = {campaign.pk for campaign in ours} | set(busy)
    resolve(KIND, account, told(KIND, account) - kept)


def _found(account: AdAccount) -> dict[int, list[Part]]:
    """Campaign id to its parts that are switched otherwise there."""
    found: defaultdict[int, list[Part]] = defaultdict(list)
    groups = AdGroup.objects.filter(_DIFFERS, campaign__account=account)
    for group in groups.order_by("pk"):
        found[group.campaign_id].append(group)
    ads = Ad.objects.filter(_DIFFERS, ad_group__campaign__account=account)
    for ad in ads.select_related("ad_group").order_by("pk"):
        found[ad.ad_group.campaign_id].append(ad)
    return found


def _open(campaign: Campaign, parts: list[Part]) -> None:
    advertiser = campaign.account.advertiser
    platform = campaign.account.get_platform_display()
    lines = [_line(part) for part in parts[:NAMED]]
    if len(parts) > NAMED:
        lines.append(f"and {len(parts) - NAMED:,} more")
    Incident.open(
        advertiser,
        key_of(KIND, campaign.account, campaign.pk),
        title=f"{campaign.name[:120]}: parts were switched on {platform}, outside of AdsEngine",
        detail="\n".join(lines),
        at_stake=_at_stake(campaign, parts),
        next_step=f"Change it back on {platform}, or set it here as it is there. Ask who changed "
        "it.",
        url=f"/a/{advertiser.slug}/campaigns/{campaign.pk}/",
    )


def _line(part: Part) -> str:
    word = "Ad group" if isinstance(part, AdGroup) else "Ad"
    return f"{word} {part.name[:80]}: {part.wanted} here, {part.remote} there."


def _at_stake(campaign: Campaign, parts: list[Part]) -> str:
    budget = budget_text(campaign)
    if any(part.wanted == Wanted.PAUSED for part in parts):
        return f"What is paused here takes part of {budget}."
    return f"Less runs than was decided here: part of {budget} may not be spent."
