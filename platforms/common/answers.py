"""Reads vendors' answers strictly: what has another shape than documented is a named error.

The readers of values raise WrongShape; `names_wrong_shapes` makes a platform error of it and of
whatever else an odd answer can bring about.
"""

from __future__ import annotations

import functools
import json
import math
import re
import time
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from core.common.dates import zone
from core.common.errors import InvalidInput
from core.common.money import Money
from platforms.common.calls import Calls
from platforms.errors import OutcomeUnknown, PlatformError, UnreadableAnswer

P = ParamSpec("P")
T = TypeVar("T")
Json = dict[str, Any]

MAX_DEPTH = 64
MAX_PAGES = 1000
MAX_LIST_BYTES = 256 * 1024 * 1024
LONGEST_LIST_SECONDS = 300.0  # shorter than the lease of a sync
_MICRO = Decimal("0.000001")
_LARGEST = Decimal(10) ** 12  # counts and amounts stay below: they fit a column of micros
_LONGEST_NUMBER, _LONGEST_TEXT, _LONGEST_WORDS = 40, 10_000, 500
_CURRENCY = re.compile(r"[A-Z]{3}")
_ID = re.compile(r"[A-Za-z0-9_.:~-]{1,64}")
# What strings may hold in JSON and databases cannot store.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# What reading an odd answer raises where nobody looked at its shape.
SHAPE_ERRORS = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


class WrongShape(ValueError):
    """A value of an answer is not what the vendor documents. Names the key, not the content."""


def parse_object(text: str | bytes) -> Json | None:
    """The JSON object in the text; None where it holds anything else, a number that is none (NaN,
    Infinity) or is nested deeper than MAX_DEPTH."""
    try:
        plain = text.decode("utf-8") if isinstance(text, bytes) else text
        value = json.loads(plain, parse_constant=_not_finite, parse_float=_finite)
        cleaned = _cleaned(value, MAX_DEPTH)
    except (ValueError, RecursionError):
        return None
    return cleaned if isinstance(cleaned, dict) else None


def _not_finite(text: str) -> Any:
    raise WrongShape(f"{text} is not a number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise WrongShape("a number is too large")
    return number


def _cleaned(value: Any, depth: int) -> Any:
    """The value with characters replaced that no database stores. Raises WrongShape when it is
    nested too deeply."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value) if _UNSTORABLE.search(value) else value
    if not isinstance(value, dict | list):
        return value
    if depth == 0:
        raise WrongShape("the answer is nested too deeply")
    if isinstance(value, list):
        return [_cleaned(each, depth - 1) for each in value]
    return {_cleaned(key, 1): _cleaned(each, depth - 1) for key, each in value.items()}


# ---- values ------------------------------------------------------------------------------


def object_in(value: Any, what: str) -> Json:
    """The object; an empty one for null or nothing."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise WrongShape(f"{what} is no object")
    return value


def rows_in(value: Any, what: str) -> list[Json]:
    """The list of objects; an empty one for null or nothing."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise WrongShape(f"{what} is no list of objects")
    return value


def id_in(row: Json, key: str) -> str:
    """The id of an object, a text or a positive whole number. It may be put into a path."""
    value = row.get(key)
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        value = str(value)
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise WrongShape(f"{key} is no id")
    return value


def text_in(row: Json, key: str) -> str:
    """The text; an empty one for null or nothing."""
    value = row.get(key)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT:
        raise WrongShape(f"{key} is no text of at most {_LONGEST_TEXT} characters")
    return value


def required_text_in(row: Json, key: str) -> str:
    """A text that is there, e.g. the id of a file, which holds a slash."""
    text = text_in(row, key)
    if not text:
        raise WrongShape(f"{key} is missing")
    return text


def currency_in(row: Json, key: str) -> str:
    text = text_in(row, key)
    if not _CURRENCY.fullmatch(text):
        raise WrongShape(f"{key} is no code of a currency")
    return text


def time_zone_in(row: Json, key: str) -> str:
    text = text_in(row, key)
    try:
        zone(text)
    except (InvalidInput, OSError):  # a folder of the time zones is an OSError
        raise WrongShape(f"{key} is no time zone") from None
    return text


def number_in(row: Json, key: str) -> Decimal:
    """The number, also where it is sent as a text; zero for null, nothing and an empty text."""
    value = row.get(key)
    if value is None or value == "":
        return Decimal(0)
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise WrongShape(f"{key} is no number")
    if isinstance(value, str) and len(value) > _LONGEST_NUMBER:
        raise WrongShape(f"{key} is no number")
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise WrongShape(f"{key} is no number") from None
    if not number.is_finite() or abs(number) >= _LARGEST:
        raise WrongShape(f"{key} is no possible number")
    return number


def amount(number: Decimal, currency: str) -> Money:
    """Rounded to the millionth, the finest that is kept: a vendor's float has a tail."""
    return Money(number.quantize(_MICRO), currency)


def day_in(row: Json, key: str) -> date:
    """The day of a date, or of a date with a time."""
    try:
        return date.fromisoformat(text_in(row, key)[:10])
    except ValueError:
        raise WrongShape(f"{key} is no date") from None


def count_in(row: Json, key: str) -> int:
    """A whole number of things, zero or more."""
    number = number_in(row, key)
    if number < 0 or number != number.to_integral_value():
        raise WrongShape(f"{key} is no count")
    return int(number)


def said(sentences: Callable[[], Iterable[str]]) -> str:
    """A vendor's sentences as one text, each once. They are shown and decide nothing: what cannot
    be read is left out, and the length is bounded."""
    try:
        plain = [" ".join(_UNSTORABLE.sub(" ", text).split()) for text in sentences()]
    except SHAPE_ERRORS:
        return ""
    return " ".join(dict.fromkeys(text for text in plain if text))[:_LONGEST_WORDS]


# ---- lists -------------------------------------------------------------------------------


class ListBounds:
    """Watches one list that is read page by page: it must end, and no page may come twice."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until = clock() + LONGEST_LIST_SECONDS
        self._pages = 0
        self._bytes = 0
        self._last = ""
        self._cursors: set[str] = set()

    def add(self, rows: list[Json]) -> list[Json]:
        """Count one page; returns its rows. Raises WrongShape."""
        content = repr(rows)
        self._pages += 1
        self._bytes += len(content)
        if rows and content == self._last:
            raise WrongShape("the same page of a list came twice")
        self._last = content
        if self._pages > MAX_PAGES or self._bytes > MAX_LIST_BYTES or self._clock() > self._until:
            raise WrongShape(f"a list did not end within {self._pages} pages")
        return rows

    def next_cursor(self, cursor: Any) -> str:
        """The cursor of the next page, which must be a new one. Raises WrongShape."""
        if not isinstance(cursor, str) or not cursor or len(cursor) > _LONGEST_TEXT:
            raise WrongShape("a list has a next page without a cursor")
        if cursor in self._cursors:
            raise WrongShape("a list repeats its cursor")
        self._cursors.add(cursor)
        return cursor


# ---- errors ------------------------------------------------------------------------------


class _HasCalls(Protocol):
    @property
    def calls(self) -> Calls: ...


S = TypeVar("S", bound=_HasCalls)


def names_wrong_shapes(method: Callable[Concatenate[S, P], T]) -> Callable[Concatenate[S, P], T]:
    """A client's method raises only platforms.errors, whatever the vendor answers.

    Once one of its writes was sent the outcome is unknown: the caller must read back.
    """

    @functools.wraps(method)
    def named(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        sent = self.calls.writes_sent
        try:
            return method(self, *args, **kwargs)
        except SHAPE_ERRORS as error:
            raise unreadable(self.calls, error, wrote=self.calls.writes_sent > sent) from error

    return named


def unreadable(calls: Calls, error: Exception, *, wrote: bool) -> PlatformError:
    about: dict[str, Any] = {
        "platform": calls.platform,
        "account": calls.config.account_id,
        "vendor_message": f"{type(error).__name__}: {error}"[:500],
    }
    if wrote:
        return OutcomeUnknown(
            "The platform's answer cannot be read, so it is not known whether this was done. "
            "AdsEngine checks before it tries again.",
            **about,
        )
    return UnreadableAnswer(
        "The platform's answer cannot be read. AdsEngine tries again by itself; if it stays so, "
        "tell support.",
        **about,
    )
