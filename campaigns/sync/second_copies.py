"""Finds a second remote object of one of our references, pauses it and tells of it.

A worker that froze between the last check and its send, and a person who copies an object on the
platform, both leave one. Ours is the one whose id a row has; the other is never listed as made
elsewhere and takes no row's place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import TypeVar

from campaigns.models import Ad, AdGroup, Campaign, RemoteState
from core.models import Actor, ActorKind, AuditAction, Incident, record
from platforms.common.references import reference_in
from platforms.errors import PlatformError
from platforms.interface import AdPlatform
from platforms.models import AdAccount
from platforms.types import Kind, RemoteAd, RemoteAdGroup, RemoteCampaign, RemoteRef

SYNC = Actor(ActorKind.WORKER, "sync")
_STOPPED = {RemoteState.PAUSED.value, RemoteState.ENDED.value, RemoteState.ABSENT.value}
_WORDS: Mapping[Kind, str] = {"campaign": "campaigns", "ad_group": "ad groups", "ad": "ads"}
Remote = RemoteCampaign | RemoteAdGroup | RemoteAd
R = TypeVar("R", RemoteCampaign, RemoteAdGroup)


@dataclass(frozen=True)
class SecondCopy:
    """An object with the reference of a row of `campaign_id` that has the id `known_id`; empty
    where the row has none yet: then all objects of the reference are copies until it has."""

    ref: RemoteRef
    campaign_id: int
    known_id: str
    status: str

    @property
    def is_running(self) -> bool:
        return self.status not in _STOPPED


@dataclass
class _Rows:
    """Our rows of an account: (place, reference) to (campaign id, remote id), and all ids."""

    by_reference: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)
    ids: set[tuple[Kind, str]] = field(default_factory=set)

    def add(self, kind: Kind, place: str, reference: str, campaign: int, remote_id: str) -> None:
        if reference:
            self.by_reference[place, reference] = (campaign, remote_id)
        if remote_id:
            self.ids.add((kind, remote_id))


def find(account: AdAccount, remotes: Sequence[RemoteCampaign]) -> list[SecondCopy]:
    """At every level. What is in a second campaign or ad group belongs to that one."""
    rows = _rows(account)
    copies = _among(rows, "campaign", "", remotes)
    for campaign in _others(remotes, copies):
        groups = _among(rows, "ad_group", campaign.remote_id, campaign.ad_groups)
        copies += groups
        for group in _others(campaign.ad_groups, groups):
            copies += _among(rows, "ad", group.remote_id, group.ads)
    return copies


def _rows(account: AdAccount) -> _Rows:
    rows = _Rows()
    for pk, reference, own in account.campaigns.values_list("pk", "reference", "remote_id"):
        rows.add("campaign", "", reference, pk, own)
    groups = AdGroup.objects.filter(campaign__account=account)
    for pk, place, reference, own in groups.values_list(
        "campaign", "campaign__remote_id", "reference", "remote_id"
    ):
        rows.add("ad_group", place, reference, pk, own)
    ads = Ad.objects.filter(ad_group__campaign__account=account)
    for pk, place, reference, own in ads.values_list(
        "ad_group__campaign", "ad_group__remote_id", "reference", "remote_id"
    ):
        rows.add("ad", place, reference, pk, own)
    return rows


def _among(rows: _Rows, kind: Kind, place: str, remotes: Iterable[Remote]) -> list[SecondCopy]:
    """Copies among the objects of one parent."""
    named = sorted(((_reference(r), r) for r in remotes), key=lambda pair: pair[0])
    copies: list[SecondCopy] = []
    for reference, pairs in groupby(named, key=lambda pair: pair[0]):
        same = [remote for _, remote in pairs]
        if len(same) > 1 and (place, reference) in rows.by_reference:
            campaign, known = rows.by_reference[place, reference]
            copies += [
                SecondCopy(
                    RemoteRef(kind, r.remote_id, place, r.name, reference),
                    campaign,
                    known,
                    r.status,
                )
                for r in same
                if (kind, r.remote_id) not in rows.ids
            ]
    return copies


def _reference(remote: Remote) -> str:
    return remote.reference or reference_in(remote.name)


def _others(remotes: Sequence[R], copies: list[SecondCopy]) -> list[R]:
    ids = {copy.ref.remote_id for copy in copies}
    return [remote for remote in remotes if remote.remote_id not in ids]


def pause_and_report(client: AdPlatform, account: AdAccount, copies: list[SecondCopy]) -> None:
    """Pause what runs, open an incident for each and close those of copies that are gone. A pause
    that fails is told, and tried again by the next sync."""
    campaigns = Campaign.objects.in_bulk([copy.campaign_id for copy in copies])
    for copy in copies:
        campaign = campaigns[copy.campaign_id]
        outcome = _pause(client, campaign, copy) if copy.is_running else "It is paused."
        _report(account, campaign, copy, outcome)
    keys = [_key(account, copy) for copy in copies]
    mine = Incident.objects.filter(key__startswith=_prefix(account), resolved_at=None)
    for key in mine.filter(advertiser=account.advertiser).values_list("key", flat=True):
        if key not in keys:
            Incident.resolve(account.advertiser, key)


def _pause(client: AdPlatform, campaign: Campaign, copy: SecondCopy) -> str:
    try:
        client.set_status(copy.ref, "paused")
    except PlatformError as err:
        return f"It could not be paused: {err.user_message} The next sync tries again."
    record(
        SYNC,
        AuditAction.PAUSE_SECOND_COPY,
        campaign,
        advertiser=campaign.account.advertiser,
        before={"status": copy.status},
        after={"status": RemoteState.PAUSED.value, copy.ref.kind: copy.ref.remote_id},
        reason=f"There are two {_WORDS[copy.ref.kind]} of the reference {copy.ref.reference}.",
    )
    return "It ran, and is paused now."


def _report(account: AdAccount, campaign: Campaign, copy: SecondCopy, outcome: str) -> None:
    ours = f"Ours is {copy.known_id}." if copy.known_id else "None of them is known as ours yet."
    platform, ref = account.get_platform_display(), copy.ref
    Incident.open(
        account.advertiser,
        _key(account, copy),
        title=f"{campaign.name}: two {_WORDS[ref.kind]} of one reference on {platform}",
        detail=f"{ref.name} ({ref.remote_id}) has the reference of ours. {ours} {outcome}",
        at_stake=_at_stake(campaign, copy),
        next_step=f"Remove {ref.remote_id} in the manager of {platform}, or, if it is wanted, take "
        f"[{ref.reference}] out of its name.",
        url=f"/a/{account.advertiser.slug}/campaigns/{campaign.pk}/",
    )


def _at_stake(campaign: Campaign, copy: SecondCopy) -> str:
    if copy.ref.kind != "campaign":
        return "While it runs it takes part of the campaign's budget."
    budget = campaign.daily_budget
    return f"While it runs it may spend {budget or 'its budget'} a day beside ours."


def _prefix(account: AdAccount) -> str:
    return f"second_copy:{account.pk}:"


def _key(account: AdAccount, copy: SecondCopy) -> str:
    return f"{_prefix(account)}{copy.ref.kind}:{copy.ref.remote_id}"
