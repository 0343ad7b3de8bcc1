"""When a test has nothing left to find, it ends by itself."""

from __future__ import annotations

from core.common.errors import InvalidMove
from core.models import Actor
from optimization.ab_tests.lifecycle import stop_test
from optimization.ab_tests.running import running_arms
from optimization.models import ABTest, Analysis, Decision
from optimization.stats.ab.verdicts.rules import SCALE_DAYS

State = Decision.State
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
        stop_test(actor=actor, test=test)
    except InvalidMove:  # somebody ended it at this moment
        test.refresh_from_db(fields=["state", "ended_on"])
    return why


def end_if_over_now(*, actor: Actor, test: ABTest) -> str:
    """The same after its decisions or arms have changed: everything is read again. A test that
    ended meanwhile was decided."""
    fresh = ABTest.objects.select_related("campaign__account__advertiser").get(pk=test.pk)
    if fresh.state == ABTest.State.STOPPED:
        return "decided"
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
        return "decided" if _raise_is_settled(test, newest, decisions) else ""
    if is_past:
        return "the planned days are over"
    return "only one of its arms still runs" if running == 1 else ""


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
