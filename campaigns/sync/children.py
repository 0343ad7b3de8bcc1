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
_BOTH = ["remote", "remote_id", "learning_terms"]
_BUDGET = ["daily_budget_micros", "total_budget_micros", "start", "end"]
_FIELDS: dict[type, list[str]] = {AdGroup: [*_BOTH, *_BUDGET], Ad: [*_BOTH, "creative"]}
Part = AdGroup | Ad
RemotePart = RemoteAdGroup | RemoteAd


def wanted_status(status: str) -> str:
    running = status in {RemoteState.ACTIVE, RemoteState.IN_REVIEW, RemoteState.REJECTED}
    return Wanted.ACTIVE if running else Wanted.PAUSED


def micros_of(money: Money | None) -> int | None:
    return None if money is None else money.micros


class Children:
    """Ad groups and ads of an account, read once; written only where something changed."""

    def __init__(
        self, account: AdAccount, copies: list[SecondCopy], edits: LearningEdits, busy: set[int]
    ) -> None:
        """`busy`: ids of campaigns with an open change; what the list says of them may be old."""
        self._edits, self._busy = edits, busy
        self._changed: dict[Any, list[Any]] = {AdGroup: [], Ad: []}
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
            self._take(campaign, group, remote)
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
        self._take(campaign, ad, remote)
        self._seen.add(("ad", ad.pk))

    def _take(self, campaign: Campaign, row: Any, remote: RemotePart) -> None:
        """A new row takes its name and status as wanted, too."""
        values = _values(row, remote)
        if row.pk is None:
            row.name = (strip_reference(remote.name)[0] or remote.remote_id)[:512]
            row.wanted = wanted_status(remote.status)
            _set(row, values)
            row.save()
            return
        if not campaign.managed:
            _follow(row, remote)
        if campaign.pk in self._busy:
            values = {key: values[key] for key in ("remote", "remote_id")}
        else:
            self._note_edits(campaign, row, values)
        if _set(row, values):
            self._changed[type(row)].append(row)

    def _note_edits(self, campaign: Campaign, row: Part, values: dict[str, Any]) -> None:
        self._edits.compare(campaign.pk, row.learning_terms, values["learning_terms"])
        if isinstance(row, AdGroup):
            self._edits.split(row, values["daily_budget_micros"])

    def write(self) -> None:
        """What `store` changed, in few statements."""
        for model, rows in self._changed.items():
            model.objects.bulk_update(rows, _FIELDS[model], _CHUNK // 4)

    def mark_gone(self) -> None:
        """What was there before and is not listed any more, of campaigns without an open change.
        Its figures stay."""
        owner = {group.pk: group.campaign_id for group in self._groups.values()}
        groups = [
            row.pk
            for row in self._groups.values()
            if self._is_gone("ad_group", row) and row.campaign_id not in self._busy
        ]
        ads = [
            row.pk
            for row in self._ads.values()
            if self._is_gone("ad", row) and owner.get(row.ad_group_id) not in self._busy
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


def _follow(row: Part, remote: RemotePart) -> None:
    """Where nobody decides on it here, each new status is what is wanted. Written at once: a
    person may decide on it meanwhile."""
    wanted = wanted_status(remote.status)
    if remote.status in {RemoteState.ACTIVE, RemoteState.PAUSED} and row.wanted != wanted:
        row.wanted = wanted
        row.save(update_fields=["wanted"])


def _values(row: Part, remote: RemotePart) -> dict[str, Any]:
    """What the platform says of one child."""
    values: dict[str, Any] = {
        "remote": remote.status,
        "remote_id": remote.remote_id,
        "learning_terms": terms_for(row, remote.learning),
    }
    return values | _own_budget(remote) if isinstance(remote, RemoteAdGroup) else values


def _set(row: Part, values: dict[str, Any]) -> bool:
    """Whether something differs now."""
    changed = {key: value for key, value in values.items() if getattr(row, key) != value}
    for key, value in changed.items():
        setattr(row, key, value)
    return bool(changed)


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
