"""When budgets are not moved: the pool's figures are stale, broken, too few, or off their plan."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from adsengine.common import clock, dates
from adsengine.models import Advertiser
from campaigns.models import Campaign
from optimization.models import Rebalance
from optimization.stats.budget_freezes import Freeze, check_freezes

PLAN_DAYS = 3
REST_AFTER_ROLL_BACK = timedelta(days=7)


def found(
    advertiser: Advertiser, currency: str, campaigns: list[Campaign], inputs: list[dict[str, Any]]
) -> tuple[Freeze, ...]:
    """The reasons that hold now; empty when budgets may move."""
    unread = [c.account for c in campaigns if c.account.synced_market_at is None]
    if unread:
        return (Freeze("stale_data", f"The figures of {unread[0]} were never read.", None),)
    spent, planned = _spent_and_planned(inputs)
    frozen = check_freezes(
        inputs,
        currency=currency,
        as_of=dates.today(advertiser.time_zone),
        data_age_hours=_age_hours(campaigns),
        spent=spent,
        planned=planned,
    )
    return frozen + _resting(advertiser, currency)


def _age_hours(campaigns: list[Campaign]) -> float:
    """Of the account whose figures are the oldest."""
    synced = [campaign.account.synced_market_at for campaign in campaigns]
    ages = [clock.now() - at for at in synced if at is not None]
    return max(ages, default=timedelta(0)) / timedelta(hours=1)


def _spent_and_planned(inputs: list[dict[str, Any]]) -> tuple[float, float]:
    """Spend and budgets of the newest three days: one day alone may go over by design."""
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


def _resting(advertiser: Advertiser, currency: str) -> tuple[Freeze, ...]:
    """After a roll-back the restored budgets get a week to show what they bring."""
    since = clock.now() - REST_AFTER_ROLL_BACK
    rolled = Rebalance.objects.filter(
        advertiser=advertiser, currency=currency, settings__roll_back=True, market_at__gt=since
    ).first()
    if rolled is None:
        return ()
    until = rolled.market_at + REST_AFTER_ROLL_BACK
    return (
        Freeze(
            "rolled_back",
            f"Budgets were rolled back on {rolled.market_at:%-d %b}; they rest until "
            f"{until:%-d %b}.",
            None,
        ),
    )
