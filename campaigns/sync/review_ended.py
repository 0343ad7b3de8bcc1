"""Tells that the review of a campaign's ads ended.

Every end is an entry of the audit. Where all ads were approved it is an incident too, until the
first spend is read: a campaign that was approved and spends nothing is worth a look. Where ads were
disapproved, the incident of these (`reviews`) tells how the review ended.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import timedelta

from campaigns.models import Ad, Campaign, DailyMetric, RemoteState
from campaigns.sync.campaign_incidents import budget_text, key_of, resolve, running, told
from campaigns.sync.second_copies import SYNC
from core.common import clock, dates
from core.models import AuditAction, AuditEntry, Incident, record
from platforms.models import AdAccount

KIND = "review-ended"
TOLD_BEFORE_START = timedelta(days=1)  # to a campaign that waits for its first day


def report(account: AdAccount, before: Mapping[int, int]) -> None:
    """After the structure was stored. `before`: reviews.in_review of then.

    One entry per campaign none of whose ads is in review any more. An ad that was paused or
    deleted meanwhile has no outcome.
    """
    now = dict(Ad.objects.filter(pk__in=list(before)).values_list("pk", "remote"))
    outcomes: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for ad, owner in before.items():
        outcomes[owner][now.get(ad, RemoteState.ABSENT)] += 1
    concerned = Campaign.objects.select_related("account__advertiser").in_bulk(list(outcomes))
    runs = _running(account, outcomes)
    for pk, campaign in concerned.items():
        states = outcomes[pk]
        approved, refused = states[RemoteState.ACTIVE], states[RemoteState.REJECTED]
        if (approved or refused) and not states[RemoteState.IN_REVIEW]:
            _record(campaign, approved, refused)
            if not refused and pk in runs:
                _open(campaign, approved)


def close_those_that_spend(account: AdAccount) -> None:
    """After figures were stored: close what was told of campaigns that spend since, that do not
    run any more, or that were told of in time before their first day."""
    open_ones = told(KIND, account)
    runs = _running(account, open_ones)
    over = {pk for pk in open_ones if pk not in runs or _is_over(runs[pk])}
    resolve(KIND, account, over)


def _running(account: AdAccount, campaign_ids: Iterable[int]) -> dict[int, Campaign]:
    """Campaign id to those of the ids that run."""
    return running(account).exclude(remote=RemoteState.PAUSED).in_bulk(list(campaign_ids))


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
    budget = budget_text(campaign)
    start = campaign.start
    waits = start is not None and start > dates.today(campaign.account.time_zone)
    Incident.open(
        advertiser,
        key_of(KIND, campaign.account, campaign.pk),
        title=f"{campaign.name[:120]}: {platform} approved {ads}",
        detail=f"{platform}'s review ended: {approved} approved, none disapproved.",
        at_stake=f"From {start:%-d %B} it may spend {budget}."
        if waits
        else f"It may spend {budget} now.",
        next_step="Nothing to do. This closes with the first spend that is read; if none comes "
        f"within a day of its start, look at the campaign on {platform}.",
        url=f"/a/{advertiser.slug}/campaigns/{campaign.pk}/",
    )


def _is_over(campaign: Campaign) -> bool:
    """Of one that runs: whether it has been told for long enough."""
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
        return clock.market_now() - ended.market_at >= TOLD_BEFORE_START
    since = ended.market_at.astimezone(dates.zone(zone)).date()
    spends = DailyMetric.objects.filter(
        campaign=campaign, level="campaign", day__gte=since, spend_micros__gt=0
    )
    return spends.exists()
