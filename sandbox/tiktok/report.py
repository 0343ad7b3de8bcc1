"""report/integrated/get of the TikTok emulator: every metric as text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sandbox.market.market import DayRow
from sandbox.tiktok import errors
from sandbox.tiktok import params as read
from sandbox.tiktok.params import Params, Tik

LEVELS = {
    "AUCTION_ADVERTISER": "advertiser_id",
    "AUCTION_CAMPAIGN": "campaign_id",
    "AUCTION_ADGROUP": "adgroup_id",
    "AUCTION_AD": "ad_id",
}
_COLUMN = {"campaign_id": 0, "adgroup_id": 1, "ad_id": 2}
_DAILY_LIMIT, _LIMIT = 30, 365
_NO_VALUE = "-"


@dataclass
class Sums:
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


def integrated(tik: Tik, params: Params) -> Params:
    """Rows of dimensions and metrics. Raises ApiError."""
    read.require(params, ["report_type", "dimensions"])
    if params["report_type"] != "BASIC":
        raise errors.invalid("report_type: only BASIC is served by this sandbox.")
    read.require(params, ["data_level"])
    level = read.choice(params, "data_level", LEVELS) or ""
    dimensions, daily = _dimensions(params, level)
    metrics = _metrics(params)
    since, until = _range(tik, params, daily)
    asked = {name: value for name, value in params.items() if name not in ("page", "page_size")}
    rows = tik.list_cache.get(
        str(sorted(asked.items(), key=str)),
        str(params.get("page", 1)) == "1",
        lambda: _sorted(_rows(tik, params, level, dimensions, metrics, since, until), params),
    )
    return read.page(rows, params)


def _rows(
    tik: Tik,
    params: Params,
    level: str,
    dimensions: list[str],
    metrics: list[str],
    since: date,
    until: date,
) -> list[Params]:
    sums = _summed(tik, since, until, LEVELS[level], "stat_time_day" in dimensions)
    return [
        {
            "dimensions": _shown_dimensions(dimensions, key),
            "metrics": {name: _METRICS[name](tik, key[0], total) for name in metrics},
        }
        for key, total in sums.items()
        if _passes(tik, key[0], LEVELS[level], params)
    ]


def _dimensions(params: Params, level: str) -> tuple[list[str], bool]:
    dimensions = [str(name) for name in read.structure(params, "dimensions", list) or []]
    own = LEVELS[level]
    for name in dimensions:
        if name not in (own, "stat_time_day"):
            raise errors.invalid(f"dimensions: {name} is not allowed at data_level {level}.")
    if own not in dimensions:
        raise errors.invalid(f"dimensions: {own} is required at data_level {level}.")
    return dimensions, "stat_time_day" in dimensions


def _metrics(params: Params) -> list[str]:
    metrics = read.structure(params, "metrics", list) or ["spend", "impressions"]
    for name in metrics:
        if name not in _METRICS:
            raise errors.invalid(f"metrics: {name} doesn't exist.")
    return metrics


def _range(tik: Tik, params: Params, daily: bool) -> tuple[date, date]:
    today = tik.now().date()
    if read.flag(params, "query_lifetime"):
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
    most = _DAILY_LIMIT if daily else _LIMIT
    if (until - since).days + 1 > most:
        raise errors.invalid(f"The time range must not exceed {most} days.")
    return since, until


Key = tuple[str, date | None]


def _summed(tik: Tik, since: date, until: date, own: str, daily: bool) -> dict[Key, Sums]:
    column = _COLUMN.get(own)
    sums: dict[Key, Sums] = {}
    for row in tik.market.rows(tik.account.id, since, until, tik.now()):
        number = tik.account.id if column is None else str(row[column])
        key = (number, row.day if daily else None)
        total = sums.get(key)
        if total is None:
            total = sums[key] = Sums()
        total.add(row)
    return sums


def _shown_dimensions(dimensions: list[str], key: Key) -> dict[str, str]:
    day = f"{key[1]} 00:00:00" if key[1] else ""
    return {name: day if name == "stat_time_day" else key[0] for name in dimensions}


def _entity(tik: Tik, number: str) -> Any:
    world = tik.world
    return world.campaigns.get(number) or world.ad_groups.get(number) or world.ads.get(number)


def _passes(tik: Tik, number: str, own: str, params: Params) -> bool:
    """`filtering`: a list of {field_name, filter_type, filter_value}; IN takes JSON text."""
    rules = read.structure(params, "filtering", list) or []
    entity = _entity(tik, number)
    states = [rule for rule in rules if str(rule.get("field_name", "")).endswith("_status")]
    everything = any("STATUS_ALL" in str(rule.get("filter_value")) for rule in states)
    if entity is not None and entity.status == "removed" and not everything:
        return False
    return all(_matches(number, own, rule) for rule in rules if rule not in states)


def _matches(number: str, own: str, rule: Params) -> bool:
    if rule.get("field_name") != f"{own}s":
        raise errors.invalid(f"filtering: field_name {rule.get('field_name')} is not served.")
    if rule.get("filter_type") != "IN":
        raise errors.invalid(f"filtering: filter_type {rule.get('filter_type')} is not served.")
    asked = read.structure(rule, "filter_value", list) or []
    return number in [str(value) for value in asked]


def _sorted(rows: list[Params], params: Params) -> list[Params]:
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


def _counted(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") or "0"


def _name(tik: Tik, number: str, total: Sums) -> str:
    entity = _entity(tik, number)
    campaign = tik.world.campaigns.get(getattr(entity, "campaign_id", number))
    return campaign.name if campaign else _NO_VALUE


def _objective(tik: Tik, number: str, total: Sums) -> str:
    entity = _entity(tik, number)
    campaign = tik.world.campaigns.get(getattr(entity, "campaign_id", number))
    return campaign.objective if campaign else _NO_VALUE


def _own_name(tik: Tik, number: str, total: Sums) -> str:
    entity = _entity(tik, number)
    return entity.name if entity else _NO_VALUE


def _plain(value: Callable[[Sums], str]) -> Callable[[Tik, str, Sums], str]:
    return lambda tik, number, total: value(total)


_CONVERSIONS = _plain(lambda t: _counted(t.conversions))
_COST = _plain(lambda t: _ratio(t.spend / 1e6, t.conversions))
_RATE = _plain(lambda t: _ratio(t.conversions, t.clicks, 100))
# total_complete_payment_rate is, despite its name, the total value of website purchases.
_METRICS: dict[str, Callable[[Tik, str, Sums], str]] = {
    "spend": _plain(lambda t: f"{t.spend / 1e6:.2f}"),
    "impressions": _plain(lambda t: str(t.impressions)),
    "clicks": _plain(lambda t: str(t.clicks)),
    "reach": _plain(lambda t: str(round(t.impressions**0.97))),
    "frequency": _plain(lambda t: _ratio(t.impressions, round(t.impressions**0.97))),
    "ctr": _plain(lambda t: _ratio(t.clicks, t.impressions, 100)),
    "cpc": _plain(lambda t: _ratio(t.spend / 1e6, t.clicks)),
    "cpm": _plain(lambda t: _ratio(t.spend / 1e3, t.impressions)),
    "conversion": _CONVERSIONS,
    "cost_per_conversion": _COST,
    "conversion_rate_v2": _RATE,
    "result": _CONVERSIONS,
    "cost_per_result": _COST,
    "result_rate": _RATE,
    "complete_payment": _CONVERSIONS,
    "cost_per_complete_payment": _COST,
    "total_complete_payment_rate": _plain(lambda t: f"{t.revenue / 1e6:.2f}"),
    "value_per_complete_payment": _plain(lambda t: _ratio(t.revenue / 1e6, t.conversions)),
    "complete_payment_roas": _plain(lambda t: _ratio(t.revenue, t.spend)),
    "video_play_actions": _plain(lambda t: str(t.impressions * 9 // 10)),
    "video_watched_2s": _plain(lambda t: str(t.impressions * 3 // 10)),
    "video_watched_6s": _plain(lambda t: str(t.impressions // 10)),
    "currency": lambda tik, number, total: tik.account.currency,
    "campaign_name": _name,
    "adgroup_name": _own_name,
    "ad_name": _own_name,
    "objective_type": _objective,
}
