"""The chart of a report: two metrics on two axes, the compared period dotted, and what is not
final marked: a ring at its point and a band behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from campaigns.analytics.lines import ReportLine
from campaigns.analytics.measures import Measure
from campaigns.analytics.periods import AHEAD, ARRIVING, NOTES
from campaigns.analytics.report import Report
from campaigns.presentation.charts import number
from campaigns.presentation.number_format import format_value
from core.common.charts import Chart, Series, time_chart

COLOURS = ("chart-1", "chart-5")
FORMATS = {"percent": ".1%", "whole": ",", "count": ","}


def chart(report: Report) -> Chart:
    days = [period.days.first for period in report.periods]
    figure = time_chart(
        "analytics",
        _title(report),
        days,
        _series(report),
        note=_note(report),
        labels=[_label(line) for line in report.parts],
        label_name=report.query.grain.capitalize(),
    )
    _finish(figure.plotly["layout"], report)
    return figure


def _title(report: Report) -> str:
    names = " and ".join(measure.label for measure in report.measures)
    return f"{names} by {report.query.grain}"


def _label(line: ReportLine) -> str:
    return f"{line.named.label} ({', '.join(line.marks)})" if line.marks else line.named.label


def _series(report: Report) -> list[Series]:
    found = []
    rings = [not period.is_final for period in report.periods]
    for measure, colour, axis in zip(report.measures, COLOURS, ("left", "right"), strict=False):
        values = [
            None if AHEAD in line.marks else measure.read(line.figures) for line in report.parts
        ]
        found.append(_one(measure, measure.label, values, colour, "line", axis, rings))
        if report.query.compared is not None:
            earlier = [measure.read(line.before) if line.before else None for line in report.parts]
            name = f"{measure.label} before"
            found.append(_one(measure, name, earlier, colour, "dotted", axis, ()))
    return found


def _one(
    measure: Measure,
    name: str,
    values: Sequence[Any],
    colour: str,
    kind: Any,
    axis: Any,
    rings: Sequence[bool],
) -> Series:
    return Series(
        name,
        [number(value) for value in values],
        [format_value(value, measure.kind) for value in values],
        colour,
        kind,
        axis,
        rings,
    )


def _note(report: Report) -> str:
    seen = {mark for period in report.periods for mark in period.marks}
    notes = [f"“{mark}”: {NOTES[mark]}." for mark in NOTES if mark in seen]
    days, compared = report.query.days, report.query.compared
    if compared is not None and compared.days > days.days:
        notes.append("What the compared period is longer is in its totals and not in the chart.")
    return " ".join(notes)


def _finish(layout: dict[str, Any], report: Report) -> None:
    """Axes in the colours of their lines; a band from the first period that is not final on."""
    layout["height"] = 320
    for measure, colour, axis in zip(report.measures, COLOURS, ("yaxis", "yaxis2"), strict=False):
        layout[axis]["tickfont"] = {"color": f"var(--{colour})", "size": 11}
        layout[axis]["tickformat"] = FORMATS.get(measure.kind, "")
    if report.query.grain == "month":
        layout["xaxis"] |= {"tickformat": "%b %Y", "hoverformat": "%b %Y", "dtick": "M1"}
    layout["shapes"] = _bands(report)


def _bands(report: Report) -> list[dict[str, Any]]:
    late = [p for p in report.periods if {ARRIVING, AHEAD} & set(p.marks)]
    if not late or len(report.periods) < 2:
        return []
    return [
        {
            "type": "rect",
            "layer": "below",
            "yref": "paper",
            "y0": 0,
            "y1": 1,
            "x0": late[0].days.first.isoformat(),
            "x1": late[-1].days.first.isoformat(),
            "fillcolor": "var(--surface-2)",
            "line": {"width": 0},
        }
    ]
