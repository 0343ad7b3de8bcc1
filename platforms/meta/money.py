"""Meta's own minor units, which differ from ISO 4217 in both directions.

Source: Meta Marketing API, currencies and their offsets.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from core.common.money import Money, currencies, minor_digits
from platforms.errors import Rejected

WHOLE_UNITS = frozenset("CLP COP CRC HUF IDR ISK JPY KRW PYG TWD VND".split())
_ISO_DIGITS_OF_CENTS = 2
CURRENCIES = frozenset(
    code
    for code in currencies()
    if code in WHOLE_UNITS or minor_digits(code) == _ISO_DIGITS_OF_CENTS
)
"""Those whose unit Meta's list tells; for the others ISO 4217 and the list may differ."""


def offset(currency: str) -> int:
    """Minor units in one unit: 1 or 100. Raises Rejected where Meta's unit is unknown."""
    if currency in WHOLE_UNITS:
        return 1
    if currency not in CURRENCIES:
        raise Rejected(
            f"AdsEngine does not know how Meta counts {currency}; budgets cannot be set.",
            platform="meta",
            field="daily_budget",
        )
    return 100


def to_minor(budget: Money) -> int:
    """Raises Rejected on daily_budget when the amount is no whole number of Meta's units."""
    scaled = budget.amount * offset(budget.currency)
    if scaled != scaled.to_integral_value():
        raise Rejected(
            f"Meta takes only whole amounts of {budget.currency}.",
            platform="meta",
            field="daily_budget",
        )
    return int(scaled)


def from_minor(value: Any, currency: str) -> Money:
    return Money(Decimal(str(value)) / offset(currency), currency)
