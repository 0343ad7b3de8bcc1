"""The daily rows of a pool's campaigns as arrays, with the budget that stood on each day."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

import numpy as np

from adsengine.common import dates
from adsengine.models import AuditEntry
from campaigns.models import Campaign, DailyMetric, Level

MICROS = 1_000_000
HISTORY_DAYS = 56
CHUNK = 5000  # SQLite bounds the number of parameters
NUMBERS = ("spend_micros", "revenue_micros", "impressions", "clicks", "conversions")
Columns = dict[str, np.ndarray[Any, Any]]
Steps = list[tuple[date, int]]


def histories(campaigns: list[Campaign]) -> dict[int, Columns]:
    """Campaign id to its columns date, budget, spend, impressions, clicks, conversions, revenue:
    the last 56 days that are over in the account's zone, oldest first; money in major units."""
    found = {campaign.pk: _columns([], campaign, []) for campaign in campaigns}
    by_id, steps = {c.pk: c for c in campaigns}, _budget_steps(campaigns)
    for pk, rows in _rows(campaigns).items():
        found[pk] = _columns(rows, by_id[pk], steps.get(pk, []))
    return found


def _rows(campaigns: list[Campaign]) -> dict[int, list[Any]]:
    zones = {campaign.account.time_zone for campaign in campaigns}
    today = {zone: dates.today(zone) for zone in zones}
    ends = {c.pk: today[c.account.time_zone] for c in campaigns}
    oldest = min(today.values(), default=date.min + timedelta(days=HISTORY_DAYS))
    since = oldest - timedelta(days=HISTORY_DAYS)
    found: dict[int, list[Any]] = defaultdict(list)
    ids = list(ends)
    for start in range(0, len(ids), CHUNK):
        rows = DailyMetric.objects.filter(
            entity_id__in=ids[start : start + CHUNK], level=Level.CAMPAIGN, day__gte=since
        )
        ordered = rows.order_by("entity_id", "day").values_list("entity_id", "day", *NUMBERS)
        for row in ordered.iterator(chunk_size=10_000):
            if row[1] < ends[row[0]]:  # today is not over: its figures would read as a fall
                found[row[0]].append(row)
    return found


def _columns(rows: list[Any], campaign: Campaign, steps: Steps) -> Columns:
    table = np.array([row[2:] for row in rows], dtype=np.float64).reshape(len(rows), len(NUMBERS))
    day = np.array([row[1] for row in rows], dtype="datetime64[D]")
    return {
        "date": day,
        "budget": _budgets(day, campaign, steps),
        "spend": table[:, 0] / MICROS,
        "revenue": table[:, 1] / MICROS,
        "impressions": table[:, 2].copy(),
        "clicks": table[:, 3].copy(),
        "conversions": table[:, 4].copy(),
    }


def _budgets(
    day: np.ndarray[Any, Any], campaign: Campaign, steps: Steps
) -> np.ndarray[Any, np.dtype[np.float64]]:
    if not steps:
        return np.full(len(day), (campaign.daily_budget_micros or 0) / MICROS)
    since = np.array([step[0] for step in steps], dtype="datetime64[D]")
    micros = np.array([step[1] for step in steps], dtype=np.float64)
    return micros[np.searchsorted(since, day, side="right") - 1] / MICROS


def _budget_steps(campaigns: list[Campaign]) -> dict[int, Steps]:
    """Campaign id to (day, budget from then on), from the audit entries of its changes."""
    by_id = {c.pk: c for c in campaigns}
    steps: dict[int, Steps] = defaultdict(list)
    ids = list(by_id)
    for start in range(0, len(ids), CHUNK):
        entries = AuditEntry.objects.filter(
            target_type="campaign",
            target_id__in=ids[start : start + CHUNK],
            action="set daily budget",
        ).order_by("market_at", "id")
        for pk, before, after, at in entries.values_list(
            "target_id", "before", "after", "market_at"
        ):
            assert pk is not None
            mine = steps[pk]
            if not mine:
                mine.append((date.min, before.get("micros") or 0))
            mine.append((dates.today(by_id[pk].account.time_zone, at), after["micros"]))
    return steps
