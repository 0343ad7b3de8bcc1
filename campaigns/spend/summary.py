"""What a campaign can still spend and what was approved for it, for a page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from campaigns.models import Campaign, SpendApproval
from campaigns.spend import approvals
from campaigns.spend.max_spend import OVERSPEND, SpendFigures, SpendSoFar, horizon
from campaigns.spend.terms import largest_of, remote_terms, wanted_terms
from core.common.money import Money


@dataclass(frozen=True)
class SpendSummary:
    """Amounts in the account's currency. `can_spend`: from now to `last`, as if it were on."""

    can_spend: Money
    last: date
    has_end: bool
    rule: str
    approval: SpendApproval | None
    used: Money | None
    """Spent since the approval, in fully reported days; None where no envelope counts it."""
    above: Money | None
    is_moved: bool = False
    """Its days moved before the start: only the calendar lets it spend more than was approved."""


def summary_of(campaign: Campaign) -> SpendSummary | None:
    """None for an imported campaign, which has no budget behind it."""
    rule = OVERSPEND.get(campaign.account.platform)
    if rule is None:
        return None
    money, current = campaign.account.money, approvals.newest(campaign)
    so_far = approvals.spend_for(campaign, current)
    wanted = wanted_terms(campaign)
    most = wanted.switched(True).figures(so_far)
    now = largest_of(campaign, so_far)
    ends = [budget.last for budget in wanted.budgets if budget.last is not None]
    terms = (wanted, remote_terms(campaign))
    above = approvals.excess(current, now, so_far, terms) if current and now.per_day else 0
    used = _used(campaign, current, so_far)
    return SpendSummary(
        can_spend=money(most.can_spend).rounded(),
        last=max(ends) if most.has_end and ends else horizon(so_far.today),
        has_end=most.has_end,
        rule=rule.in_words,
        approval=current,
        used=used,
        above=money(above).rounded() if above else None,
        is_moved=_is_moved(current, most, used, above),
    )


def _is_moved(
    current: SpendApproval | None, most: SpendFigures, used: Money | None, above: int
) -> bool:
    if current is None or current.envelope_micros is None or used is None or above:
        return False
    return current.days is not None and used.micros + most.can_spend > current.envelope_micros


def _used(campaign: Campaign, current: SpendApproval | None, so_far: SpendSoFar) -> Money | None:
    if current is None or current.envelope_micros is None:
        return None
    return campaign.account.money(so_far.spent_since(current.counts_from)).rounded()
