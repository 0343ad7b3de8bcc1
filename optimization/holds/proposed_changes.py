"""Why a proposed change of a budget may not be made any more: a hold or an over-plan that began
after the proposal."""

from __future__ import annotations

from collections.abc import Sequence

from core.common import clock
from core.models import Actor
from optimization.holds.learning import hold_reasons
from optimization.holds.over_plan import over_plan_reasons
from optimization.models import BudgetProposal, Rebalance

_RETURNS = frozenset({Rebalance.Kind.UNDO, Rebalance.Kind.ROLL_BACK})


def refusals(actor: Actor, changes: Sequence[BudgetProposal]) -> dict[int, str]:
    """Change id to the sentence that refuses it now; `changes` are of one rebalance.

    A worker keeps to every hold; a person may change a held budget, and is told of it beforehand
    by `hold_notices`. What is over its plan is raised by nobody's split; a person may bring budgets
    back. A cut to what persons approved waits for no hold.
    """
    over = {pk: f"Not raised: {why}" for pk, why in _over_plan(changes).items()}
    if actor.is_automatic:
        return over | {pk: f"Not changed: {why}" for pk, why in _learning(changes).items()}
    brings_back = bool(changes) and changes[0].rebalance.kind in _RETURNS
    return {} if brings_back else over


def held_raises(actor: Actor, rebalance: Rebalance) -> int:
    """Micros of the raises that a hold keeps from being made now. What is over its plan is lowered
    all the same."""
    if not actor.is_automatic:
        return 0
    open_ones = rebalance.changes.filter(
        state__in=[BudgetProposal.State.PROPOSED, BudgetProposal.State.REFUSED], request=None
    )
    rows = open_ones.select_related("campaign__account__advertiser", "rebalance__advertiser")
    raises = [change for change in rows if change.new_micros > change.old_micros]
    held = _learning(raises).keys() - _over_plan(raises).keys()
    return sum(one.new_micros - one.old_micros for one in raises if one.pk in held)


def hold_notices(changes: Sequence[BudgetProposal]) -> list[str]:
    """What holds the changes of one rebalance now, one sentence each, for the person who decides
    on them."""
    learning, over = _learning(changes), _over_plan(changes)
    held = [
        f"“{change.campaign.name}”: {learning[change.pk]} No worker changes its budget before."
        for change in changes
        if change.pk in learning
    ]
    names = [f"“{change.campaign.name}”" for change in changes if change.pk in over]
    why = next(iter(over.values()), "")
    return [*held, f"Not raised: {', '.join(names)}, because {why}"] if over else held


def _learning(changes: Sequence[BudgetProposal]) -> dict[int, str]:
    """Change id to what its campaign learns, with the end."""
    held = [one for one in changes if one.rebalance.kind != Rebalance.Kind.CUT]
    if not held:
        return {}
    # A hold that was over for the proposal is over: a clock that is read again may be behind.
    at = max(clock.market_now(), held[0].rebalance.market_at)
    reasons = hold_reasons([change.campaign for change in held], at)
    return {one.pk: f"{reasons[one.campaign_id]}." for one in held if one.campaign_id in reasons}


def _over_plan(changes: Sequence[BudgetProposal]) -> dict[int, str]:
    """Id of a raise to the plan that is over."""
    raises = [change for change in changes if change.new_micros > change.old_micros]
    if not raises:
        return {}
    advertiser = raises[0].rebalance.advertiser
    reasons = over_plan_reasons(advertiser, [change.campaign for change in raises])
    return {one.pk: reasons[one.campaign_id] for one in raises if one.campaign_id in reasons}
