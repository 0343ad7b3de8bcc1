"""The daily rows of a pool's campaigns as arrays, with the budget that stood on each day."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

import numpy as np

from campaigns.models import Campaign, CampaignBudgetChange, DailyMetric, Level
from core.common import dates
from core.common.measures import COLUMNS, MEASURES, MONEY
from core.common.money import MICROS

HISTORY_DAYS = 56
CHUNK = 5000  # SQLite bounds the number of parameters
Columns = dict[str, np.ndarray[Any, Any]]
Steps = list[tuple[date, int]]


def histories(campaigns: list[Campaign]) -> dict[int, Columns]:
    """Campaign id to its columns date, budget, spend, impressions, clicks, conversions, revenue:
    the last 56 days that are over in the account's zone, oldest first; money in major units."""
    steps, rows = _budget_steps(campaigns), _rows(campaigns)
    ids = np.fromiter((row[0] for row in rows), dtype=np.int64, count=len(rows))
    days = np.array([row[1] for row in rows], dtype="datetime64[D]")
    table = {name: _column(rows, at, name) for at, name in enumerate(MEASURES, start=2)}
    starts = np.searchsorted(ids, [campaign.pk for campaign in campaigns])
    ends = np.searchsorted(ids, [campaign.pk for campaign in campaigns], side="right")
    return {
        campaign.pk: _slice(campaign, days, table, slice(start, end), steps.get(campaign.pk, []))
        for campaign, start, end in zip(campaigns, starts.tolist(), ends.tolist(), strict=True)
    }


def _column(rows: list[Any], at: int, name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    values = np.fromiter((row[at] for row in rows), dtype=np.float64, count=len(rows))
    return values / MICROS if name in MONEY else values


def _rows(campaigns: list[Campaign]) -> list[Any]:
    """By campaign id and day."""
    zones = {campaign.account.time_zone for campaign in campaigns}
    today = {zone: dates.today(zone) for zone in zones}
    ends = {c.pk: today[c.account.time_zone] for c in campaigns}
    oldest = min(today.values(), default=date.min + timedelta(days=HISTORY_DAYS))
    since = oldest - timedelta(days=HISTORY_DAYS)
    found: list[Any] = []
    ids = sorted(ends)
    for start in range(0, len(ids), CHUNK):
        rows = DailyMetric.objects.filter(
            entity_id__in=ids[start : start + CHUNK], level=Level.CAMPAIGN, day__gte=since
        )
        ordered = rows.order_by("entity_id", "day").values_list("entity_id", "day", *COLUMNS)
        # Today is not over: its figures would read as a fall.
        found += [row for row in ordered if row[1] < ends[row[0]]]
    return found


def _slice(campaign: Campaign, days: Any, table: Columns, part: slice, steps: Steps) -> Columns:
    day = days[part]
    return {
        "date": day,
        "budget": _budgets(day, campaign, steps),
        **{name: column[part] for name, column in table.items()},
    }


def _budgets(
    day: np.ndarray[Any, Any], campaign: Campaign, steps: Steps
) -> np.ndarray[Any, np.dtype[np.float64]]:
    if not steps:
        return np.full(len(day), (campaign.daily_budget_micros or 0) / MICROS)
    since = np.array([step[0] for step in steps], dtype="datetime64[D]")
    micros = np.array([step[1] for step in steps], dtype=np.float64)
    return micros[np.searchsorted(since, day, side="right") - 1] / MICROS


def budgets_on(campaigns: list[Campaign], day: date) -> dict[int, int]:
    """Campaign id to the micros a day that its budget was, by the end of that day."""
    steps = _budget_steps(campaigns)
    found = {}
    for campaign in campaigns:
        before = [micros for since, micros in steps.get(campaign.pk, []) if since <= day]
        found[campaign.pk] = before[-1] if before else campaign.daily_budget_micros or 0
    return found


def _budget_steps(campaigns: list[Campaign]) -> dict[int, Steps]:
    """Campaign id to (day, budget from then on), from its changes."""
    by_id = {c.pk: c for c in campaigns}
    steps: dict[int, Steps] = defaultdict(list)
    ids = list(by_id)
    for start in range(0, len(ids), CHUNK):
        changes = CampaignBudgetChange.objects.filter(
            campaign__in=ids[start : start + CHUNK]
        ).order_by("market_at", "id")
        for pk, old, new, at in changes.values_list(
            "campaign_id", "old_micros", "new_micros", "market_at"
        ):
            mine = steps[pk]
            if not mine:
                mine.append((date.min, old or 0))
            mine.append((dates.today(by_id[pk].account.time_zone, at), new))
    return steps
