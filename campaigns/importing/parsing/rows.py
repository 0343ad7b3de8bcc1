"""One record of a file, cell by cell: a row, or what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from campaigns.importing.parsing import numbers
from campaigns.importing.parsing.advice import set_format
from campaigns.importing.parsing.layout import Layout
from campaigns.importing.parsing.problems import BadCell, Problem
from campaigns.importing.parsing.survey import Survey, day_readers
from campaigns.importing.parsing.table import Record
from core.common.measures import COUNTS, MEASURES, MONEY

LONGEST_NAME = 512


@dataclass(frozen=True, slots=True)
class ImportRow:
    """Names of campaign, ad group and ad ("" for none); the period, both days included; measures.

    Impressions and clicks are counts, the other measures are in millionths.
    """

    names: tuple[str, str, str]
    first: date
    last: date
    measures: dict[str, int]


class RowReader:
    """Reads one record after the other; `problems` are those of the last one."""

    def __init__(self, layout: Layout, found: Survey, currency: str, today: date) -> None:
        self.problems: list[Problem] = []
        self._layout, self._columns = layout, layout.columns
        self._style, self._currency = found.number_style, currency
        self._days = day_readers(layout, found, today)
        self._measures = [name for name in MEASURES if name in layout.columns]

    def read(self, record: Record) -> ImportRow | None:
        self.problems = []
        fault = record.fault or self._wrong_width(record)
        if fault:
            self.problems.append(Problem(record.line, "", fault))
            return None
        campaign, group, ad = (self._name(record, name) for name in ("campaign", "ad_group", "ad"))
        period = self._period(record)
        measures = {name: self._measure(record, name) for name in self._measures}
        self._check_clicks(record, measures)
        if self.problems or period is None:
            return None
        return ImportRow((campaign, group, ad), *period, measures)

    def _wrong_width(self, record: Record) -> str:
        here, there = len(record.cells), len(self._layout.headers)
        if here < there:
            return (
                f"This line has {here} cells, the header has {there}: the line is cut off. "
                "Export the file again."
            )
        if here > there:
            return (
                f"This line has {here} cells, the header has {there}: put texts that hold the "
                "separator in quotation marks."
            )
        return ""

    def _name(self, record: Record, name: str) -> str:
        column = self._columns.get(name)
        if column is None:
            return ""
        text = record.cells[column.index].strip()
        if text in numbers.BLANKS and column.spare is not None:
            text = record.cells[column.spare].strip()
        if self._layout.is_vendor_export and text in numbers.BLANKS:
            text = ""
        if not text and name != "ad_group":
            self._refuse(record, name, "The name is empty. Fill it in, or remove the line.")
        if len(text) > LONGEST_NAME:
            self._refuse(record, name, f"The name has over {LONGEST_NAME} letters. Shorten it.")
        if "\x00" in text:
            self._refuse(record, name, "The name holds a NUL sign. Export the file again.")
        return text

    def _period(self, record: Record) -> tuple[date, date] | None:
        name = next(iter(self._days))
        try:
            if name == "date":
                day = self._days[name].single(self._text(record, name))
                return day, day
            if name == "period":
                return self._days[name].week(self._text(record, name))
            first = self._days["first"].day(self._text(record, "first"))
            name = "last"
            last = self._days["last"].day(self._text(record, "last"))
            return self._days["last"].period(first, last)
        except BadCell as err:
            self._refuse_cell(record, name, err)
            return None

    def _measure(self, record: Record, name: str) -> int:
        text = self._text(record, name)
        try:
            if text in numbers.BLANKS:
                return self._blank()
            if name in COUNTS:
                return numbers.read_count(text, self._style)
            if name in MONEY:
                return numbers.read_micros(text, self._style, self._currency)
            return numbers.read_micros(text, self._style, "", limit=numbers.MAX_COUNT)
        except BadCell as err:
            self._refuse_cell(record, name, err)
            return 0

    def _blank(self) -> int:
        # The vendors leave a cell empty, or write "--", where there was nothing to count.
        if self._layout.is_vendor_export:
            return 0
        raise BadCell("There is no number. Write 0 where there was nothing.")

    def _check_clicks(self, record: Record, measures: dict[str, int]) -> None:
        if self.problems or not set(COUNTS) <= measures.keys():
            return
        impressions, clicks = measures["impressions"], measures["clicks"]
        if clicks > impressions:
            self._refuse(
                record,
                "clicks",
                f"{clicks} clicks of {impressions} impressions cannot be. Correct one of them.",
            )

    def _text(self, record: Record, name: str) -> str:
        return record.cells[self._columns[name].index].strip()

    def _refuse_cell(self, record: Record, name: str, err: BadCell) -> None:
        header = self._columns[name].header
        reason = set_format(err.reason, name, header, err.formats) if err.formats else err.reason
        self._refuse(record, name, reason)

    def _refuse(self, record: Record, name: str, reason: str) -> None:
        self.problems.append(Problem(record.line, self._columns[name].header, reason))
