"""Pulls structure and figures of an account, and keeps them.

Conversions arrive for days after their click, so each sync reads a look-back of days again;
earlier values of restated days are stored (sync.metric_store). A day without a row is zero only
for what the structure just read still has: what was deleted has spent, and keeps its figures.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from campaigns.models import Ad, Campaign
from campaigns.spend import envelope_watch
from campaigns.sync import review_ended, unread_rows
from campaigns.sync.metric_store import (
    MetricValues,
    ReadRange,
    StoreResult,
    store_metrics,
)
from campaigns.sync.second_copies import pause_and_report
from campaigns.sync.structure_sync import StructureResult, store_structure
from campaigns.sync.unread_rows import unread_days
from core.common import clock, dates
from core.common.errors import AdsEngineError
from core.models import Incident
from platforms.errors import CallsUsedUp, CredentialsInvalid, PlatformError
from platforms.interface import AdPlatform
from platforms.models import AdAccount, Platform
from platforms.registry import platform_for
from platforms.services import mark_token_invalid
from platforms.types import Level, MetricRow, RemoteCampaign, UnreadableRow

LOOK_BACK_DAYS = 28
FIRST_LOOK_BACK_DAYS = 90
SYNC_EVERY = timedelta(hours=1)
LEVELS: tuple[Level, ...] = ("campaign", "ad")


@dataclass(frozen=True)
class SyncResult:
    structure: StructureResult
    new: int
    restated: int
    unchanged: int


def due_accounts() -> list[AdAccount]:
    """Connected accounts whose last sync is an hour old by market time."""
    connected = AdAccount.objects.filter(state=AdAccount.State.CONNECTED)
    connected = connected.exclude(platform=Platform.IMPORT).select_related("advertiser")
    return [account for account in connected if _is_due(account)]


def _is_due(account: AdAccount) -> bool:
    last = account.synced_market_at
    return last is None or last > clock.market_now() or clock.market_now() - last >= SYNC_EVERY


def sync_account(account: AdAccount, *, look_back_days: int | None = None) -> SyncResult:
    """Read structure, then figures at campaign and ad level. Raises the platform's error after
    it is noted as an incident; figures that were read before it are kept."""
    at = clock.market_now()
    try:
        with platform_for(account) as client:
            result = _sync(client, account, look_back_days)
    except CredentialsInvalid as err:
        _keep_error(account, err)
        mark_token_invalid(account, err)
        raise
    except PlatformError as err:
        if isinstance(err, CallsUsedUp) and err.is_told:
            _keep_error(account, err)
        else:
            _note_failure(account, err)
        raise
    AdAccount.objects.filter(pk=account.pk).update(
        synced_at=clock.real_now(), synced_market_at=at, sync_error=""
    )
    Incident.resolve(account.advertiser, f"sync:{account.pk}")
    account.refresh_from_db(fields=["synced_at", "synced_market_at", "sync_error"])
    envelope_watch.watch(account)
    return result


def _sync(client: AdPlatform, account: AdAccount, look_back_days: int | None) -> SyncResult:
    read_at = clock.real_now()
    remotes = client.read_structure()
    structure = store_structure(account, remotes, read_at=read_at)
    pause_and_report(client, account, list(structure.copies))
    days = _days(account, look_back_days)
    unread: list[UnreadableRow] = []
    stored = [_sync_level(client, account, level, days, remotes, unread) for level in LEVELS]
    if unread:
        unread_rows.report(account, unread)
    else:
        unread_rows.resolve(account)
    review_ended.close_those_that_spend(account)
    return SyncResult(
        structure,
        new=sum(s.new for s in stored),
        restated=sum(s.restated for s in stored),
        unchanged=sum(s.unchanged for s in stored),
    )


def _days(account: AdAccount, look_back_days: int | None) -> tuple[date, date]:
    """The days given; else the usual look-back, or more after a longer gap."""
    today = dates.today(account.time_zone)
    days = look_back_days
    if days is None:
        days = LOOK_BACK_DAYS if account.synced_at else FIRST_LOOK_BACK_DAYS
        if account.synced_market_at is not None:
            days = max(days, (clock.market_now() - account.synced_market_at).days + LOOK_BACK_DAYS)
    return today - timedelta(days=days), today


def _sync_level(
    client: AdPlatform,
    account: AdAccount,
    level: Level,
    days: tuple[date, date],
    remotes: list[RemoteCampaign],
    unread: list[UnreadableRow],
) -> StoreResult:
    """Store what can be read; what cannot is added to `unread`."""
    entities = _entities(account, level)
    bad: list[UnreadableRow] = []
    rows = client.read_metrics(level, *days, unreadable=bad.append)
    unread += bad
    values = [
        _values(level, row, entities[row.remote_id]) for row in rows if row.remote_id in entities
    ]
    there = frozenset(
        _entity_id(entities[remote_id])
        for remote_id in _remote_ids(level, remotes)
        if remote_id in entities
    )
    covered = ReadRange(*days, level, there, unread_days(bad, entities))
    return store_metrics(account, values, seen_at=clock.market_now(), zero_missing=covered)


def _remote_ids(level: Level, remotes: list[RemoteCampaign]) -> Iterator[str]:
    """What the structure has of this level."""
    for campaign in remotes:
        if level == "campaign":
            yield campaign.remote_id
        else:
            yield from (ad.remote_id for group in campaign.ad_groups for ad in group.ads)


def _entity_id(entity: tuple[int, int | None]) -> int:
    campaign_id, ad_id = entity
    return campaign_id if ad_id is None else ad_id


def _entities(account: AdAccount, level: Level) -> dict[str, tuple[int, int | None]]:
    """Remote id to (campaign id, ad id)."""
    if level == "campaign":
        campaigns = Campaign.objects.filter(account=account).exclude(remote_id="")
        return {remote: (pk, None) for remote, pk in campaigns.values_list("remote_id", "pk")}
    ads = Ad.objects.filter(ad_group__campaign__account=account).exclude(remote_id="")
    found = ads.values_list("remote_id", "ad_group__campaign_id", "pk")
    return {remote: (campaign, pk) for remote, campaign, pk in found}


def _values(level: Level, row: MetricRow, entity: tuple[int, int | None]) -> MetricValues:
    return MetricValues(
        level=level,
        campaign_id=entity[0],
        ad_id=entity[1],
        day=row.day,
        period_first=None,
        impressions=row.impressions,
        clicks=row.clicks,
        conversions=row.conversions,
        spend_micros=row.spend.micros,
        revenue_micros=row.revenue.micros,
    )


def _keep_error(account: AdAccount, err: AdsEngineError) -> None:
    AdAccount.objects.filter(pk=account.pk).update(sync_error=err.user_message[:500])


def _note_failure(account: AdAccount, err: AdsEngineError) -> None:
    _keep_error(account, err)
    since = f"since {account.synced_at:%d %b %H:%M} UTC" if account.synced_at else "so far"
    Incident.open(
        account.advertiser,
        f"sync:{account.pk}",
        title=f"{account}: figures cannot be read",
        detail=str(err),
        at_stake=f"No new figures {since}; budgets of this account stay as they are.",
        next_step="It is retried automatically. If it persists, verify the account.",
        url=f"/a/{account.advertiser.slug}/connections/",
    )
