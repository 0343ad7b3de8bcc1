"""Raises the budget of a winner's campaign.

An ad has no budget of its own: its campaign's budget is raised, within the step limit, once a
day, within the guardrails, and only where the winner has most of the delivery; else the raise would
pay for the others, so pausing the losers comes first.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum

from campaigns.guardrails import limits
from campaigns.models import Campaign, DailyMetric, Level
from campaigns.services import set_daily_budget
from campaigns.spend.group_budgets import in_steps
from core.common import clock, dates
from core.common.errors import InvalidMove, LimitUnknown
from core.common.money import Money
from core.models import ActionType, Actor
from optimization.ab_tests.pauses import propose_pauses
from optimization.decisions import (
    MADE,
    OPEN,
    claim_decision,
    create_unless_exists,
    expire,
    proposed_state,
)
from optimization.holds.learning import hold_reasons
from optimization.holds.over_plan import over_plan_reasons
from optimization.models import ABTest, Analysis, Decision
from optimization.stored_results.budgets import OLDER_PROPOSAL, Evidence

State, Action = Decision.State, Decision.Action
SCALE_STEP = Decimal("0.20")
DELIVERY_NEEDED = 0.8
DELIVERY_DAYS = 3


def propose_scaling(
    test: ABTest, latest: Analysis, *, known: list[Decision] | None = None
) -> list[Decision]:
    """The raise that the newest analysis supports, or the pauses that must come before it. `known`
    are the test's decisions so far, where the caller has read them."""
    known = list(test.decisions.all()) if known is None else known
    winner = next(iter(latest.stored_result.scale_ids), None)
    raises = [d for d in known if d.action == Action.SCALE]
    if winner is None or winner != test.winner_subject_id:
        expire([d for d in raises if d.state in OPEN])
        return []
    share = delivery_share(test)
    if share is None or share < DELIVERY_NEEDED:
        expire([d for d in raises if d.state in OPEN])
        return propose_pauses(test, latest, set(test.standing.losing_ids), known=known)
    if any(d.state in {State.DISMISSED, State.UNDONE} for d in raises):
        return []  # a person has decided on it
    made = _propose(test, latest, share, [d for d in raises if d.state == State.NOTED])
    return [made] if made else []


def delivery_share(test: ABTest) -> float | None:
    """Of the campaign's spend on the newest three full days, the winner's part (0 to 1); None
    where nothing was spent."""
    today = dates.today(test.campaign.account.time_zone)
    rows = DailyMetric.objects.filter(
        campaign=test.campaign,
        level=Level.AD,
        day__gte=today - timedelta(days=DELIVERY_DAYS),
        day__lt=today,
    )
    own = {"ad__ad_group": test.winner_group} if test.compares_groups else {"ad": test.winner}
    total = rows.aggregate(n=Sum("spend_micros"))["n"] or 0
    mine = rows.filter(**own).aggregate(n=Sum("spend_micros"))["n"] or 0
    return mine / total if total else None


def _propose(
    test: ABTest, latest: Analysis, share: float, noted: list[Decision]
) -> Decision | None:
    """None while one is open, where one was made today, or nothing can be raised."""
    campaign = test.campaign
    new, state = next_budget(campaign), proposed_state(campaign, ActionType.SCALE)
    if new is None or _decided_today(test) or held_reason(campaign):
        return None
    if state == State.NOTED and any(d.new_micros == new.micros for d in noted):
        return None
    expire(noted)
    return create_unless_exists(
        campaign=campaign,
        test=test,
        ad=test.winner,
        ad_group=test.winner_group,
        action=Action.SCALE,
        state=state,
        reason=(
            f"“{test.winner_subject}” won the test “{test.name}”, beats the target, and has "
            f"{share:.0%} of the campaign's delivery."
        )[:500],
        old_micros=campaign.daily_budget_micros,
        new_micros=new.micros,
        evidence=Evidence(
            look=latest.pk,
            input_hash=latest.input_hash,
            delivery_share=round(share, 4),
            old_micros=campaign.daily_budget_micros,
            new_micros=new.micros,
        ).to_json(),
    )


def held_reason(campaign: Campaign) -> str:
    """Why no worker raises this budget now; empty where one may."""
    advertiser = campaign.account.advertiser
    held = hold_reasons([campaign]) or over_plan_reasons(advertiser, [campaign])
    return held.get(campaign.pk, "")


def _decided_today(test: ABTest) -> bool:
    """Proposals are by campaign: two tests of it do not raise it twice a day."""
    zone = test.campaign.account.time_zone
    mine = Decision.objects.filter(campaign=test.campaign, action=Action.SCALE)
    if mine.filter(state=State.PROPOSED).exists():
        return True
    newest = mine.exclude(state=State.EXPIRED).order_by("-market_at").first()
    return newest is not None and dates.today(zone, newest.market_at) == dates.today(zone)


def next_budget(campaign: Campaign) -> Money | None:
    """The next budget within the step limit and the ceiling, as finely as the platform counts; None
    where there is no budget to raise, no room, or a ceiling in a currency without a rate."""
    account, old = campaign.account, campaign.daily_budget
    if old is None or not campaign.has_own_budget:
        return None
    step = min(SCALE_STEP, account.advertiser.max_step)
    new = Money(old.amount * (1 + step), old.currency)
    try:
        ceiling = limits.maximum(account, campaign)
    except LimitUnknown:  # no exchange rate: the guardrails would refuse the raise too
        return None
    new = in_steps(account, new if ceiling is None else min(new, ceiling))
    return new if new.amount > old.amount else None


def apply_scale(*, actor: Actor, decision: Decision) -> Decision:
    """Raise the budget as proposed. Raises GuardrailExceeded, NotAllowed, InvalidMove."""
    with transaction.atomic():
        decision = claim_decision(actor, decision, OPEN, State.DONE)
        _check_readable(decision)
        new = decision.new_budget
        if new is None or decision.campaign.daily_budget != decision.old_budget:
            raise InvalidMove("The budget was changed since this was proposed.", field="state")
        _check_still_true(decision)
        if actor.is_automatic and (why := held_reason(decision.campaign)):
            raise InvalidMove(f"This budget is not raised now: {why}.", field="state")
        _check_once_a_day(decision.campaign)
        set_daily_budget(
            actor=actor,
            campaign=decision.campaign,
            budget=new,
            reason=decision.reason,
            evidence=decision.audit_evidence,
        )
        Decision.objects.filter(pk=decision.pk).update(market_at=clock.market_now())
    return decision


def _check_readable(decision: Decision) -> None:
    if decision.grounds is None:
        raise InvalidMove(OLDER_PROPOSAL, field="state")


def _check_still_true(decision: Decision) -> None:
    """Check that the reasons for the proposal still hold."""
    test = decision.test
    if test is None or test.state != ABTest.State.RUNNING:
        raise InvalidMove("Its test has ended. Raise the budget by hand.", field="state")
    subject = decision.ad_group_id if test.compares_groups else decision.ad_id
    if test.status != ABTest.Status.WINNER or test.winner_subject_id != subject:
        raise InvalidMove("Its test does not name this winner any more.", field="state")
    share = delivery_share(test)
    if share is None or share < DELIVERY_NEEDED:
        raise InvalidMove(
            f"The winner has less than {DELIVERY_NEEDED:.0%} of the delivery now: pause the losers "
            "first.",
            field="state",
        )


def _check_once_a_day(campaign: Campaign) -> None:
    changed, zone = campaign.budget_changed_at, campaign.account.time_zone
    if changed is not None and dates.today(zone, changed) == dates.today(zone):
        raise InvalidMove(
            "This budget was changed today already; it can be raised tomorrow.", field="state"
        )


def undo_scale(*, actor: Actor, decision: Decision) -> Decision:
    """Restore the earlier budget. Raises InvalidMove where the budget has moved on since."""
    with transaction.atomic():
        decision = claim_decision(actor, decision, MADE, State.UNDONE)
        _check_readable(decision)
        old, new, now = decision.old_budget, decision.new_budget, decision.campaign.daily_budget
        if old is None or now != new:
            raise InvalidMove(
                f"The budget is {now} now, not the {new} of this raise: change it by hand.",
                field="state",
            )
        set_daily_budget(
            actor=actor,
            campaign=decision.campaign,
            budget=old,
            expected=new,
            restores=True,
            reason="Undo of a raise",
        )
    return decision
