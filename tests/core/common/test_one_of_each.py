"""Knowledge that is kept in one place: currencies, measures, pages of a list."""

from __future__ import annotations

import pytest

from campaigns.models import DailyMetric, MetricRevision
from core.common.currencies import MINOR_DIGITS
from core.common.measures import COLUMN_OF, COLUMNS, MEASURES
from core.common.money import currencies, minor_digits
from core.common.paging import page_number, page_of, paginate
from optimization.stats.common.metrics import FIELDS
from optimization.stats.common.minor_units import digits_of


def test_pages_and_mathematics_know_the_same_currencies() -> None:
    assert currencies() == sorted(MINOR_DIGITS)
    assert all(digits_of(code) == minor_digits(code) for code in MINOR_DIGITS)
    assert (digits_of("XCG"), minor_digits("XCG")) == (2, 2)
    assert (digits_of("VED"), minor_digits("VED")) == (2, 2)


def test_every_measure_has_its_column_in_both_tables_and_its_field_in_the_mathematics() -> None:
    assert MEASURES == FIELDS == ("impressions", "clicks", "conversions", "spend", "revenue")
    assert COLUMN_OF["spend"] == "spend_micros"
    for model in (DailyMetric, MetricRevision):
        assert set(COLUMNS) <= {field.name for field in model._meta.get_fields()}


@pytest.mark.parametrize(
    ("text", "number"),
    [("1", 1), ("12", 12), ("0", None), ("", None), ("-1", None), ("x", None), ("1" * 7, None)],
)
def test_number_of_a_page_is_read_alike_everywhere(text: str, number: int | None) -> None:
    assert page_number(text) == number


def test_page_beyond_the_end_is_the_last_one() -> None:
    assert page_of(list("abcde"), 9, 2) == (3, ["e"])
    assert page_of([], 9, 2) == (1, [])
    shown = paginate(51, "9")
    assert (shown.page, shown.pages, shown.first, shown.last) == (3, 3, 51, 51)
