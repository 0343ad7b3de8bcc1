"""What launching and enabling will ask about money: minimum, limits, caps, exchange rates."""

from __future__ import annotations

from collections.abc import Iterator

from agents.contracts import ExecutionContext, Problem
from agents.plans import ExecutionPlan
from campaigns.guardrails import gate
from campaigns.guardrails.plan_approvals import daily_of_plan, terms_of_plan
from campaigns.spend.max_spend import SpendSoFar
from core.common import dates
from core.common.errors import AdsEngineError, LimitUnknown, RateMissing
from core.common.money import Money
from platforms.minimums import published_minimum


def budget(context: ExecutionContext, plan: ExecutionPlan) -> Iterator[Problem]:
    account, planned = context.account, plan.budget
    daily = account.money(planned.daily_micros)
    if planned.daily_micros < planned.minimum_micros:
        least = account.money(planned.minimum_micros)
        needed = account.money(planned.minimum_micros * planned.days)
        yield Problem(
            "total_budget",
            f"{daily} a day is below the minimum of {least}. This account needs at least "
            f"{needed} of the total, fewer days, or to be left out.",
        )
        return
    try:
        _check_minimum_known(context)
        gate.check_launch(account, _budgets(context, plan))
    except LimitUnknown as err:
        yield Problem("total_budget", err.user_message)
    except AdsEngineError as err:
        yield Problem(err.field or "total_budget", err.user_message)


def _budgets(context: ExecutionContext, plan: ExecutionPlan) -> list[Money]:
    """Of its campaigns; of a plan that could not be written, what it was to spend."""
    account, found = context.account, []
    for campaign in plan.campaigns:
        figures = terms_of_plan(campaign).figures(SpendSoFar(dates.today(account.time_zone)))
        found.append(daily_of_plan(account, campaign, figures))
    return found or [account.money(plan.budget.daily_micros)]


def _check_minimum_known(context: ExecutionContext) -> None:
    """A minimum that is published in dollars only needs a rate, unless the account states one or
    the platform tells it while it checks the plan."""
    account, can = context.account, context.capabilities
    if account.min_daily_budget_micros is not None or can.validates == "tree":
        return
    try:
        published_minimum(account)
    except RateMissing as err:
        raise LimitUnknown(
            f"The minimum of {account.get_platform_display()}, {can.min_daily_budget_usd} US "
            f"dollars a day, cannot be compared: {err.user_message}",
            field="total_budget",
        ) from err
