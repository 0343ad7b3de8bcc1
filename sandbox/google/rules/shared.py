"""Shared parts of the checks: changes, rules, field paths, texts, bids, statuses."""

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sandbox.google.batch import MutateBatch
from sandbox.google.errors import Path, Problem
from sandbox.google.fields import get_enum

Message = Any
Problems = Iterator[Problem]

# Currencies whose smallest billable amount is a whole unit; for the others it is a hundredth.
_WHOLE_UNITS = frozenset({"JPY", "KRW", "CLP", "VND", "PYG", "UGX", "ISK"})
UNIT = 1_000_000


@dataclass(frozen=True)
class ResourceChange:
    """A create or update to check. `before` is None on create; `fields` are the masked ones."""

    batch: MutateBatch
    message: Message
    before: Message | None = None
    fields: frozenset[str] = frozenset()

    @property
    def is_create(self) -> bool:
        return self.before is None

    def sets(self, name: str) -> bool:
        """Whether this operation gives the top-level field a value."""
        return self.is_create or name in self.fields


@dataclass(frozen=True)
class ResourceRules:
    """Rules of one resource kind: checks, key of a new resource, defaults, removal checks."""

    check: Callable[[ResourceChange], Problems]
    new_key: Callable[[MutateBatch, Message], str]
    defaults: Callable[[MutateBatch, Message], None]
    check_remove: Callable[[MutateBatch, str, Message], Problems] = lambda *_: iter(())


def field_path(*names: str | tuple[str, int]) -> Path:
    """A field path: names, or (name, index) pairs."""
    return tuple((name, None) if isinstance(name, str) else name for name in names)


def required_problem(path: Path) -> Problem:
    return Problem("field_error", "REQUIRED", f"The field {path[-1][0]} is required.", path)


def text_width(text: str) -> int:
    """Length of an ad text; full-width characters count twice."""
    return sum(2 if unicodedata.east_asian_width(symbol) in "WF" else 1 for symbol in text)


def check_text_length(text: str, max_length: int, path: Path) -> Problems:
    if not text.strip():
        yield Problem("string_length_error", "EMPTY", f"{path[-1][0]} is empty.", path, text)
    elif text_width(text) > max_length:
        message = (
            f"{path[-1][0]} has {text_width(text)} characters; at most {max_length} are allowed."
        )
        yield Problem("string_length_error", "TOO_LONG", message, path, text)


def billable_unit(currency: str) -> int:
    """The smallest billable amount of the currency, in micros."""
    return UNIT if currency in _WHOLE_UNITS else UNIT // 100


def check_bid(change: ResourceChange, micros: int, path: Path) -> Problems:
    """Bids: positive, a multiple of the billable unit."""
    currency = change.batch.store.account.currency
    if micros < 0:
        yield Problem("bidding_error", "INVALID_BID", "A bid must not be negative.", path)
    elif micros % billable_unit(currency):
        message = f"The bid must be a multiple of {billable_unit(currency)} micros in {currency}."
        yield Problem("bidding_error", "BID_TOO_MANY_FRACTIONAL_DIGITS", message, path)


def check_status(change: ResourceChange) -> Problems:
    """REMOVED cannot be set; it needs the remove operation."""
    if not change.sets("status") or get_enum(change.message, "status") != "REMOVED":
        return
    message = "Use the remove operation to remove a resource."
    if change.is_create:
        category, code = "operation_access_denied_error", "CREATE_AS_REMOVED_NOT_PERMITTED"
    else:
        category, code = "enum_error", "ENUM_VALUE_NOT_PERMITTED"
    yield Problem(category, code, message, field_path("status"), "REMOVED")


def check_range(value: float, low: float, high: float, path: Path) -> Problems:
    if value < low:
        yield Problem("range_error", "TOO_LOW", f"{path[-1][0]} is below {low}.", path)
    elif value > high:
        yield Problem("range_error", "TOO_HIGH", f"{path[-1][0]} is above {high}.", path)
