"""Reads the list: filtered, sorted and totalled over everything, then cut into pages.

The number of queries does not grow with the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from campaigns.briefs.selectors import patterns_of
from campaigns.lists.columns import OWN_FIELDS, SORT_FIELDS, Column, columns_of
from campaigns.lists.conditions import fitting
from campaigns.lists.filters import DELIVERIES, Filters
from campaigns.lists.levels import Level
from campaigns.lists.lines import Cell, ListLine
from campaigns.lists.tracking import tracking
from campaigns.naming import matches
from campaigns.presentation.delivery import delivery_of
from campaigns.publish_audit import without_sending
from campaigns.scope import Scope
from campaigns.selectors import MetricTotals
from campaigns.tables import Table, sort_ids, sums_of, total_of
from core.common.paging import page_of
from core.models import AuditEntry


@dataclass(frozen=True)
class ListTable(Table):
    """`totals` are the cells of the last line, over the whole filter."""

    columns: Sequence[Column] = ()
    totals: Sequence[Cell] = ()


def read_table(
    scope: Scope, filters: Filters, level: Level, *, everything: bool = False
) -> ListTable:
    """One page of it, or all its rows on one."""
    columns = columns_of(filters.columns, level.key)
    sums, ids = _sort_ids(scope, filters, level)
    size = max(len(ids), 1) if everything else filters.size
    page, shown = page_of(ids, filters.page if not everything else 1, size)
    total = total_of((sums[pk] for pk in ids if pk in sums), scope.currency)
    lines = _lines(scope, level, shown, sums, columns)
    cells = [column.total_cell(total) for column in columns]
    return ListTable(lines, total, len(ids), page, size, filters.sort, columns, cells)


def line_of(scope: Scope, level: Level, pk: int, columns: str) -> ListLine | None:
    """One line again, after a change. None for a row that is not the advertiser's."""
    rows = level.rows().filter(
        pk=pk, **{level.on_campaign("account__advertiser"): scope.advertiser}
    )
    item = level.items(list(rows.values_list("pk", flat=True))).first()
    if item is None:
        return None
    line = ListLine(item, MetricTotals(scope.currency))
    account = line.campaign.account
    own = replace(scope, currency=account.currency, platform="", account=account)
    sums = sums_of(own, level.metric_level, level.metric_key, campaign=line.campaign)
    known = columns_of(columns, level.key, imported=scope.is_imported)
    return _lines(own, level, [pk], sums, known)[0]


def ids_of(scope: Scope, filters: Filters, level: Level) -> list[int]:
    """Every row that fits, in the order of the list."""
    return _sort_ids(scope, filters, level)[1]


def _sort_ids(
    scope: Scope, filters: Filters, level: Level
) -> tuple[dict[int, MetricTotals], list[int]]:
    sums = sums_of(scope, level.metric_level, level.metric_key)
    keys = _keys(scope, filters, level)
    if filters.where:
        keys = {pk: keys[pk] for pk in fitting(keys, sums, filters.where, scope.currency)}
    return sums, sort_ids(keys, sums, filters.sort, scope.currency)


def _keys(scope: Scope, filters: Filters, level: Level) -> dict[int, dict[str, Any]]:
    """What every row that fits is sorted by, newest first."""
    rows = filters.apply(scope, level).order_by("-pk")
    if filters.delivery:
        rows = rows.filter(pk__in=_ids_with_delivery(level, rows, filters.delivery))
    name = filters.sort.removeprefix("-")
    field = SORT_FIELDS.get(name, "pk")
    path = field if name in OWN_FIELDS or field == "pk" else level.on_campaign(field)
    values = rows.values_list("pk", "name", path)
    return {
        pk: {"name": text.casefold(), name: text.casefold() if name == "name" else _known(value)}
        for pk, text, value in values
    }


def _known(value: Any) -> Any:
    return None if value == "" else value


def _ids_with_delivery(level: Level, rows: Any, wanted: str) -> list[int]:
    """Of the rows, those that stand so."""
    items = level.items(list(rows.values_list("pk", flat=True)))
    return [i.pk for i in items if delivery_of(i, _publishing(i)) == DELIVERIES[wanted]]


def _publishing(item: Any) -> str:
    return getattr(item, "publishing", "") or ""


def _lines(
    scope: Scope,
    level: Level,
    shown: list[int],
    sums: dict[int, MetricTotals],
    columns: Sequence[Column],
) -> list[ListLine]:
    by_id = {item.pk: item for item in level.items(shown)}
    keys = {column.key for column in columns}
    changed = _changes(level, shown) if "changed" in keys else {}
    tags = tracking(level, shown) if "tracking" in keys else {}
    pattern = getattr(patterns_of(scope.advertiser), level.kind) if "naming" in keys else ""
    lines = [
        ListLine(
            by_id[pk],
            sums.get(pk, MetricTotals(scope.currency)),
            _publishing(by_id[pk]),
            changed.get(pk),
            tags.get(pk, ""),
            _naming(pattern, by_id[pk].name),
        )
        for pk in shown
        if pk in by_id
    ]
    return [replace(line, cells=[column.cell(line) for column in columns]) for line in lines]


def _naming(pattern: str, name: str) -> str:
    if not pattern:
        return ""
    return "Fits" if matches(pattern, name) else "Differs"


def _changes(level: Level, shown: list[int]) -> dict[int, AuditEntry]:
    """The newest entry of each row. Sending a request to the platform is no change of its own."""
    entries = AuditEntry.objects.filter(target_type=level.audit, target_id__in=shown)
    entries = without_sending(entries)
    return {entry.target_id or 0: entry for entry in entries.order_by("at", "pk")}
