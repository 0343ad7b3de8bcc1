"""A parsed query checked against the resources: every name resolved, every rule of GAQL kept."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from google.ads.googleads.v26.services.types import google_ads_service  # noqa: TID251

from sandbox.google.errors import refuse
from sandbox.google.fields import find, has_subfields
from sandbox.google.query.dates import Days, days_of
from sandbox.google.query.gaql import Query
from sandbox.google.query.metrics import SEGMENTS
from sandbox.google.query.sources import SOURCES, Source
from sandbox.google.query.where import Test, test_for

Field = Any
ROW = google_ads_service.GoogleAdsRow.pb()


@dataclass(frozen=True)
class Column:
    """`path` is as written; `resource` its first word; `chain` the fields below that."""

    path: str
    resource: str
    chain: tuple[Field, ...]


@dataclass(frozen=True)
class Plan:
    query: Query
    source: Source
    columns: tuple[Column, ...]
    tests: tuple[tuple[Column, Test], ...]
    order: tuple[tuple[Column, bool], ...]
    days: Days

    @property
    def used(self) -> Iterator[Column]:
        yield from self.columns
        yield from (column for column, _ in self.tests)
        yield from (column for column, _ in self.order)

    def names(self, resource: str) -> tuple[str, ...]:
        """The fields of `metrics` or `segments` in use, each once."""
        used = (column for column in self.used if column.resource == resource)
        return tuple(dict.fromkeys(column.chain[0].name for column in used))

    @property
    def has_metrics(self) -> bool:
        return bool(self.names("metrics"))

    @property
    def has_segments(self) -> bool:
        return bool(self.names("segments"))


def planned(query: Query, today: dt.date) -> Plan:
    """Raises Refusal with a QueryError for anything that Google would not run."""
    source = _source(query.resource)
    columns = tuple(_column(query, source, path) for path in query.select)
    for column in columns:
        if has_subfields(column.chain[-1]):
            message = f"{column.path} has fields of its own: select those."
            refuse("query_error", "PROHIBITED_FIELD_IN_SELECT_CLAUSE", message)
    dates = [item for item in query.where if item.field == "segments.date"]
    tests = tuple(
        (column, test_for(item, column.chain[-1]))
        for item in query.where
        if item not in dates
        for column in (_column(query, source, item.field),)
    )
    order = tuple((_column(query, source, path), down) for path, down in query.order)
    plan = Plan(query, source, columns, tests, order, days_of(dates, today))
    _check_segments(plan, {item.field for item in dates})
    return plan


def _source(name: str) -> Source:
    if name in SOURCES:
        return SOURCES[name]
    if name in ROW.DESCRIPTOR.fields_by_name and name not in ("metrics", "segments"):
        message = f"The sandbox serves {', '.join(SOURCES)}; not {name}."
        refuse("query_error", "PROHIBITED_RESOURCE_TYPE_IN_FROM_CLAUSE", message)
    return refuse("query_error", "BAD_RESOURCE_TYPE_IN_FROM_CLAUSE", f"No resource {name}.")


def _column(query: Query, source: Source, path: str) -> Column:
    chain = find(ROW.DESCRIPTOR, path)
    if len(chain) < 2:
        message = f"Unrecognized field in the query: '{path}'."
        refuse("query_error", "UNRECOGNIZED_FIELD", message)
    column = Column(path, path.partition(".")[0], chain[1:])
    if column.resource == "metrics":
        _check_metric(query, source, column)
    elif column.resource == "segments":
        _check_segment(source, column)
    elif column.resource not in (query.resource, *source.joined):
        message = f"{path} cannot be used with FROM {query.resource}."
        refuse("query_error", "PROHIBITED_RESOURCE_TYPE_IN_SELECT_CLAUSE", message)
    return column


def _check_metric(query: Query, source: Source, column: Column) -> None:
    if source.figures is None:
        message = f"{column.path} cannot be used with FROM {query.resource}."
        refuse("query_error", "PROHIBITED_METRIC_IN_SELECT_OR_WHERE_CLAUSE", message)


def _check_segment(source: Source, column: Column) -> None:
    if source.figures is None or column.chain[0].name not in SEGMENTS:
        message = f"{column.path} is not served here; segments are {', '.join(SEGMENTS)}."
        refuse("query_error", "PROHIBITED_SEGMENT_IN_SELECT_OR_WHERE_CLAUSE", message)


def _check_segments(plan: Plan, filtered: set[str]) -> None:
    selected = {column.path for column in plan.columns}
    if filtered and plan.source.figures is None:
        message = f"segments.date cannot be used with FROM {plan.query.resource}."
        refuse("query_error", "PROHIBITED_SEGMENT_IN_SELECT_OR_WHERE_CLAUSE", message)
    _check_selected((column for column, _ in plan.tests), selected, ("segments",))
    _check_selected((column for column, _ in plan.order), selected, ("segments", "metrics"))
    if (plan.has_segments or filtered) and not plan.days.finite:
        message = "Give segments.date a finite range: both a first and a last day."
        refuse("query_error", "EXPECTED_FILTERS_ON_DATE_RANGE", message)


def _check_selected(
    columns: Iterable[Column], selected: set[str], resources: tuple[str, ...]
) -> None:
    for column in columns:
        if column.resource in resources and column.path not in selected:
            message = f"{column.path} must be in the SELECT clause too."
            refuse("query_error", "EXPECTED_REFERENCED_FIELD_IN_SELECT_CLAUSE", message)
