"""Reports that are sent by e-mail: who sets them up, and what they may hold."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.http import QueryDict

from campaigns.analytics import strict_query
from campaigns.models import ReportSchedule
from campaigns.presentation.number_format import STYLES
from core.common import clock
from core.common.errors import InvalidInput
from core.models import Actor, Advertiser, AuditAction, Membership, User, record

MOST = 50


@transaction.atomic
def schedule_report(
    *,
    actor: Actor,
    advertiser: Advertiser,
    name: str,
    cadence: str,
    hour: int,
    style: str,
    recipients: Sequence[User],
    query: str,
) -> ReportSchedule:
    """Send what the query shows from the next slot on. Raises InvalidInput or InputErrors, by
    field: an unknown cadence, hour, style or query, no recipients, or some who are no members."""
    _check(advertiser, cadence, hour, style, recipients)
    made = ReportSchedule.objects.create(
        advertiser=advertiser,
        name=" ".join(name.replace("\x00", "").split())[:120] or "Report",
        cadence=cadence,
        hour=hour,
        style=style,
        query=_relative_query(advertiser, query),
        created_by=actor.name[:150],
    )
    made.recipients.set(recipients)
    after = {"cadence": cadence, "hour": hour, "recipients": [str(user) for user in recipients]}
    record(actor, AuditAction.SCHEDULE_REPORT, made, advertiser=advertiser, after=after)
    return made


@transaction.atomic
def switch_report(*, actor: Actor, schedule: ReportSchedule, active: bool) -> None:
    """Rest or go on. Slots that passed meanwhile are not made up for."""
    if schedule.active == active:
        return
    before = {"active": schedule.active}
    schedule.active, schedule.since = active, clock.market_now()
    schedule.save(update_fields=["active", "since"])
    record(
        actor,
        AuditAction.SWITCH_REPORT,
        schedule,
        advertiser=schedule.advertiser,
        before=before,
        after={"active": active},
    )


@transaction.atomic
def remove_report(*, actor: Actor, schedule: ReportSchedule) -> None:
    """What was sent stays in the ledger."""
    record(actor, AuditAction.REMOVE_REPORT, schedule, advertiser=schedule.advertiser)
    schedule.delete()


def _check(
    advertiser: Advertiser, cadence: str, hour: int, style: str, recipients: Sequence[User]
) -> None:
    if cadence not in ReportSchedule.Cadence.values:
        raise InvalidInput(f"{cadence!r} is not a cadence here.", field="cadence")
    if not 0 <= hour <= 23:
        raise InvalidInput("The hour is 0 to 23.", field="hour")
    if style not in STYLES:
        raise InvalidInput(f"{style!r} is not a style of numbers here.", field="style")
    if not recipients:
        raise InvalidInput("Choose at least one recipient.", field="recipients")
    members = Membership.objects.filter(advertiser=advertiser, user__in=recipients)
    if members.count() != len({user.pk for user in recipients}):
        raise InvalidInput("Only members may get reports.", field="recipients")
    if ReportSchedule.objects.filter(advertiser=advertiser).count() >= MOST:
        raise InvalidInput(f"There are {MOST} reports already. Remove one first.", field="name")


def _relative_query(advertiser: Advertiser, text: str) -> str:
    """The query as it is kept. Fixed days would send the same report again and again."""
    query = strict_query(QueryDict(text), advertiser)
    if query.scope.is_custom or ".." in query.compare:
        raise InvalidInput(
            "A report needs days that move along, such as the last 7 days or the last month.",
            field="query",
        )
    if query.as_of is not None:
        raise InvalidInput("A report shows the figures of its own day.", field="query")
    if len(query.text) > 1000:
        raise InvalidInput("This view is too long to keep.", field="query")
    return query.text
