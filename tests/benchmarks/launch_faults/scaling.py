"""Divides by one number what a launch waits for: leases, settling, back-offs, pauses, timetable.

Time-out and settling times are settings. Real seconds remain where a vendor states them.
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from agents.execution import platform_check, steps
from campaigns.publishing import leases, outbox_worker, stuck_changes
from campaigns.sync import health, metrics_sync
from core import jobs
from core.celery import app
from core.models import Job
from platforms.common import answers, calls, http
from platforms.common.call_limits import breaker

# Polls more often than these only cost time.
_LEAST_SECONDS, _LEAST_TIMETABLE_SECONDS = 3.0, 10.0
# What sends, repairs and finds; workers of budgets would move budgets of their own.
_TIMETABLE = (
    "sweep jobs",
    "sync accounts that are due",
    "check accounts",
    "resume publishing",
)


def divisor_of_times() -> int:
    return int(os.environ["LAUNCH_FAULTS_DIVISOR"])


def shorter(seconds: float, divisor: int) -> float:
    """Divided, but not below what a poll costs."""
    return max(seconds / divisor, min(seconds, _LEAST_SECONDS))


def divide_times(divisor: int) -> None:
    """Of this process, once."""
    _divide_outbox(divisor)
    _divide_jobs(divisor)
    _divide_calls(divisor)
    metrics_sync.SYNC_EVERY /= divisor
    health.CHECK_EVERY /= divisor
    health.STUCK_AFTER /= divisor
    platform_check.ASK_AGAIN_SECONDS /= divisor
    entries = {name: app.conf.beat_schedule[name] for name in _TIMETABLE}
    app.conf.beat_schedule = {
        name: {
            **entry,
            "schedule": max(entry["schedule"] / divisor, _LEAST_TIMETABLE_SECONDS),
        }
        for name, entry in entries.items()
    }


def _divide_outbox(divisor: int) -> None:
    leases.LEASE /= divisor
    leases.VIDEO_LEASE /= divisor
    stuck_changes.STUCK_AFTER /= divisor
    outbox_worker._FAULT_WAIT /= divisor
    outbox_worker._LONGEST_RUN_SECONDS /= divisor
    steps._BUSY_TRIES = max(steps._BUSY_TRIES // divisor, 2)
    retry_later = outbox_worker._retry_later

    def retry_sooner(*args: Any, seconds: float) -> None:
        retry_later(*args, seconds=shorter(seconds, divisor))

    outbox_worker._retry_later = retry_sooner  # type: ignore[assignment]


def _divide_jobs(divisor: int) -> None:
    from agents import tasks as _agents  # noqa: F401 - each registers its kinds of jobs
    from campaigns import tasks as _campaigns  # noqa: F401
    from optimization import tasks as _optimization  # noqa: F401

    for name, kind in jobs._kinds.items():
        jobs._kinds[name] = replace(kind, lease=kind.lease / divisor)
    jobs._REDISPATCH_AFTER /= divisor
    jobs._REDISPATCH_SLOWLY_AFTER /= divisor
    jobs._WAITS_LONG /= divisor
    requeue = jobs._requeue

    def requeue_sooner(job: Job, wait: timedelta, why: str, **more: Any) -> None:
        soon = timedelta(seconds=shorter(wait.total_seconds(), divisor))
        requeue(job, soon, why, **more)

    jobs._requeue = requeue_sooner


def _divide_calls(divisor: int) -> None:
    calls._WAIT_AFTER_LAST_ATTEMPT /= divisor
    calls.Governor.longest_halt /= divisor
    policy = calls.RetryPolicy()
    times = ("first_wait", "longest_wait", "longest_total_wait", "longest_call")
    divided = {name: getattr(policy, name) / divisor for name in times}
    calls.RetryPolicy = partial(calls.RetryPolicy, **divided)  # type: ignore[misc,assignment]
    breaker.Breaker.pause_seconds /= divisor
    breaker.Breaker.probe_seconds /= divisor
    answers.LONGEST_LIST_SECONDS /= divisor
    http._CONNECT_SECONDS /= divisor
