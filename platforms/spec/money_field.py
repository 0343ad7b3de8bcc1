"""Money in a spec: {"micros": 50000000, "currency": "USD"}."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

from core.common.errors import InvalidInput
from core.common.money import Money
from platforms.spec.base import MOST

_KEYS = {"micros", "currency"}
_SCHEMA = {
    "type": "object",
    "properties": {"micros": {"type": "integer", "minimum": 0}, "currency": {"type": "string"}},
    "required": sorted(_KEYS),
    "additionalProperties": False,
}


def _read(value: Any) -> Money:
    """Money raises its own error, which pydantic does not know: it becomes a ValueError here, so
    that the path of the field is kept."""
    if isinstance(value, Money):
        return _checked(value)
    if not isinstance(value, dict) or set(value) != _KEYS:
        raise ValueError("an amount has the keys micros and currency, and no others")
    micros, currency = value["micros"], value["currency"]
    if type(micros) is not int or type(currency) is not str:
        raise ValueError("micros is a whole number, currency a text")
    if not 0 <= micros <= MOST:
        raise ValueError(f"micros is between 0 and {MOST}")
    try:
        return _checked(Money.from_micros(micros, currency))
    except InvalidInput as err:
        raise ValueError(err.user_message) from err


def _checked(money: Money) -> Money:
    if money.amount < 0:
        raise ValueError("an amount is not negative")
    return money


def _write(money: Money) -> dict[str, Any]:
    return {"micros": money.micros, "currency": money.currency}


MoneyField = Annotated[
    Money, PlainValidator(_read), PlainSerializer(_write), WithJsonSchema(_SCHEMA)
]
