"""Checks a parsed query against the resources: resolves field names, applies GAQL's rules."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from google.ads.googleads.v26.services.types import google_ads_service  # noqa: TID251

from sandbox.google.errors import refuse
from sandbox.google.fields import find_fields, has_subfields
from sandbox.google.query.dates import Days, days_of
from sandbox.google.query.gaql import Query
from sandbox.google.query.metrics import SEGMENTS
from sandbox.google.query.sources import SOURCES, Source
from sandbox.google.query.where import Predicate, predicate_for

Field = Any
ROW = google_ads_service.GoogleAdsRow.pb()


@dataclass(frozen=True)
class Column:
    """`path` as in the query; `resource` its first part; `chain` the fields below that."""

    path: str
    resource: str
    chain: tuple[Field, ...]


@dataclass(frozen=True)
class QueryPlan:
    """A checked query with resolved columns."""

    query: Query
    source: Source
    columns: tuple[Column, ...]
    predicates: tuple[tuple[Column, Predicate], ...]
    order: tuple[tuple[Column, bool], ...]
    days: Days

    @property
    def used_columns(self) -> Iterator[Column]:
        yield from self.columns
        yield from (column for column, _ in self.predicates)
        yield from (column for column, _ in self.order)

    def field_names(self, resource: str) -> tuple[str, ...]:
        """The fields of `metrics` or `segments` that the query uses, each once."""
        columns = (column for column in self.used_columns if column.resource == resource)
        return tuple(dict.fromkeys(column.chain[0].name for column in columns))

    @property
    def has_metrics(self) -> bool:
        return bool(self.field_names("metrics"))

    @property
    def has_segments(self) -> bool:
        return bool(self.field_names("segments"))


def plan_query(query: Query, today: dt.date) -> QueryPlan:
    """Raises Refusal with a QueryError for a query that Google would reject."""
    source = _find_source(query.resource)
    columns = tuple(_resolve_column(query, source, path) for path in query.select)
    for column in columns:
        if has_subfields(column.chain[-1]):
            message = f"{column.path} has fields of its own: select those."
            refuse("query_error", "PROHIBITED_FIELD_IN_SELECT_CLAUSE", message)
    dates = [condition for condition in query.where if condition.field == "segments.date"]
    predicates = tuple(
        (column, predicate_for(condition, column.chain[-1]))
        for condition in query.where
        if condition not in dates
        for column in (_resolve_column(query, source, condition.field),)
    )
    order = tuple(
        (_resolve_column(query, source, path), descending) for path, descending in query.order
    )
    plan = QueryPlan(query, source, columns, predicates, order, days_of(dates, today))
    _check_segments(plan, {condition.field for condition in dates})
    return plan


def _find_source(name: str) -> Source:
    if name in SOURCES:
        return SOURCES[name]
    if name in ROW.DESCRIPTOR.fields_by_name and name not in ("metrics", "segments"):
        message = f"The sandbox serves {', '.join(SOURCES)}; not {name}."
        refuse("query_error", "PROHIBITED_RESOURCE_TYPE_IN_FROM_CLAUSE", message)
    return refuse("query_error", "BAD_RESOURCE_TYPE_IN_FROM_CLAUSE", f"No resource {name}.")


def _resolve_column(query: Query, source: Source, path: str) -> Column:
    chain = find_fields(ROW.DESCRIPTOR, path)
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
    if source.metric_rows is None:
        message = f"{column.path} cannot be used with FROM {query.resource}."
        refuse("query_error", "PROHIBITED_METRIC_IN_SELECT_OR_WHERE_CLAUSE", message)


def _check_segment(source: Source, column: Column) -> None:
    if source.metric_rows is None or column.chain[0].name not in SEGMENTS:
        message = f"{column.path} is not served here; segments are {', '.join(SEGMENTS)}."
        refuse("query_error", "PROHIBITED_SEGMENT_IN_SELECT_OR_WHERE_CLAUSE", message)


def _check_segments(plan: QueryPlan, filtered: set[str]) -> None:
    selected = {column.path for column in plan.columns}
    if filtered and plan.source.metric_rows is None:
        message = f"segments.date cannot be used with FROM {plan.query.resource}."
        refuse("query_error", "PROHIBITED_SEGMENT_IN_SELECT_OR_WHERE_CLAUSE", message)
    _check_selected((column for column, _ in plan.predicates), selected, ("segments",))
    _check_selected((column for column, _ in plan.order), selected, ("segments", "metrics"))
    if (plan.has_segments or filtered) and not plan.days.is_finite:
        message = "Give segments.date a finite range: both a first and a last day."
        refuse("query_error", "EXPECTED_FILTERS_ON_DATE_RANGE", message)


def _check_selected(
    columns: Iterable[Column], selected: set[str], resources: tuple[str, ...]
) -> None:
    for column in columns:
        if column.resource in resources and column.path not in selected:
            message = f"{column.path} must be in the SELECT clause too."
            refuse("query_error", "EXPECTED_REFERENCED_FIELD_IN_SELECT_CLAUSE", message)
