"""Tells that the review of a campaign's ads ended.

Every end is an entry of the audit. Where all ads were approved it is an incident too, until the
first spend is read: a campaign that was approved and spends nothing is worth a look. Where ads were
disapproved, the incident of these (`reviews`) tells how the review ended.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import timedelta

from campaigns.lifecycle import IS_OURS
from campaigns.models import Ad, Campaign, DailyMetric, RemoteState, Wanted
from campaigns.sync.second_copies import SYNC
from core.common import clock, dates
from core.models import AuditAction, AuditEntry, Incident, record
from platforms.models import AdAccount

TOLD_BEFORE_START = timedelta(days=1)  # to a campaign that waits for its first day


def report(account: AdAccount, before: Mapping[int, int]) -> None:
    """After the structure was stored. `before`: reviews.in_review of then.

    One entry per campaign none of whose ads is in review any more. An ad that was paused or
    deleted meanwhile has no outcome.
    """
    now = dict(Ad.objects.filter(pk__in=list(before)).values_list("pk", "remote"))
    outcomes: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for ad, campaign in before.items():
        outcomes[campaign][now.get(ad, RemoteState.ABSENT)] += 1
    concerned = Campaign.objects.select_related("account__advertiser").in_bulk(list(outcomes))
    for campaign, found in concerned.items():
        states = outcomes[campaign]
        approved, refused = states[RemoteState.ACTIVE], states[RemoteState.REJECTED]
        if (approved or refused) and not states[RemoteState.IN_REVIEW]:
            _record(found, approved, refused)
            if not refused and _runs(found):
                _open(found, approved)


def close_those_that_spend(account: AdAccount) -> None:
    """After figures were stored: close what was told of campaigns that spend since, that do not
    run any more, or that were told of in time before their first day."""
    prefix = _prefix(account)
    told = Incident.objects.filter(
        advertiser=account.advertiser_id, key__startswith=prefix, resolved_at=None
    )
    keys = {int(key.removeprefix(prefix)): key for key in told.values_list("key", flat=True)}
    campaigns = account.campaigns.in_bulk(list(keys))
    for pk, key in keys.items():
        if pk not in campaigns or _is_over(campaigns[pk]):
            Incident.resolve(account.advertiser, key)


def _record(campaign: Campaign, approved: int, refused: int) -> None:
    record(
        SYNC,
        AuditAction.REVIEW_ENDED,
        campaign,
        advertiser=campaign.account.advertiser,
        before={"in_review": approved + refused},
        after={"approved": approved, "disapproved": refused},
        reason=f"{campaign.account.get_platform_display()} looked at its ads.",
    )


def _open(campaign: Campaign, approved: int) -> None:
    advertiser = campaign.account.advertiser
    platform = campaign.account.get_platform_display()
    ads = "its ad" if approved == 1 else f"all {approved} ads"
    budget = f"{campaign.daily_budget} a day" if campaign.daily_budget else "its budget"
    start = campaign.start
    waits = start is not None and start > dates.today(campaign.account.time_zone)
    Incident.open(
        advertiser,
        f"{_prefix(campaign.account)}{campaign.pk}",
        title=f"{campaign.name[:120]}: {platform} approved {ads}",
        detail=f"{platform}'s review ended: {approved} approved, none disapproved.",
        at_stake=f"From {start:%-d %B} it may spend {budget}."
        if waits
        else f"It may spend {budget} now.",
        next_step="Nothing to do. This closes with the first spend that is read; if none comes "
        f"within a day of its start, look at the campaign on {platform}.",
        url=f"/a/{advertiser.slug}/campaigns/{campaign.pk}/",
    )


def _runs(campaign: Campaign) -> bool:
    stopped = (RemoteState.ABSENT, RemoteState.ENDED, RemoteState.PAUSED)
    running = Campaign.objects.filter(IS_OURS, pk=campaign.pk, wanted=Wanted.ACTIVE)
    return running.exclude(remote__in=stopped).exists()


def _is_over(campaign: Campaign) -> bool:
    ended = (
        AuditEntry.objects.filter(
            action=AuditAction.REVIEW_ENDED, target_type="campaign", target_id=campaign.pk
        )
        .order_by("pk")
        .last()
    )
    if ended is None:
        return True
    zone = campaign.account.time_zone
    if campaign.start is not None and campaign.start > dates.today(zone):
        return not _runs(campaign) or clock.market_now() - ended.market_at >= TOLD_BEFORE_START
    since = ended.market_at.astimezone(dates.zone(zone)).date()
    spends = DailyMetric.objects.filter(
        campaign=campaign, level="campaign", day__gte=since, spend_micros__gt=0
    )
    return spends.exists() or not _runs(campaign)


def _prefix(account: AdAccount) -> str:
    return f"review-ended:{account.pk}:"
