"""Fields that take a value in one plain form, as the pages do, and refuse what Python also reads:
1_000, 1e3, Arabic digits, true for 1."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from rest_framework import serializers
from rest_framework.fields import empty

from core.common.money import read_number

_DIGITS = re.compile(r"[+-]?[0-9]{1,30}")
LARGEST_ID = 2**63 - 1  # what the database can store
LARGEST_INTEGER = 2**31 - 1


class Flag(serializers.BooleanField):
    """true or false, also as True, 1, yes, on, t, y and their opposites; anything else is refused,
    an empty value too, which a form would read as "not given"."""

    default_error_messages = {"invalid": "Write true or false."}

    def get_value(self, dictionary: Any) -> Any:
        return dictionary.get(self.field_name, empty)


class Whole(serializers.IntegerField):
    """A whole number, written with digits only."""

    default_error_messages = {"invalid": "Write a whole number, such as 14."}

    def __init__(self, **how: Any) -> None:
        super().__init__(**{"min_value": -LARGEST_INTEGER, "max_value": LARGEST_INTEGER, **how})

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int | str):
            self.fail("invalid")
        if isinstance(data, str) and not _DIGITS.fullmatch(data.strip()):
            self.fail("invalid")
        return int(data)


class Id(Whole):
    """A primary key."""

    default_error_messages = {"invalid": "Write an id, such as 14."}

    def __init__(self, **how: Any) -> None:
        super().__init__(**{"min_value": 1, "max_value": LARGEST_ID, **how})


class PlainDecimal(serializers.DecimalField):
    """A number with a point before its decimals."""

    default_error_messages = {"invalid": "Write a number such as 0.25."}

    def to_internal_value(self, data: Any) -> Decimal:
        if isinstance(data, bool) or not isinstance(data, int | float | str | Decimal):
            self.fail("invalid")
        number = read_number(str(data))
        if number is None:
            self.fail("invalid")
        return super().to_internal_value(str(number))
