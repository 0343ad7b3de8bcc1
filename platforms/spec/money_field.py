"""Money in a spec: {"micros": 50000000, "currency": "USD"}."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

from core.common.errors import InvalidInput
from core.common.money import Money
from platforms.spec.base import MOST, refuse

_KEYS = {"micros", "currency"}
_SCHEMA = {
    "type": "object",
    "properties": {"micros": {"type": "integer", "minimum": 0}, "currency": {"type": "string"}},
    "required": sorted(_KEYS),
    "additionalProperties": False,
}


def _read(value: Any) -> Money:
    """Money raises its own error, which pydantic does not know: it becomes one of pydantic's here,
    so that the path of the field is kept."""
    if isinstance(value, Money):
        return _checked(value)
    if not isinstance(value, dict):
        raise ValueError("an amount is an object with micros and currency")
    unknown = [((key,), "is an unknown key") for key in sorted(set(value) - _KEYS)]
    refuse(unknown + [((key,), "is missing") for key in sorted(_KEYS - set(value))])
    micros, currency = value["micros"], value["currency"]
    if type(micros) is not int or not 0 <= micros <= MOST:
        refuse([(("micros",), f"is no whole number between 0 and {MOST}")])
    try:
        return Money.from_micros(micros, currency)
    except InvalidInput as err:
        refuse([(("currency",), err.user_message)])
        raise


def _checked(money: Money) -> Money:
    try:
        micros = money.micros
    except InvalidInput as err:
        raise ValueError(err.user_message) from err
    if not 0 <= micros <= MOST:
        raise ValueError(f"an amount is between 0 and {MOST} micros")
    return money


def _write(money: Money) -> dict[str, Any]:
    return {"micros": money.micros, "currency": money.currency}


MoneyField = Annotated[
    Money, PlainValidator(_read), PlainSerializer(_write), WithJsonSchema(_SCHEMA)
]
