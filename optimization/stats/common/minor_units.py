"""Minor units of currencies (ISO 4217), so that budgets are whole cents, yen or fils."""

from collections.abc import Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal

_ZERO = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE = "BHD IQD JOD KWD LYD OMR TND"
_TWO = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD "
    "CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD "
    "GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD "
    "MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP "
    "PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS "
    "TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD XCG YER ZAR ZMW ZWG"
)
MINOR_DIGITS: Mapping[str, int] = {
    **dict.fromkeys(_ZERO.split(), 0),
    **dict.fromkeys(_TWO.split(), 2),
    **dict.fromkeys(_THREE.split(), 3),
}
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
