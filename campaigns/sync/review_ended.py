"""Tells that the review of a campaign's ads ended.

Every end is an entry of the audit. Where all ads were approved it is an incident too, until the
first spend is read: a campaign that was approved and spends nothing is worth a look. Where ads were
disapproved, the incident of these (`reviews`) tells how the review ended.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta

from django.db.models import Max, Min, Q

from campaigns.models import Ad, Campaign, DailyMetric, RemoteState, Wanted
from campaigns.sync.campaign_incidents import WANTED_ADS, budget_text, key_of, resolve, told
from campaigns.sync.campaign_incidents import running as should_run
from campaigns.sync.second_copies import SYNC
from core.common import clock, dates
from core.models import AuditAction, AuditEntry, Incident, record
from platforms.models import AdAccount

KIND = "review-ended"
_A_DAY = timedelta(days=1)  # told so long before a first day; a first spend is expected in it
_OFF = [Wanted.PAUSED, Wanted.ARCHIVED]
_CAN_SHOW = Q(remote=RemoteState.ACTIVE, ad_group__remote=RemoteState.ACTIVE) & ~Q(
    ad_group__wanted__in=_OFF
)
Outcome = Counter[str]  # number of wanted ads by their remote state


def report(account: AdAccount, before: Mapping[int, int]) -> None:
    """After the structure was stored. `before`: reviews.in_review of then.

    One entry per campaign with an ad whose review ended, and no wanted one in review any more. It
    counts all wanted ads, those too that were looked at earlier, so that it is true of the
    campaign.
    """
    open_ones = told(KIND, account)
    looked_at = _left_review(before)
    concerned = looked_at | open_ones
    if not concerned:
        return
    outcomes = _outcomes(concerned)
    able = _able(account, concerned)
    approved = {pk for pk in able if not outcomes[pk][RemoteState.REJECTED]}
    for campaign in _campaigns(looked_at):
        if _has_ended(outcomes[campaign.pk]):
            _record(campaign, outcomes[campaign.pk])
            if campaign.pk in approved:
                _open_approved(campaign, outcomes[campaign.pk])
    resolve(KIND, account, open_ones - approved)


def close_those_that_spend(account: AdAccount) -> None:
    """After figures were stored: close what was told of campaigns that spend since, or was told
    for a day of ones that wait for their first; say of the others when nothing is spent."""
    open_ones = told(KIND, account)
    if not open_ones:
        return
    ended_at = _ended_at(open_ones)
    spent = _days_of_spend(open_ones)
    for campaign in _campaigns(open_ones):
        since = ended_at.get(campaign.pk)
        if since is None or _spends(campaign, since, spent.get(campaign.pk)):
            resolve(KIND, account, [campaign.pk])
        elif not _waits(campaign):
            _tell_unspent(campaign, since)
        elif clock.market_now() - since >= _A_DAY:
            resolve(KIND, account, [campaign.pk])


def _left_review(before: Mapping[int, int]) -> set[int]:
    """Campaigns with an ad that was in review then and is not now; one that is wanted paused may
    stay in review for long."""
    waiting = Ad.objects.filter(
        ad_group__campaign__in=set(before.values()), remote=RemoteState.IN_REVIEW
    )
    still = set(waiting.values_list("pk", flat=True))
    return {campaign for ad, campaign in before.items() if ad not in still}


def _campaigns(ids: Collection[int]) -> list[Campaign]:
    rows = Campaign.objects.filter(pk__in=set(ids)).order_by("pk")
    return list(rows.select_related("account__advertiser"))


def _outcomes(campaign_ids: Collection[int]) -> Mapping[int, Outcome]:
    """An ad of a disapproved ad group is disapproved."""
    found: defaultdict[int, Outcome] = defaultdict(Counter)
    ads = Ad.objects.filter(WANTED_ADS, ad_group__campaign__in=campaign_ids)
    for pk, ad, group in ads.values_list("ad_group__campaign", "remote", "ad_group__remote"):
        found[pk][RemoteState.REJECTED if group == RemoteState.REJECTED else ad] += 1
    return found


def _has_ended(outcome: Outcome) -> bool:
    looked_at = outcome[RemoteState.ACTIVE] + outcome[RemoteState.REJECTED]
    return looked_at > 0 and not outcome[RemoteState.IN_REVIEW]


def _able(account: AdAccount, campaign_ids: Collection[int]) -> set[int]:
    """Those that can spend, now or from their first day on: running, with an ad that can show."""
    today = dates.today(account.time_zone)
    runs = should_run(account).exclude(remote=RemoteState.PAUSED).exclude(end__lt=today)
    ads = Ad.objects.filter(WANTED_ADS, _CAN_SHOW, ad_group__campaign__in=campaign_ids)
    shown = runs.filter(pk__in=ads.values("ad_group__campaign"))
    return set(shown.values_list("pk", flat=True))


def _record(campaign: Campaign, outcome: Outcome) -> None:
    approved, refused = outcome[RemoteState.ACTIVE], outcome[RemoteState.REJECTED]
    record(
        SYNC,
        AuditAction.REVIEW_ENDED,
        campaign,
        advertiser=campaign.account.advertiser,
        before={"in_review": approved + refused},
        after={"approved": approved, "disapproved": refused},
        reason=f"{campaign.account.get_platform_display()} looked at its ads.",
    )


def _open_approved(campaign: Campaign, outcome: Outcome) -> None:
    platform = campaign.account.get_platform_display()
    approved, others = outcome[RemoteState.ACTIVE], outcome.total() - outcome[RemoteState.ACTIVE]
    ads = "its ad" if approved == 1 and not others else f"all {approved} ads"
    if others:
        ads = f"{approved} of {outcome.total()} ads"
    waits, budget = _waits(campaign), budget_text(campaign)
    next_step = (
        "Nothing to do before its first day. This closes within a day."
        if waits
        else "Nothing to do. This closes with the first spend that is read."
    )
    _open(
        campaign,
        title=f"{campaign.name[:120]}: {platform} approved {ads}",
        detail=f"{platform}'s review ended: {approved} approved, none disapproved."
        + (f" {others} not running there." if others else ""),
        at_stake=f"From {campaign.start:%-d %B} it may spend {budget}."
        if waits
        else f"It may spend {budget} now.",
        next_step=next_step,
    )


def _tell_unspent(campaign: Campaign, ended_at: datetime) -> None:
    """Once it could have spent for a day."""
    if clock.market_now() - max(ended_at, _first_moment(campaign)) < _A_DAY:
        return
    platform = campaign.account.get_platform_display()
    _open(
        campaign,
        title=f"{campaign.name[:120]}: approved by {platform}, and spends nothing",
        detail=f"{platform} approved its ads on {ended_at:%-d %B}. No spend was read since.",
        at_stake=f"It may spend {budget_text(campaign)}, and shows no ad.",
        next_step=f"Look at the campaign on {platform}: its bid, its audience, the account's "
        "payment. This closes with the first spend that is read.",
    )


def _open(campaign: Campaign, *, title: str, detail: str, at_stake: str, next_step: str) -> None:
    advertiser = campaign.account.advertiser
    Incident.open(
        advertiser,
        key_of(KIND, campaign.account, campaign.pk),
        title=title,
        detail=detail,
        at_stake=at_stake,
        next_step=next_step,
        url=f"/a/{advertiser.slug}/campaigns/{campaign.pk}/",
    )


def _waits(campaign: Campaign) -> bool:
    return campaign.start is not None and campaign.start > dates.today(campaign.account.time_zone)


def _first_moment(campaign: Campaign) -> datetime:
    zone = dates.zone(campaign.account.time_zone)
    first = campaign.start or date(1970, 1, 1)
    return datetime(first.year, first.month, first.day, tzinfo=zone)


def _ended_at(campaign_ids: Collection[int]) -> dict[int, datetime]:
    """Campaign id to the market time at which its newest review ended."""
    entries = AuditEntry.objects.filter(
        action=AuditAction.REVIEW_ENDED, target_type="campaign", target_id__in=campaign_ids
    )
    newest = entries.order_by("pk").values_list("target_id", "market_at")
    return {int(pk): at for pk, at in newest if pk is not None}


def _days_of_spend(campaign_ids: Collection[int]) -> dict[int, tuple[date, date]]:
    """Campaign id to the first and last day on which it spent."""
    rows = DailyMetric.objects.filter(
        campaign__in=campaign_ids, level="campaign", spend_micros__gt=0
    )
    days = rows.values_list("campaign").annotate(Min("day"), Max("day"))
    return {pk: (first, last) for pk, first, last in days}


def _spends(campaign: Campaign, ended_at: datetime, spent: tuple[date, date] | None) -> bool:
    """Whether spend was read of after the review. Of the day itself only where it is the first:
    before that, other ads may have spent it."""
    if spent is None:
        return False
    day = ended_at.astimezone(dates.zone(campaign.account.time_zone)).date()
    first, last = spent
    return last > day or first == day
