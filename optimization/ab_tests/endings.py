"""When a test has nothing left to find, it ends by itself."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Max, Q

from campaigns.models import DailyMetric, Level, PublishRequest, Wanted
from core.common import dates
from core.common.errors import InvalidMove
from core.models import Actor
from optimization.ab_tests.lifecycle import stop_test
from optimization.ab_tests.running import running_arms
from optimization.models import ABTest, Analysis, Decision
from optimization.stats.ab.verdicts.rules import SCALE_DAYS

State = Decision.State
IDLE = timedelta(days=7)
DECIDED = "decided"
_UNANSWERED = frozenset({State.NOTED, State.EXPIRED})


def end_if_over(*, actor: Actor, test: ABTest, newest: Analysis, running: int) -> str:
    """End the test where it is over; returns why, or nothing where it goes on. `running`: how many
    of its arms run."""
    if test.state != ABTest.State.RUNNING:
        return ""
    why = reason_to_end(test, newest, running)
    if not why:
        return ""
    try:
        stop_test(actor=actor, test=test, reason=f"It ends by itself: {why}.")
    except InvalidMove:  # somebody ended it at this moment
        test.refresh_from_db(fields=["state", "ended_on"])
    return why


def end_if_over_now(*, actor: Actor, test: ABTest) -> str:
    """The same after its decisions or arms have changed: everything is read again. Of a test that
    ended meanwhile its verdict says why."""
    fresh = ABTest.objects.select_related("campaign__account__advertiser").get(pk=test.pk)
    if fresh.state == ABTest.State.STOPPED:
        return DECIDED if fresh.status == ABTest.Status.WINNER else "it had been ended before"
    newest, running = fresh.analyses.first(), running_arms([fresh])[fresh.pk]
    if newest is None:
        return ""
    return end_if_over(actor=actor, test=fresh, newest=newest, running=running)


def reason_to_end(test: ABTest, newest: Analysis, running: int) -> str:
    """Why a running test is over; empty while it is not. A pause that waits for a person holds it
    open for its planned days, so that newer figures can still withdraw it; afterwards the pause
    waits without it. A raise needs its test."""
    decisions = list(test.decisions.all())
    waiting = [one for one in decisions if one.state == State.PROPOSED]
    is_past = newest.is_usable and newest.stored_result.elapsed_days >= test.planned_days
    if waiting and not (is_past and all(one.is_pause for one in waiting)):
        return ""
    if test.status == ABTest.Status.WINNER:
        return DECIDED if _raise_is_settled(test, newest, decisions) else ""
    if is_past:
        return "the planned days are over"
    return "" if running > 1 else _too_few_run(test, running)


def _too_few_run(test: ABTest, running: int) -> str:
    """One arm has nothing to be compared with; where none runs it may be for a few days only."""
    switched_on = PublishRequest.objects.filter(
        campaign=test.campaign_id, state__in=PublishRequest.OPEN, payload__to=Wanted.ACTIVE
    )
    if switched_on.exists():  # an arm may be among what runs again in a moment
        return ""
    if running:
        return "only one of its arms still runs"
    is_idle = dates.today(test.campaign.account.time_zone) - _last_delivery(test) > IDLE
    return f"none of its arms has run for {IDLE.days} days" if is_idle else ""


def _last_delivery(test: ABTest) -> date:
    """The last day on which an arm was shown; its first day where none was."""
    arms = test.arms.values_list("ad_id", "ad_group_id")
    ads, groups = {ad for ad, _ in arms}, {group for _, group in arms}
    rows = DailyMetric.objects.filter(
        Q(ad__in=ads - {None}) | Q(ad__ad_group__in=groups - {None}),
        campaign=test.campaign_id,
        level=Level.AD,
        impressions__gt=0,
    )
    newest: date | None = rows.aggregate(day=Max("day"))["day"]
    return newest or test.started_on


def _raise_is_settled(test: ABTest, newest: Analysis, decisions: list[Decision]) -> bool:
    """Whether the winner's budget was raised or answered, or no raise follows. Against a target the
    winner is judged from the seventh day on, and a raise waits until it has most of the delivery:
    at the latest the planned days end that."""
    raises = [one for one in decisions if one.action == Decision.Action.SCALE]
    if any(one.state not in _UNANSWERED for one in raises):
        return True
    stored = newest.stored_result
    if stored.elapsed_days >= test.planned_days:
        return True
    if stored.scale_ids:
        return False
    return not _has_target(newest) or stored.elapsed_days >= SCALE_DAYS


def _has_target(newest: Analysis) -> bool:
    given = (newest.settings.get("target_roas"), newest.settings.get("target_cpa"))
    return any(target is not None for target in given)
