"""Reports of the TikTok emulator (report/integrated/get): every metric as text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sandbox.tiktok import errors, objects
from sandbox.tiktok import params as read
from sandbox.tiktok.metrics import METRICS, TikTokTotals, entity_of
from sandbox.tiktok.params import Params, TikTok

LEVELS = {
    "AUCTION_ADVERTISER": "advertiser_id",
    "AUCTION_CAMPAIGN": "campaign_id",
    "AUCTION_ADGROUP": "adgroup_id",
    "AUCTION_AD": "ad_id",
}
_ID_COLUMN = {"campaign_id": 0, "adgroup_id": 1, "ad_id": 2}
_STATUS_FILTERS = ("campaign_status", "adgroup_status", "ad_status")
_DAILY_LIMIT, _LIMIT = 30, 365


def integrated_report(tiktok: TikTok, params: Params) -> Params:
    """Rows of dimensions and metrics. Raises ApiError."""
    read.require(params, ["report_type", "dimensions"])
    if params["report_type"] != "BASIC":
        raise errors.invalid("report_type: only BASIC is served by this sandbox.")
    read.require(params, ["data_level"])
    read.choice(params, "service_type", ("AUCTION",))
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
    daily = "stat_time_day" in dimensions
    totals = _sum_rows(tiktok, since, until, LEVELS[level], daily)
    wanted = _read_filter(params, LEVELS[level])
    if not daily:  # what did not deliver is listed too, with zeros
        totals = {(key, None): TikTokTotals() for key in _entity_ids(tiktok, level)} | totals
    return [
        {
            "dimensions": _dimension_values(dimensions, key),
            "metrics": {name: METRICS[name](tiktok, key[0], total) for name in metrics},
        }
        for key, total in totals.items()
        if wanted.matches(tiktok, key[0])
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
        if name not in METRICS:
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


@dataclass(frozen=True)
class _Filter:
    """Without the status filter of the report's own level it leaves out what is deleted."""

    ids: frozenset[str] | None = None
    with_deleted: bool = False

    def matches(self, tiktok: TikTok, entity_id: str) -> bool:
        entity = entity_of(tiktok, entity_id)
        if entity is not None and not self.with_deleted and objects.is_deleted(tiktok, entity):
            return False
        return self.ids is None or entity_id in self.ids


def _read_filter(params: Params, id_field: str) -> _Filter:
    """`filtering` is a list of {field_name, filter_type, filter_value}; IN takes JSON text. Raises
    ApiError."""
    found: dict[str, list[str]] = {}
    for rule in read.json_value(params, "filtering", list) or []:
        if not isinstance(rule, dict) or rule.get("filter_type") != "IN":
            raise errors.invalid("filtering: must be a list of objects with filter_type IN.")
        name = str(rule.get("field_name"))
        if name not in (f"{id_field}s", *_STATUS_FILTERS):
            raise errors.invalid(f"filtering: field_name {name} is not served at this data_level.")
        value = rule.get("filter_value")
        values = read.parse_json("filter_value", value) if isinstance(value, str) else None
        if not isinstance(values, list):
            raise errors.invalid("filter_value: must be the text of a JSON array.")
        found[name] = [str(each) for each in values]
    ids = found.get(f"{id_field}s")
    if ids is not None and len(ids) > read.MAX_FILTER_IDS:
        raise errors.invalid(f"filter_value: at most {read.MAX_FILTER_IDS} ids.")
    status = found.get(id_field.replace("_id", "_status"), [])
    return _Filter(None if ids is None else frozenset(ids), "STATUS_ALL" in status)


def _sort_rows(rows: list[Params], params: Params) -> list[Params]:
    field = params.get("order_field")
    if not field:
        return rows
    descending = params.get("order_type", "DESC") != "ASC"

    def value(row: Params) -> tuple[float, str]:
        text = {**row["dimensions"], **row["metrics"]}.get(field, "")
        return (float(text), "") if text.replace(".", "", 1).isdigit() else (0.0, text)

    return sorted(rows, key=value, reverse=descending)


def _entity_ids(tiktok: TikTok, level: str) -> list[str]:
    account, world = tiktok.account.id, tiktok.world
    if level == "AUCTION_CAMPAIGN":
        return [item.id for item in world.list_campaigns(account)]
    if level == "AUCTION_ADGROUP":
        return [item.id for item in world.list_ad_groups(account)]
    return [item.id for item in world.list_ads(account)] if level == "AUCTION_AD" else [account]
