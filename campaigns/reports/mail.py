"""The e-mail of a scheduled report: totals, table and the tests that were decided, as text and as
HTML; the table as a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.http import QueryDict
from django.template.loader import render_to_string

from campaigns.analytics import MEASURES, Query, csv_text, file_name, read_report, strict_query
from campaigns.analytics.lines import Cell, ReportLine
from campaigns.models import ReportSchedule
from campaigns.overview.verdict_sources import decided_tests
from campaigns.presentation.number_format import EN, STYLES, Style, format_change, format_day
from core.common.dates import DayRange

SHOWN = 50
NAME_WIDTH = 36


@dataclass(frozen=True)
class MailRow:
    """A line in a language's numbers; each value with its change, "" where nothing is compared."""

    name: str
    context: str
    values: list[tuple[str, str]]


def message_of(schedule: ReportSchedule, to: Sequence[str]) -> EmailMultiAlternatives:
    """Of now, by the market's clock. Raises InputErrors when the query can no longer be used."""
    query = strict_query(QueryDict(schedule.query), schedule.advertiser)
    style = STYLES.get(schedule.style, EN)
    report = read_report(query, everything=True)
    rows = [_row(line, query, style) for line in report.lines[:SHOWN]]
    total = _row(report.total, query, style)
    context = {
        "schedule": schedule,
        "query": query,
        "days": _days(query.days, style),
        "compared": _days(query.compared, style) if query.compared else "",
        "measures": MEASURES,
        "totals": [(m.label, *value) for m, value in zip(MEASURES, total.values, strict=True)],
        "rows": rows,
        "total": total,
        "more": report.count - len(rows),
        "late": any(not period.is_final for period in report.periods),
        "file_name": file_name(query),
        "table": _as_text([*rows, total]),
        "decided": [
            (format_day(test.day, style), test)
            for test in decided_tests(query.accounts, query.days, query.campaign)
        ],
    }
    mail = EmailMultiAlternatives(
        subject=" ".join(f"{schedule.name}: {schedule.advertiser}, {context['days']}".split()),
        body=render_to_string("campaigns/report_email.txt", context),
        to=list(to),
    )
    mail.attach_alternative(render_to_string("campaigns/report_email.html", context), "text/html")
    mail.attach(file_name(query), csv_text(report, style).encode("utf-8"), "text/csv")
    return mail


def _days(days: DayRange, style: Style) -> str:
    return f"{format_day(days.first, style)} – {format_day(days.last, style)}"


def _row(line: ReportLine, query: Query, style: Style) -> MailRow:
    def value(cell: Cell) -> tuple[str, str]:
        change = format_change(cell.change, style) if query.compared else ""
        return cell.in_style(style), change

    marks = f" ({', '.join(line.marks)})" if line.marks else ""
    return MailRow(
        f"{_name(line, style)}{marks}",
        "" if query.breakdown == "period" else line.named.context,
        [value(cell) for cell in line.cells],
    )


def _name(line: ReportLine, style: Style) -> str:
    key: Any = line.named.key
    is_day = isinstance(key, DayRange) and key.days == 1
    return format_day(key.first, style) if is_day else line.named.label


def _as_text(rows: Sequence[MailRow]) -> str:
    """Columns under each other: names to the left, numbers to the right."""
    header = ["", *(measure.label for measure in MEASURES)]
    lines = [[_clip(row.name), *(value for value, _ in row.values)] for row in rows]
    widths = [max(len(line[i]) for line in [header, *lines]) for i in range(len(header))]
    return "\n".join(
        "  ".join(
            text.rjust(width) if i else text.ljust(width)
            for i, (text, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in [header, *lines]
    )


def _clip(name: str) -> str:
    plain = " ".join(name.split())
    return plain if len(plain) <= NAME_WIDTH else plain[: NAME_WIDTH - 1] + "…"
