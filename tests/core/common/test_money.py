from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.common.errors import InvalidInput
from core.common.money import (
    MixedCurrencies,
    Money,
    UnknownCurrency,
    currencies,
    floor_to_minor,
    minor_digits,
    minor_unit_micros,
    read_number,
    split_evenly,
    total,
)

CODES = st.sampled_from(["USD", "JPY", "KWD", "EUR"])


@pytest.mark.parametrize(
    ("currency", "digits", "unit"),
    [("USD", 2, 10_000), ("JPY", 0, 1_000_000), ("KWD", 3, 1_000), ("IDR", 2, 10_000)],
)
def test_minor_unit_follows_the_currency(currency: str, digits: int, unit: int) -> None:
    assert minor_digits(currency) == digits
    assert minor_unit_micros(currency) == unit


@pytest.mark.parametrize(
    ("text", "currency", "micros", "minor", "shown"),
    [
        ("1250.50", "USD", 1_250_500_000, 125_050, "$1,250.50"),
        ("1250", "JPY", 1_250_000_000, 1250, "¥1,250"),
        ("1.234", "KWD", 1_234_000, 1234, "KWD 1.234"),
        ("-0.01", "EUR", -10_000, -1, "-€0.01"),
    ],
)
def test_amount_in_every_unit(
    text: str, currency: str, micros: int, minor: int, shown: str
) -> None:
    money = Money.parse(text, currency)
    assert (money.micros, money.minor, str(money)) == (micros, minor, shown)
    assert Money.from_micros(micros, currency) == money


@pytest.mark.parametrize("code", ["XXX", "usd", "", "EURO", "US"])
def test_unknown_currency_is_an_error_and_not_two_decimals(code: str) -> None:
    with pytest.raises(UnknownCurrency) as refused:
        Money(Decimal(1), code)
    assert refused.value.field == "currency"
    assert repr(code) in refused.value.user_message


@pytest.mark.parametrize(
    ("text", "currency"), [("10.005", "USD"), ("0.5", "JPY"), ("1.2345", "KWD")]
)
def test_amount_finer_than_the_minor_unit_is_refused_not_rounded(text: str, currency: str) -> None:
    with pytest.raises(InvalidInput, match="more decimals") as refused:
        Money.parse(text, currency, field="daily_budget")
    assert refused.value.field == "daily_budget"


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "ten",
            "1,50",
            "1 000",
            "$5",
            "1_000",
            "1e3",
            "1E+3",
            "0x10",
            "١٢٣",
            "１２３",
            "1２0",
        ),
        *("NaN", "nan", "-Infinity", "Infinity", "inf", "1e30000", "--5", "1.2.3", "1,0000"),
        *(".", "½"),
    ],
)
def test_text_that_is_no_number_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(InvalidInput, match="Write it like 1250.50"):
        Money.parse(text, "USD")


@pytest.mark.parametrize(
    ("currency", "example"), [("USD", "1250.50"), ("JPY", "1250"), ("KWD", "1250.500")]
)
def test_the_example_of_an_amount_is_one_that_the_currency_takes(
    currency: str, example: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        Money.parse("1e3", currency, field="total_budget")
    assert refused.value.user_message == f"'1e3' is not an amount. Write it like {example}."
    assert refused.value.field == "total_budget"
    assert Money.parse(example, currency).currency == currency


@pytest.mark.parametrize(
    ("text", "amount"),
    [("1250.50", "1250.5"), ("1,250.50", "1250.5"), (" 7 ", "7"), ("-3.", "-3"), (".5", "0.5")],
)
def test_plain_numbers_are_read(text: str, amount: str) -> None:
    assert Money.parse(text, "USD") == Money(Decimal(amount), "USD")


@given(st.text(max_size=12))
def test_whatever_is_read_has_only_ascii_digits_signs_points_and_commas(text: str) -> None:
    number = read_number(text)
    assert number is None or (number.is_finite() and set(text.strip()) <= set("0123456789+-.,"))


@pytest.mark.parametrize("text", ["9" * 30, "1000000000000.01"])
def test_amount_that_no_column_holds_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="not a usable amount"):
        Money.parse(text, "USD")


@pytest.mark.parametrize(
    ("amount", "even", "up"), [("0.125", "0.12", "0.13"), ("0.135", "0.14", "0.14")]
)
def test_tie_goes_to_the_even_minor_unit_unless_told_otherwise(
    amount: str, even: str, up: str
) -> None:
    money = Money(Decimal(amount), "USD")
    assert money.rounded().amount == Decimal(even)
    assert money.rounded(ROUND_HALF_UP).amount == Decimal(up)
    assert money.rounded_down().amount == Decimal(amount[:-1])


def test_rounding_down_goes_towards_zero_in_yen() -> None:
    assert Money(Decimal("99.99"), "JPY").rounded_down() == Money(Decimal(99), "JPY")


def test_micros_finer_than_a_micro_are_refused() -> None:
    with pytest.raises(InvalidInput, match="finer than a millionth"):
        _ = Money(Decimal("0.0000001"), "USD").micros


def test_two_currencies_are_never_combined() -> None:
    dollars, euros = Money(Decimal(1), "USD"), Money(Decimal(1), "EUR")
    for combine in (
        lambda: dollars + euros,
        lambda: dollars - euros,
        lambda: dollars < euros,
        lambda: total([dollars, euros], "USD"),
    ):
        with pytest.raises(MixedCurrencies, match="USD and EUR"):
            combine()
    assert dollars != euros


@pytest.mark.parametrize(
    ("micros", "currency", "floored"),
    [
        (19_999, "USD", 10_000),
        (1_999_999, "JPY", 1_000_000),
        (1_999, "KWD", 1_000),
        (10_000, "USD", 10_000),
    ],
)
def test_floor_to_minor_keeps_whole_units_only(micros: int, currency: str, floored: int) -> None:
    assert floor_to_minor(micros, currency) == floored


@pytest.mark.parametrize("shares", [[], [Decimal(0)], [Decimal(1), Decimal(-1)], [Decimal(-1)]])
def test_split_by_useless_shares_is_refused(shares: list[Decimal]) -> None:
    with pytest.raises(InvalidInput, match="Shares must be") as refused:
        split_evenly(Money(Decimal(10), "USD"), shares)
    assert refused.value.field == "shares"


def test_split_shows_what_is_left_over() -> None:
    parts, left = split_evenly(Money(Decimal(100), "USD"), [Decimal(1)] * 3)
    assert [part.amount for part in parts] == [Decimal("33.33")] * 3
    assert left == Money(Decimal("0.01"), "USD")


@given(
    minor=st.integers(0, 10**13),
    shares=st.lists(st.decimals(0, 1000, places=3), min_size=1, max_size=12).filter(any),
    currency=CODES,
)
def test_split_and_left_over_make_the_whole(
    minor: int, shares: list[Decimal], currency: str
) -> None:
    whole = Money.from_micros(minor * minor_unit_micros(currency), currency)
    parts, left = split_evenly(whole, shares)
    assert total([*parts, left], currency) == whole
    assert all(part.rounded() == part for part in parts)
    assert 0 <= left.minor <= len(shares)


@given(micros=st.integers(-(10**18), 10**18), currency=CODES)
def test_micros_make_a_round_trip(micros: int, currency: str) -> None:
    assert Money.from_micros(micros, currency).micros == micros


@given(micros=st.integers(0, 10**15), currency=CODES)
def test_floor_is_the_largest_whole_amount_not_above(micros: int, currency: str) -> None:
    floored, unit = floor_to_minor(micros, currency), minor_unit_micros(currency)
    assert floored % unit == 0
    assert floored <= micros < floored + unit


@given(minor=st.integers(-(10**12), 10**12), currency=st.sampled_from(currencies()))
def test_minor_units_survive_storage_as_micros(minor: int, currency: str) -> None:
    money = Money(Decimal(minor).scaleb(-minor_digits(currency)), currency)
    assert Money.from_micros(money.micros, currency).minor == minor
