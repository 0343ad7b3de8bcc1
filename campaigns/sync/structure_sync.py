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
    Ad,
    AdGroup,
    Campaign,
    Creative,
    LearningEdit,
    PublishRequest,
    RemoteState,
    Wanted,
)
from campaigns.spend import outside_changes
from campaigns.sync import reviews, second_copies, switched_parts
from campaigns.sync.second_copies import SYNC, SecondCopy
from core.common import clock
from core.common.measures import is_learning_step
from core.common.money import Money
from core.models import AuditAction, record
from platforms.common.references import strip_reference
from platforms.models import AdAccount
from platforms.types import Kind, RemoteAd, RemoteAdGroup, RemoteCampaign

_OVER = (RemoteState.ABSENT, RemoteState.ENDED)
_CHUNK = 1000  # ids of one query


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
    children = _Children(account, copies)
    elsewhere = 0
    for remote in remotes:
        if children.is_copy("campaign", remote.remote_id):
            continue
        campaign = known.get(remote.remote_id)
        if campaign is None:
            campaign = _match_or_add(account, remote)
            elsewhere += campaign.origin == Campaign.Origin.ELSEWHERE
        if campaign.pk not in busy:
            _refresh(campaign, remote)
        children.store(campaign, remote.ad_groups)
    gone = _mark_gone(account, {r.remote_id for r in remotes}, busy)
    children.mark_gone(busy)
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
        wanted=_wanted_status(remote.status),
        start=remote.start,
        end=remote.end,
    )


def _wanted_status(status: str) -> str:
    running = status in {RemoteState.ACTIVE, RemoteState.IN_REVIEW, RemoteState.REJECTED}
    return Wanted.ACTIVE if running else Wanted.PAUSED


def _refresh(campaign: Campaign, remote: RemoteCampaign) -> None:
    """What the platform says, and, where somebody changed it there, what we now want too."""
    dateless = not remote.ad_groups  # where the dates are its ad groups', none is left to say them
    values: dict[str, Any] = {
        "remote": remote.status,
        "budget_on": remote.budget_on,
        "remote_daily_budget_micros": _micros(remote.daily_budget),
        "total_budget_micros": _micros(remote.total_budget),
        "shared_budget": remote.shared_budget,
        "remote_dates_known": True,
        "remote_start": remote.start or campaign.remote_start if dateless else remote.start,
        "remote_end": remote.end or campaign.remote_end if dateless else remote.end,
    }
    outside = _outside_changes(campaign, remote)
    if outside or any(getattr(campaign, key) != value for key, value in values.items()):
        Campaign.objects.filter(pk=campaign.pk).update(**values, **outside)
    if outside and campaign.managed:
        _tell(campaign, outside)
        _note_learning(campaign, outside)


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


def _note_learning(campaign: Campaign, outside: dict[str, Any]) -> None:
    """A large step of the budget that somebody made on the platform; `campaign` has the old one."""
    old, new = campaign.daily_budget_micros, outside.get("daily_budget_micros")
    if old and new and is_learning_step(old, new):
        LearningEdit.objects.create(campaign=campaign, cause=LearningEdit.Cause.BUDGET)


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


def _micros(money: Money | None) -> int | None:
    return None if money is None else money.micros


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | None) else str(value)


class _Children:
    """Ad groups and ads of an account, read once; written only where something changed."""

    def __init__(self, account: AdAccount, copies: list[SecondCopy]) -> None:
        self._copies = {(copy.ref.kind, copy.ref.remote_id) for copy in copies}
        groups = AdGroup.objects.filter(campaign__account=account)
        ads = Ad.objects.filter(ad_group__campaign__account=account)
        self._groups = _index(groups, lambda g: g.campaign_id)
        self._ads = _index(ads, lambda a: a.ad_group_id)
        self._known_groups = {group.pk for group in self._groups.values()}
        self._seen: set[tuple[Kind, int]] = set()

    def is_copy(self, kind: Kind, remote_id: str) -> bool:
        return (kind, remote_id) in self._copies

    def store(self, campaign: Campaign, groups: tuple[RemoteAdGroup, ...]) -> None:
        for remote in groups:
            if self.is_copy("ad_group", remote.remote_id):
                continue
            group = _match(self._groups, campaign.pk, remote) or AdGroup(campaign=campaign)
            _take(group, remote, follows=not campaign.managed)
            self._seen.add(("ad_group", group.pk))
            for ad in remote.ads:
                if not self.is_copy("ad", ad.remote_id):
                    self._store_ad(campaign, group, ad)

    def _store_ad(self, campaign: Campaign, group: AdGroup, remote: RemoteAd) -> None:
        ad = _match(self._ads, group.pk, remote) or Ad(ad_group=group)
        if ad.pk is None and group.pk in self._known_groups:
            LearningEdit.objects.create(campaign=campaign, cause=LearningEdit.Cause.CREATIVE)
        if ad.creative_id is None:
            ad.creative = Creative.objects.create(
                advertiser=campaign.account.advertiser,
                name=strip_reference(remote.name)[0][:255] or remote.remote_id,
                headlines=[remote.headline] if remote.headline else [],
                descriptions=[remote.body] if remote.body else [],
            )
            ad.remote = ""  # so that the row is written
        _take(ad, remote, follows=not campaign.managed)
        self._seen.add(("ad", ad.pk))

    def mark_gone(self, busy: set[int]) -> None:
        """What was there before and is not listed any more, of campaigns without an open change.
        Its figures stay."""
        owner = {group.pk: group.campaign_id for group in self._groups.values()}
        groups = [
            row.pk
            for row in self._groups.values()
            if self._is_gone("ad_group", row) and row.campaign_id not in busy
        ]
        ads = [
            row.pk
            for row in self._ads.values()
            if self._is_gone("ad", row) and owner.get(row.ad_group_id) not in busy
        ]
        for start in range(0, len(groups), _CHUNK):
            AdGroup.objects.filter(pk__in=groups[start : start + _CHUNK]).update(
                remote=RemoteState.ABSENT
            )
        for start in range(0, len(ads), _CHUNK):
            Ad.objects.filter(pk__in=ads[start : start + _CHUNK]).update(remote=RemoteState.ABSENT)

    def _is_gone(self, kind: Kind, row: AdGroup | Ad) -> bool:
        return bool(row.remote_id) and row.remote not in _OVER and (kind, row.pk) not in self._seen


def _index(rows: Any, parent_of: Any) -> dict[tuple[int, str], Any]:
    """(parent id, remote id) and (parent id, our reference) to row."""
    index: dict[tuple[int, str], Any] = {}
    for row in rows:
        key = row.remote_id or row.reference  # a copy carries our reference: the id decides
        if key:
            index[(parent_of(row), key)] = row
    return index


def _match(index: dict[tuple[int, str], Any], parent: int, remote: RemoteAdGroup | RemoteAd) -> Any:
    reference = remote.reference or strip_reference(remote.name)[1] or ""
    return index.get((parent, remote.remote_id)) or index.get((parent, reference))


def _take(row: Any, remote: RemoteAdGroup | RemoteAd, *, follows: bool) -> None:
    """What the platform says of one child; a new row also takes its name and status as wanted, and
    one that `follows`, as nobody decides on it here, each new status."""
    if row.pk is None:
        row.name = (strip_reference(remote.name)[0] or remote.remote_id)[:512]
        row.wanted = _wanted_status(remote.status)
    values: dict[str, Any] = {"remote": remote.status, "remote_id": remote.remote_id}
    if isinstance(remote, RemoteAdGroup):
        values |= _own_budget(remote)
    if follows and remote.status in {RemoteState.ACTIVE, RemoteState.PAUSED}:
        values["wanted"] = _wanted_status(remote.status)
    if row.pk is not None and all(getattr(row, key) == value for key, value in values.items()):
        return
    for key, value in values.items():
        setattr(row, key, value)
    row.save()


def _own_budget(group: RemoteAdGroup) -> dict[str, Any]:
    """Of an ad group that has a budget of its own, with its days."""
    if group.daily_budget is None and group.total_budget is None:
        return {"daily_budget_micros": None, "total_budget_micros": None}
    return {
        "daily_budget_micros": _micros(group.daily_budget),
        "total_budget_micros": _micros(group.total_budget),
        "start": group.start,
        "end": group.end,
    }


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
