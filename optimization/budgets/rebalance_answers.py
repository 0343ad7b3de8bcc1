"""What the platforms answered to the changes of a rebalance."""

from __future__ import annotations

from datetime import timedelta

from campaigns.models import PublishRequest
from core.common import clock
from optimization.models import BudgetProposal, Decision, Rebalance

State, Change = Rebalance.State, BudgetProposal.State
ANSWERS_FOR = timedelta(days=3)


def record_answers(rebalance: Rebalance, *, lower: bool) -> bool:
    """Record refusals of the platforms; returns whether each decrease (or raise) is answered."""
    asked = rebalance.changes.filter(state=Change.ASKED).select_related("request")
    waiting = False
    for change in asked:
        request = change.request
        if (change.new_micros < change.old_micros) != lower or request is None:
            continue
        if request.state in PublishRequest.OPEN:
            waiting = True
        elif request.state != PublishRequest.State.DONE:
            _note_refusal(change, request)
    return not waiting


def _note_refusal(change: BudgetProposal, request: PublishRequest) -> None:
    error = request.error or "A newer change took its place."
    BudgetProposal.objects.filter(pk=change.pk).update(state=Change.REFUSED, error=error[:300])
    Decision.objects.filter(
        campaign=change.campaign_id,
        state=Decision.State.DONE,
        rebalance=change.rebalance_id,
    ).update(state=Decision.State.REFUSED, error=error[:300])


def settle_answers() -> int:
    """Record the platforms' answers to the raises of the last days; returns the number of
    rebalances checked."""
    since = clock.market_now() - ANSWERS_FOR
    recent = Rebalance.objects.filter(state=State.APPLIED, applied_at__gte=since)
    waiting = recent.filter(changes__state=Change.ASKED).distinct()
    for rebalance in waiting:
        record_answers(rebalance, lower=False)
    return len(waiting)
