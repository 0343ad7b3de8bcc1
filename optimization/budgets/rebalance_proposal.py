"""Computes the best split of a pool's total and stores it as a proposal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from campaigns.models import Campaign
from core.common import clock, dates
from core.common.errors import InvalidInput, InvalidMove
from core.common.money import MICROS, Money
from core.models import ActionType, Actor, Advertiser, AuditAction, Mode, record
from optimization.budgets import budget_holds
from optimization.budgets.pool import allocation_inputs, allocator_of, pool_campaigns
from optimization.budgets.pool_caps import within_caps
from optimization.budgets.pool_total import steered_total
from optimization.holds.over_plan import over_plan_reasons
from optimization.models import BudgetProposal, Rebalance
from optimization.stats.budget.allocator import PlannedBudget, RebalancePlan
from optimization.stats.budget.budget_holds import BudgetHold
from optimization.stats.budget.forecast import Forecast, forecast
from optimization.stored_results.budgets import ChangeDetails, RebalanceSettings

State = Rebalance.State
OPEN_FOR = timedelta(hours=26)
"""The next day's proposal replaces it; an hour or two more for a late worker."""
PREDICTED_DAYS = 1  # tomorrow brings the next rebalance
Inputs = list[dict[str, Any]]


class NothingToMove(InvalidMove):
    """No proposal was made, and the message says why. It is not a failure."""

    code = "nothing_to_move"


def propose_rebalance(
    *, actor: Actor, advertiser: Advertiser, currency: str, slot: str = ""
) -> Rebalance:
    """Compute a split of today's total and store it as a proposal.

    The total is what the budgets sum up to, or what the pacing plan that steers the pool needs.
    Open proposals of the pool expire, because they rest on older data. Raises NothingToMove, or
    InvalidInput when the limits leave no split.
    """
    _check_none_applies(advertiser, currency)
    campaigns = list(pool_campaigns(advertiser, currency))
    if len(campaigns) < 2:
        raise NothingToMove("Nothing to move: that needs two running campaigns.")
    inputs, total = allocation_inputs(campaigns), steered_total(advertiser, currency, campaigns)
    holds = _current_holds(advertiser, currency, campaigns, inputs)
    if holds and actor.is_automatic:
        _expire(advertiser, currency)
        raise NothingToMove(" ".join(hold.sentence for hold in holds))
    if actor.is_automatic:
        inputs = _with_cooldowns(inputs, campaigns)
        total = _beside_held(inputs, total)
    over = over_plan_reasons(advertiser, campaigns)
    inputs, total = _only_cuts(inputs, total, over)
    plan = _plan(inputs, total, campaigns, advertiser)
    if not plan.changes:
        _expire(advertiser, currency)
        raise NothingToMove(_why_nothing(plan, over))
    expected = _forecast(plan, inputs, currency, advertiser)
    rows = {row.id: row for row in (*plan.changes, *plan.unchanged)}
    moved = {row.id for row in plan.changes}
    changes = [_change(c, rows[c.pk], expected, moves=c.pk in moved) for c in campaigns]
    made = Rebalance(
        advertiser=advertiser,
        currency=currency,
        slot=slot,
        state=first_state(actor, advertiser),
        total_micros=total.micros,
        unallocated_micros=int(plan.unallocated * MICROS),
        **_gain(plan),
        settings=_settings(plan, total, holds).to_json(),
        expires_at=clock.market_now() + OPEN_FOR,
        asked_by=actor.name[:150],
    )
    return save_rebalance(actor, made, changes)


def _with_cooldowns(inputs: Inputs, campaigns: list[Campaign]) -> Inputs:
    """The inputs, with the budgets fixed that a worker may not raise today."""
    why = budget_holds.cooldown_reasons(campaigns)
    return [{**row, "frozen": why[row["id"]]} if row["id"] in why else row for row in inputs]


def _beside_held(inputs: Inputs, total: Money) -> Money:
    """The total, where held budgets leave it to the others. Where they do not, the others still go
    to their least: a budget that is held must not keep them from being cut."""
    least = sum((_least(row) for row in inputs), Decimal(0))
    present = sum((row["current_budget"] for row in inputs), Decimal(0))
    return max(total, Money(min(least, present), total.currency))


def _least(row: dict[str, Any]) -> Decimal:
    return Decimal(row["current_budget"] if row.get("frozen") else row["min_budget"])


def _only_cuts(inputs: Inputs, total: Money, over: Mapping[int, str]) -> tuple[Inputs, Money]:
    """What is over its plan is not raised, and what all may spend a day is not raised for it."""
    if not over:
        return inputs, total
    rows = [_not_raised(row) if row["id"] in over else row for row in inputs]
    if len(over) < len(inputs):
        return rows, total
    present = Money(sum((row["current_budget"] for row in inputs), Decimal(0)), total.currency)
    return rows, min(total, present)


def _not_raised(row: dict[str, Any]) -> dict[str, Any]:
    ceiling, now = row.get("ceiling"), row["current_budget"]
    return {**row, "ceiling": now if ceiling is None else min(ceiling, now)}


def _why_nothing(plan: RebalancePlan, over: Mapping[int, str]) -> str:
    """The plan's own words, with each large order that would have decided."""
    if over:
        return f"Nothing to move: {next(iter(over.values()))} Until then budgets are only cut."
    orders = [row.sentence for row in plan.unchanged if row.large_order is not None]
    return " ".join([f"Nothing to move: {plan.why_unchanged}", *orders])


def save_rebalance(actor: Actor, rebalance: Rebalance, changes: list[BudgetProposal]) -> Rebalance:
    """Store a proposal with its changes; open ones of the same pool expire."""
    with transaction.atomic():
        _expire(rebalance.advertiser, rebalance.currency)
        rebalance.save()
        for change in changes:
            change.rebalance = rebalance
        BudgetProposal.objects.bulk_create(changes, batch_size=500)
        record(actor, AuditAction.PROPOSE_REBALANCE, rebalance, advertiser=rebalance.advertiser)
    return rebalance


def _expire(advertiser: Advertiser, currency: str) -> None:
    Rebalance.objects.filter(advertiser=advertiser, currency=currency, state=State.PROPOSED).update(
        state=State.EXPIRED, note="A newer proposal replaced it."
    )


def first_state(actor: Actor, advertiser: Advertiser) -> str:
    """Recorded only (shadow) for a worker in its first days or in mode watch; else proposed."""
    until = advertiser.shadow_until
    shadow = until is not None and dates.today(advertiser.time_zone) <= until
    watching = advertiser.mode_for(ActionType.BUDGET) == Mode.WATCH
    return State.SHADOW if (shadow or watching) and actor.is_automatic else State.PROPOSED


def _check_none_applies(advertiser: Advertiser, currency: str) -> None:
    applying = Rebalance.objects.filter(
        advertiser=advertiser, currency=currency, state=State.APPLYING
    ).first()
    if applying is not None:
        raise NothingToMove(
            f"Nothing to move yet: {applying.in_words} is being applied, and the platforms have "
            "not answered on its cuts."
        )


def _current_holds(
    advertiser: Advertiser, currency: str, campaigns: list[Campaign], inputs: Inputs
) -> tuple[BudgetHold, ...]:
    try:
        return budget_holds.current_holds(advertiser, currency, campaigns, inputs)
    except ValueError as err:  # conflicting limits, named in the message
        raise InvalidInput(str(err), field="total_budget") from err


def _plan(
    inputs: Inputs, total: Money, campaigns: list[Campaign], advertiser: Advertiser
) -> RebalancePlan:
    """The best split that the caps of accounts and platforms leave."""
    allocator = allocator_of(total.currency, campaigns)
    today = dates.today(advertiser.time_zone)

    def solve(rows: Inputs) -> RebalancePlan:
        return allocator.rebalance(rows, total=total.amount, as_of=today)

    try:
        return within_caps(solve, inputs, campaigns)
    except ValueError as err:  # InfeasibleBudget names the conflicting limits
        raise InvalidInput(str(err), field="total_budget") from err


def _forecast(
    plan: RebalancePlan, inputs: Inputs, currency: str, advertiser: Advertiser
) -> Forecast | None:
    """What each campaign should bring today at its new budget; scored when that is known."""
    budgets = {row.id: row.new for row in (*plan.changes, *plan.unchanged)}
    today = dates.today(advertiser.time_zone)
    return forecast(inputs, budgets, days=PREDICTED_DAYS, currency=currency, as_of=today)


def _change(
    campaign: Campaign, row: PlannedBudget, expected: Forecast | None, *, moves: bool
) -> BudgetProposal:
    old = campaign.daily_budget_micros or 0
    new = int(row.new * MICROS) if moves else old
    return BudgetProposal(
        campaign=campaign,
        old_micros=old,
        new_micros=new,
        reason=row.sentence[:500],
        binding=row.binding,
        marginal_before=row.marginal_before,
        marginal_after=row.marginal_after,
        expected_change_micros=None if row.gain is None else _micros(row.gain.mean),
        expected_low_micros=None if row.gain is None else _micros(row.gain.low),
        expected_high_micros=None if row.gain is None else _micros(row.gain.high),
        details=_details(row, expected, new).to_json(),
        state=BudgetProposal.State.PROPOSED if new != old else BudgetProposal.State.KEPT,
    )


def _details(row: PlannedBudget, expected: Forecast | None, micros: int) -> ChangeDetails:
    cost = round(row.learning_cost, 2)
    if expected is None or row.id not in expected.campaigns:
        return ChangeDetails(cost, predicted_micros=micros)
    return ChangeDetails(cost, expected.campaigns[row.id], expected.days, micros)


def _micros(value: float) -> int:
    return round(value * MICROS)


def _gain(plan: RebalancePlan) -> dict[str, int]:
    """None is stated where a limit forces the changes: their cost is in the plan's sentence."""
    gain = plan.gain
    if gain is None or plan.forced:
        return {}
    return {
        "expected_gain_micros": _micros(gain.mean),
        "gain_low_micros": _micros(gain.low),
        "gain_high_micros": _micros(gain.high),
    }


def _settings(
    plan: RebalancePlan, total: Money, holds: tuple[BudgetHold, ...]
) -> RebalanceSettings:
    return RebalanceSettings(
        total=str(total),
        says=plan.sentence,
        warnings=tuple(plan.warnings[:20]),
        freezes=tuple(hold.sentence for hold in holds),
        forced=plan.forced,
        moves=plan.moves,
        return_unit=plan.return_unit,
    )
