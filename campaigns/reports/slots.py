"""When a scheduled report is due: at an hour of the advertiser's day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from campaigns.models import ReportSchedule
from core.common import dates


@dataclass(frozen=True)
class Slot:
    """A day of the advertiser's zone, and the instant of the hour on it."""

    day: date
    at: datetime


def newest_slot(schedule: ReportSchedule, now: datetime) -> Slot:
    """The last one that has begun. Older ones that were missed are not made up for."""
    slot = slot_on(schedule, _anchor(schedule, dates.today(schedule.advertiser.time_zone, now)))
    if slot.at <= now:
        return slot
    return slot_on(schedule, _anchor(schedule, slot.day - timedelta(days=1)))


def next_slot(schedule: ReportSchedule, now: datetime) -> Slot:
    newest = newest_slot(schedule, now)
    later = {"daily": 1, "weekly": 7, "monthly": dates.month_of(newest.day).days}
    return slot_on(schedule, newest.day + timedelta(days=later[schedule.cadence]))


def _anchor(schedule: ReportSchedule, day: date) -> date:
    if schedule.cadence == ReportSchedule.Cadence.WEEKLY:
        return dates.week_of(day).first
    return day.replace(day=1) if schedule.cadence == ReportSchedule.Cadence.MONTHLY else day


def slot_on(schedule: ReportSchedule, day: date) -> Slot:
    zone = dates.zone(schedule.advertiser.time_zone)
    return Slot(day, datetime.combine(day, time(schedule.hour), zone).astimezone(UTC))
