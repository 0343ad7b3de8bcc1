"""Insights of the Meta emulator: every metric as text; no rows without delivery.

Rows of deleted and archived objects come only where `filtering` asks for their status; the sums of
their parents contain them. (Marketing API, manage your ad object's status)
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from datetime import date, timedelta

from sandbox.market import delivery
from sandbox.market.market import DayRow
from sandbox.meta import errors, insight_filters
from sandbox.meta import params as read
from sandbox.meta.graph import Graph
from sandbox.meta.metrics import METRICS, MetaTotals
from sandbox.meta.params import Params

LEVELS = ("account", "campaign", "adset", "ad")
_MAX_MONTHS = 37
_NOT_SERVED = (
    *("breakdowns", "action_breakdowns", "action_attribution_windows", "sort", "time_ranges"),
    "use_account_attribution_setting",
)
# Of figures behind what was delivered; Meta states none, and none is promised.
REPORT_DELAY = timedelta(hours=1)
_PRESETS = {
    "today": (0, 0),
    "yesterday": (1, 1),
    "last_3d": (3, 1),
    "last_7d": (7, 1),
    "last_14d": (14, 1),
    "last_28d": (28, 1),
    "last_30d": (30, 1),
    "last_90d": (90, 1),
    "maximum": (_MAX_MONTHS * 30, 0),
}


Key = tuple[str, date, date]


def insight_rows(graph: Graph, node: str, kind: str, params: Params) -> list[Params]:
    """Insight rows of a node (account, campaign, adset or ad). Raises GraphError."""
    level = read.choice(params, "level", LEVELS) or kind
    if LEVELS.index(level) < LEVELS.index(kind):
        raise errors.invalid(f"level {level} is above the node's own level {kind}", "level")
    requested = _requested_fields(params)
    since, until = _read_range(graph, params)
    campaign = _campaign_of(graph, node, kind)
    rows = graph.market.rows(
        graph.account.id,
        since,
        until,
        graph.now() - REPORT_DELAY,
        campaign_id=campaign or None,
    )
    node_rows = [
        row for row in rows if kind in ("account", "campaign") or _belongs_to(row, node, kind)
    ]
    rules = insight_filters.parse(params, level)
    shown = insight_filters.shown(graph, node_rows, rules, level, kind)
    totals = _sum_rows(shown, level, _days_per_row(params, since, until), since, until)
    return [_row(graph, key, level, total, requested) for key, total in totals.items()]


def _requested_fields(params: Params) -> list[str]:
    for name in _NOT_SERVED:
        if read.text(params, name):
            raise errors.invalid(f"{name} is not served by this sandbox", name)
    requested = [name for name in read.field_list(params).split(",") if name.strip()]
    requested = [name.strip() for name in requested] or ["impressions", "spend"]
    for name in requested:
        if name not in METRICS and name not in _NAMES:
            raise errors.invalid(f"{name} is not valid for fields param.", "fields")
    return requested


def _read_range(graph: Graph, params: Params) -> tuple[date, date]:
    time_range = read.json_value(params, "time_range", dict)
    preset = read.text(params, "date_preset")
    today = delivery.local_day(graph.account.time_zone, graph.now())
    if time_range is None:
        if preset is not None and preset not in _PRESETS:
            raise errors.not_one_of("date_preset", tuple(_PRESETS))
        begin, end = _PRESETS[preset or "last_30d"]
        return today - timedelta(begin), today - timedelta(end)
    if preset is not None:
        raise errors.invalid("Give time_range or date_preset, not both", "date_preset")
    try:
        since, until = (
            date.fromisoformat(time_range["since"]),
            date.fromisoformat(time_range["until"]),
        )
    except (KeyError, TypeError, ValueError):
        raise errors.invalid(
            "time_range needs since and until as YYYY-MM-DD", "time_range"
        ) from None
    if until < since:
        raise errors.invalid("time_range: until is before since", "time_range")
    if since < _oldest_day(today):
        raise errors.GraphError(
            "(#3018) The start date of the time range cannot be beyond 37 months", 3018
        )
    return since, until


def _oldest_day(today: date) -> date:
    """The same day of the month, 37 months ago; its last day where the month is shorter."""
    months = today.year * 12 + today.month - 1 - _MAX_MONTHS
    year, month = months // 12, months % 12 + 1
    return date(year, month, min(today.day, monthrange(year, month)[1]))


def _days_per_row(params: Params, since: date, until: date) -> int:
    """Days per row; the whole range unless time_increment is given."""
    value = read.text(params, "time_increment") or "all_days"
    if value == "all_days":
        return (until - since).days + 1
    if not value.isdigit() or not 1 <= int(value) <= 90:
        raise errors.invalid("time_increment must be all_days or 1 to 90", "time_increment")
    return int(value)


def _campaign_of(graph: Graph, node: str, kind: str) -> str:
    if kind == "adset":
        return graph.ad_set(node).campaign_id
    if kind == "ad":
        return graph.ad(node).campaign_id
    return node if kind == "campaign" else ""


def _belongs_to(row: DayRow, node: str, kind: str) -> bool:
    return node == (row.ad_group_id if kind == "adset" else row.ad_id)


def _sum_rows(
    rows: Iterable[DayRow], level: str, step: int, since: date, until: date
) -> dict[Key, MetaTotals]:
    column = {"account": None, "campaign": 0, "adset": 1, "ad": 2}[level]
    totals: dict[Key, MetaTotals] = {}
    for row in rows:
        begin = since + timedelta((row.day - since).days // step * step)
        end = min(until, begin + timedelta(step - 1))
        key = ("" if column is None else str(row[column]), begin, end)
        total = totals.get(key)
        if total is None:
            total = totals[key] = MetaTotals()
        total.add(row)
    return totals


def _names(graph: Graph, node: str, level: str) -> dict[str, str]:
    """The ids and names of a row of this level."""
    world, names = (
        graph.world,
        {
            "account_id": graph.account.id,
            "account_name": graph.account.name,
            "account_currency": graph.currency,
        },
    )
    if level == "ad":
        ad = world.ads[node]
        names |= {"ad_id": ad.id, "ad_name": ad.name}
        node = ad.ad_group_id
    if level in ("ad", "adset"):
        group = world.ad_groups[node]
        names |= {"adset_id": group.id, "adset_name": group.name}
        node = group.campaign_id
    if level != "account":
        campaign = world.campaigns[node]
        names |= {"campaign_id": campaign.id, "campaign_name": campaign.name}
        names["objective"] = campaign.objective
    return names


_NAMES = frozenset(
    "account_id account_name account_currency campaign_id campaign_name objective adset_id"
    " adset_name ad_id ad_name date_start date_stop".split()
)


def _row(graph: Graph, key: Key, level: str, total: MetaTotals, requested: list[str]) -> Params:
    names = _names(graph, key[0], level)
    leads = "LEAD" in names.get("objective", "")
    row: Params = {name: names[name] for name in requested if name in names}
    for name in requested:
        value = METRICS[name](total, leads) if name in METRICS else None
        if value is not None:
            row[name] = value
    return row | {"date_start": key[1].isoformat(), "date_stop": key[2].isoformat()}
