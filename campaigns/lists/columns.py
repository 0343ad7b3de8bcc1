"""What a column of the list is, and the sets that people switch between."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from campaigns.analytics.measures import MEASURES
from campaigns.lists.lines import Cell, ListLine
from campaigns.models import AdGroup
from campaigns.presentation import labels
from campaigns.presentation.formats import DASH
from campaigns.presentation.number_format import (
    EN,
    Kind,
    Style,
    format_day,
    format_plain,
    format_value,
)
from campaigns.selectors import MetricTotals

ColumnKind = Kind | Literal["text", "day"]
ALL = frozenset({"campaigns", "ad_groups", "ads"})
CAMPAIGNS = frozenset({"campaigns"})


@dataclass(frozen=True)
class Column:
    """`total` reads the sums over the whole filter; None where there is nothing to sum.
    `sorts` says whether the rows can be put in its order, `imported` whether an imported report
    can fill it at all."""

    key: str
    label: str
    kind: ColumnKind
    read: Callable[[ListLine], Any]
    total: Callable[[MetricTotals], Any] | None = None
    levels: frozenset[str] = ALL
    sorts: bool = True
    imported: bool = True

    @property
    def numeric(self) -> bool:
        return self.kind not in {"text", "day"}

    def cell(self, line: ListLine) -> Cell:
        value = self.read(line)
        return Cell(self, value, self.shown(value))

    def shown(self, value: Any) -> str:
        if value is None or value == "":
            return DASH
        if self.kind == "text":
            return str(value)
        return format_day(value) if self.kind == "day" else format_value(value, self.kind)

    def bare(self, value: Any, style: Style = EN) -> str:
        """For a file: the same digits without separators and unit."""
        if value is None:
            return ""
        if self.kind == "text":
            return str(value)
        return str(value) if self.kind == "day" else format_plain(value, self.kind, style)

    def total_cell(self, total: MetricTotals) -> Cell:
        value = self.total(total) if self.total else None
        return Cell(self, value, self.shown(value) if self.total else "")

    def heading(self, currency: str) -> str:
        unit = {"money": currency, "percent": "%"}.get(self.kind)
        return f"{self.label} ({unit})" if unit else self.label


def _metric_column() -> Iterable[Column]:
    for measure in MEASURES:
        read = measure.read
        yield Column(
            measure.key,
            measure.label,
            measure.kind,
            lambda line, read=read: read(line.figures),  # type: ignore[misc]
            read,
        )


def _targeting(line: ListLine) -> str:
    """The countries and ages of an ad group, or the number of its keywords."""
    group = line.item if isinstance(line.item, AdGroup) else line.group
    if group is None:
        return ""
    parts, given = [", ".join(map(str, group.targeting.get("countries") or []))], group.targeting
    if given.get("age_min"):
        parts.append(f"{given['age_min']}–{given.get('age_max') or ''}")
    if given.get("keywords"):
        parts.append(f"{len(given['keywords'])} keywords")
    return ", ".join(part for part in parts if part)


def _last_change(line: ListLine) -> str:
    entry = line.last_change
    return f"{entry.action}, {format_day(entry.at.date())}, {entry.actor_name}" if entry else ""


def _labels(line: ListLine) -> str:
    return ", ".join(label.name for label in line.campaign.labels.all())


COLUMNS: dict[str, Column] = {
    column.key: column
    for column in (
        Column(
            "budget",
            "Daily budget",
            "money",
            lambda r: r.campaign.daily_budget,
            levels=CAMPAIGNS,
            imported=False,
        ),
        *_metric_column(),
        Column("why", "Delivery reason", "text", lambda r: r.why, sorts=False),
        Column(
            "remote",
            "On the platform",
            "text",
            lambda r: r.item.get_remote_display(),
            imported=False,
        ),
        Column("wanted", "Status", "text", lambda r: r.item.get_wanted_display()),
        Column("objective", "Objective", "text", lambda r: r.campaign.objective, imported=False),
        Column("labels", "Labels", "text", _labels, sorts=False),
        Column("account", "Account", "text", lambda r: r.campaign.account.name),
        Column(
            "platform",
            "Platform",
            "text",
            lambda r: labels.platform_name(r.campaign.account.platform),
        ),
        Column("start", "First day", "day", lambda r: r.campaign.start, imported=False),
        Column("end", "Last day", "day", lambda r: r.campaign.end, imported=False),
        Column(
            "time_zone", "Time zone", "text", lambda r: r.campaign.account.time_zone, sorts=False
        ),
        Column(
            "targeting",
            "Targeting",
            "text",
            _targeting,
            levels=ALL - CAMPAIGNS,
            sorts=False,
            imported=False,
        ),
        Column("naming", "Name pattern", "text", lambda r: r.naming, sorts=False, imported=False),
        Column("tracking", "URL tags", "text", lambda r: r.tracking, sorts=False, imported=False),
        Column(
            "remote_id",
            "Platform id",
            "text",
            lambda r: r.item.remote_id,
            sorts=False,
            imported=False,
        ),
        Column("origin", "Origin", "text", lambda r: r.campaign.get_origin_display()),
        Column("changed", "Last change", "text", _last_change, sorts=False),
    )
}
SETS: dict[str, tuple[str, tuple[str, ...]]] = {
    "performance": (
        "Performance",
        (
            "budget",
            "spend",
            "revenue",
            "roas",
            "conversions",
            "cpa",
            "ctr",
            "cpc",
            "cpm",
        ),
    ),
    "delivery": (
        "Delivery",
        ("why", "budget", "spend", "impressions", "clicks", "cpm", "end"),
    ),
    "conversion": (
        "Conversion",
        ("clicks", "conversions", "cvr", "cpa", "revenue", "roas", "spend"),
    ),
    "setup": (
        "Set-up",
        (
            "objective",
            "labels",
            "account",
            "targeting",
            "naming",
            "tracking",
            "start",
            "end",
            "time_zone",
            "remote_id",
            "changed",
        ),
    ),
}
SORT_FIELDS: dict[str, str] = {
    "budget": "daily_budget_micros",
    "remote": "remote",
    "wanted": "wanted",
    "objective": "objective",
    "account": "account__name",
    "platform": "account__platform",
    "start": "start",
    "end": "end",
    "origin": "origin",
}
"""Columns that sort by a field, as it is called on the campaign (`remote` and `wanted`: of the
row itself)."""
OWN_FIELDS = frozenset({"remote", "wanted"})


def known_keys(text: str) -> list[str]:
    """The columns named, each once, unknown ones left out."""
    return [key for key in dict.fromkeys(text.split(",")) if key in COLUMNS]


def columns_of(text: str, level: str, *, imported: bool = False) -> list[Column]:
    """Of a set's name or of keys with commas; those that a level has and, where all rows are
    `imported`, a report can fill. Falls back to the first set."""
    keys = SETS[text][1] if text in SETS else known_keys(text)
    columns = [COLUMNS[key] for key in keys if level in COLUMNS[key].levels]
    found = [column for column in columns if column.imported or not imported]
    return found or columns_of("performance", level, imported=imported)
