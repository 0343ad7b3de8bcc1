"""Builds charts as Plotly figures, each with the same numbers as a table.

Colours are names of CSS variables (`var(--chart-1)`); static/js/charts.js resolves them, so that
a chart follows light and dark mode. Numbers are formatted here, not in the browser.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

Value = float | None
TRANSPARENT = "rgba(0,0,0,0)"


@dataclass(frozen=True)
class Series:
    """One line or set of bars: a value and its formatted text for each label."""

    name: str
    values: Sequence[Value]
    texts: Sequence[str]
    colour: str = "chart-1"
    kind: Literal["line", "dotted", "bar"] = "line"
    axis: Literal["left", "right"] = "left"
    open_points: Sequence[bool] = ()
    """Which points are drawn as rings, because their values are not final; empty for none."""


@dataclass(frozen=True)
class Chart:
    """`plotly` is {"data": […], "layout": {…}}; `header` and `rows` are the table."""

    key: str
    title: str
    plotly: dict[str, Any]
    header: list[str]
    rows: list[list[str]]
    note: str = ""

    @property
    def script_id(self) -> str:
        """Id of the element that holds `plotly` as JSON."""
        return f"figure-{self.key}"


def time_chart(
    key: str,
    title: str,
    days: Sequence[date],
    series: Sequence[Series],
    *,
    note: str = "",
    labels: Sequence[str] = (),
    label_name: str = "Day",
) -> Chart:
    """Series over days. `key` is unique on the page and valid as an element id; `labels` name the
    table's rows where they are not days."""
    labels = labels or [day_label(day) for day in days]
    layout = _layout() | {
        "hovermode": "x unified",
        "xaxis": _axis()
        | {"type": "date", "showgrid": False}
        | {"tickformat": "%-d %b", "hoverformat": "%a %-d %b %Y"},
        "yaxis": _axis() | {"rangemode": "tozero"},
    }
    if any(s.axis == "right" for s in series):
        right = {"rangemode": "tozero", "overlaying": "y", "side": "right", "showgrid": False}
        # Ticks at the positions of the left axis' ticks would not be round numbers.
        right |= {"tickmode": "auto", "nticks": 6}
        layout["yaxis2"] = _axis() | right
    data = [_trace([day.isoformat() for day in days], s) for s in series]
    table = _table(label_name, labels, series)
    return Chart(key, title, {"data": data, "layout": layout}, *table, note)


def day_label(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b %Y}"


def bar_chart(
    key: str,
    title: str,
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    label_name: str,
    note: str = "",
) -> Chart:
    """Sets of bars over named things; `label_name` heads the table's first column."""
    layout = _layout() | {
        "barmode": "group",
        "xaxis": _axis() | {"type": "category", "showgrid": False},
        "yaxis": _axis() | {"rangemode": "tozero"},
    }
    data = [_trace(list(labels), s) for s in series]
    table = _table(label_name, labels, series)
    return Chart(key, title, {"data": data, "layout": layout}, *table, note)


def _trace(x: list[str], series: Series) -> dict[str, Any]:
    colour = f"var(--{series.colour})"
    trace: dict[str, Any] = {
        "x": x,
        "y": list(series.values),
        "name": series.name,
        "customdata": list(series.texts),
        "hovertemplate": "%{customdata}",
    }
    if series.axis == "right":
        trace["yaxis"] = "y2"
    if series.kind == "bar":
        return trace | {"type": "bar", "marker": {"color": colour, "line": {"width": 0}}}
    # A line needs two days; a single day is drawn as a point.
    mode = "lines" if len(x) > 1 else "markers"
    line = {"color": colour, "width": 2.25}
    if series.kind == "dotted":
        line = {"color": colour, "width": 1.5, "dash": "dot"}
    if any(series.open_points):
        mode = "lines+markers"
        symbols = ["circle-open" if ring else "circle" for ring in series.open_points]
        sizes = [9 if ring else 0 for ring in series.open_points]
        trace["marker"] = {"symbol": symbols, "size": sizes, "color": colour, "line": {"width": 2}}
    return trace | {"type": "scatter", "mode": mode, "line": line, "connectgaps": False}


def _axis() -> dict[str, Any]:
    return {
        "gridcolor": "var(--line)",
        "linecolor": "var(--line)",
        "zeroline": False,
        "automargin": True,
        "fixedrange": True,
        "separatethousands": True,
        "tickfont": {"color": "var(--ink-2)", "size": 11},
    }


def _layout() -> dict[str, Any]:
    return {
        "template": "none",
        "height": 260,
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "paper_bgcolor": TRANSPARENT,
        "plot_bgcolor": TRANSPARENT,
        "bargap": 0.35,
        "font": {"color": "var(--ink-2)", "family": "system-ui, sans-serif", "size": 12},
        "legend": {
            "orientation": "h",
            "x": 0,
            "y": 1.02,
            "yanchor": "bottom",
            "bgcolor": TRANSPARENT,
        },
        "hoverlabel": {
            "bgcolor": "var(--surface)",
            "bordercolor": "var(--line-2)",
            "font": {"color": "var(--ink)", "size": 12},
        },
    }


def _table(
    label_name: str, labels: Sequence[str], series: Sequence[Series]
) -> tuple[list[str], list[list[str]]]:
    rows = [[label, *(s.texts[i] for s in series)] for i, label in enumerate(labels)]
    return [label_name, *(s.name for s in series)], rows


def sparkline_path(values: Sequence[Value], width: float, height: float) -> str:
    """The `d` of an SVG path through the values, with a gap for None."""
    known = [v for v in values if v is not None]
    if len(known) < 2:
        return ""
    low, high = min(0.0, *known), max(known)
    step, span = width / (len(values) - 1), (high - low) or 1.0
    parts, pen = [], "M"
    for index, value in enumerate(values):
        if value is None:
            pen = "M"
            continue
        y = height - (value - low) / span * height
        parts.append(f"{pen}{index * step:.1f} {y:.1f}")
        pen = "L"
    return "".join(parts)
