"""The first reading of a file: number style, date order and currency of the whole file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO

from campaigns.importing.parsing import table
from campaigns.importing.parsing.days import DateEvidence, DayReader
from campaigns.importing.parsing.headers import currency_in
from campaigns.importing.parsing.layout import Layout
from campaigns.importing.parsing.numbers import BLANKS, StyleEvidence
from campaigns.importing.parsing.problems import FileRefused, Problem
from campaigns.importing.parsing.table import Record
from core.common.measures import COUNTS, MEASURES, MONEY
from core.common.money import UnknownCurrency, minor_digits


@dataclass(frozen=True)
class Survey:
    """`currency` is None where the file does not name one; `totals` counts the lines of sums."""

    number_style: str
    date_order: str
    currency: str | None
    rows: int
    totals: int


def data_records(file: BinaryIO, layout: Layout) -> Iterator[Record]:
    """The file's rows under the header, trailing empty cells beyond it cut off."""
    width = len(layout.headers)
    for record in table.records_after(file, layout.encoding, layout.separator, layout.header_line):
        extra = record.cells[width:]
        yield record if any(extra) or not extra else record._replace(cells=record.cells[:width])


def is_total(record: Record, layout: Layout) -> bool:
    """A vendor's line of sums, which would count everything twice.

    Google Ads and TikTok end a report with lines that begin "Total" and have no day; Meta's summary
    row comes first and has no names.
    """
    if not layout.is_vendor_export or record.fault:
        return False
    if layout.kind == "meta":
        names = [field for field in ("campaign", "ad_group", "ad") if field in layout.columns]
        is_first = record.line == layout.header_line + 1
        return is_first and not any(_cell(record, layout, field) for field in names)
    when = next(field for field in ("date", "last", "period") if field in layout.columns)
    label = next((cell.strip() for cell in record.cells if cell.strip()), "").casefold()
    day = _cell(record, layout, when)  # may be the first column, and so hold the label
    return label.startswith("total") and (day in BLANKS or day.casefold() == label)


def survey(file: BinaryIO, layout: Layout) -> Survey:
    """Read the whole file once. Raises FileRefused where it cannot be read in one way only."""
    numbers, dates = StyleEvidence(), DateEvidence()
    currencies = _header_currencies(layout)
    rows = totals = 0
    for record in data_records(file, layout):
        if is_total(record, layout):
            totals += 1
            continue
        rows += 1
        if len(record.cells) == len(layout.headers):
            _note(record, layout, numbers, dates, currencies)
    if not rows:
        raise FileRefused(
            Problem(layout.header_line, "", "The file has a header but no rows. Export it again.")
        )
    numbers.given = _given_style(layout)
    return Survey(numbers.style(), dates.order(), _one_currency(currencies), rows, totals)


def day_readers(layout: Layout, found: Survey, today: date) -> dict[str, DayReader]:
    """A reader for each column of dates."""
    return {
        field: DayReader(found.date_order, today, layout.columns[field].format)
        for field in ("date", "period", "first", "last")
        if field in layout.columns
    }


def _note(
    record: Record,
    layout: Layout,
    numbers: StyleEvidence,
    dates: DateEvidence,
    currencies: dict[str, tuple[int, str]],
) -> None:
    for field, column in layout.columns.items():
        text = record.cells[column.index].strip()
        if not text:
            continue
        if field in MEASURES:
            numbers.note(text, record.line, field, column.header, whole=field in COUNTS)
        elif field in ("date", "first", "last") and not column.format:
            dates.note(text, record.line, field, column.header)
        elif field == "currency" and text not in BLANKS:
            currencies.setdefault(text.upper(), (record.line, column.header))


def _cell(record: Record, layout: Layout, field: str) -> str:
    index = layout.columns[field].index
    return record.cells[index].strip() if index < len(record.cells) else ""


def _header_currencies(layout: Layout) -> dict[str, tuple[int, str]]:
    """Meta names the currency in the header: Amount spent (USD)."""
    headers = [layout.columns[field].header for field in MONEY if field in layout.columns]
    named = [(currency_in(header), header) for header in headers]
    return {code: (layout.header_line, header) for code, header in named if code}


def _given_style(layout: Layout) -> str:
    given = {c.format for field, c in layout.columns.items() if field in MEASURES and c.format}
    if len(given) > 1:
        raise FileRefused(
            Problem(
                0,
                "",
                "Both formats point and comma are given, but a file has one of them. Change one.",
            )
        )
    return next(iter(given), "")


def _one_currency(currencies: dict[str, tuple[int, str]]) -> str | None:
    if len(currencies) > 1:
        (one, (line, _)), (other, (other_line, header)) = list(currencies.items())[:2]
        raise FileRefused(
            Problem(
                other_line,
                header,
                f"Line {line} is in {one}, line {other_line} in {other}. An ad account has one "
                "currency: split the file by currency and import each under its own name.",
            )
        )
    for code, (line, header) in currencies.items():
        try:
            minor_digits(code)
        except UnknownCurrency as err:
            raise FileRefused(Problem(line, header, err.user_message)) from None
    return next(iter(currencies), None)
