"""Campaigns that platforms are learning: no worker moves their budgets until that is over.

Held are a campaign's first seven full days, and 72 hours after an edit that restarts learning, by
whoever made it. Source: the practice of the platforms' partners (72 hours after an edit).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Min

from campaigns.models import Campaign, DailyMetric, LearningEdit, Level
from core.common import clock, dates
from optimization.holds.budget_steps import large_steps

CHUNK = 5000  # SQLite bounds the number of parameters
AFTER_EDIT = timedelta(hours=72)
FIRST_DAYS = 7


@dataclass(frozen=True)
class LearningHold:
    """`until` is market time; `why` completes "it is left alone because …"."""

    until: datetime
    why: str

    def in_zone(self, zone: str) -> str:
        until = self.until.astimezone(ZoneInfo(zone))
        return f"{self.why}; it is left alone until {until:%-d %b %H:%M}"


def learning_holds(
    campaigns: list[Campaign], at: datetime | None = None
) -> dict[int, LearningHold]:
    """Campaign id to its hold now, or at the market time `at`; without an entry the budget may
    move. Where several hold it, the one that ends last."""
    at = at or clock.market_now()
    found: dict[int, LearningHold] = {}
    for pk, hold in _all_holds(campaigns):
        known = found.get(pk)
        if hold.until > at and (known is None or known.until < hold.until):
            found[pk] = hold
    return found


def hold_reasons(campaigns: list[Campaign], at: datetime | None = None) -> dict[int, str]:
    """Campaign id to why its budget is left alone, with the end in its account's time."""
    zones = {campaign.pk: campaign.account.time_zone for campaign in campaigns}
    return {pk: hold.in_zone(zones[pk]) for pk, hold in learning_holds(campaigns, at).items()}


def _all_holds(campaigns: list[Campaign]) -> Iterator[tuple[int, LearningHold]]:
    by_id = {campaign.pk: campaign for campaign in campaigns}
    ids = list(by_id)
    for start in range(0, len(ids), CHUNK):
        part = ids[start : start + CHUNK]
        yield from _first_days(part, by_id)
        yield from _budget_steps(part, by_id)
        yield from _edits(part)


def _first_days(
    ids: list[int], by_id: Mapping[int, Campaign]
) -> Iterator[tuple[int, LearningHold]]:
    """From its first day with spend; one that never spent has its first days ahead of it."""
    rows = DailyMetric.objects.filter(entity_id__in=ids, level=Level.CAMPAIGN, spend_micros__gt=0)
    first = dict(rows.values_list("entity_id").annotate(day=Min("day")))
    for pk in ids:
        zone = by_id[pk].account.time_zone
        day = first.get(pk) or dates.today(zone)
        yield pk, LearningHold(_first_moment(day, zone), "it is in its first seven full days")


def _first_moment(day: date, zone: str) -> datetime:
    """When seven full days are over: the first day is rarely a full one."""
    over = day + timedelta(days=FIRST_DAYS + 1)
    return datetime.combine(over, time(0), ZoneInfo(zone)).astimezone(UTC)


def _budget_steps(
    ids: list[int], by_id: Mapping[int, Campaign]
) -> Iterator[tuple[int, LearningHold]]:
    for step in large_steps(ids, since=clock.market_now() - AFTER_EDIT):
        account = by_id[step.campaign_id].account
        old, new = account.money(step.old_micros), account.money(step.new_micros)
        why = f"its budget was changed from {old} to {new} a day"
        yield step.campaign_id, LearningHold(step.market_at + AFTER_EDIT, why)


def _edits(ids: list[int]) -> Iterator[tuple[int, LearningHold]]:
    since = clock.market_now() - AFTER_EDIT
    rows = LearningEdit.objects.filter(campaign__in=ids, market_at__gt=since, new_micros=None)
    for edit in rows:
        yield edit.campaign_id, LearningHold(edit.market_at + AFTER_EDIT, edit.get_cause_display())
