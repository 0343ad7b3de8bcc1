"""Speed of the sync of one day of 1,000 ads, against simple code that reads and stores the same."""

from __future__ import annotations

import json
import shutil
import urllib.request
from collections.abc import Callable
from datetime import date
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from adsengine.management.story import connect_accounts
from campaigns.models import Ad, AdGroup, Campaign, DailyMetric
from campaigns.sync.metrics_sync import LEVELS, sync_account
from core.common import clock, dates
from core.models import Actor, ActorKind, Advertiser
from platforms.models import AdAccount
from platforms.registry import platform_for
from platforms.types import Level, MetricRow, RemoteCampaign
from tests.benchmarks.timing import measure_seconds, median_ratio, rounded_median

TARGETS = {"first_ratio": 0.6, "again_ratio": 0.5}
REPEATS = 5
Sync = Callable[[AdAccount], object]


def measure(folder: Path, *, tiny: bool) -> dict[str, float]:
    """First: with an empty database. Again: the same day an hour later, with changed numbers."""
    _connect()
    accounts = list(AdAccount.objects.select_related("advertiser").order_by("pk"))
    copies = _use_own_databases(folder)
    first: dict[str, list[float]] = {"ours": [], "plain": []}
    again: dict[str, list[float]] = {"ours": [], "plain": []}
    for repeat in range(1 if tiny else REPEATS):
        names = sorted(copies, reverse=bool(repeat % 2))
        for name in names:
            copies[name](fresh=True)
            first[name].append(_time(name, accounts))
        _advance_an_hour()
        for name in names:
            copies[name](fresh=False)
            again[name].append(_time(name, accounts))
    return {
        "ads": Ad.objects.count(),
        "rows": DailyMetric.objects.count(),
        "first_seconds": rounded_median(first["ours"]),
        "first_plain_seconds": rounded_median(first["plain"]),
        "first_ratio": median_ratio(first["ours"], first["plain"]),
        "again_seconds": rounded_median(again["ours"]),
        "again_plain_seconds": rounded_median(again["plain"]),
        "again_ratio": median_ratio(again["ours"], again["plain"]),
    }


def _connect() -> None:
    advertiser = Advertiser.objects.create(
        name="Bench", slug="bench", currency="USD", time_zone="America/New_York"
    )
    connect_accounts(Actor(ActorKind.SYSTEM, "bench"), advertiser)


def _use_own_databases(folder: Path) -> dict[str, Callable[..., None]]:
    """Functions that switch to each side's own database; `fresh` resets it to the accounts."""
    base = Path(connection.settings_dict["NAME"])
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()

    def use(name: str) -> Callable[..., None]:
        path = folder / f"{name}.sqlite3"

        def switch(*, fresh: bool) -> None:
            connection.close()
            if fresh:
                for old in folder.glob(f"{name}.sqlite3*"):
                    old.unlink()
                shutil.copy(base, path)
            connection.settings_dict["NAME"] = str(path)
            connection.ensure_connection()

        return switch

    return {name: use(name) for name in ("ours", "plain")}


def _time(name: str, accounts: list[AdAccount]) -> float:
    return measure_seconds(lambda: [_SYNCS[name](account) for account in accounts])


def _advance_an_hour() -> None:
    url = settings.SANDBOX["clock"]["url"]
    body = json.dumps({"advance_hours": 1}).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        answer.read()
    clock.discard_reading()


def _ours(account: AdAccount) -> None:
    sync_account(account, look_back_days=0)


def _plain(account: AdAccount) -> None:
    """The same calls, each row written separately; in one transaction, which makes this faster."""
    day = dates.today(account.time_zone)
    with platform_for(account) as client, transaction.atomic():
        for remote in client.read_structure():
            _plain_campaign(account, remote)
        for level in LEVELS:
            for row in client.read_metrics(level, day, day):
                _plain_row(account, level, row, day)


_SYNCS: dict[str, Sync] = {"ours": _ours, "plain": _plain}


def _plain_campaign(account: AdAccount, remote: RemoteCampaign) -> None:
    campaign, _ = Campaign.objects.update_or_create(
        account=account,
        remote_id=remote.remote_id,
        defaults={"name": remote.name, "remote": remote.status, "origin": "elsewhere"},
    )
    for group in remote.ad_groups:
        row, _ = AdGroup.objects.update_or_create(
            campaign=campaign,
            remote_id=group.remote_id,
            defaults={"name": group.name, "remote": group.status},
        )
        for ad in group.ads:
            Ad.objects.update_or_create(
                ad_group=row,
                remote_id=ad.remote_id,
                defaults={"name": ad.name, "remote": ad.status},
            )


def _plain_row(account: AdAccount, level: Level, row: MetricRow, day: date) -> None:
    if level == "campaign":
        campaign, ad = Campaign.objects.get(account=account, remote_id=row.remote_id), None
    else:
        ad = Ad.objects.select_related("ad_group__campaign").get(
            ad_group__campaign__account=account, remote_id=row.remote_id
        )
        campaign = ad.ad_group.campaign
    DailyMetric.objects.update_or_create(
        level=level,
        entity_id=ad.pk if ad else campaign.pk,
        day=day,
        defaults={
            "account": account,
            "campaign": campaign,
            "ad": ad,
            "impressions": row.impressions,
            "clicks": row.clicks,
            "conversions": row.conversions,
            "spend_micros": row.spend.micros,
            "revenue_micros": row.revenue.micros,
            "seen_at": clock.market_now(),
        },
    )
