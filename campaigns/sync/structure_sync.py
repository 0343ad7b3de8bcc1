"""Reads what exists on an account: our campaigns' remote state, and campaigns made elsewhere.

Campaigns made elsewhere are listed read-only until a person adopts them. A second object of one of
our references is not: `second_copies` has it paused.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from campaigns.lifecycle import IS_OURS, OPEN_REQUEST
from campaigns.models import (
    Campaign,
    PublishRequest,
    RemoteState,
    Wanted,
)
from campaigns.spend import outside_changes
from campaigns.sync import reviews, second_copies, switched_parts
from campaigns.sync.children import Children, micros_of, wanted_status
from campaigns.sync.learning_edits import LearningEdits, terms_for
from campaigns.sync.second_copies import SYNC, SecondCopy
from core.common import clock
from core.models import AuditAction, record
from platforms.common.references import strip_reference
from platforms.models import AdAccount
from platforms.types import RemoteCampaign

_OVER = (RemoteState.ABSENT, RemoteState.ENDED)


@dataclass(frozen=True)
class StructureResult:
    seen: int
    found_elsewhere: int
    gone: int
    copies: tuple[SecondCopy, ...] = ()


@transaction.atomic
def store_structure(
    account: AdAccount, remotes: list[RemoteCampaign], *, read_at: datetime | None = None
) -> StructureResult:
    """Bring our rows to what the platform shows. Rows with an open change, or one that was made
    since the reading began (`read_at`, real time) or just before it, are left as they are."""
    known = {c.remote_id: c for c in account.campaigns.exclude(remote_id="")}
    busy = _busy(account, read_at or clock.real_now())
    copies = second_copies.find(account, remotes)
    looked_at = reviews.in_review(account)
    edits = LearningEdits()
    children = Children(account, copies, edits, busy)
    elsewhere = 0
    for remote in remotes:
        if children.is_copy("campaign", remote.remote_id):
            continue
        campaign = known.get(remote.remote_id)
        if campaign is None:
            campaign = _match_or_add(account, remote)
            elsewhere += campaign.origin == Campaign.Origin.ELSEWHERE
        if campaign.pk not in busy:
            _refresh(campaign, remote, edits)
        children.store(campaign, remote.ad_groups)
    gone = _mark_gone(account, {r.remote_id for r in remotes}, busy)
    children.write()
    children.mark_gone()
    reviews.report(account, remotes, looked_at)
    switched_parts.report(account, busy)
    return StructureResult(len(remotes), elsewhere, gone, tuple(copies))


def _busy(account: AdAccount, read_at: datetime) -> set[int]:
    """Ids of campaigns with a change that is open, or so new that a list may still show what was
    there before it: that would read as a change made on the platform."""
    shown_from = read_at - timedelta(seconds=settings.PUBLISH_SETTLE_SECONDS)
    since = Q(created_at__gte=read_at) | Q(settled_at__gte=shown_from)
    requests = PublishRequest.objects.filter(OPEN_REQUEST | since, account=account)
    return set(requests.values_list("campaign_id", flat=True))


def _match_or_add(account: AdAccount, remote: RemoteCampaign) -> Campaign:
    """Ours whose answer was lost is known by its reference; anything else was made elsewhere."""
    name, reference = strip_reference(remote.name)
    # Only where ours has no id yet: a copy made on the platform carries our reference too.
    ours = (
        account.campaigns.filter(reference=reference, remote_id="").first() if reference else None
    )
    if ours is not None:
        return ours
    return Campaign.objects.create(
        account=account,
        origin=Campaign.Origin.ELSEWHERE,
        managed=False,
        remote_id=remote.remote_id,
        name=name[:512],
        objective=remote.objective[:40],
        wanted=wanted_status(remote.status),
        start=remote.start,
        end=remote.end,
    )


def _refresh(campaign: Campaign, remote: RemoteCampaign, edits: LearningEdits) -> None:
    """What the platform says, and, where somebody changed it there, what we now want too."""
    dateless = not remote.ad_groups  # where the dates are its ad groups', none is left to say them
    values: dict[str, Any] = {
        "remote": remote.status,
        "budget_on": remote.budget_on,
        "remote_daily_budget_micros": micros_of(remote.daily_budget),
        "total_budget_micros": micros_of(remote.total_budget),
        "shared_budget": remote.shared_budget,
        "remote_dates_known": True,
        "remote_start": remote.start or campaign.remote_start if dateless else remote.start,
        "remote_end": remote.end or campaign.remote_end if dateless else remote.end,
        "learning_terms": terms_for(campaign, remote.learning),
    }
    edits.compare(campaign.pk, campaign.learning_terms, values["learning_terms"])
    outside = _outside_changes(campaign, remote)
    if outside or any(getattr(campaign, key) != value for key, value in values.items()):
        Campaign.objects.filter(pk=campaign.pk).update(**values, **outside)
    if outside and campaign.managed:
        _tell(campaign, outside)
    edits.budget(campaign, outside)


def _tell(campaign: Campaign, outside: dict[str, Any]) -> None:
    """`campaign` still has the values of before."""
    before = {key: _plain(getattr(campaign, key)) for key in outside}
    after = {key: _plain(value) for key, value in outside.items()}
    outside_changes.report(campaign, before, after)
    record(
        SYNC,
        AuditAction.CHANGED_ON_THE_PLATFORM,
        campaign,
        advertiser=campaign.account.advertiser,
        before=before,
        after=after,
        reason="Somebody changed this outside of AdsEngine.",
    )


def _outside_changes(campaign: Campaign, remote: RemoteCampaign) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    budget = remote.daily_budget.micros if remote.daily_budget else None
    if budget != campaign.daily_budget_micros:
        changes["daily_budget_micros"] = budget
    switched = remote.status in {RemoteState.ACTIVE, RemoteState.PAUSED}
    if switched and campaign.wanted not in {Wanted.ARCHIVED, remote.status}:
        changes["wanted"] = remote.status
    name = strip_reference(remote.name)[0][:512]
    if name and name != campaign.name:
        changes["name"] = name
    return changes | _outside_dates(campaign, remote)


def _outside_dates(campaign: Campaign, remote: RemoteCampaign) -> dict[str, Any]:
    """An end that is gone is taken over only where one was seen before: not every platform states
    one. A start is taken over where it moved: a late flight begins later than asked for."""
    changes: dict[str, Any] = {}
    if remote.end and remote.end != campaign.end:
        changes["end"] = remote.end
    if not campaign.remote_dates_known or not remote.ad_groups:
        return changes
    if remote.end is None and campaign.remote_end is not None and campaign.end is not None:
        changes["end"] = None
    if remote.start and remote.start not in {campaign.start, campaign.remote_start}:
        changes["start"] = remote.start
    return changes


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | None) else str(value)


def _mark_gone(account: AdAccount, seen: set[str], busy: set[int]) -> int:
    gone = (
        account.campaigns.exclude(remote_id="")
        .exclude(remote_id__in=seen)
        .exclude(pk__in=busy)
        .exclude(remote__in=_OVER)
    )
    ours = gone.filter(IS_OURS, wanted=Wanted.ACTIVE)
    for campaign in ours.select_related("account__advertiser"):
        _tell(campaign, {"remote": RemoteState.ABSENT.value})
    return gone.update(remote=RemoteState.ABSENT)
