"""The second reading of a file: every row checked and kept in columns, nothing written.

Columns of integers hold half a million rows in some forty megabytes.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import BinaryIO

from campaigns.importing.parsing.layout import Layout
from campaigns.importing.parsing.problems import ProblemList
from campaigns.importing.parsing.rows import ImportRow, RowReader
from campaigns.importing.parsing.survey import Survey, data_records, is_total
from campaigns.importing.results import Totals
from core.common.measures import MEASURES
from core.common.money import MICROS, Money


class Staged:
    """The rows that could be read, by their place 0, 1, 2, …

    An entity is (campaign, ad group, ad), the campaign as its number, "" for what the file does
    not have. Days are ordinals. A row that contradicts another is `refused` afterwards.
    """

    def __init__(self, *, has_ads: bool) -> None:
        self.has_ads = has_ads
        self.problems = ProblemList()
        self.campaigns: dict[str, int] = {}
        self.entities: dict[tuple[int, str, str], int] = {}
        self.campaign_of = array("q")
        self.line, self.entity = array("q"), array("q")
        self.first, self.last = array("q"), array("q")
        self.measures = {name: array("q") for name in MEASURES}
        self.refused: set[int] = set()
        self.unreadable = 0

    @property
    def rows(self) -> Iterator[int]:
        """The places of the rows that are good."""
        return (row for row in range(len(self.line)) if row not in self.refused)

    @property
    def refused_count(self) -> int:
        return len(self.refused) + self.unreadable

    def campaign(self, row: int) -> int:
        return self.campaign_of[self.entity[row]]

    def refuse(self, row: int, column: str, reason: str) -> None:
        if row not in self.refused:
            self.refused.add(row)
            self.problems.add(self.line[row], column, reason)

    def add(self, line: int, row: ImportRow) -> None:
        name, group, ad = row.names
        campaign = self.campaigns.setdefault(name, len(self.campaigns))
        entity = self.entities.setdefault((campaign, group, ad), len(self.entities))
        if entity == len(self.campaign_of):
            self.campaign_of.append(campaign)
        self.line.append(line)
        self.entity.append(entity)
        self.first.append(row.first.toordinal())
        self.last.append(row.last.toordinal())
        for measure, column in self.measures.items():
            column.append(row.measures.get(measure, 0))

    def span(self) -> tuple[date, date] | None:
        """The first and the last day of the good rows."""
        if len(self.refused) == len(self.line):
            return None
        first = min(self.first[row] for row in self.rows)
        last = max(self.last[row] for row in self.rows)
        return date.fromordinal(first), date.fromordinal(last)

    def totals(self, currency: str) -> Totals:
        sums = {
            name: sum(column[row] for row in self.rows) for name, column in self.measures.items()
        }
        return Totals(
            impressions=sums["impressions"],
            clicks=sums["clicks"],
            conversions=Decimal(sums["conversions"]) / MICROS,
            spend=Money.from_micros(sums["spend"], currency),
            revenue=Money.from_micros(sums["revenue"], currency),
        )


def stage(file: BinaryIO, layout: Layout, found: Survey, *, currency: str, today: date) -> Staged:
    """Read every row; what is wrong with one is a problem, not an exception."""
    staged = Staged(has_ads="ad" in layout.columns)
    reader = RowReader(layout, found, currency, today)
    for record in data_records(file, layout):
        if is_total(record, layout):
            continue
        row = reader.read(record)
        if row is None:
            # An unclosed quotation mark swallows whole lines: each of them is a row not taken.
            staged.unreadable += record.last_line - record.line + 1 if record.fault else 1
            staged.problems.extend(reader.problems)
        else:
            staged.add(record.line, row)
    return staged
