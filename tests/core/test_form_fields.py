"""Numbers in forms, read as amounts of money are."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.forms import ValidationError

from core.form_fields import PlainDecimalField


@pytest.mark.parametrize(
    "text", ["1_000", "1e3", "١٢٣", "１２３", "NaN", "Infinity", "0x10", "1,5"]
)
def test_what_nobody_writes_as_a_number_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValidationError, match=r"Write it like 12\.5\."):
        PlainDecimalField().clean(text)


@pytest.mark.parametrize(
    ("text", "number"), [("12.5", "12.5"), ("1,250", "1250"), (" 3 ", "3"), ("", None)]
)
def test_plain_numbers_are_read(text: str, number: str | None) -> None:
    found = PlainDecimalField(required=False).clean(text)
    assert found == (None if number is None else Decimal(number))
