"""Plan a brief, approve or decline a plan, start and retry its execution."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q

from agents.contracts import ExecutionContext
from agents.execution.platform_check import check_had
from agents.execution.preflight import preflight
from agents.execution.remains import references_of
from agents.launching import EXECUTE_JOB, give_up, locked, retry, start, take_back
from agents.models import STRATEGY_MOVES, Approval, Strategy
from agents.planners import planner
from agents.planners.budget_split import split_budget
from agents.plans import (
    PLAN_VERSION,
    BudgetValidation,
    budget_of_plan,
    hash_of_plan,
    parse_plan,
)
from campaigns.briefs.selectors import patterns_of
from campaigns.guardrails import plan_approvals
from campaigns.models import Brief
from core.common import dates
from core.common.errors import InvalidInput, NotAllowed
from core.common.money import Money
from core.common.transitions import move
from core.jobs import enqueue
from core.lanes import work_lane
from core.models import Actor, AuditAction, AuditEntry, record
from core.policy import exceeds
from platforms.models import AdAccount
from platforms.registry import capabilities_of

__all__ = [
    "EXECUTE_JOB",
    "approve",
    "decline",
    "plan_brief",
    "retry",
    "start",
    "take_back",
]
PLAN_CHECK_JOB = "check_plan"
State = Strategy.State


def plan_brief(*, actor: Actor, brief: Brief, planner_name: str = "rules") -> list[Strategy]:
    """One strategy per ad account of the brief. Planning again replaces what was not launched."""
    budgets = split_budget(brief)
    shares = brief.shares.select_related("account__advertiser").order_by("account_id")
    with transaction.atomic():
        Brief.objects.select_for_update().get(pk=brief.pk)  # one planning of a brief at a time
        return [
            _plan_account(actor, brief, share.account, budgets[share.account_id], planner_name)
            for share in shares
        ]


def _plan_account(
    actor: Actor, brief: Brief, account: AdAccount, budget: BudgetValidation, planner_name: str
) -> Strategy:
    existing = Strategy.objects.filter(brief=brief, account=account)
    current = existing.exclude(state=State.REPLACED).last()
    if current is not None:
        if current.state in {State.APPROVED, State.EXECUTING, State.LIVE}:
            return current
        _replace(actor, current)
    context = ExecutionContext(
        brief=brief,
        account=account,
        capabilities=capabilities_of(account.platform),
        images=tuple(brief.images.order_by("pk")),
        budget=budget,
        patterns=patterns_of(brief.advertiser),
    )
    plan = planner(planner_name).plan(context)
    result = preflight(context, plan)
    strategy = Strategy.objects.create(
        brief=brief,
        account=account,
        state=State.REVIEW if result.ok else State.BLOCKED,
        plan=plan.text,
        plan_hash=hash_of_plan(plan.text),
        problems=[{"field": p.field, "message": p.message} for p in result.problems],
        planner=plan.planner,
        planned_by=actor.name[:150],
    )
    after = {"hash": strategy.plan_hash, "state": strategy.state}
    record(actor, AuditAction.PLAN, strategy, advertiser=brief.advertiser, after=after)
    request_check(strategy)
    return strategy


def request_check(strategy: Strategy) -> None:
    """Have the platform asked about a plan that waits for approval; once asked, nothing more."""
    if strategy.state == State.REVIEW and strategy.check_state == Strategy.Check.WAITING:
        account = strategy.account
        lane = work_lane(account.platform)
        enqueue(PLAN_CHECK_JOB, key=str(strategy.pk), advertiser=account.advertiser, lane=lane)


def _replace(actor: Actor, strategy: Strategy) -> None:
    move(strategy, "state", State.REPLACED, STRATEGY_MOVES)
    give_up(actor, strategy, "A new plan replaces it.")


def max_spend_of(strategy: Strategy) -> Money:
    return strategy.account.money(parse_plan(strategy.plan).worst_case_micros)


def authors_of(strategy: Strategy) -> set[int]:
    """The users who wrote the brief or made this plan: none of them is its second person."""
    entries = AuditEntry.objects.filter(
        Q(target_type="strategy", target_id=strategy.pk, action=AuditAction.PLAN)
        | Q(target_type="brief", target_id=strategy.brief_id, action=AuditAction.WRITE_BRIEF)
    )
    known = {strategy.brief.author_id, *entries.values_list("user_id", flat=True)}
    return {pk for pk in known if pk is not None}


def total_of(strategy: Strategy) -> Money:
    return strategy.account.money(budget_of_plan(strategy.plan).total_micros)


def approve(
    *, actor: Actor, strategy: Strategy, seen_hash: str, unchecked: bool = False
) -> Strategy:
    """Approve exactly the plan that was seen, and start its execution. `unchecked`: the approver
    was shown that the platform could not be asked about it.

    Raises InvalidInput when the plan on screen is not the stored one or lacks the platform's check,
    NotAllowed when a second person is needed, InvalidMove when it does not wait for approval.
    """
    request_check(strategy)  # of a plan that an older version made
    with transaction.atomic():
        strategy = locked(strategy)
        if hash_of_plan(strategy.plan) != strategy.plan_hash or seen_hash != strategy.plan_hash:
            raise InvalidInput(
                "The plan has changed since you opened it. Read it again.", field="plan_hash"
            )
        _check_second_person(actor, strategy)
        _recheck_plan(strategy)
        _check_total(strategy)
        if strategy.state == State.REVIEW:
            check_had(strategy, unchecked=unchecked)
        move(strategy, "state", State.APPROVED, STRATEGY_MOVES)
        plan = parse_plan(strategy.plan)
        for spec in plan.campaigns:
            plan_approvals.approve_plan(actor=actor, account=strategy.account, spec=spec)
        Approval.objects.create(
            strategy=strategy,
            plan_hash=strategy.plan_hash,
            approver=actor.user,
            approver_name=actor.name[:150],
            worst_case_micros=plan.worst_case_micros,
        )
        record(
            actor,
            AuditAction.APPROVE_PLAN,
            strategy,
            advertiser=strategy.brief.advertiser,
            after={"hash": strategy.plan_hash, "worst_case": str(max_spend_of(strategy))},
        )
        start(strategy)
    return strategy


def _check_second_person(actor: Actor, strategy: Strategy) -> None:
    """The limit applies to the whole brief, whatever its split over accounts. Without a rate it
    cannot be compared, and a second person is needed."""
    brief = strategy.brief
    limit = brief.advertiser.second_person_above_micros
    if limit is None or actor.user is None or actor.user.pk not in authors_of(strategy):
        return
    total = Money.from_micros(brief.total_budget_micros, brief.currency)
    today = dates.today(brief.advertiser.time_zone)
    if exceeds(total, limit, brief.advertiser.currency, today):
        amount = Money.from_micros(limit, brief.advertiser.currency)
        raise NotAllowed(
            f"Briefs above {amount} need a second person's approval, and you wrote or planned "
            "this one."
        )


def _check_total(strategy: Strategy) -> None:
    """The total of a brief bounds what is approved for all its campaigns together."""
    brief = strategy.brief
    current = brief.strategies.filter(state__in=[State.APPROVED, State.EXECUTING, State.LIVE])
    others = sum(total_of(other).micros for other in current.select_related("account"))
    planned = total_of(strategy).micros
    if others + planned > brief.total_budget_micros:
        total = Money.from_micros(brief.total_budget_micros, brief.currency)
        taken = Money.from_micros(others, brief.currency)
        raise InvalidInput(
            f"{taken} of this brief's {total} are approved already, and this plan takes "
            f"{total_of(strategy)}. Plan again.",
            field="total_budget",
        )


def _recheck_plan(strategy: Strategy) -> None:
    """Run the preflight again at approval, since time has passed. Raises InvalidInput."""
    plan = parse_plan(strategy.plan)
    if plan.version != PLAN_VERSION:
        raise InvalidInput("An older version made this plan. Plan again.", field="plan_hash")
    context = ExecutionContext(
        brief=strategy.brief,
        account=strategy.account,
        capabilities=capabilities_of(strategy.account.platform),
        images=(),
        budget=plan.budget,
    )
    problems = preflight(context, plan).problems
    if problems:
        raise InvalidInput(f"{problems[0].message} Plan again.", field=problems[0].field)


def decline(*, actor: Actor, strategy: Strategy, reason: str) -> None:
    """Refuse a plan. Nothing was sent; the brief can be planned again."""
    with transaction.atomic():
        strategy = locked(strategy)
        move(
            strategy,
            "state",
            State.DECLINED,
            STRATEGY_MOVES,
            decline_reason=reason.replace("\x00", "")[:300],
        )
        for reference in references_of(strategy):
            plan_approvals.withdraw(reference)
        record(
            actor,
            AuditAction.DECLINE_PLAN,
            strategy,
            advertiser=strategy.brief.advertiser,
            reason=reason,
        )
