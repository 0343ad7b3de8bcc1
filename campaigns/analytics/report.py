"""One report: what a query shows. Page, CSV, API and e-mail print the same lines of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from campaigns.analytics.lines import ReportLine
from campaigns.analytics.measures import BY_KEY, Measure
from campaigns.analytics.names import Named, named
from campaigns.analytics.periods import AHEAD, Period, counterparts, periods, sum_days
from campaigns.analytics.query import Query
from campaigns.analytics.reading import Reading, read_breakdown, read_days
from campaigns.selectors import MetricTotals
from campaigns.tables import PAGE, total_of
from core.common.dates import DayRange
from core.common.paging import Paged, page_of


@dataclass(frozen=True)
class Report(Paged):
    """`lines` is one page of the table, or all of it; `total` is over all of it, `whole` over the
    campaigns of the query. `parts` are the periods of the chart."""

    query: Query
    parts: list[ReportLine]
    periods: list[Period]
    compared: list[DayRange | None]
    lines: list[ReportLine]
    total: ReportLine
    whole: ReportLine
    count: int
    page: int
    size: int
    days: list[tuple[Any, MetricTotals]] = field(default_factory=list)
    has_spread: bool = False

    @property
    def measures(self) -> list[Measure]:
        """The one or two of the chart."""
        chosen = dict.fromkeys(k for k in (self.query.metric, self.query.second) if k != "none")
        return [BY_KEY[key] for key in chosen]

    @property
    def is_empty(self) -> bool:
        """Was nothing measured, then, before and since?"""
        nothing = MetricTotals(self.query.currency)
        whole = self.whole
        return all(f in {None, nothing} for f in (whole.figures, whole.before, whole.now))

    @property
    def restated(self) -> int:
        """Cells on show that say something else by now."""
        return sum(c.is_restated for line in [*self.lines, self.total] for c in line.cells)

    @property
    def is_short(self) -> bool:
        """Whether the rows of ads sum to other values than those of their campaigns."""
        return self.total.figures != self.whole.figures


def read_report(query: Query, *, everything: bool = False) -> Report:
    """One page of the table, or `everything`. The number of queries does not grow with rows."""
    by_day = read_days(query)
    parts = periods(query.days, query.grain, query.today, by_day.spread)
    compared = _compared_ranges(query, parts)
    chart = _part_lines(query, parts, compared, by_day)
    if query.breakdown == "period":
        reading, lines = by_day, _sort_lines(chart, query.sort)
        total = _total(query, by_day, by_day.keys)
    else:
        reading = read_breakdown(query)
        lines = _lines(query, reading)
        total = _total(query, reading, reading.keys)
    size = max(1, len(lines)) if everything else PAGE
    page, chosen = page_of(lines, 1 if everything else query.page, size)
    return Report(
        query=query,
        parts=chart,
        periods=parts,
        compared=compared,
        lines=_with_names(query, chosen),
        total=total,
        whole=_total(query, by_day, by_day.keys),
        count=len(lines),
        page=page,
        size=size,
        days=[(d, by_day.shown.get(d, MetricTotals(query.currency))) for d in query.days],
        has_spread=bool(by_day.spread),
    )


def _compared_ranges(query: Query, parts: Sequence[Period]) -> list[DayRange | None]:
    if query.compared is None:
        return [None] * len(parts)
    return counterparts(parts, query.days, query.compared, query.grain)


def _part_lines(
    query: Query, parts: Sequence[Period], compared: Sequence[DayRange | None], by_day: Reading
) -> list[ReportLine]:
    def line(part: Period, against: DayRange | None) -> ReportLine:
        def summed(sums: Any, days: DayRange | None) -> MetricTotals | None:
            return None if sums is None or days is None else sum_days(sums, days, query.currency)

        return ReportLine(
            Named(part.days, part.label, (str(part.days.first), str(part.days.last))),
            sum_days(by_day.shown, part.days, query.currency),
            None if AHEAD in part.marks else summed(by_day.before, against),
            summed(by_day.now, part.days),
            part.marks,
        )

    return [line(part, against) for part, against in zip(parts, compared, strict=True)]


def _lines(query: Query, reading: Reading) -> list[ReportLine]:
    nothing = MetricTotals(query.currency)

    def of(sums: Any, key: Any) -> MetricTotals | None:
        return None if sums is None else sums.get(key, nothing)

    lines = [
        ReportLine(
            Named(key, ""),
            reading.shown.get(key, nothing),
            of(reading.before, key),
            of(reading.now, key),
        )
        for key in reading.keys
    ]
    if query.sort.endswith("name"):
        lines = _with_names(query, lines)
    return _sort_lines(lines, query.sort)


def _with_names(query: Query, lines: list[ReportLine]) -> list[ReportLine]:
    """Read for one page alone, unless the table is sorted by them."""
    if query.breakdown == "period" or (lines and lines[0].named.label):
        return lines
    names = named(query, [line.named.key for line in lines])
    return [
        ReportLine(names[line.named.key], line.figures, line.before, line.now, line.marks)
        for line in lines
    ]


def _sort_lines(lines: list[ReportLine], sort: str) -> list[ReportLine]:
    """Ties by spend, and unknown values last in both directions."""
    key, falls = sort.removeprefix("-"), sort.startswith("-")
    read = _by_name if key == "name" else _by_value(BY_KEY[key])
    by_spend = sorted(lines, key=lambda line: -line.figures.spend_micros)
    known = [line for line in by_spend if read(line) is not None]
    unknown = [line for line in by_spend if read(line) is None]
    return [*sorted(known, key=read, reverse=falls), *unknown]


def _by_name(line: ReportLine) -> Any:
    key = line.named.key
    return key.first if isinstance(key, DayRange) else line.named.label.casefold()


def _by_value(measure: Measure) -> Callable[[ReportLine], Any]:
    def read(line: ReportLine) -> Any:
        value = measure.read(line.figures)
        return getattr(value, "amount", value)

    return read


def _total(query: Query, reading: Reading, keys: Iterable[Any]) -> ReportLine:
    def summed(sums: Any) -> MetricTotals:
        return total_of((sums[key] for key in keys if key in sums), query.currency)

    return ReportLine(
        Named(None, "Total"),
        summed(reading.shown),
        None if reading.before is None else summed(reading.before),
        None if reading.now is None else summed(reading.now),
    )
