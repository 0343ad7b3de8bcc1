"""Report files for the import's tests, and a short way to import them."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from campaigns.importing import ImportResult, import_report
from campaigns.models import Ad, AdGroup, Campaign, Creative, DailyMetric
from core.common import clock
from core.models import Actor, ActorKind, Advertiser, AuditEntry
from platforms.models import AdAccount

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
LATER = datetime(2026, 3, 11, 12, tzinfo=UTC)
HEAD = "campaign,ad_group,ad,date,impressions,clicks,spend,conversions,revenue\n"
TWO_ADS = HEAD + (
    "Spring,Women,Blue,2026-03-01,1000,30,12.50,2.5,99.99\n"
    "Spring,Women,Red,2026-03-01,500,10,7.25,1,40\n"
)
Take = Callable[..., ImportResult]


def taking(advertiser: Advertiser) -> Take:
    """Imports a text or bytes at a moment of market time."""

    def take(content: str | bytes, *, at: datetime = NOW, **more: Any) -> ImportResult:
        data = content.encode() if isinstance(content, str) else content
        with clock.freeze(at):
            return import_report(
                actor=Actor(ActorKind.PERSON, "ann"),
                advertiser=advertiser,
                file=io.BytesIO(data),
                file_name="report.csv",
                **more,
            )

    return take


def make_shop() -> Advertiser:
    return Advertiser.objects.create(
        name="Shop", slug="shop", currency="EUR", time_zone="Europe/Berlin"
    )


def nothing_was_imported() -> bool:
    models = (AdAccount, Campaign, AdGroup, Ad, Creative, DailyMetric, AuditEntry)
    return not any(model.objects.exists() for model in models)
