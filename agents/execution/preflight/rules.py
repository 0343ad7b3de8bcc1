"""Everything that is known before any platform call; each problem names the field and the remedy.

What a platform takes is asked by the rules that its client asks before it sends
(platforms.common.spec_rules), what may be spent by the gate.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from agents.contracts import ExecutionContext, ExecutionPlan, Problem, ValidationResult
from agents.execution.preflight import media, money
from campaigns.publishing.specs import campaign_spec
from core.common import dates
from platforms.common.spec_rules import spec_problems
from platforms.models import AdAccount
from platforms.spec.errors import SpecMalformed
from platforms.spec.first_edition import spec_of_first_edition


def preflight(context: ExecutionContext, plan: ExecutionPlan) -> ValidationResult:
    checks = (_objective, _account, money.budget, _dates, _content, media.images, media.videos)
    problems = [problem for check in checks for problem in check(context, plan)]
    problems = problems or list(_language(context, plan))
    return ValidationResult(tuple(dict.fromkeys(problems)), plan.warnings)


def _objective(context: ExecutionContext, plan: ExecutionPlan) -> Iterator[Problem]:
    if plan.spec["objective"] not in context.capabilities.objectives:
        known = ", ".join(sorted(context.capabilities.objectives))
        yield Problem(
            "objective",
            f"{context.account.get_platform_display()} cannot be launched with the objective "
            f"{plan.spec['objective']} here yet. Choose: {known}.",
        )


def _account(context: ExecutionContext, plan: ExecutionPlan) -> Iterator[Problem]:
    account = context.account
    if account.state != AdAccount.State.CONNECTED:
        yield Problem("accounts", f"{account} {account.get_state_display()}.")
    if not account.can_deliver:
        why = " ".join(account.problems) or "The platform says so."
        yield Problem("accounts", f"{account} cannot deliver ads. {why}")


def _dates(context: ExecutionContext, plan: ExecutionPlan) -> Iterator[Problem]:
    today, start = dates.today(context.account.time_zone), date.fromisoformat(plan.spec["start"])
    if start < today:
        yield Problem("start", f"{start} has passed in the account's time zone.")
    ahead = context.capabilities.start_ahead_days
    if ahead is not None and start > today + timedelta(days=ahead):
        latest = today + timedelta(days=ahead)
        name = context.account.get_platform_display()
        yield Problem("start", f"{name} takes a first day up to {latest}. Choose an earlier one.")


def _language(context: ExecutionContext, plan: ExecutionPlan) -> Iterator[Problem]:
    """What the plan language cannot say is not launched: it could not be compared afterwards. Asked
    last, as it names fields of the plan and not of the brief."""
    try:
        spec_of_first_edition(plan.platform, plan.spec)
    except SpecMalformed as error:
        for found in error.problems:
            yield Problem("plan", str(found))


def _content(context: ExecutionContext, plan: ExecutionPlan) -> Iterator[Problem]:
    for found in spec_problems(context.capabilities, campaign_spec(plan.spec, with_media=False)):
        yield Problem(found.field, found.message)
