"""Background work of the agents app."""

from __future__ import annotations

from typing import Any

from agents.execution.platform_check import check_with_platform
from agents.execution.runner import end_unforeseen, execute
from agents.models import Strategy
from agents.services import EXECUTE_JOB, PLAN_CHECK_JOB
from core.jobs import handles
from core.models import Job


def _end_launch(job: Job) -> None:
    """A job that failed for a reason that nobody foresaw leaves no launch under way for ever."""
    end_unforeseen(_strategy_of(job), job.error)


@handles(EXECUTE_JOB, lease_seconds=180, attempts=50, failed=_end_launch)
def execute_strategy(job: Job) -> dict[str, Any]:
    result = execute(_strategy_of(job))
    return {"state": result.state, "message": result.message}


@handles(PLAN_CHECK_JOB, lease_seconds=120)
def check_plan(job: Job) -> dict[str, Any]:
    return {"check": check_with_platform(_strategy_of(job))}


def _strategy_of(job: Job) -> Strategy:
    rows = Strategy.objects.select_related("brief__advertiser", "account__advertiser")
    return rows.get(pk=int(job.key))
