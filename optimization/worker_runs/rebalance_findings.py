"""The findings of the daily rebalance: refused budget changes and failed pools.

Platforms answer after the run, so each run reads its own rebalance and that of the run before.
"""

from __future__ import annotations

from dataclasses import replace

from django.urls import reverse

from core.models import ActorKind
from optimization.findings.store import Ending, Found, Scope, save_findings
from optimization.models import BudgetProposal, Run, RunOutcome, WorkerFinding

Kind, Outcome = WorkerFinding.Kind, WorkerFinding.Outcome
_BUDGET, _FAILED = "budget:", "failed:"


def save_rebalance_findings(run: Run) -> None:
    """A refusal counts once for each day's rebalance, on whichever day it was read; one that
    neither day repeats has ended."""
    previous = _previous(run)
    earlier = _refusals(run, previous.slot) if previous else []
    if previous and earlier:
        keys = {one.key for one in earlier}
        scope = Scope(run.advertiser, Run.Kind.REBALANCE, previous.slot)
        save_findings(scope, earlier, [row for row in _open(scope, _BUDGET) if row.key in keys])
    scope = Scope(run.advertiser, Run.Kind.REBALANCE, run.slot)
    newest = _refusals(run, run.slot)
    save_findings(scope, newest + _without(earlier, newest), _open(scope, _BUDGET))
    save_findings(scope, _failures(run), _open(scope, _FAILED))


def _previous(run: Run) -> Run | None:
    runs = Run.objects.filter(
        advertiser=run.advertiser, kind=Run.Kind.REBALANCE, campaign=None, pk__lt=run.pk
    )
    return runs.order_by("-pk").first()


def _open(scope: Scope, prefix: str) -> list[WorkerFinding]:
    return list(WorkerFinding.objects.filter(scope.open_rows(), key__startswith=prefix))


def _without(earlier: list[Found], newest: list[Found]) -> list[Found]:
    """What only the earlier day refused stays open, uncounted: the newer may not be answered."""
    keys = {one.key for one in newest}
    return [replace(one, is_checked=False) for one in earlier if one.key not in keys]


def _refusals(run: Run, slot: str) -> list[Found]:
    """Of the changes that the worker requested: a person sees what is refused of their own."""
    changes = BudgetProposal.objects.filter(
        rebalance__advertiser=run.advertiser,
        rebalance__slot=slot,
        rebalance__decided_kind=ActorKind.WORKER,
        state=BudgetProposal.State.REFUSED,
    )
    return [_refusal(run, one) for one in changes.select_related("rebalance", "campaign")]


def _refusal(run: Run, change: BudgetProposal) -> Found:
    return Found(
        key=f"{_BUDGET}{change.campaign_id}",
        kind=Kind.REFUSAL,
        title=f"Change the budget of {change.campaign}",
        text=f"It was to change from {change.old} to {change.new} a day.",
        ending=Ending(Outcome.REASON, f"Refused: {change.error}"),
        url=reverse("campaign", args=[run.advertiser.slug, change.campaign_id]),
        campaign_id=change.campaign_id,
    )


def _failures(run: Run) -> list[Found]:
    return [
        Found(
            key=f"{_FAILED}{row.key}",
            kind=Kind.FAILURE,
            title=f"The {row.key} budgets could not be rebalanced",
            ending=Ending(Outcome.REASON, row.said),
            url=reverse("run", args=[run.advertiser.slug, run.pk]),
        )
        for row in run.outcomes.filter(state=RunOutcome.State.FAILED).order_by("key")
    ]
