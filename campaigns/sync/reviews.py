"""Tells of ads that the platform disapproved: an incident while it lasts, money waits for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from django.db.models import Count, Q, QuerySet

from campaigns.lifecycle import IS_OURS
from campaigns.models import Ad, Campaign, RemoteState
from campaigns.sync import campaign_incidents, review_ended
from campaigns.sync.campaign_incidents import WANTED_ADS, budget_text, key_of, resolve, told
from core.models import Incident
from platforms.models import AdAccount
from platforms.types import RemoteCampaign

KIND = "review"
NAMED = 10  # ads that an incident lists; the rest is counted
_REFUSED = Q(remote=RemoteState.REJECTED) | Q(ad_group__remote=RemoteState.REJECTED)


def in_review(account: AdAccount) -> dict[int, int]:
    """Ad id to campaign id of our ads that are being looked at, as last read."""
    ads = _ads(account.campaigns.filter(IS_OURS)).filter(remote=RemoteState.IN_REVIEW)
    return dict(ads.values_list("pk", "ad_group__campaign"))


def report(account: AdAccount, remotes: Iterable[RemoteCampaign], before: dict[int, int]) -> None:
    """After the structure was stored: tell of the reviews that ended since (`before`: in_review of
    then), and open or close the incident of each campaign with disapproved ads."""
    review_ended.report(account, before)
    _report_refused(account, _words(remotes))


def _ads(campaigns: QuerySet[Campaign]) -> QuerySet[Ad]:
    return Ad.objects.filter(ad_group__campaign__in=campaigns)


def _words(remotes: Iterable[RemoteCampaign]) -> dict[str, str]:
    """Remote id to what the platform says of a disapproved ad."""
    return {
        ad.remote_id: ad.review_words
        for campaign in remotes
        for group in campaign.ad_groups
        for ad in group.ads
        if ad.review_words
    }


def _report_refused(account: AdAccount, words: Mapping[str, str]) -> None:
    running = campaign_incidents.running(account)
    wanted = _ads(running).filter(WANTED_ADS)
    refused: defaultdict[int, list[Ad]] = defaultdict(list)
    for ad in wanted.filter(_REFUSED).select_related("ad_group").order_by("pk"):
        refused[ad.ad_group.campaign_id].append(ad)
    counts = dict(
        wanted.filter(ad_group__campaign__in=list(refused))
        .values_list("ad_group__campaign")
        .annotate(Count("pk"))
    )
    concerned = running.select_related("account__advertiser").in_bulk(list(refused))
    for pk, campaign in concerned.items():
        _open(campaign, refused[pk], counts[pk], words)
    resolve(KIND, account, told(KIND, account) - set(refused))


def _open(campaign: Campaign, refused: list[Ad], ads: int, words: Mapping[str, str]) -> None:
    advertiser = campaign.account.advertiser
    platform = campaign.account.get_platform_display()
    count = f"all {ads}" if len(refused) == ads else f"{len(refused)} of {ads}"
    lines = [
        f"{ad.name[:80]}: {words.get(ad.remote_id) or 'the platform gives no reason.'}"
        for ad in refused[:NAMED]
    ]
    if len(refused) > NAMED:
        lines.append(f"and {len(refused) - NAMED:,} more")
    Incident.open(
        advertiser,
        key_of(KIND, campaign.account, campaign.pk),
        title=f"{campaign.name[:120]}: {count} ads disapproved by {platform}",
        detail="\n".join(lines),
        at_stake=_at_stake(campaign, len(refused), ads),
        next_step=f"Change what {platform} names, or ask it there to look again. Or pause these "
        "ads here.",
        url=f"/a/{advertiser.slug}/campaigns/{campaign.pk}/",
    )


def _at_stake(campaign: Campaign, refused: int, ads: int) -> str:
    budget = budget_text(campaign)
    if refused == ads:
        return f"It shows no ad: {budget} is not spent."
    left = ads - refused
    return f"The other {left} ad{'' if left == 1 else 's'} may spend all of it: {budget}."
