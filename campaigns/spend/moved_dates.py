"""The dates of a campaign that has not started move, with as many days and the same budget: its
approval moves along."""

from __future__ import annotations

from campaigns.models import Campaign, SpendApproval
from campaigns.spend import approvals
from campaigns.spend.max_spend import SpendFigures
from campaigns.spend.terms import Terms, spend_so_far


def take_along(
    campaign: Campaign, before: SpendFigures, terms: Terms, after: SpendFigures
) -> SpendApproval | None:
    """The new row says what the moved days may cost, which the calendar alone may have raised; who
    approved, and until when it may be sent, stays. None where that was not approved before it
    moved, as after a raise on the platform: then moving it approves nothing."""
    current = approvals.newest(campaign)
    if current is None:
        return None
    if approvals.excess(current, before, approvals.spend_for(campaign, current)):
        return None
    moved = approvals.write(
        account=campaign.account,
        campaign=campaign,
        figures=after,
        counts_from=approvals.counts_from(terms, spend_so_far(campaign)),
        basis=SpendApproval.Basis.MOVED_DATES,
        approver=current.approver,
        approver_name=current.approver_name,
    )
    SpendApproval.objects.filter(pk=moved.pk).update(until=current.until, sent_at=current.sent_at)
    return moved
