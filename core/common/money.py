"""Money: an amount and its currency, and the only conversions to micros and minor units.

Amounts are Decimal in major units. Storage is integer micros (a millionth of the major unit) in
the account's currency. `currencies` has the number of decimals of each.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal

from core.common.currencies import MINOR_DIGITS
from core.common.errors import InvalidInput

MICROS = 1_000_000
# What Python reads beyond this is refused: 1_000, 1e3, ١٢٣, NaN and Infinity are slips, no amounts.
_NUMBER = re.compile(r"[+-]?(\d{1,3}(,\d{3})+(\.\d*)?|\d+(\.\d*)?|\.\d+)", re.ASCII)
_MOST = Decimal(10**12)  # so that micros, and sums of many, fit the database's 64 bits
_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹", "KRW": "₩"}


class UnknownCurrency(InvalidInput):
    code = "unknown_currency"


class MixedCurrencies(InvalidInput):
    code = "mixed_currencies"


def minor_digits(currency: str) -> int:
    """Decimals of a currency: 2 for USD, 0 for JPY, 3 for KWD. Raises UnknownCurrency."""
    try:
        return MINOR_DIGITS[currency]
    except (KeyError, TypeError):
        raise UnknownCurrency(
            f"{currency!r} is not a currency code. Use a three-letter ISO code such as EUR.",
            field="currency",
        ) from None


def currencies() -> list[str]:
    return sorted(MINOR_DIGITS)


def minor_unit_micros(currency: str) -> int:
    """Micros in one minor unit: 10,000 for USD, 1,000,000 for JPY, 1,000 for KWD."""
    return int(MICROS // 10 ** minor_digits(currency))


def floor_to_minor(micros: int, currency: str) -> int:
    """The largest whole number of minor units not above `micros`, in micros."""
    unit = minor_unit_micros(currency)
    return micros // unit * unit


def read_number(text: str) -> Decimal | None:
    """The number that a person wrote: digits 0 to 9, a point before the decimals, commas only
    between thousands. None for anything else."""
    plain = text.strip()
    return Decimal(plain.replace(",", "")) if _NUMBER.fullmatch(plain) else None


def example_amount(currency: str) -> str:
    """How an amount is written: 1250.50 for USD, 1250 for JPY."""
    return f"{Decimal('1250.5') if minor_digits(currency) else 1250:.{minor_digits(currency)}f}"


@dataclass(frozen=True, order=False)
class Money:
    """An amount in major units of one currency."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        minor_digits(self.currency)
        if not isinstance(self.amount, Decimal) or not self.amount.is_finite():
            raise InvalidInput("An amount of money must be a finite decimal.", field="amount")

    @classmethod
    def from_micros(cls, micros: int, currency: str) -> Money:
        return cls(Decimal(micros) / MICROS, currency)

    @classmethod
    def parse(cls, text: str | Decimal | int, currency: str, *, field: str = "amount") -> Money:
        """Whole minor units only: '10.005' USD is refused, not rounded. A comma stands only
        between thousands: '12,50' is refused, not read as 1250. A Decimal is taken as it is."""
        amount = text if isinstance(text, Decimal) else read_number(str(text))
        if amount is None or not amount.is_finite():
            raise InvalidInput(
                f"{str(text)[:40]!r} is not an amount. Write it like {example_amount(currency)}.",
                field=field,
            )
        if abs(amount) > _MOST:
            raise InvalidInput(
                f"{str(text)[:40]!r} is not a usable amount: at most {_MOST:,} {currency}.",
                field=field,
            )
        money = cls(amount, currency)
        if money.rounded() != money:
            digits = minor_digits(currency)
            raise InvalidInput(
                f"{text} has more decimals than {currency} allows ({digits}).", field=field
            )
        return money

    @property
    def micros(self) -> int:
        """Integer micros; refuses an amount finer than a micro."""
        scaled = self.amount * MICROS
        if scaled != scaled.to_integral_value():
            raise InvalidInput(f"{self.amount} is finer than a millionth.", field="amount")
        return int(scaled)

    @property
    def minor(self) -> int:
        """Integer minor units (cents); refuses a fraction of one."""
        scaled = self.amount.scaleb(minor_digits(self.currency))
        if scaled != scaled.to_integral_value():
            raise InvalidInput(f"{self} is not a whole number of minor units.", field="amount")
        return int(scaled)

    def rounded(self, rounding: str = ROUND_HALF_EVEN) -> Money:
        quantum = Decimal(1).scaleb(-minor_digits(self.currency))
        return Money(self.amount.quantize(quantum, rounding=rounding), self.currency)

    def rounded_down(self) -> Money:
        return self.rounded(ROUND_DOWN)

    def _same(self, other: Money) -> Decimal:
        if other.currency != self.currency:
            raise MixedCurrencies(
                f"{self.currency} and {other.currency} cannot be combined without a dated rate.",
                field="currency",
            )
        return other.amount

    def __add__(self, other: Money) -> Money:
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount - self._same(other), self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.amount <= self._same(other)

    def __str__(self) -> str:
        shown = self.rounded()
        sign = "-" if shown.amount < 0 else ""
        digits = f"{abs(shown.amount):,.{minor_digits(self.currency)}f}"
        symbol = _SYMBOLS.get(self.currency)
        return f"{sign}{symbol}{digits}" if symbol else f"{sign}{self.currency} {digits}"


def total(amounts: Iterable[Money], currency: str) -> Money:
    result = Money(Decimal(0), currency)
    for amount in amounts:
        result = result + amount
    return result


def split_evenly(amount: Money, shares: list[Decimal]) -> tuple[list[Money], Money]:
    """Split by shares, each part rounded down to the minor unit; and what is left over."""
    whole = sum(shares, Decimal(0))
    if not shares or whole <= 0 or any(share < 0 for share in shares):
        raise InvalidInput("Shares must be zero or more and not all zero.", field="shares")
    parts = [
        Money(amount.amount * share / whole, amount.currency).rounded_down() for share in shares
    ]
    return parts, amount - total(parts, amount.currency)
