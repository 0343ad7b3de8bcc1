"""Amounts in minor units of their currency, so that budgets are whole cents, yen or fils."""

from collections.abc import Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal

from core.common.currencies import MINOR_DIGITS

# The caller's decimal context must not round money.
_EXACT = Context(prec=60)


def digits_of(currency: str, table: Mapping[str, int] | None = None) -> int:
    """Decimal places of the currency; ValueError when it is unknown."""
    known = MINOR_DIGITS if table is None else table
    if currency not in known:
        raise ValueError(f"unknown currency {currency!r}; use an ISO 4217 code such as USD")
    return known[currency]


def to_minor_floor(amount: Decimal, digits: int) -> int:
    """Whole minor units in the amount, rounded down."""
    return int(amount.scaleb(digits, _EXACT).to_integral_value(ROUND_FLOOR))


def to_minor_ceiling(amount: Decimal, digits: int) -> int:
    """Whole minor units that cover the amount, rounded up."""
    return int(amount.scaleb(digits, _EXACT).to_integral_value(ROUND_CEILING))


def from_minor(units: int, digits: int) -> Decimal:
    """The amount of that many minor units."""
    return Decimal(units).scaleb(-digits, _EXACT)


def subtract(left: Decimal, right: Decimal) -> Decimal:
    """Exact difference of two amounts."""
    return _EXACT.subtract(left, right)


def multiply(left: Decimal, right: Decimal) -> Decimal:
    """Product of an amount and a rate, to 60 digits."""
    return _EXACT.multiply(left, right)


def divide(left: Decimal, right: Decimal) -> Decimal:
    """Quotient of an amount and a rate, to 60 digits."""
    return _EXACT.divide(left, right)
