"""Rows for page tests: a connected account, campaigns, and figures of given days."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from campaigns.models import Ad, AdGroup, Campaign, Creative, DailyMetric
from core.models import Advertiser
from platforms.models import AdAccount

NOW = datetime(2026, 3, 15, 16, 0, tzinfo=UTC)
YESTERDAY = date(2026, 3, 14)


def make_account(advertiser: Advertiser, platform: str = "meta", **more: Any) -> AdAccount:
    number = AdAccount.objects.count() + 1
    values: dict[str, Any] = {
        "external_id": f"100{number}",
        "name": f"Shop {number}",
        "currency": advertiser.currency,
        "time_zone": advertiser.time_zone,
        "min_daily_budget_micros": 5_000_000,
        **more,
    }
    return AdAccount.objects.create(advertiser=advertiser, platform=platform, **values)


def make_campaign(account: AdAccount, name: str = "Boots", **more: Any) -> Campaign:
    values: dict[str, Any] = {
        "remote_id": f"r{Campaign.objects.count() + 1}",
        "wanted": "active",
        "remote": "active",
        "daily_budget_micros": 20_000_000,
        "end": date(2026, 6, 30),
        **more,
    }
    return Campaign.objects.create(account=account, name=name, **values)


def make_ad(campaign: Campaign, name: str = "Blue") -> Ad:
    group, _ = AdGroup.objects.get_or_create(campaign=campaign, name="Everyone")
    creative = Creative.objects.create(
        advertiser=campaign.account.advertiser,
        name=name,
        headlines=[f"{name} headline"],
        descriptions=["Worn by many."],
    )
    return Ad.objects.create(
        ad_group=group,
        creative=creative,
        name=name,
        remote_id=f"ad{Ad.objects.count() + 1}",
        wanted="active",
        remote="active",
    )


def deliver(
    target: Campaign | Ad,
    day: date = YESTERDAY,
    *,
    spend: int = 100,
    revenue: int = 300,
    clicks: int = 50,
    impressions: int = 2000,
    conversions: str = "5",
) -> DailyMetric:
    """One day's figures; money in whole units."""
    ad = target if isinstance(target, Ad) else None
    campaign = target.ad_group.campaign if isinstance(target, Ad) else target
    return DailyMetric.objects.create(
        account=campaign.account,
        campaign=campaign,
        ad=ad,
        level="ad" if ad else "campaign",
        entity_id=target.pk,
        day=day,
        impressions=impressions,
        clicks=clicks,
        conversions=Decimal(conversions),
        spend_micros=spend * 1_000_000,
        revenue_micros=revenue * 1_000_000,
    )
