"""Reports of the TikTok emulator (report/integrated/get): every metric as text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sandbox.market.market import DayRow
from sandbox.tiktok import errors
from sandbox.tiktok import params as read
from sandbox.tiktok.params import Params, TikTok

LEVELS = {
    "AUCTION_ADVERTISER": "advertiser_id",
    "AUCTION_CAMPAIGN": "campaign_id",
    "AUCTION_ADGROUP": "adgroup_id",
    "AUCTION_AD": "ad_id",
}
_ID_COLUMN = {"campaign_id": 0, "adgroup_id": 1, "ad_id": 2}
_DAILY_LIMIT, _LIMIT = 30, 365
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


def integrated_report(tiktok: TikTok, params: Params) -> Params:
    """Rows of dimensions and metrics. Raises ApiError."""
    read.require(params, ["report_type", "dimensions"])
    if params["report_type"] != "BASIC":
        raise errors.invalid("report_type: only BASIC is served by this sandbox.")
    read.require(params, ["data_level"])
    level = read.choice(params, "data_level", LEVELS) or ""
    dimensions, daily = _read_dimensions(params, level)
    metrics = _read_metrics(params)
    since, until = _read_range(tiktok, params, daily)
    query = {name: value for name, value in params.items() if name not in ("page", "page_size")}
    rows = tiktok.list_cache.get(
        str(sorted(query.items(), key=str)),
        str(params.get("page", 1)) == "1",
        lambda: _sort_rows(_rows(tiktok, params, level, dimensions, metrics, since, until), params),
    )
    return read.page(rows, params)


def _rows(
    tiktok: TikTok,
    params: Params,
    level: str,
    dimensions: list[str],
    metrics: list[str],
    since: date,
    until: date,
) -> list[Params]:
    totals = _sum_rows(tiktok, since, until, LEVELS[level], "stat_time_day" in dimensions)
    return [
        {
            "dimensions": _dimension_values(dimensions, key),
            "metrics": {name: _METRICS[name](tiktok, key[0], total) for name in metrics},
        }
        for key, total in totals.items()
        if _matches_filters(tiktok, key[0], LEVELS[level], params)
    ]


def _read_dimensions(params: Params, level: str) -> tuple[list[str], bool]:
    dimensions = [str(name) for name in read.json_value(params, "dimensions", list) or []]
    id_field = LEVELS[level]
    for name in dimensions:
        if name not in (id_field, "stat_time_day"):
            raise errors.invalid(f"dimensions: {name} is not allowed at data_level {level}.")
    if id_field not in dimensions:
        raise errors.invalid(f"dimensions: {id_field} is required at data_level {level}.")
    return dimensions, "stat_time_day" in dimensions


def _read_metrics(params: Params) -> list[str]:
    metrics = read.json_value(params, "metrics", list) or ["spend", "impressions"]
    for name in metrics:
        if name not in _METRICS:
            raise errors.invalid(f"metrics: {name} doesn't exist.")
    return metrics


def _read_range(tiktok: TikTok, params: Params, daily: bool) -> tuple[date, date]:
    today = tiktok.now().date()
    if read.boolean(params, "query_lifetime"):
        if daily:
            raise errors.invalid("query_lifetime: takes no time dimension.")
        return today - timedelta(3650), today
    read.require(params, ["start_date", "end_date"])
    try:
        since = date.fromisoformat(str(params["start_date"]))
        until = date.fromisoformat(str(params["end_date"]))
    except ValueError:
        raise errors.invalid("start_date, end_date: must be in the format YYYY-MM-DD.") from None
    if until < since:
        raise errors.invalid("end_date: is before start_date.")
    max_days = _DAILY_LIMIT if daily else _LIMIT
    if (until - since).days + 1 > max_days:
        raise errors.invalid(f"The time range must not exceed {max_days} days.")
    return since, until


Key = tuple[str, date | None]


def _sum_rows(
    tiktok: TikTok, since: date, until: date, id_field: str, daily: bool
) -> dict[Key, TikTokTotals]:
    column = _ID_COLUMN.get(id_field)
    totals: dict[Key, TikTokTotals] = {}
    for row in tiktok.market.rows(tiktok.account.id, since, until, tiktok.now()):
        entity_id = tiktok.account.id if column is None else str(row[column])
        key = (entity_id, row.day if daily else None)
        total = totals.get(key)
        if total is None:
            total = totals[key] = TikTokTotals()
        total.add(row)
    return totals


def _dimension_values(dimensions: list[str], key: Key) -> dict[str, str]:
    day = f"{key[1]} 00:00:00" if key[1] else ""
    return {name: day if name == "stat_time_day" else key[0] for name in dimensions}


def _entity(tiktok: TikTok, entity_id: str) -> Any:
    world = tiktok.world
    return (
        world.campaigns.get(entity_id) or world.ad_groups.get(entity_id) or world.ads.get(entity_id)
    )


def _matches_filters(tiktok: TikTok, entity_id: str, id_field: str, params: Params) -> bool:
    """`filtering` is a list of {field_name, filter_type, filter_value}; IN takes JSON text."""
    rules = read.json_value(params, "filtering", list) or []
    entity = _entity(tiktok, entity_id)
    status_rules = [rule for rule in rules if str(rule.get("field_name", "")).endswith("_status")]
    with_deleted = any("STATUS_ALL" in str(rule.get("filter_value")) for rule in status_rules)
    if entity is not None and entity.status == "removed" and not with_deleted:
        return False
    return all(
        _matches_filter(entity_id, id_field, rule) for rule in rules if rule not in status_rules
    )


def _matches_filter(entity_id: str, id_field: str, rule: Params) -> bool:
    if rule.get("field_name") != f"{id_field}s":
        raise errors.invalid(f"filtering: field_name {rule.get('field_name')} is not served.")
    if rule.get("filter_type") != "IN":
        raise errors.invalid(f"filtering: filter_type {rule.get('filter_type')} is not served.")
    ids = read.json_value(rule, "filter_value", list) or []
    return entity_id in [str(value) for value in ids]


def _sort_rows(rows: list[Params], params: Params) -> list[Params]:
    field = params.get("order_field")
    if not field:
        return rows
    descending = params.get("order_type", "DESC") != "ASC"

    def value(row: Params) -> tuple[float, str]:
        text = {**row["dimensions"], **row["metrics"]}.get(field, "")
        return (float(text), "") if text.replace(".", "", 1).isdigit() else (0.0, text)

    return sorted(rows, key=value, reverse=descending)


def _ratio(top: float, bottom: float, factor: float = 1.0) -> str:
    return f"{factor * top / bottom:.2f}" if bottom else "0.00"


def _format_count(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") or "0"


def _campaign_name(tiktok: TikTok, entity_id: str, total: TikTokTotals) -> str:
    entity = _entity(tiktok, entity_id)
    campaign = tiktok.world.campaigns.get(getattr(entity, "campaign_id", entity_id))
    return campaign.name if campaign else _NO_VALUE


def _objective(tiktok: TikTok, entity_id: str, total: TikTokTotals) -> str:
    entity = _entity(tiktok, entity_id)
    campaign = tiktok.world.campaigns.get(getattr(entity, "campaign_id", entity_id))
    return campaign.objective if campaign else _NO_VALUE


def _entity_name(tiktok: TikTok, entity_id: str, total: TikTokTotals) -> str:
    entity = _entity(tiktok, entity_id)
    return entity.name if entity else _NO_VALUE


def _from_totals(
    value: Callable[[TikTokTotals], str],
) -> Callable[[TikTok, str, TikTokTotals], str]:
    return lambda tiktok, number, total: value(total)


_CONVERSIONS = _from_totals(lambda t: _format_count(t.conversions))
_COST = _from_totals(lambda t: _ratio(t.spend / 1e6, t.conversions))
_RATE = _from_totals(lambda t: _ratio(t.conversions, t.clicks, 100))
# total_complete_payment_rate is, despite its name, the total value of website purchases.
_METRICS: dict[str, Callable[[TikTok, str, TikTokTotals], str]] = {
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
