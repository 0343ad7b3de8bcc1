"""A person's own column map: `field=column` or `field=column:format`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from campaigns.importing.parsing import days
from campaigns.importing.parsing.advice import set_format
from campaigns.importing.parsing.headers import FIELDS, Column
from campaigns.importing.parsing.weeks import WEEK_FORMATS, WEEKS
from core.common.errors import InvalidInput
from core.common.measures import MEASURES

NUMBER_FORMATS = ("point", "comma")
_WHEN = ("date", "period", "first", "last")


def check_mapping(mapping: Mapping[str, str] | None) -> dict[str, str]:
    """The map as given, with known fields only. Raises InvalidInput on `mapping`."""
    columns = {field: column.strip() for field, column in (mapping or {}).items()}
    for field, column in columns.items():
        if field not in FIELDS:
            raise _invalid(f"{field!r} is not a field. Map some of: {', '.join(FIELDS)}.")
        if not column:
            raise _invalid(f"No column is given for {field}. Write {field}=Column name.")
    kinds = [
        {"date"} & columns.keys(),
        {"period"} & columns.keys(),
        {"first", "last"} & columns.keys(),
    ]
    if sum(map(bool, kinds)) > 1:
        raise _invalid("Map either date, or period, or first and last: a row has one time.")
    return columns


def apply_mapping(
    mapping: Mapping[str, str], headers: Sequence[str]
) -> tuple[dict[str, Column], list[str]]:
    """The mapped columns of this header row, and the columns it does not have.

    Raises InvalidInput on `mapping` for a format that the field does not have.
    """
    found: dict[str, Column] = {}
    absent: list[str] = []
    for field, text in mapping.items():
        place = _place(text, headers)
        if place is None:
            absent.append(text)
        else:
            index, form = place
            header = headers[index].strip()
            found[field] = Column(index, header, format=_validate_format(field, header, form))
    return found, absent


def override(base: Mapping[str, Column], mapped: Mapping[str, Column]) -> dict[str, Column]:
    """The columns of a recognised header; mapped columns take their place."""
    gone = _WHEN if any(field in mapped for field in _WHEN) else ()
    return {field: column for field, column in base.items() if field not in gone} | dict(mapped)


def find_shared_column(columns: Mapping[str, Column]) -> tuple[str, str] | None:
    """Two fields that read the same column, which is always a mistake."""
    seen: dict[int, str] = {}
    for field, column in columns.items():
        if column.index in seen:
            return seen[column.index], field
        seen[column.index] = field
    return None


def _place(text: str, headers: Sequence[str]) -> tuple[int, str] | None:
    """Column names may hold colons too, so the longest name that exists wins."""
    parts = text.split(":")
    for cut in range(len(parts), 0, -1):
        index = _index(":".join(parts[:cut]), headers)
        if index is not None:
            return index, ":".join(parts[cut:])
    return None


def _index(name: str, headers: Sequence[str]) -> int | None:
    exact = [i for i, header in enumerate(headers) if header.strip() == name.strip()]
    loose = [i for i, h in enumerate(headers) if h.strip().casefold() == name.strip().casefold()]
    places = exact or loose
    if len(places) > 1:
        raise _invalid(
            f"The file has {len(places)} columns named {name.strip()!r}. Rename all but one."
        )
    return places[0] if places else None


def _validate_format(field: str, header: str, form: str) -> str:
    if field == "period" and form not in WEEKS:
        problem = (
            "A year and week (such as 201446) needs the way its weeks are counted: "
            f"{WEEK_FORMATS}. For first and last days, map those two fields instead."
        )
        raise _invalid(set_format(problem, field, header, WEEKS))
    if field in MEASURES and form not in ("", *NUMBER_FORMATS):
        problem = (
            f"{form!r} is not a number format. The formats are comma for 1.234,56 and point for "
            "1,234.56."
        )
        raise _invalid(set_format(problem, field, header, NUMBER_FORMATS))
    if field in ("date", "first", "last") and form:
        return days.strptime_format(form)
    if field in ("campaign", "ad_group", "ad", "currency") and form:
        raise _invalid(f"{field} has no format, but {form!r} is given.")
    return form


def _invalid(message: str) -> InvalidInput:
    return InvalidInput(message, field="mapping")
