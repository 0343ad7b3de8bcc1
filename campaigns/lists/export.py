"""The list as a CSV file: its columns, its filter, its order; every row, then the total."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from io import StringIO

from campaigns.analytics.export import BOM, harmless
from campaigns.lists.filters import Filters
from campaigns.lists.levels import Level
from campaigns.lists.lines import Cell, ListLine
from campaigns.lists.table import ListTable
from campaigns.presentation import labels
from campaigns.scope import Scope

ABOUT = ("Filter", "Currency", "From", "To", "Time zone")


def csv_text(table: ListTable, scope: Scope, filters: Filters, level: Level) -> str:
    """With a byte order mark, so that spreadsheets read it as UTF-8."""
    file = StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    parents = () if level.key == "campaigns" else ("In",)
    headings = [column.heading(scope.currency) for column in table.columns]
    noun = level.noun.capitalize()
    writer.writerow([noun, *parents, "Platform", "Delivery", *headings, *ABOUT])
    about = _about(scope, filters, level)
    for line in table.rows:
        writer.writerow([*_names(line, level), *_values(line.cells), *about])
    total = ["Total", *("" for _ in parents), "", ""]
    writer.writerow([*total, *_values(table.totals), *about])
    return BOM + file.getvalue()


def file_name(scope: Scope, level: Level) -> str:
    kind = level.key.replace("_", "-")
    days = f"{scope.days.first}_{scope.days.last}"
    return f"{scope.advertiser.slug}-{kind}-{days}-{scope.currency}.csv"


def _names(line: ListLine, level: Level) -> list[str]:
    parents = [] if level.key == "campaigns" else [harmless(line.parents)]
    platform = labels.platform_name(line.campaign.account.platform)
    return [harmless(line.item.name), *parents, platform, line.word]


def _values(cells: Sequence[Cell]) -> list[str]:
    return [_value(cell) for cell in cells]


def _value(cell: Cell) -> str:
    text = cell.column.bare(cell.value)
    return harmless(text) if cell.column.kind == "text" else text


def _about(scope: Scope, filters: Filters, level: Level) -> list[str]:
    chips = "; ".join(f"{c.name}: {c.value}" for c in filters.chips(scope, level))
    days = scope.days
    return [
        harmless(chips),
        scope.currency,
        str(days.first),
        str(days.last),
        scope.advertiser.time_zone,
    ]
