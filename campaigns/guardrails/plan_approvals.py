"""Approvals of plans, from before a campaign's row exists: given, handed over, withdrawn."""

from __future__ import annotations

from typing import Any

from campaigns.guardrails import gate
from campaigns.guardrails.locks import lock_advertiser
from campaigns.models import Campaign, SpendApproval
from campaigns.spend import approvals
from campaigns.spend.max_spend import Budget, SpendFigures, SpendSoFar
from campaigns.spend.terms import Terms
from core.common import clock, dates
from core.common.money import Money
from core.models import Actor
from platforms.models import AdAccount
from platforms.spec.campaign import AdGroupSpec, CampaignSpec
from platforms.spec.settings import Schedule


def approve_plan(*, actor: Actor, account: AdAccount, spec: CampaignSpec) -> SpendApproval:
    """A person approves what this campaign of a plan may spend; it counts under the caps from now
    on, also for the next campaign of the plan.

    Call it inside the transaction of the plan's approval. Raises GuardrailExceeded where creating
    or enabling it would be refused.
    """
    lock_advertiser(account.advertiser_id)
    terms = terms_of_plan(spec)
    so_far = SpendSoFar(dates.today(account.time_zone))
    figures = terms.figures(so_far)
    gate.check_launch(account, [daily_of_plan(account, spec, figures)], spec.reference)
    return approvals.write(
        account=account,
        figures=figures,
        counts_from=approvals.counts_from(terms, so_far),
        basis=SpendApproval.Basis.PLAN,
        approver=actor.user,
        approver_name=actor.name,
        reference=spec.reference,
        days=terms.flight_days,
        reserves=True,
    )


def terms_of_plan(spec: CampaignSpec) -> Terms:
    """What a plan would let its campaign spend."""
    schedule, budget = spec.schedule, spec.budget
    if budget.level == "ad_group":
        parts = tuple(_group_budget(group, budget.period, schedule) for group in spec.ad_groups)
        return Terms(spec.platform, parts)
    return Terms(spec.platform, (_budget(budget.amount, budget.period, schedule),))


def _group_budget(group: AdGroupSpec, period: str, schedule: Schedule) -> Budget:
    return _budget(group.budget, period, schedule)


def _budget(amount: Money | None, period: str, schedule: Schedule) -> Budget:
    micros = amount.micros if amount else 0
    if period == "flight":
        return Budget(0, schedule.start, schedule.end, micros)
    return Budget(micros, schedule.start, schedule.end)


def daily_of_plan(account: AdAccount, spec: CampaignSpec, figures: SpendFigures) -> Money:
    """Its daily budget; of another one, the most of a day."""
    budget = spec.budget
    if budget.amount is not None and budget.period == "daily":
        return budget.amount
    return account.money(figures.per_day)


def hand_over(campaign: Campaign) -> None:
    """The campaign's row exists now."""
    _of_plan(campaign.reference).filter(account=campaign.account_id, campaign=None).update(
        campaign=campaign
    )


def withdraw(reference: str) -> None:
    """The plan was given up before it went live."""
    _of_plan(reference).filter(sent_at=None).update(withdrawn_at=clock.market_now(), reserves=False)


def reserve(reference: str, *, on: bool) -> None:
    """Whether it counts under the caps: not while its launch has failed and nobody retries it."""
    _of_plan(reference).update(reserves=on)


def _of_plan(reference: str) -> Any:
    plan = SpendApproval.Basis.PLAN
    return SpendApproval.objects.filter(reference=reference, basis=plan, withdrawn_at=None)
