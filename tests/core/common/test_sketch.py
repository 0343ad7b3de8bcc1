"""The drawing that stands for a chart until its library is there."""

from __future__ import annotations

from datetime import date, timedelta

from core.common.charts import Series, bar_chart, time_chart
from core.common.sketch import sketch

DAYS = [date(2026, 3, 1) + timedelta(days=n) for n in range(5)]


def test_lines_go_from_edge_to_edge_and_break_where_there_is_no_value() -> None:
    values = [0.0, 100.0, None, 50.0, 100.0]
    made = sketch(time_chart("x", "X", DAYS, [Series("ROAS", values, [""] * 5)]))
    (line,) = made.shapes
    # A twentieth of room is left above the highest value.
    assert line.d == "M0.00 100.00L25.00 4.76M75.00 52.38L100.00 4.76"
    assert (line.name, line.colour, line.is_bar) == ("ROAS", "var(--chart-1)", False)
    assert (made.first, made.last) == ("Sun 1 Mar 2026", "Thu 5 Mar 2026")


def test_each_axis_has_its_own_height_and_bars_stand_under_the_line() -> None:
    spend = Series("Spend", [10.0, 20.0], ["", ""], "chart-3", "bar")
    roas = Series("ROAS", [1.0, 2.0], ["", ""], "chart-1", "dotted", "right")
    bars, line = sketch(time_chart("x", "X", DAYS[:2], [spend, roas])).shapes
    assert bars.d == "M8.75 100v-47.62h32.50v47.62zM58.75 100v-95.24h32.50v95.24z"
    assert line.d == "M25.00 52.38L75.00 4.76"
    assert (bars.is_bar, line.is_dotted) == (True, True)


def test_sets_of_bars_stand_side_by_side() -> None:
    sets = [Series(name, [1.0], [""], "chart-1", "bar") for name in "AB"]
    first, second = sketch(bar_chart("x", "X", ["Meta"], sets, label_name="P")).shapes
    assert first.d.startswith("M17.50 100")
    assert second.d.startswith("M50.00 100")


def test_nothing_known_draws_nothing() -> None:
    empty = sketch(time_chart("x", "X", DAYS, [Series("A", [None] * 5, [""] * 5)]))
    assert empty.shapes == []
    zeros = sketch(time_chart("x", "X", DAYS[:1], [Series("A", [0.0], ["0"])]))
    assert zeros.shapes[0].d == "M0.00 100.00"
