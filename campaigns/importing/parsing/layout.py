"""How one file is laid out: separator, header row, which column is which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO

from campaigns.importing.parsing import table
from campaigns.importing.parsing.advice import map_column
from campaigns.importing.parsing.headers import (
    EXPORTS,
    Column,
    find_columns,
    missing_fields,
    recognise,
)
from campaigns.importing.parsing.mapping import apply_mapping, find_shared_column, override
from campaigns.importing.parsing.problems import FileRefused, Problem
from campaigns.importing.parsing.table import Record

_EXPORT = {
    "campaign": "Export the campaign name, or say which column it is.",
    "date": "Export the report by day (in Google Ads: segment Time, Day), or say which column has "
    "the day, the week, or the first and last day of a period.",
    "impressions": "Export impressions, clicks, cost or conversions, or say which column has them.",
}
_MAPPABLE = {
    "campaign": ("campaign",),
    "date": ("date", "period", "first"),
    "impressions": ("impressions", "clicks", "spend", "conversions"),
}


@dataclass(frozen=True)
class Layout:
    """`kind` is the recognised export or 'mapped'; `header_line` is the header's last line."""

    kind: str
    encoding: str
    separator: str
    header_line: int
    headers: tuple[str, ...]
    columns: Mapping[str, Column]
    missing: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def is_vendor_export(self) -> bool:
        return self.kind in ("google", "meta", "tiktok")

    def header(self, field: str) -> str:
        return self.columns[field].header if field in self.columns else field


def find_layout(file: BinaryIO, encoding: str, mapping: Mapping[str, str]) -> Layout:
    """The best reading of the file's first rows; `problems` says what it lacks.

    Raises FileRefused if no separator makes columns of it, InvalidInput on `mapping`.
    """
    start = table.sample(file, encoding)
    readings = {sep: table.first_records(start, sep) for sep in table.SEPARATORS}
    candidates = [
        _layout(record, encoding, separator, mapping)
        for separator, records in readings.items()
        for record in records
        if len(record.cells) > 1
    ]
    whole = [layout for layout in candidates if not layout.problems]
    if whole:
        return max(whole, key=lambda layout: len(layout.columns))
    return _best_guess(candidates, readings)


def _layout(record: Record, encoding: str, separator: str, mapping: Mapping[str, str]) -> Layout:
    headers = tuple(cell.strip() for cell in record.cells)
    kind, columns, absent = _columns(headers, mapping)
    missing = tuple(missing_fields(columns))
    listed = ", ".join(header for header in headers if header)
    problems = [
        Problem(record.line, name, f"There is no column {name!r}. The file has: {listed}.")
        for name in absent
    ]
    problems += [
        Problem(record.line, name, _no_column(name, f"The file has: {listed}."))
        for name in missing
        if name not in mapping
    ]
    if pair := find_shared_column(columns):
        header = columns[pair[0]].header
        reason = f"The column is mapped to both {pair[0]} and {pair[1]}. Map one column to each."
        problems.append(Problem(record.line, header, reason))
    return Layout(
        kind,
        encoding,
        separator,
        record.last_line,
        headers,
        columns,
        missing,
        tuple(problems),
    )


def _no_column(name: str, columns: str) -> str:
    return map_column(f"No column for {name}. {_EXPORT[name]}", *_MAPPABLE[name], more=columns)


def _columns(
    headers: tuple[str, ...], mapping: Mapping[str, str]
) -> tuple[str, dict[str, Column], list[str]]:
    known = recognise(headers)
    if not mapping:
        return (*known, []) if known else ("mapped", _closest(headers), [])
    mapped, absent = apply_mapping(mapping, headers)
    # A map completes a vendor's export; of any other file only the mapped columns are read.
    completed = [(kind, override(base, mapped)) for kind, base in _vendor_fits(headers)]
    completed = [fit for fit in completed if not missing_fields(fit[1])]
    if completed and missing_fields(mapped):
        return (*max(completed, key=lambda fit: len(fit[1])), absent)
    return "mapped", mapped, absent


def _vendor_fits(headers: tuple[str, ...]) -> list[tuple[str, dict[str, Column]]]:
    return [(e.kind, find_columns(e, headers)) for e in EXPORTS if e.kind != "plain"]


def _closest(headers: tuple[str, ...]) -> dict[str, Column]:
    return max((find_columns(export, headers) for export in EXPORTS), key=len)


def _best_guess(candidates: list[Layout], readings: Mapping[str, list[Record]]) -> Layout:
    """Where nothing fits: the separator that cuts most rows alike, and its first such row."""
    if not candidates:
        names = ", ".join(table.SEPARATORS.values())
        raise FileRefused(
            Problem(1, "", f"No separator makes columns of this file. Separate cells by: {names}.")
        )
    return max(candidates, key=lambda layout: (len(layout.columns), _regularity(layout, readings)))


def _regularity(layout: Layout, readings: Mapping[str, list[Record]]) -> tuple[int, int, int]:
    widths = Counter(len(record.cells) for record in readings[layout.separator])
    width = len(layout.headers)
    return widths[width], width, -layout.header_line
