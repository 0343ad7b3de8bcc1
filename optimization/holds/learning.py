"""Campaigns that platforms are learning: no worker moves their budgets until that is over.

Held are a campaign's first seven full days, and 72 hours after an edit that restarts learning, by
whoever made it. Source: the practice of the platforms' partners (72 hours after an edit).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Min

from campaigns.models import Campaign, CampaignBudgetChange, DailyMetric, LearningEdit, Level
from core.common import clock, dates
from core.common.measures import is_learning_step

CHUNK = 5000  # SQLite bounds the number of parameters
AFTER_EDIT = timedelta(hours=72)
FIRST_DAYS = 7
STEP_WINDOW = timedelta(hours=24)
"""Steps of one day count together: four small ones are a large one."""


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
    since = clock.market_now() - AFTER_EDIT - STEP_WINDOW
    rows = CampaignBudgetChange.objects.filter(campaign__in=ids, market_at__gt=since)
    by_campaign: dict[int, list[CampaignBudgetChange]] = defaultdict(list)
    for row in rows.order_by("market_at", "id"):
        by_campaign[row.campaign_id].append(row)
    for pk, changes in by_campaign.items():
        for at, old, new in _large_steps(_made(changes)):
            account = by_id[pk].account
            why = f"its budget was changed from {account.money(old)} to {account.money(new)} a day"
            yield pk, LearningHold(at + AFTER_EDIT, why)


def _made(changes: list[CampaignBudgetChange]) -> list[CampaignBudgetChange]:
    """Without what the platform refused: the row that takes it back, and the changes since the
    budget that it goes back to. One that was replaced before it was sent is among these."""
    made: list[CampaignBudgetChange] = []
    for change in changes:
        if change.origin != CampaignBudgetChange.Origin.RETURN:
            made.append(change)
            continue
        since = [at for at, one in enumerate(made) if one.old_micros == change.new_micros]
        del made[since[-1] if since else -1 :]
    return made


def _large_steps(changes: list[CampaignBudgetChange]) -> Iterator[tuple[datetime, int, int]]:
    """When, from what and to what: against the budget of a day before."""
    for at, change in enumerate(changes):
        first = next(
            one for one in changes[: at + 1] if one.market_at > change.market_at - STEP_WINDOW
        )
        old = first.old_micros
        if old and is_learning_step(old, change.new_micros):
            yield change.market_at, old, change.new_micros


def _edits(ids: list[int]) -> Iterator[tuple[int, LearningHold]]:
    since = clock.market_now() - AFTER_EDIT
    for edit in LearningEdit.objects.filter(campaign__in=ids, market_at__gt=since):
        yield edit.campaign_id, LearningHold(edit.market_at + AFTER_EDIT, edit.get_cause_display())
