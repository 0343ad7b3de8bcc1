"""Everything that is known before any platform call; each problem names the field and the remedy.

What a platform takes is asked by the rules that its client asks before it sends
(platforms.rules), what may be spent by the gate.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from agents.contracts import ExecutionContext, Problem, ValidationResult
from agents.execution.preflight import media, money
from agents.execution.preflight.fields import BRIEF_FIELDS, brief_field
from agents.plans import ExecutionPlan
from core.common import dates
from platforms.models import AdAccount
from platforms.rules.pack import spec_problems


def preflight(context: ExecutionContext, plan: ExecutionPlan) -> ValidationResult:
    checks = (
        _gaps,
        _objective,
        _account,
        money.budget,
        _dates,
        _content,
        media.images,
        media.videos,
    )
    problems = [problem for check in checks for problem in check(context, plan)]
    return ValidationResult(tuple(dict.fromkeys(problems)), plan.warnings)


def _gaps(_: ExecutionContext, plan: ExecutionPlan) -> Iterator[Problem]:
    """What the plan language cannot say is not launched: it could not be compared afterwards."""
    for gap in plan.gaps:
        said = gap.message[:1].upper() + gap.message[1:]
        yield Problem(brief_field(gap.path), said)
    if not plan.campaigns and not plan.gaps:
        yield Problem("plan", "This plan makes no campaign. Plan again.")


def _objective(context: ExecutionContext, plan: ExecutionPlan) -> Iterator[Problem]:
    for campaign in plan.campaigns:
        if campaign.objective not in context.capabilities.objectives:
            known = ", ".join(sorted(context.capabilities.objectives))
            yield Problem(
                "objective",
                f"{context.account.get_platform_display()} cannot be launched with the objective "
                f"{campaign.objective} here yet. Choose: {known}.",
            )


def _account(context: ExecutionContext, plan: ExecutionPlan) -> Iterator[Problem]:
    account = context.account
    if account.state != AdAccount.State.CONNECTED:
        yield Problem("accounts", f"{account} {account.get_state_display()}.")
    if not account.can_deliver:
        why = " ".join(account.problems) or "The platform says so."
        yield Problem("accounts", f"{account} cannot deliver ads. {why}")


def _dates(context: ExecutionContext, plan: ExecutionPlan) -> Iterator[Problem]:
    today = dates.today(context.account.time_zone)
    ahead = context.capabilities.start_ahead_days
    for start in {campaign.schedule.start: None for campaign in plan.campaigns}:
        if start < today:
            yield Problem("start", f"{start} has passed in the account's time zone.")
        if ahead is not None and start > today + timedelta(days=ahead):
            latest = today + timedelta(days=ahead)
            name = context.account.get_platform_display()
            yield Problem(
                "start", f"{name} takes a first day up to {latest}. Choose an earlier one."
            )


def _content(context: ExecutionContext, plan: ExecutionPlan) -> Iterator[Problem]:
    for campaign in plan.campaigns:
        for found in spec_problems(context.capabilities, campaign):
            known = found.field in BRIEF_FIELDS
            yield Problem(found.field if known else brief_field(found.path), found.message)
