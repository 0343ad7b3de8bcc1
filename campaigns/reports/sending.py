"""Sends scheduled reports, each slot once.

The row of the slot says "sending" before the mail server hears of it and is settled after. What
the server refused is tried again; where its answer was lost nobody knows, and nothing is sent a
second time.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.db import transaction
from django.db.models import QuerySet

from campaigns.models import ReportSchedule, SentReport
from campaigns.reports.mail import message_of
from campaigns.reports.slots import newest_slot, slot_on
from core.common import clock
from core.common.errors import AdsEngineError
from core.mails.once import Outcome, send_once
from core.models import Incident, Membership

State = SentReport.State


def due() -> Iterator[tuple[ReportSchedule, date]]:
    """Active schedules whose newest slot has begun and is not settled."""
    schedules = list(ReportSchedule.objects.filter(active=True).select_related("advertiser"))
    settled = set(
        SentReport.objects.filter(
            schedule__in=[s.pk for s in schedules], state__in=SentReport.FINAL
        ).values_list("schedule_id", "slot")
    )
    for schedule in schedules:
        slot = newest_slot(schedule, clock.market_now())
        if slot.at >= schedule.since and (schedule.pk, slot.day) not in settled:
            yield schedule, slot.day


def send(schedule: ReportSchedule, day: date) -> SentReport:
    """The report of a slot; the row of one that is settled comes back as it is. Raises OSError
    when the mail server cannot be reached or refuses: it may be tried again."""
    row, _ = SentReport.objects.get_or_create(
        schedule=schedule,
        slot=day,
        defaults={"advertiser": schedule.advertiser, "name": schedule.name},
    )
    if row.state == State.SENDING:
        return _settle(row, State.UNKNOWN, "The sender stopped before the mail server answered.")
    if row.state != State.WAITING:
        return row
    to = recipients_of(schedule)
    if not to:
        return _settle(row, State.FAILED, "No recipient is a member with an address any more.")
    return _send(row, schedule, to)


def recipients_of(schedule: ReportSchedule) -> list[str]:
    """Addresses of those who may still see the advertiser."""
    members = Membership.objects.filter(advertiser=schedule.advertiser).values("user")
    people = schedule.recipients.filter(pk__in=members, is_active=True).exclude(email="")
    return list(people.order_by("email").values_list("email", flat=True))


def _send(row: SentReport, schedule: ReportSchedule, to: list[str]) -> SentReport:
    try:
        # A report that is late is still of its own day.
        with clock.freeze(slot_on(schedule, row.slot).at):
            mail = message_of(schedule, to)
    except AdsEngineError as err:
        return _settle(row, State.FAILED, err.user_message)
    rows = SentReport.objects.filter(pk=row.pk)
    waiting = rows.filter(state=State.WAITING)
    outcome, why = send_once(
        mail,
        claim=lambda: bool(waiting.update(state=State.SENDING, recipients=to)),
        give_back=lambda why: _give_back(rows, why),
    )
    if outcome == Outcome.TAKEN:
        return row
    return _settle(row, State.SENT if outcome == Outcome.SENT else State.UNKNOWN, why)


def _give_back(rows: QuerySet[SentReport], why: str) -> None:
    rows.update(state=State.WAITING, error=why[:500])


@transaction.atomic
def _settle(row: SentReport, state: State, error: str) -> SentReport:
    row.state, row.error = state, error[:500]
    row.sent_at = clock.real_now() if state == State.SENT else None
    row.save(update_fields=["state", "error", "sent_at"])
    key = f"report:{row.schedule_id}"
    if state == State.SENT:
        Incident.resolve(row.advertiser, key)
    else:
        Incident.open(
            row.advertiser,
            key,
            title=f"The report “{row.name}” was {row.get_state_display()}",
            detail=row.error,
            at_stake=f"Its readers may lack the report of {row.slot}.",
            next_step="Look at the schedule on the Analytics page and correct or remove it.",
            url=f"/a/{row.advertiser.slug}/analytics/",
        )
    return row
