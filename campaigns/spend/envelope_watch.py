"""Tells of campaigns that could spend more than was approved, as after a raise on the platform."""

from __future__ import annotations

from campaigns.lifecycle import IS_OURS
from campaigns.models import Campaign, SpendApproval
from campaigns.spend import approvals, outside_changes
from campaigns.spend.max_spend import SpendFigures, SpendSoFar
from campaigns.spend.per_day import spends
from campaigns.spend.terms import largest_of, remote_terms, wanted_terms
from core.models import Incident
from platforms.models import AdAccount


def watch(account: AdAccount) -> int:
    """Open or close the incident of each of our campaigns; returns how many are above. Being above
    hinders nothing that lowers, and reading it approves nothing. What a change on the platform
    brought about is told with that change."""
    rows = account.campaigns.filter(IS_OURS).exclude(remote_id="")
    outside_changes.check(account)
    told = outside_changes.told_of(account)
    found = [_check(c, told) for c in rows.select_related("account__advertiser")]
    return sum(found)


def _check(campaign: Campaign, told: frozenset[int]) -> bool:
    current = approvals.newest(campaign) if spends(campaign) else None
    if current is None:
        _resolve(campaign)
        return False
    there = remote_terms(campaign)
    if current.sent_at is None and there.is_on:  # what was sent may have lost its answer
        figures = there.figures(approvals.spend_for(campaign, current))
        approvals.note_sent(campaign, figures, (there,))
    so_far = approvals.spend_for(campaign, current)
    now = largest_of(campaign, so_far)
    above = approvals.excess(current, now, so_far, (wanted_terms(campaign), there))
    if above and campaign.pk not in told:  # one trouble, one incident
        _open(campaign, current, now, so_far, above)
    else:
        _resolve(campaign)
    return bool(above)


def _open(
    campaign: Campaign, current: SpendApproval, now: SpendFigures, so_far: SpendSoFar, above: int
) -> None:
    account, advertiser = campaign.account, campaign.account.advertiser
    money = account.money(above).rounded()
    Incident.open(
        advertiser,
        _key(campaign),
        title=f"{campaign.name}: could spend more than was approved",
        detail=approvals.sentence(campaign, now, current, so_far)
        + f" {current.approver_name} approved it on {current.market_at:%-d %b %Y}.",
        at_stake=_at_stake(current, now, money),
        next_step="Lower its budget or its days to what was approved, or approve what it has now.",
        url=f"/a/{advertiser.slug}/campaigns/{campaign.pk}/",
    )


def _at_stake(current: SpendApproval, now: SpendFigures, money: object) -> str:
    daily = current.envelope_micros is None or not now.has_end
    return f"{money} {'a day ' if daily else ''}beyond what was approved."


def _resolve(campaign: Campaign) -> None:
    Incident.resolve(campaign.account.advertiser, _key(campaign))


def _key(campaign: Campaign) -> str:
    return f"envelope:{campaign.pk}"
