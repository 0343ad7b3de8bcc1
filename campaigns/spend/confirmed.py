"""What a confirmed change says of the spend: the dates in force, and that its approval was used."""

from __future__ import annotations

from datetime import date

from campaigns.models import Campaign, PublishRequest, Wanted
from campaigns.spend import approvals
from campaigns.spend.effects import effect_of
from campaigns.spend.per_day import spends
from campaigns.spend.terms import wanted_terms

Operation, Target = PublishRequest.Operation, PublishRequest.Target


def note_confirmed(request: PublishRequest) -> None:
    """Call it inside the transaction that writes the platform's answer into our rows, before the
    answer is written: what the change raised is seen from what was there."""
    _note_sent(request)
    # A platform may begin a late flight on another day: the first sync reads what was created.
    if request.operation == Operation.UPDATE_CAMPAIGN:
        campaign, to = request.campaign, request.payload["to"]
        if "start" in to or "end" in to:
            start, end = campaign.start, campaign.end
            _note_dates(campaign, to.get("start", str(start or "")), to.get("end", str(end or "")))


def _note_sent(request: PublishRequest) -> None:
    """Neither a new name nor a cut uses what was approved for a raise, and nothing that is created
    paused does."""
    campaign = request.campaign
    if request.operation in PublishRequest.CREATES:
        return
    is_campaigns = request.target_type == Target.CAMPAIGN
    if request.operation == Operation.SET_STATUS and is_campaigns:
        if request.payload["to"] == Wanted.ACTIVE:
            wanted = wanted_terms(campaign).switched(True)
            figures = wanted.figures(approvals.spend_for(campaign))
            approvals.note_sent(campaign, figures, (wanted,))
        return
    change = effect_of(request)
    if change is not None and spends(campaign):
        approvals.note_sent(campaign, change.after, (change.terms,))


def _note_dates(campaign: Campaign, start: str | None, end: str | None) -> None:
    Campaign.objects.filter(pk=campaign.pk).update(
        remote_dates_known=True,
        remote_start=date.fromisoformat(start) if start else None,
        remote_end=date.fromisoformat(end) if end else None,
    )
