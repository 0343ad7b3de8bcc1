"""Reads one allocation pool: an advertiser's managed, active campaigns in one currency."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet

from adsengine.common import dates
from adsengine.models import Advertiser, AuditEntry
from campaigns import guardrails
from campaigns.lifecycle import IS_OPTIMISED
from campaigns.models import Campaign, DailyMetric, Level
from platforms.models import AdAccount

HISTORY_DAYS = 56
_COLUMNS = ("impressions", "clicks")
Steps = list[tuple[date, int]]


def pool_campaigns(advertiser: Advertiser, currency: str) -> QuerySet[Campaign]:
    """The campaigns whose budgets may move."""
    return Campaign.objects.filter(
        IS_OPTIMISED,
        account__advertiser=advertiser,
        account__currency=currency,
        account__state=AdAccount.State.CONNECTED,
        budget_on__in=["campaign", "ad_group"],
        daily_budget_micros__gt=0,
    ).select_related("account__advertiser")


def pool_currencies(advertiser: Advertiser) -> list[str]:
    accounts = AdAccount.objects.filter(advertiser=advertiser, state=AdAccount.State.CONNECTED)
    return sorted(set(accounts.values_list("currency", flat=True)))


def allocation_inputs(campaigns: list[Campaign]) -> list[dict[str, Any]]:
    """The mappings that optimization.stats.budget.allocate takes; two queries in all."""
    history = _history(campaigns)
    return [
        {
            "id": campaign.pk,
            "platform": campaign.account.platform,
            "status": "active",
            "currency": campaign.account.currency,
            "min_budget": guardrails.minimum(campaign.account).amount,
            "current_budget": campaign.account.money(campaign.daily_budget_micros or 0).amount,
            "max_increase": float(campaign.account.advertiser.max_step),
            "history": history[campaign.pk],
        }
        for campaign in campaigns
    ]


def _history(campaigns: list[Campaign]) -> dict[int, dict[str, list[Any]]]:
    steps = _budget_steps(campaigns)
    empty: dict[int, dict[str, list[Any]]] = {
        c.pk: {
            name: []
            for name in (
                "date",
                "budget",
                "spend",
                "impressions",
                "clicks",
                "conversions",
                "revenue",
            )
        }
        for c in campaigns
    }
    today = {c.pk: dates.today(c.account.time_zone) for c in campaigns}
    oldest = min(today.values(), default=date.min)
    rows = DailyMetric.objects.filter(
        campaign_id__in=list(empty),
        level=Level.CAMPAIGN,
        day__gte=oldest - timedelta(days=HISTORY_DAYS) if campaigns else oldest,
    ).order_by("campaign_id", "day")
    for row in rows:
        if row.day < today[row.campaign_id]:  # today is not over: its figures would read as a fall
            _append(empty[row.campaign_id], row, _budget_on(steps[row.campaign_id], row.day))
    return empty


def _append(columns: dict[str, list[Any]], row: DailyMetric, budget_micros: int) -> None:
    columns["date"].append(row.day)
    columns["budget"].append(budget_micros / 1_000_000)
    columns["spend"].append(row.spend_micros / 1_000_000)
    columns["revenue"].append(row.revenue_micros / 1_000_000)
    columns["conversions"].append(float(row.conversions))
    for name in _COLUMNS:
        columns[name].append(getattr(row, name))


def _budget_steps(campaigns: list[Campaign]) -> dict[int, Steps]:
    """Campaign id to (day, budget from then on), from the audit entries of its changes."""
    by_id = {c.pk: c for c in campaigns}
    entries = AuditEntry.objects.filter(
        target_type="campaign", target_id__in=list(by_id), action="set daily budget"
    ).order_by("market_at", "id")
    steps: dict[int, Steps] = defaultdict(list)
    for entry in entries:
        campaign = by_id[entry.target_id or 0]
        if not steps[campaign.pk]:
            steps[campaign.pk].append((date.min, entry.before.get("micros") or 0))
        day = dates.today(campaign.account.time_zone, entry.market_at)
        steps[campaign.pk].append((day, entry.after["micros"]))
    for campaign in campaigns:
        if not steps[campaign.pk]:
            steps[campaign.pk].append((date.min, campaign.daily_budget_micros or 0))
    return steps


def _budget_on(steps: Steps, day: date) -> int:
    return steps[max(bisect_right(steps, (day, 1 << 62)) - 1, 0)][1]
