"""Findings about the workers themselves: one that always fails, one that may act and never does."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import QuerySet
from django.urls import reverse

from core.common import clock
from core.models import ActionType, Advertiser, Mode
from optimization.findings.store import Ending, Found, Scope, save_findings
from optimization.models import Decision, Run, WorkerFinding
from optimization.models.findings import FAILING, IDLE
from optimization.worker_runs.worker_summary import WINDOW, run_totals

Kind, Outcome = WorkerFinding.Kind, WorkerFinding.Outcome
FAILED_RUNS = 3
NAMES: dict[str, str] = {Run.Kind.OPTIMIZE: "optimiser", Run.Kind.REBALANCE: "budget worker"}
_ACTIONS = {
    Run.Kind.OPTIMIZE: (ActionType.PAUSE, ActionType.SCALE),
    Run.Kind.REBALANCE: (ActionType.BUDGET,),
}
_FOUND = (Kind.LOSER, Kind.WASTE, Kind.REFUSAL)


def check_worker(run: Run) -> None:
    """After a run over all: whether its worker fails every time, or never acts."""
    advertiser, kind = run.advertiser, Run.Kind(run.kind)
    rows = WorkerFinding.objects.filter(
        advertiser=advertiser, worker=kind, key__in=(FAILING, IDLE), closed_at=None
    )
    found = [one for one in (_failing(run, kind), _idle(advertiser, kind)) if one]
    save_findings(Scope(advertiser, kind, f"run:{run.pk}"), found, list(rows))


def _failing(run: Run, kind: Run.Kind) -> Found | None:
    """Whether each of the newest three runs failed at all that it worked on."""
    done = Run.objects.filter(advertiser=run.advertiser, kind=kind, campaign=None)
    newest = list(done.filter(finished_at__isnull=False).order_by("-pk")[:FAILED_RUNS])
    totals = run_totals(newest)
    failed = [pk for pk, total in totals.items() if total.failed and not total.done]
    if len(failed) < FAILED_RUNS:
        return None
    return Found(
        key=FAILING,
        kind=Kind.FAILURE,
        title=f"The {NAMES[kind]} failed in each of its newest {FAILED_RUNS} runs.",
        ending=Ending(Outcome.ALERT),
        url=reverse("run", args=[run.advertiser.slug, run.pk]),
    )


def _idle(advertiser: Advertiser, kind: Run.Kind) -> Found | None:
    """Whether it may act, found something in fourteen days and changed nothing."""
    if not any(advertiser.mode_for(action) == Mode.ACT for action in _ACTIONS[kind]):
        return None
    since = clock.market_now() - WINDOW
    count = _not_acted_on(advertiser, kind).filter(last_at__gte=since).count()
    runs = Run.objects.filter(advertiser=advertiser, kind=kind)
    if not count or not runs.filter(market_at__lte=since).exists():
        return None
    recent = list(runs.filter(market_at__gte=since))
    if any(total.changed for total in run_totals(recent).values()):
        return None
    days = WINDOW // timedelta(days=1)
    return Found(
        key=IDLE,
        kind=Kind.IDLE,
        title=f"The {NAMES[kind]} may act, found {count:,} thing{'' if count == 1 else 's'} in "
        f"{days} days and changed nothing.",
        ending=Ending(Outcome.ALERT),
        url=reverse("worker", args=[advertiser.slug, kind]),
    )


def _not_acted_on(advertiser: Advertiser, kind: Run.Kind) -> QuerySet[WorkerFinding]:
    """What the worker might have changed: not what a person declined, newer figures withdrew, or
    only a person may decide."""
    rows = WorkerFinding.objects.filter(
        advertiser=advertiser,
        worker=kind,
        kind__in=_FOUND,
        outcome__in=(Outcome.REASON, Outcome.ALERT),
    )
    return rows.exclude(decision__action=Decision.Action.PAUSE_CAMPAIGN).exclude(
        decision__state__in=(Decision.State.DISMISSED, Decision.State.EXPIRED)
    )
