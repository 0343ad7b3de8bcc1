"""Rows of reports are read one by one."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from core.common.money import Money
from platforms.common.answers import WrongShape, amount, id_in
from platforms.meta import reading as meta
from platforms.metric_rows import read_rows
from platforms.types import MetricRow, UnreadableRow

DAY = date(2026, 3, 1)
ROW: dict[str, Any] = {
    "campaign_id": "1",
    "date_start": "2026-03-01",
    "impressions": "10",
    "clicks": "1",
    "spend": "1.00",
}


def read(rows: list[dict[str, Any]]) -> tuple[list[MetricRow], list[UnreadableRow]]:
    bad: list[UnreadableRow] = []
    found = _read(rows, bad.append)
    return found, bad


def _read(rows: list[dict[str, Any]], unreadable: Any) -> list[MetricRow]:
    return read_rows(
        "campaign",
        rows,
        read=lambda row: meta.metric_row("campaign", row, "EUR"),
        id_of=lambda row: id_in(row, "campaign_id"),
        day_of=meta.metric_day,
        unreadable=unreadable,
    )


@pytest.mark.parametrize(
    ("value", "micros"),
    [
        ("63.980000000000004", 63_980_000),
        ("0.0000005", 0),
        ("0.0000015", 2),
        (1e-9, 0),
        ("-0.0000009", -1),
    ],
)
def test_amount_is_rounded_to_the_millionth(value: Any, micros: int) -> None:
    row = {**ROW, "spend": value, "action_values": [{"action_type": "purchase", "value": value}]}
    metric = meta.metric_row("campaign", row, "EUR")
    assert (metric.spend.micros, metric.revenue.micros) == (micros, micros)
    assert amount(Decimal(str(value)), "EUR") == Money.from_micros(micros, "EUR")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"spend": "many"}, UnreadableRow("campaign", "2", DAY, "spend is no number")),
        ({"clicks": "1.5"}, UnreadableRow("campaign", "2", DAY, "clicks is no count")),
        ({"spend": "-5.00"}, UnreadableRow("campaign", "2", DAY, "spend is below zero")),
        (
            {"actions": [{"action_type": "purchase", "value": "-1"}]},
            UnreadableRow("campaign", "2", DAY, "conversions is below zero"),
        ),
        ({"spend": "NaN"}, UnreadableRow("campaign", "2", DAY, "spend is no possible number")),
        ({"spend": "1e12"}, UnreadableRow("campaign", "2", DAY, "spend is no possible number")),
        ({"spend": "-"}, UnreadableRow("campaign", "2", DAY, "spend is no number")),
        ({"date_start": "soon"}, UnreadableRow("campaign", "2", None, "date_start is no date")),
        ({"campaign_id": ""}, UnreadableRow("campaign", "", DAY, "campaign_id is no id")),
    ],
)
def test_odd_row_is_told_with_object_day_and_field_and_costs_no_other(
    change: dict[str, Any], expected: UnreadableRow
) -> None:
    found, bad = read([ROW, {**ROW, "campaign_id": "2", **change}, {**ROW, "campaign_id": "3"}])
    assert [row.remote_id for row in found] == ["1", "3"]
    assert bad == [expected]


def test_day_that_comes_twice_is_not_guessed() -> None:
    found, bad = read([ROW, {**ROW, "spend": "2.00"}, {**ROW, "campaign_id": "3"}])
    assert [row.remote_id for row in found] == ["3"]
    assert bad == [UnreadableRow("campaign", "1", DAY, "the day comes twice")]


def test_caller_that_takes_no_odd_rows_gets_an_error_that_names_the_row() -> None:
    with pytest.raises(WrongShape, match="campaign 1, 2026-03-01: spend is no number"):
        _read([{**ROW, "spend": "many"}], None)
