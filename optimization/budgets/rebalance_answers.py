"""What the platforms answered to the changes of a rebalance, and what that leaves for raises."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import numpy as np

from campaigns.models import PublishRequest
from campaigns.spend.group_budgets import step_micros
from core.common import clock
from core.common.money import Money
from optimization.models import BudgetProposal, Decision, Rebalance
from optimization.stats.common.money_split import whole_units

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


def room_for_raises(rebalance: Rebalance) -> int:
    """Micros that the total leaves for increases once the decreases are answered; a refused or
    left-out decrease adds nothing, and what somebody raised since the proposal takes of it."""
    spent = 0
    for change in rebalance.changes.select_related("campaign"):
        done = change.state == Change.ASKED
        left_with = change.new_micros if done else change.old_micros
        spent += max(left_with, change.campaign.daily_budget_micros or 0)
    return max(rebalance.total_micros - spent, 0)


def _scale(raises: list[BudgetProposal], room: int) -> Decimal:
    wanted = sum(c.new_micros - c.old_micros for c in raises)
    return min(Decimal(1), Decimal(room) / wanted) if wanted else Decimal(1)


def fit_cuts(cuts: list[BudgetProposal], unpaid: int) -> list[Money]:
    """The lowered budgets, each cut smaller in proportion, so that all together free `unpaid`
    micros less."""
    unit = max(step_micros(c.campaign.account) for c in cuts)
    steps = np.array([c.old_micros - c.new_micros for c in cuts], dtype=np.intp) // unit
    wanted, none = int(steps.sum()), np.zeros(len(cuts), dtype=np.intp)
    if unpaid <= 0 or not wanted:
        return [c.new for c in cuts]
    left = max(wanted - unpaid // unit, 0)
    units = whole_units(steps * (left / wanted), none, steps, left).tolist()
    currency = cuts[0].rebalance.currency
    return [
        Money.from_micros(c.old_micros - n * unit, currency)
        for c, n in zip(cuts, units, strict=True)
    ]


def fit_raises(raises: list[BudgetProposal], room: int) -> list[Money]:
    """The raised budgets, scaled down in proportion to use exactly the room."""
    if not raises:
        return []
    currency = raises[0].rebalance.currency
    unit = max(step_micros(c.campaign.account) for c in raises)
    scale = float(_scale(raises, room))
    steps = np.array([c.new_micros - c.old_micros for c in raises], dtype=np.intp) // unit
    none, total = np.zeros(len(raises), dtype=np.intp), min(room // unit, int(steps.sum()))
    units = whole_units(steps * scale, none, steps, total).tolist()
    return [
        Money.from_micros(c.old_micros + n * unit, currency)
        for c, n in zip(raises, units, strict=True)
    ]
