"""What every part of a spec is made of: strict frozen models, bounded numbers, sorted sets.

Strict both ways: an unknown key, a wrong type, a missing field or a number out of range is refused
with its path. Strict mode takes a JSON array as a tuple only while it parses text, so stored specs
are always read from text (`text.parse_spec`).
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Annotated, Any, Literal, TypeVar, get_args
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from core.common.countries import CODES

ItemT = TypeVar("ItemT")

Objective = Literal[
    "awareness",
    "traffic",
    "engagement",
    "conversions",
    "leads",
    "app_promotion",
    "catalog_sales",
]
SpecStatus = Literal["active", "paused"]

MOST = 2**63 - 1  # what the database's integers hold
Micros = Annotated[int, Field(ge=0, le=MOST)]
Millionths = Annotated[int, Field(ge=0, le=MOST)]
RemoteId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_:/~.-]{1,128}$")]
Reference = Annotated[str, Field(pattern=r"^ae-[a-z0-9-]{1,40}$")]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z]{2,8})?$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_NO_ADDRESS = re.compile(r"[\s\x00-\x1f\x7f\\<>\"]")


class Node(BaseModel):
    """A part of a spec."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


Location = tuple[int | str, ...]
"""Where a problem is, by the steps from the node that finds it."""


def refuse(found: Iterable[tuple[Location, str]]) -> None:
    """Raises a ValidationError of these problems, each at its place: one that a validator raises
    as a ValueError is only known to be somewhere in the whole node."""
    details = [
        InitErrorDetails(
            type=PydanticCustomError("spec", "{says}", {"says": says}), loc=location, input=None
        )
        for location, says in found
    ]
    if details:
        raise ValidationError.from_exception_data("spec", details)


def _composed(text: str) -> str:
    """One writing of letters with accents, so that texts that look the same are the same."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _read_day(value: Any) -> Any:
    """A day as text is written YYYY-MM-DD; pydantic would take seconds since 1970, too."""
    if not isinstance(value, str):
        return value
    if not _DAY.fullmatch(value):
        raise ValueError(f"{value[:40]!r} is no day; write it like 2026-03-31")
    return dt.date.fromisoformat(value)


def _is_address(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname or _NO_ADDRESS.search(address):
        raise ValueError(
            f"{address[:80]!r} is no address of a web page; write it like https://example.com/page"
        )
    return address


def _is_country(code: str) -> str:
    if code not in CODES:
        raise ValueError(f"{code!r} is no ISO 3166 code of a country, such as DE")
    return code


def _sort_key(item: Any) -> str:
    return item.model_dump_json() if isinstance(item, Node) else str(item)


def _sorted_once(items: tuple[ItemT, ...]) -> tuple[ItemT, ...]:
    """Sorted, each item once: two writings of one set are equal and have one hash."""
    return tuple(sorted(dict.fromkeys(items), key=_sort_key))


def once_by(key: Callable[[Any], Any]) -> AfterValidator:
    """For a set of nodes that a platform knows by a part of them: two that differ in the rest alone
    contradict each other. Each problem is at its place in the order that was written."""

    def check(items: tuple[ItemT, ...]) -> tuple[ItemT, ...]:
        known: dict[Any, ItemT] = {}
        refuse(
            ((at,), f"{key(item)!r} is there twice, and not the same")
            for at, item in enumerate(items)
            if known.setdefault(key(item), item) != item
        )
        return _sorted_once(items)

    return AfterValidator(check)


Composed = AfterValidator(_composed)
Name = Annotated[str, Field(max_length=512, pattern=r"\S"), Composed]
Day = Annotated[dt.date, BeforeValidator(_read_day)]
Address = Annotated[str, Field(min_length=1, max_length=2048), AfterValidator(_is_address)]
"""Of a web page. It is kept as written: another writing may be another page."""
SetOf = Annotated[tuple[ItemT, ...], AfterValidator(_sorted_once)]
"""A set as a sorted tuple: the order in which it was written does not matter."""
Country = Annotated[str, AfterValidator(_is_country)]


def tag_of(node_class: type[Node], field: str) -> str:
    """What tells this class from the others of its union: the one value of that field."""
    kind: Any = node_class.model_fields[field].annotation
    return str(get_args(kind)[0])
