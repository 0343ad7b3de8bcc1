"""What a confirmed change says of the spend: the dates in force, and that its approval was used."""

from __future__ import annotations

from datetime import date

from campaigns.models import Campaign, PublishRequest, Wanted
from campaigns.spend import approvals
from campaigns.spend.per_day import spends

Operation, Target = PublishRequest.Operation, PublishRequest.Target


def note_confirmed(request: PublishRequest) -> None:
    """Call it inside the transaction that writes the platform's answer into our rows."""
    campaign, operation = request.campaign, request.operation
    # A platform may begin a late flight on another day: the first sync reads what was created.
    if operation == Operation.UPDATE_CAMPAIGN:
        to = request.payload["to"]
        if "start" in to or "end" in to:
            start, end = campaign.start, campaign.end
            _note_dates(campaign, to.get("start", str(start or "")), to.get("end", str(end or "")))
    enables = operation == Operation.SET_STATUS and request.payload["to"] == Wanted.ACTIVE
    if (enables and request.target_type == Target.CAMPAIGN) or _changes_spend(request):
        approvals.note_sent(campaign)


def _changes_spend(request: PublishRequest) -> bool:
    changed = request.operation in {Operation.SET_BUDGET, Operation.UPDATE_CAMPAIGN}
    return changed and spends(request.campaign)


def _note_dates(campaign: Campaign, start: str | None, end: str | None) -> None:
    Campaign.objects.filter(pk=campaign.pk).update(
        remote_dates_known=True,
        remote_start=date.fromisoformat(start) if start else None,
        remote_end=date.fromisoformat(end) if end else None,
    )
