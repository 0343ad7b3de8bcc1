"""Metrics of the TikTok emulator's reports: each one as text, "-" where there is no value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.market.market import DayRow
from sandbox.tiktok.params import TikTok

_NO_VALUE = "-"


@dataclass
class TikTokTotals:
    impressions: int = 0
    clicks: int = 0
    conversions: float = 0.0
    spend: int = 0
    revenue: int = 0

    def add(self, row: DayRow) -> None:
        self.impressions += row.impressions
        self.clicks += row.clicks
        self.conversions += row.conversions
        self.spend += row.spend_micros
        self.revenue += row.revenue_micros


def entity_of(tiktok: TikTok, entity_id: str) -> Any:
    """The campaign, ad group or ad; None for an account."""
    world = tiktok.world
    return (
        world.campaigns.get(entity_id) or world.ad_groups.get(entity_id) or world.ads.get(entity_id)
    )


def _ratio(top: float, bottom: float, factor: float = 1.0) -> str:
    return f"{factor * top / bottom:.2f}" if bottom else _NO_VALUE


def _format_count(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") or "0"


def _campaign_name(tiktok: TikTok, entity_id: str, total: TikTokTotals) -> str:
    entity = entity_of(tiktok, entity_id)
    campaign = tiktok.world.campaigns.get(getattr(entity, "campaign_id", entity_id))
    return campaign.name if campaign else _NO_VALUE


def _objective(tiktok: TikTok, entity_id: str, total: TikTokTotals) -> str:
    entity = entity_of(tiktok, entity_id)
    campaign = tiktok.world.campaigns.get(getattr(entity, "campaign_id", entity_id))
    return campaign.objective if campaign else _NO_VALUE


def _entity_name(tiktok: TikTok, entity_id: str, total: TikTokTotals) -> str:
    entity = entity_of(tiktok, entity_id)
    return entity.name if entity else _NO_VALUE


def _from_totals(
    value: Callable[[TikTokTotals], str],
) -> Callable[[TikTok, str, TikTokTotals], str]:
    return lambda tiktok, number, total: value(total)


_CONVERSIONS = _from_totals(lambda t: _format_count(t.conversions))
_COST = _from_totals(lambda t: _ratio(t.spend / 1e6, t.conversions))
_RATE = _from_totals(lambda t: _ratio(t.conversions, t.clicks, 100))
# total_complete_payment_rate is, despite its name, the total value of website purchases.
METRICS: dict[str, Callable[[TikTok, str, TikTokTotals], str]] = {
    "spend": _from_totals(lambda t: f"{t.spend / 1e6:.2f}"),
    "impressions": _from_totals(lambda t: str(t.impressions)),
    "clicks": _from_totals(lambda t: str(t.clicks)),
    "reach": _from_totals(lambda t: str(round(t.impressions**0.97))),
    "frequency": _from_totals(lambda t: _ratio(t.impressions, round(t.impressions**0.97))),
    "ctr": _from_totals(lambda t: _ratio(t.clicks, t.impressions, 100)),
    "cpc": _from_totals(lambda t: _ratio(t.spend / 1e6, t.clicks)),
    "cpm": _from_totals(lambda t: _ratio(t.spend / 1e3, t.impressions)),
    "conversion": _CONVERSIONS,
    "cost_per_conversion": _COST,
    "conversion_rate_v2": _RATE,
    "result": _CONVERSIONS,
    "cost_per_result": _COST,
    "result_rate": _RATE,
    "complete_payment": _CONVERSIONS,
    "cost_per_complete_payment": _COST,
    "total_complete_payment_rate": _from_totals(lambda t: f"{t.revenue / 1e6:.2f}"),
    "value_per_complete_payment": _from_totals(lambda t: _ratio(t.revenue / 1e6, t.conversions)),
    "complete_payment_roas": _from_totals(lambda t: _ratio(t.revenue, t.spend)),
    "video_play_actions": _from_totals(lambda t: str(t.impressions * 9 // 10)),
    "video_watched_2s": _from_totals(lambda t: str(t.impressions * 3 // 10)),
    "video_watched_6s": _from_totals(lambda t: str(t.impressions // 10)),
    "currency": lambda tiktok, number, total: tiktok.account.currency,
    "campaign_name": _campaign_name,
    "adgroup_name": _entity_name,
    "ad_name": _entity_name,
    "objective_type": _objective,
}
