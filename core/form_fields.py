"""A form's decimal number, read as an amount of money is."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from core.common.money import read_number


class PlainDecimalField(forms.DecimalField):
    """A Decimal or None. Refuses what Django reads besides: 1_000, 1e3, digits of other scripts."""

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values or isinstance(value, Decimal):
            return super().to_python(value)
        number = read_number(str(value))
        if number is None:
            raise forms.ValidationError(
                f"{str(value)[:40]!r} is not a number. Write it like 12.5.", code="invalid"
            )
        return super().to_python(number)
