"""A report as a CSV file: the same lines, the same digits, no separators and no units."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO

from campaigns.analytics.lines import Cell, ReportLine
from campaigns.analytics.measures import MEASURES
from campaigns.analytics.names import HEADINGS
from campaigns.analytics.query import Query
from campaigns.analytics.report import Report
from campaigns.presentation.number_format import EN, Style, format_plain, format_plain_change

BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
ABOUT = ("Currency", "From", "To", "Compared from", "Compared to", "Time zone", "As reported on")


def csv_text(report: Report, style: Style = EN) -> str:
    """With a byte order mark, so that spreadsheets read it as UTF-8. A header, the lines in the
    order of the page, and their total."""
    file = StringIO()
    writer = csv.writer(file, delimiter=style.delimiter, lineterminator="\r\n")
    writer.writerow(_header(report))
    about = _about(report.query)
    for line in (*report.lines, report.total):
        writer.writerow([*_names(report, line), *_numbers(report.query, line, style), *about])
    return BOM + file.getvalue()


def file_name(query: Query) -> str:
    days = f"{query.days.first}_{query.days.last}"
    seen = f"-as-of-{query.as_of}" if query.as_of else ""
    kind = query.breakdown.replace("_", "-")
    return f"{query.advertiser.slug}-{kind}-{days}-{query.currency}{seen}.csv"


def harmless(name: str) -> str:
    """A name that no spreadsheet takes for a formula."""
    risky = name.lstrip()[:1] in {"=", "+", "-", "@"} or name[:1] in {"\t", "\r", "\n"}
    return f"'{name}" if name and risky else name


def _header(report: Report) -> list[str]:
    query = report.query
    header = [*HEADINGS[query.breakdown]]
    if query.breakdown == "period":
        header.append("Marks")
    for measure in MEASURES:
        header.append(measure.heading(query.currency))
        if query.compared is not None:
            header.append(f"{measure.label} change (%)")
        if query.as_of is not None:
            header.append(f"{measure.label} now")
    return [*header, *ABOUT]


def _names(report: Report, line: ReportLine) -> list[str]:
    headings = HEADINGS[report.query.breakdown]
    parts = line.named.parts or (line.named.label,)
    names = [harmless(part) for part in parts]
    names += [""] * (len(headings) - len(names))
    return [*names, "; ".join(line.marks)] if report.query.breakdown == "period" else names


def _numbers(query: Query, line: ReportLine, style: Style) -> Iterator[str]:
    for cell in line.cells:
        yield format_plain(cell.value, cell.measure.kind, style)
        if query.compared is not None:
            yield format_plain_change(cell.change, style)
        if query.as_of is not None:
            yield _now(cell, style)


def _now(cell: Cell, style: Style) -> str:
    """Only where it was restated since."""
    return format_plain(cell.now, cell.measure.kind, style) if cell.is_restated else ""


def _about(query: Query) -> list[str]:
    compared = query.compared
    return [
        query.currency,
        str(query.days.first),
        str(query.days.last),
        str(compared.first) if compared else "",
        str(compared.last) if compared else "",
        query.advertiser.time_zone,
        str(query.as_of or ""),
    ]
