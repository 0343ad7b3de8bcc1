"""Year and week in one cell, in the three ways of counting weeks."""

from __future__ import annotations

import re
from datetime import date, timedelta

from campaigns.importing.parsing.problems import BadCell

# Weeks of a year that begin on its first Sunday or Monday are what strftime writes as %Y%U and
# %Y%W: the days before are week 00, and the year's first and last week may be short.
_BEGINS = {"sundayweek": 6, "mondayweek": 0}
WEEKS = ("isoweek", *_BEGINS)
WEEK_FORMATS = (
    "isoweek (ISO 8601), sundayweek or mondayweek (counted from the year's first Sunday or "
    "Monday, week 00 before it)"
)
_WEEK = re.compile(r"(\d{4})-?W?(\d{2})", re.ASCII)
_WEEK_DAYS = timedelta(days=7)


def read_week(text: str, counting: str) -> tuple[date, date]:
    """First and last day of 201446, 2014-46 or 2014-W46. Raises BadCell."""
    found = _WEEK.fullmatch(text)
    if found is None:
        raise BadCell(f"{text!r} is not a year and week. Write it like 201446.")
    year, week = int(found[1]), int(found[2])
    try:
        days = _iso(year, week) if counting == "isoweek" else _plain(year, week, _BEGINS[counting])
    except (ValueError, OverflowError):
        days = None
    if days is None:
        raise BadCell(_no_such(year, week, counting))
    return days


def _iso(year: int, week: int) -> tuple[date, date]:
    """ISO weeks begin with 01. Exports that write 00 for the days before it are read as the week
    before week 01, so that nothing of a year's turn is lost."""
    if week == 0:
        monday = date.fromisocalendar(year, 1, 1) - _WEEK_DAYS
    else:
        monday = date.fromisocalendar(year, week, 1)
    return monday, monday + _WEEK_DAYS - timedelta(days=1)


def _plain(year: int, week: int, begins: int) -> tuple[date, date] | None:
    new_year, last = date(year, 1, 1), date(year, 12, 31)
    week_one = new_year + timedelta(days=(begins - new_year.weekday()) % 7)
    first = week_one + (week - 1) * _WEEK_DAYS
    days = max(first, new_year), min(first + _WEEK_DAYS - timedelta(days=1), last)
    return days if days[0] <= days[1] else None


def _no_such(year: int, week: int, counting: str) -> str:
    return f"{year} has no week {week:02} counted as {counting}. Correct it."
