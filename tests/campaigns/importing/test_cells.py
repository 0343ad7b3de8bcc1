from __future__ import annotations

from datetime import date

import pytest

from campaigns.importing.parsing.days import DateEvidence, DayReader, strptime_format
from campaigns.importing.parsing.numbers import StyleEvidence, read_count, read_micros
from campaigns.importing.parsing.problems import BadCell, FileRefused
from campaigns.importing.parsing.weeks import read_week
from core.common.errors import InvalidInput

TODAY = date(2026, 11, 10)


def style_of(*cells: str, whole: tuple[str, ...] = ()) -> str:
    evidence = StyleEvidence()
    for line, text in enumerate(cells, 2):
        evidence.note(text, line, "spend", "Cost", whole=False)
    for line, text in enumerate(whole, 2):
        evidence.note(text, line, "impressions", "Impr.", whole=True)
    return evidence.style()


def order_of(*cells: str) -> str:
    evidence = DateEvidence()
    for line, text in enumerate(cells, 2):
        evidence.note(text, line, "date", "Day")
    return evidence.order()


@pytest.mark.parametrize(
    ("cells", "style"),
    [
        (["12.5"], "point"),
        (["12,5"], "comma"),
        (["1,234.56"], "point"),
        (["1.234,56"], "comma"),
        (["1,234,567"], "point"),
        (["1.234.567"], "comma"),
        (["0,123"], "comma"),
        (["1234.567"], "point"),
        (["€ 1.234,50"], "comma"),
        (["1 234,50"], "comma"),
        (["12,34,567"], "point"),
    ],
)
def test_one_clear_number_tells_the_decimal_sign(cells: list[str], style: str) -> None:
    assert style_of("1,234" if style == "point" else "1.234", *cells) == style


def test_a_count_with_a_sign_before_three_digits_tells_the_thousands() -> None:
    assert style_of("1,500", whole=("12,345",)) == "point"
    assert style_of("1.500", whole=("12.345",)) == "comma"


def test_a_clear_amount_outweighs_a_count() -> None:
    assert style_of("9.99", whole=("1.234",)) == "point"


def test_a_number_that_can_be_read_in_two_ways_is_refused() -> None:
    with pytest.raises(
        FileRefused, match=r"'1,234' can be 1234 .* type point or comma as the format of Spend"
    ):
        style_of("5", "1,234")


def test_two_decimal_signs_in_one_file_are_refused_with_both_lines() -> None:
    with pytest.raises(FileRefused, match=r"Line 2 writes '1\.5'.* line 3 writes '1,5'"):
        style_of("1.5", "1,5")


@pytest.mark.parametrize(
    ("text", "style", "micros"),
    [
        ("12", "point", 12_000_000),
        ("12.5", "point", 12_500_000),
        (".5", "point", 500_000),
        ("1,234.56", "point", 1_234_560_000),
        ("1.234,56", "comma", 1_234_560_000),
        ("1234,5", "comma", 1_234_500_000),
        ("$1,234.50", "point", 1_234_500_000),
        ("1.234,50 €", "comma", 1_234_500_000),
        ("EUR 3.10", "point", 3_100_000),
        ("3.10 EUR", "point", 3_100_000),
        ("1\u202f234,5", "comma", 1_234_500_000),
        ("1'234.5", "point", 1_234_500_000),
        ("0.000001", "point", 1),
        ("1.2500000", "point", 1_250_000),
    ],
)
def test_amounts_are_read_to_the_micro(text: str, style: str, micros: int) -> None:
    assert read_micros(text, style, "EUR") == micros


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("-5", "negative"),
        ("-$5.00", "negative"),
        ("NaN", "is not a number. Write 0"),
        ("inf", "is not a number. Write 0"),
        ("-inf", "is not a number. Write 0"),
        ("1e5", "scientific"),
        ("12%", "percentage"),
        ("0.0000001", "finer than a millionth"),
        ("100000000000", "too large"),
        ("9" * 5000, "too large"),
        ("1,23", "not a number"),
        ("1.234.567", "not a number"),
        ("abc", "not a number"),
        ("١٢", "not a number"),
        ("£5", "not in EUR"),
        ("USD 5", "not in EUR"),
    ],
)
def test_what_is_no_amount_is_refused_with_the_reason(text: str, words: str) -> None:
    with pytest.raises(BadCell, match=words):
        read_micros(text, "point", "EUR")


def test_counts_are_whole_numbers() -> None:
    assert read_count("3526", "point") == 3526
    assert read_count("12,345", "point") == 12_345
    assert read_count("12.345", "comma") == 12_345
    assert read_count("7.0", "point") == 7
    for text, words in [("1.5", "whole number"), ("$5", "plain numbers"), ("-1", "negative")]:
        with pytest.raises(BadCell, match=words):
            read_count(text, "point")


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-03",
        "2026/11/03",
        "20261103",
        "2026-11-03 00:00:00",
        "2026-11-03T00:00",
        "03.11.2026",
        "3.11.2026",
        "Nov 3, 2026",
        "November 3, 2026",
        "Tue, Nov 3, 2026",
        "3 Nov 2026",
        "3-Nov-2026",
        "11/3/2026",
        "11-03-2026",
    ],
)
def test_dates_are_read_in_all_known_shapes(text: str) -> None:
    assert DayReader("md", TODAY).day(text) == date(2026, 11, 3)


def test_the_order_of_day_and_month_is_told_by_the_files_other_dates() -> None:
    assert order_of("03/04/2026", "13/04/2026") == "dm"
    assert order_of("03/04/2026", "04/13/2026") == "md"
    assert order_of("2026-04-03") == ""
    assert DayReader("dm", TODAY).day("03/04/2026") == date(2026, 4, 3)


def test_dates_that_can_be_read_in_two_ways_are_refused() -> None:
    with pytest.raises(
        FileRefused, match=r"'03/04/2026'.* type DD/MM/YYYY or MM/DD/YYYY as the format of Day"
    ):
        order_of("03/04/2026", "05/06/2026")


def test_two_orders_in_one_file_are_refused_with_both_lines() -> None:
    with pytest.raises(FileRefused, match=r"Line 2 writes 13/04/2026 .* line 3 writes 04/13/2026"):
        order_of("13/04/2026", "04/13/2026")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no date"),
        ("yesterday", "known format"),
        ("3/11/26", "known format"),
        ("Foo 3, 2026", "known format"),
        ("2026-02-30", "not a day of the calendar"),
        ("2026-11-03 14:00", "known format"),
        ("1999-12-31", "too far in the past"),
        ("2026-11-12", "in the future"),
    ],
)
def test_what_is_no_day_is_refused_with_the_reason(text: str, words: str) -> None:
    with pytest.raises(BadCell, match=words):
        DayReader("", TODAY).single(text)


def test_tomorrow_can_be_today_elsewhere() -> None:
    assert DayReader("", TODAY).single("2026-11-11") == date(2026, 11, 11)


def test_a_format_of_ones_own_is_followed_to_the_letter() -> None:
    reader = DayReader("", TODAY, "%d/%m/%y")
    assert reader.day("03/11/26") == date(2026, 11, 3)
    with pytest.raises(BadCell, match="not written as DD/MM/YY"):
        reader.day("2026-11-03")


@pytest.mark.parametrize("form", ["%d/%m", "%Y", "iso", "%", "%Y-%m-%d %"])
def test_a_format_must_say_year_month_and_day(form: str) -> None:
    with pytest.raises(InvalidInput, match="not a date format") as caught:
        strptime_format(form)
    assert caught.value.field == "mapping"


@pytest.mark.parametrize(
    ("form", "directives"),
    [
        ("DD/MM/YYYY", "%d/%m/%Y"),
        ("MM-DD-YY", "%m-%d-%y"),
        ("YYYYMMDD", "%Y%m%d"),
        ("%d/%m/%Y", "%d/%m/%Y"),
    ],
)
def test_a_date_format_is_written_in_letters_or_directives(form: str, directives: str) -> None:
    assert strptime_format(form) == directives


def test_a_period_must_not_end_before_it_begins() -> None:
    reader = DayReader("", TODAY)
    with pytest.raises(BadCell, match="ends on 2026-11-01 before"):
        reader.period(date(2026, 11, 2), date(2026, 11, 1))
    with pytest.raises(BadCell, match="too far in the future"):
        reader.period(date(2026, 11, 2), date(2028, 1, 1))


@pytest.mark.parametrize(
    ("text", "counting", "first", "last"),
    [
        ("201446", "isoweek", date(2014, 11, 10), date(2014, 11, 16)),
        ("2014-W46", "isoweek", date(2014, 11, 10), date(2014, 11, 16)),
        ("2014-01", "isoweek", date(2013, 12, 30), date(2014, 1, 5)),
        ("202053", "isoweek", date(2020, 12, 28), date(2021, 1, 3)),
        ("201400", "isoweek", date(2013, 12, 23), date(2013, 12, 29)),
        # Sunday 21 December 2014 begins week 51 as strftime's %U counts.
        ("201451", "sundayweek", date(2014, 12, 21), date(2014, 12, 27)),
        ("201452", "sundayweek", date(2014, 12, 28), date(2014, 12, 31)),
        ("201500", "sundayweek", date(2015, 1, 1), date(2015, 1, 3)),
        ("201400", "mondayweek", date(2014, 1, 1), date(2014, 1, 5)),
        ("201401", "mondayweek", date(2014, 1, 6), date(2014, 1, 12)),
    ],
)
def test_weeks_have_a_first_and_a_last_day(
    text: str, counting: str, first: date, last: date
) -> None:
    assert read_week(text, counting) == (first, last)


@pytest.mark.parametrize("counting", ["sundayweek", "mondayweek"])
def test_every_day_is_in_the_week_that_strftime_says(counting: str) -> None:
    sign = {"sundayweek": "%Y%U", "mondayweek": "%Y%W"}[counting]
    for ordinal in range(date(2010, 12, 25).toordinal(), date(2018, 1, 10).toordinal()):
        day = date.fromordinal(ordinal)
        first, last = read_week(day.strftime(sign), counting)
        assert first <= day <= last


@pytest.mark.parametrize(
    ("text", "counting", "words"),
    [
        ("201453", "isoweek", "2014 has no week 53"),
        ("201499", "isoweek", "2014 has no week 99"),
        ("201700", "sundayweek", "2017 has no week 00"),
        ("201453", "sundayweek", "2014 has no week 53"),
        ("000000", "mondayweek", "has no week"),
        ("46", "isoweek", "not a year and week"),
    ],
)
def test_weeks_that_do_not_exist_are_refused(text: str, counting: str, words: str) -> None:
    with pytest.raises(BadCell, match=words):
        read_week(text, counting)
