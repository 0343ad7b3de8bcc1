"""Days and periods as exports write them, decided once for the whole file."""

from __future__ import annotations

import re
import time
from datetime import date, timedelta

from campaigns.importing.parsing.advice import set_format
from campaigns.importing.parsing.problems import BadCell, FileRefused, Problem
from campaigns.importing.parsing.weeks import read_week
from core.common.errors import InvalidInput

EARLIEST = date(2000, 1, 1)
_LONGEST_AHEAD = timedelta(days=366)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(?P<name>[A-Za-z]{3,9})\.?"
# TikTok and spreadsheets write midnight after the day; any other hour is a finer breakdown.
_MIDNIGHT = r"(?:[T ]00:00(?::00(?:\.0+)?)?)?"
_ISO = re.compile(r"(?P<y>\d{4})([-/.]?)(?P<m>\d{2})\2(?P<d>\d{2})" + _MIDNIGHT)
_DOTTED = re.compile(r"(?P<d>\d{1,2})\.\s?(?P<m>\d{1,2})\.\s?(?P<y>\d{4})" + _MIDNIGHT)
_MONTH_FIRST = re.compile(
    r"(?:[A-Za-z]{3,9},?\s+)?" + _MONTH + r"\s+(?P<d>\d{1,2}),?\s+(?P<y>\d{4})"
)
_DAY_FIRST = re.compile(
    r"(?:[A-Za-z]{3,9},?\s+)?(?P<d>\d{1,2})[\s-]" + _MONTH + r",?[\s-](?P<y>\d{4})"
)
_SLASHED = re.compile(r"(?P<a>\d{1,2})([/-])(?P<b>\d{1,2})\2(?P<y>\d{4})" + _MIDNIGHT)
_CLEAR = (_ISO, _DOTTED, _MONTH_FIRST, _DAY_FIRST)
_PARTS = {"YYYY": "%Y", "YY": "%y", "MM": "%m", "DD": "%d"}
_TOKENS = re.compile("YYYY|YY|MM|DD")
_SAMPLES = (date(2026, 11, 3), date(1999, 2, 28))


def strptime_format(form: str) -> str:
    """DD/MM/YYYY as %d/%m/%Y; a format with % stays. Raises InvalidInput on `mapping` unless it has
    year, month and day."""
    parsed = form if "%" in form else _TOKENS.sub(lambda found: _PARTS[found[0]], form)
    _check_format(parsed, form)
    return parsed


def _written_format(form: str) -> str:
    for letters, directive in _PARTS.items():
        form = form.replace(directive, letters)
    return form


def _check_format(form: str, typed: str) -> None:
    try:
        whole = all(_by_format(day.strftime(form), form) == day for day in _SAMPLES)
    except ValueError:
        whole = False
    if not whole:
        raise InvalidInput(
            f"{typed!r} is not a date format with year, month and day. "
            "Write it like DD/MM/YYYY or MM/DD/YYYY.",
            field="mapping",
        )


class DateEvidence:
    """Whether 3/11/2026 is in March or in November, by the file's other dates."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self.day_first: tuple[int, str] | None = None
        self.month_first: tuple[int, str] | None = None
        self.unclear: tuple[int, str, str, str] | None = None

    def note(self, text: str, line: int, field: str, header: str) -> None:
        if text in self.seen:
            return
        self.seen.add(text)
        found = _SLASHED.fullmatch(text)
        if found is None:
            return
        if int(found["a"]) > 12:
            self.day_first = self.day_first or (line, text)
        elif int(found["b"]) > 12:
            self.month_first = self.month_first or (line, text)
        else:
            self.unclear = self.unclear or (line, field, header, text)

    def order(self) -> str:
        """'dm', 'md', or '' where it does not matter. Raises FileRefused where it is unclear."""
        if self.day_first and self.month_first:
            raise FileRefused(self._contradiction(self.day_first, self.month_first))
        if self.day_first or self.month_first:
            return "dm" if self.day_first else "md"
        if self.unclear:
            raise FileRefused(self._ambiguity(*self.unclear))
        return ""

    @staticmethod
    def _contradiction(day_first: tuple[int, str], month_first: tuple[int, str]) -> Problem:
        return Problem(
            max(day_first[0], month_first[0]),
            "",
            f"Line {day_first[0]} writes {day_first[1]} with the day first, line {month_first[0]} "
            f"writes {month_first[1]} with the month first. Export the file in one date format.",
        )

    @staticmethod
    def _ambiguity(line: int, field: str, header: str, text: str) -> Problem:
        return Problem(
            line,
            header,
            set_format(
                f"{text!r} can be read with the day or the month first, and no other date in the "
                "file decides it.",
                field,
                header,
                ("DD/MM/YYYY", "MM/DD/YYYY"),
            ),
        )


class DayReader:
    """Reads the dates of one file; each text is worked out once."""

    def __init__(self, order: str, today: date, form: str = "") -> None:
        self._order, self._form = order, form
        self._latest = today + timedelta(days=1)
        self._days: dict[str, date] = {}

    def day(self, text: str) -> date:
        """Raises BadCell."""
        known = self._days.get(text)
        if known is None:
            known = self._days[text] = self._read(text)
        return known

    def single(self, text: str) -> date:
        """A day that a report can already know. Raises BadCell."""
        day = self.day(text)
        self._check_past(day)
        return day

    def period(self, first: date, last: date) -> tuple[date, date]:
        """Both ends included. Raises BadCell."""
        if first > last:
            raise BadCell(f"The period ends on {last} before it begins on {first}. Correct it.")
        self._check_past(first)
        if last > self._latest + _LONGEST_AHEAD:
            raise BadCell(f"{last} is too far in the future for a report. Correct the date.")
        return first, last

    def week(self, text: str) -> tuple[date, date]:
        """Both ends of a year and week, counted as the column's format says. Raises BadCell."""
        return self.period(*read_week(text, self._form))

    def _check_past(self, day: date) -> None:
        if day < EARLIEST:
            raise BadCell(f"{day} is before {EARLIEST}: too far in the past. Correct the date.")
        if day > self._latest:
            raise BadCell(f"{day} is in the future: no report knows it yet. Correct the date.")

    def _read(self, text: str) -> date:
        if not text:
            raise BadCell("There is no date. Export the report by day.")
        try:
            return self._by_format(text) if self._form else self._by_shape(text)
        except ValueError:
            raise BadCell(f"{text!r} is not a day of the calendar. Correct it.") from None

    def _by_format(self, text: str) -> date:
        try:
            return _by_format(text, self._form)
        except ValueError:
            raise BadCell(
                f"{text!r} is not written as {_written_format(self._form)}. Correct one of them."
            ) from None

    def _by_shape(self, text: str) -> date:
        for shape in _CLEAR:
            if (found := shape.fullmatch(text)) is not None:
                parts = found.groupdict()
                month = _month(parts["name"], text) if "name" in parts else int(parts["m"])
                return date(int(parts["y"]), month, int(parts["d"]))
        found = _SLASHED.fullmatch(text)
        if found is None:
            raise _unknown_format(text)
        first, second = int(found["a"]), int(found["b"])
        day, month = (first, second) if self._order == "dm" else (second, first)
        return date(int(found["y"]), month, day)


def _by_format(text: str, form: str) -> date:
    year, month, day = time.strptime(text, form)[:3]
    return date(year, month, day)


def _month(name: str, text: str) -> int:
    start = name[:3].casefold()
    if start not in _MONTHS:
        raise _unknown_format(text)
    return _MONTHS.index(start) + 1


def _unknown_format(text: str) -> BadCell:
    return BadCell(
        f"{text!r} is not a date in a known format (2026-11-03, 03.11.2026, Nov 3, 2026).",
        ("DD/MM/YY", "another order of these"),
    )
