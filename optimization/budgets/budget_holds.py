"""When budgets are not moved: the pool's data is stale, incomplete or too little, or spend is off
plan."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from campaigns.models import Campaign, CampaignBudgetChange
from core.common import clock, dates
from core.models import AUTOMATIC_KINDS, Advertiser
from optimization.budgets.pool_history import CHUNK
from optimization.holds.learning import hold_reasons
from optimization.models import Rebalance
from optimization.stats.budget.budget_holds import MAX_DATA_AGE_HOURS, BudgetHold, check_holds
from platforms.models import PlatformLimits

PLAN_DAYS = 3
COOLDOWN_AFTER_ROLL_BACK = timedelta(days=7)
LONGEST_DAY = timedelta(hours=25)


def current_holds(
    advertiser: Advertiser, currency: str, campaigns: list[Campaign], inputs: list[dict[str, Any]]
) -> tuple[BudgetHold, ...]:
    """The holds of the pool; empty when its budgets may move."""
    stale = stale_data_holds(campaigns) + _stop_switch_holds(advertiser)
    if stale:
        return stale
    spent, planned = _spent_and_planned(inputs)
    holds = check_holds(
        inputs,
        currency=currency,
        as_of=dates.today(advertiser.time_zone),
        data_age_hours=_age_hours(campaigns),
        spent=spent,
        planned=planned,
    )
    return holds + _roll_back_holds(advertiser, currency)


def stale_data_holds(campaigns: list[Campaign]) -> tuple[BudgetHold, ...]:
    """A hold where the data is too old for any action."""
    unread = [c.account for c in campaigns if c.account.synced_market_at is None]
    if unread:
        return (BudgetHold("stale_data", f"The figures of {unread[0]} were never read.", None),)
    hours = _age_hours(campaigns)
    if hours > MAX_DATA_AGE_HOURS:
        return (BudgetHold("stale_data", f"The newest figures are {hours:.0f} hours old.", None),)
    return ()


def _stop_switch_holds(advertiser: Advertiser) -> tuple[BudgetHold, ...]:
    """The stop switch would let cuts pass and refuse the raises that they pay for."""
    if not Advertiser.objects.filter(pk=advertiser.pk, stopped_at__isnull=False).exists():
        return ()
    return (BudgetHold("stopped", "The stop switch is on: no budget can be raised.", None),)


def _age_hours(campaigns: list[Campaign]) -> float:
    """Age of the data of the account that was read longest ago."""
    synced = [campaign.account.synced_market_at for campaign in campaigns]
    ages = [clock.market_now() - at for at in synced if at is not None]
    return max(ages, default=timedelta(0)) / timedelta(hours=1)


def _spent_and_planned(inputs: list[dict[str, Any]]) -> tuple[float, float]:
    """Spend and budgets of the newest three days: platforms may overspend on a single day."""
    newest = [row["history"]["date"][-1] for row in inputs if len(row["history"]["date"])]
    if not newest:
        return 0.0, 0.0
    since = max(newest) - PLAN_DAYS
    spent = planned = 0.0
    for row in inputs:
        days = row["history"]["date"] > since
        spent += float(row["history"]["spend"][days].sum())
        planned += float(row["history"]["budget"][days].sum())
    return spent, planned


def _roll_back_holds(advertiser: Advertiser, currency: str) -> tuple[BudgetHold, ...]:
    """After a roll-back the restored budgets are kept for a week."""
    since = clock.market_now() - COOLDOWN_AFTER_ROLL_BACK
    rolled = Rebalance.objects.filter(
        advertiser=advertiser,
        currency=currency,
        kind=Rebalance.Kind.ROLL_BACK,
        state__in=[Rebalance.State.APPLYING, Rebalance.State.APPLIED],
        market_at__gt=since,
    ).first()
    if rolled is None:
        return ()
    until = rolled.market_at + COOLDOWN_AFTER_ROLL_BACK
    return (
        BudgetHold(
            "rolled_back",
            f"Budgets were rolled back on {rolled.market_at:%-d %b}; they do not move until "
            f"{until:%-d %b}.",
            None,
        ),
    )


def cooldown_reasons(campaigns: list[Campaign]) -> dict[int, str]:
    """Campaign id to why no worker may raise its budget now. The guardrails would refuse the raise,
    and the budget that others gave up for it would stay unspent."""
    now = clock.market_now()
    stopped = _stopped_platforms(campaigns)
    found = {
        c.pk: "the stop switch of its platform is on"
        for c in campaigns
        if (c.account.advertiser_id, c.account.platform) in stopped
    }
    for campaign in campaigns:
        hours = campaign.account.advertiser.cool_down_hours
        last = campaign.budget_changed_at
        if last is not None and now < last + timedelta(hours=hours):
            found[campaign.pk] = f"it was changed less than {hours} hours ago"
    today = dict.fromkeys(_changed_today(campaigns), "a worker changed it today already")
    return found | today | hold_reasons(campaigns)


def _stopped_platforms(campaigns: list[Campaign]) -> set[tuple[int, str]]:
    owners = {campaign.account.advertiser_id for campaign in campaigns}
    on = PlatformLimits.objects.filter(advertiser__in=owners, stopped_at__isnull=False)
    return set(on.values_list("advertiser_id", "platform"))


def changed_by_people(campaigns: list[Campaign], since: date) -> set[int]:
    """Campaigns whose budget a person set by hand on that day or later: not by applying a
    rebalance."""
    found = set()
    zones = {c.pk: c.account.time_zone for c in campaigns}
    ids = list(zones)
    for start in range(0, len(ids), CHUNK):
        changes = CampaignBudgetChange.objects.filter(
            campaign__in=ids[start : start + CHUNK],
            origin=CampaignBudgetChange.Origin.DIRECT,
            market_at__gte=datetime.combine(since, time(0), UTC) - timedelta(days=1),
        ).exclude(actor_kind__in=AUTOMATIC_KINDS)
        for pk, at in changes.values_list("campaign_id", "market_at"):
            found |= {pk} if dates.today(zones[pk], at) >= since else set()
    return found


def _changed_today(campaigns: list[Campaign]) -> set[int]:
    zones = {c.pk: c.account.time_zone for c in campaigns}
    ids, since = list(zones), clock.market_now() - LONGEST_DAY
    found = set()
    for start in range(0, len(ids), CHUNK):
        newest = CampaignBudgetChange.objects.filter(
            campaign__in=ids[start : start + CHUNK],
            actor_kind__in=AUTOMATIC_KINDS,
            market_at__gt=since,
        ).exclude(origin=CampaignBudgetChange.Origin.RETURN)
        for pk, at in newest.values_list("campaign_id", "market_at"):
            if dates.today(zones[pk], at) == dates.today(zones[pk]):
                found.add(pk)
    return found
