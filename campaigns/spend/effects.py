"""What a change does to the two figures of a campaign, before it is asked for or sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from campaigns.models import AdGroup, Campaign, PublishRequest, Wanted
from campaigns.spend import approvals
from campaigns.spend.max_spend import NOTHING, SpendFigures
from campaigns.spend.terms import (
    Terms,
    has_own_budget,
    largest_if_on,
    largest_of,
    remote_terms,
    spend_so_far,
    wanted_terms,
)
from core.common import dates

Operation, Target = PublishRequest.Operation, PublishRequest.Target
SENDING = "creating, enabling and raising"


@dataclass(frozen=True)
class Effect:
    """What a change does to the two figures. `before` is the larger of what is wanted and what is
    there."""

    before: SpendFigures
    after: SpendFigures
    terms: Terms
    what: str
    """In words, for who is refused: "raising budgets"."""
    is_moved: bool = False
    """The dates of a campaign that has not started move, and nothing else, and so many days at
    that budget are approved."""

    @property
    def lifts(self) -> bool:
        """Whether a figure rises, if only by the calendar."""
        return self.after.lifts(self.before)

    @property
    def is_raise(self) -> bool:
        return not self.is_moved and self.lifts


# ---- what a wish would do ------------------------------------------------------------------


def of_enabling(campaign: Campaign) -> Effect:
    """A paused campaign spends nothing."""
    so_far = spend_so_far(campaign)
    after = wanted_terms(campaign).switched(True)
    return Effect(largest_of(campaign, so_far), after.figures(so_far), after, "enabling campaigns")


def of_budget(campaign: Campaign, micros: int) -> Effect:
    return _as_if_on(campaign, wanted_terms(campaign).with_daily(micros), "raising budgets")


def of_dates(campaign: Campaign, start: date | None, end: date | None) -> Effect:
    wanted = wanted_terms(campaign)
    after = wanted.with_dates(start, end)
    today = dates.today(campaign.account.time_zone)
    moves = _is_moved(wanted, after, today) and approvals.is_approved_flight(campaign, after)
    return _as_if_on(campaign, after, "running on more days", is_moved=moves)


def of_group(campaign: Campaign, group: AdGroup) -> Effect:
    """Switching an ad group on; without a budget of its own it changes neither figure."""
    after = wanted_terms(campaign, also=group)
    return _as_if_on(campaign, after, "switching on ad groups with a budget")


def _as_if_on(campaign: Campaign, after: Terms, what: str, *, is_moved: bool = False) -> Effect:
    """Budgets and dates of a paused campaign are held as those of a running one: it would spend
    them as soon as it is resumed."""
    so_far = spend_so_far(campaign)
    before, after = largest_if_on(campaign, so_far), after.switched(True)
    return Effect(before, after.figures(so_far), after, what, is_moved)


def _is_moved(before: Terms, after: Terms, today: date) -> bool:
    """The same number of days, before the first of them: the figure may rise by the calendar
    alone."""
    if before.is_on != after.is_on or len(before.budgets) != 1 or len(after.budgets) != 1:
        return False
    old, new = before.budgets[0], after.budgets[0]
    if old.first is None or old.last is None or new.first is None or new.last is None:
        return False
    if before.ran_from is not None and before.ran_from <= today:
        return False
    same = old.daily_micros == new.daily_micros and old.total_micros == new.total_micros
    return same and old.last - old.first == new.last - new.first and old.first > today


# ---- what sending a request would do ---------------------------------------------------------


def raises_spend(request: PublishRequest) -> bool:
    """Whether carrying it out lifts a figure above what is there now; creating counts."""
    return effect_of(request) is not None


def lowers_spend(request: PublishRequest) -> bool:
    """Whether it can only lower what is spent. Switching off does, whatever stands there; a budget
    or dates do where they lift neither figure and leave less of one. What leaves both as they are,
    a new name or a wish for what is there already, does not."""
    if request.operation == Operation.SET_STATUS:
        return bool(request.payload["to"] != Wanted.ACTIVE)
    change = None if request.operation in PublishRequest.CREATES else _change_of(request)
    return change is not None and change.before.lifts(change.after) and not change.is_raise


def effect_of(request: PublishRequest) -> Effect | None:
    """What a request would raise on the platform as it is now; None where it raises nothing."""
    change = _change_of(request)
    counts = change is not None and (change.is_raise or request.operation in PublishRequest.CREATES)
    return change if counts else None


def lifts_a_figure(request: PublishRequest) -> bool:
    """Also by moving dates, which needs no approval: what the stop switch halts."""
    change = _change_of(request)
    return change is not None and (change.lifts or request.operation in PublishRequest.CREATES)


def _change_of(request: PublishRequest) -> Effect | None:
    """From what is there to what it would leave; None where it moves no figure."""
    campaign, operation = request.campaign, request.operation
    there, after = remote_terms(campaign), None
    if operation in PublishRequest.CREATES:
        so_far = spend_so_far(campaign)
        wanted = wanted_terms(campaign).switched(True)
        return Effect(NOTHING, wanted.figures(so_far), wanted, SENDING)
    if operation == Operation.SET_STATUS:
        after = _after_status(request, there)
    elif operation == Operation.SET_BUDGET:
        there = _there_for_budget(request, there.switched(True))
        after = there.with_daily(request.payload["micros"])
    elif operation == Operation.UPDATE_CAMPAIGN:
        there = _there_for_dates(request, there.switched(True))
        after = _after_update(request, there)
    if after is None:
        return None
    so_far = spend_so_far(campaign)
    moves = (
        operation == Operation.UPDATE_CAMPAIGN
        and _is_moved(there, after, so_far.today)
        and approvals.is_approved_flight(campaign, after)
    )
    return Effect(there.figures(so_far), after.figures(so_far), after, SENDING, moves)


def _there_for_budget(request: PublishRequest, there: Terms) -> Terms:
    """What the platform never stated is what was wanted before."""
    if request.campaign.remote_daily_budget_micros is not None:
        return there
    return there.with_daily(request.payload.get("before") or 0)


def _there_for_dates(request: PublishRequest, there: Terms) -> Terms:
    if request.campaign.remote_dates_known or not there.budgets:
        return there
    before, present = request.payload.get("before") or {}, there.budgets[0]
    start = _day(before["start"]) if "start" in before else present.first
    end = _day(before["end"]) if "end" in before else present.last
    return there.with_dates(start, end)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _after_status(request: PublishRequest, there: Terms) -> Terms | None:
    if request.payload["to"] != Wanted.ACTIVE:
        return None
    if request.target_type == Target.CAMPAIGN:
        return wanted_terms(request.campaign).switched(True)
    if request.target_type == Target.AD_GROUP:
        group = AdGroup.objects.get(pk=request.target_id)
        return remote_terms(request.campaign, also=group) if has_own_budget(group) else None
    return None


def _after_update(request: PublishRequest, there: Terms) -> Terms | None:
    to = request.payload["to"]
    if ("start" not in to and "end" not in to) or not there.budgets:
        return None
    present = there.budgets[0]
    start, end = _day(to.get("start")), _day(to.get("end"))
    return there.with_dates(start or present.first, end or present.last)
