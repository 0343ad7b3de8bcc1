"""Queries for briefs and their plans; the number of queries does not depend on the rows."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Prefetch, QuerySet

from agents.models import ExecutionStep, Strategy
from agents.plans import budget_of_plan
from campaigns.models import Brief, Campaign, PublishRequest
from core.common.paging import Pages, paginate
from core.models import Advertiser

State = Strategy.State
RUNNING = frozenset({State.APPROVED, State.EXECUTING})
CAN_BE_PLANNED = frozenset({State.BLOCKED, State.REVIEW, State.FAILED, State.DECLINED})
STATE_LABELS: dict[str, tuple[str, str]] = {
    State.BLOCKED: ("Needs a correction", "bad"),
    State.REVIEW: ("Waits for approval", "wait"),
    State.APPROVED: ("Approved", "wait"),
    State.EXECUTING: ("Being launched", "wait"),
    State.LIVE: ("Live", "good"),
    State.FAILED: ("Launch failed", "bad"),
    State.REPLACED: ("Replaced", "off"),
    State.DECLINED: ("Declined", "off"),
}
# The next step of a plan. A brief shows the first that applies to one of its plans.
NEXT_STEPS: dict[str, str] = {
    State.FAILED: "See what failed",
    State.BLOCKED: "Correct the brief",
    State.REVIEW: "Review and approve",
    State.APPROVED: "Watch the launch",
    State.EXECUTING: "Watch the launch",
    State.DECLINED: "Plan again",
    State.LIVE: "See the campaigns",
}


@dataclass(frozen=True)
class BriefLine:
    brief: Brief
    states: list[tuple[str, str, str]]
    """Platform, state label and tone of each account."""
    next_step: str


def brief_lines(advertiser: Advertiser, page: str) -> tuple[list[BriefLine], Pages]:
    """The newest briefs first, each with its current strategies."""
    briefs = Brief.objects.filter(advertiser=advertiser)
    pages = paginate(briefs.count(), page)
    found = briefs.select_related("author").prefetch_related(
        Prefetch("strategies", current_strategies().select_related("account"), to_attr="current")
    )
    return [_line(brief, brief.current) for brief in found[pages.rows]], pages


def _line(brief: Brief, strategies: list[Strategy]) -> BriefLine:
    states = {strategy.state for strategy in strategies}
    step = next((word for state, word in NEXT_STEPS.items() if state in states), "Plan")
    state_labels = [
        (strategy.account.platform, *STATE_LABELS[strategy.state]) for strategy in strategies
    ]
    return BriefLine(brief, state_labels, step)


def current_strategies() -> QuerySet[Strategy]:
    """Strategies that no newer plan has replaced."""
    return Strategy.objects.exclude(state=State.REPLACED).order_by("account__platform", "pk")


def correction_scope(brief: Brief) -> tuple[list[str], dict[int, int]]:
    """For a correction of a brief: the names of the accounts where it runs already, and the other
    accounts with their parts of the total in micros. Both are empty where it runs nowhere: then
    the correction is a full copy."""
    plans = list(current_strategies().filter(brief=brief).select_related("account"))
    running = [s for s in plans if s.state in RUNNING | {State.LIVE}]
    if not running:
        return [], {}
    parts = {s.account_id: budget_of_plan(s.plan).total_micros for s in plans if s not in running}
    return [str(s.account) for s in running], parts


def strategies_to_show(advertiser: Advertiser) -> QuerySet[Strategy]:
    """Strategies with all that a card shows, so that more ads or steps need no more queries."""
    requests = PublishRequest.objects.only("pk", "state", "operation", "refusal")
    steps = ExecutionStep.objects.prefetch_related(Prefetch("requests", requests))
    return (
        Strategy.objects.filter(brief__advertiser=advertiser)
        .order_by("account__platform", "pk")
        .select_related("brief__advertiser", "account", "approval", "execution")
        .prefetch_related(
            Prefetch("execution__steps", steps),
            Prefetch("campaigns", Campaign.objects.select_related("account")),
            "campaigns__ad_groups__ads",
        )
    )
