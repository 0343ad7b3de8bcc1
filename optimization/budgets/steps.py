"""Moves budgets towards given targets, within the step limit and without changing the total."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from campaigns.guardrails import limits
from campaigns.models import Campaign
from optimization.budgets import budget_holds
from optimization.budgets.pool import unit_of
from optimization.models import BudgetProposal
from optimization.stats.budget.step_back import step_back


def steps_towards(
    campaigns: list[Campaign], targets: Mapping[int, int], reason: str
) -> list[BudgetProposal]:
    """For each campaign of a pool the change that comes closest to its target now, in micros; one
    without a target keeps its budget, as does one that may not be raised today."""
    if not campaigns:
        return []
    unit, held = unit_of(campaigns), budget_holds.cooldown_reasons(campaigns)
    now = [c.daily_budget_micros or 0 for c in campaigns]
    wanted = [targets.get(c.pk, micros) for c, micros in zip(campaigns, now, strict=True)]
    units = step_back(
        np.array(now, dtype=np.intp) // unit,
        np.array(wanted, dtype=np.intp) // unit,
        np.array(
            [-(-limits.known_minimum(c.account, c).micros // unit) for c in campaigns],
            dtype=np.intp,
        ),
        float(campaigns[0].account.advertiser.max_step),
        np.array([c.pk in held for c in campaigns], dtype=np.bool_),
    )
    return [
        # A platform's own odd micros are no reason for a change.
        _change(c, micros if amount == micros // unit else int(amount) * unit, reason)
        for c, micros, amount in zip(campaigns, now, units, strict=True)
    ]


def _change(campaign: Campaign, new: int, reason: str) -> BudgetProposal:
    now = campaign.daily_budget_micros or 0
    state = BudgetProposal.State.KEPT if new == now else BudgetProposal.State.PROPOSED
    return BudgetProposal(
        campaign=campaign, old_micros=now, new_micros=new, reason=reason, state=state
    )
