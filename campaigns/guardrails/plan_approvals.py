"""Approvals of plans, from before a campaign's row exists: given, handed over, withdrawn."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from campaigns.guardrails import gate
from campaigns.guardrails.locks import lock_advertiser
from campaigns.models import Campaign, SpendApproval
from campaigns.spend import approvals
from campaigns.spend.max_spend import Budget, SpendSoFar
from campaigns.spend.terms import Terms
from core.common import clock, dates
from core.common.money import Money
from core.models import Actor
from platforms.models import AdAccount

Spec = Mapping[str, Any]
"""As campaigns.publishing.specs.campaign_json gives it."""


def approve_plan(*, actor: Actor, account: AdAccount, spec: Spec) -> SpendApproval:
    """A person approves what this plan may spend; it counts under the caps from now on.

    Call it inside the transaction of the plan's approval. Raises GuardrailExceeded where creating
    or enabling it would be refused.
    """
    lock_advertiser(account.advertiser_id)
    budget = Money.from_micros(spec["daily_budget_micros"], spec["currency"])
    gate.check_launch(account, budget, spec["reference"])
    terms = terms_of_plan(account.platform, spec)
    so_far = SpendSoFar(dates.today(account.time_zone))
    return approvals.write(
        account=account,
        figures=terms.figures(so_far),
        counts_from=approvals.counts_from(terms, so_far),
        basis=SpendApproval.Basis.PLAN,
        approver=actor.user,
        approver_name=actor.name,
        reference=spec["reference"],
        days=terms.flight_days,
        reserves=True,
    )


def terms_of_plan(platform: str, spec: Spec) -> Terms:
    """What a plan would let its campaign spend."""
    end = date.fromisoformat(spec["end"]) if spec["end"] else None
    start = date.fromisoformat(spec["start"])
    return Terms(platform, (Budget(spec["daily_budget_micros"], start, end),))


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
