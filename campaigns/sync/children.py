"""Brings the ad groups and ads of an account to what the platform shows."""

from __future__ import annotations

from typing import Any

from campaigns.models import Ad, AdGroup, Campaign, Creative, LearningEdit, RemoteState, Wanted
from campaigns.sync.learning_edits import LearningEdits, terms_for
from campaigns.sync.second_copies import SecondCopy
from core.common.money import Money
from platforms.common.references import strip_reference
from platforms.models import AdAccount
from platforms.types import Kind, RemoteAd, RemoteAdGroup

_OVER = (RemoteState.ABSENT, RemoteState.ENDED)
_CHUNK = 1000  # ids of one query
Part = AdGroup | Ad
RemotePart = RemoteAdGroup | RemoteAd


def wanted_status(status: str) -> str:
    running = status in {RemoteState.ACTIVE, RemoteState.IN_REVIEW, RemoteState.REJECTED}
    return Wanted.ACTIVE if running else Wanted.PAUSED


def micros_of(money: Money | None) -> int | None:
    return None if money is None else money.micros


class Children:
    """Ad groups and ads of an account, read once; written only where something changed."""

    def __init__(self, account: AdAccount, copies: list[SecondCopy], edits: LearningEdits) -> None:
        self._edits = edits
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
            self._compare(campaign, group, remote)
            _take(group, remote, follows=not campaign.managed)
            self._seen.add(("ad_group", group.pk))
            for ad in remote.ads:
                if not self.is_copy("ad", ad.remote_id):
                    self._store_ad(campaign, group, ad)

    def _store_ad(self, campaign: Campaign, group: AdGroup, remote: RemoteAd) -> None:
        ad = _match(self._ads, group.pk, remote) or Ad(ad_group=group)
        if ad.pk is None and group.pk in self._known_groups:
            self._edits.note(campaign.pk, LearningEdit.Cause.CREATIVE)
        if ad.creative_id is None:
            ad.creative = Creative.objects.create(
                advertiser=campaign.account.advertiser,
                name=strip_reference(remote.name)[0][:255] or remote.remote_id,
                headlines=[remote.headline] if remote.headline else [],
                descriptions=[remote.body] if remote.body else [],
            )
            ad.remote = ""  # so that the row is written
        self._compare(campaign, ad, remote)
        _take(ad, remote, follows=not campaign.managed)
        self._seen.add(("ad", ad.pk))

    def _compare(self, campaign: Campaign, row: Part, remote: RemotePart) -> None:
        self._edits.compare(campaign.pk, row.learning_terms, terms_for(row, remote.learning))

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

    def _is_gone(self, kind: Kind, row: Part) -> bool:
        return bool(row.remote_id) and row.remote not in _OVER and (kind, row.pk) not in self._seen


def _index(rows: Any, parent_of: Any) -> dict[tuple[int, str], Any]:
    """(parent id, remote id) and (parent id, our reference) to row."""
    index: dict[tuple[int, str], Any] = {}
    for row in rows:
        key = row.remote_id or row.reference  # a copy carries our reference: the id decides
        if key:
            index[(parent_of(row), key)] = row
    return index


def _match(index: dict[tuple[int, str], Any], parent: int, remote: RemotePart) -> Any:
    reference = remote.reference or strip_reference(remote.name)[1] or ""
    return index.get((parent, remote.remote_id)) or index.get((parent, reference))


def _take(row: Any, remote: RemotePart, *, follows: bool) -> None:
    """What the platform says of one child; a new row also takes its name and status as wanted, and
    one that `follows`, as nobody decides on it here, each new status."""
    if row.pk is None:
        row.name = (strip_reference(remote.name)[0] or remote.remote_id)[:512]
        row.wanted = wanted_status(remote.status)
    values: dict[str, Any] = {
        "remote": remote.status,
        "remote_id": remote.remote_id,
        "learning_terms": terms_for(row, remote.learning),
    }
    if isinstance(remote, RemoteAdGroup):
        values |= _own_budget(remote)
    if follows and remote.status in {RemoteState.ACTIVE, RemoteState.PAUSED}:
        values["wanted"] = wanted_status(remote.status)
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
        "daily_budget_micros": micros_of(group.daily_budget),
        "total_budget_micros": micros_of(group.total_budget),
        "start": group.start,
        "end": group.end,
    }
