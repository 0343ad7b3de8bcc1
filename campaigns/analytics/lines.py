"""One row of a report and its cells: the value, the one before, and the one of today."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from campaigns.analytics.measures import MEASURES, Measure
from campaigns.analytics.names import Named
from campaigns.presentation import charts
from campaigns.presentation.number_format import EN, Style, format_change, format_value
from campaigns.selectors import MetricTotals


@dataclass(frozen=True)
class Cell:
    """One value of a line. `now` is the value as it stands today, where that differs."""

    measure: Measure
    value: Any
    before: Any
    now: Any
    is_restated: bool

    @property
    def shown(self) -> str:
        return format_value(self.value, self.measure.kind)

    @property
    def before_shown(self) -> str:
        return format_value(self.before, self.measure.kind)

    @property
    def now_shown(self) -> str:
        return format_value(self.now, self.measure.kind)

    @property
    def change(self) -> Decimal | None:
        return charts.change_of(self.value, self.before)

    @property
    def change_shown(self) -> str:
        return format_change(self.change)

    @property
    def in_words(self) -> str:
        """For a reader who does not see the colour."""
        judged = {"good": "better", "bad": "worse"}.get(self.tone, "")
        return (
            f"{judged}, before: {self.before_shown}" if judged else f"before: {self.before_shown}"
        )

    @property
    def tone(self) -> str:
        return charts.tone_of(self.change, self.measure.good)

    def in_style(self, style: Style = EN) -> str:
        return format_value(self.value, self.measure.kind, style)


@dataclass(frozen=True)
class ReportLine:
    """One row of a table. `before` and `now` are None where nothing is compared or looked back."""

    named: Named
    figures: MetricTotals
    before: MetricTotals | None
    now: MetricTotals | None
    marks: tuple[str, ...] = ()

    @property
    def cells(self) -> list[Cell]:
        return [self.cell(measure) for measure in MEASURES]

    def cell(self, measure: Measure) -> Cell:
        value = measure.read(self.figures)
        now = measure.read(self.now) if self.now else value
        is_restated = format_value(now, measure.kind) != format_value(value, measure.kind)
        return Cell(
            measure, value, measure.read(self.before) if self.before else None, now, is_restated
        )
