"""How numbers, times and charts are printed."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from campaigns.presentation import formats, labels
from campaigns.presentation.charts import change_of
from campaigns.templatetags import formatting as tags
from core.common import clock
from core.common.charts import Series, bar_chart, sparkline_path, time_chart
from core.common.money import Money


@pytest.mark.parametrize(
    ("show", "value", "shown"),
    [
        (formats.money, Money(Decimal("1234.5"), "EUR"), "€1,234.50"),
        (formats.money, None, "–"),
        (formats.times, Decimal("3.4249"), "3.42x"),
        (formats.times, None, "–"),
        (formats.percent, Decimal("0.03456"), "3.46%"),
        (formats.count, Decimal("12.500000"), "12.5"),
        (formats.count, Decimal("1200.000000"), "1,200"),
        (formats.count, 100, "100"),
        (formats.compact, 9999, "9,999"),
        (formats.compact, 12_345, "12.3K"),
        (formats.compact, 1_234_567, "1.2M"),
        (formats.compact, None, "–"),
        (formats.whole, 1234567, "1,234,567"),
        (formats.dash, "", "–"),
        (formats.dash, 0, 0),
    ],
)
def test_formats(show: Any, value: Any, shown: Any) -> None:
    assert show(value) == shown


@pytest.mark.parametrize(
    ("passed", "shown"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(minutes=12, seconds=5), "12 min ago"),
        (timedelta(hours=3, minutes=59), "3 h ago"),
        (timedelta(days=1, hours=1), "1 day ago"),
        (timedelta(days=9), "9 days ago"),
    ],
)
def test_ages(passed: timedelta, shown: str) -> None:
    assert formats.ago(clock.real_now() - passed) == shown


def test_never_read_is_said() -> None:
    assert formats.ago(None) == "never"


def test_platforms_use_their_own_words() -> None:
    assert labels.word("meta", "ad_groups") == "Ad sets"
    assert labels.word("google", "ad_groups") == "Ad groups"
    assert labels.word("google", "spend") == "Cost"
    with pytest.raises(KeyError):
        labels.word("meta", "likes")


@pytest.mark.parametrize(
    ("now", "before", "change"),
    [(3, 2, Decimal("0.5")), (1, 0, None), (None, 2, None), (2, None, None), (0, 2, Decimal(-1))],
)
def test_a_change_needs_two_values_and_a_base(now: Any, before: Any, change: Any) -> None:
    assert change_of(now, before) == change


def test_a_figure_carries_its_numbers_as_a_table() -> None:
    days = [date(2026, 3, 1), date(2026, 3, 2)]
    made = time_chart("x", "X", days, [Series("A", [1.0, None], ["1.00", "–"])])
    assert (made.header, made.rows) == (
        ["Day", "A"],
        [["Sun 1 Mar 2026", "1.00"], ["Mon 2 Mar 2026", "–"]],
    )
    trace = made.plotly["data"][0]
    assert (trace["x"], trace["y"]) == (["2026-03-01", "2026-03-02"], [1.0, None])
    assert trace["line"]["color"] == "var(--chart-1)"
    assert trace["connectgaps"] is False


def test_bars_stand_over_their_names() -> None:
    made = bar_chart(
        "y", "Y", ["Meta"], [Series("B", [2.0], ["2"], "chart-3", "bar")], label_name="P"
    )
    assert made.plotly["data"][0]["type"] == "bar"
    assert made.rows == [["Meta", "2"]]


def test_a_sparkline_breaks_where_there_is_no_value() -> None:
    assert sparkline_path([0, 10, None, 5], 30, 10) == "M0.0 10.0L10.0 0.0M30.0 5.0"
    assert sparkline_path([None, 3], 30, 10) == ""
    assert tags.sparkline([None]) == ""
    assert 'aria-hidden="true"' in tags.sparkline([1, 2])
