"""Draws a chart as SVG paths without JavaScript, for the time before Plotly is loaded.

It shows the same lines and bars over the same days, without ticks and hover texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.common.charts import Chart, Value

WIDTH = HEIGHT = 100.0


@dataclass(frozen=True)
class Shape:
    """One series: the `d` of an SVG path and its style."""

    name: str
    d: str
    colour: str
    is_bar: bool
    is_dotted: bool


@dataclass(frozen=True)
class Sketch:
    shapes: list[Shape]
    first: str
    last: str


def sketch(chart: Chart) -> Sketch:
    traces = [trace for trace in chart.plotly["data"] if _values(trace)]
    bars = [trace for trace in traces if trace.get("type") == "bar"]
    shapes = []
    for trace in traces:
        low, high = _span(t for t in traces if _axis(t) == _axis(trace))
        heights = [None if v is None else (v - low) / (high - low) for v in trace["y"]]
        if trace in bars:
            d = _bar_path(heights, bars.index(trace), len(bars))
        else:
            d = _line_path(heights, inset=bool(bars))
        shapes.append(_shape(trace, d))
    labels = [row[0] for row in chart.rows] or [""]
    return Sketch(shapes, labels[0], labels[-1])


def _values(trace: dict[str, Any]) -> list[float]:
    return [value for value in trace.get("y", ()) if value is not None]


def _axis(trace: dict[str, Any]) -> str:
    return str(trace.get("yaxis", "y"))


def _span(traces: Any) -> tuple[float, float]:
    """Lower and upper end of the axis: zero or below, and a little above the highest value."""
    values = [value for trace in traces for value in _values(trace)]
    low, high = min(0.0, *values), max(0.0, *values)
    return low, high + ((high - low) * 0.05 or 1.0)


def _shape(trace: dict[str, Any], d: str) -> Shape:
    is_bar = trace.get("type") == "bar"
    style = trace.get("marker" if is_bar else "line", {})
    is_dotted = style.get("dash") == "dot"
    return Shape(str(trace.get("name", "")), d, str(style.get("color", "")), is_bar, is_dotted)


def _line_path(heights: Sequence[Value], *, inset: bool) -> str:
    """A path through the values, with gaps for None; over the middle of bars when `inset`."""
    count = len(heights)
    step = WIDTH / count if inset else WIDTH / max(count - 1, 1)
    parts, pen = [], "M"
    for index, height in enumerate(heights):
        if height is None:
            pen = "M"
            continue
        x = (index + 0.5 if inset else index) * step
        parts.append(f"{pen}{x:.2f} {HEIGHT * (1 - height):.2f}")
        pen = "L"
    return "".join(parts)


def _bar_path(heights: Sequence[Value], position: int, count: int) -> str:
    """Bars of one of `count` series, the one at `position`, side by side at each label."""
    step = WIDTH / len(heights)
    width = step * 0.65 / count
    return "".join(
        f"M{index * step + step * 0.175 + position * width:.2f} {HEIGHT:.0f}"
        f"v{-HEIGHT * height:.2f}h{width:.2f}v{HEIGHT * height:.2f}z"
        for index, height in enumerate(heights)
        if height
    )
