"""One budget on its way to another, within the step limit."""

from __future__ import annotations

from adsengine.common.money import floor_to_minor
from campaigns import limits
from campaigns.models import Campaign
from optimization.models import BudgetChange


def step_towards(campaign: Campaign, target_micros: int, reason: str) -> BudgetChange:
    """The change that comes closest to the target now; kept where it is there already."""
    account, now = campaign.account, campaign.daily_budget_micros or 0
    step = account.advertiser.max_step
    highest, lowest = int(now * (1 + step)), int(now / (1 + step))
    least = limits.minimum(account, campaign).micros
    wished = max(min(max(target_micros, lowest), highest), min(least, now))
    new = floor_to_minor(wished, account.currency)
    state = BudgetChange.State.KEPT if new == now else BudgetChange.State.PROPOSED
    return BudgetChange(
        campaign=campaign, old_micros=now, new_micros=new, reason=reason, state=state
    )
